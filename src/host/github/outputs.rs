//! Values as outputs of a step.

use crate::host::{names, token};
use std::collections::BTreeMap;

/// All values as a JSON object: an action that wraps the step cannot name outputs that depend on its inputs.
const ALL: &str = "values";

/// The text for `GITHUB_OUTPUT`: each value between random delimiters.
pub fn outputs(values: &BTreeMap<String, String>) -> String {
    let each = values.iter().map(|(name, value)| output(&names::github_name(name), value));
    let all = serde_json::to_string(values).expect("a map of texts is JSON");
    each.chain([output(ALL, &all)]).collect()
}

fn output(name: &str, value: &str) -> String {
    let delimiter = token::absent_from(value);
    format!("{name}<<{delimiter}\n{value}\n{delimiter}\n")
}
