//! The settings of `deploy`: the values of all sources, put together and checked.

mod application;
mod change_set;
mod contradictions;
mod pairs;
mod provenance;
mod read_files;
mod stack_policy;
#[cfg(test)]
mod tests;
mod without_effect;

use super::aws::AwsSettings;
use super::failure::refused;
use super::package::{PackageSettings, Resolved, check_external_id};
use super::paths::output_file;
use super::source::{Source, Sources};
use super::written::{self, WrittenFile};
use crate::cli::{DeployArguments, EVERYTHING, GateArguments, PackageArguments, Toggle};
use crate::deploy::{DeployOptions, Gates, OnEmpty, OnFailure, Scope, Until, Work};
use crate::facts::{Environment, Failure, Role, Warning};
use crate::template_configuration::TemplateConfiguration;
use change_set::ChangeSetInputs;
use std::path::PathBuf;
use std::time::Duration;

pub use application::ApplicationSettings;

/// A deployment ends as a failure after this time, if no other is given. It is longer than most hosts run a build.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(12 * 60 * 60);
/// sam's polling interval, in seconds.
const SAM_POLL_DELAY: &str = "SAM_CLI_POLL_DELAY";

/// One run of `deploy`.
#[derive(Debug, Clone, PartialEq)]
pub struct DeploySettings {
    /// How the template is found and packaged. `None` if no change set is created, or that of an application.
    pub package: Option<PackageSettings>,
    /// The application that is deployed in place of a template.
    pub application: Option<ApplicationSettings>,
    /// All that does not depend on the template, which is an empty one in a new change set.
    pub options: DeployOptions,
    /// Receives the outputs of the stack: a JSON object of keys and values.
    pub outputs_file: Option<PathBuf>,
    /// Receives the changes: Markdown if its name ends in `.md`, else JSON.
    pub changes_file: Option<PathBuf>,
    /// Receives the report: an HTML page.
    pub report_file: Option<PathBuf>,
    pub aws: AwsSettings,
}

impl DeploySettings {
    /// Puts the values of all sources together. The samconfig, if there is one, is read once.
    pub fn resolve(source: &Source<'_>, environment: &Environment) -> Result<Resolved<Self>, Failure> {
        let mut sources = Sources::read(source, environment)?;
        let arguments: DeployArguments = source.arguments(&sources.given)?;
        contradictions::check(&arguments, source)?;
        check_external_id(&arguments.aws, source)?;
        let mut warnings = std::mem::take(&mut sources.warnings);
        warnings.extend(without_effect::warnings(&arguments, source, &sources.given));
        let application = application::resolve(&arguments, source)?;
        let file = |path: &PathBuf| output_file(&source.folder().join(path));
        let (options, of_values) = options(&arguments, source, &sources, environment)?;
        warnings.extend(of_values);
        let settings = Self {
            options,
            package: match application {
                Some(_) => None,
                None => package(&arguments, source, environment)?,
            },
            application,
            outputs_file: arguments.outputs_file.as_ref().map(file).transpose()?,
            changes_file: arguments.changes_file.as_ref().map(file).transpose()?,
            report_file: arguments.report_file.as_ref().map(file).transpose()?,
            aws: AwsSettings::from(arguments.aws.clone()),
        };
        let written = settings.written(&arguments, source);
        written::check_distinct(&written)?;
        read_files::check(&written, &arguments, source, &sources)?;
        let mut report = arguments.report.settings(&arguments.results);
        report.files.page.clone_from(&settings.report_file);
        let secrets = arguments.aws.external_id.into_iter().collect();
        Ok(Resolved { settings: settings.without_written(), report, secrets, warnings })
    }

    /// The files that the run writes.
    fn written(&self, arguments: &DeployArguments, source: &Source<'_>) -> Vec<PathBuf> {
        let results = arguments.results.named().map(|(_, path)| source.folder().join(path));
        results.chain(self.own_files().into_iter().map(|file| file.path)).collect()
    }

    /// The files that a deployment makes.
    fn own_files(&self) -> Vec<WrittenFile> {
        let files = [
            (&self.outputs_file, Role::StackOutputs),
            (&self.changes_file, Role::Plan),
            (&self.report_file, Role::Page),
        ];
        files.into_iter().filter_map(|(path, role)| Some(WrittenFile { path: path.clone()?, role })).collect()
    }

    /// The same, with the files that the run writes left out of every archive.
    fn without_written(mut self) -> Self {
        let files = self.own_files();
        if let Some(package) = &mut self.package {
            package.other_files.extend(files);
        }
        self
    }
}

