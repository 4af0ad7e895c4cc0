//! What the parser of arguments says → a failure like any other.

use super::{Given, Origin, flags, peers};
use crate::facts::{Failure, FailureKind, Problem};
use crate::text::nearest;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgMatches, Command};
use std::ffi::OsString;

/// Matches a line that starts with the program's name.
pub fn matches(command: Command, line: &[OsString]) -> Result<ArgMatches, clap::Error> {
    command.try_get_matches_from(line)
}

/// Whether the "error" is the help or the version that was asked for.
pub fn is_text(error: &clap::Error) -> bool {
    matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion)
}

/// The failure that an error of the parser is. A value that was not typed is blamed on who gave it.
pub fn failure(error: &clap::Error, typed: &[OsString], below: &[Given]) -> Failure {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        let failure = Failure::new(FailureKind::Usage, "no command was given");
        let names = super::command_names();
        let (last, others) = names.split_last().map_or(("", &[][..]), |(last, others)| (last.as_str(), others));
        return failure.with_hint(format!("the commands are {} and {last}; see samstep --help", others.join(", ")));
    }
    if let Some(problem) = unknown(error, typed) {
        return Failure { kind: FailureKind::Usage, problems: vec![problem] };
    }
    let rendered = error.render().to_string();
    let (message, rest) = rendered.split_once("\n\n").unwrap_or((&rendered, ""));
    let message = message.trim_start_matches("error: ").split_whitespace().collect::<Vec<_>>().join(" ");
    let tips = rest.lines().filter_map(|line| line.trim().strip_prefix("tip: ")).map(str::to_owned);
    let hint = tips.chain([see_help(typed)]).collect::<Vec<_>>().join("; ");
    let problem = match blame(error, below) {
        Some(given) if error.kind() == ErrorKind::TooManyValues => {
            blamed(given, &format!("`{}` is not true or false", given.value), hint)
        }
        Some(given) => blamed(given, &message, hint),
        None => Problem { message, hint: Some(hint), place: None },
    };
    Failure { kind: FailureKind::Usage, problems: vec![problem] }
}

/// What is said of an option that the command does not have: one of the peers gets a reason. The parser's own
/// suggestions are passed over, since it takes `--digest` to be like `--image-repository`.
fn unknown(error: &clap::Error, typed: &[OsString]) -> Option<Problem> {
    let Some(ContextValue::String(argument)) = error.get(ContextKind::InvalidArg) else { return None };
    if error.kind() != ErrorKind::UnknownArgument || !argument.starts_with("--") {
        return None;
    }
    let command = command_of(typed);
    if let Some((why, hint)) = peers::unsupported(argument).filter(|_| command == Some(super::PACKAGE)) {
        let message = format!("{argument} is not supported: {why}");
        return Some(Problem { message, hint: Some(hint.to_owned()), place: None });
    }
    let near = nearest(argument, flags::typed_names(command?).into_iter());
    let hints = near.map(|near| format!("a similar argument exists: '--{near}'")).into_iter().chain([see_help(typed)]);
    let message = format!("unexpected argument '{argument}' found");
    Some(Problem { message, hint: Some(hints.collect::<Vec<_>>().join("; ")), place: None })
}

/// The command of a line, if there is such a command.
fn command_of(typed: &[OsString]) -> Option<&str> {
    let word = typed.get(1).and_then(|word| word.to_str())?;
    super::command_names().iter().any(|name| name == word).then_some(word)
}

fn see_help(typed: &[OsString]) -> String {
    match command_of(typed) {
        Some(command) => format!("see samstep {command} --help"),
        None => "see samstep --help".to_owned(),
    }
}

fn blamed(given: &Given, message: &str, hint: String) -> Problem {
    let (source, place) = match &given.origin {
        Origin::Variable(name) => (name.clone(), None),
        Origin::File { path, key, place: None, .. } => (format!("{} of {}", key, path.display()), None),
        Origin::File { key, place, .. } => (key.clone(), place.clone()),
    };
    Problem { message: format!("{source}: {message}"), hint: Some(hint), place }
}

/// Who gave the value that the error is about, when it was not typed.
fn blame<'g>(error: &clap::Error, below: &'g [Given]) -> Option<&'g Given> {
    let Some(ContextValue::String(argument)) = error.get(ContextKind::InvalidArg) else { return None };
    let long = argument.trim_start_matches('-').split([' ', '=']).next()?;
    below.iter().find(|given| given.flag == long)
}
