//! The operation `package`: the properties of the action become settings, and the step packages with the host's role.

use super::allowed;
use super::configuration::{KMS_KEY_ID, Request, SSE};
use super::input::InputFile;
use super::run::{Operation, Packaged, PackagedTemplate, Performed};
use crate::cli::{self, AllowArguments, AwsArguments, Environment};
use crate::event::{Event, Reporter};
use crate::failure::{Failure, FailureKind};
use crate::interrupt::Interrupt;
use crate::settings::{AwsSettings, Output, PackageSettings, Resolved, Surroundings, Target};
use crate::step::{self, Caller, Cloud, Done, PackagedTarget};
use std::ffi::OsString;
use std::sync::Arc;

/// The flags that the author of a pipeline may give; the others are the host's.
const FLAGS: [&str; 18] = [
    "config-env",
    "digest",
    "expected-bucket-owner",
    "external-id",
    "force-upload",
    "kms-key-id",
    "language-extensions",
    "metadata",
    "region",
    "resolve-s3",
    "assume-role-arn",
    "s3-bucket",
    "s3-prefix",
    "sam-resource-id",
    "sse",
    "symlinks",
    "target",
    "use-json",
];
/// The variables of the role that the host itself takes on, which is no choice of a job.
const ROLE_OF_HOST: [&str; 2] = ["SAMSTEP_ASSUME_ROLE_ARN", "SAMSTEP_EXTERNAL_ID"];
/// The variables by which the host encrypts code for jobs that do not say how.
const ENCRYPTION_OF_HOST: [&str; 2] = ["SAMSTEP_SSE", "SAMSTEP_KMS_KEY_ID"];
/// A job writes its output artifact and no file, whatever a samconfig says.
const NO_FILES: [&str; 3] = ["--output-template-file=-", "--manifest=/dev/null", "--no-dry-run"];

/// Packages on behalf of jobs.
pub struct PackageOperation<'a, C> {
    /// The host's own role.
    pub cloud: &'a C,
    /// How the host reaches AWS; the author of a pipeline has no say in that.
    pub host: &'a AwsSettings,
    /// The host's variables.
    pub environment: &'a Environment,
    /// What the operator of the host allows a job to name.
    pub allowed: &'a AllowArguments,
    /// The wish that the run ends early.
    pub interrupt: &'a Interrupt,
}

impl<C> PackageOperation<'_, C> {
    /// The flags that the properties stand for, with the samconfig beside the template below them.
    fn settings(&self, request: &Request, template: &InputFile) -> Result<Resolved, Failure> {
        let pairs: Vec<(String, String)> = request.properties.clone().into_iter().collect();
        let mut arguments = cli::arguments_of_properties(&pairs, |flag| FLAGS.contains(&flag))?;
        let mut named = OsString::from("--template-file=");
        named.push(&template.path);
        arguments.push(named);
        arguments.extend(NO_FILES.map(OsString::from));
        let root = template.root.as_path();
        let says_encryption = [SSE, KMS_KEY_ID].iter().any(|property| request.properties.contains_key(*property));
        let environment: Environment = self
            .environment
            .iter()
            .filter(|(name, _)| !ROLE_OF_HOST.contains(&name.as_str()))
            .filter(|(name, _)| !says_encryption || !ENCRYPTION_OF_HOST.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let surroundings = Surroundings { folder: root, environment: &environment, root: Some(root) };
        let typed = cli::package_arguments(arguments)?;
        let mut resolved = PackageSettings::resolve(&typed, surroundings)?;
        let settings = &mut resolved.settings;
        // As whom and where AWS is called, no samconfig says: whoever may commit could choose.
        let AwsArguments { region, role_arn, external_id, .. } = typed.aws;
        settings.aws.role_arn.clone_from(&role_arn);
        allowed::check(settings, self.allowed)?;
        if settings.objects.encryption.is_none() {
            settings.objects.encryption.clone_from(&request.encryption);
        }
        // A role that a pipeline names never gets the external id that the host has for its own.
        let (role_arn, external_id) = match role_arn {
            Some(role_arn) => (Some(role_arn), external_id),
            None => (self.host.role_arn.clone(), self.host.external_id.clone()),
        };
        let region = region.or_else(|| self.host.region.clone());
        let role_session = Some(format!("samstep-{}", request.job));
        settings.aws = AwsSettings { region, role_arn, external_id, role_session, ..self.host.clone() };
        (settings.manifest, settings.dry_run) = (None, false);
        settings.results.clear();
        settings.targets.iter_mut().for_each(|target| target.output = Output::Stdout);
        Ok(resolved)
    }
}

