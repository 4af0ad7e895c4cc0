//! Things that are allowed and probably not intended.

use super::{DeployWarning, PublishWarning};
use crate::facts::{Place, S3Location, ServiceError};
use std::path::PathBuf;

/// A warning: what kind, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    pub kind: WarningKind,
    /// Names the subject, such as `Function.CodeUri`: the same in every run.
    pub name: String,
    /// The logical id of the resource that it is about.
    pub resource: Option<String>,
    pub place: Option<Place>,
}

impl Warning {
    /// A warning without a resource or a place.
    pub fn new(name: impl Into<String>, kind: WarningKind) -> Self {
        Self { kind, name: name.into(), resource: None, place: None }
    }

    #[must_use]
    pub fn with_resource(self, logical_id: impl Into<String>) -> Self {
        Self { resource: Some(logical_id.into()), ..self }
    }

    #[must_use]
    pub fn with_place(self, place: Option<Place>) -> Self {
        Self { place, ..self }
    }
}

/// The kinds of warning, each with what its wording needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WarningKind {
    /// A property that names no code packages the folder of the template, as the peers do.
    TemplateFolderPackaged { logical_id: String, property: String, folder: PathBuf },
    /// Unzipped, the archive is larger than Lambda accepts.
    OverLambdaLimit {
        source: PathBuf,
        /// Unzipped size in bytes.
        bytes: u64,
        /// The limit in bytes.
        limit: u64,
        /// The biggest folders or files directly below the source, with their sizes in bytes.
        biggest: Vec<(PathBuf, u64)>,
    },
    /// A symbolic link leads out of the artifact's folder; its target is archived.
    LinkLeavesFolder { link: PathBuf, target: PathBuf },
    /// A path depends on a loop over a parameter, whose value is fixed by packaging.
    LoopFrozen {
        /// The loop's key.
        name: String,
        parameter: String,
        values: Vec<String>,
    },
    /// An image is not packaged.
    ImageLeftAlone { logical_id: String },
    /// Parts of an aborted multipart upload could not be removed; they cost money until they are.
    PartsLeftBehind { location: S3Location, error: ServiceError },
    /// A packaged template is written as JSON, because with its comments CloudFormation would not read it.
    CommentsLeftOut { template: PathBuf },
    /// A configuration file has a key that is no flag.
    UnknownConfigurationKey { file: PathBuf, key: String, nearest: Option<String> },
    /// A value stands beside the `parameters` table of a section, where it is not read.
    ConfigurationKeyMisplaced {
        file: PathBuf,
        key: String,
        /// The section with its environment: `default.package`.
        section: String,
    },
    /// A `SAMSTEP_` variable that no command reads. Its value may be a secret.
    UnknownVariable { name: String, nearest: Option<String> },
    /// A setting asks for a question before the execution, which is never asked.
    ConfirmationLeftOut { setting: String },
    /// A setting asks to write the options to a configuration file, which is never written.
    ParametersNotSaved { setting: String },
    /// A template configuration holds the value of a `NoEcho` parameter in clear text.
    SecretInClearText { parameter: String },
    /// The value of a `NoEcho` parameter is left out of a generated template configuration.
    SecretLeftOut {
        parameter: String,
        /// The file that gives the value.
        file: PathBuf,
    },
    /// A parameter or a tag is given twice with different values, and the last one counts.
    ValueGivenTwice { name: String },
    /// A mapping has a key twice, and the last one counts.
    KeyGivenTwice {
        key: String,
        /// Where the entry begins that does not count.
        line: usize,
        column: usize,
    },
    /// More keys are given twice than are listed.
    MoreKeysGivenTwice { count: usize },
    /// An anchor or alias has the name of a resource type: `Type: &AWS::Lambda::Function`.
    TypeAsAnchor { written: String },
    /// A character ends a line in YAML 1.1 and does not in YAML 1.2.
    LineSeparator { character: char },
    /// A tab separates values, for which YAML 1.1 has spaces.
    TabBetweenValues,
    /// Inside brackets, a value without quotes begins with `:` or `?`.
    ColonInBrackets { written: String },
    /// A packaged template is written as compact JSON, because its text is too large for a request.
    CompactedForSize {
        template: PathBuf,
        /// Size of the text.
        bytes: usize,
    },
    /// A packaged template is written as compact JSON, because its text is large and not ASCII.
    CompactedForAscii {
        template: PathBuf,
        /// Size of the text.
        bytes: usize,
    },
    /// A packaged template is too large for a request.
    TemplateNeedsBucket { template: PathBuf, bytes: usize },
    /// A function is an image without a URI.
    ImageMissing { logical_id: String, property: String },
    /// The image that the CDK builds from a folder is neither built nor pushed.
    ImageAssetLeftAlone { logical_id: String, path: String },
    /// The property of an asset of the CDK is inside an intrinsic function that is not read.
    AssetLeftAlone { logical_id: String, property: String, path: String },
    /// An intrinsic function makes a local path, which only a deployment knows.
    LocalPathLeft {
        logical_id: String,
        property: String,
        /// The text with which the path begins.
        text: String,
    },
    /// A resource type differs by one letter from one whose artifacts are packaged.
    ResourceTypeMisspelt { logical_id: String, resource_type: String, nearest: &'static str },
    /// A file named `bootstrap` that Lambda would start has no execute bit.
    BootstrapNotExecutable {
        /// The file, or the zip that holds it.
        file: PathBuf,
        in_zip: bool,
        /// Whether another mode gives another key.
        mode_in_key: bool,
    },
    /// About a stack that is deployed.
    Deploy(DeployWarning),
    /// About an application that is published.
    Publish(PublishWarning),
}
