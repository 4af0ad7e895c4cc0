//! Properties by name: those of the action, those that come as a JSON object, and the one spelling of their names.

use super::names::OPTIONS;
use crate::cli::pascal_case;
use crate::facts::{Failure, FailureKind};
use crate::text::json::{Cursor, Document, JsonError};
use serde_json::Value;
use std::collections::BTreeMap;

/// Properties whose values stay JSON: their parts may have commas, and functions.
const JSON_PROPERTIES: [&str; 3] = ["ParameterOverrides", "StackPolicy", "Tags"];

/// The properties of an action with those in `Options`, by name in PascalCase: the command line takes other spellings
/// too, and one of them must not bypass a check.
pub fn all_properties<'p>(
    properties: impl Iterator<Item = (&'p str, &'p str)>,
) -> Result<BTreeMap<String, String>, Failure> {
    let mut pairs: Vec<_> = properties.map(|(name, value)| (pascal_case(name), value.to_owned())).collect();
    if let Some(at) = pairs.iter().position(|(name, _)| name == OPTIONS) {
        let (_, options) = pairs.remove(at);
        pairs.extend(options_of(&options).map_err(|error| {
            usage(format!("Options of the action configuration must be a JSON object: {error}"))
                .with_hint(r#"write it as {"S3Prefix": "app", "ForceUpload": true}"#)
        })?);
    }
    let mut all = BTreeMap::new();
    for (name, value) in pairs {
        if all.insert(name.clone(), value).is_some() {
            let failure = usage(format!("the action configuration gives {name} twice"));
            return Err(failure.with_hint("leave one of them out"));
        }
    }
    Ok(all)
}

fn usage(message: impl Into<String>) -> Failure {
    Failure::new(FailureKind::Usage, message)
}

/// The properties in `Options`.
pub fn options_of(options: &str) -> Result<Vec<(String, String)>, JsonError> {
    let properties = Document::parse(options.as_bytes()).and_then(|document| flat_properties(&document.root()));
    properties.map_err(|error| match error.path.is_empty() {
        true => JsonError { problem: format!("it {}", error.problem), ..error },
        false => error,
    })
}

/// The properties in an object: names in camelCase become PascalCase, values text as a flag would take it.
fn flat_properties(object: &Cursor<'_>) -> Result<Vec<(String, String)>, JsonError> {
    let entries = object.entries()?.into_iter().filter(|(_, value)| !value.value().is_null());
    let property = |(key, value): (&str, Cursor<'_>)| {
        let name = pascal_case(key);
        let is_json = JSON_PROPERTIES.contains(&name.as_str()) && !value.value().is_string();
        let text = if is_json { value.value().to_string() } else { flat_value(&value)? };
        Ok((name, text))
    };
    entries.map(property).collect()
}

/// Lists become `a,b` and objects `a=1,b=2`, as the flags spell them.
fn flat_value(cursor: &Cursor<'_>) -> Result<String, JsonError> {
    match cursor.value() {
        Value::Array(_) => Ok(cursor.items()?.iter().map(scalar).collect::<Result<Vec<_>, _>>()?.join(",")),
        Value::Object(_) => {
            let pair = |(key, value): (&str, Cursor<'_>)| Ok(format!("{key}={}", scalar(&value)?));
            Ok(cursor.entries()?.into_iter().map(pair).collect::<Result<Vec<_>, JsonError>>()?.join(","))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => scalar(cursor),
    }
}

fn scalar(cursor: &Cursor<'_>) -> Result<String, JsonError> {
    match cursor.value() {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(_) | Value::Number(_) => Ok(cursor.value().to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => Err(cursor.error("must be text, a number or a boolean")),
    }
}
