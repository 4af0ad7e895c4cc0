//! What a run asks of its host's own role.

use crate::failure::Failure;
use crate::package::ObjectStore;
use crate::s3_location::S3Endpoint;
use crate::settings::{AwsSettings, ObjectSettings};

/// AWS, or what stands in for it.
pub trait Cloud {
    /// A region of it, as one role reaches it.
    type Region: Region;

    /// The region that the settings say, found without a call.
    async fn region(&self, aws: &AwsSettings) -> Result<Self::Region, Failure>;
}

/// A region, as one role reaches it.
pub trait Region {
    /// Where code goes.
    type Objects: ObjectStore;

    /// The endpoint of S3.
    fn endpoint(&self) -> &S3Endpoint;

    /// The store for code.
    fn objects(&self, objects: &ObjectSettings) -> Self::Objects;

    /// The bucket that `--resolve-s3` stands for.
    async fn managed_bucket(&self) -> Result<String, Failure>;
}
