//! The text of a packaged template, within the limits of CloudFormation.

use super::super::plan::PlannedTemplate;
use super::locations::Locations;
use super::problem::{self, MAX_TEMPLATE_BYTES};
use super::splice::rewrite;
use super::stamp::Stamp;
use crate::facts::{Failure, FailureKind, WarningKind};
use crate::template::Template;
use std::path::Path;

/// How a packaged template is written.
#[derive(Debug, Clone, Copy)]
pub struct TextStyle {
    pub is_root: bool,
    pub use_json: bool,
    pub stamp: Stamp,
}

/// The text of a packaged template.
#[derive(Debug, PartialEq, Eq)]
pub struct PackagedText {
    pub text: String,
    /// What was changed in it without being asked for.
    pub warning: Option<WarningKind>,
}

/// Writes a template with the locations of its artifacts. One that CloudFormation would not read for its size becomes
/// JSON, without comments, if that is small enough.
pub fn packaged_text(
    planned: &PlannedTemplate,
    locations: &impl Locations,
    style: &TextStyle,
) -> Result<PackagedText, Failure> {
    let path = planned.template.path();
    let text = rewrite(planned, locations, style.stamp)?;
    if style.use_json {
        return Ok(PackagedText { text: check_size(path, to_json(path, text)?)?, warning: None });
    }
    if text.len() <= MAX_TEMPLATE_BYTES {
        return Ok(PackagedText { text, warning: None });
    }
    let bytes = text.len();
    match to_json(path, text)? {
        json if json.len() <= MAX_TEMPLATE_BYTES => {
            let warning = Some(WarningKind::CommentsLeftOut { template: path.to_path_buf() });
            Ok(PackagedText { text: json, warning })
        }
        _ => Err(problem::too_large(path, bytes)),
    }
}

fn check_size(template: &Path, text: String) -> Result<String, Failure> {
    if text.len() <= MAX_TEMPLATE_BYTES { Ok(text) } else { Err(problem::too_large(template, text.len())) }
}

fn to_json(path: &Path, text: String) -> Result<String, Failure> {
    let packaged = Template::parse(path, text.into_bytes());
    let packaged = packaged.map_err(|error| {
        let cause = Failure::from(error).cause();
        Failure::new(FailureKind::Internal, format!("the packaged template cannot be read back: {cause}"))
    })?;
    Ok(packaged.to_json())
}
