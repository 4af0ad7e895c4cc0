//! What an operation calls with the host's own role.

use crate::facts::{Failure, S3Endpoint};
use crate::package::ObjectStore;
use crate::settings::{AwsSettings, ObjectSettings};

/// AWS, or its stand-in.
pub trait Cloud {
    /// A region of it, as one role reaches it.
    type Region: Region;

    /// Resolves the region without a call.
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
