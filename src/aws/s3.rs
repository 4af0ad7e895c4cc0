//! Objects in S3.

use super::call_log::CallLog;
use super::endpoint;
use super::errors::Call;
use super::session::JobSession;
use super::skew::RetrySkewed;
use crate::facts::{S3Location, ServiceError};
use crate::job::EncryptionKey;
use crate::package::{MultipartUpload, ObjectStore, Overwrite, Part, Put, StoredObject};
use crate::settings::{Encryption, ObjectSettings};
use aws_config::{Region, SdkConfig};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::config::interceptors::InterceptorContext;
use aws_sdk_s3::config::retry::{ClassifyRetry, RetryAction};
use aws_sdk_s3::config::{IdentityCache, RequestChecksumCalculation, SharedCredentialsProvider};
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    ChecksumAlgorithm, ChecksumType, CompletedMultipartUpload, CompletedPart, ServerSideEncryption,
};
use bytes::Bytes;
use std::collections::HashMap;

/// S3 under one set of credentials: the host's role, or those of a job.
pub struct S3Store {
    pub(super) client: Client,
    pub(super) expected_owner: Option<String>,
    encryption: Option<ServerSideEncryption>,
    key_id: Option<String>,
    metadata: Option<HashMap<String, String>>,
    /// False with `AWS_REQUEST_CHECKSUM_CALCULATION=when_required`: some S3-compatible stores reject checksums.
    with_checksums: bool,
}

impl S3Store {
    pub fn new(config: &SdkConfig, objects: &ObjectSettings) -> Self {
        let (encryption, key_id) = encryption_headers(objects.encryption.as_ref().unwrap_or(&Encryption::Aes256));
        let metadata: HashMap<_, _> = objects.metadata.clone().into_iter().collect();
        Self {
            client: client(config, None),
            expected_owner: objects.expected_bucket_owner.clone(),
            encryption,
            key_id,
            metadata: (!metadata.is_empty()).then_some(metadata),
            with_checksums: config.request_checksum_calculation() != Some(RequestChecksumCalculation::WhenRequired),
        }
    }

    /// S3 with the credentials of a job, for its artifacts only. Encrypts with `aws:kms`, because the bucket policy that
    /// CodePipeline's console creates denies everything else.
    pub fn for_job(config: &SdkConfig, session: JobSession, key: Option<&EncryptionKey>) -> Self {
        let provider = SharedCredentialsProvider::new(session.clone());
        // The session caches and renews the credentials itself.
        let config = config.to_builder().credentials_provider(provider).identity_cache(IdentityCache::no_cache());
        let config = config.build();
        let encryption = Some(Encryption::Kms { key_id: key.map(|key| key.0.clone()) });
        let store = Self::new(&config, &ObjectSettings { encryption, ..ObjectSettings::default() });
        Self { client: client(&config, Some(session)), ..store }
    }
}

impl ObjectStore for S3Store {
    async fn head(&self, location: &S3Location) -> Result<Option<StoredObject>, ServiceError> {
        let request = self.client.head_object().bucket(&location.bucket).key(&location.key);
        let request = request.set_version_id(location.version.clone());
        match request.set_expected_bucket_owner(self.expected_owner.clone()).send().await {
            Ok(object) => Ok(Some(StoredObject {
                bytes: object.content_length().and_then(|it| u64::try_from(it).ok()).unwrap_or_default(),
                version: object.version_id,
            })),
            Err(error) if status(&error) == Some(404) => Ok(None),
            // `HeadObject` needs the permission `s3:GetObject`.
            Err(error) => Err(Call::new("s3:GetObject", location.to_string()).failed(error)),
        }
    }

    async fn put(&self, location: &S3Location, body: Bytes, overwrite: Overwrite) -> Result<Put, ServiceError> {
        let request = self.client.put_object().bucket(&location.bucket).key(&location.key);
        let request = request.body(ByteStream::from(body)).set_if_none_match(if_none_match(overwrite));
        let request = request
            .set_checksum_algorithm(self.checksum(ChecksumAlgorithm::Sha256))
            .set_expected_bucket_owner(self.expected_owner.clone())
            .set_metadata(self.metadata.clone())
            .set_server_side_encryption(self.encryption.clone())
            .set_ssekms_key_id(self.key_id.clone());
        match request.send().await {
            Ok(stored) => Ok(Put::Stored { version: stored.version_id }),
            Err(error) if status(&error) == Some(412) => Ok(Put::AlreadyThere),
            Err(error) => Err(Call::new("s3:PutObject", location.uri()).failed(error)),
        }
    }

