//! Archives → objects: what is not in the bucket yet is archived and uploaded.
//!
//! ```text
//!  ArchiveUpload ─look up─▶ missing ─write_all, own thread─▶ pieces ─split─▶ chunks ─put, or parts─▶ Upload
//!                    └──────────────────── already there ───────────────────────────────────────────▶ Upload
//! ```
//!
//! An archive that becomes objects in several buckets is made once, and its chunks go to all of them.

mod buckets;
mod chunk;
mod lookup;
mod object;
mod problem;
mod request;
mod split;
mod store;
#[cfg(test)]
mod tests;
mod unfinished;
mod writer;

pub use buckets::Buckets;
pub use request::{ArchiveUpload, Upload, UploadOptions};
pub use store::{MultipartUpload, ObjectStore, Overwrite, Part, Put, StoredObject};

use crate::facts::{Event, Failure, PackageEvent, Reporter, S3Location};
use bytes::Bytes;
use chunk::{Budget, Wanted, report_start};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use lookup::Lookup;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Objects that are uploaded at the same time, or as many as one archive becomes. `BUDGET_BYTES` bounds their parts.
const OBJECTS_AT_ONCE: usize = 16;
/// Bytes that are in memory for requests under way.
const BUDGET_BYTES: usize = 32 << 20;

/// Uploads every archive that is not in the store. Returns where each one is, in the order given.
///
/// Archives with the same location are uploaded once; one archive with several locations, which stand side by side, is
/// made once. After an error nothing more is begun and every multipart upload is aborted. If the future is dropped, the
/// caller aborts them with `Unfinished::abort_all`.
pub async fn upload_all(
    archives: &[ArchiveUpload],
    options: &UploadOptions,
    store: &impl ObjectStore,
    reporter: &dyn Reporter,
) -> Result<Vec<Upload>, Failure> {
    let mut missing = Vec::new();
    let mut uploads = HashMap::new();
    for (archive, lookup) in lookup::look_up_all(archives, options.force, store).await? {
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

/// Uploads an object that is in memory, such as a packaged nested template. `source` is what it is made of, for messages.
pub async fn upload_bytes(
    source: &Path,
    location: &S3Location,
    bytes: Bytes,
    options: &UploadOptions,
    store: &impl ObjectStore,
    reporter: &dyn Reporter,
) -> Result<Upload, Failure> {
    let how = match lookup::look_up(location, options.force, store).await {
        Ok(Lookup::There(stored)) => return Ok(reused(location, stored, source, reporter)),
        Ok(Lookup::Missing(how)) => how,
        Err(error) => return Err(problem::lookup_failed(source, &error)),
    };
    let size = bytes.len() as u64;
    report_start(location, (source, None), size, options, reporter);
    let put = store.put(location, bytes, how.overwrite).await;
    let put = put.map_err(|error| problem::upload_failed(source, &error))?;
    chunk::report_advance(size, reporter);
    object::finish(object::Written { source, location, how, put, bytes: size }, store, reporter).await
}

async fn upload_missing<'a>(
    missing: &[Wanted<'a>],
    options: &UploadOptions,
    store: &impl ObjectStore,
    reporter: &dyn Reporter,
) -> Result<Vec<(&'a S3Location, Upload)>, Failure> {
    let is_same = |one: &Wanted<'_>, next: &Wanted<'_>| Arc::ptr_eq(&one.archive.archive, &next.archive.archive);
    let archives = || missing.chunk_by(is_same);
    // All copies of an archive take its chunks at the same time, so that none waits for another to end.
    let Some(most_copies) = archives().map(<[_]>::len).max() else { return Ok(Vec::new()) };
    let budget = Budget::new(BUDGET_BYTES);
    let (sender, begun) = mpsc::unbounded_channel();
    let writer = writer::Writer::start(archives().map(|copies| Arc::clone(&copies[0].archive.archive)).collect());
    let split = split::split(writer, archives(), &budget, sender, (options, reporter));
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
