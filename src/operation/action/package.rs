//! The action `package`: its properties and its template become the settings of the operation.

use super::allowed;
use super::artifact_path::{ArtifactPath, inner_path, no_inner_path, path_of};
use super::code_place::{CodePlace, is_switched_on};
use super::context::{Action, ActionHost, InputFile, InputFiles};
use super::job_role;
use super::names::OUTPUTS_FILE;
use super::property::{
    OUTPUT_TEMPLATE_FILE, PACKAGE_PROPERTIES, Reader, S3_BUCKET, S3_PREFIX, TEMPLATE_CONFIGURATION, TEMPLATE_PATH,
};
use crate::cli::{self, CommandName};
use crate::facts::{Failure, FailureKind};
use crate::settings::{
    ActionSource, ActionTemplate, HandedOn, Output, PackageSettings, Resolved, Source, Target, beside, named_after,
};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const USE_JSON: &str = "UseJson";
/// The entry of the output artifact that lists the artifacts.
const MANIFEST_FILE: &str = "manifest.json";

/// What an action asks to package.
#[derive(Clone, PartialEq, Eq)]
pub struct PackageRequest {
    /// The name of the session in which the host's role is used.
    session: String,
    template: ArtifactPath,
    /// The packaged template's name in the output artifact.
    output_template: String,
    /// Template configurations to copy for the next action.
    configurations: Vec<ArtifactPath>,
    artifacts: CodePlace,
    /// The rest: flags in PascalCase, a place for code among them.
    properties: BTreeMap<String, String>,
}

/// Values may be secrets.
impl std::fmt::Debug for PackageRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PackageRequest").field("template", &self.template).finish_non_exhaustive()
    }
}

impl PackageRequest {
    /// Reads the properties of an action.
    pub fn parse(action: Action<'_>) -> Result<Self, Failure> {
        let artifacts = action.output.and_then(|_| CodePlace::of(&action));
        let artifacts = artifacts.ok_or_else(|| usage("the job has no output artifact for the packaged template"))?;
        let Action { job_id, mut properties, .. } = action;
        for property in PACKAGE_PROPERTIES.iter().filter(|property| property.reader == Reader::Workers) {
            properties.remove(property.name);
        }
        // A property that has a meaning of its own in a job is not the flag of this name.
        let is_flag =
            |name: &&String| !PACKAGE_PROPERTIES.iter().any(|it| it.name == **name && it.reader == Reader::Job);
        properties.keys().filter(is_flag).try_for_each(|name| cli::check_host_only(CommandName::Package, name))?;
        let template = properties.remove(TEMPLATE_PATH).ok_or_else(|| {
            usage(format!("the action configuration has no {TEMPLATE_PATH}"))
                .with_hint("give the template as Artifact::path, or as a path in the first input artifact")
        })?;
        let template = path_of(TEMPLATE_PATH, &template)?;
        let request = Self {
            session: job_role::session(job_id),
            output_template: match properties.remove(OUTPUT_TEMPLATE_FILE) {
                Some(name) => inner_path(&name).ok_or_else(|| no_inner_path(OUTPUT_TEMPLATE_FILE, &name))?,
                None => default_output_template(&template, is_switched_on(&properties, USE_JSON)),
            },
            configurations: configurations(properties.remove(TEMPLATE_CONFIGURATION))?,
            artifacts,
            properties,
            template,
        };
        request.check_names(&[request.template_name(None)])?;
        Ok(request)
    }