    async fn begin(&self, location: &S3Location) -> Result<MultipartUpload, ServiceError> {
        let call = Call::new("s3:PutObject", location.uri());
        let request = self.client.create_multipart_upload().bucket(&location.bucket).key(&location.key);
        let request = request
            .set_checksum_algorithm(self.checksum(ChecksumAlgorithm::Crc64Nvme))
            .set_checksum_type(self.with_checksums.then_some(ChecksumType::FullObject))
            .set_expected_bucket_owner(self.expected_owner.clone())
            .set_metadata(self.metadata.clone())
            .set_server_side_encryption(self.encryption.clone())
            .set_ssekms_key_id(self.key_id.clone());
        let response = request.send().await.map_err(|error| call.failed(error))?;
        Ok(MultipartUpload { location: location.clone(), id: response.upload_id.unwrap_or_default() })
    }

    async fn put_part(&self, upload: &MultipartUpload, number: i32, body: Bytes) -> Result<Part, ServiceError> {
        let call = Call::new("s3:PutObject", upload.location.uri());
        let request = self.client.upload_part().bucket(&upload.location.bucket).key(&upload.location.key);
        let request = request
            .upload_id(&upload.id)
            .part_number(number)
            .body(ByteStream::from(body))
            .set_checksum_algorithm(self.checksum(ChecksumAlgorithm::Crc64Nvme))
            .set_expected_bucket_owner(self.expected_owner.clone());
        let stored = request.send().await.map_err(|error| call.failed(error))?;
        Ok(Part { number, etag: stored.e_tag.unwrap_or_default(), checksum: stored.checksum_crc64_nvme })
    }

    async fn complete(
        &self,
        upload: MultipartUpload,
        parts: Vec<Part>,
        overwrite: Overwrite,
    ) -> Result<Put, ServiceError> {
        let location = upload.location;
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts.into_iter().map(completed).collect()));
        let request = self.client.complete_multipart_upload().bucket(&location.bucket).key(&location.key);
        let request = request
            .upload_id(upload.id)
            .multipart_upload(parts.build())
            .set_checksum_type(self.with_checksums.then_some(ChecksumType::FullObject))
            .set_if_none_match(if_none_match(overwrite))
            .set_expected_bucket_owner(self.expected_owner.clone());
        match request.send().await {
            Ok(stored) => Ok(Put::Stored { version: stored.version_id }),
            Err(error) if status(&error) == Some(412) => Ok(Put::AlreadyThere),
            Err(error) => Err(Call::new("s3:PutObject", location.uri()).failed(error)),
        }
    }

    async fn abort(&self, upload: MultipartUpload) -> Result<(), ServiceError> {
        let call = Call::new("s3:AbortMultipartUpload", upload.location.uri());
        let request = self.client.abort_multipart_upload().bucket(upload.location.bucket).key(upload.location.key);
        let request = request.upload_id(upload.id).set_expected_bucket_owner(self.expected_owner.clone());
        request.send().await.map(|_| ()).map_err(|error| call.failed(error))
    }
}

impl S3Store {
    fn checksum(&self, algorithm: ChecksumAlgorithm) -> Option<ChecksumAlgorithm> {
        self.with_checksums.then_some(algorithm)
    }
}

fn client(config: &SdkConfig, session: Option<JobSession>) -> Client {
    let region = config.region().cloned().unwrap_or(Region::from_static(endpoint::NO_REGION));
    let mut builder = aws_sdk_s3::config::Builder::from(config)
        .region(region)
        .force_path_style(endpoint::custom(config).is_some())
        .interceptor(CallLog)
        .retry_classifier(RetryConflict)
        .retry_classifier(RetrySkewed);
    if let Some(session) = session {
        builder = builder.retry_classifier(session);
    }
    Client::from_conf(builder.build())
}

fn encryption_headers(encryption: &Encryption) -> (Option<ServerSideEncryption>, Option<String>) {
    match encryption {
        Encryption::Aes256 => (Some(ServerSideEncryption::Aes256), None),
        Encryption::Kms { key_id } => (Some(ServerSideEncryption::AwsKms), key_id.clone()),
        Encryption::KmsDsse { key_id } => (Some(ServerSideEncryption::AwsKmsDsse), key_id.clone()),
        Encryption::BucketDefault => (None, None),
    }
}

fn if_none_match(overwrite: Overwrite) -> Option<String> {
    match overwrite {
        Overwrite::IfAbsent => Some("*".to_owned()),
        Overwrite::Always => None,
    }
}

fn completed(part: Part) -> CompletedPart {
    let completed = CompletedPart::builder().part_number(part.number).e_tag(part.etag);
    completed.set_checksum_crc64_nvme(part.checksum).build()
}

fn status<E>(error: &SdkError<E, HttpResponse>) -> Option<u16> {
    error.raw_response().map(|response| response.status().as_u16())
}

/// Retries 409 `ConditionalRequestConflict`, which S3 returns to one of two concurrent conditional writes of a key. The SDK
/// does not retry it.
#[derive(Debug)]
struct RetryConflict;

impl ClassifyRetry for RetryConflict {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        match context.response().map(|response| response.status().as_u16()) {
            Some(409) => RetryAction::transient_error(),
            _ => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "conditional request conflict"
    }
}
