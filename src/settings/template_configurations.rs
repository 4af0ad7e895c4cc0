//! Which template configuration goes with which packaged template.

use super::configuration_source::{ConfigurationSource, beside};
use super::failure::refused;
use super::targets::Target;
use super::written::Output;
use crate::cli::is_target_name;
use crate::facts::Failure;
use crate::files::check_writable;
use crate::template_configuration::DeployValues;
use std::path::Path;

/// Gives the targets their template configurations: the given file, else what `sam deploy` would find in the samconfig's
/// environment of the target's name.
pub fn assign(
    targets: &mut [Target],
    given: &[String],
    folder: &Path,
    deploy: impl Fn(&str) -> Result<Option<DeployValues>, Failure>,
) -> Result<(), Failure> {
    let names: Vec<&str> = targets.iter().filter_map(|target| target.name.as_deref()).collect();
    let files = Files::read(given, &names)?;
    for target in targets {
        target.configuration = match (files.file_for(target.name.as_deref()), &target.name) {
            // `NAME=` alone.
            (Some(""), _) => None,
            (Some(path), _) => Some(ConfigurationSource::File(folder.join(path))),
            (None, Some(name)) => deploy(name)?.map(ConfigurationSource::Deploy),
            (None, None) => None,
        };
        if let (Some(_), Output::File(template)) = (&target.configuration, &target.output) {
            check_writable(&beside(template))?;
        }
    }
    Ok(())
}

/// The values of `--template-configuration`.
#[derive(Default)]
struct Files<'g> {
    for_all: Option<&'g str>,
    /// By the name of a target.
    named: Vec<(&'g str, &'g str)>,
}

impl<'g> Files<'g> {
    fn read(given: &'g [String], targets: &[&str]) -> Result<Self, Failure> {
        let mut files = Self::default();
        for text in given {
            match text.split_once('=').filter(|(name, _)| is_target_name(name)) {
                Some((name, _)) if !targets.contains(&name) => return Err(no_such_target(name, targets)),
                Some((name, _)) if files.named.iter().any(|(other, _)| *other == name) => return Err(two_for(name)),
                Some((name, path)) => files.named.push((name, path)),
                None if files.for_all.is_some() => return Err(two_for("the packaged template")),
                None => files.for_all = Some(text),
            }
        }
        Ok(files)
    }

    fn file_for(&self, target: Option<&str>) -> Option<&'g str> {
        let own = self.named.iter().find(|(name, _)| Some(*name) == target).map(|(_, path)| *path);
        own.or(self.for_all)
    }
}

fn no_such_target(name: &str, targets: &[&str]) -> Failure {
    let hint = match targets.is_empty() {
        true => "leave NAME= out: a run without --target has no names".to_owned(),
        false => format!("the targets are: {}", targets.join(", ")),
    };
    refused(format!("--template-configuration: there is no target {name}"), hint)
}

fn two_for(name: &str) -> Failure {
    let message = format!("--template-configuration is given twice for {name}");
    refused(message, "a stack has one; give each target its own as NAME=FILE")
}
