//! The settings of `package`: the values of all sources, put together and checked.

use super::aws::{AwsSettings, Encryption, ObjectSettings, UploadScope};
use super::bucket::{self, BucketChoice};
use super::failure::refused;
use super::kept;
use super::metadata;
use super::paths::output_file;
use super::samconfig::DeployBucket;
use super::source::{Source, Sources};
use super::stdout;
use super::targets::{self, Target};
use super::template::TemplateSource;
use super::template_configurations;
use super::written::{self, WrittenFile};
use crate::cli::{AwsArguments, CommandName, PackageArguments, Sse, UploadArguments};
use crate::facts::{Environment, Failure, ReportSettings, Role, Secret, Warning};
use crate::package::{DigestRule, SymlinkRule};
use std::path::PathBuf;

/// One run of `package`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageSettings {
    pub template: TemplateSource,
    /// At least one.
    pub targets: Vec<Target>,
    /// A file for the JSON list of artifacts.
    pub manifest: Option<PathBuf>,
    /// What the run writes beside packaged templates and the manifest.
    pub other_files: Vec<WrittenFile>,
    /// Template configurations that a job copies to its output artifact.
    pub handed_on: Vec<HandedOn>,
    /// Outputs that are known before the run.
    pub outputs: Vec<(String, String)>,
    /// The folder outside which nothing may be read: the input artifact of a job.
    pub root: Option<PathBuf>,
    /// Whether the user named the template.
    pub names_template: bool,
    /// Whether to stop before any network.
    pub dry_run: bool,
    /// Whether to upload what is there already.
    pub force_upload: bool,
    /// Whether the packaged template is written as JSON.
    pub use_json: bool,
    /// Whether the packaged template stays text where JSON would be safer.
    pub keep_text: bool,
    /// What names an archive.
    pub digest: DigestRule,
    pub symlinks: SymlinkRule,
    /// Whether every resource gets `Metadata.SamResourceId`.
    pub sam_resource_id: bool,
    pub aws: AwsSettings,
    pub objects: ObjectSettings,
    /// The bucket that the samconfig names for `sam deploy` alone, if no source names one for this run.
    pub deploy_bucket: Option<DeployBucket>,
}

/// A template configuration that a job copies to its output artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedOn {
    pub file: PathBuf,
    /// Its name in the output artifact.
    pub name: PathBuf,
}

/// Settings, with the warnings and secrets found while resolving them.
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
    /// Puts the values of all sources together. The samconfig, if there is one, is read once.
    pub fn resolve(source: &Source<'_>, environment: &Environment) -> Result<Resolved<Self>, Failure> {
        let Sources { given, samconfig, warnings } = Sources::read(source, environment)?;
        let arguments: PackageArguments = source.arguments(&given)?;
        let report = arguments.report.settings(&arguments.results);
        let configurations = arguments.template_configuration.clone();
        let settings = Self::from_arguments(arguments, source, environment);
        let mut settings = settings.map_err(|failure| source.name_source(failure, &given))?;
        let deploy = |name: &str| samconfig.deploy_values(name, source.root());
        template_configurations::assign(&mut settings.targets, &configurations, source.folder(), deploy)?;
        written::check_distinct(&settings.written())?;
        if settings.targets.iter().all(|target| target.bucket.is_none()) {
            settings.deploy_bucket = samconfig.deploy_bucket(CommandName::Package);
        }
        match source {
            Source::Line(_) => {
                kept::check_sources(&settings.written(), samconfig.path(), &settings.targets, &settings.aws)?;
                if !settings.dry_run {
                    stdout::check(&settings.targets, report.form)?;
                }
            }
            // What a job makes goes into its output artifact.
            Source::Action(_) => {}
        }
        let secrets = settings.aws.external_id.clone().into_iter().collect();
        Ok(Resolved { settings, report, secrets, warnings })
    }

    /// The files that the run writes itself.
    pub fn written_files(&self) -> Vec<WrittenFile> {
        let of_targets = self.targets.iter().flat_map(Target::files);
        let manifest = self.manifest.clone().map(|path| WrittenFile { path, role: Role::Manifest });
        of_targets.chain(manifest).chain(self.other_files.clone()).collect()
    }

    /// Their paths.
    pub fn written(&self) -> Vec<PathBuf> {
        self.written_files().into_iter().map(|file| file.path).collect()
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

    /// The failure of a run that uploads something and has no bucket.
    pub fn no_bucket(&self) -> Failure {
        const WAYS: &str =
            "give --s3-bucket NAME, --s3-bucket auto in a pipeline's build, or --resolve-s3 for the managed bucket";
        let hint = self.deploy_bucket.as_ref().map_or_else(|| WAYS.to_owned(), DeployBucket::hint);
        refused("the template has local artifacts, and no bucket is named for them", hint)
    }

    /// The settings, without template configurations.
    pub fn from_arguments(
        arguments: PackageArguments,
        source: &Source<'_>,
        environment: &Environment,
    ) -> Result<Self, Failure> {
        let folder = source.folder();
        check_company(&arguments, source)?;
        let objects = objects(&arguments.upload)?;
        targets::check_key(&arguments)?;
        let named = source.template().or(arguments.template.template_file.as_deref());
        let template = TemplateSource::find(named, folder)?;
        let results = arguments
            .results
            .named()
            .map(|(_, path)| output_file(&folder.join(path)).map(|path| WrittenFile { path, role: Role::Outputs }));
        Ok(Self {
            targets: targets::choose(&arguments, &template, environment, folder)?,
            template,
            other_files: results.collect::<Result<_, _>>()?,
            manifest: arguments.manifest.map(|path| output_file(&folder.join(path))).transpose()?,
            handed_on: Vec::new(),
            outputs: Vec::new(),
            root: source.root().map(PathBuf::from),
            names_template: named.is_some(),
            dry_run: arguments.dry_run,
            force_upload: arguments.upload.force_upload,
            use_json: arguments.text.use_json,
            keep_text: arguments.text.keep_text,
            digest: arguments.archives.digest,
            symlinks: arguments.archives.symlinks,
            sam_resource_id: arguments.text.sam_resource_id,
            aws: AwsSettings::from(arguments.aws),
            objects,
            deploy_bucket: None,
        })
    }
}

