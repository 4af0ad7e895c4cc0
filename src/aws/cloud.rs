//! The host's own role: where code goes.

use super::{S3Store, endpoint, load, managed_bucket};
use crate::facts::{Failure, S3Endpoint};
use crate::operation::{Cloud, Region};
use crate::settings::{AwsSettings, ObjectSettings};
use aws_config::SdkConfig;

/// AWS, as the settings of a run say.
pub struct AwsCloud;

/// A region of AWS.
pub struct AwsRegion {
    config: SdkConfig,
    endpoint: S3Endpoint,
}

impl Cloud for AwsCloud {
    type Region = AwsRegion;

    async fn region(&self, aws: &AwsSettings) -> Result<AwsRegion, Failure> {
        let config = load(aws).await?;
        let endpoint = endpoint::resolve(&config).await?;
        let region = config.region().map(AsRef::as_ref);
        tracing::debug!(region, ?endpoint, profile = aws.profile, role = aws.role_arn, "AWS");
        Ok(AwsRegion { config, endpoint })
    }
}

impl Region for AwsRegion {
    type Objects = S3Store;

    fn endpoint(&self) -> &S3Endpoint {
        &self.endpoint
    }

    fn objects(&self, objects: &ObjectSettings) -> S3Store {
        S3Store::new(&self.config, objects)
    }

    async fn managed_bucket(&self) -> Result<String, Failure> {
        Ok(managed_bucket(&self.config).await?)
    }
}
