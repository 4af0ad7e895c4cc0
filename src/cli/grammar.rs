//! The grammar of the command line: types and help from the structs of arguments, names and sources from the table.

use super::action_type::ActionTypeArguments;
use super::command_name::CommandName;
use super::doctor::DoctorArguments;
use super::flags::{FLAGS, Flag, ignored_flags};
use super::job::{JobArguments, RehearseArguments};
use super::package::PackageArguments;
use super::words;
use super::worker::{LambdaArguments, WorkerArguments};
use clap::{Arg, ArgAction, Args, Command};

const WIDTH: usize = 110;
/// The long form of `--version`.
pub const VERBOSE: &str = "verbose";
pub const VERSION: &str = "version";
/// What is printed completions for.
pub const SHELL: &str = "shell";
/// What a manual page is about.
pub const PAGE: &str = "page";

/// Which part of the grammar is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strictness {
    /// Nothing is required: the values of other sources are not known yet.
    Lenient,
    Full,
}

/// The grammar of the whole line.
pub fn grammar(strictness: Strictness) -> Command {
    let commands = CommandName::ALL.into_iter().map(|name| command(name, strictness));
    Command::new("samstep")
        .bin_name("samstep")
        .version(env!("CARGO_PKG_VERSION"))
        .about(words::ABOUT)
        .after_long_help(words::EXAMPLES)
        .max_term_width(WIDTH)
        .args_override_self(true)
        .disable_help_subcommand(true)
        .disable_version_flag(true)
        .arg(switch(VERSION).short('V').help("Print the version; with --verbose, also the commit and the target"))
        .arg(switch(VERBOSE).hide(true))
        .subcommands(commands)
}

/// The grammar of one command.
fn command(name: CommandName, strictness: Strictness) -> Command {
    let command = Command::new(name.name())
        .about(words::about(name))
        .after_help(words::after_help(name))
        .after_long_help(words::after_long_help(name))
        .args_override_self(true)
        .hide(name.is_hidden());
    let command = match name {
        CommandName::Package => with_ignored(PackageArguments::augment_args(command)),
        CommandName::Job => with_fixing(JobArguments::augment_args(command)),
        CommandName::Rehearse => RehearseArguments::augment_args(command),
        CommandName::ActionType => ActionTypeArguments::augment_args(command),
        CommandName::Worker => with_fixing(WorkerArguments::augment_args(command)),
        CommandName::Lambda => with_fixing(LambdaArguments::augment_args(command)),
        CommandName::Doctor => DoctorArguments::augment_args(command),
        CommandName::Config => command.arg(config_action()).arg(config_command()),
        CommandName::Completions => command.arg(shell()),
        CommandName::Man => command.arg(Arg::new(PAGE).value_name("COMMAND").value_parser(words::pages())),
    };
    let rows = FLAGS.iter().filter(|flag| flag.commands.contains(&name));
    let command = rows.fold(command, |command, flag| with_row(command, flag, name));
    match strictness {
        Strictness::Full => with_requirements(name, command),
        Strictness::Lenient => command.mut_args(|argument| argument.required(false)),
    }
}

/// What a command requires beyond single options. What `package` is given may have its other half in a samconfig: its
/// settings check it.
fn with_requirements(name: CommandName, command: Command) -> Command {
    let with_role = |command: Command| command.mut_arg("external_id", |flag| flag.requires("assume_role_arn"));
    match name {
        CommandName::Worker => with_role(command).mut_arg("action_type", |flag| flag.required_unless_present("health")),
        CommandName::Job | CommandName::Lambda => with_role(command),
        CommandName::Package
        | CommandName::Rehearse
        | CommandName::ActionType
        | CommandName::Config
        | CommandName::Doctor
        | CommandName::Completions
        | CommandName::Man => command,
    }
}

fn switch(name: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue)
}

/// Adds flags of the peers that have no effect.
fn with_ignored(command: Command) -> Command {
    command.args(ignored_flags().map(|name| switch(name).hide(true)))
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

/// Adds what the table says of a flag: aliases, the opposite of a switch, and the other sources to its help.
fn with_row(command: Command, flag: &'static Flag, name: CommandName) -> Command {
    let command = command.mut_arg(flag.id(), |argument| {
        let help = argument.get_long_help().or(argument.get_help()).map(ToString::to_string).unwrap_or_default();
        let sources = words::sources(flag, name.reads_samconfig());
        argument.aliases(flag.aliases).long_help(format!("{help}\n{sources}")).hide(flag.is_hidden)
    });
    let Some(opposite) = flag.opposite() else { return command };
    let (id, twin) = (flag.id(), opposite.replace('-', "_"));
    let argument =
        Arg::new(twin.clone()).long(opposite).action(ArgAction::SetTrue).hide(true).overrides_with(id.clone());
    command.mut_arg(id, |argument| argument.overrides_with(twin)).arg(argument)
}
