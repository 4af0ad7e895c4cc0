//! Downloads objects from S3 to the disk.

use super::S3Store;
use super::errors::{Call, root_cause};
use crate::facts::{Backoff, Failure, Reason, S3Location, ServiceError, random_chance};
use crate::job::{ArtifactStore, fetch_failure};
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::primitives::ByteStreamError;
use aws_sdk_s3::types::ChecksumMode;
use std::io::{self, SeekFrom};
use tokio::fs::File;
use tokio::io::{AsyncSeekExt, AsyncWriteExt};

/// The end of one attempt.
enum Attempt {
    /// All of the object was written: so many bytes.
    Whole(u64),
    /// The body broke off or does not match its checksum.
    Broken(ServiceError),
}

impl ArtifactStore for S3Store {
    /// The SDK retries until a response begins, not once the body has begun. A body that breaks off is fetched again here,
    /// with the same number of attempts and the same back-off. It is fetched from its start, because the checksum covers
    /// the whole object only, and because the object may have been replaced.
    async fn fetch(&self, location: &S3Location, into: &mut File, limit: u64) -> Result<u64, Failure> {
        let write = |error: io::Error| fetch_failure::unwritten(location, &error);
        let start = into.stream_position().await.map_err(write)?;
        let retry = self.client.config().retry_config().cloned().unwrap_or_else(RetryConfig::standard);
        let backoff = Backoff { first: retry.initial_backoff(), longest: retry.max_backoff() };
        let mut attempts = 0;
        loop {
            attempts += 1;
            let error = match self.fetch_once(location, into, limit).await? {
                Attempt::Whole(bytes) => return Ok(bytes),
                Attempt::Broken(error) => error,
            };
            if attempts >= retry.max_attempts() {
                return Err(fetch_failure::refused(&error));
            }
            let wait = backoff.wait(attempts, random_chance());
            tracing::warn!(%error, ?wait, "the download is retried");
            tokio::time::sleep(wait).await;
            into.set_len(start).await.map_err(write)?;
            into.seek(SeekFrom::Start(start)).await.map_err(write)?;
        }
    }
}

impl S3Store {
    async fn fetch_once(&self, location: &S3Location, into: &mut File, limit: u64) -> Result<Attempt, Failure> {
        let write = |error: io::Error| fetch_failure::unwritten(location, &error);
        let mut object = self.get(location).await.map_err(|error| fetch_failure::refused(&error))?;
        let length = object.content_length.and_then(|it| u64::try_from(it).ok());
        if length.is_some_and(|length| length > limit) {
            return Err(fetch_failure::too_large(location, limit));
        }
        let mut written = 0;
        loop {
            let bytes = match object.body.try_next().await {
                Ok(Some(bytes)) => bytes,
                Ok(None) => break,
                Err(error) => return Ok(Attempt::Broken(broken_body(location, &error))),
            };
            written += bytes.len() as u64;
            if written > limit {
                return Err(fetch_failure::too_large(location, limit));
            }
            into.write_all(&bytes).await.map_err(write)?;
        }
        into.flush().await.map_err(write)?;
        Ok(match length {
            Some(length) if length != written => Attempt::Broken(short_body(location, written, length)),
            Some(_) | None => Attempt::Whole(written),
        })
    }

    pub(super) async fn get(&self, location: &S3Location) -> Result<GetObjectOutput, ServiceError> {
        let request = self.client.get_object().bucket(&location.bucket).key(&location.key);
        let request = request
            .set_version_id(location.version.clone())
            .checksum_mode(ChecksumMode::Enabled)
            .set_expected_bucket_owner(self.expected_owner.clone());
        let call = Call::new("s3:GetObject", location.to_string());
        request.send().await.map_err(|error| call.failed(error))
    }
}

fn broken_body(location: &S3Location, error: &ByteStreamError) -> ServiceError {
    let cause = root_cause(error);
    // The type of this error is private to the SDK.
    let reason = if cause.contains("checksum mismatch") { Reason::Corrupt } else { Reason::Network };
    Call::new("s3:GetObject", location.to_string()).interrupted(reason, cause)
}

fn short_body(location: &S3Location, written: u64, length: u64) -> ServiceError {
    let message = format!("the response ended after {written} of {length} bytes");
    Call::new("s3:GetObject", location.to_string()).interrupted(Reason::Network, message)
}
