//! What uploading needs of a store.

use crate::facts::{S3Location, ServiceError};
use bytes::Bytes;

/// A store for objects: S3, or a folder in its place.
///
/// One store serves one run. It knows the encryption, the user metadata and the expected owner of the bucket.
pub trait ObjectStore {
    /// Looks up an object (`HeadObject`). `None` when it is not there; any other answer is an error.
    async fn head(&self, location: &S3Location) -> Result<Option<StoredObject>, ServiceError>;

    /// Stores an object in one request (`PutObject`), with its SHA-256 as checksum.
    async fn put(&self, location: &S3Location, body: Bytes, overwrite: Overwrite) -> Result<Put, ServiceError>;

    /// Begins an upload in parts (`CreateMultipartUpload`).
    async fn begin(&self, location: &S3Location) -> Result<MultipartUpload, ServiceError>;

    /// Uploads one part, numbered from 1. All parts but the last are of one size, at least 5 MiB.
    async fn put_part(&self, upload: &MultipartUpload, number: i32, body: Bytes) -> Result<Part, ServiceError>;

    /// Makes the object of its parts (`CompleteMultipartUpload`).
    async fn complete(
        &self,
        upload: MultipartUpload,
        parts: Vec<Part>,
        overwrite: Overwrite,
    ) -> Result<Put, ServiceError>;

    /// Deletes the parts of an upload that will not be completed (`AbortMultipartUpload`).
    async fn abort(&self, upload: MultipartUpload) -> Result<(), ServiceError>;
}

/// Whether an object that is there already may be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overwrite {
    /// `If-None-Match: *` is sent.
    IfAbsent,
    Always,
}

/// What `head` returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredObject {
    /// Size in bytes.
    pub bytes: u64,
    /// The version, where the bucket keeps versions.
    pub version: Option<String>,
}

/// How a write ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Put {
    /// The object was written.
    Stored {
        /// The version, where the bucket keeps versions.
        version: Option<String>,
    },
    /// Another run had written it first (412): the same content, since keys name content.
    AlreadyThere,
}

/// A multipart upload under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MultipartUpload {
    pub location: S3Location,
    /// The service's id of the upload.
    pub id: String,
}

/// A part that was uploaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// From 1.
    pub number: i32,
    /// The service's identifier of the content.
    pub etag: String,
    /// CRC-64/NVME of the content in base64, where the store computes one.
    pub checksum: Option<String>,
}
