//! A command line, read twice at most: as it was typed, and with the values of all other sources in front.

use super::command_name::CommandName;
use super::flags::{FLAGS, Flag, FlagKind, Given, Group, Origin, given_by_variables};
use super::glimpse::report_settings;
use super::grammar::{self, Purpose};
use super::usage;
use crate::facts::{Environment, Failure, FailureKind, ReportSettings, Secret};
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, FromArgMatches};
use std::any::Any;
use std::ffi::OsString;
use std::fmt;

#[cfg(test)]
thread_local! {
    /// How often a line was parsed on this thread.
    pub static PARSES: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// What was typed after the name of a command. Required options may still be absent.
#[derive(Clone)]
pub struct Typed {
    command: CommandName,
    /// The words after the name of the command.
    words: Vec<OsString>,
    /// `None` for a job, which has no command line.
    matches: Option<ArgMatches>,
}

/// A setting as it holds. Its value may be a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Effective {
    pub flag: &'static Flag,
    pub value: Option<String>,
    pub source: ValueOf,
}

/// Where the value of a setting comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValueOf {
    CommandLine,
    Source(Origin),
    Default,
    /// There is none.
    Nothing,
}

/// Words may be secrets.
impl fmt::Debug for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Typed").field("command", &self.command).finish_non_exhaustive()
    }
}

/// Parses a line that starts with the name of the program.
pub fn parse(purpose: Purpose, line: &[OsString]) -> Result<ArgMatches, clap::Error> {
    #[cfg(test)]
    PARSES.set(PARSES.get() + 1);
    grammar::grammar(purpose).try_get_matches_from(line)
}

impl Typed {
    /// The line of a command, as it was parsed.
    pub fn new(command: CommandName, words: Vec<OsString>, matches: ArgMatches) -> Self {
        Self { command, words, matches: Some(matches) }
    }

    /// An empty line: all values come from other sources.
    pub fn nothing(command: CommandName) -> Self {
        Self { command, words: Vec::new(), matches: None }
    }

    pub fn command(&self) -> CommandName {
        self.command
    }

    /// The value of a flag, as its arguments hold it.
    pub fn value<T: Any + Clone + Send + Sync>(&self, flag: &str) -> Option<T> {
        self.matches.as_ref()?.get_one(&flag.replace('-', "_")).cloned()
    }

    /// The text of a flag: as it was typed, else by a variable.
    fn text(&self, flag: &str, variables: &[Given]) -> Option<String> {
        // `get_raw` panics for a flag that the command does not have.
        let raw = self.matches.as_ref().and_then(|matches| matches.try_get_raw(&flag.replace('-', "_")).ok()?);
        let typed = raw.and_then(|mut raw| raw.next_back()).map(|text| text.to_string_lossy().into_owned());
        let is_typed = FLAGS.iter().any(|row| row.long == flag && self.is_typed(row));
        let by_variable = || variables.iter().find(|given| given.flag.long == flag).map(|given| given.value.clone());
        typed.filter(|_| is_typed).or_else(by_variable)
    }

    /// How to report, as far as it is known without a samconfig.
    pub fn report(&self, environment: &Environment) -> ReportSettings {
        let variables = given_by_variables(self.command, environment);
        report_settings(|flag| self.text(flag, &variables))
    }

    /// Secrets among what is known without a samconfig.
    pub fn secrets(&self, environment: &Environment) -> Option<Secret> {
        let variables = given_by_variables(self.command, environment);
        let mut flags = FLAGS.iter().filter(|flag| flag.secret_variable.is_some());
        flags.find_map(|flag| self.text(flag.long, &variables)).map(Secret::new)
    }

    /// The arguments of the command, with the values of other sources where nothing was typed, and the matches of the
    /// parser. Of several values for a flag, the first counts.
    pub fn merge<A: Args + FromArgMatches>(&self, below: &[Given]) -> Result<(A, ArgMatches), Failure> {
        let line = self.line(below);
        let failure = |error: clap::Error| usage::failure(&error, &line[..2], below);
        let mut matches = parse(Purpose::Full, &line).map_err(failure)?;
        let (_, own) = matches
            .remove_subcommand()
            .ok_or_else(|| Failure::new(FailureKind::Internal, "the command got lost on the way"))?;
        Ok((A::from_arg_matches(&own).map_err(failure)?, own))
    }

