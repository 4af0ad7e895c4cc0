//! What was typed: the one grammar of flags, variables, configuration files and action configurations.

mod flags;
mod glimpse;
mod package;
mod peers;
mod target;
mod usage;
mod values;
mod worker;

pub use flags::{
    ConfigurationKey, FlagKind, Given, Origin, arguments_of_properties, configuration_key, is_on, unknown_variables,
    variables,
};
pub use glimpse::glimpse;
pub use package::{AwsArguments, PackageArguments, ReportArguments, ResultArguments};
pub use target::{TargetArgument, is_target_name};
pub use values::{ActionTypeFormat, Sse};
pub use worker::{AllowArguments, WorkerArguments};

use crate::facts::{ActionTypeId, Environment, Failure, FailureKind, ReportSettings, Secret};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// The command that the peers have too.
const PACKAGE: &str = "package";
/// The flag that means nothing without a role to assume.
const EXTERNAL_ID: &str = "external_id";
const ABOUT: &str = "Package AWS SAM and CloudFormation applications in a pipeline, without questions.";
const VARIABLES: &str = "\
Every option is also read from a variable: --s3-bucket from SAMSTEP_S3_BUCKET, --use-json from SAMSTEP_USE_JSON=true.
An option on the command line wins over a variable, a variable over samconfig, samconfig over the default.";

const VARIABLES_ALONE: &str = "\
Every option is also read from a variable: --no-progressbar from SAMSTEP_NO_PROGRESSBAR=true.";

/// A whole command line.
#[derive(Debug, Parser)]
#[command(name = "samstep", bin_name = "samstep", disable_help_subcommand = true, version, about = ABOUT, max_term_width = 110, args_override_self = true)]
struct Line {
    #[command(subcommand)]
    command: Command,
}

/// What is asked for.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Upload local code and files to S3 and write the template that points at them
    #[command(after_help = VARIABLES, args_override_self = true)]
    Package(Box<PackageArguments>),
    /// Do one CodePipeline job and put its result
    #[command(after_help = VARIABLES_ALONE, args_override_self = true)]
    Job(Box<JobArguments>),
    /// Try a pipeline action on a folder of this machine: no account, no network
    #[command(after_help = VARIABLES_ALONE, args_override_self = true)]
    Rehearse(RehearseArguments),
    /// Print the custom action type by which pipelines ask for this step
    #[command(after_help = VARIABLES_ALONE, args_override_self = true)]
    ActionType(ActionTypeArguments),
    /// Take jobs of a custom action type from CodePipeline and do them
    #[command(after_help = VARIABLES_ALONE, args_override_self = true)]
    Worker(Box<WorkerArguments>),
    /// Do the jobs of a Lambda invoke action, with this file as the bootstrap of a function
    #[command(after_help = VARIABLES_ALONE, args_override_self = true)]
    Lambda(Box<LambdaArguments>),
}

impl Command {
    /// How the command reports.
    pub fn report(&self) -> ReportSettings {
        let results = self.results();
        match self {
            Self::Package(arguments) => &arguments.report,
            Self::Job(arguments) => &arguments.report,
            Self::Rehearse(arguments) => &arguments.report,
            Self::ActionType(arguments) => &arguments.report,
            Self::Worker(arguments) => &arguments.report,
            Self::Lambda(arguments) => &arguments.report,
        }
        .settings(&results)
    }

    /// Secrets among the arguments.
    pub fn secrets(&self) -> Option<Secret> {
        match self {
            Self::Package(arguments) => arguments.aws.external_id.clone(),
            Self::Job(arguments) => arguments.aws.external_id.clone(),
            Self::Worker(arguments) => arguments.aws.external_id.clone(),
            Self::Lambda(arguments) => arguments.aws.external_id.clone(),
            Self::Rehearse(_) | Self::ActionType(_) => None,
        }
    }

    /// Where the values for later steps go, of commands that have any.
    fn results(&self) -> ResultArguments {
        match self {
            Self::Package(arguments) => arguments.results.clone(),
            Self::Job(arguments) => arguments.results.clone(),
            Self::Rehearse(_) | Self::ActionType(_) | Self::Worker(_) | Self::Lambda(_) => ResultArguments::default(),
        }
    }
}

