//! The operation `package`: the properties of the action become settings, and the step packages with the host's role.

use super::allowed;
use super::configuration::Request;
use super::input::InputFile;
use super::run::{Operation, Packaged, PackagedTemplate, Performed};
use crate::cli::{self, AllowArguments, Environment};
use crate::event::{Event, Reporter};
use crate::failure::{Failure, FailureKind};
use crate::interrupt::Interrupt;
use crate::settings::{AwsSettings, Output, PackageSettings, Resolved, Surroundings, Target};
use crate::step::{self, Cloud, Done, PackagedTarget};
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

impl<C: Cloud> PackageOperation<'_, C> {
    /// The flags that the properties stand for, with the samconfig beside the template below them.
    fn settings(&self, request: &Request, template: &InputFile) -> Result<Resolved, Failure> {
        let pairs: Vec<(String, String)> = request.properties.clone().into_iter().collect();
        let mut arguments = cli::arguments_of_properties(&pairs, |flag| FLAGS.contains(&flag))?;
        let mut named = OsString::from("--template-file=");
        named.push(&template.path);
        arguments.push(named);
        arguments.extend(NO_FILES.map(OsString::from));
        let root = template.root.as_path();
        let surroundings = Surroundings { folder: root, environment: self.environment, root: Some(root) };
        let mut resolved = PackageSettings::resolve(&cli::package_arguments(arguments)?, surroundings)?;
        let settings = &mut resolved.settings;
        settings.aws = AwsSettings {
            region: settings.aws.region.take().or_else(|| self.host.region.clone()),
            role_arn: settings.aws.role_arn.take(),
            external_id: settings.aws.external_id.take(),
            ..self.host.clone()
        };
        (settings.manifest, settings.dry_run) = (None, false);
        settings.results.clear();
        settings.targets.iter_mut().for_each(|target| target.output = Output::Stdout);
        allowed::check(settings, self.allowed)?;
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
        let done = step::run(&resolved.settings, Some(&template.root), self.cloud, reporter, self.interrupt).await?;
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
