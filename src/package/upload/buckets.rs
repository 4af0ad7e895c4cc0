//! The buckets of several regions as one store.

use super::store::{MultipartUpload, ObjectStore, Overwrite, Part, Put, StoredObject};
use crate::facts::{S3Location, ServiceError};
use bytes::Bytes;
use std::collections::HashMap;

/// Stores by the name of their bucket. Each call goes to the store of the object's bucket.
pub struct Buckets<S>(HashMap<String, S>);

impl<S> Buckets<S> {
    /// The store of an object's bucket.
    pub(super) fn store_of(&self, location: &S3Location) -> &S {
        self.0.get(&location.bucket).expect("every bucket that is uploaded to has its store")
    }
}

impl<S> FromIterator<(String, S)> for Buckets<S> {
    fn from_iter<I: IntoIterator<Item = (String, S)>>(stores: I) -> Self {
        Self(stores.into_iter().collect())
    }
}

impl<S: ObjectStore> ObjectStore for Buckets<S> {
    async fn head(&self, location: &S3Location) -> Result<Option<StoredObject>, ServiceError> {
        self.store_of(location).head(location).await
    }

    async fn put(&self, location: &S3Location, body: Bytes, overwrite: Overwrite) -> Result<Put, ServiceError> {
        self.store_of(location).put(location, body, overwrite).await
    }

    async fn begin(&self, location: &S3Location) -> Result<MultipartUpload, ServiceError> {
        self.store_of(location).begin(location).await
    }

    async fn put_part(&self, upload: &MultipartUpload, number: i32, body: Bytes) -> Result<Part, ServiceError> {
        self.store_of(&upload.location).put_part(upload, number, body).await
    }

    async fn complete(
        &self,
        upload: MultipartUpload,
        parts: Vec<Part>,
        overwrite: Overwrite,
    ) -> Result<Put, ServiceError> {
        self.store_of(&upload.location).complete(upload, parts, overwrite).await
    }

    async fn abort(&self, upload: MultipartUpload) -> Result<(), ServiceError> {
        self.store_of(&upload.location).abort(upload).await
    }
}
