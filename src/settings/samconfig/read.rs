//! TOML or YAML → values.

use super::value::{Entry, Kind, Value};
use crate::failure::Place;
use crate::json::Document;
use crate::settings::SettingsError;
use crate::template_configuration::PARAMETER_OVERRIDES;
use serde_json::Value as Json;
use serde_yaml::Value as Yaml;
use std::path::Path;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Reads a file by the language that its name tells.
pub fn read(path: &Path) -> Result<Value, SettingsError> {
    let extension = path.extension().and_then(|extension| extension.to_str());
    let parse = match extension {
        Some("toml") => toml,
        Some("yaml" | "yml") => yaml,
        Some(_) | None => return Err(SettingsError::ConfigurationKind(path.to_path_buf())),
    };
    let text = std::fs::read_to_string(path)
        .map_err(|cause| SettingsError::Configuration { path: path.to_path_buf(), cause })?;
    let parsed = parse(path, text.trim_start_matches('\u{feff}'));
    if text.contains(PARAMETER_OVERRIDES) { parsed.map_err(without_line) } else { parsed }
}

/// Takes the text of a file of parameters, which may be JSON too. No error shows a line of it.
pub fn parameters(path: &Path, text: &str) -> Result<Value, SettingsError> {
    let parse = match path.extension().and_then(|extension| extension.to_str()) {
        Some("toml") => toml,
        Some("yaml" | "yml") => yaml,
        Some("json") => json,
        Some(_) | None => {
            return Err(SettingsError::ParameterFileRefused {
                path: path.to_path_buf(),
                what: "is neither .json, .yaml nor .toml",
            });
        }
    };
    parse(path, text.trim_start_matches('\u{feff}')).map_err(without_line)
}

/// Where the text cannot be parsed, or is of another shape, any line may hold the value of a parameter, which may be a
/// secret.
pub fn without_line(mut error: SettingsError) -> SettingsError {
    if let SettingsError::ConfigurationSyntax { place, .. } | SettingsError::ConfigurationType { place, .. } =
        &mut error
    {
        *place = place.take().map(Place::without_line);
    }
    error
}

fn toml(path: &Path, text: &str) -> Result<Value, SettingsError> {
    let document = DeTable::parse(text).map_err(|error| SettingsError::ConfigurationSyntax {
        path: path.to_path_buf(),
        language: "TOML",
        message: error.message().lines().collect::<Vec<_>>().join(", "),
        place: error.span().map(|span| Place::in_text(path, text, span)),
    })?;
    Ok(Value { kind: table(document.get_ref(), path, text), place: None })
}

fn toml_value(value: &Spanned<DeValue<'_>>, path: &Path, text: &str) -> Value {
    let kind = match value.get_ref() {
        DeValue::String(text) => Kind::Text(text.to_string()),
        DeValue::Integer(number) if number.radix() == 10 => Kind::Number(number.as_str().to_owned()),
        DeValue::Integer(_) => Kind::Number(text[value.span()].to_owned()),
        DeValue::Float(number) => Kind::Number(number.as_str().to_owned()),
        DeValue::Boolean(on) => Kind::Switch(*on),
        DeValue::Datetime(_) => Kind::Date,
        DeValue::Array(items) => Kind::List(items.iter().map(|item| toml_value(item, path, text)).collect()),
        DeValue::Table(entries) => table(entries, path, text),
    };
    Value { kind, place: Some(Place::in_text(path, text, value.span())) }
}

/// In the order of the file.
fn table(entries: &DeTable<'_>, path: &Path, text: &str) -> Kind {
    let mut entries: Vec<_> = entries.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    let entry = |(key, value): &(&Spanned<_>, &Spanned<_>)| Entry {
        key: AsRef::<str>::as_ref(key.get_ref()).to_owned(),
        value: toml_value(value, path, text),
    };
    Kind::Table(entries.iter().map(entry).collect())
}

fn yaml(path: &Path, text: &str) -> Result<Value, SettingsError> {
    let document: Yaml = serde_yaml::from_str(text).map_err(|error| SettingsError::ConfigurationSyntax {
        path: path.to_path_buf(),
        language: "YAML",
        message: error.to_string(),
        place: error.location().map(|at| Place::in_text(path, text, at.index()..at.index() + 1)),
    })?;
    Ok(yaml_value(&document))
}

fn yaml_value(value: &Yaml) -> Value {
    let kind = match value {
        Yaml::Null => Kind::Nothing,
        Yaml::Bool(on) => Kind::Switch(*on),
        Yaml::Number(number) => Kind::Number(number.to_string()),
        Yaml::String(text) => Kind::Text(text.clone()),
        Yaml::Sequence(items) => Kind::List(items.iter().map(yaml_value).collect()),
        Yaml::Tagged(tagged) => return yaml_value(&tagged.value),
        Yaml::Mapping(entries) => Kind::Table(entries.iter().filter_map(yaml_entry).collect()),
    };
    Value { kind, place: None }
}

/// Keys that are no texts name nothing.
fn yaml_entry((key, value): (&Yaml, &Yaml)) -> Option<Entry> {
    Some(Entry { key: key.as_str()?.to_owned(), value: yaml_value(value) })
}

fn json(path: &Path, text: &str) -> Result<Value, SettingsError> {
    let document = Document::parse(text.as_bytes()).map_err(|error| SettingsError::ConfigurationSyntax {
        path: path.to_path_buf(),
        language: "JSON",
        message: error.problem.trim_start_matches("is not valid JSON: ").to_owned(),
        place: Some(error.place(path, text.as_bytes())),
    })?;
    Ok(json_value(document.root().value()))
}

fn json_value(value: &Json) -> Value {
    let kind = match value {
        Json::Null => Kind::Nothing,
        Json::Bool(on) => Kind::Switch(*on),
        Json::Number(number) => Kind::Number(number.to_string()),
        Json::String(text) => Kind::Text(text.clone()),
        Json::Array(items) => Kind::List(items.iter().map(json_value).collect()),
        Json::Object(entries) => Kind::Table(
            entries.iter().map(|(key, value)| Entry { key: key.clone(), value: json_value(value) }).collect(),
        ),
    };
    Value { kind, place: None }
}
