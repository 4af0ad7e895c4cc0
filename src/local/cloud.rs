//! Folders in place of the buckets for code, of stacks, and of the repository of applications.

use super::FolderStore;
use super::applications::FolderApplications;
use super::stacks::FolderStacks;
use crate::facts::{Failure, FailureKind, Reporter, S3Endpoint};
use crate::operation::{Cloud, Region};
use crate::settings::{AwsSettings, ObjectSettings};
use std::path::PathBuf;

/// The region of template URLs unless the settings name one.
const REGION: &str = "us-east-1";

pub struct FolderCloud {
    store: FolderStore,
    stacks: PathBuf,
    applications: PathBuf,
}

impl FolderCloud {
    /// Keeps stacks below the folder `stacks`, and writes what is published below `applications`.
    pub fn new(store: FolderStore, stacks: PathBuf, applications: PathBuf) -> Self {
        Self { store, stacks, applications }
    }
}

impl Cloud for FolderCloud {
    type Region = FolderRegion;

    async fn region(&self, aws: &AwsSettings) -> Result<FolderRegion, Failure> {
        let region = aws.region.as_deref().unwrap_or(REGION);
        let endpoint = S3Endpoint::new(&format!("https://s3.{region}.amazonaws.com"));
        let stacks = FolderStacks::new(self.stacks.clone(), region, self.store.clone(), endpoint.clone());
        let applications = FolderApplications::new(self.applications.clone(), region);
        Ok(FolderRegion { store: self.store.clone(), stacks, applications, endpoint })
    }
}

/// All regions share one folder of buckets; each has its own stacks.
pub struct FolderRegion {
    store: FolderStore,
    stacks: FolderStacks,
    applications: FolderApplications,
    endpoint: S3Endpoint,
}

impl Region for FolderRegion {
    type Objects = FolderStore;
    type Stacks = FolderStacks;
    type Applications = FolderApplications;

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
        self.stacks.clone()
    }

    fn applications(&self) -> FolderApplications {
        self.applications.clone()
    }

    async fn managed_bucket(&self, _: &dyn Reporter) -> Result<String, Failure> {
        Err(Failure::new(FailureKind::Usage, "a rehearsal has no managed bucket")
            .with_hint("name a bucket: S3Bucket=NAME"))
    }
}
