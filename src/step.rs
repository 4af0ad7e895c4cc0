//! One run of what the settings ask for.

use crate::event::{Event, Reporter};
use crate::failure::{Explain, Failure, FailureKind};
use crate::interrupt::Interrupt;
use crate::output;
use crate::package::{self, Destination, Manifest, ObjectStore, Package, PackageOptions, Prepared, Stamp};
use crate::s3_location::S3Endpoint;
use crate::settings::{BucketChoice, Output, PackageSettings, TemplateSource};
use crate::template::Template;
use sha2::{Digest, Sha256};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a run asks of its host's own role.
pub trait Cloud {
    /// Where code goes.
    type Objects: ObjectStore;

    /// The endpoint of S3 for these settings, found without a call.
    async fn endpoint(&self, settings: &PackageSettings) -> Result<S3Endpoint, Failure>;

    /// The store for code.
    async fn objects(&self, settings: &PackageSettings) -> Result<Self::Objects, Failure>;

    /// The bucket that `--resolve-s3` stands for.
    async fn managed_bucket(&self, settings: &PackageSettings) -> Result<String, Failure>;
}

/// How a run ended well.
#[derive(Debug)]
pub enum Done {
    /// The template was packaged.
    Packaged(Package),
    /// Nothing was done; this is what would be uploaded.
    Previewed(Manifest),
}

/// A run that cannot begin.
#[derive(Debug, thiserror::Error)]
enum StepError {
    /// The template comes through a pipe that broke.
    #[error("cannot read the template from standard input")]
    Input(#[source] std::io::Error),
    /// The folder of the template has no absolute path.
    #[error("cannot tell the folder of {}", .0.display())]
    Folder(PathBuf, #[source] std::io::Error),
    /// There is something to upload and no bucket.
    #[error("the template has local artifacts, and no bucket is named for them")]
    NoBucket,
}

impl Explain for StepError {
    fn kind(&self) -> FailureKind {
        FailureKind::Usage
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NoBucket => Some(
                "give --s3-bucket NAME, --s3-bucket auto in a pipeline's build, or --resolve-s3 for the managed bucket"
                    .to_owned(),
            ),
            Self::Input(_) | Self::Folder(..) => None,
        }
    }
}

/// Packages, and writes the files that the settings name. Standard output is left to the host.
pub async fn package(
    settings: &PackageSettings,
    cloud: &impl Cloud,
    reporter: &Arc<dyn Reporter>,
    interrupt: &Interrupt,
) -> Result<Done, Failure> {
    let mut done = run(settings, None, cloud, reporter, interrupt).await?;
    if let Done::Packaged(package) = &mut done {
        package.outcome.outputs.extend(template_outputs(&package.template, &settings.output));
    }
    let manifest = match &done {
        Done::Packaged(package) => &package.manifest,
        Done::Previewed(manifest) => manifest,
    };
    if let Some(path) = &settings.manifest {
        write(path, &manifest.to_json(), reporter)?;
    }
    if let (Done::Packaged(package), Output::File(path)) = (&done, &settings.output) {
        write(path, &package.template, reporter)?;
    }
    Ok(done)
}

/// What a later step wants to know of the packaged template.
fn template_outputs(template: &str, output: &Output) -> impl Iterator<Item = (String, String)> {
    let digest: String = Sha256::digest(template).iter().map(|byte| format!("{byte:02x}")).collect();
    let file = match output {
        Output::File(path) => Some(path.display().to_string()),
        Output::Stdout => None,
    };
    let outputs = [("TemplateSha256", Some(digest)), ("TemplateFile", file)];
    outputs.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)))
}

/// Packages, reading nothing outside `root`, and writes no file.
pub async fn run(
    settings: &PackageSettings,
    root: Option<&Path>,
    cloud: &impl Cloud,
    reporter: &Arc<dyn Reporter>,
    interrupt: &Interrupt,
) -> Result<Done, Failure> {
    let (template, folder) = load(&settings.template)?;
    let options = options(settings, root);
    let for_reading = Arc::clone(reporter);
    let prepare = move || package::prepare(template, &folder, options, for_reading.as_ref());
    let prepared = tokio::select! {
        prepared = tokio::task::spawn_blocking(prepare) => prepared.map_err(panicked)??,
        failure = interrupt.wait() => return Err(failure),
    };
    if !prepared.uploads_something() && !settings.dry_run {
        return Ok(Done::Packaged(prepared.without_upload(&cloud.endpoint(settings).await?)?));
    }
    let bucket = bucket(settings, &prepared, cloud).await?;
    let destination = Destination { bucket, prefix: settings.prefix.clone() };
    if settings.dry_run {
        return Ok(Done::Previewed(prepared.preview(&destination, &cloud.endpoint(settings).await?)?));
    }
    let objects = cloud.objects(settings).await?;
    Ok(Done::Packaged(prepared.upload(&destination, &objects, reporter.as_ref(), interrupt).await?))
}

/// The name of the bucket; in a preview, which asks nobody, a word for the managed one.
async fn bucket(settings: &PackageSettings, prepared: &Prepared, cloud: &impl Cloud) -> Result<String, Failure> {
    match &settings.bucket {
        Some(BucketChoice::Named(bucket)) => Ok(bucket.clone()),
        Some(BucketChoice::Managed) if settings.dry_run => Ok("managed-bucket".to_owned()),
        Some(BucketChoice::Managed) => cloud.managed_bucket(settings).await,
        None if prepared.uploads_something() => Err(StepError::NoBucket.into()),
        None => Ok(String::new()),
    }
}

fn panicked(error: tokio::task::JoinError) -> Failure {
    Failure::new(FailureKind::Internal, format!("reading the artifacts stopped: {error}"))
}

/// Reads the template once, and tells against which folder its paths are resolved.
fn load(source: &TemplateSource) -> Result<(Template, PathBuf), Failure> {
    let current = |path: &Path| std::env::current_dir().map_err(|error| StepError::Folder(path.to_path_buf(), error));
    match source {
        TemplateSource::Path(path) => {
            let folder = package::folder_of(path).map_err(|error| StepError::Folder(path.clone(), error))?;
            Ok((Template::load(path)?, folder))
        }
        TemplateSource::Stream(path) => Ok((Template::load(path)?, current(path)?)),
        TemplateSource::Stdin => {
            let mut bytes = Vec::new();
            std::io::stdin().lock().read_to_end(&mut bytes).map_err(StepError::Input)?;
            let path = PathBuf::from("<stdin>");
            let folder = current(&path)?;
            Ok((Template::parse(path, bytes)?, folder))
        }
    }
}

fn options(settings: &PackageSettings, root: Option<&Path>) -> PackageOptions {
    let written = match &settings.output {
        Output::File(path) => Some(path),
        Output::Stdout => None,
    };
    let written = written.into_iter().chain(&settings.manifest).chain(&settings.results);
    PackageOptions {
        digest: settings.digest,
        symlinks: settings.symlinks,
        excluded: written.filter_map(|path| std::path::absolute(path).ok()).collect(),
        root: root.map(Path::to_path_buf),
        force_upload: settings.force_upload,
        use_json: settings.use_json,
        stamp: if settings.sam_resource_id { Stamp::SamResourceId } else { Stamp::Nothing },
        with_sha256: settings.manifest.is_some() || root.is_some(),
    }
}

fn write(path: &Path, text: &str, reporter: &Arc<dyn Reporter>) -> Result<(), Failure> {
    output::write_file(path, text.as_bytes())?;
    reporter.report(Event::FileWritten { path: path.to_path_buf() });
    Ok(())
}
