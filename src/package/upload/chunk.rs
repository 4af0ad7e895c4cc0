//! The bytes of objects under way, within a budget of memory.

use super::lookup::Missing;
use super::request::{ArchiveUpload, UploadOptions};
use crate::facts::{Event, PackageEvent, Reporter, S3Location};
use bytes::Bytes;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Size of every part but the last, and of the largest object that is uploaded in one request.
pub const PART_BYTES: usize = 8 << 20;

/// Limits the bytes of chunks in memory.
pub struct Budget(Arc<Semaphore>);

impl Budget {
    /// A budget of so many bytes, at least one part.
    pub fn new(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes.max(PART_BYTES))))
    }

    /// Waits until the budget has room for the bytes.
    pub async fn chunk(&self, bytes: Bytes, source_bytes: u64, object_bytes: Option<u64>) -> Chunk {
        let size = u32::try_from(bytes.len()).expect("a chunk is no larger than a part");
        let room = Arc::clone(&self.0).acquire_many_owned(size).await;
        Chunk { bytes, source_bytes, object_bytes, _room: Arc::new(room.expect("the budget is never closed")) }
    }
}

/// A run of an object's bytes: one part, or all of a small object. Its clones share its room in the budget.
#[derive(Clone)]
pub struct Chunk {
    /// `PART_BYTES` of them, except in the last chunk.
    pub bytes: Bytes,
    /// Bytes of the source, uncompressed, that were read for it.
    pub source_bytes: u64,
    /// The size of the object in bytes, in its last chunk.
    pub object_bytes: Option<u64>,
    _room: Arc<OwnedSemaphorePermit>,
}

/// An object that has to be made.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    pub archive: &'a ArchiveUpload,
    pub how: Missing,
}

/// An object whose bytes are being made.
pub struct Object<'a> {
    pub wanted: Wanted<'a>,
    pub chunks: UnboundedReceiver<Chunk>,
}

/// Reports that an object of this many bytes before compression is being made.
pub fn report_start(
    location: &S3Location,
    (source, resource): (&Path, Option<&str>),
    bytes: u64,
    options: &UploadOptions,
    reporter: &dyn Reporter,
) {
    reporter.report(Event::Package(PackageEvent::UploadStarted {
        location: location.clone(),
        source: source.to_path_buf(),
        resource: resource.map(str::to_owned),
        bytes,
        buckets: options.buckets,
    }));
}

/// Reports bytes of a source, uncompressed, whose chunk the service has acknowledged.
pub fn report_advance(bytes: u64, reporter: &dyn Reporter) {
    reporter.report(Event::Package(PackageEvent::UploadAdvanced { bytes }));
}
