//! The properties of an action → what the step is asked to do.
//!
//! Properties are the flags of the command line in PascalCase. A few mean something of their own here, since a job
//! has artifacts in place of folders; some are the host's alone.

use super::action_type::{
    OPERATION, OPTIONS, OUTPUT_TEMPLATE_FILE, PROPERTIES, Reader, S3_BUCKET, TEMPLATE_CONFIGURATION, TEMPLATE_PATH,
};
use super::artifact_path::{ArtifactPath, inner_path};
use super::continuation::{Continuation, ContinuationError};
use super::properties::{options_of, pascal_case};
use super::{EncryptionKey, Job, JobId};
use crate::failure::{Explain, FailureKind};
use crate::json::JsonError;
use crate::s3_location::S3Location;
use crate::settings::{AUTO, Encryption, beside, named_after};
use std::collections::BTreeMap;
use std::path::Path;

const RESOLVE_S3: &str = "ResolveS3";
const USE_JSON: &str = "UseJson";
const TARGET: &str = "Target";
/// How code is encrypted.
pub const SSE: &str = "Sse";
/// With which key.
pub const KMS_KEY_ID: &str = "KmsKeyId";

/// The operations that a job can ask for.
const OPERATIONS: [&str; 1] = ["package"];

/// Files of the output artifact that are ours.
pub const OUTPUTS_FILE: &str = "step-outputs.json";
/// Files of the output artifact that are ours.
pub const MANIFEST_FILE: &str = "manifest.json";

/// Properties that would let the author of a pipeline reach into the host, and what to do in their place.
const HOST_ONLY: [(&str, &str); 15] = [
    ("CaBundle", "set it where the worker runs"),
    ("CliConnectTimeout", "set it where the worker runs"),
    ("CliReadTimeout", "set it where the worker runs"),
    ("Color", "set it where the worker runs"),
    ("ConfigFile", "the samconfig beside the template is read"),
    ("Debug", "set it where the worker runs"),
    ("DryRun", "a job has an output artifact to write; try it with samstep rehearse"),
    ("EndpointUrl", "set it where the worker runs"),
    ("JobFile", "a job is not inside another"),
    ("Manifest", "it is always in the output artifact, as manifest.json"),
    ("NoProgressbar", "set it where the worker runs"),
    ("OutputTemplate", "name it with OutputTemplateFile"),
    ("Profile", "the worker's own role is used"),
    ("Template", "name it with TemplatePath"),
    ("TemplateFile", "name it with TemplatePath"),
];

/// What is wrong with an action configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigurationError {
    /// A property without which nothing can be done.
    #[error("the action configuration has no {0}")]
    Missing(&'static str),
    /// An operation that does not exist.
    #[error("the action configuration asks for the unknown operation `{0}`")]
    UnknownOperation(String),
    /// A property that only the host may set.
    #[error("the action configuration sets {0}, which a job may not")]
    HostOnly(&'static str, &'static str),
    /// A property that is given beside `Options` and in it, or in two spellings.
    #[error("the action configuration gives {0} twice")]
    Twice(String),
    /// Options that are not JSON of the right shape.
    #[error("Options of the action configuration must be a JSON object: {0}")]
    Options(JsonError),
    /// A path that does not stay in the artifact.
    #[error("{property} of the action configuration is `{value}`, which is not a path inside an artifact")]
    Path {
        /// The property.
        property: &'static str,
        /// Its value.
        value: String,
    },
    /// Two files of the output artifact with one name.
    #[error("two files of the output artifact would have the name {0}")]
    SameName(String),
    /// Not one output artifact.
    #[error("the job has {0} output artifacts; the step writes exactly one")]
    Outputs(usize),
    /// No input artifact at all.
    #[error("the job has no input artifact")]
    NoInput,
    /// Work that cannot be continued.
    #[error(transparent)]
    Continuation(#[from] ContinuationError),
    /// Artifacts, and nothing to reach them with.
    #[error("the job has artifacts and no credentials for them")]
    NoCredentials,
}

impl Explain for ConfigurationError {
    fn kind(&self) -> FailureKind {
        FailureKind::Usage
    }

    fn hint(&self) -> Option<String> {
        let advice = match self {
            Self::Continuation(error) => return error.hint(),
            Self::Missing(_) => "give the template as Artifact::path, or as a path in the first input artifact",
            Self::UnknownOperation(_) => return Some(format!("the operations are: {}", OPERATIONS.join(", "))),
            Self::HostOnly(_, advice) => advice,
            Self::Twice(_) => "leave one of them out",
            Self::Options(_) => r#"write it as {"S3Prefix": "app", "ForceUpload": true}"#,
            Self::Path { .. } => "write Artifact::path, with / between the steps and no step up",
            Self::SameName(_) => "give OutputTemplateFile another name",
            Self::Outputs(_) => "declare one artifact in the action's outputArtifacts",
            Self::NoInput => "declare the artifact with the template in the action's inputArtifacts",
            Self::NoCredentials => "take the job from PollForJobs or GetJobDetails, which give them",
        };
        Some(advice.to_owned())
    }
}

/// What a job asks for.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// The job that asks.
    pub job: JobId,
    /// The template to package.
    pub template: ArtifactPath,
    /// The packaged template's name in the output artifact.
    pub output_template: String,
    /// Template configurations to hand on to the next action.
    pub template_configurations: Vec<ArtifactPath>,
    /// What an earlier job of the action left, when this one goes on with it.
    pub continuation: Option<Continuation>,
    /// How code is encrypted in the bucket of the artifacts, where the properties do not say: as the artifacts are. The
    /// policy that the console of CodePipeline gives that bucket takes nothing else.
    pub encryption: Option<Encryption>,
    /// The rest: flags in PascalCase, a place for code among them.
    pub properties: BTreeMap<String, String>,
}

