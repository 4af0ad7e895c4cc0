//! Archives → objects: what is not in the bucket yet is archived and uploaded.
//!
//! ```text
//!  ArchiveUpload ─look up─▶ missing ─write_all, own thread─▶ pieces ─split─▶ chunks ─put, or parts─▶ Upload
//!                    └──────────────────── already there ───────────────────────────────────────────▶ Upload
//! ```
//!
//! An archive that becomes objects in several buckets is made once, and its chunks go to all of them.

mod buckets;
mod chunks;
mod error;
mod lookup;
mod object;
mod store;
#[cfg(test)]
mod tests;
mod unfinished;
mod writer;

pub use buckets::Buckets;
pub use error::UploadError;
pub use store::{MultipartUpload, ObjectStore, Overwrite, Part, Put, StoredObject};
pub use unfinished::Unfinished;

use super::archive::{Archive, Source};
use crate::facts::{Event, PackageEvent, Reporter, S3Location};
use bytes::Bytes;
use chunks::Budget;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use lookup::Lookup;
use object::Wanted;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::mpsc;

/// Objects that are uploaded at the same time, or as many as one archive becomes; their parts are further bounded by
/// `BUDGET_BYTES`.
const OBJECTS_AT_ONCE: usize = 16;
/// Bytes that are held for requests under way.
const BUDGET_BYTES: u32 = 32 << 20;
/// Size of every part but the last, and of the largest object that goes up in one request.
const PART_BYTES: usize = 8 << 20;

/// An archive and an object that it becomes.
#[derive(Debug, Clone)]
pub struct ArchiveUpload {
    /// What is uploaded.
    pub archive: Arc<Archive>,
    /// The object.
    pub location: S3Location,
}

/// How uploading is done.
#[derive(Debug, Clone, Default)]
pub struct UploadOptions {
    /// Upload what is there already, and replace it.
    pub force: bool,
    /// Where uploads in parts are kept in mind, for whoever drops the run before its end.
    pub unfinished: Arc<Unfinished>,
    /// How many buckets the run uploads to, for messages.
    pub buckets: usize,
}

/// An archive and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// The object, with its version where the bucket keeps versions.
    pub location: S3Location,
    /// Size of the object in bytes. `None` when another run stored it and it cannot be looked up.
    pub bytes: Option<u64>,
    /// Whether the object was there already.
    pub reused: bool,
}

/// Brings every archive into the store; tells where each one is, in the order given.
///
/// Archives with one location are uploaded once; one archive with several locations, which stand side by side, is made
/// once. After an error nothing more is begun and every upload in parts is aborted. When the future is dropped, the caller
/// does that with `Unfinished::abort_all`.
pub async fn upload_all(
    archives: &[ArchiveUpload],
    options: &UploadOptions,
    store: &impl ObjectStore,
    reporter: &dyn Reporter,
) -> Result<Vec<Upload>, UploadError> {
    let mut missing = Vec::new();
    let mut uploads = HashMap::new();
    for (archive, lookup) in lookup::all(archives, options.force, store).await? {
        match lookup {
            Lookup::There(stored) => {
                let upload = reused(&archive.location, stored, archive.archive.source.path(), reporter);
                uploads.insert(&archive.location, upload);
            }
            Lookup::Missing(how) => missing.push(Wanted { archive, how }),
        }
    }
    uploads.extend(upload_missing(&missing, options, store, reporter).await?);
    Ok(archives.iter().map(|archive| uploads[&archive.location].clone()).collect())
}

/// Brings an object that is in memory, such as a packaged nested template, into the store. `source` is what it was
/// made of, for messages.
pub async fn upload_bytes(
    source: &Path,
    location: &S3Location,
    bytes: Bytes,
    options: &UploadOptions,
    store: &impl ObjectStore,
    reporter: &dyn Reporter,
) -> Result<Upload, UploadError> {
    let how = match lookup::one(location, options.force, store).await {
        Ok(Lookup::There(stored)) => return Ok(reused(location, stored, source, reporter)),
        Ok(Lookup::Missing(how)) => how,
        Err(error) => return Err(UploadError::lookup(source, error)),
    };
    let size = bytes.len() as u64;
    report_start(location, source, size, options, reporter);
    let put = store.put(location, bytes, how.overwrite).await;
    let put = put.map_err(|error| UploadError::upload(source, error))?;
    reporter.report(Event::Package(PackageEvent::UploadAdvanced { bytes: size }));
    object::finish(source, location, &how, put, object::Whole { bytes: size }, store, reporter).await
}

async fn upload_missing<'a>(
    missing: &[Wanted<'a>],
    options: &UploadOptions,
    store: &impl ObjectStore,
    reporter: &dyn Reporter,
) -> Result<Vec<(&'a S3Location, Upload)>, UploadError> {
    let is_same = |one: &Wanted<'_>, next: &Wanted<'_>| Arc::ptr_eq(&one.archive.archive, &next.archive.archive);
    let archives = || missing.chunk_by(is_same);
    // All copies of an archive take its chunks at the same time: none may wait for another to end.
    let Some(most_copies) = archives().map(<[_]>::len).max() else { return Ok(Vec::new()) };
    let budget = Budget::new(BUDGET_BYTES as usize);
    let (sender, begun) = mpsc::unbounded_channel();
    let writer = writer::Writer::start(archives().map(|copies| Arc::clone(&copies[0].archive.archive)).collect());
    let split = chunks::split(writer, archives(), &budget, sender, (options, reporter));
    let begun = stream::unfold(begun, async |mut begun| begun.recv().await.map(|object| (object, begun)));
    let objects = begun.map(|object| object::upload(object, &options.unfinished, store, reporter));
    let mut objects = Box::pin(objects.buffer_unordered(OBJECTS_AT_ONCE.max(most_copies)));
    let uploaded = futures_util::future::try_join(split, objects.as_mut().try_collect()).await;
    if uploaded.is_err() {
        options.unfinished.settle(objects).await;
    }
    options.unfinished.abort_all(store, reporter).await;
    uploaded.map(|((), uploads)| uploads)
}

fn reused(location: &S3Location, stored: StoredObject, source: &Path, reporter: &dyn Reporter) -> Upload {
    let location = S3Location { version: stored.version, ..location.clone() };
    reporter.report(Event::Package(PackageEvent::Reused { location: location.clone(), source: source.to_path_buf() }));
    Upload { location, bytes: Some(stored.bytes), reused: true }
}

fn report_start(location: &S3Location, source: &Path, bytes: u64, options: &UploadOptions, reporter: &dyn Reporter) {
    let (location, source, buckets) = (location.clone(), PathBuf::from(source), options.buckets);
    reporter.report(Event::Package(PackageEvent::UploadStarted { location, source, bytes, buckets }));
}
