//! The operation `publish`: the template is packaged if it has local paths, and the stage publishes it.

mod packaged;
mod report;

use super::cloud::{Cloud, Region};
use super::package::load;
use super::{Advance, State, World};
use crate::facts::{Event, Failure, FailureKind, Reporter};
use crate::files::check_not_read;
use crate::publish::{self, Context, Draft, Folders, PublishOptions, Release, SameVersion};
use crate::settings::{AwsSettings, PublishSettings};
use packaged::Packaged;
use std::path::PathBuf;
use std::sync::Arc;

/// Publishes. It never waits, so it never continues either.
pub async fn advance<C: Cloud>(
    settings: &PublishSettings,
    world: &World<'_, C>,
    state: Option<State>,
) -> Result<Advance, Failure> {
    if state.is_some() {
        let message = "the job continues one that published, which never leaves work to another";
        return Err(Failure::new(FailureKind::Usage, message));
    }
    let (draft, folder) = read(settings, world).await?;
    let region = region(settings, world.cloud).await?;
    let objects = draft.objects();
    let metadata = draft.metadata.clone();
    let Packaged { text, is_exact } = packaged::package(settings, draft, folder, world).await?;
    let release = Release { metadata: &metadata, template: &text, objects };
    let options = options(settings, is_exact);
    let ctx = Context {
        options: &options,
        applications: &region.applications(),
        objects: &region.objects(&settings.package.objects),
        reporter: world.reporter.as_ref(),
        cancellation: world.cancellation,
    };
    let publication = match settings.dry_run {
        true => publish::preview(&ctx, &release).await?,
        false => publish::publish(&ctx, &release).await?,
    };
    Ok(Advance::Done(report::of_publication(settings, &publication)))
}

/// Reads the template and what its metadata names, away from the threads that serve calls.
async fn read<C>(settings: &PublishSettings, world: &World<'_, C>) -> Result<(Draft, PathBuf), Failure> {
    let (owned, reporter) = (settings.clone(), Arc::clone(world.reporter));
    let read = tokio::task::spawn_blocking(move || read_draft(&owned, reporter.as_ref()));
    tokio::select! {
        read = read => {
            let panicked = |error| Failure::new(FailureKind::Internal, format!("reading the template stopped: {error}"));
            read.map_err(panicked)?
        }
        failure = world.cancellation.wait() => Err(failure),
    }
}

fn read_draft(settings: &PublishSettings, reporter: &dyn Reporter) -> Result<(Draft, PathBuf), Failure> {
    let (template, folder) = load(&settings.package.template)?;
    template.warnings().iter().for_each(|warning| reporter.report(Event::Warning(warning.clone())));
    let folders = Folders { template: &folder, root: settings.package.root.as_deref() };
    let draft = Draft::read(template, folders, &settings.options, reporter)?;
    let files = draft.files.iter().map(|(key, path)| (path.as_path(), *key));
    check_not_read(&settings.package.written(), files.chain([(draft.template.path(), "the template")]))?;
    Ok((draft, folder))
}

/// The region of the run, else the region of the named application.
async fn region<C: Cloud>(settings: &PublishSettings, cloud: &C) -> Result<C::Region, Failure> {
    let region = cloud.region(&settings.aws).await?;
    match &settings.options.application {
        Some(id) if region.name().is_none() => {
            cloud.region(&AwsSettings { region: Some(id.region.clone()), ..settings.aws.clone() }).await
        }
        Some(_) | None => Ok(region),
    }
}

/// A template whose locations are not known yet cannot be compared with a published one.
fn options(settings: &PublishSettings, is_exact: bool) -> PublishOptions {
    let options = settings.options.clone();
    match (is_exact, options.same_version) {
        (false, SameVersion::Compare) => PublishOptions { same_version: SameVersion::Allow, ..options },
        (true | false, _) => options,
    }
}

#[cfg(test)]
mod tests;
