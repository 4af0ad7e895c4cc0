//! Where an action puts code: the bucket of a property, else the host's bucket, else the artifact bucket.

use super::context::Action;
use super::property::S3_BUCKET;
use crate::cli::is_on;
use crate::facts::Environment;
use crate::settings::{AUTO, Encryption};
use std::collections::BTreeMap;

const RESOLVE_S3: &str = "ResolveS3";
const TARGET: &str = "Target";
const SSE: &str = "Sse";
const KMS_KEY_ID: &str = "KmsKeyId";
/// With it, the operator of the host names the bucket for code.
const S3_BUCKET_VARIABLE: &str = "SAMSTEP_S3_BUCKET";

/// The artifacts of a job as a place for code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodePlace {
    bucket: String,
    encryption: Encryption,
}

impl CodePlace {
    /// The bucket of the artifacts; `None` for an action without any.
    pub fn of(action: &Action<'_>) -> Option<Self> {
        let location = action.output.or_else(|| action.inputs.first().map(|(_, location)| *location))?;
        let key_id = action.encryption_key.map(str::to_owned);
        Some(Self { bucket: location.bucket.clone(), encryption: Encryption::Kms { key_id } })
    }

    /// The properties with the bucket for code. samconfig may not set it: anyone who can commit could redirect uploads.
    pub fn complete(
        &self,
        mut properties: BTreeMap<String, String>,
        environment: &Environment,
    ) -> BTreeMap<String, String> {
        if is_switched_on(&properties, RESOLVE_S3) {
            return properties;
        }
        // A samconfig beside the template often asks for the managed bucket of a developer's account.
        properties.insert(RESOLVE_S3.to_owned(), "false".to_owned());
        if !properties.contains_key(TARGET) {
            let of_host = environment.get(S3_BUCKET_VARIABLE).unwrap_or(AUTO);
            let bucket = properties.entry(S3_BUCKET.to_owned()).or_insert_with(|| of_host.to_owned());
            if bucket == AUTO {
                bucket.clone_from(&self.bucket);
            }
        }
        properties
    }

    /// How code is encrypted in the bucket of the artifacts, unless the properties say otherwise: like the artifacts.
    /// The bucket policy that the console of CodePipeline makes accepts nothing else.
    pub fn encryption(&self, properties: &BTreeMap<String, String>) -> Option<Encryption> {
        let is_beside_artifacts = properties.get(S3_BUCKET) == Some(&self.bucket)
            && !properties.contains_key(TARGET)
            && !is_switched_on(properties, RESOLVE_S3);
        let is_said = [SSE, KMS_KEY_ID].iter().any(|property| properties.contains_key(*property));
        (is_beside_artifacts && !is_said).then(|| self.encryption.clone())
    }
}

/// Whether a property turns a switch on.
pub fn is_switched_on(properties: &BTreeMap<String, String>, switch: &str) -> bool {
    properties.get(switch).is_some_and(|value| is_on(value))
}
