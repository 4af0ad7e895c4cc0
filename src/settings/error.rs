//! What can be wrong with what was asked for.

use crate::facts::{Explain, FailureKind, Place};
use std::io;
use std::path::PathBuf;

/// Why settings could not be made. All are the user's to mend.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// Two ways to the bucket.
    #[error("--s3-bucket and --resolve-s3 are both given: use only one")]
    TwoBuckets,
    /// A bucket beside targets, which bring their own.
    #[error("--target and {0} are both given: use only one")]
    BucketBesideTargets(&'static str),
    /// Two targets of one name.
    #[error("--target: {0} is given twice")]
    TargetTwice(String),
    /// Two targets whose names would be one in the name of a file or a variable.
    #[error("--target: {0} and {1} are too much alike")]
    SameTarget(String, String),
    /// A template configuration for a target that is not there.
    #[error("--template-configuration: there is no target {name}")]
    NoSuchTarget {
        /// The name that was given.
        name: String,
        /// The names of the targets.
        known: Vec<String>,
    },
    /// Two template configurations for one packaged template.
    #[error("--template-configuration is given twice for {0}")]
    TwoTemplateConfigurations(String),
    /// Two files that the run would write to one place.
    #[error("{} would be written twice", .0.display())]
    SameFile(PathBuf),
    /// A key in one region for buckets in others.
    #[error("--kms-key-id names a key in {key}, and the target {target} is in {region}")]
    KeyRegion {
        /// The region of the key.
        key: String,
        /// A target.
        target: String,
        /// Its region.
        region: String,
    },
    /// A bucket in two regions.
    #[error("--target: {target} names the bucket {bucket} in {region}, another target in {other}")]
    BucketRegion {
        /// The target.
        target: String,
        /// Its bucket.
        bucket: String,
        /// Its region.
        region: String,
        /// The other target's region.
        other: String,
    },
    /// A URI, an ARN or something else in the place of a name.
    #[error("--s3-bucket: {0:?} is not the name of a bucket")]
    NoBucketName(String),
    /// `auto` outside a pipeline.
    #[error("--s3-bucket auto: {0}")]
    NoPipelineBucket(&'static str),
    /// A key for an encryption that takes none.
    #[error("--kms-key-id goes with --sse kms or kms-dsse, not with --sse {0}")]
    KeyWithoutKms(&'static str),
    /// What a role may ask for, without a role.
    #[error("--external-id is given without --assume-role-arn, and nothing else takes it")]
    ExternalIdWithoutRole,
    /// A file for later steps, of a run that has nothing for them.
    #[error("--dry-run and {0} are both given: a dry run has nothing to write there")]
    ResultOfDryRun(&'static str),
    /// Metadata that S3 cannot carry or that cannot be read.
    #[error("--metadata: {0}")]
    Metadata(String),
    /// No template by any of the default names.
    #[error("no template was found in {}", folder_name(.0))]
    NoTemplate(PathBuf),
    /// The template that was named cannot be used.
    #[error("the template {} {what}", path.display())]
    Template {
        /// The path.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// A file to write cannot be written.
    #[error("{} cannot be written: {what}", path.display())]
    Unwritable {
        /// The path.
        path: PathBuf,
        /// Why not.
        what: &'static str,
    },
    /// A configuration file that was named is not there or not readable.
    #[error("the configuration file {} cannot be read", path.display())]
    Configuration {
        /// The path.
        path: PathBuf,
        /// The system's answer.
        #[source]
        cause: io::Error,
    },
    /// A configuration file of an unknown kind.
    #[error("the configuration file {} is neither .toml nor .yaml", .0.display())]
    ConfigurationKind(PathBuf),
    /// A configuration file that is not what its name says.
    #[error("the configuration file {} is not {language}: {message}", path.display())]
    ConfigurationSyntax {
        /// The path.
        path: PathBuf,
        /// TOML or YAML.
        language: &'static str,
        /// What the parser says.
        message: String,
        /// Where.
        place: Option<Place>,
    },
    /// A value of the wrong type.
    #[error("`{key}` in {} is {found}, and must be {wanted}", path.display())]
    ConfigurationType {
        /// The path.
        path: PathBuf,
        /// The key.
        key: String,
        /// The type that it has.
        found: &'static str,
        /// The type that it should have.
        wanted: &'static str,
        /// Where.
        place: Option<Place>,
    },
    /// A key that sam would heed and that cannot be passed over.
    #[error("`{key}` in {} is not supported: {why}", path.display())]
    ConfigurationUnsupported {
        /// The path.
        path: PathBuf,
        /// The key.
        key: String,
        /// Why not.
        why: &'static str,
        /// What to do.
        hint: &'static str,
        /// Where.
        place: Option<Place>,
    },
    /// A file of parameter overrides is not there or not readable.
    #[error("the parameter file {} cannot be read", path.display())]
    ParameterFile {
        /// The path.
        path: PathBuf,
        /// The system's answer.
        #[source]
        cause: io::Error,
    },
    /// A file of parameter overrides that is not read.
    #[error("the parameter file {} {what}", path.display())]
    ParameterFileRefused {
        /// The path.
        path: PathBuf,
        /// Why not.
        what: &'static str,
    },
    /// An environment that the configuration file does not have.
    #[error("{} has no environment `{name}`", path.display())]
    UnknownEnvironment {
        /// The path.
        path: PathBuf,
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
}

fn folder_name(folder: &std::path::Path) -> String {
    if folder.as_os_str().is_empty() { "the current folder".to_owned() } else { folder.display().to_string() }
}

impl Explain for SettingsError {
    fn kind(&self) -> FailureKind {
        FailureKind::Usage
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::TwoBuckets => "name the bucket, or leave it to sam's managed stack",
            Self::BucketBesideTargets(_) => "each target names its bucket: NAME=REGION/BUCKET[/PREFIX]",
            Self::TargetTwice(_) => "give each target a name of its own",
            Self::ExternalIdWithoutRole => "name the role that asks for it, or leave it out",
            Self::ResultOfDryRun(_) => "leave one of them out; --manifest lists what would be uploaded",
            Self::SameTarget(..) => "names differ in more than case, - and _",
            Self::NoSuchTarget { known, .. } if known.is_empty() => {
                "leave NAME= away: a run without --target has no names"
            }
            Self::NoSuchTarget { known, .. } => return Some(format!("the targets are: {}", known.join(", "))),
            Self::TwoTemplateConfigurations(_) => "a stack has one; give each target its own as NAME=FILE",
            Self::SameFile(_) => "give each output a file of its own",
            Self::KeyRegion { .. } => "name an alias: it stands for a key in each region",
            Self::BucketRegion { .. } => "a bucket is in one region; Lambda reads code from its own region only",
            Self::NoBucketName(_) => "give the bucket's name alone; a folder in it goes to --s3-prefix",
            Self::NoPipelineBucket(_) => "name the bucket; auto works in a CodeBuild action of a CodePipeline pipeline",
            Self::KeyWithoutKms(_) => "leave --sse away to encrypt with the key",
            Self::Metadata(_) => r#"write it as k=v,k2=v2 or as {"k": "v"}"#,
            Self::NoTemplate(_) => {
                "name one with --template-file; looked for .aws-sam/build/template.yaml, template.yaml, template.yml, \
                 template.json"
            }
            Self::Template { .. } => "name the template file with --template-file",
            Self::Unwritable { .. } => "name a file in a folder that can be written",
            Self::Configuration { .. } => "a relative --config-file starts at the folder of --template-file",
            Self::ParameterFile { .. } => "a relative file:// starts at the folder of the file in which it stands",
            Self::ParameterFileRefused { .. } => "write the values out, or refer to a file of them beside the template",
            Self::ConfigurationKind(_) => "use samconfig.toml, samconfig.yaml or samconfig.yml",
            Self::UnknownEnvironment { known, .. } if known.is_empty() => "the file has no environment at all",
            Self::UnknownEnvironment { known, .. } => return Some(format!("it has: {}", known.join(", "))),
            Self::ConfigurationUnsupported { hint, .. } => hint,
            Self::ConfigurationSyntax { .. } | Self::ConfigurationType { .. } => return None,
        };
        Some(hint.to_owned())
    }

    fn place(&self) -> Option<&Place> {
        match self {
            Self::ConfigurationSyntax { place, .. }
            | Self::ConfigurationType { place, .. }
            | Self::ConfigurationUnsupported { place, .. } => place.as_ref(),
            Self::TwoBuckets
            | Self::BucketBesideTargets(_)
            | Self::TargetTwice(_)
            | Self::ExternalIdWithoutRole
            | Self::ResultOfDryRun(_)
            | Self::SameTarget(..)
            | Self::NoSuchTarget { .. }
            | Self::SameFile(_)
            | Self::KeyRegion { .. }
            | Self::TwoTemplateConfigurations(_)
            | Self::BucketRegion { .. }
            | Self::NoBucketName(_)
            | Self::NoPipelineBucket(_)
            | Self::KeyWithoutKms(_)
            | Self::Metadata(_)
            | Self::NoTemplate(_)
            | Self::Template { .. }
            | Self::Unwritable { .. }
            | Self::Configuration { .. }
            | Self::ConfigurationKind(_)
            | Self::ParameterFile { .. }
            | Self::ParameterFileRefused { .. }
            | Self::UnknownEnvironment { .. } => None,
        }
    }
}
