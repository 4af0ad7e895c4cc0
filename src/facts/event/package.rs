//! What happens while a template is packaged.

use crate::facts::S3Location;
use std::path::PathBuf;

/// A step of packaging.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PackageEvent {
    /// All templates were read and their artifacts found.
    Discovered {
        /// The root template, if the command did not name it.
        template: Option<PathBuf>,
        /// Number of templates, the root included.
        templates: usize,
        /// Number of properties that name a local artifact.
        artifacts: usize,
        /// Number of distinct archives.
        archives: usize,
    },
    /// Reading of the artifacts begins.
    ReadStarted { files: usize, bytes: u64 },
    /// More bytes were read.
    ReadAdvanced {
        /// Bytes since the last such event.
        bytes: u64,
    },
    /// Every artifact was read without an error.
    ReadFinished,
    /// The object is in the bucket already.
    Reused {
        location: S3Location,
        /// The file or folder that it is made from.
        source: PathBuf,
    },
    /// An archive is being made and uploaded.
    UploadStarted {
        location: S3Location,
        /// The file or folder that it is made from.
        source: PathBuf,
        /// Size of the source in bytes, before compression.
        bytes: u64,
        /// Number of buckets that the run uploads to.
        buckets: usize,
    },
    /// More source bytes were archived for an object.
    UploadAdvanced {
        /// Bytes since the last such event.
        bytes: u64,
    },
    /// The object is in the bucket.
    UploadFinished {
        location: S3Location,
        /// Size of the object in bytes.
        bytes: u64,
    },
}
