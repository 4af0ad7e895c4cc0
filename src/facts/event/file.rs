//! Files that a run leaves.

use std::path::PathBuf;

/// A file that the run writes or deletes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileEvent {
    /// A file or folder was written.
    Written { path: PathBuf },
    /// A file of an earlier run was deleted, because this run makes none in its place.
    Removed { path: PathBuf },
}
