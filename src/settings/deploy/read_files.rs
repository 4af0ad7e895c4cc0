//! The files that a deployment reads beside its template: no output replaces one.

use super::stack_policy;
use crate::cli::DeployArguments;
use crate::facts::Failure;
use crate::files::check_not_read;
use crate::settings::source::{Source, Sources};
use std::path::{Path, PathBuf};

/// How a word of `--parameter-overrides` refers to a file.
const FILE: &str = "file://";

/// Refuses an output in the place of a file that is read. What a job makes goes into its output artifact.
pub fn check(
    written: &[PathBuf],
    arguments: &DeployArguments,
    source: &Source<'_>,
    sources: &Sources,
) -> Result<(), Failure> {
    if matches!(source, Source::Action(_)) {
        return Ok(());
    }
    let change_set = &arguments.change_set;
    let words = change_set.parameter_overrides.iter().filter_map(|word| word.expose().strip_prefix(FILE));
    let of_words = words.map(|path| (source.folder().join(path), "a parameter file"));
    let of_samconfig = sources.samconfig.own_deploy_values(source.root())?.files;
    let of_samconfig = of_samconfig.into_iter().map(|path| (path, "a parameter file"));
    let samconfig = sources.samconfig.path().map(|path| (path.to_path_buf(), "the samconfig"));
    let policy = arguments.stack.stack_policy.as_deref().and_then(stack_policy::file);
    let named = [
        (change_set.template_configuration.as_deref(), "the template configuration"),
        (policy, "the stack policy"),
        (arguments.aws.ca_bundle.as_deref(), "the certificates"),
    ];
    let named = named.into_iter().filter_map(|(path, role)| Some((source.folder().join(path?), role)));
    let read: Vec<(PathBuf, &str)> = samconfig.into_iter().chain(named).chain(of_words).chain(of_samconfig).collect();
    check_not_read(written, read.iter().map(|(path, role): &(PathBuf, &str)| -> (&Path, &str) { (path, role) }))
}