impl Request {
    /// Reads the action configuration of a job, and that the job has what the step needs.
    pub fn of(job: &Job) -> Result<Self, ConfigurationError> {
        let output = match job.outputs.as_slice() {
            [output] => &output.location,
            outputs => return Err(ConfigurationError::Outputs(outputs.len())),
        };
        if job.inputs.is_empty() {
            return Err(ConfigurationError::NoInput);
        }
        if job.credentials.is_none() {
            return Err(ConfigurationError::NoCredentials);
        }
        let mut properties = all_properties(job)?;
        check_operation(properties.remove(OPERATION))?;
        for property in PROPERTIES.iter().filter(|property| property.reader == Reader::Workers) {
            properties.remove(property.name);
        }
        if let Some((name, advice)) = HOST_ONLY.into_iter().find(|(name, _)| properties.contains_key(*name)) {
            return Err(ConfigurationError::HostOnly(name, advice));
        }
        let template = properties.remove(TEMPLATE_PATH).ok_or(ConfigurationError::Missing(TEMPLATE_PATH))?;
        let template = artifact_path(TEMPLATE_PATH, &template)?;
        let request = Self {
            job: job.id.clone(),
            output_template: match properties.remove(OUTPUT_TEMPLATE_FILE) {
                Some(name) => output_template(name)?,
                None => default_output_template(&template, is_on(&properties, USE_JSON)),
            },
            template_configurations: template_configurations(properties.remove(TEMPLATE_CONFIGURATION))?,
            continuation: job.continuation_token.as_deref().map(Continuation::parse).transpose()?,
            encryption: code_encryption(&properties, job, output),
            properties: with_bucket(properties, output),
            template,
        };
        request.check_names(&[request.template_name(None)])?;
        Ok(request)
    }

    /// The name of a target's packaged template in the output artifact.
    pub fn template_name(&self, target: Option<&str>) -> String {
        target.map_or_else(
            || self.output_template.clone(),
            |target| named_after(Path::new(&self.output_template), target).to_string_lossy().into_owned(),
        )
    }

    /// The name of the template configuration beside it.
    pub fn configuration_name(&self, target: Option<&str>) -> String {
        beside(Path::new(&self.template_name(target))).to_string_lossy().into_owned()
    }

    /// Checks that files of these names can stand in the output artifact, beside those that are always there.
    pub fn check_names(&self, more: &[String]) -> Result<(), ConfigurationError> {
        let mut names = vec![OUTPUTS_FILE, MANIFEST_FILE];
        let theirs = self.template_configurations.iter().map(|it| it.path.as_str());
        for name in theirs.chain(more.iter().map(String::as_str)) {
            if names.contains(&name) {
                return Err(ConfigurationError::SameName(name.to_owned()));
            }
            names.push(name);
        }
        Ok(())
    }
}

