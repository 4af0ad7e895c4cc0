//! The host's own role where there is no account: code goes into folders too.

use super::FolderStore;
use crate::failure::{Failure, FailureKind};
use crate::s3_location::S3Endpoint;
use crate::settings::PackageSettings;
use crate::step::Cloud;

/// Buckets in a folder, for a run that would go to AWS.
pub struct FolderCloud {
    store: FolderStore,
    endpoint: S3Endpoint,
}

impl FolderCloud {
    /// Code goes to this store.
    pub fn new(store: FolderStore, endpoint: S3Endpoint) -> Self {
        Self { store, endpoint }
    }
}

impl Cloud for FolderCloud {
    type Objects = FolderStore;

    async fn endpoint(&self, _: &PackageSettings) -> Result<S3Endpoint, Failure> {
        Ok(self.endpoint.clone())
    }

    async fn objects(&self, _: &PackageSettings) -> Result<FolderStore, Failure> {
        Ok(self.store.clone())
    }

    async fn managed_bucket(&self, _: &PackageSettings) -> Result<String, Failure> {
        Err(Failure::new(FailureKind::Usage, "a rehearsal has no managed bucket")
            .with_hint("name a bucket: S3Bucket=NAME"))
    }
}
