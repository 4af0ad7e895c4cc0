//! CodePipeline's unit of work: a job is parsed, its input artifacts are fetched, the operation runs, the output artifact
//! is stored, and one result is put.

mod continuation;
mod ending;
mod input;
mod jobs;
mod operations;
mod output;
mod parse;
mod report;
mod request;
mod result;
mod run;
mod services;
mod store;

pub use ending::reject;
pub use input::{InputError, Inputs, unpack_artifact};
pub use jobs::Jobs;
pub use operations::ActionOperations;
pub use parse::JobError;
pub use report::LONGEST_REPORT;
pub use result::{JobFailure, JobResult, JobSuccess, JobSuspension};
pub use run::{panicked, run};
pub use services::{JobOptions, Operations, Services};
pub use store::{ArtifactStore, FetchError};

use crate::facts::{S3Location, Secret};
use crate::operation::{action, is_secret};
use std::collections::BTreeMap;
use std::fmt;

/// A job as CodePipeline hands it out, with everything checked that later becomes a name or a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Which job it is.
    pub id: JobId,
    /// Where in which pipeline it runs. Lambda invoke actions are not told.
    pub pipeline: Option<PipelineContext>,
    /// What the pipeline's author asks for.
    pub configuration: ActionConfiguration,
    /// What the step works on, in the order of the action.
    pub inputs: Vec<PipelineArtifact>,
    /// Where the step must write.
    pub outputs: Vec<PipelineArtifact>,
    /// Credentials for the objects of `inputs` and `outputs` alone. Absent when the action has no artifacts.
    pub credentials: Option<ArtifactCredentials>,
    /// The key that encrypts the artifact store; absent where that is the account's `aws/s3` key.
    pub encryption_key: Option<EncryptionKey>,
    /// What an earlier job of the same action execution left for this one.
    pub continuation_token: Option<String>,
}

impl Job {
    /// Everything that came with the job and must not be shown.
    pub fn secrets(&self) -> Vec<Secret> {
        let session = self
            .credentials
            .iter()
            .flat_map(|it| [Secret::new(&it.access_key_id), it.secret_access_key.clone(), it.session_token.clone()]);
        session.chain(self.configuration.secrets()).collect()
    }
}

/// A job's id: a UUID in lower case, hence safe in a file name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(String);

impl JobId {
    /// Checks the pattern of the wire: 8-4-4-4-12 lower-case hexadecimal digits.
    pub fn new(text: &str) -> Option<Self> {
        let groups: Vec<_> = text.split('-').collect();
        let is_hex = |group: &&str| group.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let lengths = groups.iter().map(|group| group.len());
        (lengths.eq([8, 4, 4, 4, 12]) && groups.iter().all(is_hex)).then(|| Self(text.to_owned()))
    }

    /// The id as it is on the wire.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where a job runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PipelineContext {
    /// The pipeline's name.
    pub pipeline: String,
    /// The stage's name.
    pub stage: Option<String>,
    /// The action's name.
    pub action: Option<String>,
    /// The action's execution: the same in every job that continues it.
    pub action_execution_id: Option<String>,
    /// The pipeline's execution.
    pub pipeline_execution_id: Option<String>,
}

/// An input or output artifact of the action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PipelineArtifact {
    /// Its name in the pipeline: 1 to 100 of letters, digits, `_` and `-`, hence safe in a file name.
    pub name: String,
    /// The one object that it is.
    pub location: S3Location,
    /// What the source action calls this revision.
    pub revision: Option<String>,
}

/// The session that CodePipeline opens for the job's artifacts, for about 15 minutes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactCredentials {
    /// Names the session; not a secret.
    pub access_key_id: String,
    /// The secret half of the key.
    pub secret_access_key: Secret,
    /// The session's token.
    pub session_token: Secret,
}

/// The customer's KMS key of an artifact store: key id, key ARN or alias ARN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncryptionKey(pub String);

/// The properties of the action, with the values that CodePipeline resolved.
///
/// Values never appear in `Debug`: which of them are secret is not told by the wire.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct ActionConfiguration {
    properties: BTreeMap<String, String>,
}

impl ActionConfiguration {
    /// The configuration made of these properties.
    pub fn new<K: Into<String>, V: Into<String>>(properties: impl IntoIterator<Item = (K, V)>) -> Self {
        Self { properties: properties.into_iter().map(|(key, value)| (key.into(), value.into())).collect() }
    }

    /// The value of a property.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.properties.get(key).map(String::as_str)
    }

    /// Properties and values, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.properties.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Whether the value of a property must never be shown: by the action type or its name, since the wire does not tell.
    pub fn is_secret(key: &str) -> bool {
        let key = key.to_lowercase();
        is_secret(&key) || ["secret", "token", "password"].iter().any(|word| key.contains(word))
    }

    /// The values of secret properties, also of those in `Options`.
    pub fn secrets(&self) -> impl Iterator<Item = Secret> {
        let options = self.get(action::OPTIONS).and_then(|options| action::options_of(options).ok());
        let own = self.iter().map(|(key, value)| (key.to_owned(), value.to_owned()));
        own.chain(options.unwrap_or_default())
            .filter(|(key, _)| Self::is_secret(key))
            .map(|(_, value)| Secret::new(value))
    }
}

impl fmt::Debug for ActionConfiguration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.properties.keys()).finish()
    }
}
