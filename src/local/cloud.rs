//! The host's own role where there is no account: code goes into folders too.

use super::FolderStore;
use crate::facts::{Failure, FailureKind, S3Endpoint};
use crate::operation::{Cloud, Region};
use crate::settings::{AwsSettings, ObjectSettings};

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
    type Region = FolderRegion;

    async fn region(&self, aws: &AwsSettings) -> Result<FolderRegion, Failure> {
        let region = aws.region.as_deref().unwrap_or(REGION);
        let endpoint = S3Endpoint::new(&format!("https://s3.{region}.amazonaws.com"));
        Ok(FolderRegion { store: self.store.clone(), endpoint })
    }
}

/// A region whose buckets are in the same folder as those of every other.
pub struct FolderRegion {
    store: FolderStore,
    endpoint: S3Endpoint,
}

impl Region for FolderRegion {
    type Objects = FolderStore;

    fn endpoint(&self) -> &S3Endpoint {
        &self.endpoint
    }

    fn objects(&self, _: &ObjectSettings) -> FolderStore {
        self.store.clone()
    }

    async fn managed_bucket(&self) -> Result<String, Failure> {
        Err(Failure::new(FailureKind::Usage, "a rehearsal has no managed bucket")
            .with_hint("name a bucket: S3Bucket=NAME"))
    }
}