/// The properties and those in `Options`, in PascalCase: the command line takes other spellings too, and one of them
/// must not slip past what is read here.
fn all_properties(job: &Job) -> Result<BTreeMap<String, String>, ConfigurationError> {
    let mut pairs: Vec<_> = job.configuration.iter().map(|(key, value)| (pascal_case(key), value.to_owned())).collect();
    if let Some(at) = pairs.iter().position(|(key, _)| key == OPTIONS) {
        let (_, options) = pairs.remove(at);
        pairs.extend(options_of(&options).map_err(ConfigurationError::Options)?);
    }
    let mut properties = BTreeMap::new();
    for (key, value) in pairs {
        if properties.insert(key.clone(), value).is_some() {
            return Err(ConfigurationError::Twice(key));
        }
    }
    Ok(properties)
}

fn check_operation(operation: Option<String>) -> Result<(), ConfigurationError> {
    match operation {
        Some(name) if !OPERATIONS.contains(&name.as_str()) => Err(ConfigurationError::UnknownOperation(name)),
        Some(_) | None => Ok(()),
    }
}

fn artifact_path(property: &'static str, value: &str) -> Result<ArtifactPath, ConfigurationError> {
    ArtifactPath::parse(value).ok_or_else(|| ConfigurationError::Path { property, value: value.to_owned() })
}

fn output_template(value: String) -> Result<String, ConfigurationError> {
    inner_path(&value).ok_or(ConfigurationError::Path { property: OUTPUT_TEMPLATE_FILE, value })
}

/// `packaged` with the extension that tells YAML from JSON to whoever reads it next.
fn default_output_template(template: &ArtifactPath, as_json: bool) -> String {
    let extension = Path::new(&template.path).extension().and_then(|it| it.to_str()).unwrap_or("yaml");
    format!("packaged.{}", if as_json { "json" } else { extension })
}

fn is_on(properties: &BTreeMap<String, String>, switch: &str) -> bool {
    let words = ["true", "yes", "on", "1", "y", "t"];
    properties.get(switch).is_some_and(|value| words.contains(&value.to_lowercase().as_str()))
}

fn template_configurations(list: Option<String>) -> Result<Vec<ArtifactPath>, ConfigurationError> {
    let list = list.unwrap_or_default();
    let paths = list.split(',').map(str::trim).filter(|path| !path.is_empty());
    paths.map(|path| artifact_path(TEMPLATE_CONFIGURATION, path)).collect()
}

fn code_encryption(properties: &BTreeMap<String, String>, job: &Job, output: &S3Location) -> Option<Encryption> {
    let is_elsewhere = properties.get(S3_BUCKET).is_some_and(|bucket| bucket != AUTO && *bucket != output.bucket)
        || properties.contains_key(TARGET)
        || is_on(properties, RESOLVE_S3);
    let is_said = [SSE, KMS_KEY_ID].iter().any(|property| properties.contains_key(*property));
    let key_id = job.encryption_key.as_ref().map(|EncryptionKey(key)| key.clone());
    (!is_elsewhere && !is_said).then_some(Encryption::Kms { key_id })
}

/// Code goes to the bucket of the artifacts when the properties name no other place. A samconfig beside the template
/// names none: whoever may commit would choose among all that the host's role can write to.
fn with_bucket(mut properties: BTreeMap<String, String>, output: &S3Location) -> BTreeMap<String, String> {
    if is_on(&properties, RESOLVE_S3) {
        return properties;
    }
    // A samconfig beside the template often asks for the managed bucket of a developer's account.
    properties.insert(RESOLVE_S3.to_owned(), "false".to_owned());
    if !properties.contains_key(TARGET) {
        let bucket = properties.entry(S3_BUCKET.to_owned()).or_insert_with(|| AUTO.to_owned());
        if bucket == AUTO {
            bucket.clone_from(&output.bucket);
        }
    }
    properties
}

#[cfg(test)]
mod tests {
    use super::{ArtifactPath, HOST_ONLY, PROPERTIES, Reader, Request};
    use crate::failure::Explain;
    use crate::job::ActionConfiguration;
    use crate::testing::jobs::job;

