//! Functions whose package is an image. Images are not packaged: what a deployment will miss is a warning.

use crate::facts::{Warning, WarningKind};
use crate::template::Node;

/// Warns of an image that no deployment can read.
pub fn check(logical_id: &str, properties: Node<'_>) -> Option<Warning> {
    let nested = properties.get("Code").and_then(|code| code.get("ImageUri"));
    let uri = properties.get("ImageUri").or(nested)?;
    let is_local = uri.as_str().is_some_and(|uri| !uri.contains(".dkr.ecr.") && !uri.contains("{{resolve:"));
    is_local.then(|| {
        let kind = WarningKind::ImageLeftAlone { logical_id: logical_id.to_owned() };
        let warning = Warning::new(format!("image of {logical_id}"), kind);
        warning.with_resource(logical_id).with_place(Some(uri.place()))
    })
}
