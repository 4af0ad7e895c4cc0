//! Values as outputs of a step.

use crate::host::{names, token};
use std::collections::BTreeMap;

/// What is appended to `GITHUB_OUTPUT`: each value between delimiters that nobody can foresee.
pub fn outputs(values: &BTreeMap<String, String>) -> String {
    let each = values.iter().map(|(name, value)| {
        let delimiter = token::absent_from(value);
        format!("{}<<{delimiter}\n{value}\n{delimiter}\n", names::of_github(name))
    });
    each.collect()
}
