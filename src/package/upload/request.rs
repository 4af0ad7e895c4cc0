//! What is asked of an upload, and what comes of it.

use super::unfinished::Unfinished;
use crate::facts::S3Location;
use crate::package::archive::Archive;
use std::sync::Arc;

/// An archive and an object that is made of it.
#[derive(Debug, Clone)]
pub struct ArchiveUpload {
    pub archive: Arc<Archive>,
    pub location: S3Location,
    /// The logical id of the first resource that refers to it, for messages.
    pub resource: String,
}

/// How a run uploads.
#[derive(Debug, Clone, Default)]
pub struct UploadOptions {
    /// Upload and replace what is in the bucket already.
    pub force: bool,
    /// The multipart uploads under way, to be aborted if the run ends early.
    pub unfinished: Arc<Unfinished>,
    /// How many buckets the run uploads to, for messages.
    pub buckets: usize,
}

/// Where an archive is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// With the version, where the bucket keeps versions.
    pub location: S3Location,
    /// Size of the object in bytes. `None` when another run stored it and it cannot be looked up.
    pub bytes: Option<u64>,
    /// Whether the object was in the bucket already.
    pub reused: bool,
}
