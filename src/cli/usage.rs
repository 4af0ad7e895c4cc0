//! What the parser of arguments says → a failure like any other.

use super::{Given, Origin};
use crate::failure::{Failure, FailureKind, Problem};
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
pub fn failure(error: &clap::Error, below: &[Given]) -> Failure {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        let failure = Failure::new(FailureKind::Usage, "no command was given");
        return failure.with_hint("the commands are package, job and rehearse; see samstep --help");
    }
    let rendered = error.render().to_string();
    let (message, rest) = rendered.split_once("\n\n").unwrap_or((&rendered, ""));
    let message = message.trim_start_matches("error: ").split_whitespace().collect::<Vec<_>>().join(" ");
    let tips: Vec<&str> = rest.lines().filter_map(|line| line.trim().strip_prefix("tip: ")).collect();
    let usage = rest.lines().find_map(|line| line.strip_prefix("Usage: samstep "));
    let command = usage.and_then(|usage| usage.split(' ').next()).filter(|word| word.starts_with(char::is_alphabetic));
    let help = match command {
        Some(command) => format!("see samstep {command} --help"),
        None => "see samstep --help".to_owned(),
    };
    let hint = tips.into_iter().map(str::to_owned).chain([help]).collect::<Vec<_>>().join("; ");
    let problem = blame(error, below).map_or_else(
        || Problem { message: message.clone(), hint: Some(hint.clone()), place: None },
        |given| match error.kind() {
            ErrorKind::TooManyValues => blamed(given, &format!("`{}` is not true or false", given.value), &hint),
            _ => blamed(given, &message, &hint),
        },
    );
    Failure { kind: FailureKind::Usage, problems: vec![problem] }
}

fn blamed(given: &Given, message: &str, hint: &str) -> Problem {
    let (source, place) = match &given.origin {
        Origin::Variable(name) => (name.clone(), None),
        Origin::File { path, key, place: None } => (format!("{} of {}", key, path.display()), None),
        Origin::File { key, place, .. } => (key.clone(), place.clone()),
    };
    Problem { message: format!("{source}: {message}"), hint: Some(hint.to_owned()), place }
}

/// Who gave the value that the error is about, when it was not typed.
fn blame<'g>(error: &clap::Error, below: &'g [Given]) -> Option<&'g Given> {
    let Some(ContextValue::String(argument)) = error.get(ContextKind::InvalidArg) else { return None };
    let long = argument.trim_start_matches('-').split([' ', '=']).next()?;
    below.iter().find(|given| given.flag == long)
}
