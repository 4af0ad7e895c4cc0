//! Files that the settings of a run come from, or that go with them: no output replaces one.

use super::aws::AwsSettings;
use super::configuration_source::ConfigurationSource;
use super::targets::Target;
use crate::facts::Failure;
use crate::files::check_not_read;
use std::path::{Path, PathBuf};

/// Refuses an output in the place of the samconfig, a parameter file, a template configuration, or the certificates.
pub fn check_sources(
    written: &[PathBuf],
    samconfig: Option<&Path>,
    targets: &[Target],
    aws: &AwsSettings,
) -> Result<(), Failure> {
    let configurations = targets.iter().filter_map(|target| target.configuration.as_ref());
    let of_targets = configurations.flat_map(|source| match source {
        ConfigurationSource::File(path) => vec![(path.as_path(), "a template configuration")],
        ConfigurationSource::Deploy(values) => {
            values.files.iter().map(|file| (file.as_path(), "a parameter file")).collect()
        }
    });
    let samconfig = samconfig.map(|path| (path, "the samconfig"));
    let certificates = aws.ca_bundle.as_deref().map(|path| (path, "the certificates"));
    check_not_read(written, samconfig.into_iter().chain(certificates).chain(of_targets))
}
