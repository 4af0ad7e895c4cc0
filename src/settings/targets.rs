//! What a template is packaged for: one place without a name, or several that have one.

use super::bucket::{self, BucketChoice};
use super::error::SettingsError;
use super::template::TemplateSource;
use super::template_configurations::ConfigurationSource;
use super::written::{Output, writable};
use crate::cli::{Environment, PackageArguments, TargetArgument};
use std::path::{Path, PathBuf};

/// The packaged template of a target, where `--output-template-file` names none.
const PACKAGED: &str = "packaged";

/// One packaged template: where it and its objects go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its name; absent in a run without `--target`.
    pub name: Option<String>,
    /// The region of its bucket, when it is not that of the run.
    pub region: Option<String>,
    /// Where objects go; `None` is fine for a template without artifacts.
    pub bucket: Option<BucketChoice>,
    /// A folder in the bucket, without slashes at its ends.
    pub prefix: Option<String>,
    /// Where the packaged template goes.
    pub output: Output,
    /// What the template configuration beside it is made of.
    pub configuration: Option<ConfigurationSource>,
}

/// The targets that the arguments name, else the one that they describe.
pub fn choose(
    arguments: &PackageArguments,
    template: &TemplateSource,
    environment: &Environment,
    folder: &Path,
) -> Result<Vec<Target>, SettingsError> {
    if arguments.target.is_empty() {
        let bucket = BucketChoice::choose(arguments.s3_bucket.clone(), arguments.resolve_s3, environment)?;
        let output = Output::choose(arguments.output_template_file.as_deref(), folder)?;
        let prefix = arguments.s3_prefix.as_deref().and_then(bucket::prefix);
        return Ok(vec![Target { name: None, region: None, bucket, prefix, output, configuration: None }]);
    }
    check(arguments)?;
    let base = arguments.output_template_file.clone().unwrap_or_else(|| default_output(template, arguments.use_json));
    arguments.target.iter().map(|target| named(target, arguments.s3_prefix.as_deref(), &base, folder)).collect()
}

fn named(argument: &TargetArgument, prefix: Option<&str>, base: &Path, folder: &Path) -> Result<Target, SettingsError> {
    let output = match base == Path::new("-") {
        true => Output::Stdout,
        false => Output::File(writable(&folder.join(named_after(base, &argument.name)))?),
    };
    Ok(Target {
        name: Some(argument.name.clone()),
        region: Some(argument.region.clone()),
        bucket: Some(BucketChoice::Named(argument.bucket.clone())),
        prefix: argument.prefix.as_deref().or(prefix).and_then(bucket::prefix),
        output,
        configuration: None,
    })
}

fn check(arguments: &PackageArguments) -> Result<(), SettingsError> {
    if arguments.s3_bucket.is_some() {
        return Err(SettingsError::BucketBesideTargets("--s3-bucket"));
    }
    if arguments.resolve_s3 {
        return Err(SettingsError::BucketBesideTargets("--resolve-s3"));
    }
    for (at, target) in arguments.target.iter().enumerate() {
        let before = &arguments.target[..at];
        if let Some(twin) = before.iter().find(|other| folded(&other.name) == folded(&target.name)) {
            return Err(SettingsError::SameTarget(twin.name.clone(), target.name.clone()));
        }
        if let Some(other) = before.iter().find(|it| it.bucket == target.bucket && it.region != target.region) {
            return Err(SettingsError::BucketRegion {
                target: target.name.clone(),
                bucket: target.bucket.clone(),
                region: target.region.clone(),
                other: other.region.clone(),
            });
        }
    }
    Ok(())
}

/// As a variable or a file system that folds case would have it.
fn folded(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', "-")
}

/// `packaged` with the extension that tells YAML from JSON to whoever reads it next.
fn default_output(template: &TemplateSource, as_json: bool) -> PathBuf {
    let extension = match template {
        TemplateSource::Path(path) => path.extension().and_then(|it| it.to_str()).unwrap_or("yaml"),
        TemplateSource::Stream(_) | TemplateSource::Stdin => "yaml",
    };
    PathBuf::from(format!("{PACKAGED}.{}", if as_json { "json" } else { extension }))
}

/// `out/packaged.yaml` → `out/packaged-prod.yaml`.
pub fn named_after(path: &Path, target: &str) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let extension = path.extension().map(|it| format!(".{}", it.to_string_lossy())).unwrap_or_default();
    path.with_file_name(format!("{stem}-{target}{extension}"))
}

#[cfg(test)]
mod tests {
    use super::named_after;
    use std::path::Path;

    #[test]
    fn a_file_is_named_after_its_target() {
        let rows = [
            ("packaged.yaml", "packaged-prod.yaml"),
            ("out/a.b.json", "out/a.b-prod.json"),
            ("/out/packaged", "/out/packaged-prod"),
            ("../x.yml", "../x-prod.yml"),
        ];
        for (path, expected) in rows {
            assert_eq!(named_after(Path::new(path), "prod"), Path::new(expected), "{path}");
        }
    }
}
