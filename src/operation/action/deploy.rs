//! The action `deploy`: its properties and its template become the settings of the operation.

use super::action_mode::ActionMode;
use super::allowed;
use super::artifact_path::{ArtifactPath, inner_path, no_inner_path, path_of};
use super::code_place::CodePlace;
use super::context::{Action, ActionHost, InputFile, InputFiles};
use super::job_role;
use super::names::{APPLICATION_ID, OUTPUTS_FILE};
use super::overrides::{Artifacts, NamedLocation};
use super::property::{
    DEPLOY_PROPERTIES, OUTPUT_FILE_NAME, PARAMETER_OVERRIDES, Reader, STACK_NAME, TEMPLATE_CONFIGURATION, TEMPLATE_PATH,
};
use crate::cli::{self, CommandName};
use crate::facts::{Failure, FailureKind, S3Endpoint};
use crate::settings::{ActionSource, ActionTemplate, DeploySettings, Resolved, Source};
use std::collections::BTreeMap;
use std::path::PathBuf;

const EXECUTE: &str = "Execute";
const FOLLOW: &str = "Follow";
/// The entry of the output artifact with the changes.
const CHANGES_FILE: &str = "changes.json";
/// The entry of the output artifact with the report.
const REPORT_FILE: &str = "report.html";

/// What an action asks to deploy.
#[derive(Clone, PartialEq, Eq)]
pub struct DeployRequest {
    /// The name of the session in which the host's role is used.
    session: String,
    /// `None` if an application is deployed, a change set executed, or an operation followed.
    template: Option<ArtifactPath>,
    configuration: Option<ArtifactPath>,
    /// The file with the outputs of the stack in the output artifact.
    outputs_file: Option<String>,
    has_output: bool,
    /// The input artifacts.
    inputs: Vec<NamedLocation>,
    artifacts: Option<CodePlace>,
    /// The rest: flags in PascalCase.
    properties: BTreeMap<String, String>,
}

/// Values may be secrets.
impl std::fmt::Debug for DeployRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeployRequest").field("template", &self.template).finish_non_exhaustive()
    }
}

impl DeployRequest {
    /// Reads the properties of an action.
    pub fn parse(action: Action<'_>) -> Result<Self, Failure> {
        let artifacts = CodePlace::of(&action);
        let Action { job_id, mut properties, inputs, output, .. } = action;
        properties.retain(|name, _| !is_of_workers(name));
        let is_flag = |name: &&String| !is_of_job(name);
        properties.keys().filter(is_flag).try_for_each(|name| cli::check_host_only(CommandName::Deploy, name))?;
        ActionMode::apply(&mut properties)?;
        let path = |property: &str, text: Option<String>| text.map(|text| path_of(property, &text)).transpose();
        let request = Self {
            session: job_role::session(job_id),
            template: path(TEMPLATE_PATH, properties.remove(TEMPLATE_PATH))?,
            configuration: path(TEMPLATE_CONFIGURATION, properties.remove(TEMPLATE_CONFIGURATION))?,
            outputs_file: properties.remove(OUTPUT_FILE_NAME).map(|name| outputs_file(&name)).transpose()?,
            has_output: output.is_some(),
            inputs: inputs.into_iter().map(|(name, location)| (name.to_owned(), location.clone())).collect(),
            artifacts,
            properties,
        };
        request.check().map(|()| request)
    }

    /// What is missing, or has no effect.
    fn check(&self) -> Result<(), Failure> {
        let is_given = |property: &str| self.properties.contains_key(property);
        let creates = !is_given(EXECUTE) && !is_given(FOLLOW);
        if let Some(template) = self.template.as_ref().filter(|_| is_given(APPLICATION_ID)) {
            let failure = usage(format!("{TEMPLATE_PATH} is {template}, and {APPLICATION_ID} is given"));
            return Err(failure.with_hint("leave one of them out: an application has a template of its own"));
        }
        if creates && self.template.is_none() && !is_given(APPLICATION_ID) {
            let failure = usage(format!("the action configuration has no {TEMPLATE_PATH}"));
            return Err(
                failure.with_hint("give the template as Artifact::path, or as a path in the first input artifact")
            );
        }
        if let Some(template) = self.template.as_ref().filter(|_| !creates) {
            let failure = usage(format!("{TEMPLATE_PATH} is {template}, and no change set is created"));
            return Err(failure.with_hint(format!("leave {TEMPLATE_PATH} out, or {EXECUTE} and {FOLLOW}")));
        }
        if !is_given(STACK_NAME) && !is_given(FOLLOW) {
            let failure = usage(format!("the action configuration has no {STACK_NAME}"));
            return Err(failure.with_hint("name the stack to create or to update"));
        }
        if self.outputs_file.is_some() && !self.has_output {
            let failure = usage(format!("{OUTPUT_FILE_NAME} is given, and the action has no output artifact"));
            return Err(failure.with_hint("declare one artifact in the action's outputArtifacts"));
        }
        Ok(())
    }

