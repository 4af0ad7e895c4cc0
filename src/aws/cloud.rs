//! AWS under the host's own role: where code is uploaded.

use super::{CloudFormation, S3Store, endpoint, load, managed_bucket};
use crate::facts::{Failure, S3Endpoint};
use crate::operation::{Cloud, Region};
use crate::settings::{AwsSettings, ObjectSettings};
use aws_config::SdkConfig;
use std::sync::OnceLock;

/// AWS as the settings of a run reach it.
pub struct AwsCloud;

/// An AWS region.
pub struct AwsRegion {
    config: SdkConfig,
    endpoint: S3Endpoint,
    /// The account of the managed bucket, once that was asked for.
    managed_owner: OnceLock<String>,
}

#[cfg(test)]
impl AwsRegion {
    pub fn with_credentials(self, credentials: aws_credential_types::provider::SharedCredentialsProvider) -> Self {
        Self { config: self.config.into_builder().credentials_provider(credentials).build(), ..self }
    }
}

impl Cloud for AwsCloud {
    type Region = AwsRegion;

    async fn region(&self, aws: &AwsSettings) -> Result<AwsRegion, Failure> {
        let config = load(aws).await?;
        let endpoint = endpoint::resolve(&config).await?;
        let region = config.region().map(AsRef::as_ref);
        tracing::debug!(region, ?endpoint, profile = aws.profile, role = aws.role_arn, "AWS");
        Ok(AwsRegion { config, endpoint, managed_owner: OnceLock::new() })
    }
}

impl Region for AwsRegion {
    type Objects = S3Store;
    type Stacks = CloudFormation;

    fn name(&self) -> Option<String> {
        self.config.region().map(ToString::to_string)
    }

    fn endpoint(&self) -> &S3Endpoint {
        &self.endpoint
    }

    /// The managed bucket must belong to the account of its stack: after a deletion, anyone could create a bucket of its name.
    fn objects(&self, objects: &ObjectSettings) -> S3Store {
        let owner = objects.expected_bucket_owner.clone().or_else(|| self.managed_owner.get().cloned());
        S3Store::new(&self.config, &ObjectSettings { expected_bucket_owner: owner, ..objects.clone() })
    }

    fn stacks(&self) -> CloudFormation {
        CloudFormation::new(&self.config)
    }

    async fn managed_bucket(&self) -> Result<String, Failure> {
        let bucket = managed_bucket(&self.config).await?;
        if let Some(account) = bucket.account {
            self.managed_owner.get_or_init(|| account);
        }
        Ok(bucket.name)
    }
}
