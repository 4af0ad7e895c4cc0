//! The requester of a run, and which sources may set which flags.

use super::samconfig::Search;
use super::template::is_stream;
use crate::cli::{CommandName, Flag, Given, Group, InJob, PackageArguments, Typed, given_by_variables};
use crate::facts::{Environment, Failure};
use std::path::{Path, PathBuf};

const CONFIG_FILE: &str = "config-file";
const CONFIG_ENV: &str = "config-env";
const TEMPLATE_FILE: &str = "template-file";

/// The requester of a run.
pub enum Source<'a> {
    Line(Line<'a>),
    Action(ActionSource<'a>),
}

/// A command line.
pub struct Line<'a> {
    pub typed: &'a Typed,
    /// Where relative paths start; empty for the current folder, so that paths stay as typed.
    pub folder: &'a Path,
}

/// An action of a pipeline.
pub struct ActionSource<'a> {
    /// Values that the operator of the worker fixes for all jobs.
    pub fixed: &'a [Given],
    pub properties: &'a [Given],
    /// The template in the input artifact.
    pub template: &'a Path,
    /// The folder of the input artifact, outside which nothing may be read.
    pub root: &'a Path,
}

impl Source<'_> {
    /// Where relative paths start.
    pub fn folder(&self) -> &Path {
        match self {
            Self::Line(line) => line.folder,
            Self::Action(action) => action.root,
        }
    }

    /// The folder outside which nothing may be read.
    pub fn root(&self) -> Option<&Path> {
        match self {
            Self::Line(_) => None,
            Self::Action(action) => Some(action.root),
        }
    }

    /// The values above those of a samconfig, without what was typed. The first of several counts.
    pub fn given(&self, environment: &Environment) -> Vec<Given> {
        let variables = given_by_variables(CommandName::Package, environment);
        match self {
            Self::Line(_) => variables,
            Self::Action(action) => {
                let variables = variables.into_iter().filter(|given| action.takes_variable(given.flag));
                action.fixed.iter().chain(action.properties).cloned().chain(variables).collect()
            }
        }
    }

    /// Whether a samconfig may set a flag.
    pub fn takes_from_samconfig(&self, flag: &Flag) -> bool {
        match self {
            Self::Line(_) => true,
            Self::Action(action) => {
                let is_fixed = action.fixed.iter().any(|fixed| fixed.flag.is_about_the_same_as(flag));
                flag.in_job == InJob::Author && !is_fixed
            }
        }
    }

    /// Where the samconfig is looked for, and which environment of it is meant.
    pub fn search(&self, given: &[Given]) -> Search {
        match self {
            Self::Line(line) => search(line, given),
            Self::Action(action) => Search {
                folder: action.template.parent().unwrap_or(action.root).to_path_buf(),
                file: find(given, CONFIG_FILE).map(PathBuf::from),
                environment: find(given, CONFIG_ENV),
            },
        }
    }

    /// The arguments, from all sources.
    pub fn arguments(&self, below: &[Given]) -> Result<PackageArguments, Failure> {
        match self {
            Self::Line(line) => line.typed.package(below),
            Self::Action(action) => {
                let arguments = Typed::nothing(CommandName::Package).package(below)?;
                Ok(PackageArguments { template_file: Some(action.template.to_path_buf()), ..arguments })
            }
        }
    }
}

/// The same for a command line.
pub fn search(line: &Line<'_>, given: &[Given]) -> Search {
    let Line { typed, folder } = line;
    let template = typed.value::<PathBuf>(TEMPLATE_FILE).filter(|path| !is_stream(path));
    let beside = template.map(|path| folder.join(path.parent().unwrap_or(Path::new(""))));
    Search {
        folder: beside.unwrap_or_else(|| folder.to_path_buf()),
        file: typed.value::<PathBuf>(CONFIG_FILE).or_else(|| find(given, CONFIG_FILE).map(PathBuf::from)),
        environment: typed.value::<String>(CONFIG_ENV).or_else(|| find(given, CONFIG_ENV)),
    }
}

fn find(given: &[Given], long: &str) -> Option<String> {
    given.iter().find(|given| given.flag.long == long).map(|given| given.value.clone())
}

impl ActionSource<'_> {
    /// Whether a variable of the host sets a flag for the action. It does not set role and region: an
    /// action that names none gets those of the process.
    fn takes_variable(&self, flag: &Flag) -> bool {
        match flag.in_job {
            InJob::Author => {
                let replaces = |given: &Given| given.flag.group == Some(Group::Encryption);
                flag.group != Some(Group::Encryption) || !self.properties.iter().any(replaces)
            }
            InJob::PropertyOnly => false,
            InJob::HostOnly(_) => flag.long == CONFIG_FILE,
        }
    }
}
