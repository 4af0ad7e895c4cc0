//! A template as a tree of JSON, with every function in its long form.

use crate::template::{JsonForm, Template};
use serde_json::{Map, Value};

/// Bytes of a template as JSON.
const MAX_JSON_BYTES: usize = 64 << 20;

/// A template.
#[derive(Debug)]
pub struct Document(Value);

/// An entry of the section `Resources`. A loop or an include there has no type.
#[derive(Debug, Clone, Copy)]
pub struct Resource<'d> {
    pub logical_id: &'d str,
    pub kind: &'d str,
    pub body: &'d Value,
}

impl Document {
    /// Reads a template; the error is a message in the words of CloudFormation.
    pub fn parse(text: &str) -> Result<Self, String> {
        let format_error = |problem: String| format!("Template format error: {problem}");
        let template = Template::parse("template", text.as_bytes().to_vec());
        let template = template.map_err(|failure| format_error(failure.cause()))?;
        let json = template.to_json(JsonForm::Compact, MAX_JSON_BYTES);
        let json = json.ok_or_else(|| format_error(format!("it has more than {MAX_JSON_BYTES} bytes as JSON")))?;
        let document = Self(serde_json::from_str(&json).map_err(|error| format_error(error.to_string()))?);
        match document.resources().count() {
            1.. => Ok(document),
            0 => Err(format_error("At least one Resources member must be defined.".to_owned())),
        }
    }

    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }

    /// The entries of a section.
    pub fn section(&self, name: &str) -> impl Iterator<Item = (&str, &Value)> {
        let entries = self.get(name).and_then(Value::as_object).into_iter().flat_map(Map::iter);
        entries.map(|(key, value)| (key.as_str(), value))
    }

    pub fn resources(&self) -> impl Iterator<Item = Resource<'_>> {
        self.section("Resources").map(|(logical_id, body)| {
            let kind = body.get("Type").and_then(Value::as_str).unwrap_or_else(|| function_name(logical_id));
            Resource { logical_id, kind, body }
        })
    }

    /// The names of the macros that CloudFormation expands.
    pub fn macros(&self) -> Vec<&str> {
        fn name(it: &Value) -> Option<&str> {
            it.as_str().or_else(|| it.get("Name")?.as_str())
        }
        match self.get("Transform") {
            Some(Value::Array(items)) => items.iter().filter_map(name).collect(),
            Some(one) => name(one).into_iter().collect(),
            None => Vec::new(),
        }
    }

    /// The declared parameters; what a function may add is not known.
    pub fn parameters(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.section("Parameters").filter(|(name, _)| !name.starts_with("Fn::"))
    }

    /// The type of a declared parameter.
    pub fn parameter_type(&self, name: &str) -> Option<&str> {
        self.get("Parameters")?.get(name)?.get("Type")?.as_str()
    }
}

/// `Fn::ForEach` of the key `Fn::ForEach::Topics`.
fn function_name(key: &str) -> &str {
    key.match_indices("::").nth(1).map_or(key, |(at, _)| &key[..at])
}

/// The function that a value is: an object with only the key `Ref` or `Fn::…`.
pub fn function(value: &Value) -> Option<(&str, &Value)> {
    let object = value.as_object().filter(|object| object.len() == 1)?;
    let (name, argument) = object.iter().next()?;
    (name == "Ref" || name.starts_with("Fn::")).then_some((name.as_str(), argument))
}

/// A single value as text.
pub fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(is_true) => Some(is_true.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