    /// The settings, once the input artifacts are there.
    pub fn resolve(
        &self,
        inputs: &impl InputFiles,
        host: &ActionHost<'_>,
    ) -> Result<Resolved<PackageSettings>, Failure> {
        let template = inputs.find(&self.template)?;
        let properties = self.artifacts.complete(self.properties.clone(), host.environment);
        let mut resolved = self.settings(&properties, &template, host)?;
        let settings = &mut resolved.settings;
        self.check_names(&self.names(&settings.targets))?;
        settings.manifest = Some(PathBuf::from(MANIFEST_FILE));
        for target in &mut settings.targets {
            target.output = Output::File(self.template_name(target.name.as_deref()).into());
        }
        let handed_on = |path: &ArtifactPath| Ok(HandedOn { file: inputs.find(path)?.path, name: (&path.path).into() });
        settings.handed_on = self.configurations.iter().map(handed_on).collect::<Result<_, Failure>>()?;
        let known = [("Bucket", S3_BUCKET), ("Prefix", S3_PREFIX)];
        let known = known.into_iter().filter_map(|(name, property)| Some((name, properties.get(property)?)));
        let known = known.filter(|(_, value)| !value.is_empty());
        settings.outputs = known.map(|(name, value)| (name.to_owned(), value.clone())).collect();
        Ok(resolved)
    }

    /// The settings that the properties stand for, with the samconfig beside the template below them.
    fn settings(
        &self,
        properties: &BTreeMap<String, String>,
        template: &InputFile,
        host: &ActionHost<'_>,
    ) -> Result<Resolved<PackageSettings>, Failure> {
        let pairs = properties.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let given = cli::given_by_properties(CommandName::Package, pairs)?;
        let fixed = &host.allowed.fixed;
        cli::check_not_fixed(&given, fixed)?;
        let action = ActionSource {
            command: CommandName::Package,
            fixed,
            properties: &given,
            template: Some(ActionTemplate { path: &template.path, root: &template.root }),
            found: &[],
        };
        let mut resolved = PackageSettings::resolve(&Source::Action(action), host.environment)?;
        let settings = &mut resolved.settings;
        allowed::check(settings, host.allowed)?;
        if settings.objects.encryption.is_none() {
            settings.objects.encryption = self.artifacts.encryption(properties);
        }
        settings.aws = job_role::aws_settings(&settings.aws, host, &self.session);
        Ok(resolved)
    }

    /// The name of a target's packaged template in the output artifact.
    fn template_name(&self, target: Option<&str>) -> String {
        target.map_or_else(
            || self.output_template.clone(),
            |target| named_after(Path::new(&self.output_template), target).to_string_lossy().into_owned(),
        )
    }

    fn names(&self, targets: &[Target]) -> Vec<String> {
        let of_target = |target: &Target| {
            let template = self.template_name(target.name.as_deref());
            let configuration = beside(Path::new(&template)).to_string_lossy().into_owned();
            [Some(template), target.configuration.as_ref().map(|_| configuration)]
        };
        targets.iter().flat_map(of_target).flatten().collect()
    }

    /// Checks that the entries of the output artifact have names of their own.
    fn check_names(&self, more: &[String]) -> Result<(), Failure> {
        let mut names = vec![OUTPUTS_FILE, MANIFEST_FILE];
        let copied = self.configurations.iter().map(|it| it.path.as_str());
        for name in copied.chain(more.iter().map(String::as_str)) {
            if names.contains(&name) {
                let failure = usage(format!("two files of the output artifact would have the name {name}"));
                return Err(failure.with_hint("give OutputTemplateFile another name"));
            }
            names.push(name);
        }
        Ok(())
    }
}

fn usage(message: impl Into<String>) -> Failure {
    Failure::new(FailureKind::Usage, message)
}

/// `packaged` with the extension that distinguishes YAML from JSON for the next reader.
fn default_output_template(template: &ArtifactPath, as_json: bool) -> String {
    let extension = Path::new(&template.path).extension().and_then(|it| it.to_str()).unwrap_or("yaml");
    format!("packaged.{}", if as_json { "json" } else { extension })
}

fn configurations(list: Option<String>) -> Result<Vec<ArtifactPath>, Failure> {
    let list = list.unwrap_or_default();
    let paths = list.split(',').map(str::trim).filter(|path| !path.is_empty());
    paths.map(|path| path_of(TEMPLATE_CONFIGURATION, path)).collect()
}

#[cfg(test)]
#[path = "package_tests.rs"]
mod tests;
