//! The samconfig: the configuration file of sam, read once, with values for a command or a stack.

mod deploy;
mod document;
mod languages;
mod parameter_files;
mod section;
mod syntax_advice;
mod unread;
mod value;

use super::failure::refused;
use crate::cli::{CommandName, ConfigurationKey, Group, SectionKind, configuration_key};
use crate::facts::{Failure, Place};
use crate::files;
use crate::template_configuration::{DeployValues, PARAMETER_OVERRIDES};
pub use deploy::{Content, read_json, read_parameter_file};
use document::Document;
use languages::Language;
use parameter_files::unreadable_samconfig;
pub use section::Configuration;
use section::{DEFAULT_ENVIRONMENT, GLOBAL, PARAMETERS, Section, VERSION, given_text};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use unread::Unread;
use value::Entry;

/// The names that are looked for, in this order.
const NAMES: [&str; 3] = ["samconfig.toml", "samconfig.yaml", "samconfig.yml"];
const DEPLOY: &str = "deploy";

const MAX_BYTES: u64 = 1 << 20;

/// What is looked for.
#[derive(Debug, Clone)]
pub struct Search {
    /// The folder of the file, and where a relative `file` starts.
    pub folder: PathBuf,
    /// The file, if it was named.
    pub file: Option<PathBuf>,
    /// The environment, if it was named.
    pub environment: Option<String>,
}

/// A samconfig and one of its environments. Without a file it gives nothing.
pub struct Samconfig {
    document: Option<Document>,
    /// The environment, if it was named.
    named: Option<String>,
}

/// A key that names a bucket for `sam deploy` alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeployBucket {
    key: String,
    path: PathBuf,
    line: Option<usize>,
    environment: String,
    /// The command for which it does not count.
    command: CommandName,
}

impl DeployBucket {
    /// What to do to use that bucket for packaging.
    pub fn hint(&self) -> String {
        let Self { key, environment, command, .. } = self;
        let line = self.line.map_or_else(String::new, |line| format!(":{line}"));
        format!(
            "{}{line} gives {key} to sam deploy alone, below [{environment}.{DEPLOY}.{PARAMETERS}]: write it below \
             [{environment}.{}.{PARAMETERS}] too, or give --s3-bucket NAME",
            self.path.display(),
            command.name(),
        )
    }
}

impl Samconfig {
    /// No file at all.
    pub fn nothing() -> Self {
        Self { document: None, named: None }
    }

    /// Finds the file and reads it.
    pub fn load(search: Search) -> Result<Self, Failure> {
        match (find(&search)?, search.environment) {
            (Some(path), named) => {
                let document = read(&path)?;
                check_no_template(&document)?;
                Ok(Self { document: Some(document), named })
            }
            (None, None) => Ok(Self::nothing()),
            // The run would go on without the values of that environment.
            (None, Some(environment)) => Err(no_file(&search.folder, &environment)),
        }
    }

    /// The file, if there is one.
    pub fn path(&self) -> Option<&Path> {
        self.document.as_ref().map(Document::path)
    }

    /// The name of the environment.
    fn environment(&self) -> &str {
        self.named.as_deref().unwrap_or(DEFAULT_ENVIRONMENT)
    }

    /// What the environment gives a command.
    pub fn configuration(&self, command: CommandName) -> Result<Configuration, Failure> {
        let mut configuration = Configuration::default();
        let Some(document) = &self.document else { return Ok(configuration) };
        let unread = Unread { document, command };
        let found = find_environment(document, self.environment())?;
        let has_default = found.is_some() || self.named.is_some();
        configuration.warnings.extend(unread.at_the_top(environments(document)?, has_default));
        match found {
            Some(environment) => {
                configuration.warnings.extend(unread.in_environment(environment)?);
                for (kind, name) in [(SectionKind::Command, command.name()), (SectionKind::Global, GLOBAL)] {
                    Section { document, environment, name, kind }.read(command, &mut configuration)?;
                }
            }
            None if self.named.is_some() => return Err(unknown_environment(document, self.environment())?),
            None => {}
        }
        Ok(configuration)
    }

    /// What an environment gives a stack on `sam deploy`. `None` if it gives nothing, or is not there. The files that
    /// parameter overrides refer to are below `root`, if there is one.
    pub fn deploy_values(&self, environment: &str, root: Option<&Path>) -> Result<Option<DeployValues>, Failure> {
        let Some(document) = &self.document else { return Ok(None) };
        let read = || {
            let Some(environment) = find_environment(document, environment)? else { return Ok(None) };
            let entries = |name| Section { document, environment, name, kind: SectionKind::Command }.entries();
            deploy::read(document, [entries(DEPLOY)?, entries(GLOBAL)?], root)
        };
        // Any line may hold the value of a parameter.
        read().map_err(|failure: Failure| {
            failure.map(|mut problem| {
                problem.place = problem.place.map(Place::without_line);
                problem
            })
        })
    }

    /// What the environment of the run gives its own stack.
    pub fn own_deploy_values(&self, root: Option<&Path>) -> Result<DeployValues, Failure> {
        Ok(self.deploy_values(self.environment(), root)?.unwrap_or_default())
    }

