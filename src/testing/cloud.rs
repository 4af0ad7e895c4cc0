//! A cloud in memory: one store and one CloudFormation for every region.

use super::applications::FakeApplications;
use super::stacks::FakeStacks;
use super::store::MemoryStore;
use crate::facts::{Failure, Reporter, S3Endpoint};
use crate::operation::{Cloud, Region};
use crate::settings::{AwsSettings, ObjectSettings};

/// The cloud. Clones share everything.
#[derive(Clone)]
pub struct FakeCloud {
    pub store: MemoryStore,
    pub stacks: FakeStacks,
    pub applications: FakeApplications,
    endpoint: S3Endpoint,
}

impl FakeCloud {
    pub fn new(stacks: FakeStacks) -> Self {
        let endpoint = S3Endpoint::new("https://s3.eu-west-1.amazonaws.com");
        Self { store: MemoryStore::new(), stacks, applications: FakeApplications::default(), endpoint }
    }
}

impl Cloud for FakeCloud {
    type Region = Self;

    async fn region(&self, _: &AwsSettings) -> Result<Self, Failure> {
        Ok(self.clone())
    }
}

impl Region for FakeCloud {
    type Objects = MemoryStore;
    type Stacks = FakeStacks;
    type Applications = FakeApplications;

    fn name(&self) -> Option<String> {
        Some("eu-west-1".to_owned())
    }

    fn endpoint(&self) -> &S3Endpoint {
        &self.endpoint
    }

    fn objects(&self, _: &ObjectSettings) -> MemoryStore {
        self.store.clone()
    }

    fn stacks(&self) -> FakeStacks {
        self.stacks.clone()
    }

    fn applications(&self) -> FakeApplications {
        self.applications.clone()
    }

    async fn managed_bucket(&self, _: &dyn Reporter) -> Result<String, Failure> {
        Ok("managed".to_owned())
    }
}
