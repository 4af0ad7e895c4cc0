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
    /// The managed bucket does not exist yet: this run or another one deploys its stack, which takes some 30 s.
    CreatingBucket { stack: String },
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
        /// The resource whose code it is, if it is no template.
        resource: Option<String>,
        /// Size of the source in bytes, before compression.
        bytes: u64,
        /// Number of buckets that the run uploads to.
        buckets: usize,
    },
    /// The service acknowledged more of an object.
    UploadAdvanced {
        /// Bytes of the source, before compression, since the last such event.
        bytes: u64,
    },
    /// The object is in the bucket.
    UploadFinished {
        location: S3Location,
        /// Size of the object in bytes.
        bytes: u64,
    },
}
