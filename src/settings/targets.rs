//! What a template is packaged for: one place without a name, or several that have one.

use super::bucket::{self, BucketChoice};
use super::error::SettingsError;
use super::template::TemplateSource;
use super::template_configurations::{ConfigurationSource, beside};
use super::written::Output;
use crate::cli::{PackageArguments, TargetArgument};
use crate::facts::{Environment, Failure};
use crate::files::check_writable;
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

impl Target {
    /// The files that are written for it. The template configuration of an earlier run counts, for a named one.
    pub fn files(&self) -> Vec<PathBuf> {
        let Output::File(template) = &self.output else { return Vec::new() };
        let has_configuration = self.name.is_some() || self.configuration.is_some();
        let configuration = has_configuration.then(|| beside(template));
        [template.clone()].into_iter().chain(configuration).collect()
    }
}

/// The targets that the arguments name, else the one that they describe.
pub fn choose(
    arguments: &PackageArguments,
    template: &TemplateSource,
    environment: &Environment,
    folder: &Path,
) -> Result<Vec<Target>, Failure> {
    if arguments.target.is_empty() {
        let bucket = BucketChoice::choose(arguments.s3_bucket.clone(), arguments.resolve_s3, environment)?;
        let output = Output::choose(arguments.output_template_file.as_deref(), folder)?;
        let prefix = arguments.s3_prefix.as_deref().and_then(bucket::prefix);
        return Ok(vec![Target { name: None, region: None, bucket, prefix, output, configuration: None }]);
    }
    check(arguments)?;
    let base = base(arguments, template, folder)?;
    let named = |argument: &TargetArgument| {
        let output = match &base {
            Output::Stdout => Output::Stdout,
            Output::File(base) => Output::File(check_writable(&named_after(base, &argument.name))?),
        };
        Ok(Target {
            name: Some(argument.name.clone()),
            region: Some(argument.region.clone()),
            bucket: BucketChoice::choose(Some(argument.bucket.clone()), false, environment)?,
            prefix: argument.prefix.as_deref().or(arguments.s3_prefix.as_deref()).and_then(bucket::prefix),
            output,
            configuration: None,
        })
    };
    arguments.target.iter().map(named).collect()
}

/// What the packaged templates of targets are named after.
fn base(arguments: &PackageArguments, template: &TemplateSource, folder: &Path) -> Result<Output, SettingsError> {
    let extension = match template {
        _ if arguments.use_json => "json",
        TemplateSource::Path(path) => path.extension().and_then(|it| it.to_str()).unwrap_or("yaml"),
        TemplateSource::Stream(_) | TemplateSource::Stdin => "yaml",
    };
    let default = || PathBuf::from(format!("{PACKAGED}.{extension}"));
    let base = arguments.output_template_file.clone().unwrap_or_else(default);
    if base == Path::new("-") {
        return Ok(Output::Stdout);
    }
    let path = folder.join(base);
    match std::fs::metadata(&path) {
        Ok(found) if !found.is_file() => {
            Err(SettingsError::Unwritable { path, what: "the templates of targets are files, named after a file" })
        }
        Ok(_) | Err(_) => Ok(Output::File(path)),
    }
}

/// A key that is named by its ARN is in one region; so must be the buckets.
pub fn check_key(arguments: &PackageArguments) -> Result<(), SettingsError> {
    let arn = arguments.kms_key_id.as_deref().filter(|key| key.starts_with("arn:"));
    let Some(key) = arn.and_then(|arn| arn.split(':').nth(3)) else { return Ok(()) };
    let elsewhere = arguments.target.iter().find(|target| target.region != key);
    elsewhere.map_or(Ok(()), |target| {
        let (target, region) = (target.name.clone(), target.region.clone());
        Err(SettingsError::KeyRegion { key: key.to_owned(), target, region })
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
            let (one, other) = (twin.name.clone(), target.name.clone());
            let is_same = one == other;
            return Err(if is_same { SettingsError::TargetTwice(one) } else { SettingsError::SameTarget(one, other) });
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
