//! Which objects are in the store already.

use super::problem;
use super::request::ArchiveUpload;
use super::store::{ObjectStore, Overwrite, StoredObject};
use crate::facts::{Failure, Reason, S3Location, ServiceError};
use crate::package::archive::Source;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use std::collections::HashSet;

/// Objects that are looked up at the same time.
const LOOKUPS_AT_ONCE: usize = 32;
/// Size of a zip without entries.
const EMPTY_ZIP_BYTES: u64 = 22;

/// What is known of an object before it is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    There(StoredObject),
    Missing(Missing),
}

/// How an object that has to be made is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing {
    pub overwrite: Overwrite,
    /// Whether the store answers lookups.
    pub may_look: bool,
}

/// Looks up every location once, in the order of the first archive that goes there.
pub async fn look_up_all<'a>(
    archives: &'a [ArchiveUpload],
    force: bool,
    store: &impl ObjectStore,
) -> Result<Vec<(&'a ArchiveUpload, Lookup)>, Failure> {
    let mut seen = HashSet::new();
    let unique: Vec<_> = archives.iter().filter(|it| seen.insert(&it.location)).collect();
    let lookups = stream::iter(unique).map(|archive| async move {
        match look_up(&archive.location, force, store).await {
            Ok(lookup) => Ok((archive, verified(lookup, archive))),
            Err(error) => Err(problem::lookup_failed(archive.archive.source.path(), &error)),
        }
    });
    lookups.buffered(LOOKUPS_AT_ONCE).try_collect().await
}

/// Looks up one location.
///
/// 403 and an empty 400 mean "unknown" (no `s3:ListBucket`; expired credentials). The conditional PUT decides.
pub async fn look_up(location: &S3Location, force: bool, store: &impl ObjectStore) -> Result<Lookup, ServiceError> {
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

/// An object that cannot be the archive, whatever its key says, is made again and replaced.
fn verified(lookup: Lookup, upload: &ArchiveUpload) -> Lookup {
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

/// Whether the answer leaves open if the object is there.
pub fn is_refusal(error: &ServiceError) -> bool {
    matches!(error.reason, Reason::AccessDenied | Reason::Rejected)
}