/// Refuses an external id without its role. A job without a role takes the host's role.
pub fn check_external_id(arguments: &AwsArguments, source: &Source<'_>) -> Result<(), Failure> {
    let AwsArguments { external_id, role_arn, .. } = arguments;
    match source {
        Source::Line(_) if external_id.is_some() && role_arn.is_none() => Err(refused(
            "--external-id is given without --assume-role-arn, the one option that uses it",
            "name the role that asks for it, or leave it out",
        )),
        Source::Line(_) | Source::Action(_) => Ok(()),
    }
}

/// Refuses a flag that has no effect without, or beside, another one.
fn check_company(arguments: &PackageArguments, source: &Source<'_>) -> Result<(), Failure> {
    check_external_id(&arguments.aws, source)?;
    match arguments.results.named().next() {
        Some((flag, _)) if arguments.dry_run => Err(refused(
            format!("--dry-run and {flag} are both given: a dry run has nothing to write there"),
            "leave one of them out; --manifest lists what would be uploaded",
        )),
        Some(_) | None => Ok(()),
    }
}

fn objects(arguments: &UploadArguments) -> Result<ObjectSettings, Failure> {
    Ok(ObjectSettings {
        encryption: match arguments.s3_bucket.as_deref() {
            // Encrypts like the pipeline's artifacts: the bucket policy that the console makes accepts nothing else.
            Some(bucket::AUTO) if arguments.sse.is_none() => {
                Some(Encryption::Kms { key_id: arguments.kms_key_id.clone() })
            }
            Some(_) | None => encryption(arguments.sse, arguments.kms_key_id.clone())?,
        },
        metadata: metadata::parse(arguments.metadata.as_deref().unwrap_or_default())?,
        expected_bucket_owner: arguments.expected_bucket_owner.clone(),
    })
}

/// The encryption that two flags ask for; `None` if neither is given.
pub fn encryption(sse: Option<Sse>, key_id: Option<String>) -> Result<Option<Encryption>, Failure> {
    Ok(Some(match (sse, key_id) {
        (None, None) => return Ok(None),
        (Some(Sse::Aes256), None) => Encryption::Aes256,
        (Some(Sse::BucketDefault), None) => Encryption::BucketDefault,
        (None, Some(key_id)) => Encryption::Kms { key_id: Some(key_id) },
        (Some(Sse::Kms), key_id) => Encryption::Kms { key_id },
        (Some(Sse::KmsDsse), key_id) => Encryption::KmsDsse { key_id },
        (Some(Sse::Aes256), Some(_)) => return Err(key_without_kms("aes256")),
        (Some(Sse::BucketDefault), Some(_)) => return Err(key_without_kms("bucket-default")),
    }))
}

fn key_without_kms(sse: &str) -> Failure {
    refused(
        format!("--kms-key-id goes with --sse kms or kms-dsse, not with --sse {sse}"),
        "leave --sse out to encrypt with the key",
    )
}
