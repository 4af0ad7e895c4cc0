//! The settings about AWS: where and as whom to call it, and how objects are stored there.

use crate::cli::AwsArguments;
use crate::facts::Secret;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// What the SDK gets for a wait without limit.
const NO_LIMIT: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How to reach AWS. `None` leaves a setting to the environment and the profile, as in the AWS CLI.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AwsSettings {
    pub region: Option<String>,
    pub profile: Option<String>,
    /// A URL that stands for every service, such as an emulator's.
    pub endpoint_url: Option<String>,
    /// A file of PEM certificates to trust instead of the system's; `AWS_CA_BUNDLE` when absent.
    pub ca_bundle: Option<PathBuf>,
    /// A role to assume before anything else is called.
    pub role_arn: Option<String>,
    /// The external id that the trust policy of that role asks for.
    pub external_id: Option<Secret>,
    /// The name under which the assumed role appears in CloudTrail.
    pub role_session: Option<String>,
    /// Limits the session of the assumed role that stores objects. `None` if the run needs more than uploads; a
    /// deployment has a second session for CloudFormation, without limit.
    pub upload_scope: Option<UploadScope>,
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
    /// `None`: `AES256`, as the peers ask for.
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

impl From<AwsArguments> for AwsSettings {
    fn from(arguments: AwsArguments) -> Self {
        let seconds = |seconds| if seconds == 0 { NO_LIMIT } else { Duration::from_secs(u64::from(seconds)) };
        Self {
            region: arguments.region,
            profile: arguments.profile,
            endpoint_url: arguments.endpoint_url,
            ca_bundle: arguments.ca_bundle,
            role_arn: arguments.role_arn,
            external_id: arguments.external_id,
            role_session: None,
            upload_scope: None,
            connect_timeout: arguments.cli_connect_timeout.map(seconds),
            read_timeout: arguments.cli_read_timeout.map(seconds),
        }
    }
}
