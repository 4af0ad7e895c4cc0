//! What is meant: typed arguments, variables and samconfig → settings that cannot be wrong.

mod aws;
mod bucket;
mod error;
mod metadata;
mod samconfig;
mod targets;
mod template;
mod template_configurations;
mod written;

pub use aws::{AwsSettings, Encryption, ObjectSettings, UploadScope};
pub use bucket::{AUTO, BucketChoice};
pub use error::SettingsError;
pub use targets::{Target, named_after};
pub use template::{DEFAULT_TEMPLATES, TemplateSource};
pub use template_configurations::{ConfigurationSource, beside};
pub use written::Output;

use crate::cli::{self, AwsArguments, PackageArguments, Sse};
use crate::facts::{Environment, Failure, ReportSettings, Secret, Warning, WarningKind};
use crate::files::check_writable;
use crate::package::{DigestRule, SymlinkRule};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What a wait without limit is given to the SDK as.
const NO_LIMIT: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// One run of `package`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageSettings {
    /// The template to package.
    pub template: TemplateSource,
    /// What it is packaged for: at least one.
    pub targets: Vec<Target>,
    /// A file for the JSON list of artifacts.
    pub manifest: Option<PathBuf>,
    /// Files for the values of the run, which are part of no archive.
    pub results: Vec<PathBuf>,
    /// Template configurations that a job copies to its output artifact.
    pub handed_on: Vec<HandedOn>,
    /// Outputs that are known before the run.
    pub outputs: Vec<(String, String)>,
    /// The folder outside which nothing may be read: that of a job's input artifact.
    pub root: Option<PathBuf>,
    /// Whether the user named the template.
    pub names_template: bool,
    /// Whether to stop before any network.
    pub dry_run: bool,
    /// Whether to upload what is there already.
    pub force_upload: bool,
    /// Whether the packaged template is written as JSON.
    pub use_json: bool,
    /// What names an archive.
    pub digest: DigestRule,
    /// What becomes of symbolic links.
    pub symlinks: SymlinkRule,
    /// Whether every resource gets `Metadata.SamResourceId`.
    pub sam_resource_id: bool,
    /// Whether uploads are reported one by one.
    pub progress: bool,
    /// How to reach AWS.
    pub aws: AwsSettings,
    /// How objects are stored.
    pub objects: ObjectSettings,
}

/// Where a run takes place.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// Where relative paths start; empty for the current folder, so that paths stay as typed.
    pub folder: &'a Path,
    /// The variables that may give values.
    pub environment: &'a Environment,
    /// The folder outside which nothing may be read.
    pub root: Option<&'a Path>,
}

/// A template configuration that a job copies to its output artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedOn {
    pub file: PathBuf,
    /// Its name in the output artifact.
    pub name: PathBuf,
}

/// Settings, and what was noticed on the way to them.
#[derive(Debug, Clone)]
pub struct Resolved<S> {
    pub settings: S,
    /// How to report, as all sources say.
    pub report: ReportSettings,
    /// Secrets among the settings.
    pub secrets: Vec<Secret>,
    pub warnings: Vec<Warning>,
}

impl<S> Resolved<S> {
    /// The same with other settings.
    pub fn map<T>(self, change: impl FnOnce(S) -> T) -> Resolved<T> {
        let Self { settings, report, secrets, warnings } = self;
        Resolved { settings: change(settings), report, secrets, warnings }
    }
}

impl PackageSettings {
    /// Reads the configuration file that the arguments lead to and puts everything together.
    pub fn resolve(arguments: &PackageArguments, surroundings: Surroundings<'_>) -> Result<Resolved<Self>, Failure> {
        let variables = cli::variables("package", surroundings.environment);
        let above = cli::package_arguments_above(&arguments.typed, &variables)?;
        let folder = samconfig_folder(&arguments.typed, surroundings.folder)?;
        let search = samconfig::Search {
            folder: &folder,
            file: above.config_file.as_deref(),
            environment: above.config_env.as_deref(),
        };
        let configuration = samconfig::load(&search, "package")?;
        let below: Vec<_> = variables.into_iter().chain(configuration.given).collect();
        let merged = cli::package_arguments_above(&arguments.typed, &below)?;
        let report = merged.report.settings(&merged.results);
        let configurations = merged.template_configuration.clone();
        let mut settings = Self::from_arguments(merged, surroundings)?;
        let deploy = |name: &str| samconfig::deploy_values(&search, name, surroundings.root);
        template_configurations::assign(&mut settings.targets, &configurations, surroundings.folder, deploy)?;
        written::check_distinct(&settings.written())?;
        let unknown = cli::unknown_variables(surroundings.environment).into_iter();
        let unknown =
            unknown.map(|(name, nearest)| Warning::new(name.clone(), WarningKind::UnknownVariable { name, nearest }));
        if surroundings.root.is_none() {
            written::check_stdout(&settings, report.form)?;
        }
        let secrets = settings.aws.external_id.clone().into_iter().collect();
        Ok(Resolved { settings, report, secrets, warnings: unknown.chain(configuration.warnings).collect() })
    }

