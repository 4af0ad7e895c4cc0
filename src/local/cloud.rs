//! Folders in place of the buckets for code.

use super::FolderStore;
use super::stacks::FolderStacks;
use crate::facts::{Failure, FailureKind, S3Endpoint};
use crate::operation::{Cloud, Region};
use crate::settings::{AwsSettings, ObjectSettings};

/// The region of template URLs unless the settings name one.
const REGION: &str = "us-east-1";

pub struct FolderCloud {
    store: FolderStore,
}

impl FolderCloud {
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

/// All regions share one folder of buckets.
pub struct FolderRegion {
    store: FolderStore,
    endpoint: S3Endpoint,
}

impl Region for FolderRegion {
    type Objects = FolderStore;
    type Stacks = FolderStacks;

    fn name(&self) -> Option<String> {
        None
    }

    fn endpoint(&self) -> &S3Endpoint {
        &self.endpoint
    }

    fn objects(&self, _: &ObjectSettings) -> FolderStore {
        self.store.clone()
    }

    fn stacks(&self) -> FolderStacks {
        FolderStacks
    }

    async fn managed_bucket(&self) -> Result<String, Failure> {
        Err(Failure::new(FailureKind::Usage, "a rehearsal has no managed bucket")
            .with_hint("name a bucket: S3Bucket=NAME"))
    }
}