    fn request(properties: &[(&str, &str)]) -> Result<Request, String> {
        let mut job = job();
        job.configuration = ActionConfiguration::new(properties.iter().copied());
        Request::of(&job).map_err(|error| format!("{error}; {}", error.hint().unwrap()))
    }

    #[test]
    fn properties_are_the_flags_in_pascal_case() {
        let options = r#"{"forceUpload": true, "UploadConcurrency": 4, "Metadata": {"a": "b", "c": 1}, "x": null}"#;
        let asked =
            [("Operation", "package"), ("TemplatePath", "Source::app/t.json"), ("Pool", "p"), ("Options", options)];
        let request = request(&asked).unwrap();
        assert_eq!(request.template, ArtifactPath { artifact: Some("Source".into()), path: "app/t.json".into() });
        assert_eq!(request.output_template, "packaged.json");
        let properties: Vec<_> = request.properties.iter().map(|(key, value)| format!("{key} {value}")).collect();
        assert_eq!(
            properties,
            ["ForceUpload true", "Metadata a=b,c=1", "ResolveS3 false", "S3Bucket artifacts", "UploadConcurrency 4"]
        );
    }

    #[test]
    fn the_bucket_is_that_of_the_artifacts_unless_named() {
        for (asked, expected) in
            [(&[][..], "artifacts"), (&[("S3Bucket", "auto")], "artifacts"), (&[("S3Bucket", "code")], "code")]
        {
            let properties: Vec<_> = [("TemplatePath", "t.yaml")].iter().chain(asked).copied().collect();
            let request = request(&properties).unwrap();
            assert_eq!(request.properties["S3Bucket"], expected);
        }
    }

    #[test]
    fn the_managed_bucket_needs_no_other() {
        let request = request(&[("TemplatePath", "t.yml"), ("ResolveS3", "True"), ("UseJson", "true")]).unwrap();
        assert_eq!((request.properties.get("S3Bucket"), request.output_template.as_str()), (None, "packaged.json"));
    }

    #[test]
    fn what_the_action_type_requires_is_missed_and_what_it_offers_is_allowed() {
        for property in PROPERTIES.iter().filter(|property| property.required && property.reader == Reader::Job) {
            let error = request(&[("S3Bucket", "code")]).err().unwrap();
            assert!(error.contains(&format!("has no {}", property.name)), "{error}");
        }
        assert!(PROPERTIES.iter().all(|property| HOST_ONLY.iter().all(|(name, _)| *name != property.name)));
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        let template = ("TemplatePath", "t.yaml");
        let rows: [(&str, &[(&str, &str)], &str); 13] = [
            ("no template", &[], "has no TemplatePath; give the template as Artifact::path"),
            ("operation", &[("Operation", "deploi")], "unknown operation `deploi`; the operations are: package"),
            ("host's own", &[template, ("Profile", "p")], "sets Profile, which a job may not; the worker's own role"),
            ("another spelling", &[template, ("endpoint-url", "p")], "sets EndpointUrl, which"),
            ("two spellings", &[template, ("s3-prefix", "p"), ("S3Prefix", "q")], "gives S3Prefix twice"),
            ("host's own in options", &[template, ("Options", r#"{"endpointUrl":"x"}"#)], "sets EndpointUrl, which"),
            ("twice", &[template, ("S3Prefix", "p"), ("Options", r#"{"S3Prefix":"x"}"#)], "gives S3Prefix twice"),
            ("options", &[template, ("Options", "[")], "must be a JSON object: it is not valid JSON"),
            ("options list", &[template, ("Options", "[]")], "must be a JSON object: it must be an object, not a list"),
            (
                "options depth",
                &[template, ("Options", r#"{"A":{"b":[]}}"#)],
                "A.b must be text, a number or a boolean (line 1, column 11)",
            ),
            ("template up", &[("TemplatePath", "S::../t")], "TemplatePath of the action configuration is `S::../t`"),
            (
                "output absolute",
                &[template, ("OutputTemplateFile", "/t")],
                "OutputTemplateFile of the action configuration is `/t`",
            ),
            ("same name", &[template, ("OutputTemplateFile", "./manifest.json")], "would have the name manifest.json"),
        ];
        for (name, properties, expected) in rows {
            let error = request(properties).err().unwrap();
            assert!(error.contains(expected), "{name}: {error}");
        }
    }
}
