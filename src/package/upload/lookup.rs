//! Which objects are in the store already.

use super::{ArchiveUpload, ObjectStore, Overwrite, Source, StoredObject, UploadError};
use crate::facts::{Reason, S3Location, ServiceError};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use std::collections::HashSet;

/// Objects that are looked up at the same time.
const LOOKUPS_AT_ONCE: usize = 32;
/// Size of a zip without entries.
const EMPTY_ZIP_BYTES: u64 = 22;

/// What is known of an object before it is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// It is there.
    There(StoredObject),
    /// It must be made.
    Missing(Missing),
}

/// How an object that must be made is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing {
    /// Whether what may be there is replaced.
    pub overwrite: Overwrite,
    /// Whether the caller may look objects up at all.
    pub may_look: bool,
}

/// Looks every location up once, in the order of the first archive that goes there.
pub async fn all<'a>(
    archives: &'a [ArchiveUpload],
    force: bool,
    store: &impl ObjectStore,
) -> Result<Vec<(&'a ArchiveUpload, Lookup)>, UploadError> {
    let mut seen = HashSet::new();
    let unique: Vec<_> = archives.iter().filter(|it| seen.insert(&it.location)).collect();
    let lookups = stream::iter(unique).map(|archive| async move {
        match one(&archive.location, force, store).await {
            Ok(lookup) => Ok((archive, doubt(lookup, archive))),
            Err(error) => Err(UploadError::lookup(archive.archive.source.path(), error)),
        }
    });
    lookups.buffered(LOOKUPS_AT_ONCE).try_collect().await
}

/// Looks one location up. A refusal leaves open whether the object is there: without `s3:ListBucket` S3 answers 403
/// for a missing key, and with credentials that have expired 400 without a word. The write will tell.
pub async fn one(location: &S3Location, force: bool, store: &impl ObjectStore) -> Result<Lookup, ServiceError> {
    if force {
        return Ok(Lookup::Missing(Missing { overwrite: Overwrite::Always, may_look: true }));
    }
    match store.head(location).await {
        Ok(Some(stored)) => Ok(Lookup::There(stored)),
        Ok(None) => Ok(Lookup::Missing(Missing { overwrite: Overwrite::IfAbsent, may_look: true })),
        Err(error) if is_refusal(&error) => {
            Ok(Lookup::Missing(Missing { overwrite: Overwrite::IfAbsent, may_look: false }))
        }
        Err(error) => Err(error),
    }
}

/// An object that cannot be the archive, though its key says so, is made again and replaced.
fn doubt(lookup: Lookup, upload: &ArchiveUpload) -> Lookup {
    match lookup {
        Lookup::There(stored) if !is_plausible(&stored, upload) => {
            Lookup::Missing(Missing { overwrite: Overwrite::Always, may_look: true })
        }
        Lookup::There(_) | Lookup::Missing(_) => lookup,
    }
}

fn is_plausible(stored: &StoredObject, upload: &ArchiveUpload) -> bool {
    let archive = &upload.archive;
    match &archive.source {
        Source::AsIs(_) => stored.bytes == archive.bytes,
        Source::Folder(_) | Source::File(_) => archive.files == 0 || stored.bytes > EMPTY_ZIP_BYTES,
    }
}

/// Whether the service said no, without telling whether the object is there.
pub fn is_refusal(error: &ServiceError) -> bool {
    matches!(error.reason, Reason::AccessDenied | Reason::Rejected)
}
