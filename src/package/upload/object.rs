//! One object: in a single request when it is small, in parts when it is not.

use super::chunks::Chunk;
use super::lookup::{Missing, is_refusal};
use super::{ArchiveUpload, MultipartUpload, ObjectStore, Part, Put, StoredObject, Unfinished, Upload, UploadError};
use crate::facts::{Event, PackageEvent, Reporter, S3Location, ServiceError};
use futures_util::stream::{self, Stream, StreamExt, TryStreamExt};
use std::future::pending;
use std::path::Path;
use tokio::sync::mpsc::UnboundedReceiver;

/// Parts of one object that are uploaded at the same time; fewer where the budget says so.
const PARTS_AT_ONCE: usize = 16;

/// An object that is to be made.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// What it is.
    pub archive: &'a ArchiveUpload,
    /// How it is written.
    pub how: Missing,
}

/// An object that is being made.
pub struct Object<'a> {
    /// Which one.
    pub wanted: Wanted<'a>,
    /// Its bytes.
    pub chunks: UnboundedReceiver<Chunk>,
}

/// What is known of an object when all its bytes were made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    /// Size in bytes.
    pub bytes: u64,
}

/// Uploads an object as its chunks come.
pub async fn upload<'a>(
    mut object: Object<'a>,
    unfinished: &Unfinished,
    store: &impl ObjectStore,
    reporter: &dyn Reporter,
) -> Result<(&'a S3Location, Upload), UploadError> {
    let Wanted { archive, how } = object.wanted;
    let (location, source) = (&archive.location, archive.archive.source.path());
    let first = next(&mut object.chunks).await;
    let put = match first.whole {
        Some(whole) => store.put(location, first.bytes, how.overwrite).await.map(|put| (put, whole)),
        None => in_parts(location, first, object.chunks, how, unfinished, store).await,
    };
    let (put, whole) = put.map_err(|error| UploadError::upload(source, error))?;
    Ok((location, finish(source, location, &how, put, whole, store, reporter).await?))
}

/// Tells of an object that was written, or that somebody else wrote in the meantime.
pub async fn finish(
    source: &Path,
    location: &S3Location,
    how: &Missing,
    put: Put,
    whole: Whole,
    store: &impl ObjectStore,
    reporter: &dyn Reporter,
) -> Result<Upload, UploadError> {
    match put {
        Put::Stored { version } => {
            let location = S3Location { version, ..location.clone() };
            reporter.report(Event::Package(PackageEvent::UploadFinished {
                location: location.clone(),
                bytes: whole.bytes,
            }));
            Ok(Upload { location, bytes: Some(whole.bytes), reused: false })
        }
        Put::AlreadyThere => {
            let stored = look_again(location, how, store).await;
            let stored = stored.map_err(|error| UploadError::lookup(source, error))?;
            let (bytes, version) = stored.map_or((None, None), |it| (Some(it.bytes), it.version));
            let location = S3Location { version, ..location.clone() };
            reporter.report(Event::Package(PackageEvent::Reused {
                location: location.clone(),
                source: source.to_path_buf(),
            }));
            Ok(Upload { location, bytes, reused: true })
        }
    }
}

/// The version of an object that was written by somebody else; `None` where it cannot be looked up.
async fn look_again(
    location: &S3Location,
    how: &Missing,
    store: &impl ObjectStore,
) -> Result<Option<StoredObject>, ServiceError> {
    if !how.may_look {
        return Ok(None);
    }
    match store.head(location).await {
        Err(error) if is_refusal(&error) => Ok(None),
        answer => answer,
    }
}

async fn in_parts(
    location: &S3Location,
    first: Chunk,
    chunks: UnboundedReceiver<Chunk>,
    how: Missing,
    unfinished: &Unfinished,
    store: &impl ObjectStore,
) -> Result<(Put, Whole), ServiceError> {
    let upload = unfinished.begin(location, store).await?;
    let parts = numbered(first, chunks).map(|(number, chunk)| put_part(&upload, number, chunk, store));
    let mut parts: Vec<_> = parts.buffer_unordered(PARTS_AT_ONCE).try_collect().await?;
    parts.sort_by_key(|(part, _)| part.number);
    let (parts, ends): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
    let whole = ends.into_iter().flatten().next().expect("the last chunk ends the object");
    Ok((unfinished.complete(upload, parts, how.overwrite, store).await?, whole))
}

/// Uploads a part; its room in the budget is free again at the end.
async fn put_part(
    upload: &MultipartUpload,
    number: i32,
    chunk: Chunk,
    store: &impl ObjectStore,
) -> Result<(Part, Option<Whole>), ServiceError> {
    let part = store.put_part(upload, number, chunk.bytes.clone()).await?;
    Ok((part, chunk.whole))
}

/// Chunks with their part numbers, up to the one that ends the object.
fn numbered(first: Chunk, chunks: UnboundedReceiver<Chunk>) -> impl Stream<Item = (i32, Chunk)> {
    stream::unfold(Some((1, Some(first), chunks)), async |state| {
        let (number, first, mut chunks) = state?;
        let chunk = match first {
            Some(first) => first,
            None => next(&mut chunks).await,
        };
        let rest = chunk.whole.is_none().then_some((number + 1, None, chunks));
        Some(((number, chunk), rest))
    })
}

/// The next chunk. Never returns when there is none: the upload is being given up, for a reason known elsewhere.
async fn next(chunks: &mut UnboundedReceiver<Chunk>) -> Chunk {
    match chunks.recv().await {
        Some(chunk) => chunk,
        None => pending().await,
    }
}
