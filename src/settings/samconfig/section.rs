//! A section of an environment of a samconfig: its values for a command.

use super::document::{Document, placed};
use super::value::Entry;
use crate::cli::{CommandName, ConfigurationKey, Flag, FlagKind, Given, Origin, SectionKind, configuration_key};
use crate::facts::{Failure, Place, Warning, WarningKind};
use crate::settings::failure::refused;

/// The environment if none is named.
pub const DEFAULT_ENVIRONMENT: &str = "default";
/// The one key at the top that is no environment. Any version is read.
pub const VERSION: &str = "version";
/// The section that holds for every command.
pub const GLOBAL: &str = "global";
/// The table of a section that holds its values.
pub const PARAMETERS: &str = "parameters";

/// What a command is given.
#[derive(Debug, Default)]
pub struct Configuration {
    /// Values for flags. The section of the command comes before the global one.
    pub given: Vec<Given>,
    /// About keys that have no effect.
    pub warnings: Vec<Warning>,
}

/// A section of an environment.
pub struct Section<'d> {
    pub document: &'d Document,
    pub environment: &'d Entry,
    pub name: &'d str,
    pub kind: SectionKind,
}

impl<'d> Section<'d> {
    /// The table of the values, and entries beside it by mistake.
    fn tables(&self) -> Result<&'d [Entry], Failure> {
        let sections = self.document.table(&self.environment.value, &self.environment.key)?;
        let Some(section) = sections.iter().find(|entry| entry.key == self.name) else { return Ok(&[]) };
        self.document.table(&section.value, &section.key)
    }

    /// The values.
    pub fn entries(&self) -> Result<&'d [Entry], Failure> {
        let Some(parameters) = self.tables()?.iter().find(|entry| entry.key == PARAMETERS) else { return Ok(&[]) };
        self.document.table(&parameters.value, PARAMETERS)
    }

    /// Adds what it gives a command.
    pub fn read(&self, command: CommandName, found: &mut Configuration) -> Result<(), Failure> {
        found.warnings.extend(self.misplaced()?);
        for entry in self.entries()? {
            match configuration_key(command, self.kind, &entry.key) {
                ConfigurationKey::Flag(Flag { kind: FlagKind::List | FlagKind::Pairs, .. })
                    if entry.value.is_empty() => {}
                ConfigurationKey::Flag(flag) => found.given.push(self.given(entry, flag)?),
                ConfigurationKey::Refused { .. } if entry.value.says_nothing() => {}
                ConfigurationKey::Refused { why, hint } => {
                    let message =
                        format!("`{}` in {} is not supported: {why}", entry.key, self.document.path().display());
                    return Err(placed(refused(message, hint), self.document.place(&entry.key_mark)));
                }
                ConfigurationKey::Ignored => {}
                // The line is not shown: a misspelt key may stand before a secret.
                ConfigurationKey::Unknown(nearest) => {
                    let (file, key) = (self.document.path().to_path_buf(), entry.key.clone());
                    let warning = self.warning(entry, WarningKind::UnknownConfigurationKey { file, key, nearest });
                    let place = self.document.place(&entry.key_mark).map(Place::without_line);
                    found.warnings.push(warning.with_place(place));
                }
            }
        }
        Ok(())
    }

    /// Values beside the table of the values. Their lines are not shown: any may hold a secret.
    fn misplaced(&self) -> Result<Vec<Warning>, Failure> {
        let beside = self.tables()?.iter().filter(|entry| entry.key != PARAMETERS);
        let warning = |entry: &Entry| {
            let (file, key) = (self.document.path().to_path_buf(), entry.key.clone());
            let section = format!("{}.{}", self.environment.key, self.name);
            let warning = self.warning(entry, WarningKind::ConfigurationKeyMisplaced { file, key, section });
            warning.with_place(self.document.place(&entry.key_mark).map(Place::without_line))
        };
        Ok(beside.map(warning).collect())
    }

    fn warning(&self, entry: &Entry, kind: WarningKind) -> Warning {
        Warning::new(format!("{} of {}", entry.key, self.document.path().display()), kind)
    }

    fn given(&self, entry: &Entry, flag: &'static Flag) -> Result<Given, Failure> {
        let wanted = match flag.kind {
            FlagKind::Switch => "true or false",
            FlagKind::Text => "a text",
            FlagKind::Map => "a text or a table of texts",
            FlagKind::List => "a text, a list or a table of texts",
            FlagKind::Scope => "true, false, a text or a list of texts",
            FlagKind::Pairs => "a text, a list or a table",
        };
        let value = given_text(entry, flag.kind);
        let value = value.ok_or_else(|| self.document.wrong_type(&entry.value, &entry.key, wanted))?;
        let origin = Origin::Samconfig {
            path: self.document.path().to_path_buf(),
            section: self.name.to_owned(),
            key: entry.key.clone(),
            place: self.document.place(&entry.value.mark),
        };
        Ok(Given { flag, value, origin })
    }
}

/// The value of a flag of a kind, as it would be typed.
pub fn given_text(entry: &Entry, kind: FlagKind) -> Option<String> {
    match kind {
        FlagKind::Switch => entry.value.as_switch(),
        FlagKind::Text => entry.value.as_text(),
        FlagKind::Map => entry.value.as_map(),
        FlagKind::List => entry.value.as_list(),
        FlagKind::Scope => entry.value.as_switch().or_else(|| entry.value.as_list()),
        // For lists of settings alone: the values are read with their places.
        FlagKind::Pairs => Some(entry.value.as_list().unwrap_or_default()),
    }
}
