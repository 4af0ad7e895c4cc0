//! Objects from S3 to the disk.

use super::S3Store;
use super::errors::{Call, root_cause};
use crate::job::{ArtifactStore, FetchError};
use crate::s3_location::S3Location;
use crate::service_error::{Reason, ServiceError};
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::primitives::ByteStreamError;
use aws_sdk_s3::types::ChecksumMode;
use tokio::fs::File;
use tokio::io::AsyncWriteExt;

impl ArtifactStore for S3Store {
    async fn fetch(&self, location: &S3Location, into: &mut File, limit: u64) -> Result<u64, FetchError> {
        let mut object = self.get(location).await?;
        let length = object.content_length.and_then(|it| u64::try_from(it).ok());
        let too_large = || FetchError::TooLarge { location: location.clone(), limit };
        if length.is_some_and(|length| length > limit) {
            return Err(too_large());
        }
        let mut written = 0;
        while let Some(bytes) = object.body.try_next().await.map_err(|error| broken(location, &error))? {
            written += bytes.len() as u64;
            if written > limit {
                return Err(too_large());
            }
            into.write_all(&bytes).await.map_err(|source| FetchError::Write { location: location.clone(), source })?;
        }
        into.flush().await.map_err(|source| FetchError::Write { location: location.clone(), source })?;
        match length {
            Some(length) if length != written => Err(cut_short(location, written, length).into()),
            Some(_) | None => Ok(written),
        }
    }
}

impl S3Store {
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
