//! The properties of an action → what the step is asked to do, in the grammar of the command line.

use super::json::{Cursor, JsonError};
use serde_json::Value;

/// The properties in an object: names in camelCase become PascalCase, values text as a flag would take it.
pub fn flat_properties(object: &Cursor<'_>) -> Result<Vec<(String, String)>, JsonError> {
    let entries = object.entries()?.into_iter().filter(|(_, value)| !value.value().is_null());
    entries.map(|(key, value)| Ok((pascal_case(key), flat_value(&value)?))).collect()
}

fn pascal_case(key: &str) -> String {
    let mut letters = key.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}

/// Lists become `a,b` and objects `a=1,b=2`, as the flags spell them.
fn flat_value(cursor: &Cursor<'_>) -> Result<String, JsonError> {
    let scalar = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    };
    let inner = |inner: &Cursor<'_>| {
        scalar(inner.value()).ok_or_else(|| inner.error("must be text, a number or a boolean"))
    };
    match cursor.value() {
        Value::Array(_) => Ok(cursor.items()?.iter().map(inner).collect::<Result<Vec<_>, _>>()?.join(",")),
        Value::Object(_) => {
            let pair = |(key, value): (&str, Cursor<'_>)| Ok(format!("{key}={}", inner(&value)?));
            Ok(cursor.entries()?.into_iter().map(pair).collect::<Result<Vec<_>, JsonError>>()?.join(","))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => inner(cursor),
    }
}
