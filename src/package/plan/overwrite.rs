//! A file that a run reads must not be one that it writes: the source would be lost.

use super::planned::{Plan, PlannedTemplate};
use crate::facts::{Failure, FailureKind};
use crate::package::archive::Source;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Refuses to write a file that the plan reads. Files in a folder that is archived are excluded from it instead.
pub fn check_written(plan: &Plan, written: &[PathBuf]) -> Result<(), Failure> {
    let existing = written.iter().filter_map(|path| Some((path.canonicalize().ok()?, path)));
    let written: HashMap<PathBuf, &PathBuf> = existing.filter(|(real, _)| real.is_file()).collect();
    if written.is_empty() {
        return Ok(());
    }
    let twin = |path: &Path| written.get(&path.canonicalize().ok()?).copied();
    let templates = plan.templates.iter().map(|planned| (planned.template.path(), role(plan, planned)));
    let sources = plan.sources.iter().filter_map(|planned| match &planned.source {
        Source::File(file) | Source::AsIs(file) => Some((file.as_path(), planned.property.subject())),
        Source::Folder(_) => None,
    });
    let lost = templates.chain(sources).find_map(|(path, role)| Some((twin(path)?, role)));
    lost.map_or(Ok(()), |(path, role)| Err(overwritten(path, &role)))
}

fn role(plan: &Plan, planned: &PlannedTemplate) -> String {
    let is_root = std::ptr::eq(plan.root(), planned);
    if is_root { "the template" } else { "a nested template" }.to_owned()
}

fn overwritten(path: &Path, role: &str) -> Failure {
    let message = format!("cannot write {}: this run reads it as {role}", path.display());
    Failure::new(FailureKind::Usage, message).with_hint("name another file for what this run writes")
}
