//! The grammar of the command line: types and help from the structs of arguments, names and sources from the table.

use super::action_type::ActionTypeArguments;
use super::command_name::CommandName;
use super::deploy::DeployArguments;
use super::doctor::DoctorArguments;
use super::flags::{FLAGS, Flag, ignored_flags};
use super::job::{JobArguments, RehearseArguments};
use super::package::PackageArguments;
use super::publish::PublishArguments;
use super::words;
use super::worker::{LambdaArguments, WorkerArguments};
use clap::{Arg, ArgAction, Args, Command};

const WIDTH: usize = 110;
/// The heading of the options on the report, which are the last in the short help.
const REPORT: &str = "Report";
/// The long form of `--version`.
pub const VERBOSE: &str = "verbose";
pub const VERSION: &str = "version";
/// The shell to print completions for.
pub const SHELL: &str = "shell";
/// The command to print the manual page of.
pub const PAGE: &str = "page";

/// What the grammar is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To parse what was typed. Nothing is required: the values of other sources are not known yet.
    Lenient,
    /// To parse the values of all sources, and to show help.
    Full,
    /// To list commands and options, without hidden ones.
    Listing,
}

/// The grammar of the whole line.
pub fn grammar(purpose: Purpose) -> Command {
    let commands = CommandName::ALL.into_iter().filter(|name| purpose != Purpose::Listing || !name.is_hidden());
    let commands = commands.map(|name| deferred(name, purpose));
    Command::new("samstep")
        .bin_name("samstep")
        .version(env!("CARGO_PKG_VERSION"))
        .about(words::ABOUT)
        .after_long_help(words::EXAMPLES)
        .max_term_width(WIDTH)
        .args_override_self(true)
        .disable_help_subcommand(true)
        .disable_version_flag(true)
        .subcommand_required(purpose != Purpose::Lenient)
        .arg(switch(VERSION).short('V').help("Print the version; with --verbose, also the commit and the target"))
        .arg(switch(VERBOSE).hide(true))
        .subcommands(commands)
}

/// A command whose options are added once a line names it: those of all commands take a millisecond.
fn deferred(name: CommandName, purpose: Purpose) -> Command {
    match purpose {
        Purpose::Lenient => heading(name).defer(|command| completed(command, Purpose::Lenient)),
        Purpose::Full => heading(name).defer(|command| completed(command, Purpose::Full)),
        Purpose::Listing => command(name, purpose),
    }
}

fn completed(command: Command, purpose: Purpose) -> Command {
    match CommandName::find(command.get_name()) {
        Some(name) => with_options(command, name, purpose),
        None => command,
    }
}

/// The grammar of one command.
pub fn command(name: CommandName, purpose: Purpose) -> Command {
    with_options(heading(name), name, purpose)
}

/// What the list of commands shows of one.
fn heading(name: CommandName) -> Command {
    Command::new(name.name()).hide(name.is_hidden()).about(words::about(name))
}

fn with_options(command: Command, name: CommandName, purpose: Purpose) -> Command {
    let command = command.args_override_self(true);
    let command = match name {
        CommandName::Package => PackageArguments::augment_args(command),
        CommandName::Deploy => DeployArguments::augment_args(command),
        CommandName::Publish => PublishArguments::augment_args(command),
        CommandName::Job => with_fixing(JobArguments::augment_args(command)),
        CommandName::Rehearse => RehearseArguments::augment_args(command),
        CommandName::ActionType => ActionTypeArguments::augment_args(command),
        CommandName::Worker => with_fixing(WorkerArguments::augment_args(command)),
        CommandName::Lambda => with_fixing(LambdaArguments::augment_args(command)),
        CommandName::Doctor => DoctorArguments::augment_args(command),
        CommandName::Config => command.arg(config_action()).arg(config_command()),
        CommandName::Completions => command.arg(shell()),
        CommandName::Man => command.arg(
            Arg::new(PAGE).value_name("COMMAND").value_parser(words::pages()).help("Command to print the page of"),
        ),
    };
    // In place of the docs of the struct.
    let command = with_help(with_rows(command, name, purpose), name).about(words::about(name));
    match purpose {
        Purpose::Full => with_requirements(name, with_hidden(name, command))
            .after_help(words::after_help(name))
            .after_long_help(words::after_long_help(name)),
        Purpose::Lenient => with_hidden(name, command).mut_args(|argument| argument.required(false)),
        Purpose::Listing => without_hidden(command),
    }
}

/// Adds requirements between options. Where a samconfig may hold one of two, the settings check them.
fn with_requirements(name: CommandName, command: Command) -> Command {
    let command = match name.reads_samconfig() {
        true => command,
        false => change(command, "external_id", |flag| flag.requires("assume_role_arn")),
    };
    match name == CommandName::Worker {
        true => change(command, "action_type", |flag| flag.required_unless_present("health")),
        false => command,
    }
}

