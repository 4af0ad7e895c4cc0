//! What the service reads of a template: its parameters.

use super::call::{Call, Refusal, invalid};
use std::collections::{BTreeMap, BTreeSet};

/// A parameter of a template.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Declared {
    pub default: Option<String>,
    pub is_secret: bool,
}

/// The parameters of a template. `None` for one that is elsewhere.
pub fn declared(body: Option<&str>) -> Result<Option<BTreeMap<String, Declared>>, Refusal> {
    let Some(body) = body else { return Ok(None) };
    let unreadable = |error: serde_yaml::Error| invalid(format!("Template format error: {error}"));
    let template: serde_yaml::Value = serde_yaml::from_str(body).map_err(unreadable)?;
    let parameters = template.get("Parameters").and_then(serde_yaml::Value::as_mapping).cloned().unwrap_or_default();
    let parameter = |(name, value): (serde_yaml::Value, serde_yaml::Value)| {
        let is_secret = value.get("NoEcho").is_some_and(|it| text(it) == "true");
        (text(&name), Declared { default: value.get("Default").map(text), is_secret })
    };
    Ok(Some(parameters.into_iter().map(parameter).collect()))
}

fn text(value: &serde_yaml::Value) -> String {
    match value {
        serde_yaml::Value::String(text) => text.clone(),
        other => serde_yaml::to_string(other).unwrap_or_default().trim().to_owned(),
    }
}

/// The values of the parameters of a request, given those that the stack has.
pub fn values(
    call: &Call,
    declared: Option<&BTreeMap<String, Declared>>,
    previous: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, Refusal> {
    let mut values = BTreeMap::new();
    for item in call.items("Parameters") {
        let key = item.get("ParameterKey").cloned().unwrap_or_default();
        let value = match item.get("UsePreviousValue").map(String::as_str) {
            Some("true") => previous.get(&key).cloned().ok_or_else(|| not_before(&key))?,
            _ => item.get("ParameterValue").cloned().unwrap_or_default(),
        };
        values.insert(key, value);
    }
    let Some(declared) = declared else { return Ok(values) };
    let unknown: Vec<_> = values.keys().filter(|key| !declared.contains_key(*key)).cloned().collect();
    if !unknown.is_empty() {
        return Err(invalid(format!("Parameters: [{}] do not exist in the template", unknown.join(", "))));
    }
    for (name, default) in declared.iter().filter_map(|(name, it)| Some((name, it.default.clone()?))) {
        values.entry(name.clone()).or_insert(default);
    }
    let missing: BTreeSet<_> = declared.keys().filter(|name| !values.contains_key(*name)).cloned().collect();
    match missing.is_empty() {
        true => Ok(values),
        false => {
            let names = missing.into_iter().collect::<Vec<_>>().join(", ");
            Err(invalid(format!("Parameters: [{names}] must have values")))
        }
    }
}

fn not_before(key: &str) -> Refusal {
    invalid(format!(
        "Invalid input for parameter key {key}. Cannot specify usePreviousValue as true for a parameter key not in the \
         previous template"
    ))
}
