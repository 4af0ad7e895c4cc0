//! The variables that set flags.

use super::flag::Flag;
use super::given::{Given, Origin};
use super::names::{PREFIX, read_switch, variable};
use super::table::FLAGS;
use crate::cli::command_name::CommandName;
use crate::facts::{Environment, Failure, FailureKind};
use crate::text::nearest;

/// Variables of our own pipelines that the executable does not read.
const OF_PIPELINES: [&str; 1] = ["SAMSTEP_RELEASES"];

/// The values that variables give to the flags of a command. Each flag has a variable, and so has the opposite of a
/// switch. Aliases have none, because an alias of one command is a flag of another. An empty variable counts as absent.
pub fn given_by_variables(command: CommandName, environment: &Environment) -> Vec<Given> {
    variables(command).filter_map(|(flag, name, sense)| given(flag, name, sense, environment)).collect()
}

/// Refuses a variable of the command that is not UTF-8: without its value the run would go on with another one.
pub fn check_readable(command: CommandName, environment: &Environment) -> Result<(), Failure> {
    match variables(command).find(|(_, name, _)| environment.is_unreadable(name)) {
        Some((_, name, _)) => {
            let failure = Failure::new(FailureKind::Usage, format!("the value of the variable {name} is not UTF-8"));
            Err(failure.with_hint("set it to UTF-8 text, or unset it"))
        }
        None => Ok(()),
    }
}

/// The variables of a command, each with its flag.
fn variables(command: CommandName) -> impl Iterator<Item = (&'static Flag, String, Sense)> {
    let flags = move || FLAGS.iter().filter(move |flag| flag.commands.contains(&command));
    let own = flags().flat_map(|flag| {
        let opposite = flag.opposite().map(|opposite| (flag, variable(&opposite), Sense::Opposite));
        std::iter::once((flag, flag.variable(), Sense::Same)).chain(opposite)
    });
    let peers = flags().flat_map(|flag| flag.variables.iter().map(move |name| (flag, (*name).to_owned(), Sense::Same)));
    own.chain(peers)
}

fn given(flag: &'static Flag, name: String, sense: Sense, environment: &Environment) -> Option<Given> {
    let value = environment.get(&name)?;
    let value = match (sense, read_switch(value)) {
        (Sense::Opposite, Some(on)) => (!on).to_string(),
        (Sense::Opposite, None) | (Sense::Same, _) => value.to_owned(),
    };
    Some(Given { flag, value, origin: Origin::Variable(name) })
}

/// Whether a variable is about a switch or about its opposite.
#[derive(Clone, Copy)]
enum Sense {
    Same,
    Opposite,
}

/// Variables that look like those of flags and belong to no command, each with the nearest that exists.
pub fn unknown_variables(environment: &Environment) -> Vec<(String, Option<String>)> {
    let is_ours = |name: &str| name.starts_with(PREFIX) && !OF_PIPELINES.contains(&name);
    let known = || FLAGS.iter().flat_map(Flag::names).map(|long| variable(&long));
    let is_known = |name: &str| known().any(|known| known == name);
    let unknown = environment.iter().map(|(name, _)| name).filter(|name| is_ours(name) && !is_known(name));
    let nearest_to = |name: &str| {
        let rest = |name: &str| name[PREFIX.len()..].to_owned();
        nearest(&rest(name), known().map(|known| rest(&known))).map(|near| format!("{PREFIX}{near}"))
    };
    unknown.map(|name| (name.to_owned(), nearest_to(name))).collect()
}