    /// The files that the run writes itself.
    pub fn written(&self) -> Vec<PathBuf> {
        let of_targets = self.targets.iter().flat_map(Target::files);
        of_targets.chain(self.manifest.clone()).chain(self.results.clone()).collect()
    }

    /// How AWS is reached for a target.
    pub fn aws_for(&self, target: &Target) -> AwsSettings {
        AwsSettings {
            region: target.region.clone().or_else(|| self.aws.region.clone()),
            upload_scope: self.upload_scope(target),
            ..self.aws.clone()
        }
    }

    /// All prefixes of the target's bucket: targets that share a bucket share its client. `None` for the managed bucket,
    /// because finding it takes calls to CloudFormation.
    fn upload_scope(&self, target: &Target) -> Option<UploadScope> {
        let Some(BucketChoice::Named(bucket)) = &target.bucket else { return None };
        let sharing = self.targets.iter().filter(|other| other.bucket == target.bucket);
        Some(UploadScope { bucket: bucket.clone(), prefixes: sharing.map(|other| other.prefix.clone()).collect() })
    }

    fn from_arguments(arguments: PackageArguments, surroundings: Surroundings<'_>) -> Result<Self, Failure> {
        let folder = surroundings.folder;
        check_company(&arguments, surroundings)?;
        let objects = objects(&arguments)?;
        targets::check_key(&arguments)?;
        let template = TemplateSource::find(arguments.template_file.as_deref(), folder)?;
        Ok(Self {
            targets: targets::choose(&arguments, &template, surroundings.environment, folder)?,
            template,
            manifest: arguments.manifest.map(|path| check_writable(&folder.join(path))).transpose()?,
            results: arguments.results.named().map(|(_, path)| folder.join(path)).collect(),
            handed_on: Vec::new(),
            outputs: Vec::new(),
            root: surroundings.root.map(Path::to_path_buf),
            names_template: arguments.template_file.is_some(),
            dry_run: arguments.dry_run,
            force_upload: arguments.force_upload,
            use_json: arguments.use_json,
            digest: arguments.digest,
            symlinks: arguments.symlinks,
            sam_resource_id: arguments.sam_resource_id,
            progress: !arguments.report.no_progressbar,
            aws: AwsSettings::from(arguments.aws),
            objects,
        })
    }
}

/// The folder of the configuration file: that of the template that was typed, else the current one.
fn samconfig_folder(typed: &[std::ffi::OsString], current: &Path) -> Result<PathBuf, Failure> {
    let template = cli::package_arguments_above(typed, &[])?.template_file;
    let folder = template
        .filter(|path| !template::is_stream(path))
        .map(|path| current.join(path.parent().unwrap_or(Path::new(""))));
    Ok(folder.unwrap_or_else(|| current.to_path_buf()))
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

/// Refuses what has no effect without, or beside, another flag. A job takes the role of its host where it names none.
fn check_company(arguments: &PackageArguments, surroundings: Surroundings<'_>) -> Result<(), SettingsError> {
    let AwsArguments { external_id, role_arn, .. } = &arguments.aws;
    if external_id.is_some() && role_arn.is_none() && surroundings.root.is_none() {
        return Err(SettingsError::ExternalIdWithoutRole);
    }
    let result = arguments.results.named().map(|(flag, _)| flag).next().filter(|_| arguments.dry_run);
    result.map_or(Ok(()), |flag| Err(SettingsError::ResultOfDryRun(flag)))
}

fn objects(arguments: &PackageArguments) -> Result<ObjectSettings, SettingsError> {
    Ok(ObjectSettings {
        encryption: match arguments.s3_bucket.as_deref() {
            // As the pipeline encrypts its artifacts; the policy that its console gives the bucket takes nothing else.
            Some(bucket::AUTO) if arguments.sse.is_none() => {
                Some(Encryption::Kms { key_id: arguments.kms_key_id.clone() })
            }
            Some(_) | None => encryption(arguments.sse, arguments.kms_key_id.clone())?,
        },
        metadata: metadata::parse(arguments.metadata.as_deref().unwrap_or_default())?,
        expected_bucket_owner: arguments.expected_bucket_owner.clone(),
    })
}

fn encryption(sse: Option<Sse>, key_id: Option<String>) -> Result<Option<Encryption>, SettingsError> {
    Ok(Some(match (sse, key_id) {
        (None, None) => return Ok(None),
        (Some(Sse::Aes256), None) => Encryption::Aes256,
        (Some(Sse::BucketDefault), None) => Encryption::BucketDefault,
        (None, Some(key_id)) => Encryption::Kms { key_id: Some(key_id) },
        (Some(Sse::Kms), key_id) => Encryption::Kms { key_id },
        (Some(Sse::KmsDsse), key_id) => Encryption::KmsDsse { key_id },
        (Some(Sse::Aes256), Some(_)) => return Err(SettingsError::KeyWithoutKms("aes256")),
        (Some(Sse::BucketDefault), Some(_)) => return Err(SettingsError::KeyWithoutKms("bucket-default")),
    }))
}

#[cfg(test)]
mod tests;
