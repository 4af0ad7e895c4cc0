//! Which template configuration goes with which packaged template.

use super::error::SettingsError;
use super::targets::Target;
use super::written::Output;
use crate::cli::is_target_name;
use crate::facts::Failure;
use crate::files::check_writable;
use crate::template_configuration::DeployValues;
use std::path::{Path, PathBuf};

/// What replaces the extension of the packaged template.
const EXTENSION: &str = "config.json";

/// What a template configuration is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfigurationSource {
    /// A file, copied byte for byte.
    File(PathBuf),
    /// What a samconfig says of `deploy`.
    Deploy(DeployValues),
}

/// Where the template configuration of a packaged template goes: `packaged-prod.yaml` → `packaged-prod.config.json`.
pub fn beside(template: &Path) -> PathBuf {
    template.with_extension(EXTENSION)
}

/// Gives the targets their template configurations: what was typed, else what `deploy` finds under a target's name.
pub fn assign(
    targets: &mut [Target],
    typed: &[String],
    folder: &Path,
    deploy: impl Fn(&str) -> Result<Option<DeployValues>, SettingsError>,
) -> Result<(), Failure> {
    let names: Vec<String> = targets.iter().filter_map(|target| target.name.clone()).collect();
    let (mut for_all, mut given) = (None, Vec::new());
    for text in typed {
        match text.split_once('=').filter(|(name, _)| is_target_name(name)) {
            Some((name, _)) if !names.iter().any(|known| known == name) => {
                return Err(SettingsError::NoSuchTarget { name: name.to_owned(), known: names }.into());
            }
            Some((name, _)) if given.iter().any(|(other, _)| *other == name) => {
                return Err(SettingsError::TwoTemplateConfigurations(name.to_owned()).into());
            }
            Some((name, path)) => given.push((name, path)),
            None if for_all.is_some() => {
                return Err(SettingsError::TwoTemplateConfigurations("the packaged template".to_owned()).into());
            }
            None => for_all = Some(text.as_str()),
        }
    }
    for target in targets {
        let own = given.iter().find(|(name, _)| Some(*name) == target.name.as_deref()).map(|(_, path)| *path);
        target.configuration = match (own.or(for_all), &target.name) {
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
