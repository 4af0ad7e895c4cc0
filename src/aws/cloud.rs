//! AWS under the host's own role: where code is uploaded, and where stacks are.

use super::cloudformation::CloudFormation;
use super::config::{ca_bundle, load_own, with_role};
use super::links::Links;
use super::serverless_repo::ServerlessRepo;
use super::{S3Store, endpoint};
use crate::facts::{Failure, FailureKind, Reporter, S3Endpoint};
use crate::operation::{Cloud, ManagedBucket, Region, managed_bucket};
use crate::settings::{AwsSettings, ObjectSettings};
use aws_config::SdkConfig;
use std::sync::OnceLock;

/// AWS as the settings of a run reach it.
pub struct AwsCloud;

/// An AWS region.
pub struct AwsRegion {
    /// A role's session may be limited to the uploads of the run.
    config: SdkConfig,
    /// A role's session without that limit.
    ///
    /// Without a service role, CloudFormation acts with the caller's credentials: it reads the template from its bucket,
    /// and creates, changes and deletes every resource of the stack. A session policy would have to allow all of that
    /// beside `cloudformation:*`.
    stacks_config: SdkConfig,
    endpoint: S3Endpoint,
    links: Links,
    /// The account of the managed bucket, once that was asked for.
    managed_owner: OnceLock<String>,
}

impl AwsRegion {
    /// A region as its role reaches it. `own` has the credentials that assume the role; nothing is called yet.
    pub async fn new(own: SdkConfig, aws: &AwsSettings) -> Result<Self, Failure> {
        let endpoint = endpoint::resolve(&own).await?;
        let config = with_role(own.clone(), aws).await;
        let stacks_config = match aws.upload_scope {
            Some(_) => with_role(own, &AwsSettings { upload_scope: None, ..aws.clone() }).await,
            // One session is enough.
            None => config.clone(),
        };
        let links = Links::new(ca_bundle(aws).as_deref())?;
        Ok(Self { config, stacks_config, endpoint, links, managed_owner: OnceLock::new() })
    }

    #[cfg(test)]
    pub fn with_credentials(self, credentials: aws_credential_types::provider::SharedCredentialsProvider) -> Self {
        let with = |config: SdkConfig| config.into_builder().credentials_provider(credentials.clone()).build();
        Self { config: with(self.config), stacks_config: with(self.stacks_config), ..self }
    }
}

impl Cloud for AwsCloud {
    type Region = AwsRegion;

    async fn region(&self, aws: &AwsSettings) -> Result<AwsRegion, Failure> {
        let region = AwsRegion::new(load_own(aws).await?, aws).await?;
        let (name, endpoint) = (region.name(), &region.endpoint);
        tracing::debug!(region = name, ?endpoint, profile = aws.profile, role = aws.role_arn, "AWS");
        Ok(region)
    }
}

impl Region for AwsRegion {
    type Objects = S3Store;
    type Stacks = CloudFormation;
    type Applications = ServerlessRepo;

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
        CloudFormation::new(&self.stacks_config)
    }

    fn applications(&self) -> ServerlessRepo {
        ServerlessRepo::new(&self.stacks_config, self.links.clone())
    }

    async fn managed_bucket(&self, reporter: &dyn Reporter) -> Result<String, Failure> {
        if self.name().is_none() {
            return Err(no_region());
        }
        let ManagedBucket { name, account } = managed_bucket(&self.stacks(), reporter, tokio::time::sleep).await?;
        if let Some(account) = account {
            self.managed_owner.get_or_init(|| account);
        }
        Ok(name)
    }
}

fn no_region() -> Failure {
    Failure::new(FailureKind::Usage, "cannot find the managed bucket: no region is given")
        .with_hint("give --region or set AWS_REGION")
}
