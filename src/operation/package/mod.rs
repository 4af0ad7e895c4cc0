//! The operation `package`: the stage, called with settings.

mod configurations;
mod places;
mod report;

use crate::facts::{Failure, FailureKind, Reporter};
use crate::operation::own_files::own_files;
use crate::operation::{Advance, Cloud, State, World};
use crate::package::{self, PackageOptions, Prepared, RootTemplate, Stamp};
use crate::settings::{PackageSettings, TemplateSource};
use crate::template::Template;
use configurations::Configurations;
pub use places::Places;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::task::JoinError;

/// Packages. It never waits, so it never continues either.
pub async fn advance<C: Cloud>(
    settings: &PackageSettings,
    world: &World<'_, C>,
    state: Option<State>,
) -> Result<Advance, Failure> {
    if state.is_some() {
        let message = "the job continues one that packaged, which never leaves work to another";
        return Err(Failure::new(FailureKind::Usage, message));
    }
    let (prepared, configurations) = prepare(settings, RootTemplate::InRequest, world).await?;
    let places = Places::find(settings, prepared.uploads_something(), world).await?;
    let destinations = &places.destinations;
    if settings.dry_run {
        let manifest = prepared.preview(destinations, world.reporter.as_ref())?;
        return Ok(Advance::Done(report::of_preview(settings, manifest.named_by(world.redactor))));
    }
    let package = match prepared.uploads_something() {
        true => {
            let buckets = places.buckets(&settings.objects);
            prepared.upload(destinations, &buckets, world.reporter.as_ref(), world.cancellation).await?
        }
        false => prepared.without_upload(destinations, world.reporter.as_ref())?,
    };
    let package = package::Package { manifest: package.manifest.named_by(world.redactor), ..package };
    Ok(Advance::Done(report::of_package(settings, package, configurations, places.region_names())))
}

/// Reads everything that is read: the template, its artifacts, and the template configurations.
pub async fn prepare<C>(
    settings: &PackageSettings,
    root_template: RootTemplate,
    world: &World<'_, C>,
) -> Result<(Prepared, Configurations), Failure> {
    let (owned, reporter) = (settings.clone(), Arc::clone(world.reporter));
    let read = tokio::task::spawn_blocking(move || read(&owned, root_template, reporter.as_ref()));
    tokio::select! {
        read = read => read.map_err(panicked)?,
        failure = world.cancellation.wait() => Err(failure),
    }
}

fn read(
    settings: &PackageSettings,
    root_template: RootTemplate,
    reporter: &dyn Reporter,
) -> Result<(Prepared, Configurations), Failure> {
    let (template, folder) = load(&settings.template)?;
    let configurations = Configurations::read(settings, &template, reporter)?;
    Ok((package::prepare(template, &folder, options(settings, root_template), reporter)?, configurations))
}

/// The same for a template that was read before.
pub async fn prepare_template<C>(
    template: Template,
    folder: PathBuf,
    settings: &PackageSettings,
    root_template: RootTemplate,
    world: &World<'_, C>,
) -> Result<Prepared, Failure> {
    let (options, reporter) = (options(settings, root_template), Arc::clone(world.reporter));
    let read = tokio::task::spawn_blocking(move || package::prepare(template, &folder, options, reporter.as_ref()));
    tokio::select! {
        read = read => read.map_err(panicked)?,
        failure = world.cancellation.wait() => Err(failure),
    }
}

fn panicked(error: JoinError) -> Failure {
    Failure::new(FailureKind::Internal, format!("reading the artifacts stopped: {error}"))
}

/// Reads the template once; returns with it the folder to which its paths are relative.
pub fn load(source: &TemplateSource) -> Result<(Template, PathBuf), Failure> {
    match source {
        TemplateSource::Path(path) => {
            let folder = package::folder_of(path).map_err(|error| no_folder(path, &error))?;
            Ok((Template::load(path)?, folder))
        }
        TemplateSource::Stream(path) => Ok((Template::load(path)?, current_folder(path)?)),
        TemplateSource::Stdin => {
            let mut bytes = Vec::new();
            std::io::stdin().lock().read_to_end(&mut bytes).map_err(|error| {
                Failure::new(FailureKind::Usage, format!("cannot read the template from standard input: {error}"))
            })?;
            let path = PathBuf::from("<stdin>");
            let folder = current_folder(&path)?;
            Ok((Template::parse(path, bytes)?, folder))
        }
    }
}

fn current_folder(template: &Path) -> Result<PathBuf, Failure> {
    std::env::current_dir().map_err(|error| no_folder(template, &error))
}

fn no_folder(template: &Path, error: &std::io::Error) -> Failure {
    Failure::new(FailureKind::Usage, format!("cannot tell the folder of {}: {error}", template.display()))
}

fn options(settings: &PackageSettings, root_template: RootTemplate) -> PackageOptions {
    PackageOptions {
        digest: settings.digest,
        symlinks: settings.symlinks,
        own_files: own_files(settings),
        root: settings.root.clone(),
        reports_template: !settings.names_template,
        force_upload: settings.force_upload,
        use_json: settings.use_json,
        keep_text: settings.keep_text,
        root_template,
        stamp: if settings.sam_resource_id { Stamp::SamResourceId } else { Stamp::Nothing },
        with_sha256: settings.manifest.is_some(),
    }
}