    /// The whole line: values of other sources first, so that the typed ones win.
    fn line(&self, below: &[Given]) -> Vec<OsString> {
        let mut line = vec!["samstep".into(), self.command.name().into()];
        let mut seen: Vec<&str> = Vec::new();
        for given in below {
            let long = given.flag.long;
            if given.flag.kind == FlagKind::Pairs || seen.contains(&long) || !self.counts(given, below) {
                continue;
            }
            seen.push(long);
            tracing::debug!(flag = long, by = %given.origin, "given");
            // A switch that is neither true nor false is left to the grammar, which refuses a value there.
            let argument = given.flag.argument(&given.value);
            line.push(argument.unwrap_or_else(|| format!("--{long}={}", given.value)).into());
        }
        line.extend(self.words.iter().cloned());
        line
    }

    /// Whether a value of another source counts: no typed value and no higher source replaces it.
    fn counts(&self, given: &Given, below: &[Given]) -> bool {
        !self.is_typed(given.flag) && !self.has_rival(given, below)
    }

    /// The failure of settings about the value of an option, with the source of the value if it was not typed.
    pub fn name_source(&self, failure: Failure, below: &[Given]) -> Failure {
        let message = failure.problems.first().map(|problem| problem.message.as_str()).unwrap_or_default();
        let is_about = |given: &&Given| message.starts_with(&format!("--{}: ", given.flag.long));
        match below.iter().find(is_about).filter(|given| !self.is_typed(given.flag)) {
            Some(given) => usage::of_source(given, failure),
            None => failure,
        }
    }

    /// The value of each flag of the command that is not hidden, with its source.
    pub fn effective(&self, below: &[Given]) -> Vec<Effective> {
        let command = grammar::command(self.command, Purpose::Lenient);
        let flags = FLAGS.iter().filter(|flag| flag.commands.contains(&self.command) && !flag.is_hidden);
        let effective = |flag: &'static Flag| {
            let counting = below.iter().find(|given| given.flag.long == flag.long && self.counts(given, below));
            let (value, source) = match counting {
                _ if self.is_typed(flag) => (self.typed_text(flag), ValueOf::CommandLine),
                Some(given) => (Some(given.value.clone()), ValueOf::Source(given.origin.clone())),
                None => {
                    let argument = command.get_arguments().find(|it| it.get_long() == Some(flag.long));
                    let default = argument.and_then(|it| it.get_default_values().first());
                    let default = default.map(|text| text.to_string_lossy().into_owned());
                    let source = if default.is_some() { ValueOf::Default } else { ValueOf::Nothing };
                    (default.filter(|_| flag.kind != FlagKind::Switch), source)
                }
            };
            Effective { flag, value, source }
        };
        flags.map(effective).collect()
    }

    fn typed_text(&self, flag: &Flag) -> Option<String> {
        let matches = self.matches.as_ref()?;
        if flag.kind == FlagKind::Switch {
            return Some(self.is_typed_to_ask(flag).to_string());
        }
        let values = matches.get_raw(&flag.id())?.map(|text| text.to_string_lossy().into_owned());
        Some(values.collect::<Vec<_>>().join(","))
    }

    /// Whether a flag was typed on the command line, and a switch not by its opposite.
    pub fn asks(&self, long: &str) -> bool {
        FLAGS.iter().any(|flag| flag.long == long && self.is_typed_to_ask(flag))
    }

    /// Whether a flag or its opposite was typed.
    fn is_typed(&self, flag: &Flag) -> bool {
        let is_typed = |matches: &ArgMatches, long: String| {
            matches.value_source(&long.replace('-', "_")) == Some(ValueSource::CommandLine)
        };
        let matches = self.matches.as_ref().filter(|_| flag.commands.contains(&self.command));
        matches.is_some_and(|matches| flag.names().any(|long| is_typed(matches, long)))
    }

    /// Whether a higher source gives another flag of an exclusive group, such as another way to the bucket.
    fn has_rival(&self, given: &Given, below: &[Given]) -> bool {
        if !given.flag.group.is_some_and(Group::is_exclusive) {
            return false;
        }
        let is_rival = |flag: &Flag| flag.group == given.flag.group && flag.long != given.flag.long;
        let is_typed = FLAGS.iter().any(|flag| is_rival(flag) && self.is_typed_to_ask(flag));
        let mut above = below.iter().take_while(|other| !other.origin.is_level_with(&given.origin));
        is_typed || above.any(|other| is_rival(other.flag) && other.flag.asks(&other.value))
    }

    /// Whether a flag was typed, and a switch not by its opposite.
    fn is_typed_to_ask(&self, flag: &Flag) -> bool {
        let matches = self.matches.as_ref().filter(|_| flag.commands.contains(&self.command));
        let source = matches.and_then(|matches| matches.value_source(&flag.id()));
        source == Some(ValueSource::CommandLine)
    }
}
