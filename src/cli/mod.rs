//! The command line: one grammar of flags, variables, configuration files and action configurations.
//!
//! ```text
//! words ─lenient parse─▶ Typed ─ + variables, samconfig or properties ─full parse─▶ arguments of a command
//! ```

mod action_type;
mod aws;
mod command_name;
mod deploy;
mod doctor;
mod flags;
mod glimpse;
mod grammar;
mod job;
mod package;
mod packaging;
mod publish;
mod report;
mod stray_word;
mod target;
mod texts;
mod typed;
mod usage;
mod values;
mod words;
mod worker;

pub use action_type::ActionTypeArguments;
pub use aws::AwsArguments;
pub use command_name::CommandName;
pub use deploy::{DeployArguments, EVERYTHING, GateArguments};
pub use doctor::DoctorArguments;
pub use flags::{
    ConfigurationKey, Flag, FlagKind, Given, Group, InJob, Origin, SectionKind, check_host_only, check_not_fixed,
    configuration_key, given_by_properties, given_by_variables, is_on, pascal_case, template_flags, unknown_variables,
};
pub use glimpse::glimpse;
pub use job::{JobArguments, RehearseArguments};
pub use package::PackageArguments;
pub use packaging::{DEFAULT_TEMPLATES, PackagedTextArguments, UploadArguments};
pub use publish::PublishArguments;
pub use target::{TargetArgument, is_target_name};
#[cfg(test)]
pub use typed::PARSES;
pub use typed::{Effective, Typed, ValueOf};
pub use values::{ActionTypeFormat, Sse, Toggle, is_bucket_name_in};
pub use worker::{AllowArguments, LambdaArguments, WorkerArguments};

use crate::facts::{Environment, Failure, ReportSettings, Secret};
use clap::{ArgMatches, Args, FromArgMatches};
use grammar::Purpose;
use report::ResultArguments;
use std::ffi::OsString;

/// A command to run.
#[derive(Debug, Clone)]
pub enum Command {
    /// Read further by the settings, which know the samconfig.
    Package(Typed),
    /// Read further by the settings, which know the samconfig.
    Deploy(Typed),
    /// Read further by the settings, which know the samconfig.
    Publish(Typed),
    Job(Box<JobArguments>),
    Rehearse(RehearseArguments),
    ActionType(ActionTypeArguments),
    Worker(Box<WorkerArguments>),
    Lambda(Box<LambdaArguments>),
    /// The effective settings of a command.
    ShowConfig(Typed),
    /// Read further by the settings, which know the samconfig.
    Doctor(Typed),
}

impl Command {
    /// How the command reports, as far as it is known without a samconfig.
    pub fn report(&self, environment: &Environment) -> ReportSettings {
        let none = ResultArguments::default();
        match self {
            Self::Package(typed)
            | Self::Deploy(typed)
            | Self::Publish(typed)
            | Self::ShowConfig(typed)
            | Self::Doctor(typed) => typed.report(environment),
            Self::Job(arguments) => arguments.report.settings(&arguments.results),
            Self::Rehearse(arguments) => arguments.report.settings(&none),
            Self::ActionType(arguments) => arguments.report.settings(&none),
            Self::Worker(arguments) => arguments.report.settings(&none),
            Self::Lambda(arguments) => arguments.report.settings(&arguments.results),
        }
    }

    /// Secrets among the arguments.
    pub fn secrets(&self, environment: &Environment) -> Option<Secret> {
        match self {
            Self::Package(typed)
            | Self::Deploy(typed)
            | Self::Publish(typed)
            | Self::ShowConfig(typed)
            | Self::Doctor(typed) => typed.secrets(environment),
            Self::Job(arguments) => arguments.aws.external_id.clone(),
            Self::Worker(arguments) => arguments.aws.external_id.clone(),
            Self::Lambda(arguments) => arguments.aws.external_id.clone(),
            Self::Rehearse(_) | Self::ActionType(_) => None,
        }
    }
}

/// What a command line asks for.
#[derive(Debug)]
pub enum Parsed {
    Run(Command),
    /// A text in place of work, such as help. May hold ANSI styles.
    Show(String),
    /// No command: the help that lists them, and the failure.
    NoCommand(String, Failure),
}

/// Reads a command line, its first word being the program, with the `SAMSTEP_` variables below it.
pub fn parse<I>(arguments: I, environment: &Environment) -> Result<Parsed, Failure>
where
    I: IntoIterator<Item = OsString>,
{
    let line = without_help_word(arguments.into_iter().collect());
    let (line, is_shown) = shown_line(line);
    let mut matches = match typed::parse(Purpose::Lenient, &line) {
        Ok(matches) => matches,
        Err(error) if usage::is_help(&error) => return Ok(Parsed::Show(help(&line))),
        Err(error) => return Err(usage::failure(&error, &line, &[])),
    };
    if let Some(version) = texts::version(&matches) {
        return Ok(Parsed::Show(version));
    }
    let command = matches.remove_subcommand();
    let command = command.and_then(|(name, matches)| Some((CommandName::find(&name)?, matches)));
    command.as_ref().map_or(Ok(()), |(command, _)| flags::check_readable(*command, environment))?;
    match command {
        Some((command, matches)) if is_shown => {
            Ok(Parsed::Run(Command::ShowConfig(Typed::new(command, words_after(command, line), matches))))
        }
        Some((command, matches)) => read(command, line, matches, environment),
        None => Ok(Parsed::NoCommand(usage::short_help(), usage::no_command())),
    }
}

