//! What a job of CodePipeline holds: artifacts, action configuration, credentials.

use crate::facts::{S3Location, Secret};
use crate::operation::{action, is_secret};
use std::collections::BTreeMap;
use std::fmt;

/// A job of CodePipeline. What becomes a file name or an argument of a call is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    pub id: JobId,
    /// Absent from the events of Lambda invoke actions.
    pub pipeline: Option<PipelineContext>,
    pub configuration: ActionConfiguration,
    /// In the order of the action.
    pub inputs: Vec<PipelineArtifact>,
    pub outputs: Vec<PipelineArtifact>,
    /// For the objects of `inputs` and `outputs` only. Absent if the action has no artifacts.
    pub credentials: Option<ArtifactCredentials>,
    /// The key of the artifact store; absent if that is the account's `aws/s3` key.
    pub encryption_key: Option<EncryptionKey>,
    /// From the previous job of the same action execution.
    pub continuation_token: Option<String>,
}

impl Job {
    /// Whether it has input or output artifacts.
    pub fn has_artifacts(&self) -> bool {
        !self.inputs.is_empty() || !self.outputs.is_empty()
    }

    /// The secrets in the job.
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
    /// Checks the pattern of the API: 8-4-4-4-12 lower-case hexadecimal digits.
    pub fn new(text: &str) -> Option<Self> {
        let groups: Vec<_> = text.split('-').collect();
        let is_hex = |group: &&str| group.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let lengths = groups.iter().map(|group| group.len());
        (lengths.eq([8, 4, 4, 4, 12]) && groups.iter().all(is_hex)).then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The pipeline, stage and action that a job belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PipelineContext {
    pub pipeline: String,
    pub stage: Option<String>,
    pub action: Option<String>,
    /// The same in every job that continues the action.
    pub action_execution_id: Option<String>,
    pub pipeline_execution_id: Option<String>,
}

/// An input or output artifact of the action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PipelineArtifact {
    /// 1 to 100 letters, digits, `_` and `-`, hence safe in a file name.
    pub name: String,
    pub location: S3Location,
    /// For example a commit id.
    pub revision: Option<String>,
}

/// Temporary credentials for the job's artifacts, valid for about 15 minutes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactCredentials {
    pub access_key_id: String,
    pub secret_access_key: Secret,
    pub session_token: Secret,
}

/// The customer's KMS key of an artifact store: key id, key ARN or alias ARN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncryptionKey(pub String);

/// The properties of the action, with resolved values.
///
/// `Debug` leaves out the values: the API does not mark the secret ones.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct ActionConfiguration {
    properties: BTreeMap<String, String>,
}

impl ActionConfiguration {
    pub fn new<K: Into<String>, V: Into<String>>(properties: impl IntoIterator<Item = (K, V)>) -> Self {
        Self { properties: properties.into_iter().map(|(key, value)| (key.into(), value.into())).collect() }
    }

    pub fn get(&self, key: &str) -> Option<&str> {
        self.properties.get(key).map(String::as_str)
    }

    /// Properties and values, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.properties.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Whether the value of a property is secret: by our action type, or by its name.
    pub fn is_secret(key: &str) -> bool {
        let key = key.to_lowercase();
        is_secret(&key) || ["secret", "token", "password"].iter().any(|word| key.contains(word))
    }

    /// The values of secret properties, including those in `Options`.
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
