//! The configuration file of sam: where it is, and what it says of a command.

mod deploy;
mod document;
mod languages;
mod parameter_files;
mod value;

use super::error::SettingsError;
use crate::cli::{ConfigurationKey, FlagKind, Given, Origin, configuration_key};
use crate::facts::{Place, Warning, WarningKind};
use crate::files;
use crate::template_configuration::{DeployValues, PARAMETER_OVERRIDES};
use document::Document;
use languages::Language;
use std::path::{Path, PathBuf};
use value::Entry;

/// The names that are looked for, in this order.
const NAMES: [&str; 3] = ["samconfig.toml", "samconfig.yaml", "samconfig.yml"];
/// The environment when none is named.
const DEFAULT_ENVIRONMENT: &str = "default";
/// The section that holds for every command.
const GLOBAL: &str = "global";
/// Keys of the global section that another command of sam reads in a sense of its own.
const OTHERS_IN_GLOBAL: [&str; 1] = ["manifest"];
/// The table of a section that holds its values.
const PARAMETERS: &str = "parameters";
/// The one key at the top that is no environment. Any version is read.
const VERSION: &str = "version";

/// Most bytes that are read.
const MOST_BYTES: u64 = 1 << 20;

/// What is looked for.
#[derive(Debug, Clone, Copy)]
pub struct Search<'a> {
    /// The folder of the file, and where a relative `file` starts.
    pub folder: &'a Path,
    /// The file, when it was named.
    pub file: Option<&'a Path>,
    /// The environment, when it was named.
    pub environment: Option<&'a str>,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Configuration {
    /// Values for flags. The section of the command stands before the global one.
    pub given: Vec<Given>,
    /// Keys that mean nothing.
    pub warnings: Vec<Warning>,
}

/// Finds the file and reads what it says of a command. No file is an empty configuration.
pub fn load(search: &Search<'_>, command: &str) -> Result<Configuration, SettingsError> {
    match find(search)? {
        Some(path) => {
            let document = read(&path, |text| !text.contains(PARAMETER_OVERRIDES))?;
            Section { document: &document, command }.configuration(search.environment)
        }
        None => Ok(Configuration::default()),
    }
}

/// Finds the file and reads what an environment of it gives a stack on `deploy`. `None` when it gives nothing, or is
/// not there. The files that parameter overrides refer to are below `root`, when there is one.
pub fn deploy_values(
    search: &Search<'_>,
    environment: &str,
    root: Option<&Path>,
) -> Result<Option<DeployValues>, SettingsError> {
    match find(search)? {
        Some(path) => {
            let document = read(&path, |_| false)?;
            Section { document: &document, command: "deploy" }.deploy_values(environment, root)
        }
        None => Ok(None),
    }
}

fn find(search: &Search<'_>) -> Result<Option<PathBuf>, SettingsError> {
    let Some(named) = search.file else {
        return Ok(NAMES.iter().map(|name| search.folder.join(name)).find(|path| path.is_file()));
    };
    let path = search.folder.join(named);
    match std::fs::metadata(&path) {
        Ok(_) => Ok(Some(path)),
        // The default, spelled out, may be absent like the default itself.
        Err(_) if named == Path::new(NAMES[0]) => Ok(None),
        Err(cause) => Err(SettingsError::Configuration { path, cause }),
    }
}

/// Reads a file by the language that its name tells, and no more of it than the limit.
fn read(path: &Path, shows_lines: impl Fn(&str) -> bool) -> Result<Document, SettingsError> {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let language = Language::of_extension(extension).filter(|language| *language != Language::Json);
    let language = language.ok_or_else(|| SettingsError::ConfigurationKind(path.to_path_buf()))?;
    let text = files::read_text(path, MOST_BYTES)
        .map_err(|cause| SettingsError::Configuration { path: path.to_path_buf(), cause })?;
    tracing::debug!(file = %path.display(), "read");
    Document::parse(path, &text, language, shows_lines(&text))
}

/// The part of a file that is about one command.
struct Section<'a> {
    document: &'a Document,
    command: &'a str,
}

