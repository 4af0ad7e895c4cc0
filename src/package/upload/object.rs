//! One object: in a single request when it is small, else in parts.

use super::chunk::{Chunk, Object, Wanted, report_advance};
use super::lookup::{Missing, is_refusal};
use super::problem;
use super::request::Upload;
use super::store::{MultipartUpload, ObjectStore, Part, Put, StoredObject};
use super::unfinished::Unfinished;
use crate::facts::{Event, Failure, PackageEvent, Reporter, S3Location, ServiceError};
use futures_util::stream::{self, Stream, StreamExt, TryStreamExt};
use std::future::pending;
use std::path::Path;
use tokio::sync::mpsc::UnboundedReceiver;

/// Parts of one object that are uploaded at the same time; fewer where the budget says so.
const PARTS_AT_ONCE: usize = 16;

/// Uploads an object while its chunks are made.
pub async fn upload<'a>(
    mut object: Object<'a>,
    unfinished: &Unfinished,
    store: &impl ObjectStore,
    reporter: &dyn Reporter,
) -> Result<(&'a S3Location, Upload), Failure> {
    let Wanted { archive, how } = object.wanted;
    let (location, source) = (&archive.location, archive.archive.source.path());
    let first = next(&mut object.chunks).await;
    let put = match first.object_bytes {
        Some(bytes) => {
            let put = store.put(location, first.bytes, how.overwrite).await;
            put.inspect(|_| report_advance(first.source_bytes, reporter)).map(|put| (put, bytes))
        }
        None => {
            let chunks = numbered(first, object.chunks);
            in_parts(location, chunks, how, unfinished, (store, reporter)).await
        }
    };
    let (put, bytes) = put.map_err(|error| problem::upload_failed(source, &error))?;
    let written = Written { source, location, how, put, bytes };
    Ok((location, finish(written, store, reporter).await?))
}

/// An object after its write.
pub struct Written<'a> {
    /// What it is made of.
    pub source: &'a Path,
    pub location: &'a S3Location,
    pub how: Missing,
    pub put: Put,
    pub bytes: u64,
}

/// Reports an object that was written, or that another run wrote in the meantime.
pub async fn finish(
    written: Written<'_>,
    store: &impl ObjectStore,
    reporter: &dyn Reporter,
) -> Result<Upload, Failure> {
    let Written { source, location, how, put, bytes } = written;
    match put {
        Put::Stored { version } => {
            let location = S3Location { version, ..location.clone() };
            let finished = PackageEvent::UploadFinished { location: location.clone(), bytes };
            reporter.report(Event::Package(finished));
            Ok(Upload { location, bytes: Some(bytes), reused: false })
        }
        Put::AlreadyThere => {
            let stored = look_again(location, how, store).await;
            let stored = stored.map_err(|error| problem::lookup_failed(source, &error))?;
            let (bytes, version) = stored.map_or((None, None), |it| (Some(it.bytes), it.version));
            let location = S3Location { version, ..location.clone() };
            let reused = PackageEvent::Reused { location: location.clone(), source: source.to_path_buf() };
            reporter.report(Event::Package(reused));
            Ok(Upload { location, bytes, reused: true })
        }
    }
}

/// The version of an object that another run wrote; `None` where it cannot be looked up.
async fn look_again(
    location: &S3Location,
    how: Missing,
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
    chunks: impl Stream<Item = (i32, Chunk)>,
    how: Missing,
    unfinished: &Unfinished,
    (store, reporter): (&impl ObjectStore, &dyn Reporter),
) -> Result<(Put, u64), ServiceError> {
    let upload = unfinished.begin(location, store).await?;
    let parts = chunks.map(|(number, chunk)| put_part(&upload, number, chunk, (store, reporter)));
    let mut parts: Vec<_> = parts.buffer_unordered(PARTS_AT_ONCE).try_collect().await?;
    parts.sort_by_key(|(part, _)| part.number);
    let (parts, sizes): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
    let bytes = sizes.into_iter().flatten().next().expect("the last chunk ends the object");
    Ok((unfinished.complete(upload, parts, how.overwrite, store).await?, bytes))
}

/// Uploads a part, then frees its room in the budget.
async fn put_part(
    upload: &MultipartUpload,
    number: i32,
    chunk: Chunk,
    (store, reporter): (&impl ObjectStore, &dyn Reporter),
) -> Result<(Part, Option<u64>), ServiceError> {
    let part = store.put_part(upload, number, chunk.bytes.clone()).await?;
    report_advance(chunk.source_bytes, reporter);
    Ok((part, chunk.object_bytes))
}

/// Chunks with their part numbers, up to the last one of the object.
fn numbered(first: Chunk, chunks: UnboundedReceiver<Chunk>) -> impl Stream<Item = (i32, Chunk)> {
    stream::unfold(Some((1, Some(first), chunks)), async |state| {
        let (number, first, mut chunks) = state?;
        let chunk = match first {
            Some(first) => first,
            None => next(&mut chunks).await,
        };
        let rest = chunk.object_bytes.is_none().then_some((number + 1, None, chunks));
        Some(((number, chunk), rest))
    })
}

/// The next chunk. Never returns when there is none: the upload is being aborted, and the cause is reported elsewhere.
async fn next(chunks: &mut UnboundedReceiver<Chunk>) -> Chunk {
    match chunks.recv().await {
        Some(chunk) => chunk,
        None => pending().await,
    }
}