impl<C: Cloud> Operation for PackageOperation<'_, C> {
    async fn perform(
        &self,
        request: &Request,
        template: &InputFile,
        reporter: &Arc<dyn Reporter>,
    ) -> Result<Performed, Failure> {
        if request.continuation.is_some() {
            return Err(Failure::new(
                FailureKind::Usage,
                "the job continues one that packaged, which is never left undone",
            ));
        }
        let resolved = self.settings(request, template)?;
        let mut names = Vec::new();
        for Target { name, configuration, .. } in &resolved.settings.targets {
            names.push(request.template_name(name.as_deref()));
            names.extend(configuration.as_ref().map(|_| request.configuration_name(name.as_deref())));
        }
        request.check_names(&names)?;
        resolved.warnings.into_iter().for_each(|warning| reporter.report(Event::Warning(warning)));
        let caller = Caller::Job(template.root.clone());
        let done = step::run(&resolved.settings, &caller, self.cloud, reporter, self.interrupt).await?;
        match done {
            Done::Packaged(done) => {
                let template = |it: PackagedTarget| PackagedTemplate {
                    target: it.target.name,
                    text: it.template,
                    configuration: it.configuration,
                };
                Ok(Performed::Packaged(Packaged {
                    templates: done.targets.into_iter().map(template).collect(),
                    manifest: done.manifest.to_json(),
                    outcome: done.outcome,
                }))
            }
            Done::Previewed(_) => Err(Failure::new(FailureKind::Internal, "a job was only previewed")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::PackageOperation;
    use crate::cli::{AllowArguments, Environment};
    use crate::interrupt::interrupt;
    use crate::job::ActionConfiguration;
    use crate::job::configuration::Request;
    use crate::job::input::InputFile;
    use crate::secret::Secret;
    use crate::settings::{AwsSettings, Encryption, PackageSettings};
    use crate::testing::jobs::{JOB_ID, job};

    const OF_HOST: &str = "arn:aws:iam::111122223333:role/host";
    const OF_JOB: &str = "arn:aws:iam::999999999999:role/job";

    const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/k";

    /// What a job packages with that has these properties, on a host with a role and a key of its own.
    fn settings(
        properties: &[(&str, &str)],
        samconfig: &str,
        allowed: &AllowArguments,
    ) -> Result<PackageSettings, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("template.yaml");
        std::fs::write(&path, "Resources: {}\n").unwrap();
        let samconfig = format!("[default.package.parameters]\n{samconfig}\n");
        std::fs::write(folder.path().join("samconfig.toml"), samconfig).unwrap();
        let (_interrupter, interrupt) = interrupt();
        let variables = [
            ("SAMSTEP_ASSUME_ROLE_ARN", OF_HOST),
            ("SAMSTEP_EXTERNAL_ID", "of-the-host"),
            ("SAMSTEP_KMS_KEY_ID", "of-the-host"),
        ];
        let environment: Environment = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let host = AwsSettings {
            region: Some("eu-west-1".to_owned()),
            role_arn: Some(OF_HOST.to_owned()),
            external_id: Some(Secret::new("of-the-host")),
            ..AwsSettings::default()
        };
        let operation =
            PackageOperation { cloud: &(), host: &host, environment: &environment, allowed, interrupt: &interrupt };
        let mut job = job();
        job.configuration =
            ActionConfiguration::new([("TemplatePath", "template.yaml")].iter().chain(properties).copied());
        let request = Request::of(&job).map_err(|error| error.to_string())?;
        let template = InputFile { root: folder.path().to_path_buf(), path };
        let resolved = operation.settings(&request, &template).map_err(|failure| failure.cause())?;
        assert_eq!(resolved.settings.aws.role_session, Some(format!("samstep-{JOB_ID}")));
        Ok(resolved.settings)
    }

    #[test]
    fn a_role_that_a_job_names_never_gets_the_external_id_of_the_host() {
        let committed = "assume_role_arn = 'arn:aws:iam::1:role/committed'\nexternal_id = 'x'\nregion = 'xx-east-9'";
        let of_host = (Some(OF_HOST.to_owned()), Some("of-the-host".to_owned()));
        let of_job = |id: Option<&str>| (Some(OF_JOB.to_owned()), id.map(str::to_owned));
        let narrow = AllowArguments { allow_role: vec!["*:role/job".to_owned()], ..AllowArguments::default() };
        for allowed in [AllowArguments::default(), narrow] {
            let role = |properties: &[(&str, &str)]| {
                let aws = settings(properties, committed, &allowed).unwrap().aws;
                assert_eq!(aws.region.as_deref(), Some("eu-west-1"));
                (aws.role_arn, aws.external_id.map(|id| id.expose().to_owned()))
            };
            assert_eq!(role(&[]), of_host, "the role of the host is no choice of the job, and needs no leave");
            assert_eq!(role(&[("ExternalId", "x")]), of_host);
            assert_eq!(role(&[("AssumeRoleArn", OF_JOB)]), of_job(None));
            assert_eq!(role(&[("AssumeRoleArn", OF_JOB), ("ExternalId", "x")]), of_job(Some("x")));
        }
        let none = AllowArguments { allow_role: vec!["*:role/other".to_owned()], ..AllowArguments::default() };
        let refused = settings(&[("AssumeRoleArn", OF_JOB)], "", &none).unwrap_err();
        assert_eq!(refused, format!("the worker does not allow the role {OF_JOB}"));
        let region = settings(&[("Region", "us-east-1")], committed, &AllowArguments::default()).unwrap().aws.region;
        assert_eq!(region.as_deref(), Some("us-east-1"));
    }

    #[test]
    fn code_is_encrypted_as_the_nearest_says() {
        let kms = |key: &str| Some(Encryption::Kms { key_id: Some(key.to_owned()) });
        let rows: [(&[(&str, &str)], &str, _); 6] = [
            (&[], "", kms("of-the-host")),
            (&[("Sse", "aes256")], "", Some(Encryption::Aes256)),
            (&[("Sse", "kms")], "", Some(Encryption::Kms { key_id: None })),
            (&[("KmsKeyId", "k")], "", kms("k")),
            (&[("Sse", "bucket-default")], "sse = 'aes256'", Some(Encryption::BucketDefault)),
            (&[("S3Bucket", "code")], "", kms("of-the-host")),
        ];
        for (properties, samconfig, expected) in rows {
            let settings = settings(properties, samconfig, &AllowArguments::default()).unwrap();
            assert_eq!(settings.objects.encryption, expected, "{properties:?}");
        }
        assert_eq!(Request::of(&job()).unwrap().encryption, kms(KEY), "where nobody says, as the artifacts are");
    }
}
