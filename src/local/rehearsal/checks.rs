//! What a rehearsal checks before it replaces anything: that its folders are folders, and hold no files of the user.

use super::job_id::is_of_rehearsal;
use super::place::Rehearsal;
use crate::facts::{Failure, FailureKind};
use crate::text::with_nearest_name;
use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;

/// Checks that nothing is written through a link, and that nothing of the user is replaced.
pub fn check_output(rehearsal: &Rehearsal) -> Result<(), Failure> {
    check_links(rehearsal)?;
    check_owner(rehearsal)?;
    check_result(rehearsal)
}

/// Locks the output folder against other rehearsals while the value lives. `None` if there is no folder, or one without
/// locks.
pub fn hold_output(output: &Path) -> Result<Option<File>, Failure> {
    let Ok(folder) = File::open(output) else { return Ok(None) };
    match folder.try_lock() {
        Ok(()) => Ok(Some(folder)),
        Err(TryLockError::WouldBlock) => Err(in_use(output)),
        Err(TryLockError::Error(_)) => Ok(None),
    }
}

/// An application from elsewhere may hold a link where a rehearsal writes.
fn check_links(rehearsal: &Rehearsal) -> Result<(), Failure> {
    let output = rehearsal.output.clone();
    let buckets = [rehearsal.buckets(), rehearsal.bucket(), rehearsal.artifacts()];
    let written = [rehearsal.stacks(), rehearsal.applications()];
    let folders: Vec<_> = std::iter::once(output).chain(buckets).chain(written).collect();
    let link = folders.iter().find(|folder| folder.is_symlink());
    link.map_or(Ok(()), |link| Err(is_link(link)))
}

/// Without a rehearsal in the output folder, what has the names of folders that are deleted is the user's.
fn check_owner(rehearsal: &Rehearsal) -> Result<(), Failure> {
    if rehearsal.output.exists() && !rehearsal.output.is_dir() {
        return Err(file_for_output(&rehearsal.output));
    }
    let deleted = [rehearsal.output_folder(), rehearsal.applications()];
    match deleted.iter().find(|folder| folder.is_dir() && !folder.is_symlink()) {
        Some(folder) if !is_used(rehearsal) => Err(not_of_rehearsal(folder)),
        Some(_) | None => Ok(()),
    }
}

/// Whether a rehearsal wrote to the output folder. One that was killed left no result.
fn is_used(rehearsal: &Rehearsal) -> bool {
    rehearsal.artifacts().is_dir() || has_result(&rehearsal.result_file())
}

fn has_result(path: &Path) -> bool {
    std::fs::read_to_string(path).is_ok_and(|text| is_of_rehearsal(&text))
}

/// A file with the name of the result that no rehearsal wrote is the user's.
fn check_result(rehearsal: &Rehearsal) -> Result<(), Failure> {
    let path = rehearsal.result_file();
    match std::fs::symlink_metadata(&path) {
        Ok(found) if found.is_file() && !has_result(&path) => {
            Err(Failure::new(FailureKind::Usage, format!("{} is not the result of a rehearsal", path.display()))
                .with_hint("choose another folder with --output: the result has this name"))
        }
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Other errors are reported when the folder is read.
pub fn check_folder(folder: &Path) -> Result<(), Failure> {
    match std::fs::metadata(folder) {
        Ok(found) if !found.is_dir() => Err(file_for_folder(folder)),
        Err(error) if is_absence(&error) => Err(no_folder(folder)),
        Ok(_) | Err(_) => Ok(()),
    }
}

pub fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn no_folder(path: &Path) -> Failure {
    Failure::new(FailureKind::Usage, format!("there is no folder {}", path.display()))
        .with_hint(with_nearest_name(path, "name the folder that holds the template"))
}

fn file_for_folder(path: &Path) -> Failure {
    Failure::new(FailureKind::Usage, format!("{} is a file, not a folder", path.display()))
        .with_hint("name the folder that holds it, and the template with --template")
}

fn file_for_output(path: &Path) -> Failure {
    Failure::new(FailureKind::Usage, format!("{} is a file, not a folder", path.display()))
        .with_hint("name a folder with --output")
}

fn in_use(output: &Path) -> Failure {
    Failure::new(FailureKind::Usage, format!("another rehearsal writes to {}", output.display()))
        .with_hint("wait until it ends, or choose another folder with --output")
}

fn not_of_rehearsal(folder: &Path) -> Failure {
    Failure::new(FailureKind::Usage, format!("{} is not of a rehearsal, which would replace it", folder.display()))
        .with_hint("choose another folder with --output")
}

fn is_link(path: &Path) -> Failure {
    Failure::new(FailureKind::Usage, format!("{} is a symbolic link, through which nothing is written", path.display()))
        .with_hint("choose another folder with --output")
}
