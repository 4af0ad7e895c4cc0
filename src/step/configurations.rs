//! The template configurations of a run: read or made, and held to the template before anything is uploaded.

use super::StepError;
use crate::event::{Event, Reporter};
use crate::failure::Failure;
use crate::settings::{ConfigurationSource, Target};
use crate::template::Template;
use crate::template_configuration::{TemplateConfiguration, TemplateParameters};
use std::path::Path;

/// The text of each target's template configuration, read from nowhere outside `root`. The failure tells what is wrong
/// with all of them.
pub fn of(
    targets: &[Target],
    template: &Template,
    root: Option<&Path>,
    reporter: &dyn Reporter,
) -> Result<Vec<Option<String>>, Failure> {
    if targets.iter().all(|target| target.configuration.is_none()) {
        return Ok(vec![None; targets.len()]);
    }
    let parameters = TemplateParameters::of(template);
    let (mut texts, mut failures) = (Vec::with_capacity(targets.len()), Vec::new());
    for target in targets {
        match target.configuration.as_ref().map(|source| text_of(source, &parameters, root, reporter)) {
            Some(Ok(text)) => texts.push(text),
            Some(Err(failure)) => failures.push(of_target(failure, target)),
            None => texts.push(None),
        }
    }
    Failure::all(failures).map_or(Ok(texts), Err)
}

/// Says which target a failure is of.
fn of_target(mut failure: Failure, target: &Target) -> Failure {
    if let Some(name) = &target.name {
        failure.problems.iter_mut().for_each(|problem| problem.message = format!("target {name}: {}", problem.message));
    }
    failure
}

/// `None` when there is nothing to say.
fn text_of(
    source: &ConfigurationSource,
    parameters: &TemplateParameters,
    root: Option<&Path>,
    reporter: &dyn Reporter,
) -> Result<Option<String>, Failure> {
    let (text, problems, warnings) = match source {
        ConfigurationSource::File(path) => {
            let bytes = read(path, root)?;
            let checked = TemplateConfiguration::parse(path, &bytes)?.check(parameters);
            let text = String::from_utf8(bytes).expect("what was parsed is UTF-8");
            (Some(text), checked.problems, checked.warnings)
        }
        ConfigurationSource::Deploy(values) => match TemplateConfiguration::from_deploy(values, parameters) {
            Ok(made) => {
                let text = (!made.configuration.is_empty()).then(|| made.configuration.to_json());
                (text, Vec::new(), made.warnings)
            }
            Err(problems) => (None, problems, Vec::new()),
        },
    };
    warnings.into_iter().for_each(|warning| reporter.report(Event::Warning(warning)));
    Failure::all(problems.into_iter().map(Failure::from).collect()).map_or(Ok(text), Err)
}

fn read(path: &Path, root: Option<&Path>) -> Result<Vec<u8>, StepError> {
    let unread = |error| StepError::TemplateConfiguration(path.to_path_buf(), error);
    if let Some(root) = root {
        let (actual, root) = (path.canonicalize().map_err(unread)?, root.canonicalize().map_err(unread)?);
        if !actual.starts_with(root) {
            return Err(StepError::TemplateConfigurationOutside(path.to_path_buf()));
        }
    }
    TemplateConfiguration::read(path).map_err(unread)
}
