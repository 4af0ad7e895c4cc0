//! The action `publish`: its properties and its template become the settings of the operation.

use super::allowed;
use super::artifact_path::{ArtifactPath, path_of};
use super::code_place::is_switched_on;
use super::context::{Action, ActionHost, InputFile, InputFiles};
use super::job_role;
use super::property::{PUBLISH_PROPERTIES, Reader, S3_BUCKET, TEMPLATE_PATH};
use crate::cli::{self, CommandName};
use crate::facts::{Environment, Failure, FailureKind};
use crate::settings::{ActionSource, ActionTemplate, PublishSettings, Resolved, Source};
use std::collections::BTreeMap;

const RESOLVE_S3: &str = "ResolveS3";
/// With it, the operator of the host names the bucket for code.
const S3_BUCKET_VARIABLE: &str = "SAMSTEP_S3_BUCKET";

/// What an action asks to publish.
#[derive(Clone, PartialEq, Eq)]
pub struct PublishRequest {
    /// The name of the session in which the host's role is used.
    session: String,
    template: ArtifactPath,
    /// The rest: flags in PascalCase.
    properties: BTreeMap<String, String>,
}

/// Values may be secrets.
impl std::fmt::Debug for PublishRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PublishRequest").field("template", &self.template).finish_non_exhaustive()
    }
}

impl PublishRequest {
    /// Reads the properties of an action.
    pub fn parse(action: Action<'_>) -> Result<Self, Failure> {
        let Action { job_id, mut properties, .. } = action;
        properties.retain(|name, _| !is_read_by(name, Reader::Workers));
        let is_flag = |name: &&String| !is_read_by(name, Reader::Job);
        properties.keys().filter(is_flag).try_for_each(|name| cli::check_host_only(CommandName::Publish, name))?;
        let template = properties.remove(TEMPLATE_PATH).ok_or_else(no_template)?;
        let template = path_of(TEMPLATE_PATH, &template)?;
        Ok(Self { session: job_role::session(job_id), template, properties })
    }

    /// The settings, once the input artifacts are there.
    pub fn resolve(
        &self,
        inputs: &impl InputFiles,
        host: &ActionHost<'_>,
    ) -> Result<Resolved<PublishSettings>, Failure> {
        let template = inputs.find(&self.template)?;
        let mut resolved = self.settings(&template, host)?;
        let settings = &mut resolved.settings;
        settings.aws = job_role::aws_settings(&settings.aws, host, &self.session);
        settings.package.aws = settings.aws.clone();
        Ok(resolved)
    }

    fn settings(&self, template: &InputFile, host: &ActionHost<'_>) -> Result<Resolved<PublishSettings>, Failure> {
        let properties = self.properties_on(host.environment);
        let pairs = properties.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let given = cli::given_by_properties(CommandName::Publish, pairs)?;
        let fixed = &host.allowed.fixed;
        cli::check_not_fixed(&given, fixed)?;
        let action = ActionSource {
            command: CommandName::Publish,
            fixed,
            properties: &given,
            template: Some(ActionTemplate { path: &template.path, root: &template.root }),
            found: &[],
        };
        let mut resolved = PublishSettings::resolve(&Source::Action(action), host.environment)?;
        allowed::check(&resolved.settings.package, host.allowed)?;
        let options = &mut resolved.settings.options;
        options.allowed = allowed::applications(host.allowed);
        if let Some(application) = &options.application {
            options.check_allowed(application)?;
        }
        Ok(resolved)
    }

    /// The properties with the bucket for code that the host names. The bucket of the artifacts is never taken: its
    /// objects are encrypted with KMS, which the repository probably cannot read.
    fn properties_on(&self, environment: &Environment) -> BTreeMap<String, String> {
        let mut properties = self.properties.clone();
        if is_switched_on(&properties, RESOLVE_S3) {
            return properties;
        }
        // A samconfig beside the template often asks for the managed bucket of a developer's account.
        properties.insert(RESOLVE_S3.to_owned(), "false".to_owned());
        if let Some(bucket) = environment.get(S3_BUCKET_VARIABLE) {
            properties.entry(S3_BUCKET.to_owned()).or_insert_with(|| bucket.to_owned());
        }
        properties
    }
}

fn is_read_by(name: &str, reader: Reader) -> bool {
    PUBLISH_PROPERTIES.iter().any(|property| property.name == name && property.reader == reader)
}

fn no_template() -> Failure {
    Failure::new(FailureKind::Usage, format!("the action configuration has no {TEMPLATE_PATH}"))
        .with_hint("give the template as Artifact::path, or as a path in the first input artifact")
}

#[cfg(test)]
mod tests {
    use super::PublishRequest;
    use crate::cli::AllowArguments;
    use crate::facts::{Environment, Failure, S3Location};
    use crate::operation::action::{Action, ActionHost, ArtifactPath, InputFile, InputFiles, Request, all_properties};
    use crate::operation::find_row;
    use crate::publish::{ApplicationId, SameVersion};
    use crate::settings::{AwsSettings, BucketChoice, PublishSettings};
    use crate::testing::jobs::JOB_ID;
    use std::path::Path;
    use tempfile::TempDir;

    const ORDERS: &str = "arn:aws:serverlessrepo:eu-west-1:111122223333:applications/orders";
    const TEMPLATE: (&str, &str) = ("TemplatePath", "App::template.yaml");

    /// The input artifact as a folder.
    struct Site(TempDir);

