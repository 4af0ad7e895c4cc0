//! Errors of the argument parser → failures, with a hint for the likely mistake.

use super::command_name::CommandName;
use super::flags::{FLAGS, FlagKind, Given, Origin, Treatment, typed_treatment};
use super::grammar::{Purpose, grammar};
use super::stray_word::{self, option_names, takes_no_value};
use crate::facts::{Failure, FailureKind, Problem};
use crate::text::nearest;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::ffi::OsString;

/// `--guided` of sam.
const GUIDED: &str = "-g";

/// Whether the "error" is the help that was asked for.
pub fn is_help(error: &clap::Error) -> bool {
    error.kind() == ErrorKind::DisplayHelp
}

/// `samstep config` without a known second word.
pub fn no_config_command() -> Failure {
    Failure::new(FailureKind::Usage, "samstep config needs to know what to do")
        .with_hint("samstep config show lists every setting with its source; see samstep config --help")
}

/// The failure of a line without a command.
pub fn no_command() -> Failure {
    usage("no command was given".to_owned(), "see samstep --help".to_owned())
}

/// The commands, without styles.
pub fn short_help() -> String {
    grammar(Purpose::Full).render_help().to_string()
}

/// The failure for an error of the parser. It names the source of a value that was not typed.
pub fn failure(error: &clap::Error, line: &[OsString], below: &[Given]) -> Failure {
    if let Some(failure) = unknown_argument(error, line) {
        return failure;
    }
    let rendered = error.render().to_string();
    let (message, rest) = rendered.split_once("\n\n").unwrap_or((&rendered, ""));
    let message = message.trim_start_matches("error: ").split_whitespace().collect::<Vec<_>>().join(" ");
    let message = as_typed(message, line);
    let tips = rest.lines().filter_map(|line| line.trim().strip_prefix("tip: ")).map(as_advice);
    let hint = match value_hint(error).or_else(|| command_hint(error)) {
        Some(hint) => joined(std::iter::once(hint), line),
        None => joined(tips, line),
    };
    match source(error, below) {
        Some(given) if error.kind() == ErrorKind::TooManyValues => {
            let see_help = joined(std::iter::empty(), line);
            with_source(given, &format!("`{}` is not true or false", given.value), see_help)
        }
        Some(given) => with_source(given, &message, hint),
        None => usage(message, hint),
    }
}

/// The parser's tip. An option of a command that stands before it is only said to exist.
fn as_advice(tip: &str) -> String {
    match tip.strip_prefix('\'').and_then(|tip| tip.strip_suffix("' exists")) {
        Some(line) => format!("write the command before its options: samstep {line}"),
        None => tip.to_owned(),
    }
}

/// The failure of an argument that the command does not have. Suggestions come from our own table: the
/// parser finds `--digest` similar to `--image-repository`.
fn unknown_argument(error: &clap::Error, line: &[OsString]) -> Option<Failure> {
    let Some(ContextValue::String(argument)) = error.get(ContextKind::InvalidArg) else { return None };
    if error.kind() != ErrorKind::UnknownArgument {
        return None;
    }
    let command = command_of(line)?;
    let message = format!("unexpected argument '{}' found", shown(argument, command));
    let name = if argument == GUIDED { Some("guided") } else { argument.strip_prefix("--") };
    let hint = match name {
        Some(name) => match typed_treatment(name) {
            Treatment::Refused { why, hint } if command.is_of_peers() => {
                return Some(usage(format!("{argument} is not supported: {why}"), hint.to_owned()));
            }
            Treatment::Refused { .. } | Treatment::Ignored | Treatment::Unknown => {
                nearest(name, option_names(command)).map(|near| format!("a similar argument exists: '--{near}'"))
            }
        },
        None => stray_word::hint(argument, command, line),
    };
    Some(usage(message, joined(hint.into_iter(), line)))
}

/// A word as it may be shown: one behind the first of `--parameter-overrides=A=1 B=2` may hold a secret.
fn shown(argument: &str, command: CommandName) -> String {
    match argument.split_once('=').filter(|_| command == CommandName::Deploy && !argument.starts_with('-')) {
        Some((name, _)) => format!("{name}=…"),
        None => argument.to_owned(),
    }
}