/// What is typed after `samstep job`.
#[derive(Debug, Clone, clap::Args)]
pub struct JobArguments {
    /// Job to do: the JSON of PollForJobs (one job), GetJobDetails or a Lambda invocation; - for standard input
    #[arg(long, value_name = "FILE", required = true)]
    pub job_file: PathBuf,
    /// Seconds that the job may take [default: no limit]
    #[arg(long, value_name = "SECONDS", value_parser = worker::seconds)]
    pub timeout: Option<Duration>,
    /// The job is a line on standard input, orders of a worker follow, and standard output tells it how the job ended.
    #[arg(long, hide = true)]
    pub in_worker: bool,
    /// What the result names as the way to the log; a worker knows, and the process of its job need not ask.
    #[arg(long, hide = true, requires = "in_worker")]
    pub external_execution_id: Option<String>,
    #[command(flatten)]
    pub allow: AllowArguments,
    #[command(flatten)]
    pub aws: AwsArguments,
    #[command(flatten)]
    pub report: ReportArguments,
    #[command(flatten)]
    pub results: ResultArguments,
}

/// What is typed after `samstep lambda`.
#[derive(Debug, Clone, clap::Args)]
pub struct LambdaArguments {
    /// Action type to poll for when a schedule or EventBridge invokes the function
    #[arg(long, value_name = "CATEGORY/PROVIDER/VERSION")]
    pub action_type: Option<ActionTypeId>,
    /// Value of the action type's property Pool
    #[arg(long, value_name = "NAME")]
    pub pool: Option<String>,
    /// Seconds without a job after which a poll ends
    #[arg(long, value_name = "SECONDS", default_value = "15", value_parser = worker::seconds)]
    pub linger: Duration,
    #[command(flatten)]
    pub allow: AllowArguments,
    #[command(flatten)]
    pub aws: AwsArguments,
    #[command(flatten)]
    pub report: ReportArguments,
    #[command(flatten)]
    pub results: ResultArguments,
}

/// What is typed after `samstep rehearse`.
#[derive(Debug, Clone, clap::Args)]
pub struct RehearseArguments {
    /// Folder that the pipeline would hand over as the action's input artifact
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Template to package, a path below DIR [default: the template that `package` would find there]
    #[arg(long, value_name = "PATH")]
    pub template: Option<String>,
    /// Property of the action configuration, such as S3Prefix=app; may be given several times
    #[arg(long, value_name = "KEY=VALUE", value_parser = values::key_and_value, action = clap::ArgAction::Append)]
    pub configuration: Vec<(String, String)>,
    /// Folder for the bucket, the packaged template and the result; made if absent
    #[arg(long, value_name = "DIR", default_value = "rehearsal")]
    pub output: PathBuf,
    #[command(flatten)]
    pub report: ReportArguments,
}

/// What is typed after `samstep action-type`.
#[derive(Debug, Clone, clap::Args)]
pub struct ActionTypeArguments {
    /// Name of the type in pipelines: at most 25 letters, digits, _ and -
    #[arg(long, value_name = "NAME", value_parser = values::provider, default_value = "Samstep")]
    pub provider: String,
    /// Version of the type: at most 9 letters, digits, _ and -
    #[arg(long, value_name = "VERSION", value_parser = values::action_type_version, default_value = "1")]
    pub version: String,
    /// JSON for `aws codepipeline create-custom-action-type --cli-input-json`, or a CloudFormation template
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub format: ActionTypeFormat,
    #[command(flatten)]
    pub report: ReportArguments,
}

/// What reading a command line comes to.
#[derive(Debug)]
pub enum Parsed {
    /// A command to run.
    Run(Command),
    /// A text to show instead: help or version. May hold ANSI styles.
    Show(String),
}

/// Reads a command line, its first word being the program, with the `SAMSTEP_` variables below it.
pub fn parse<I>(arguments: I, environment: &Environment) -> Result<Parsed, Failure>
where
    I: IntoIterator<Item = OsString>,
{
    let typed = without_help_word(arguments.into_iter().collect());
    let name = match usage::matches(lenient(), &typed) {
        Ok(matches) => matches.subcommand_name().unwrap_or_default().to_owned(),
        Err(error) if usage::is_text(&error) => return Ok(Parsed::Show(text(&typed))),
        Err(error) => return Err(usage::failure(&error, &typed, &[])),
    };
    let variables = variables(&name, environment);
    let line = parse_above(&typed, &variables)?;
    Ok(Parsed::Run(line))
}

