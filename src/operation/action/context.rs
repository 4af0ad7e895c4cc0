//! What an action is given: its properties, its artifacts, and the host that runs it.

use super::artifact_path::ArtifactPath;
use crate::cli::AllowArguments;
use crate::facts::{Environment, Failure, S3Location};
use crate::settings::AwsSettings;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What an action is asked to do, and the facts of its job that matter for that.
pub struct Action<'a> {
    pub job_id: &'a str,
    /// By name, in PascalCase; `Operation` and `Options` are taken out.
    pub properties: BTreeMap<String, String>,
    /// The input artifacts by name, each with its object.
    pub inputs: Vec<(&'a str, &'a S3Location)>,
    /// The object of the first output artifact.
    pub output: Option<&'a S3Location>,
    /// The KMS key of the artifact store; absent if that is the account's `aws/s3` key.
    pub encryption_key: Option<&'a str>,
}

/// A file of an input artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputFile {
    /// The artifact's root folder, which no path may leave.
    pub root: PathBuf,
    pub path: PathBuf,
}

/// The unpacked input artifacts of an action.
pub trait InputFiles {
    /// Finds a file. Without an artifact's name it is in the first artifact.
    fn find(&self, path: &ArtifactPath) -> Result<InputFile, Failure>;
}

/// The host that runs actions. Their authors cannot change it.
pub struct ActionHost<'a> {
    pub aws: &'a AwsSettings,
    pub environment: &'a Environment,
    /// What the operator allows actions to name.
    pub allowed: &'a AllowArguments,
}