fn read(
    command: CommandName,
    line: Vec<OsString>,
    matches: ArgMatches,
    environment: &Environment,
) -> Result<Parsed, Failure> {
    let typed = Typed::new(command, words_after(command, line), matches);
    Ok(Parsed::Run(match command {
        CommandName::Package => Command::Package(typed),
        CommandName::Deploy => Command::Deploy(typed),
        CommandName::Publish => Command::Publish(typed),
        CommandName::Doctor => Command::Doctor(typed),
        CommandName::Config => return Err(usage::no_config_command()),
        CommandName::Job => {
            let (mut arguments, matches) = above_variables::<JobArguments>(&typed, environment)?;
            arguments.allow.fixed = flags::fixed(&matches);
            Command::Job(Box::new(arguments))
        }
        CommandName::Rehearse => Command::Rehearse(above_variables(&typed, environment)?.0),
        CommandName::ActionType => Command::ActionType(above_variables(&typed, environment)?.0),
        CommandName::Worker => {
            let (mut arguments, matches) = above_variables::<WorkerArguments>(&typed, environment)?;
            arguments.inherited = flags::inherited(command, &matches);
            arguments.metrics = flags::switched("metrics", &matches);
            Command::Worker(Box::new(arguments))
        }
        CommandName::Lambda => {
            let (mut arguments, matches) = above_variables::<LambdaArguments>(&typed, environment)?;
            arguments.inherited = flags::inherited(command, &matches);
            Command::Lambda(Box::new(arguments))
        }
        CommandName::Completions | CommandName::Man => {
            let (_, matches) = above_variables::<Nothing>(&typed, environment)?;
            return Ok(Parsed::Show(texts::generated(command, &matches).unwrap_or_default()));
        }
    }))
}

/// The arguments of a command that reads no samconfig.
fn above_variables<A: Args + FromArgMatches>(
    typed: &Typed,
    environment: &Environment,
) -> Result<(A, ArgMatches), Failure> {
    typed.merge(&given_by_variables(typed.command(), environment))
}

/// The arguments of a command without options.
#[derive(Debug, Clone, clap::Args)]
struct Nothing {}

/// The words after the name of the command. Options of the whole program may stand before it.
fn words_after(command: CommandName, line: Vec<OsString>) -> Vec<OsString> {
    line.into_iter().skip_while(|word| word != command.name()).skip(1).collect()
}

/// `samstep config show COMMAND OPTIONS` → the line of that command, and whether it is one to show.
fn shown_line(line: Vec<OsString>) -> (Vec<OsString>, bool) {
    let is_help = |word: &OsString| word == "--help" || word == "-h";
    let asks = line.len() > 2 && line[1] == CommandName::Config.name() && line[2] == "show";
    if !asks || line.iter().any(is_help) {
        return (line, false);
    }
    let command = line.get(3).and_then(|word| CommandName::find(word.to_str()?)).filter(|name| name.has_settings());
    let rest = line.iter().skip(if command.is_some() { 4 } else { 3 }).cloned();
    let name = command.unwrap_or(CommandName::Package).name();
    (["samstep".into(), name.into()].into_iter().chain(rest).collect(), true)
}

/// `samstep help package` → `samstep package --help`.
fn without_help_word(mut line: Vec<OsString>) -> Vec<OsString> {
    if line.get(1).is_some_and(|word| word == "help") {
        line.remove(1);
        line.truncate(2);
        line.push("--help".into());
    }
    line
}

/// The help that was asked for, in the words of the full grammar.
fn help(line: &[OsString]) -> String {
    typed::parse(Purpose::Full, line).err().map(|error| error.render().ansi().to_string()).unwrap_or_default()
}

/// Reads what would be typed after the name of a command that reads a samconfig.
#[cfg(test)]
pub fn typed<I: IntoIterator<Item = OsString>>(command: CommandName, words: I) -> Result<Typed, Failure> {
    let line = ["samstep".into(), command.name().into()].into_iter().chain(words).collect::<Vec<_>>();
    match parse(line, &Environment::default())? {
        Parsed::Run(Command::Package(typed) | Command::Deploy(typed) | Command::Publish(typed)) => Ok(typed),
        other => panic!("{other:?}"),
    }
}

#[cfg(test)]
mod tests;
