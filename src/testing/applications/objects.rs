//! Objects that a template names, and buckets that refuse.

use crate::facts::{Reason, S3Location, ServiceError};
use crate::publish::NamedObjects;
use crate::testing::store::MemoryStore;
use std::collections::{BTreeMap, BTreeSet};

/// Objects in memory.
#[derive(Debug, Default)]
pub struct FakeObjects {
    objects: BTreeMap<String, Vec<u8>>,
    refused: BTreeSet<String>,
}

impl FakeObjects {
    #[must_use]
    pub fn with(mut self, uri: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.objects.insert(uri.to_owned(), bytes.into());
        self
    }

    /// Every call for a bucket is answered with 403.
    #[must_use]
    pub fn refusing(mut self, bucket: &str) -> Self {
        self.refused.insert(bucket.to_owned());
        self
    }

    fn object(&self, location: &S3Location) -> Result<Option<&Vec<u8>>, ServiceError> {
        match self.refused.contains(&location.bucket) {
            true => Err(refusal(location, Reason::AccessDenied)),
            false => Ok(self.objects.get(&location.uri())),
        }
    }
}

fn refusal(location: &S3Location, reason: Reason) -> ServiceError {
    let (operation, resource) = ("s3:GetObject", location.to_string());
    ServiceError { operation, resource, reason, code: None, message: None, request_id: None }
}

impl NamedObjects for MemoryStore {
    async fn size(&self, location: &S3Location) -> Result<Option<u64>, ServiceError> {
        Ok(self.object(location).map(|bytes| bytes.len() as u64))
    }

    async fn read(&self, location: &S3Location, limit: usize) -> Result<Vec<u8>, ServiceError> {
        match self.object(location) {
            Some(bytes) if bytes.len() <= limit => Ok(bytes.to_vec()),
            Some(_) => Err(refusal(location, Reason::Rejected)),
            None => Err(refusal(location, Reason::NotFound)),
        }
    }
}

impl NamedObjects for FakeObjects {
    async fn size(&self, location: &S3Location) -> Result<Option<u64>, ServiceError> {
        Ok(self.object(location)?.map(|bytes| bytes.len() as u64))
    }

    async fn read(&self, location: &S3Location, limit: usize) -> Result<Vec<u8>, ServiceError> {
        let bytes = self.object(location)?.cloned().ok_or_else(|| refusal(location, Reason::NotFound))?;
        match bytes.len() <= limit {
            true => Ok(bytes),
            false => Err(refusal(location, Reason::Rejected)),
        }
    }
}
