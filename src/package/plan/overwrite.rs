//! A file that a run reads must not be one that it writes: the source would be lost.

use super::planned::{Plan, PlannedTemplate};
use crate::facts::Failure;
use crate::files::check_not_read;
use crate::package::archive::{OwnFile, Source};
use std::path::PathBuf;

/// Refuses to write a file that the plan names. Those in a folder are met when it is read.
pub fn check_written(plan: &Plan, written: &[OwnFile]) -> Result<(), Failure> {
    let templates = plan.templates.iter().map(|planned| (planned.template.path(), role(plan, planned)));
    let sources = plan.sources.iter().filter_map(|planned| match &planned.source {
        Source::File(file) | Source::AsIs(file) => Some((file.as_path(), planned.property.subject())),
        Source::Folder(_) => None,
    });
    let read: Vec<_> = templates.chain(sources).collect();
    let written: Vec<PathBuf> = written.iter().map(|file| file.path.clone()).collect();
    check_not_read(&written, read.iter().map(|(path, role)| (*path, role.as_str())))
}

fn role(plan: &Plan, planned: &PlannedTemplate) -> String {
    let is_root = std::ptr::eq(plan.root(), planned);
    if is_root { "the template" } else { "a nested template" }.to_owned()
}
