//! The settings of `deploy`.

use super::aws::AwsSettings;
use super::package::PackageSettings;
use crate::deploy::DeployOptions;
use std::path::PathBuf;

/// One run of `deploy`.
#[derive(Debug, Clone, PartialEq)]
pub struct DeploySettings {
    /// How the template is found and packaged. `None` if no change set is created (`--execute`, `--follow`).
    pub package: Option<PackageSettings>,
    /// All that does not depend on the template, whose facts are empty.
    pub options: DeployOptions,
    /// Receives the outputs of the stack: a JSON object of keys and values.
    pub outputs_file: Option<PathBuf>,
    /// Receives the changes: Markdown if its name ends in `.md`, else JSON.
    pub changes_file: Option<PathBuf>,
    pub aws: AwsSettings,
}
