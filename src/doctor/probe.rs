//! What the checks ask of AWS. No call writes.

use crate::facts::ServiceError;
use std::time::Duration;

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    pub account: String,
    pub arn: String,
    /// How far the clock of this machine is from that of the service, if the service gave its time.
    pub clock_offset: Option<Duration>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BucketFacts {
    pub region: Option<String>,
}

/// AWS, as the credentials of a run reach it.
pub trait Probe {
    fn region(&self) -> Option<String>;

    /// The base URL of S3.
    fn endpoint(&self) -> String;

    /// `sts:GetCallerIdentity`, which needs no permission.
    async fn identity(&self) -> Result<Identity, ServiceError>;

    /// HeadBucket; `owner` is the account that must own the bucket.
    async fn bucket(&self, name: &str, owner: Option<&str>) -> Result<BucketFacts, ServiceError>;

    /// Whether the bucket keeps versions.
    async fn versioning(&self, name: &str) -> Result<bool, ServiceError>;

    /// The default encryption of the bucket, such as `aws:kms`.
    async fn encryption(&self, name: &str) -> Result<String, ServiceError>;

    /// HEAD of an object below a prefix that does not exist. Success is its absence.
    async fn object(&self, bucket: &str, prefix: Option<&str>) -> Result<(), ServiceError>;

    /// `kms:GenerateDataKey` as a dry run.
    async fn key(&self, id: &str) -> Result<(), ServiceError>;
}