fn switch(name: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue)
}

/// Adds what help does not list: the opposites of switches, and flags of the peers that have no effect.
fn with_hidden(name: CommandName, command: Command) -> Command {
    let switches: Vec<_> = rows(name).filter_map(|flag| Some((flag, flag.opposite()?))).collect();
    let id = |long: &str| long.replace('-', "_");
    // The later of a switch and its opposite wins.
    let command =
        command.mut_args(|argument| match switches.iter().find(|(flag, _)| flag.has_id(argument.get_id().as_str())) {
            Some((_, opposite)) => argument.overrides_with(id(opposite)),
            None => argument,
        });
    let opposites = switches.iter().map(|(flag, opposite)| {
        let argument = Arg::new(id(opposite)).long(opposite.clone()).action(ArgAction::SetTrue);
        argument.hide(true).overrides_with(flag.id())
    });
    let ignored = ignored_flags().filter(|_| name.is_of_peers());
    command.args(opposites).args(ignored.map(|name| switch(name).hide(true)))
}

/// Changes one argument. `mut_arg` would also change its place in the help.
fn change(command: Command, id: &str, change: impl Fn(Arg) -> Arg) -> Command {
    command.mut_args(|argument| if argument.get_id() == id { change(argument) } else { argument })
}

fn without_hidden(command: Command) -> Command {
    let arguments = command.get_arguments().filter(|argument| !argument.is_hide_set()).cloned();
    let about = command.get_about().cloned().unwrap_or_default();
    Command::new(command.get_name().to_owned()).about(about).disable_help_flag(true).args(arguments)
}

fn config_action() -> Arg {
    Arg::new("action").value_name("show").value_parser(["show"]).help("List every setting with its source")
}

fn config_command() -> Arg {
    let names = CommandName::ALL.into_iter().filter(|name| name.has_settings()).map(CommandName::name);
    let parser = clap::builder::PossibleValuesParser::from(names);
    Arg::new("command")
        .value_name("COMMAND")
        .value_parser(parser)
        .help("Command whose options may follow [default: package]")
}

fn shell() -> Arg {
    Arg::new(SHELL)
        .required(true)
        .value_name("SHELL")
        .value_parser(clap::builder::EnumValueParser::<clap_complete::Shell>::new())
        .help("Shell to print completions for")
}

/// The options by which an operator fixes the values of others for all jobs. They take what those take.
fn with_fixing(command: Command) -> Command {
    let package = PackageArguments::augment_args(Command::new("package"));
    let fixing = |flag: &'static Flag| {
        let target = package.get_arguments().find(|argument| argument.get_long() == flag.fixes)?;
        let help = format!("Value of --{} for all jobs; an action that sets it is refused", flag.fixes?);
        let argument = target.clone().id(flag.id()).long(flag.long).help(help).hide_short_help(true);
        Some(without_default(argument).long_help(None::<&str>).help_heading("What jobs may do"))
    };
    command.args(FLAGS.iter().filter_map(fixing))
}

fn without_default(argument: Arg) -> Arg {
    argument.default_value(None::<&str>)
}

/// Adds what the table says of the flags: aliases, and the other sources to the help.
fn with_rows(command: Command, name: CommandName, purpose: Purpose) -> Command {
    command.mut_args(|argument| match rows(name).find(|flag| flag.has_id(argument.get_id().as_str())) {
        Some(flag) => {
            let argument = argument.aliases(flag.aliases).hide(flag.is_hidden);
            // Help is shown by the full grammar alone.
            if purpose == Purpose::Lenient { argument } else { with_sources(argument, flag, name) }
        }
        None => argument,
    })
}

fn with_sources(argument: Arg, flag: &'static Flag, name: CommandName) -> Arg {
    let help = argument.get_long_help().or(argument.get_help()).map(ToString::to_string).unwrap_or_default();
    argument.long_help(format!("{help}\n{}", words::sources(flag, name.reads_samconfig())))
}

fn rows(name: CommandName) -> impl Iterator<Item = &'static Flag> {
    FLAGS.iter().filter(move |flag| flag.commands.contains(&name))
}

/// The flag that asks for help, after all others.
fn with_help(command: Command, name: CommandName) -> Command {
    let help = Arg::new("help").short('h').long("help").action(ArgAction::Help);
    let help = help.help("Show the help: -h the most common options, --help all of them");
    let reports = rows(name).any(|flag| flag.long == "debug");
    command.disable_help_flag(true).arg(help.help_heading(reports.then_some(REPORT)))
}
