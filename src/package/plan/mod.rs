//! A template and those below it → everything that has to be archived, each path once, children before parents.

mod distinct;
mod nesting;
mod overwrite;
mod planned;
mod planner;
mod problem;
#[cfg(test)]
mod tests;

pub use overwrite::check_written;
pub use planned::{Artifact, Item, Plan, PlannedSource, PlannedTemplate};
pub use planner::plan;
pub use problem::no_files;

use super::discovery::resolve;
use std::io;
use std::path::{Path, PathBuf};

/// The folder that a template's paths are relative to: that of the file, even if it is a link to another folder.
pub fn folder_of(template: &Path) -> io::Result<PathBuf> {
    let absolute = std::path::absolute(template)?;
    Ok(resolve(absolute.parent().unwrap_or(&absolute), "."))
}
