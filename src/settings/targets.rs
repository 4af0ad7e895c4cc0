//! Targets: one without a name, or several with names.

use super::bucket::{self, BucketChoice};
use super::configuration_source::{ConfigurationSource, beside};
use super::failure::refused;
use super::paths::output_file;
use super::template::TemplateSource;
use super::written::{Output, WrittenFile};
use crate::cli::{PackageArguments, TargetArgument};
use crate::facts::{Environment, Failure, Role};
use std::path::{Path, PathBuf};

/// The packaged template of a target, where `--output-template-file` names none.
const PACKAGED: &str = "packaged";

/// One packaged template: where it and its objects go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// `None` in a run without `--target`.
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
    pub fn files(&self) -> Vec<WrittenFile> {
        let Output::File(template) = &self.output else { return Vec::new() };
        let has_configuration = self.name.is_some() || self.configuration.is_some();
        let configuration =
            has_configuration.then(|| WrittenFile { path: beside(template), role: Role::Configuration });
        [WrittenFile { path: template.clone(), role: Role::Result }].into_iter().chain(configuration).collect()
    }
}

/// The targets of `--target`, else the one of the other arguments.
pub fn choose(
    arguments: &PackageArguments,
    template: &TemplateSource,
    environment: &Environment,
    folder: &Path,
) -> Result<Vec<Target>, Failure> {
    if arguments.target.is_empty() {
        let region = region(arguments, environment);
        let (name, managed) = (arguments.upload.s3_bucket.as_deref(), arguments.upload.resolve_s3);
        let bucket = BucketChoice::choose(name, managed, region, environment)?;
        let output = Output::choose(arguments.output_template_file.as_deref(), folder)?;
        let prefix = arguments.upload.s3_prefix.as_deref().and_then(bucket::prefix);
        return Ok(vec![Target { name: None, region: None, bucket, prefix, output, configuration: None }]);
    }
    check(arguments)?;
    let base = base(arguments, template, folder)?;
    let named = |argument: &TargetArgument| {
        let output = match &base {
            Output::Stdout => Output::Stdout,
            Output::File(base) => Output::File(output_file(&named_after(base, &argument.name))?),
        };
        Ok(Target {
            name: Some(argument.name.clone()),
            region: Some(argument.region.clone()),
            bucket: BucketChoice::choose(Some(&argument.bucket), false, Some(&argument.region), environment)?,
            prefix: argument.prefix.as_deref().or(arguments.upload.s3_prefix.as_deref()).and_then(bucket::prefix),
            output,
            configuration: None,
        })
    };
    arguments.target.iter().map(named).collect()
}

/// The region of a run, as far as it is known before any AWS configuration file is read.
fn region<'a>(arguments: &'a PackageArguments, environment: &'a Environment) -> Option<&'a str> {
    let of_variables = || ["AWS_REGION", "AWS_DEFAULT_REGION"].iter().find_map(|name| environment.get(name));
    arguments.aws.region.as_deref().or_else(of_variables)
}

/// What the packaged templates of targets are named after.
fn base(arguments: &PackageArguments, template: &TemplateSource, folder: &Path) -> Result<Output, Failure> {
    let extension = match template {
        _ if arguments.text.use_json => "json",
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
            let message =
                format!("{} cannot be written: the templates of targets are named after a file", path.display());
            Err(refused(message, "name a file in a folder that can be written"))
        }
        Ok(_) | Err(_) => Ok(Output::File(path)),
    }
}

/// A key that is named by its ARN is in one region; so must be the buckets.
pub fn check_key(arguments: &PackageArguments) -> Result<(), Failure> {
    let arn = arguments.upload.kms_key_id.as_deref().filter(|key| key.starts_with("arn:"));
    let Some(key) = arn.and_then(|arn| arn.split(':').nth(3)) else { return Ok(()) };
    let elsewhere = arguments.target.iter().find(|target| target.region != key);
    elsewhere.map_or(Ok(()), |TargetArgument { name, region, .. }| {
        let message = format!("--kms-key-id names a key in {key}, and the target {name} is in {region}");
        Err(refused(message, "name an alias: it stands for a key in each region"))
    })
}

fn check(arguments: &PackageArguments) -> Result<(), Failure> {
    if arguments.upload.s3_bucket.is_some() {
        return Err(bucket_beside_targets("--s3-bucket"));
    }
    if arguments.upload.resolve_s3 {
        return Err(bucket_beside_targets("--resolve-s3"));
    }
    for (at, target) in arguments.target.iter().enumerate() {
        let before = &arguments.target[..at];
        if let Some(twin) = before.iter().find(|other| folded(&other.name) == folded(&target.name)) {
            return Err(same_name(&twin.name, &target.name));
        }
        if let Some(other) = before.iter().find(|it| it.bucket == target.bucket && it.region != target.region) {
            return Err(bucket_in_two_regions(target, other));
        }
    }
    Ok(())
}

fn bucket_beside_targets(flag: &str) -> Failure {
    let message = format!("--target and {flag} are both given: use only one");
    refused(message, "each target names its bucket: NAME=REGION/BUCKET[/PREFIX]")
}

fn same_name(one: &str, other: &str) -> Failure {
    match one == other {
        true => refused(format!("--target: {one} is given twice"), "give each target a name of its own"),
        false => refused(
            format!("--target: {one} and {other} are too much alike"),
            "give them names that differ in more than case, - and _",
        ),
    }
}

fn bucket_in_two_regions(target: &TargetArgument, other: &TargetArgument) -> Failure {
    let TargetArgument { name, bucket, region, .. } = target;
    let message = format!("--target: {name} names the bucket {bucket} in {region}, another target in {}", other.region);
    refused(message, "a bucket is in one region; Lambda reads code from its own region only")
}

/// The name as a variable or a case-insensitive file system stores it.
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
