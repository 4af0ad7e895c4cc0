//! A file as it was read: its values, where each stands, and what of it may be shown.

use super::languages::Language;
use super::value::{Entry, Kind, Span, Value};
use crate::facts::Place;
use crate::settings::SettingsError;
use crate::template::Template;
use std::path::{Path, PathBuf};

/// A configuration file, or a file of parameters.
pub struct Document {
    path: PathBuf,
    text: String,
    language: Language,
    shows_lines: bool,
    root: Value,
}

impl Document {
    /// Takes the text of a file. Without `shows_lines` no error shows a line of it: any may hold the value of a
    /// parameter, which may be a secret.
    pub fn parse(path: &Path, text: &str, language: Language, shows_lines: bool) -> Result<Self, SettingsError> {
        let text = text.trim_start_matches('\u{feff}').to_owned();
        let root = language.parse(&text).map_err(|error| SettingsError::ConfigurationSyntax {
            path: path.to_path_buf(),
            language: language.name(),
            message: error.message,
            place: place(path, &text, shows_lines, error.span),
        })?;
        Ok(Self { path: path.to_path_buf(), text, language, shows_lines, root })
    }

    /// The path by which it was found.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The value at the top.
    pub fn root(&self) -> &Value {
        &self.root
    }

    /// Where something in it stands.
    pub fn place(&self, span: &Span) -> Option<Place> {
        place(&self.path, &self.text, self.shows_lines, span.clone())
    }

    /// Where a key stands, the last of those that lead to it. The parser of YAML keeps no places; that of templates does.
    pub fn key_place(&self, keys: &[&str], span: &Span) -> Option<Place> {
        self.place(span).or_else(|| {
            let (last, above) = keys.split_last().filter(|_| self.language == Language::Yaml)?;
            let yaml = Template::parse(&self.path, self.text.clone().into_bytes()).ok()?;
            let table = above.iter().try_fold(yaml.root(), |table, key| table.get(key))?;
            let place = table.entries().find(|(key, _)| key.as_str() == Some(last))?.0.place();
            Some(if self.shows_lines { place } else { place.without_line() })
        })
    }

    /// The entries of a table; nothing at all counts as an empty one.
    pub fn table<'v>(&self, value: &'v Value, key: &str) -> Result<&'v [Entry], SettingsError> {
        match &value.kind {
            Kind::Table(entries) => Ok(entries),
            Kind::Nothing => Ok(&[]),
            Kind::Text(_) | Kind::Switch(_) | Kind::Number(_) | Kind::List(_) | Kind::Date => {
                Err(self.wrong_type(value, key, "a table"))
            }
        }
    }

    /// Says that the value of a key should be something else.
    pub fn wrong_type(&self, value: &Value, key: &str, wanted: &'static str) -> SettingsError {
        let (path, found, place) = (self.path.clone(), value.kind.name(), self.place(&value.span));
        SettingsError::ConfigurationType { path, key: key.to_owned(), found, wanted, place }
    }
}

fn place(path: &Path, text: &str, shows_lines: bool, span: Span) -> Option<Place> {
    let place = Place::in_text(path, text, span?);
    Some(if shows_lines { place } else { place.without_line() })
}
