//! The template configuration beside a packaged template.

use crate::template_configuration::DeployValues;
use std::path::{Path, PathBuf};

/// What replaces the extension of the packaged template.
const EXTENSION: &str = "config.json";

/// What a template configuration is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfigurationSource {
    /// A file, copied byte for byte.
    File(PathBuf),
    /// Values that a samconfig has for `sam deploy`.
    Deploy(DeployValues),
}

/// Where the template configuration of a packaged template goes: `packaged-prod.yaml` → `packaged-prod.config.json`.
pub fn beside(template: &Path) -> PathBuf {
    template.with_extension(EXTENSION)
}
