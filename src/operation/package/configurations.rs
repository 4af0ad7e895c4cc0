//! Template configurations: read or generated, and checked against the template before anything is uploaded.

use crate::facts::{Event, Failure, FailureKind, Reporter};
use crate::settings::{ConfigurationSource, PackageSettings, Target};
use crate::template::Template;
use crate::template_configuration::{TemplateConfiguration, TemplateParameters};
use crate::text::with_nearest_name;
use std::io;
use std::path::{Path, PathBuf};

/// The texts of all template configurations of a run.
pub struct Configurations {
    /// The one beside each packaged template, in the order of the targets.
    pub of_targets: Vec<Option<String>>,
    /// Those that a job copies to its output artifact, each with its name there.
    pub handed_on: Vec<(PathBuf, String)>,
}

impl Configurations {
    /// Reads and checks them. The failure lists the problems of all.
    pub fn read(settings: &PackageSettings, template: &Template, reporter: &dyn Reporter) -> Result<Self, Failure> {
        let mut all = Self { of_targets: Vec::new(), handed_on: Vec::new() };
        let is_unused = |target: &Target| target.configuration.is_none();
        if settings.handed_on.is_empty() && settings.targets.iter().all(is_unused) {
            all.of_targets = vec![None; settings.targets.len()];
            return Ok(all);
        }
        let parameters = TemplateParameters::of(template);
        let mut failures = Vec::new();
        for copy in &settings.handed_on {
            match copied(&copy.file, &parameters, reporter) {
                Ok(text) => all.handed_on.push((copy.name.clone(), text)),
                Err(failure) => failures.push(failure),
            }
        }
        for target in &settings.targets {
            let root = settings.root.as_deref();
            match target.configuration.as_ref().map(|source| text_of(source, &parameters, root, reporter)) {
                Some(Ok(text)) => all.of_targets.push(text),
                Some(Err(failure)) => failures.push(of_target(failure, target)),
                None => all.of_targets.push(None),
            }
        }
        Failure::all(failures).map_or(Ok(all), Err)
    }
}

fn of_target(failure: Failure, target: &Target) -> Failure {
    let Some(name) = &target.name else { return failure };
    failure.map(|mut problem| {
        problem.message = format!("target {name}: {}", problem.message);
        problem
    })
}

/// `None` if the source gives no value.
fn text_of(
    source: &ConfigurationSource,
    parameters: &TemplateParameters,
    root: Option<&Path>,
    reporter: &dyn Reporter,
) -> Result<Option<String>, Failure> {
    match source {
        ConfigurationSource::File(path) => {
            check_inside(path, root)?;
            copied(path, parameters, reporter).map(Some)
        }
        ConfigurationSource::Deploy(values) => {
            let generated = TemplateConfiguration::from_deploy(values, parameters)?;
            generated.warnings.into_iter().for_each(|warning| reporter.report(Event::Warning(warning)));
            let configuration = generated.configuration;
            Ok((!configuration.is_empty()).then(|| configuration.to_json()))
        }
    }
}

/// The text of a file that fits the template's parameters.
fn copied(path: &Path, parameters: &TemplateParameters, reporter: &dyn Reporter) -> Result<String, Failure> {
    let bytes = TemplateConfiguration::read(path).map_err(|error| unreadable(path, &error))?;
    let checked = TemplateConfiguration::parse(path, &bytes)?.check(parameters);
    checked.warnings.into_iter().for_each(|warning| reporter.report(Event::Warning(warning)));
    let text = String::from_utf8(bytes).expect("what was parsed is UTF-8");
    Failure::all(checked.problems).map_or(Ok(text), Err)
}

/// A job reads nothing outside its input artifact.
fn check_inside(path: &Path, root: Option<&Path>) -> Result<(), Failure> {
    let Some(root) = root else { return Ok(()) };
    let actual = |of: &Path| of.canonicalize().map_err(|error| unreadable(path, &error));
    if actual(path)?.starts_with(actual(root)?) {
        return Ok(());
    }
    let message = format!("the template configuration {} lies outside the input artifact", path.display());
    Err(Failure::new(FailureKind::Usage, message).with_hint("name a file of the input artifact"))
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    let message = format!("the template configuration {} cannot be read: {error}", path.display());
    Failure::new(FailureKind::Usage, message)
        .with_hint(with_nearest_name(path, "a relative path starts at the current folder; NAME= alone is for no file"))
}