/// `samstep help package` → `samstep package --help`.
fn without_help_word(mut typed: Vec<OsString>) -> Vec<OsString> {
    if typed.get(1).is_some_and(|word| word == "help") {
        typed.remove(1);
        typed.truncate(2);
        typed.push("--help".into());
    }
    typed
}

/// The help or version that was asked for, in the words of the whole grammar.
fn text(typed: &[OsString]) -> String {
    usage::matches(command(), typed).err().map(|error| error.render().ansi().to_string()).unwrap_or_default()
}

/// Reads what would be typed after `samstep package`.
pub fn package_arguments<I>(arguments: I) -> Result<PackageArguments, Failure>
where
    I: IntoIterator<Item = OsString>,
{
    package_arguments_above(&arguments.into_iter().collect::<Vec<_>>(), &[])
}

/// Reads what would be typed after `samstep package`; what is not typed comes from `below`, the first of equals.
pub fn package_arguments_above(typed: &[OsString], below: &[Given]) -> Result<PackageArguments, Failure> {
    let line: Vec<OsString> =
        ["samstep", PACKAGE].map(OsString::from).into_iter().chain(typed.iter().cloned()).collect();
    match parse_above(&line, below)? {
        Command::Package(arguments) => Ok(*arguments),
        Command::Job(_) | Command::Rehearse(_) | Command::ActionType(_) | Command::Worker(_) | Command::Lambda(_) => {
            Err(Failure::new(FailureKind::Internal, "package became another command"))
        }
    }
}

fn parse_above(typed: &[OsString], below: &[Given]) -> Result<Command, Failure> {
    let line = flags::merge(lenient(), typed, below).map_err(|error| usage::failure(&error, typed, &[]))?;
    let matches = usage::matches(command(), &line).map_err(|error| usage::failure(&error, typed, below))?;
    let parsed = Line::from_arg_matches(&matches).map_err(|error| usage::failure(&error, typed, below))?;
    Ok(match parsed.command {
        Command::Package(mut arguments) => {
            arguments.typed = typed.iter().skip(2).cloned().collect();
            Command::Package(arguments)
        }
        other @ (Command::Job(_)
        | Command::Rehearse(_)
        | Command::ActionType(_)
        | Command::Worker(_)
        | Command::Lambda(_)) => other,
    })
}

/// The grammar, with all that a command has to be given.
fn command() -> clap::Command {
    grammar().mut_subcommands(|command| {
        let has_external_id = command.get_arguments().any(|flag| flag.get_id() == EXTERNAL_ID);
        // What `package` is given may have its other half in a configuration file; its settings look.
        if !has_external_id || command.get_name() == PACKAGE {
            return command;
        }
        command.mut_arg(EXTERNAL_ID, |flag| flag.requires("role_arn"))
    })
}

/// The grammar, with an opposite for every switch so that a later or higher one can take it back.
fn grammar() -> clap::Command {
    with_help(Line::command()).mut_subcommands(|command| {
        let command = flags::with_opposites(command);
        with_help(if command.get_name() == PACKAGE { peers::with_ignored(command) } else { command })
    })
}

/// One help, whichever way it is asked for: a line or two for each option.
fn with_help(command: clap::Command) -> clap::Command {
    let help = clap::Arg::new("help").short('h').long("help").action(clap::ArgAction::HelpShort).help("Show this help");
    command.disable_help_flag(true).arg(help)
}

/// The grammar in which nothing is required, for a first look at what was typed.
fn lenient() -> clap::Command {
    grammar().mut_subcommands(|command| command.mut_args(|argument| argument.required(false)))
}

/// The names of the commands.
fn command_names() -> Vec<String> {
    Line::command().get_subcommands().map(|command| command.get_name().to_owned()).collect()
}

/// The grammar of one command, without the opposites that are derived from it.
fn command_of(name: &str) -> clap::Command {
    let all = Line::command();
    let one = all.get_subcommands().find(|command| command.get_name() == name).cloned();
    one.unwrap_or(all)
}

#[cfg(test)]
mod tests;
