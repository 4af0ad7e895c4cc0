//! What a samconfig has in a place where nothing reads it, though it was most likely meant for a command.

use super::document::Document;
use super::section::{DEFAULT_ENVIRONMENT, GLOBAL, PARAMETERS, VERSION};
use super::value::{Entry, Kind};
use crate::cli::{CommandName, ConfigurationKey, SectionKind, configuration_key};
use crate::facts::{Failure, Place, Warning, WarningKind};
use crate::text::nearest;

/// Reads one document for one command.
pub struct Unread<'d> {
    pub document: &'d Document,
    pub command: CommandName,
}

impl Unread<'_> {
    /// Values at the top, and without the default environment the one that is spelled almost like it.
    pub fn at_the_top(&self, entries: &[Entry], has_default: bool) -> Vec<Warning> {
        let warning = |entry: &Entry| match &entry.value.kind {
            Kind::Table(_) if has_default || entry.key == VERSION => None,
            Kind::Table(_) => {
                let near = nearest(&entry.key, std::iter::once(DEFAULT_ENVIRONMENT.to_owned()))?;
                Some(self.warning(entry, entry.key.clone(), near))
            }
            Kind::Text(_) | Kind::Switch(_) | Kind::Number(_) | Kind::List(_) | Kind::Date | Kind::Nothing => {
                self.value(entry, None)
            }
        };
        entries.iter().filter_map(warning).collect()
    }

    /// Sections that are spelled almost like those that are read, and values beside the sections.
    pub fn in_environment(&self, environment: &Entry) -> Result<Vec<Warning>, Failure> {
        let name = environment.key.as_str();
        let entries = self.document.table(&environment.value, name)?;
        let warning = |entry: &Entry| match &entry.value.kind {
            Kind::Table(_) | Kind::Nothing => {
                let near = self.near_section(&entry.key)?;
                Some(self.warning(entry, format!("{name}.{}", entry.key), format!("{name}.{near}")))
            }
            Kind::Text(_) | Kind::Switch(_) | Kind::Number(_) | Kind::List(_) | Kind::Date => {
                self.value(entry, Some(name))
            }
        };
        Ok(entries.iter().filter_map(warning).collect())
    }

    fn near_section(&self, key: &str) -> Option<String> {
        let (command, is_read) = (self.command.name(), [self.command.name(), GLOBAL].contains(&key));
        if key == PARAMETERS {
            return Some(format!("{command}.{PARAMETERS}"));
        }
        nearest(key, [command, GLOBAL].map(str::to_owned).into_iter()).filter(|_| !is_read)
    }

    /// A value of an option in `environment`, or at the top.
    fn value(&self, entry: &Entry, environment: Option<&str>) -> Option<Warning> {
        let key = configuration_key(self.command, SectionKind::Command, &entry.key);
        let place = format!("{}.{}.{PARAMETERS}", environment.unwrap_or(DEFAULT_ENVIRONMENT), self.command.name());
        let written = environment.map_or_else(|| entry.key.clone(), |name| format!("{name}.{}", entry.key));
        match key {
            ConfigurationKey::Flag(_) => Some(self.warning(entry, written, format!("{place}.{}", entry.key))),
            ConfigurationKey::Ignored | ConfigurationKey::Refused { .. } | ConfigurationKey::Unknown(_) => None,
        }
    }

    /// The line is not shown: it may hold a secret.
    fn warning(&self, entry: &Entry, key: String, nearest: String) -> Warning {
        let file = self.document.path().to_path_buf();
        let name = format!("{key} of {}", file.display());
        let kind = WarningKind::UnknownConfigurationKey { file, key, nearest: Some(nearest) };
        Warning::new(name, kind).with_place(self.document.place(&entry.key_mark).map(Place::without_line))
    }
}
