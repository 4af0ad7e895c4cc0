//! An artifact store in memory.

use crate::facts::{Failure, Reason, S3Location, ServiceError};
use crate::job::{ArtifactStore, fetch_failure};
use crate::package::{MultipartUpload, ObjectStore, Overwrite, Part, Put, StoredObject};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::io::AsyncWriteExt;

/// Objects by their URI. Clones share them.
#[derive(Clone)]
pub struct FakeArtifacts {
    objects: Arc<Mutex<BTreeMap<String, Bytes>>>,
    /// How every write is answered, when not well.
    pub refuses_writes: Option<Reason>,
    /// How every read is answered, when not well.
    pub refuses_reads: Option<Reason>,
}

impl FakeArtifacts {
    /// A store with one object.
    pub fn with(location: &S3Location, bytes: impl Into<Bytes>) -> Self {
        let objects = BTreeMap::from([(location.uri(), bytes.into())]);
        Self { objects: Arc::new(Mutex::new(objects)), refuses_writes: None, refuses_reads: None }
    }

    /// The bytes of an object.
    pub fn object(&self, location: &S3Location) -> Option<Bytes> {
        self.lock().get(&location.uri()).cloned()
    }

    /// How many objects there are.
    pub fn count(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Bytes>> {
        self.objects.lock().expect("no test panics while it holds the lock")
    }
}

fn refused(operation: &'static str, location: &S3Location, reason: Reason) -> ServiceError {
    ServiceError { operation, resource: location.uri(), reason, code: None, message: None, request_id: None }
}

fn unused(operation: &'static str, location: &S3Location) -> ServiceError {
    refused(operation, location, Reason::Rejected)
}

impl ObjectStore for FakeArtifacts {
    async fn head(&self, location: &S3Location) -> Result<Option<StoredObject>, ServiceError> {
        Ok(self.object(location).map(|it| StoredObject { bytes: it.len() as u64, version: None }))
    }

    async fn put(&self, location: &S3Location, body: Bytes, _: Overwrite) -> Result<Put, ServiceError> {
        if let Some(reason) = &self.refuses_writes {
            return Err(refused("s3:PutObject", location, reason.clone()));
        }
        self.lock().insert(location.uri(), body);
        Ok(Put::Stored { version: None })
    }

    async fn begin(&self, location: &S3Location) -> Result<MultipartUpload, ServiceError> {
        Err(unused("s3:PutObject", location))
    }

    async fn put_part(&self, upload: &MultipartUpload, _: i32, _: Bytes) -> Result<Part, ServiceError> {
        Err(unused("s3:PutObject", &upload.location))
    }

    async fn complete(&self, upload: MultipartUpload, _: Vec<Part>, _: Overwrite) -> Result<Put, ServiceError> {
        Err(unused("s3:PutObject", &upload.location))
    }

    async fn abort(&self, _: MultipartUpload) -> Result<(), ServiceError> {
        Ok(())
    }
}

impl ArtifactStore for FakeArtifacts {
    async fn fetch(&self, location: &S3Location, into: &mut tokio::fs::File, limit: u64) -> Result<u64, Failure> {
        if let Some(reason) = &self.refuses_reads {
            return Err(fetch_failure::refused(&refused("s3:GetObject", location, reason.clone())));
        }
        let Some(object) = self.object(location) else {
            return Err(fetch_failure::refused(&refused("s3:GetObject", location, Reason::NotFound)));
        };
        if object.len() as u64 > limit {
            return Err(fetch_failure::too_large(location, limit));
        }
        let written = into.write_all(&object).await;
        written.map_err(|error| fetch_failure::unwritten(location, &error))?;
        Ok(object.len() as u64)
    }
}
