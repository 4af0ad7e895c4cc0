//! Paths that were given for files to read and write.

use super::failure::refused;
use crate::facts::Failure;
use crate::files::check_writable;
use std::path::{Path, PathBuf};

/// The path, if a file can be written there.
pub fn output_file(path: &Path) -> Result<PathBuf, Failure> {
    match slash_hint(path) {
        // It would become a file of this name in the current folder.
        Some(hint) => Err(refused(format!("{} cannot be written: its name has a backslash", path.display()), hint)),
        None => check_writable(path),
    }
}

/// What to write in place of a path of Windows.
pub fn slash_hint(path: &Path) -> Option<String> {
    let text = path.display().to_string();
    let is_mistaken = cfg!(not(windows)) && text.contains('\\');
    is_mistaken.then(|| format!("write it with / between folders: {}", text.replace('\\', "/")))
}
