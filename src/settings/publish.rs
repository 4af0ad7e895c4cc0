//! The settings of `publish`: the values of all sources, put together and checked.

use super::aws::{AwsSettings, Encryption};
use super::bucket;
use super::failure::refused;
use super::kept;
use super::package::{PackageSettings, Resolved, check_external_id};
use super::source::{Source, Sources};
use super::written;
use crate::cli::{CommandName, PackageArguments, PackagedTextArguments, PublishArguments};
use crate::facts::{Environment, Failure, Warning, WarningKind};
use crate::publish::{PublishOptions, SameVersion, Sharing};
use crate::text::Allowed;

/// One run of `publish`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishSettings {
    /// How the template is found, and packaged if it has local paths.
    pub package: PackageSettings,
    pub options: PublishOptions,
    /// Whether to stop before the first write.
    pub dry_run: bool,
    pub aws: AwsSettings,
}

impl PublishSettings {
    /// Puts the values of all sources together. The samconfig, if there is one, is read once.
    pub fn resolve(source: &Source<'_>, environment: &Environment) -> Result<Resolved<Self>, Failure> {
        let Sources { given, samconfig, mut warnings } = Sources::read(source, environment)?;
        let arguments: PublishArguments = source.arguments(&given)?;
        check_company(&arguments, source)?;
        warnings.extend(arguments.save_params.then(parameters_not_saved));
        let report = arguments.report.settings(&arguments.results);
        let aws = AwsSettings::from(arguments.aws.clone());
        let secrets = aws.external_id.clone().into_iter().collect();
        let (options, dry_run) = (options(&arguments)?, arguments.dry_run);
        let mut package = package(arguments, source, environment)?;
        written::check_distinct(&package.written())?;
        if let Source::Line(_) = source {
            kept::check_sources(&package.written(), samconfig.path(), &package.targets, &package.aws)?;
        }
        if package.targets.iter().all(|target| target.bucket.is_none()) {
            package.deploy_bucket = samconfig.deploy_bucket(CommandName::Publish);
        }
        Ok(Resolved { settings: Self { package, options, dry_run, aws }, report, secrets, warnings })
    }
}

fn parameters_not_saved() -> Warning {
    let setting = "--save-params".to_owned();
    Warning::new(setting.clone(), WarningKind::ParametersNotSaved { setting })
}

/// Refuses a flag that has no effect without, or beside, another one.
fn check_company(arguments: &PublishArguments, source: &Source<'_>) -> Result<(), Failure> {
    check_external_id(&arguments.aws, source)?;
    match arguments.results.named().next() {
        Some((flag, _)) if arguments.dry_run => Err(refused(
            format!("--dry-run and {flag} are both given: a dry run has nothing to write there"),
            "leave one of them out",
        )),
        Some(_) | None => Ok(()),
    }
}

fn options(arguments: &PublishArguments) -> Result<PublishOptions, Failure> {
    let application = &arguments.application;
    let sharing = Sharing {
        accounts: arguments.sharing.share.iter().cloned().collect(),
        organizations: arguments.sharing.share_organization.iter().cloned().collect(),
        is_public: arguments.sharing.public,
    };
    Ok(PublishOptions {
        application: application.application_id.clone(),
        version: application.semantic_version.clone(),
        same_version: match (application.allow_same_version, application.fail_on_same_version) {
            (true, true) => return Err(allowed_and_forbidden()),
            (true, false) => SameVersion::Allow,
            (false, true) => SameVersion::Fail,
            (false, false) => SameVersion::Compare,
        },
        allowed: Allowed::default(),
        sharing: (sharing != Sharing::default()).then_some(sharing),
    })
}

fn allowed_and_forbidden() -> Failure {
    refused("--allow-same-version and --fail-on-same-version are both given", "leave one of them out")
}

/// The settings of the packaging. Objects are encrypted with keys of S3 by default: the repository probably cannot read
/// objects that are encrypted with KMS.
fn package(
    arguments: PublishArguments,
    source: &Source<'_>,
    environment: &Environment,
) -> Result<PackageSettings, Failure> {
    let PublishArguments { template, upload, archives, samconfig, aws, report, results, .. } = arguments;
    let is_told = upload.sse.is_some() || upload.kms_key_id.is_some();
    let is_in_artifact_bucket = upload.s3_bucket.as_deref() == Some(bucket::AUTO);
    let arguments = PackageArguments {
        template,
        output_template_file: None,
        text: PackagedTextArguments::default(),
        upload,
        target: Vec::new(),
        template_configuration: Vec::new(),
        archives,
        samconfig,
        aws,
        dry_run: false,
        manifest: None,
        report,
        results,
    };
    let mut settings = PackageSettings::from_arguments(arguments, source, environment)?;
    if is_in_artifact_bucket && !is_told {
        settings.objects.encryption = Some(Encryption::Aes256);
    }
    Ok(settings)
}