    /// The key by which the environment names a bucket for `sam deploy` and for no other command.
    pub fn deploy_bucket(&self, command: CommandName) -> Option<DeployBucket> {
        let document = self.document.as_ref()?;
        let environment = find_environment(document, self.environment()).ok()??;
        let section = Section { document, environment, name: DEPLOY, kind: SectionKind::Command };
        let names_a_bucket = |entry: &&Entry| match configuration_key(command, SectionKind::Command, &entry.key) {
            ConfigurationKey::Flag(flag) => {
                let value = given_text(entry, flag.kind).unwrap_or_default();
                flag.group == Some(Group::Bucket) && !value.is_empty() && flag.asks(&value)
            }
            ConfigurationKey::Ignored | ConfigurationKey::Refused { .. } | ConfigurationKey::Unknown(_) => false,
        };
        let entry = section.entries().ok()?.iter().find(names_a_bucket)?;
        Some(DeployBucket {
            key: entry.key.clone(),
            path: document.path().to_path_buf(),
            line: document.place(&entry.key_mark).map(|place| place.line),
            environment: self.environment().to_owned(),
            command,
        })
    }
}

fn find(search: &Search) -> Result<Option<PathBuf>, Failure> {
    let Some(named) = &search.file else {
        let paths = NAMES.iter().map(|name| search.folder.join(name));
        return paths.filter_map(|path| found(path).transpose()).next().transpose();
    };
    let path = search.folder.join(named);
    match std::fs::metadata(&path) {
        Ok(_) => Ok(Some(path)),
        // The default, spelled out, may be absent like the default itself.
        Err(_) if named == Path::new(NAMES[0]) => Ok(None),
        Err(error) => Err(unreadable_samconfig(&path, &error)),
    }
}

/// The path, if something has this name. What has it and is not a file, such as a link to nothing, is an error: the run
/// would go on without the settings that it stands for.
fn found(path: PathBuf) -> Result<Option<PathBuf>, Failure> {
    let no_file = |what: &str| {
        let message = format!("the configuration file {} is {what}", path.display());
        Err(refused(message, "rename it, or name another file with --config-file"))
    };
    match std::fs::metadata(&path) {
        Ok(found) if found.is_file() => Ok(Some(path)),
        Ok(_) => no_file("not a file"),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            if path.is_symlink() {
                no_file("a link to nothing")
            } else {
                Ok(None)
            }
        }
        Err(error) => Err(unreadable_samconfig(&path, &error)),
    }
}

/// Reads a file in the language of its extension, up to the limit.
fn read(path: &Path) -> Result<Document, Failure> {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let language = Language::of_extension(extension).filter(|language| *language != Language::Json);
    let language = language.ok_or_else(|| {
        let message = format!("the configuration file {} is neither .toml nor .yaml", path.display());
        refused(message, "use samconfig.toml, samconfig.yaml or samconfig.yml")
    })?;
    let text = files::read_text(path, MAX_BYTES).map_err(|error| unreadable_samconfig(path, &error))?;
    tracing::debug!(file = %path.display(), "read");
    let shows_lines = !text.contains(PARAMETER_OVERRIDES);
    Document::parse(path, &text, language, shows_lines)
}

/// A template would be read as a samconfig that says nothing.
fn check_no_template(document: &Document) -> Result<(), Failure> {
    match environments(document)?.iter().any(|entry| entry.key == "Resources") {
        true => {
            let message = format!("the configuration file {} is a template", document.path().display());
            Err(refused(message, "name the samconfig with --config-file, and the template with --template-file"))
        }
        false => Ok(()),
    }
}

fn no_file(folder: &Path, environment: &str) -> Failure {
    let place = match folder.as_os_str().is_empty() {
        true => "the current folder".to_owned(),
        false => folder.display().to_string(),
    };
    let names = NAMES.join(", ");
    refused(
        format!("there is no samconfig in {place}, and the environment `{environment}` is asked for"),
        format!(
            "leave --config-env or SAMSTEP_CONFIG_ENV out, or name the file with --config-file; looked for {names}"
        ),
    )
}

/// Environments, and the version.
fn environments(document: &Document) -> Result<&[Entry], Failure> {
    document.table(document.root(), "the document")
}

fn find_environment<'d>(document: &'d Document, name: &str) -> Result<Option<&'d Entry>, Failure> {
    Ok(environments(document)?.iter().find(|entry| entry.key == name && name != VERSION))
}

fn unknown_environment(document: &Document, name: &str) -> Result<Failure, Failure> {
    let known = environments(document)?.iter().map(|entry| entry.key.as_str()).filter(|key| *key != VERSION);
    let known: Vec<&str> = known.collect();
    let hint = match known.is_empty() {
        true => "the file has no environment at all".to_owned(),
        false => format!("it has: {}", known.join(", ")),
    };
    Ok(refused(format!("{} has no environment `{name}`", document.path().display()), hint))
}

#[cfg(test)]
mod tests;