    /// The settings, once the input artifacts are there.
    pub fn resolve(
        &self,
        inputs: &impl InputFiles,
        host: &ActionHost<'_>,
    ) -> Result<Resolved<DeploySettings>, Failure> {
        let template = self.template.as_ref().map(|path| inputs.find(path)).transpose()?;
        let configuration = self.configuration.as_ref().map(|path| inputs.find(path)).transpose()?;
        let properties = self.properties_on(inputs, host, configuration.as_ref())?;
        let mut resolved = self.settings(&properties, template.as_ref(), configuration.as_ref(), host)?;
        let settings = &mut resolved.settings;
        settings.aws = job_role::aws_settings(&settings.aws, host, &self.session);
        if let Some(package) = &mut settings.package {
            package.aws = settings.aws.clone();
        }
        settings.outputs_file = self.outputs_file.as_ref().map(PathBuf::from);
        let creates = settings.package.is_some() || settings.application.is_some();
        settings.changes_file = (self.has_output && creates).then(|| PathBuf::from(CHANGES_FILE));
        settings.report_file = self.has_output.then(|| PathBuf::from(REPORT_FILE));
        Ok(resolved)
    }

    /// The properties with the bucket for code, the template configuration that was found, and values for functions.
    fn properties_on(
        &self,
        inputs: &impl InputFiles,
        host: &ActionHost<'_>,
        configuration: Option<&InputFile>,
    ) -> Result<BTreeMap<String, String>, Failure> {
        let mut properties = self.properties.clone();
        if let Some(overrides) = properties.get_mut(PARAMETER_OVERRIDES) {
            let artifacts = Artifacts { files: inputs, locations: &self.inputs, endpoint: endpoint(host) };
            *overrides = artifacts.resolve(overrides)?;
        }
        if let Some(InputFile { path, .. }) = configuration {
            properties.insert(TEMPLATE_CONFIGURATION.to_owned(), path.to_string_lossy().into_owned());
        }
        Ok(match self.artifacts.as_ref().filter(|_| self.template.is_some()) {
            Some(artifacts) => artifacts.complete(properties, host.environment),
            None => properties,
        })
    }

    fn settings(
        &self,
        properties: &BTreeMap<String, String>,
        template: Option<&InputFile>,
        configuration: Option<&InputFile>,
        host: &ActionHost<'_>,
    ) -> Result<Resolved<DeploySettings>, Failure> {
        let pairs = properties.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let given = cli::given_by_properties(CommandName::Deploy, pairs)?;
        let fixed = &host.allowed.fixed;
        cli::check_not_fixed(&given, fixed)?;
        let found: Vec<PathBuf> = configuration.map(|file| file.path.clone()).into_iter().collect();
        let action = ActionSource {
            command: CommandName::Deploy,
            fixed,
            properties: &given,
            template: template.map(|file| ActionTemplate { path: &file.path, root: &file.root }),
            found: &found,
        };
        let mut resolved = DeploySettings::resolve(&Source::Action(action), host.environment)?;
        allowed::check_deployment(&resolved.settings, host.allowed)?;
        if let Some(package) = resolved.settings.package.as_mut().filter(|it| it.objects.encryption.is_none()) {
            package.objects.encryption = self.artifacts.as_ref().and_then(|it| it.encryption(properties));
        }
        Ok(resolved)
    }
}

fn is_of_workers(name: &str) -> bool {
    DEPLOY_PROPERTIES.iter().any(|property| property.name == name && property.reader == Reader::Workers)
}

/// Whether a property has a meaning of its own in a job, and is not the flag of this name.
fn is_of_job(name: &str) -> bool {
    let is_declared = DEPLOY_PROPERTIES.iter().any(|property| property.name == name && property.reader == Reader::Job);
    is_declared || name == OUTPUT_FILE_NAME
}

fn usage(message: impl Into<String>) -> Failure {
    Failure::new(FailureKind::Usage, message)
}

/// A name of its own in the output artifact.
fn outputs_file(name: &str) -> Result<String, Failure> {
    let path = inner_path(name).ok_or_else(|| no_inner_path(OUTPUT_FILE_NAME, name))?;
    if [OUTPUTS_FILE, CHANGES_FILE, REPORT_FILE].contains(&path.as_str()) {
        let failure = usage(format!("two files of the output artifact would have the name {path}"));
        return Err(failure.with_hint(format!("give {OUTPUT_FILE_NAME} another name")));
    }
    Ok(path)
}

/// The endpoint of S3 in the region of the host, in which its pipelines are.
fn endpoint(host: &ActionHost<'_>) -> S3Endpoint {
    let of_variables = || ["AWS_REGION", "AWS_DEFAULT_REGION"].iter().find_map(|name| host.environment.get(name));
    let region = host.aws.region.as_deref().or_else(of_variables).unwrap_or("us-east-1");
    let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    S3Endpoint::new(&format!("https://s3.{region}.{domain}"))
}

#[cfg(test)]
#[path = "deploy_tests.rs"]
mod tests;
