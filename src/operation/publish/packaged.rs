//! The text that is published: the text of the file, packaged if it has local paths.

use crate::facts::Failure;
use crate::operation::package::{Places, prepare_template};
use crate::operation::{Cloud, World};
use crate::package::RootTemplate;
use crate::publish::Draft;
use crate::settings::PublishSettings;
use std::path::PathBuf;

/// A packaged template.
pub struct Packaged {
    pub text: String,
    /// Whether the locations in it are final. Those of a dry run may have no bucket.
    pub is_exact: bool,
}

/// Packages a draft whose template has local paths; a dry run uploads nothing.
pub async fn package<C: Cloud>(
    settings: &PublishSettings,
    draft: Draft,
    folder: PathBuf,
    world: &World<'_, C>,
) -> Result<Packaged, Failure> {
    let Some(no_bucket) = draft.no_bucket() else {
        return Ok(Packaged { text: draft.template.text().to_owned(), is_exact: true });
    };
    let package = &settings.package;
    if package.targets.iter().all(|target| target.bucket.is_none()) {
        return Err(no_bucket);
    }
    let prepared = prepare_template(draft.template, folder, package, RootTemplate::InBucket, world).await?;
    let places = Places::find(package, !settings.dry_run, world).await?;
    let (destinations, reporter) = (&places.destinations, world.reporter.as_ref());
    let packaged = match settings.dry_run {
        true => prepared.without_upload(destinations, reporter)?,
        false => {
            let buckets = places.buckets(&package.objects);
            prepared.upload(destinations, &buckets, reporter, world.cancellation).await?
        }
    };
    let is_exact = destinations.iter().all(|destination| destination.bucket.is_some());
    Ok(Packaged { text: packaged.templates.concat(), is_exact })
}
