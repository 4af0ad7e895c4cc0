//! The file of a stack's outputs.

use crate::facts::StackOutput;
use serde_json::json;
use std::collections::BTreeMap;

/// One JSON object of strings, as `Fn::GetParam` reads it.
pub fn json(outputs: &[StackOutput]) -> String {
    let values: BTreeMap<_, _> = outputs.iter().map(|output| (output.key.as_str(), output.value.as_str())).collect();
    format!("{:#}\n", json!(values))
}

/// Whether a text is such a file. Names in lower case could be those of a `package.json`.
pub fn is_ours(text: &str) -> bool {
    let values = serde_json::from_str::<BTreeMap<String, String>>(text);
    values.is_ok_and(|values| values.keys().all(|name| name.starts_with(|first: char| first.is_ascii_uppercase())))
}
