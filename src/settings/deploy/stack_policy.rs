//! The stack policy: a file, or the JSON itself.

use crate::facts::Failure;
use crate::files;
use crate::settings::failure::refused;
use crate::settings::source::Source;
use serde_json::{Map, Value};
use std::path::Path;

/// Most bytes of a policy (CloudFormation API 2010-05-15, `StackPolicyBody`).
const MAX_BYTES: usize = 16_384;

/// The file that the value of `--stack-policy` names.
pub fn file(given: &str) -> Option<&Path> {
    let is_json = given.trim_start().starts_with('{');
    (!is_json).then(|| Path::new(given.strip_prefix("file://").unwrap_or(given)))
}

/// Reads the value of `--stack-policy`: JSON if it begins with `{`, else the path of a file.
pub fn read(given: &str, source: &Source<'_>) -> Result<String, Failure> {
    let (name, text) = match file(given) {
        None => ("the stack policy".to_owned(), given.to_owned()),
        Some(path) => {
            let path = source.input_file(path)?;
            let name = format!("the stack policy {}", path.display());
            let text = files::read_text(&path, MAX_BYTES as u64).map_err(|error| {
                refused(format!("{name} cannot be read"), "name a file of JSON, or give the JSON itself")
                    .because(&error)
            })?;
            (name, text)
        }
    };
    if text.len() > MAX_BYTES {
        let message = format!("{name} has {} bytes, and CloudFormation takes {MAX_BYTES}", text.len());
        return Err(refused(message, "combine its statements"));
    }
    serde_json::from_str::<Map<String, Value>>(&text).map_err(|error| {
        refused(format!("{name} is not a JSON object: {error}"), r#"write it as {"Statement": [ … ]}"#)
    })?;
    Ok(text)
}
