//! What can be wrong with an input artifact.

use crate::facts::{Failure, FailureKind, Problem};
use std::fmt::Display;
use std::io::{self, ErrorKind};

/// Characters of a name in a message: it may have thousands.
const NAME_LIMIT: usize = 200;
const DISK_HINT: &str = "give the disk of the temporary folder (TMPDIR) more room";

/// Why an archive cannot be unpacked. An error, because it passes through readers inside an `io::Error`.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.cause())]
pub struct UnpackError(pub Failure);

/// An entry is refused: `` entry `x` has an absolute name``.
pub fn refused(entry: &str, problem: impl Display) -> UnpackError {
    unusable(format!("entry `{}` {problem}", shortened(entry)))
}

/// The object has no bytes.
pub fn empty_object() -> UnpackError {
    unusable("the object is empty".to_owned())
}

/// The archive has no file.
pub fn no_file() -> UnpackError {
    unusable("it holds no file".to_owned())
}

pub fn damaged(problem: impl Display) -> UnpackError {
    unusable(format!("the archive is damaged: {problem}"))
}

pub fn too_many_entries(limit: usize) -> UnpackError {
    unusable(format!("it holds more than {limit} entries"))
}

pub fn too_many_names(limit: usize) -> UnpackError {
    unusable(format!("its names and links are longer than {limit} bytes together"))
}

/// Its files have more than `limit` bytes.
pub fn too_large(limit: u64) -> UnpackError {
    unusable(format!("unpacked, it is larger than {limit} bytes"))
}

/// Its files have more than `ratio` times the bytes of the object.
pub fn bomb(ratio: u64) -> UnpackError {
    unusable(format!("unpacked, it is more than {ratio} times its size: refused as a decompression bomb"))
}

/// The disk's refusal of an entry: temporary, unless the name is refused.
pub fn unwritten(entry: &str, error: &io::Error) -> UnpackError {
    match error.kind() {
        ErrorKind::InvalidFilename => refused(entry, "has a name or a target that the disk refuses"),
        _ => {
            let failure = Failure::new(FailureKind::Temporary, format!("cannot write `{}`", shortened(entry)));
            UnpackError(failure.because(error).with_hint(DISK_HINT))
        }
    }
}

/// The job does not wait for it any more.
pub fn stopped() -> UnpackError {
    UnpackError(Failure::new(FailureKind::Temporary, "it was stopped"))
}

fn unusable(message: String) -> UnpackError {
    UnpackError(Failure::new(FailureKind::Input, message).with_hint("look at the action that makes this artifact"))
}

impl UnpackError {
    /// The error of a read: one of ours that passed through the reader, else damage.
    pub fn from_read(error: io::Error) -> Self {
        error.downcast().unwrap_or_else(damaged)
    }

    /// The same in the middle of an entry.
    pub fn from_read_of(entry: &str, error: io::Error) -> Self {
        error.downcast().unwrap_or_else(|error| damaged(format!("entry `{}`: {error}", shortened(entry))))
    }
}

/// A name, cut after `NAME_LIMIT` characters.
pub fn shortened(name: &str) -> String {
    match name.char_indices().nth(NAME_LIMIT) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

/// No private folder could be made for the job.
pub fn no_folder(error: &io::Error) -> Failure {
    // The error itself names the folder: `tempfile` adds its path.
    let message = format!("cannot make a temporary folder for the job: {}", error.kind());
    let hint = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => DISK_HINT,
        _ => "set TMPDIR to a folder that exists and that this user can write to",
    };
    Failure::new(FailureKind::Temporary, message).with_hint(hint)
}

/// The object could not be fetched.
pub fn unfetched(artifact: &str, failure: Failure) -> Failure {
    within(&format!("cannot fetch the input artifact {artifact}"), failure)
}

/// The object could not be unpacked.
pub fn unpacked(artifact: &str, UnpackError(failure): UnpackError) -> Failure {
    within(&format!("cannot unpack the input artifact {artifact}"), failure)
}

fn within(message: &str, failure: Failure) -> Failure {
    failure.map(|problem| Problem { message: format!("{message}: {}", problem.message), ..problem })
}

/// A file is wanted from an object that is no archive.
pub fn not_an_archive(artifact: &str) -> Failure {
    let message = format!("the input artifact {artifact} is not an archive (zip, tar or gzipped tar)");
    Failure::new(FailureKind::Input, message).with_hint("look at the action that makes this artifact")
}

/// The job has no such input artifact.
pub fn unknown_artifact(artifact: &str, known: &[&str]) -> Failure {
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    Failure::new(FailureKind::Usage, format!("the job has no input artifact {artifact}: it has {known}"))
        .with_hint("name it in the action's inputArtifacts, or correct the path")
}

/// The artifact has no such file; `near` is the nearest name in its folder.
pub fn missing_file(artifact: &str, path: &str, near: Option<String>) -> Failure {
    const RULE: &str = "names are case-sensitive and begin at the artifact's root, without ./";
    let hint = near.map_or_else(|| RULE.to_owned(), |near| format!("the nearest name there is {near}; {RULE}"));
    Failure::new(FailureKind::Usage, format!("{path} is not in the input artifact {artifact}")).with_hint(hint)
}
