//! The host's own role where there is no account: code goes into folders too.

use super::FolderStore;
use crate::failure::{Failure, FailureKind};
use crate::s3_location::S3Endpoint;
use crate::settings::{AwsSettings, ObjectSettings};
use crate::step::Cloud;

/// The region where CloudFormation would fetch from, were a rehearsal the real thing and no other named.
const REGION: &str = "us-east-1";

/// Buckets in a folder, for a run that would go to AWS.
pub struct FolderCloud {
    store: FolderStore,
}

impl FolderCloud {
    /// Code goes to this store.
    pub fn new(store: FolderStore) -> Self {
        Self { store }
    }
}

impl Cloud for FolderCloud {
    type Objects = FolderStore;

    async fn endpoint(&self, aws: &AwsSettings) -> Result<S3Endpoint, Failure> {
        let region = aws.region.as_deref().unwrap_or(REGION);
        Ok(S3Endpoint::new(&format!("https://s3.{region}.amazonaws.com")))
    }

    async fn objects(&self, _: &AwsSettings, _: &ObjectSettings) -> Result<FolderStore, Failure> {
        Ok(self.store.clone())
    }

    async fn managed_bucket(&self, _: &AwsSettings) -> Result<String, Failure> {
        Err(Failure::new(FailureKind::Usage, "a rehearsal has no managed bucket")
            .with_hint("name a bucket: S3Bucket=NAME"))
    }
}
