//! The options that a worker passes on to the processes of its jobs.

use super::flag::{Flag, FlagKind};
use super::given::{Given, Origin};
use super::table::FLAGS;
use crate::cli::command_name::CommandName;
use crate::facts::Secret;
use clap::ArgMatches;
use clap::parser::ValueSource;
use std::ffi::OsString;

/// Options of `samstep job`, as its worker passes them on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inherited {
    pub arguments: Vec<OsString>,
    /// Secrets, because everyone on the machine can read the arguments of a process.
    pub variables: Vec<(&'static str, Secret)>,
}

/// The options of a command that its jobs inherit.
pub fn inherited(command: CommandName, matches: &ArgMatches) -> Inherited {
    let mut all = Inherited::default();
    let is_shared = |flag: &&Flag| [command, CommandName::Job].iter().all(|command| flag.commands.contains(command));
    for flag in FLAGS.iter().filter(|flag| flag.is_inherited).filter(is_shared) {
        for value in values(flag, matches) {
            match flag.secret_variable {
                Some(variable) => all.variables.push((variable, Secret::new(&*value.to_string_lossy()))),
                None => all.arguments.push(argument(flag, &value)),
            }
        }
    }
    all
}

/// The values that the operator of a worker fixes for all jobs.
pub fn fixed(matches: &ArgMatches) -> Vec<Given> {
    let fixed = |flag: &'static Flag| {
        let target = FLAGS.iter().find(|target| Some(target.long) == flag.fixes)?;
        let value = values(flag, matches).pop()?.to_string_lossy().into_owned();
        Some(Given { flag: target, value, origin: Origin::Operator })
    };
    FLAGS.iter().filter_map(fixed).collect()
}

/// Whether a switch was given or taken back; the later of the two counts. `None` if neither.
pub fn switched(long: &str, matches: &ArgMatches) -> Option<bool> {
    let flag = FLAGS.iter().find(|flag| flag.long == long)?;
    let is_given = |long: String| matches.value_source(&long.replace('-', "_")) == Some(ValueSource::CommandLine);
    match (is_given(flag.long.to_owned()), flag.opposite().is_some_and(is_given)) {
        (false, false) => None,
        (is_on, _) => Some(is_on),
    }
}

/// The values that were given, without defaults. A switch that is on has an empty one.
fn values(flag: &Flag, matches: &ArgMatches) -> Vec<OsString> {
    let id = flag.id();
    let is_given = matches.value_source(&id) == Some(ValueSource::CommandLine);
    match flag.kind {
        _ if !is_given => Vec::new(),
        FlagKind::Switch => matches.get_flag(&id).then(OsString::new).into_iter().collect(),
        FlagKind::Text | FlagKind::Map | FlagKind::List | FlagKind::Scope | FlagKind::Pairs => {
            matches.get_raw(&id).into_iter().flatten().map(OsString::from).collect()
        }
    }
}

fn argument(flag: &Flag, value: &OsString) -> OsString {
    let mut argument = OsString::from(format!("--{}", flag.long));
    if flag.kind != FlagKind::Switch {
        argument.push("=");
        argument.push(value);
    }
    argument
}
