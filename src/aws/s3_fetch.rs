//! Objects from S3 to the disk.

use super::S3Store;
use super::errors::{Call, root_cause};
use crate::facts::{Reason, S3Location, ServiceError};
use crate::job::{ArtifactStore, FetchError};
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::primitives::ByteStreamError;
use aws_sdk_s3::types::ChecksumMode;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::SeekFrom;
use std::time::Duration;
use tokio::fs::File;
use tokio::io::{AsyncSeekExt, AsyncWriteExt};

/// How one attempt to read an object ended.
enum Attempt {
    /// All of it was written, so many bytes.
    Whole(u64),
    /// The answer began well and broke off, or is not what is stored.
    Broken(ServiceError),
}

impl ArtifactStore for S3Store {
    /// The SDK makes as many attempts as its configuration says to get an answer, and none once the answer has begun:
    /// here a body that breaks off is read again, as often and with waits as long. It is read from its beginning, since
    /// there is a checksum for the whole of an object only, and another may be there by now.
    async fn fetch(&self, location: &S3Location, into: &mut File, limit: u64) -> Result<u64, FetchError> {
        let write = |source| FetchError::Write { location: location.clone(), source };
        let start = into.stream_position().await.map_err(write)?;
        let retry = self.client.config().retry_config().cloned().unwrap_or_else(RetryConfig::standard);
        let mut attempts = 0;
        loop {
            attempts += 1;
            let error = match self.fetch_once(location, into, limit).await? {
                Attempt::Whole(bytes) => return Ok(bytes),
                Attempt::Broken(error) => error,
            };
            if attempts >= retry.max_attempts() {
                return Err(error.into());
            }
            let wait = backoff(&retry, attempts);
            tracing::warn!(%error, ?wait, "the object is fetched once more");
            tokio::time::sleep(wait).await;
            into.set_len(start).await.map_err(write)?;
            into.seek(SeekFrom::Start(start)).await.map_err(write)?;
        }
    }
}

impl S3Store {
    async fn fetch_once(&self, location: &S3Location, into: &mut File, limit: u64) -> Result<Attempt, FetchError> {
        let write = |source| FetchError::Write { location: location.clone(), source };
        let too_large = || FetchError::TooLarge { location: location.clone(), limit };
        let mut object = self.get(location).await?;
        let length = object.content_length.and_then(|it| u64::try_from(it).ok());
        if length.is_some_and(|length| length > limit) {
            return Err(too_large());
        }
        let mut written = 0;
        loop {
            let bytes = match object.body.try_next().await {
                Ok(Some(bytes)) => bytes,
                Ok(None) => break,
                Err(error) => return Ok(Attempt::Broken(broken(location, &error))),
            };
            written += bytes.len() as u64;
            if written > limit {
                return Err(too_large());
            }
            into.write_all(&bytes).await.map_err(write)?;
        }
        into.flush().await.map_err(write)?;
        Ok(match length {
            Some(length) if length != written => Attempt::Broken(cut_short(location, written, length)),
            Some(_) | None => Attempt::Whole(written),
        })
    }

    async fn get(&self, location: &S3Location) -> Result<GetObjectOutput, ServiceError> {
        let request = self.client.get_object().bucket(&location.bucket).key(&location.key);
        let request = request
            .set_version_id(location.version.clone())
            .checksum_mode(ChecksumMode::Enabled)
            .set_expected_bucket_owner(self.expected_owner.clone());
        let call = Call::new("s3:GetObject", location.to_string());
        request.send().await.map_err(|error| call.failed(error))
    }
}

/// The wait after so many attempts: doubled each time, and any part of that, as in the SDK.
fn backoff(retry: &RetryConfig, attempts: u32) -> Duration {
    let longest = retry.initial_backoff().saturating_mul(1 << (attempts - 1).min(16)).min(retry.max_backoff());
    // The keys of a new state differ each time.
    let chance = RandomState::new().build_hasher().finish() as f64 / u64::MAX as f64;
    longest.mul_f64(chance)
}

fn broken(location: &S3Location, error: &ByteStreamError) -> ServiceError {
    let cause = root_cause(error);
    // The type of this error is private to the SDK.
    let reason = if cause.contains("checksum mismatch") { Reason::Corrupt } else { Reason::Network };
    Call::new("s3:GetObject", location.to_string()).broken(reason, cause)
}

fn cut_short(location: &S3Location, written: u64, length: u64) -> ServiceError {
    let message = format!("the answer ended after {written} of {length} bytes");
    Call::new("s3:GetObject", location.to_string()).broken(Reason::Network, message)
}
