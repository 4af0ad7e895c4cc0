//! What the settings say of AWS: where and as whom to call it, and how objects are stored there.

use crate::facts::Secret;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// How to reach AWS. What is `None` is left to the environment and the profile, as in the AWS CLI.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AwsSettings {
    /// The region of every client.
    pub region: Option<String>,
    /// The profile of the shared configuration files.
    pub profile: Option<String>,
    /// A URL that stands for every service, such as an emulator's.
    pub endpoint_url: Option<String>,
    /// A file of PEM certificates to trust instead of the system's; `AWS_CA_BUNDLE` when absent.
    pub ca_bundle: Option<PathBuf>,
    /// A role to assume before anything else is called.
    pub role_arn: Option<String>,
    /// What the trust policy of that role asks for.
    pub external_id: Option<Secret>,
    /// The name under which the assumed role appears in CloudTrail.
    pub role_session: Option<String>,
    /// What the assumed role may access; everything that it may if `None`.
    pub upload_scope: Option<UploadScope>,
    /// Longest wait for a connection.
    pub connect_timeout: Option<Duration>,
    /// Longest wait for the first byte of an answer.
    pub read_timeout: Option<Duration>,
}

/// The objects that a run uploads to one bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadScope {
    pub bucket: String,
    /// Without slashes at their ends; `None` for the whole bucket.
    pub prefixes: Vec<Option<String>>,
}

/// How objects are written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ObjectSettings {
    /// Encryption at rest, when somebody says.
    pub encryption: Option<Encryption>,
    /// User metadata of every object, names without `x-amz-meta-`.
    pub metadata: BTreeMap<String, String>,
    /// The account that must own the bucket (`x-amz-expected-bucket-owner`).
    pub expected_bucket_owner: Option<String>,
}

/// `x-amz-server-side-encryption` and the key that goes with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Encryption {
    /// `AES256`, as the peers ask for by default.
    Aes256,
    /// `aws:kms`.
    Kms {
        /// Key id, key ARN or alias; the account's `aws/s3` key when absent.
        key_id: Option<String>,
    },
    /// `aws:kms:dsse`, two layers.
    KmsDsse {
        /// Key id, key ARN or alias; the account's `aws/s3` key when absent.
        key_id: Option<String>,
    },
    /// No header: the bucket's own default.
    BucketDefault,
}
