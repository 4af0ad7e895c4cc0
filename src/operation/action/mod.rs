//! Pipeline actions: the properties that an author sets, read and checked, become an operation.
//!
//! Properties are the flags of the command line in PascalCase. A few have a meaning of their own here, because an action
//! has artifacts in place of folders; some belong to the host alone.

mod action_type;
mod allowed;
mod artifact_path;
mod package;
mod properties;

pub use action_type::{ActionType, PACKAGE_PROPERTIES, Property, is_secret};
pub use artifact_path::ArtifactPath;
pub use package::PackageRequest;
pub use properties::{flat_properties, options_of, pascal_case};

use super::{OPERATIONS, Operation, Row};
use crate::cli::AllowArguments;
use crate::facts::{Environment, Failure, FailureKind, Redactor, S3Location};
use crate::settings::{AwsSettings, Resolved};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// `Operation`: what the action does.
pub const OPERATION: &str = "Operation";
/// `Options`: the flags that have no property of their own, as a JSON object.
pub const OPTIONS: &str = "Options";

/// The entry of the output artifact that holds the named values of the outcome.
pub const OUTPUTS_FILE: &str = "step-outputs.json";

/// What an action is asked to do, and the facts of its job that matter for that.
pub struct Action<'a> {
    pub job_id: &'a str,
    /// By name, in PascalCase; `Operation` and `Options` are taken out.
    pub properties: BTreeMap<String, String>,
    /// The object of the first output artifact.
    pub output: Option<&'a S3Location>,
    /// The KMS key of the artifact store; absent if that is the account's `aws/s3` key.
    pub encryption_key: Option<&'a str>,
}

/// What an action asks for, checked as far as that is possible without its input artifacts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    Package(PackageRequest),
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

/// The row of the operation that properties name, which are left without that name.
pub fn take_operation(properties: &mut BTreeMap<String, String>) -> Result<&'static Row, Failure> {
    let Some(name) = properties.remove(OPERATION) else { return Ok(&OPERATIONS[0]) };
    OPERATIONS.iter().find(|row| row.name == name).ok_or_else(|| {
        let names: Vec<_> = OPERATIONS.iter().map(|row| row.name).collect();
        usage(format!("the action configuration asks for the unknown operation `{name}`"))
            .with_hint(format!("the operations are: {}", names.join(", ")))
    })
}

/// The properties of an action with those in `Options`, by name in PascalCase: the command line takes other spellings
/// too, and one of them must not bypass a check.
pub fn all_properties<'p>(
    properties: impl Iterator<Item = (&'p str, &'p str)>,
) -> Result<BTreeMap<String, String>, Failure> {
    let mut pairs: Vec<_> = properties.map(|(name, value)| (pascal_case(name), value.to_owned())).collect();
    if let Some(at) = pairs.iter().position(|(name, _)| name == OPTIONS) {
        let (_, options) = pairs.remove(at);
        pairs.extend(options_of(&options).map_err(|error| {
            usage(format!("Options of the action configuration must be a JSON object: {error}"))
                .with_hint(r#"write it as {"S3Prefix": "app", "ForceUpload": true}"#)
        })?);
    }
    let mut all = BTreeMap::new();
    for (name, value) in pairs {
        if all.insert(name.clone(), value).is_some() {
            let failure = usage(format!("the action configuration gives {name} twice"));
            return Err(failure.with_hint("leave one of them out"));
        }
    }
    Ok(all)
}

impl Request {
    /// Completes the request with the input artifacts: everything that the operation needs, checked.
    pub fn resolve(
        &self,
        inputs: &impl InputFiles,
        host: &ActionHost<'_>,
        redactor: &Redactor,
    ) -> Result<Resolved<Operation>, Failure> {
        match self {
            Self::Package(request) => {
                let resolved = request.resolve(inputs, host)?;
                redactor.hide(resolved.settings.aws.external_id.clone());
                Ok(resolved.map(|settings| Operation::Package(Box::new(settings))))
            }
        }
    }
}

fn usage(message: impl Into<String>) -> Failure {
    Failure::new(FailureKind::Usage, message)
}