/// The settings of the packaging, if a change set is created.
fn package(
    arguments: &DeployArguments,
    source: &Source<'_>,
    environment: &Environment,
) -> Result<Option<PackageSettings>, Failure> {
    if arguments.execution.execute.is_some() || arguments.execution.follow.is_some() {
        return Ok(None);
    }
    let DeployArguments { template, text, upload, archives, samconfig, aws, report, results, .. } = arguments.clone();
    let arguments = PackageArguments {
        template,
        output_template_file: None,
        text,
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
    PackageSettings::from_arguments(arguments, source, environment).map(Some)
}

fn options(
    arguments: &DeployArguments,
    source: &Source<'_>,
    sources: &Sources,
    environment: &Environment,
) -> Result<(DeployOptions, Vec<Warning>), Failure> {
    let inputs = ChangeSetInputs { arguments, source, sources, environment };
    let execution = &arguments.execution;
    let configuration = inputs.configuration()?;
    let policy = match (&arguments.stack.stack_policy, &configuration) {
        (Some(given), _) => Some(stack_policy::read(given, source)?),
        (None, Some(configuration)) => configuration.stack_policy.as_ref().map(ToString::to_string),
        (None, None) => None,
    };
    let (work, warnings) = work(&inputs, configuration.as_ref())?;
    let options = DeployOptions {
        stack: stack(arguments)?,
        until: until(arguments, &work),
        work,
        empty: if execution.fail_on_empty_changeset { OnEmpty::Fail } else { OnEmpty::Succeed },
        on_failure: match execution.on_failure {
            Some(action) => action,
            None if execution.disable_rollback => OnFailure::DoNothing,
            None => OnFailure::Rollback,
        },
        express: execution.express,
        gates: gates(&arguments.gates),
        replaces_failed: execution.replace_failed_stack,
        wait_for_stack: execution.wait_for_stack,
        on_paused: execution.on_paused_failure,
        protection: arguments.stack.termination_protection.map(|toggle| toggle == Toggle::On),
        policy,
        role_arn: arguments.stack.role_arn.clone(),
        timeout: execution.timeout.or(execution.max_wait_duration).unwrap_or(DEFAULT_TIMEOUT),
        poll: environment.get(SAM_POLL_DELAY).and_then(poll_delay),
        on_cancel: execution.on_cancel,
    };
    Ok((options, warnings))
}

/// What the run does, with warnings about the values of its change set.
fn work(
    inputs: &ChangeSetInputs<'_>,
    configuration: Option<&TemplateConfiguration>,
) -> Result<(Work, Vec<Warning>), Failure> {
    let execution = &inputs.arguments.execution;
    match (&execution.execute, &execution.follow) {
        (Some(change_set), _) => Ok((Work::Execute(change_set.clone()), Vec::new())),
        (None, Some(_)) => Ok((Work::Follow, Vec::new())),
        (None, None) => {
            let (change_set, warnings) = inputs.change_set(configuration)?;
            Ok((Work::Create(Box::new(change_set)), warnings))
        }
    }
}

fn gates(arguments: &GateArguments) -> Gates {
    Gates {
        replacement: scope(&arguments.refuse_replacement),
        deletion: scope(&arguments.refuse_delete),
        exports: arguments.refuse_export_change,
        unhealthy_shift: arguments.refuse_unhealthy_shift,
    }
}

fn stack(arguments: &DeployArguments) -> Result<String, Failure> {
    let named = arguments.execution.follow.as_ref().or(arguments.stack.stack_name.as_ref());
    named.cloned().ok_or_else(|| {
        refused(
            "no stack is named",
            "give --stack-name NAME, or write stack_name below [default.deploy.parameters] in samconfig.toml",
        )
    })
}

/// A samconfig that asks for a change set only is about new ones.
fn until(arguments: &DeployArguments, work: &Work) -> Until {
    match work {
        Work::Create(_) if arguments.execution.no_execute_changeset => Until::Planned,
        Work::Create(_) | Work::Execute(_) if arguments.execution.detach => Until::Executed,
        Work::Create(_) | Work::Execute(_) | Work::Follow => Until::Deployed,
    }
}

/// The resources that a gate is about: all if it is given alone.
fn scope(values: &[String]) -> Scope {
    const NOTHING: &str = "false";
    if values.iter().any(|value| value == EVERYTHING) {
        return Scope::Everything;
    }
    let names: Vec<_> = values.iter().filter(|value| *value != NOTHING && !value.is_empty()).cloned().collect();
    if names.is_empty() { Scope::Nothing } else { Scope::Only(names) }
}

/// Like sam, takes its own default for what is no time.
fn poll_delay(text: &str) -> Option<Duration> {
    let seconds: f64 = text.trim().parse().ok().filter(|seconds| *seconds > 0.0)?;
    Duration::try_from_secs_f64(seconds).ok()
}
