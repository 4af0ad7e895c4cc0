//! Packages the template of a new change set, and hands it over: within the request while it fits, else by a URL.

use super::sources::Sources;
use crate::deploy::{Availability, PackagedTemplate, TemplateText};
use crate::facts::{Failure, FailureKind};
use crate::operation::package::Places;
use crate::operation::{Cloud, World};
use crate::package::Package;
use crate::settings::PackageSettings;
use futures_util::future::{FutureExt, LocalBoxFuture};
use tokio::sync::OnceCell;

/// Largest template in a request, in bytes (CloudFormation API 2010-05-15, `TemplateBody`).
const MAX_BODY_BYTES: usize = 51_200;

/// The template, once it was packaged.
pub type Packaged = OnceCell<TemplateText>;

/// The template of a run.
pub struct Handover<'a, C> {
    /// None if no change set is created.
    pub package: Option<(&'a PackageSettings, &'a Sources)>,
    pub packaged: &'a Packaged,
    pub world: &'a World<'a, C>,
}

impl<C: Cloud> PackagedTemplate for Handover<'_, C> {
    fn text(&self) -> LocalBoxFuture<'_, Result<Availability<TemplateText>, Failure>> {
        let packaged = self.packaged.get_or_try_init(async || self.package().await);
        async { packaged.await.cloned().map(Availability::Ready) }.boxed_local()
    }
}

impl<C: Cloud> Handover<'_, C> {
    async fn package(&self) -> Result<TemplateText, Failure> {
        let Some((settings, sources)) = self.package else {
            return Err(Failure::new(FailureKind::Internal, "a change set is created of no template"));
        };
        let (world, prepared) = (self.world, &sources.prepared);
        let places = Places::find(settings, prepared.uploads_something(), world).await?;
        let reporter = world.reporter.as_ref();
        let packaged = match prepared.uploads_something() {
            true => {
                let buckets = places.buckets(&settings.objects);
                prepared.upload(&places.destinations, &buckets, reporter, world.cancellation).await?
            }
            false => prepared.without_upload(&places.destinations, reporter)?,
        };
        let text = only_text(packaged)?;
        match text.len() > MAX_BODY_BYTES {
            true => self.upload(settings, sources, text).await.map(TemplateText::Url),
            false => Ok(TemplateText::Body(text)),
        }
    }

    /// Uploads the template itself; returns its URL.
    async fn upload(&self, settings: &PackageSettings, sources: &Sources, text: String) -> Result<String, Failure> {
        let world = self.world;
        if settings.targets.iter().all(|target| target.bucket.is_none()) {
            return Err(needs_bucket(text.len()));
        }
        let places = Places::find(settings, true, world).await?;
        let buckets = places.buckets(&settings.objects);
        let destination = &places.destinations[0];
        let uploading = sources.prepared.upload_text(text, destination, &buckets, world.reporter.as_ref());
        let location = tokio::select! {
            uploaded = uploading => uploaded?,
            failure = world.cancellation.wait() => return Err(failure),
        };
        Ok(location.url(&destination.endpoint))
    }
}

/// The packaged template of a run with one target.
fn only_text(package: Package) -> Result<String, Failure> {
    let missing = || Failure::new(FailureKind::Internal, "the template was packaged for no target");
    package.templates.into_iter().next().ok_or_else(missing)
}

fn needs_bucket(bytes: usize) -> Failure {
    let message =
        format!("the packaged template has {bytes} bytes, and CloudFormation takes {MAX_BODY_BYTES} without a bucket");
    Failure::new(FailureKind::Usage, message).with_hint("name a bucket with --s3-bucket NAME, or give --resolve-s3")
}