impl Section<'_> {
    fn configuration(&self, named: Option<&str>) -> Result<Configuration, SettingsError> {
        let environments = self.environments()?;
        let name = named.unwrap_or(DEFAULT_ENVIRONMENT);
        let mut configuration = Configuration::default();
        match environments.iter().find(|entry| entry.key == name && name != VERSION) {
            Some(environment) => {
                for section in [self.command, GLOBAL] {
                    self.parameters(environment, section, &mut configuration)?;
                }
            }
            None if named.is_some() => return Err(self.unknown_environment(name, environments)),
            None => {}
        }
        Ok(configuration)
    }

    fn unknown_environment(&self, name: &str, environments: &[Entry]) -> SettingsError {
        let known = environments.iter().map(|entry| entry.key.clone()).filter(|key| key != VERSION).collect();
        let path = self.document.path().to_path_buf();
        SettingsError::UnknownEnvironment { path, name: name.to_owned(), known }
    }

    /// Environments, and the version.
    fn environments(&self) -> Result<&[Entry], SettingsError> {
        self.document.table(self.document.root(), "the document")
    }

    /// What stands in a section of an environment: the table of its values.
    fn section<'v>(&self, environment: &'v Entry, section: &str) -> Result<&'v [Entry], SettingsError> {
        let sections = self.document.table(&environment.value, &environment.key)?;
        let Some(section) = sections.iter().find(|entry| entry.key == section) else { return Ok(&[]) };
        self.document.table(&section.value, &section.key)
    }

    /// The values of a section of an environment.
    fn entries<'v>(&self, environment: &'v Entry, section: &str) -> Result<&'v [Entry], SettingsError> {
        let tables = self.section(environment, section)?;
        let Some(parameters) = tables.iter().find(|entry| entry.key == PARAMETERS) else { return Ok(&[]) };
        self.document.table(&parameters.value, PARAMETERS)
    }

    fn parameters(&self, environment: &Entry, section: &str, found: &mut Configuration) -> Result<(), SettingsError> {
        found.warnings.extend(self.misplaced(environment, section)?);
        let is_ours = |entry: &&Entry| section != GLOBAL || !OTHERS_IN_GLOBAL.contains(&entry.key.as_str());
        let place = |entry: &Entry| {
            self.document.key_place(&[&environment.key, section, PARAMETERS, &entry.key], &entry.key_span)
        };
        for entry in self.entries(environment, section)?.iter().filter(is_ours) {
            match configuration_key(self.command, &entry.key) {
                ConfigurationKey::Flag { kind: FlagKind::List, .. } if entry.value.is_empty() => {}
                ConfigurationKey::Flag { long, kind } => found.given.push(self.given(section, entry, long, kind)?),
                ConfigurationKey::Unsupported { .. } if entry.value.says_nothing() => {}
                ConfigurationKey::Unsupported { why, hint } => {
                    let (path, key) = (self.document.path().to_path_buf(), entry.key.clone());
                    let place = place(entry);
                    return Err(SettingsError::ConfigurationUnsupported { path, key, why, hint, place });
                }
                ConfigurationKey::OfSam => {}
                ConfigurationKey::Unknown(nearest) => {
                    let (file, key) = (self.document.path().to_path_buf(), entry.key.clone());
                    let kind = WarningKind::UnknownConfigurationKey { file, key, nearest };
                    found.warnings.push(self.warning(&entry.key, kind).with_place(place(entry)));
                }
            }
        }
        Ok(())
    }

    /// Values beside the table of the values. Their lines are not shown: any may hold a secret.
    fn misplaced(&self, environment: &Entry, section: &str) -> Result<Vec<Warning>, SettingsError> {
        let beside = self.section(environment, section)?.iter().filter(|entry| entry.key != PARAMETERS);
        let warning = |entry: &Entry| {
            let place = self.document.key_place(&[&environment.key, section, &entry.key], &entry.key_span);
            let (file, key) = (self.document.path().to_path_buf(), entry.key.clone());
            let section = format!("{}.{section}", environment.key);
            let kind = WarningKind::ConfigurationKeyMisplaced { file, key, section };
            self.warning(&entry.key, kind).with_place(place.map(Place::without_line))
        };
        Ok(beside.map(warning).collect())
    }

    fn warning(&self, key: &str, kind: WarningKind) -> Warning {
        Warning::new(format!("{key} of {}", self.document.path().display()), kind)
    }

    fn given(&self, section: &str, entry: &Entry, flag: String, kind: FlagKind) -> Result<Given, SettingsError> {
        let (value, wanted) = match kind {
            FlagKind::Switch => (entry.value.as_switch(), "true or false"),
            FlagKind::Text => (entry.value.as_text(), "a text"),
            FlagKind::Map => (entry.value.as_map(), "a text or a table of texts"),
            FlagKind::List => (entry.value.as_list(), "a text, a list or a table of texts"),
        };
        let value = value.ok_or_else(|| self.document.wrong_type(&entry.value, &entry.key, wanted))?;
        let place = self.document.place(&entry.value.span);
        let (path, section, key) = (self.document.path().to_path_buf(), section.to_owned(), entry.key.clone());
        let origin = Origin::File { path, section, key, place };
        Ok(Given { flag, value, origin })
    }
}

#[cfg(test)]
mod tests;
