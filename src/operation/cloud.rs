//! What an operation calls with the host's own role.

use super::application::DeployableApplications;
use crate::deploy::Stacks;
use crate::facts::{Failure, Reporter, S3Endpoint};
use crate::package::ObjectStore;
use crate::publish::{Applications, NamedObjects};
use crate::settings::{AwsSettings, ObjectSettings};

/// AWS, or its stand-in.
pub trait Cloud {
    type Region: Region;

    /// Resolves the region without a call.
    async fn region(&self, aws: &AwsSettings) -> Result<Self::Region, Failure>;
}

/// A region, as one role reaches it.
pub trait Region {
    /// The store for code.
    type Objects: ObjectStore + NamedObjects;
    /// CloudFormation.
    type Stacks: Stacks;
    /// The Serverless Application Repository.
    type Applications: Applications + DeployableApplications;

    /// Its name, such as `eu-west-1`; `None` for folders.
    fn name(&self) -> Option<String>;

    /// The endpoint of S3.
    fn endpoint(&self) -> &S3Endpoint;

    fn objects(&self, objects: &ObjectSettings) -> Self::Objects;

    /// CloudFormation, without the limits of `objects`.
    fn stacks(&self) -> Self::Stacks;

    /// The repository, without the limits of `objects`.
    fn applications(&self) -> Self::Applications;

    /// The bucket of `--resolve-s3`, created if absent, which is reported.
    async fn managed_bucket(&self, reporter: &dyn Reporter) -> Result<String, Failure>;
}