/// The message with the name by which an option was typed.
fn as_typed(message: String, line: &[OsString]) -> String {
    let words =
        || line.iter().filter_map(|word| word.to_str()).map(|word| word.split_once('=').map_or(word, |it| it.0));
    let is_typed = |name: &str| words().any(|word| word == format!("--{name}"));
    let rows = FLAGS.iter().filter(|flag| command_of(line).is_some_and(|command| flag.commands.contains(&command)));
    let mut aliases = rows.flat_map(|flag| flag.aliases.iter().map(move |alias| (flag.long, *alias)));
    match aliases.find(|(long, alias)| is_typed(alias) && message.contains(&format!("'--{long} "))) {
        Some((long, alias)) => message.replacen(&format!("'--{long} "), &format!("'--{alias} "), 1),
        None => message,
    }
}

/// A hint for a command of sam that is not one of samstep.
fn command_hint(error: &clap::Error) -> Option<String> {
    let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand) else { return None };
    (word == "build").then(|| "samstep does not build: run sam build before samstep package".to_owned())
}

/// A hint for a value that an option does not accept.
fn value_hint(error: &clap::Error) -> Option<String> {
    if error.kind() == ErrorKind::TooManyValues {
        let Some(ContextValue::String(argument)) = error.get(ContextKind::InvalidArg) else { return None };
        let flag = FLAGS.iter().find(|flag| argument.trim_start_matches('-') == flag.long);
        return flag.filter(|flag| flag.kind == FlagKind::Switch).map(takes_no_value);
    }
    let (Some(ContextValue::String(argument)), Some(ContextValue::String(value)), Some(ContextValue::Strings(known))) =
        (error.get(ContextKind::InvalidArg), error.get(ContextKind::InvalidValue), error.get(ContextKind::ValidValue))
    else {
        return None;
    };
    if argument.starts_with("--emit ") {
        let hint = "it is the form of the report; the packaged template is YAML or JSON as its source is, and JSON with \
                    --use-json";
        return Some(hint.to_owned());
    }
    // S3 itself says `aws:kms` and `aws:kms:dsse`; its documentation, SSE-KMS.
    let lower = value.to_ascii_lowercase().replace(':', "-");
    let simple = ["aws-", "sse-"].iter().fold(lower.as_str(), |rest, start| rest.trim_start_matches(start)).to_owned();
    nearest(&simple, known.iter().cloned()).map(|near| format!("the nearest value is {near}"))
}

/// The command of a line, if there is such a command.
fn command_of(line: &[OsString]) -> Option<CommandName> {
    line.iter().skip(1).filter_map(|word| word.to_str()).find(|word| !word.starts_with('-')).and_then(CommandName::find)
}

fn joined(hints: impl Iterator<Item = String>, line: &[OsString]) -> String {
    let see_help = match command_of(line) {
        Some(command) => format!("see samstep {} --help", command.name()),
        None => "see samstep --help".to_owned(),
    };
    hints.chain([see_help]).collect::<Vec<_>>().join("; ")
}

/// The failure of settings about the value of an option, which its message begins with: it names the source of the value
/// instead.
pub fn of_source(given: &Given, failure: Failure) -> Failure {
    let start = format!("--{}: ", given.flag.long);
    let first = failure.problems.first().and_then(|problem| {
        Some((problem.message.strip_prefix(&start)?.to_owned(), problem.hint.clone().unwrap_or_default()))
    });
    match first {
        Some((message, hint)) => with_source(given, &message, hint),
        None => failure,
    }
}

fn with_source(given: &Given, message: &str, hint: String) -> Failure {
    let (source, place) = match &given.origin {
        Origin::Operator | Origin::Property(_) => return usage(message.to_owned(), hint),
        Origin::Variable(name) => (name.clone(), None),
        Origin::Samconfig { path, key, place: None, .. } => (format!("{} of {}", key, path.display()), None),
        Origin::Samconfig { key, place, .. } => (key.clone(), place.clone()),
    };
    let problem = Problem { message: format!("{source}: {message}"), hint: Some(hint), place };
    Failure { kind: FailureKind::Usage, problems: vec![problem] }
}

/// The source of the value that an error is about, if it was not typed.
fn source<'g>(error: &clap::Error, below: &'g [Given]) -> Option<&'g Given> {
    let Some(ContextValue::String(argument)) = error.get(ContextKind::InvalidArg) else { return None };
    let long = argument.trim_start_matches('-').split([' ', '=']).next()?;
    below.iter().find(|given| given.flag.long == long)
}

fn usage(message: String, hint: String) -> Failure {
    Failure::new(FailureKind::Usage, message).with_hint(hint)
}
