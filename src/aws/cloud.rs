//! The host's own role: where code goes.

use super::{S3Store, endpoint, load, managed_bucket};
use crate::failure::Failure;
use crate::s3_location::S3Endpoint;
use crate::settings::{AwsSettings, ObjectSettings};
use crate::step::Cloud;

/// AWS, as the settings of a run say.
pub struct AwsCloud;

impl Cloud for AwsCloud {
    type Objects = S3Store;

    async fn endpoint(&self, aws: &AwsSettings) -> Result<S3Endpoint, Failure> {
        Ok(endpoint::resolve(&load(aws).await?).await?)
    }

    async fn objects(&self, aws: &AwsSettings, objects: &ObjectSettings) -> Result<S3Store, Failure> {
        Ok(S3Store::new(&load(aws).await?, objects))
    }

    async fn managed_bucket(&self, aws: &AwsSettings) -> Result<String, Failure> {
        Ok(managed_bucket(&load(aws).await?).await?)
    }
}
