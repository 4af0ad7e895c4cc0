//! The requester of a run, and which sources may set which flags.

use super::failure::refused;
use super::samconfig::{Samconfig, Search};
use super::template::is_stream;
use crate::cli::{CommandName, Flag, Given, Group, InJob, Typed, given_by_variables, unknown_variables};
use crate::facts::{Environment, Failure, Warning, WarningKind};
use clap::{Args, FromArgMatches};
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
    /// The command whose flags the properties are.
    pub command: CommandName,
    /// Values that the operator of the worker fixes for all jobs.
    pub fixed: &'a [Given],
    pub properties: &'a [Given],
    /// `None` for an action without input artifacts, which reads neither a file nor a samconfig.
    pub template: Option<ActionTemplate<'a>>,
    /// Files that properties name, found in the input artifacts.
    pub found: &'a [PathBuf],
}

/// The template of an action.
#[derive(Clone, Copy)]
pub struct ActionTemplate<'a> {
    pub path: &'a Path,
    /// The folder of the input artifact, outside which nothing may be read.
    pub root: &'a Path,
}

/// What the sources below the typed words give a run.
pub struct Sources {
    pub given: Vec<Given>,
    pub samconfig: Samconfig,
    pub warnings: Vec<Warning>,
}

impl Sources {
    /// Reads the variables, the properties, and the samconfig.
    pub fn read(source: &Source<'_>, environment: &Environment) -> Result<Self, Failure> {
        let mut given = source.given(environment);
        let samconfig = source.samconfig(&given)?;
        let configuration = samconfig.configuration(source.command())?;
        given.extend(configuration.given.into_iter().filter(|given| source.takes_from_samconfig(given.flag)));
        let warnings = about_variables(environment).chain(configuration.warnings).collect();
        Ok(Self { given, samconfig, warnings })
    }
}

fn about_variables(environment: &Environment) -> impl Iterator<Item = Warning> {
    let warning = |(name, nearest): (String, Option<String>)| {
        Warning::new(name.clone(), WarningKind::UnknownVariable { name, nearest })
    };
    unknown_variables(environment).into_iter().map(warning)
}

impl Source<'_> {
    /// The command whose settings are asked for.
    pub fn command(&self) -> CommandName {
        match self {
            Self::Line(line) => line.typed.command(),
            Self::Action(action) => action.command,
        }
    }

    /// Where relative paths start.
    pub fn folder(&self) -> &Path {
        match self {
            Self::Line(line) => line.folder,
            Self::Action(action) => action.template.map_or(Path::new(""), |template| template.root),
        }
    }

    /// The folder outside which nothing may be read.
    pub fn root(&self) -> Option<&Path> {
        match self {
            Self::Line(_) => None,
            Self::Action(action) => action.template.map(|template| template.root),
        }
    }

    /// The path of a file to read: an action reads its input artifacts only.
    pub fn input_file(&self, path: &Path) -> Result<PathBuf, Failure> {
        let whole = self.folder().join(path);
        let Self::Action(action) = self else { return Ok(whole) };
        let actual = |path: &Path| path.canonicalize().ok();
        let is_inside = self.root().and_then(actual).zip(actual(&whole)).is_some_and(|(root, it)| it.starts_with(root));
        if is_inside || action.found.iter().any(|found| found == path) {
            return Ok(whole);
        }
        let message = format!("the file {} is not in the input artifact", path.display());
        Err(refused(message, "name a file of the artifact in which the template is"))
    }

    /// The template that an action names beside the flags.
    pub fn template(&self) -> Option<&Path> {
        match self {
            Self::Line(_) => None,
            Self::Action(action) => action.template.map(|template| template.path),
        }
    }

    /// Whether the requester itself asks for what a flag does: on the command line, or by a property.
    pub fn asks(&self, long: &str) -> bool {
        match self {
            Self::Line(line) => line.typed.asks(long),
            Self::Action(action) => {
                action.properties.iter().any(|given| given.flag.long == long && given.flag.asks(&given.value))
            }
        }
    }

    /// The values above those of a samconfig, without what was typed. The first of several counts.
    fn given(&self, environment: &Environment) -> Vec<Given> {
        let variables = given_by_variables(self.command(), environment);
        match self {
            Self::Line(_) => variables,
            Self::Action(action) => {
                let variables = variables.into_iter().filter(|given| action.takes_variable(given.flag));
                action.fixed.iter().chain(action.properties).cloned().chain(variables).collect()
            }
        }
    }

    /// Whether a samconfig may set a flag.
    fn takes_from_samconfig(&self, flag: &Flag) -> bool {
        match self {
            Self::Line(_) => true,
            Self::Action(action) => {
                let is_fixed = action.fixed.iter().any(|fixed| fixed.flag.is_about_the_same_as(flag));
                flag.in_job == InJob::Author && !is_fixed
            }
        }
    }

    fn samconfig(&self, given: &[Given]) -> Result<Samconfig, Failure> {
        match self {
            Self::Line(line) => Samconfig::load(search(line, given)),
            Self::Action(action) => action.template.map_or_else(
                || Ok(Samconfig::nothing()),
                |ActionTemplate { path, root }| {
                    Samconfig::load(Search {
                        folder: path.parent().unwrap_or(root).to_path_buf(),
                        file: find(given, CONFIG_FILE).map(PathBuf::from),
                        environment: find(given, CONFIG_ENV),
                    })
                },
            ),
        }
    }

    /// The failure of a value, with its source if that is not the command line.
    pub fn name_source(&self, failure: Failure, below: &[Given]) -> Failure {
        match self {
            Self::Line(line) => line.typed.name_source(failure, below),
            Self::Action(_) => failure,
        }
    }

    /// The arguments, from all sources.
    pub fn arguments<A: Args + FromArgMatches>(&self, below: &[Given]) -> Result<A, Failure> {
        let arguments = match self {
            Self::Line(line) => line.typed.merge(below),
            Self::Action(action) => Typed::nothing(action.command).merge(below),
        };
        arguments.map(|(arguments, _)| arguments)
    }
}

/// Where the samconfig of a command line is looked for, and which environment of it is meant.
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
