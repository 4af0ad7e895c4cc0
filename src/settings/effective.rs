//! The effective settings of a command, each with its source.

use super::samconfig::Samconfig;
use super::source::{Line, search};
use crate::cli::{
    CommandName, DeployArguments, Effective, Given, PackageArguments, PublishArguments, given_by_variables,
};
use crate::facts::{Environment, Failure, Warning};
use std::path::PathBuf;

/// What the sources below the command line give a command.
pub struct Below {
    pub given: Vec<Given>,
    pub warnings: Vec<Warning>,
    /// The samconfig that was read.
    pub samconfig: Option<PathBuf>,
}

/// Reads variables and the samconfig, as far as the command reads one. `doctor` reads the section of `package`.
pub fn below(line: &Line<'_>, environment: &Environment) -> Result<Below, Failure> {
    let command = line.typed.command();
    let mut given = given_by_variables(command, environment);
    if !command.reads_samconfig() {
        return Ok(Below { given, warnings: Vec::new(), samconfig: None });
    }
    let samconfig = Samconfig::load(search(line, &given))?;
    let section = if command == CommandName::Doctor { CommandName::Package } else { command };
    let configuration = samconfig.configuration(section)?;
    given.extend(configuration.given.into_iter().filter(|given| given.flag.commands.contains(&command)));
    let path = samconfig.path().map(PathBuf::from);
    Ok(Below { given, warnings: configuration.warnings, samconfig: path })
}

/// Every setting of the command, checked like those of a run.
pub fn effective(line: &Line<'_>, environment: &Environment) -> Result<(Vec<Effective>, Below), Failure> {
    let below = below(line, environment)?;
    match line.typed.command() {
        CommandName::Package => line.typed.merge::<PackageArguments>(&below.given).map(|_| ())?,
        CommandName::Deploy => line.typed.merge::<DeployArguments>(&below.given).map(|_| ())?,
        CommandName::Publish => line.typed.merge::<PublishArguments>(&below.given).map(|_| ())?,
        CommandName::Job
        | CommandName::Rehearse
        | CommandName::ActionType
        | CommandName::Worker
        | CommandName::Lambda
        | CommandName::Config
        | CommandName::Doctor
        | CommandName::Completions
        | CommandName::Man => {}
    }
    Ok((line.typed.effective(&below.given), below))
}