    impl InputFiles for Site {
        fn find(&self, path: &ArtifactPath) -> Result<InputFile, Failure> {
            Ok(InputFile { root: self.0.path().to_path_buf(), path: self.0.path().join(&path.path) })
        }
    }

    fn request(properties: &[(&str, &str)]) -> Result<PublishRequest, Failure> {
        let mut properties = all_properties([("Operation", "publish")].iter().chain(properties).copied())?;
        let row = find_row(&mut properties)?;
        let app = S3Location::new("artifacts", "pipe/App/a.zip");
        let inputs = vec![("App", &app)];
        let request =
            (row.parse)(Action { job_id: JOB_ID, properties, inputs, output: None, encryption_key: Some("alias/k") })?;
        let Request::Publish(request) = request else { panic!("{request:?}") };
        Ok(request)
    }

    fn settings(properties: &[(&str, &str)], variables: &[(&str, &str)]) -> Result<PublishSettings, Failure> {
        let site = Site(tempfile::tempdir().unwrap());
        let write = |name: &str, text: &str| std::fs::write(site.0.path().join(name), text).unwrap();
        write("template.yaml", "Resources: {}\n");
        write("samconfig.toml", "version = 0.1\n[default.publish.parameters]\nresolve_s3 = true\npublic = true\n");
        let environment: Environment = variables.iter().copied().collect();
        let host = ActionHost {
            aws: &AwsSettings { region: Some("eu-west-1".to_owned()), ..AwsSettings::default() },
            environment: &environment,
            allowed: &AllowArguments::default(),
        };
        request(properties)?.resolve(&site, &host).map(|resolved| resolved.settings)
    }

    #[test]
    fn properties_become_settings() {
        let options = r#"{"Share": ["111122223333", "444455556666"], "AllowSameVersion": true}"#;
        let properties = [TEMPLATE, ("SemanticVersion", "1.2.0"), ("S3Bucket", "code"), ("Options", options)];
        let settings = settings(&properties, &[]).unwrap();
        assert_eq!(settings.options.version.map(|it| it.to_string()).as_deref(), Some("1.2.0"));
        assert_eq!(settings.options.same_version, SameVersion::Allow);
        assert_eq!(settings.options.sharing.unwrap().accounts.len(), 2);
        assert_eq!(settings.package.targets[0].bucket, Some(BucketChoice::Named("code".to_owned())));
        assert_eq!((settings.package.objects.encryption, settings.dry_run), (None, false), "AES256 is the default");
        assert!(settings.package.root.as_deref().is_some_and(Path::is_absolute));
        let aws = settings.aws;
        assert_eq!((aws.region.as_deref(), aws.role_session), (Some("eu-west-1"), Some(format!("samstep-{JOB_ID}"))));
    }

    #[test]
    fn the_bucket_is_that_of_a_property_or_of_the_host_and_never_that_of_the_artifacts() {
        let bucket =
            |variables: &[(&str, &str)]| settings(&[TEMPLATE], variables).unwrap().package.targets[0].bucket.clone();
        assert_eq!(bucket(&[]), None, "a samconfig may not choose it");
        assert_eq!(bucket(&[("SAMSTEP_S3_BUCKET", "host")]), Some(BucketChoice::Named("host".to_owned())));
        assert_eq!(settings(&[TEMPLATE], &[]).unwrap().options.sharing, None, "nor may it share the application");
    }

    #[test]
    fn the_operator_limits_the_applications() {
        let request = request(&[TEMPLATE, ("ApplicationId", ORDERS)]).unwrap();
        let site = Site(tempfile::tempdir().unwrap());
        std::fs::write(site.0.path().join("template.yaml"), "Resources: {}\n").unwrap();
        let resolve = |pattern: &str| {
            let allowed = AllowArguments { allow_application: vec![pattern.to_owned()], ..AllowArguments::default() };
            let (aws, environment) = (AwsSettings::default(), Environment::default());
            request.resolve(&site, &ActionHost { aws: &aws, environment: &environment, allowed: &allowed })
        };
        let options = resolve("*/orders").unwrap().settings.options;
        let of_metadata = ApplicationId { name: "shop".to_owned(), ..options.application.clone().unwrap() };
        assert!(options.check_allowed(&of_metadata).is_err(), "one that the metadata names is checked too");
        assert_eq!(
            resolve("*/shop").unwrap_err().cause(),
            format!("the worker does not allow the application {ORDERS}")
        );
    }

    #[test]
    fn what_a_job_may_not_set_is_refused() {
        let rows = [
            (vec![], "the action configuration has no TemplatePath"),
            (
                vec![("TemplatePath", "../template.yaml")],
                "TemplatePath of the action configuration is `../template.yaml`",
            ),
            (vec![TEMPLATE, ("DryRun", "true")], "the action configuration sets DryRun, which a job may not"),
            (vec![TEMPLATE, ("Profile", "x")], "the action configuration sets Profile, which a job may not"),
        ];
        for (properties, expected) in rows {
            let cause = request(&properties).unwrap_err().cause();
            assert!(cause.starts_with(expected), "{cause}");
        }
        let both = [TEMPLATE, ("AllowSameVersion", "true"), ("FailOnSameVersion", "true")];
        let cause = settings(&both, &[]).unwrap_err().cause();
        assert_eq!(cause, "--allow-same-version and --fail-on-same-version are both given");
    }
}
