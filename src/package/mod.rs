//! Template → packaged template: plan, read, upload, rewrite.
//!
//! [`prepare`] touches no network: it finds and reads everything, so that nothing is uploaded before all of it is known
//! to be good. [`Prepared::upload`] does the rest.

mod archive;
mod asset;
mod discover;
mod discover_error;
#[cfg(test)]
mod discover_tests;
mod found;
mod intrinsics;
mod loops;
mod manifest;
mod mappings;
mod parameters;
mod placement;
mod plan;
mod plan_error;
mod planner;
#[cfg(test)]
mod planner_tests;
mod properties;
mod reference;
mod rewrite;
mod rounds;
#[cfg(test)]
mod rounds_tests;
mod upload;

pub use archive::{Archive, DigestRule, Piece, ReadOptions, Source, SymlinkRule, read_all, write_all, zip_in_memory};
pub use manifest::{Manifest, ManifestArtifact, ManifestLocation};
pub use placement::Destination;
pub use planner::folder_of;
pub use rewrite::Stamp;
pub use upload::{Buckets, MultipartUpload, ObjectStore, Overwrite, Part, Put, StoredObject};

use crate::facts::{Event, Failure, FailureKind, Outcome, Reporter, S3Location, Warning, WarningKind};
use crate::interrupt::Cancellation;
use crate::template::Template;
use archive::ArchiveError;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use md5::{Digest, Md5};
use placement::Placement;
use plan::{Plan, PlannedSource};
use plan_error::{PathProblem, PlanError};
use properties::UnzippedBy;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use upload::{ArchiveUpload, Upload, UploadOptions};

/// Nested templates that are uploaded at the same time.
const TEMPLATES_AT_ONCE: usize = 16;

/// What packaging is asked to do.
#[derive(Debug, Clone)]
pub struct PackageOptions {
    /// How keys are derived.
    pub digest: DigestRule,
    /// What becomes of symbolic links.
    pub symlinks: SymlinkRule,
    /// Files that are never archived: what this run writes itself.
    pub excluded: Vec<PathBuf>,
    /// The folder outside which nothing may be read.
    pub root: Option<PathBuf>,
    /// Whether to tell which template it is, since nobody named it.
    pub tells_template: bool,
    /// Upload what is there already.
    pub force_upload: bool,
    /// Write the packaged root template as JSON.
    pub use_json: bool,
    /// Whether resources are marked with their ids.
    pub stamp: Stamp,
    /// Derive the SHA-256 of each artifact too, for the manifest.
    pub with_sha256: bool,
}

/// A template tree of which everything was found and read.
pub struct Prepared {
    plan: Plan,
    /// One for each source of the plan.
    archives: Vec<Arc<Archive>>,
    options: PackageOptions,
}

/// A template packaged for one or more destinations.
#[derive(Debug)]
pub struct Package {
    /// The text of the packaged template for each destination, in their order.
    pub templates: Vec<String>,
    /// Each artifact and where it went, destination by destination.
    pub manifest: Manifest,
    /// What to say of it.
    pub outcome: Outcome,
}

/// Finds and reads everything that a template names, relative to `folder`. Compresses nothing, uploads nothing.
pub fn prepare(
    template: Template,
    folder: &Path,
    options: PackageOptions,
    reporter: &dyn Reporter,
) -> Result<Prepared, Failure> {
    let told = options.tells_template.then(|| template.path().to_path_buf());
    let plan = planner::plan(template, folder, options.root.as_deref(), reporter)?;
    reporter.report(plan.discovered(told));
    let read = ReadOptions {
        digest: options.digest,
        symlinks: options.symlinks,
        excluded: options.excluded.clone(),
        root: options.root.clone(),
        with_sha256: options.with_sha256,
    };
    let sources: Vec<_> = plan.sources.iter().map(|planned| planned.source.clone()).collect();
    let archives = archive::read_all(&sources, &read, reporter);
    let (archives, failures) =
        partition(plan.sources.iter().zip(archives).map(|(planned, read)| checked(planned, read)));
    if let Some(failure) = Failure::all(failures) {
        return Err(failure);
    }
    for (archive, planned) in archives.iter().zip(&plan.sources) {
        if planned.unzipped_by == UnzippedBy::Lambda {
            let warnings = archive::check_for_lambda(archive, options.digest);
            warnings.into_iter().for_each(|warning| reporter.report(Event::Warning(warning)));
        }
    }
    let archives = archives.into_iter().map(Arc::new).collect();
    Ok(Prepared { plan, archives, options })
}

/// An archive that some service will take, or what is wrong with the path that the template names.
fn checked(planned: &PlannedSource, read: Result<Archive, ArchiveError>) -> Result<Archive, PlanError> {
    match (&planned.source, read) {
        (Source::Folder(folder), Ok(archive)) if archive.files == 0 => {
            Err(planned.error(PathProblem::NoFiles(folder.clone())))
        }
        (Source::Folder(_) | Source::File(_) | Source::AsIs(_), Ok(archive)) => Ok(archive),
        (Source::Folder(_) | Source::File(_) | Source::AsIs(_), Err(error)) => {
            Err(planned.error(PathProblem::Archive(error)))
        }
    }
}

fn partition<T, E: Into<Failure>>(results: impl Iterator<Item = Result<T, E>>) -> (Vec<T>, Vec<Failure>) {
    let mut failures = Vec::new();
    let good = results.filter_map(|result| result.map_err(|error| failures.push(error.into())).ok());
    (good.collect(), failures)
}

impl Prepared {
    /// Whether a bucket is needed at all.
    pub fn uploads_something(&self) -> bool {
        self.plan.uploads_something()
    }

    /// What would be uploaded to where, as far as that is known without a look at any bucket.
    pub fn preview(&self, destinations: &[Destination], reporter: &dyn Reporter) -> Result<Manifest, Failure> {
        Ok(self.manifest(&self.drafts(destinations, reporter)?))
    }

    /// The packaged templates when there is nothing to upload: locations may still want another spelling.
    pub fn without_upload(&self, destinations: &[Destination], reporter: &dyn Reporter) -> Result<Package, Failure> {
        self.packaged(&self.drafts(destinations, reporter)?)
    }

    /// Uploads what is not in the buckets yet and writes the locations into the template, for each destination.
    ///
    /// Every archive is made once at most. An cancellation ends it with its failure; no part of an upload is left behind.
    pub async fn upload(
        &self,
        destinations: &[Destination],
        store: &impl ObjectStore,
        reporter: &dyn Reporter,
        cancellation: &Cancellation,
    ) -> Result<Package, Failure> {
        let buckets = destinations.iter().map(|destination| &destination.bucket).collect::<BTreeSet<_>>().len();
        let options = UploadOptions { force: self.options.force_upload, unfinished: Arc::default(), buckets };
        tokio::select! {
            packaged = self.upload_all(destinations, &options, store, reporter) => packaged,
            failure = cancellation.wait() => {
                options.unfinished.abort_all(store, reporter).await;
                Err(failure)
            }
        }
    }

    async fn upload_all(
        &self,
        destinations: &[Destination],
        options: &UploadOptions,
        store: &impl ObjectStore,
        reporter: &dyn Reporter,
    ) -> Result<Package, Failure> {
        let drafts = self.drafts(destinations, reporter)?;
        let wanted = self.archives.iter().enumerate().flat_map(|(index, archive)| {
            let locations = drafts.iter().map(move |draft| draft.sources[index].location.clone());
            locations.map(|location| ArchiveUpload { archive: Arc::clone(archive), location })
        });
        let uploaded = upload::upload_all(&wanted.collect::<Vec<_>>(), options, store, reporter).await?;
        let mut placements: Vec<_> = destinations.iter().map(Placement::new).collect();
        for copies in uploaded.chunks(destinations.len()) {
            placements.iter_mut().zip(copies).for_each(|(placement, copy)| placement.sources.push(copy.clone()));
        }
        self.upload_templates(&mut placements, options, store, reporter).await?;
        self.packaged(&placements)
    }

    /// Writes the locations into the root template.
    fn packaged(&self, placements: &[Placement<'_>]) -> Result<Package, Failure> {
        let root = self.plan.templates.len() - 1;
        let texts = placements.iter().map(|placement| Ok(self.text_of(root, placement)?.text));
        let templates = texts.collect::<Result<_, Failure>>()?;
        let manifest = self.manifest(placements);
        let outcome = manifest.outcome();
        Ok(Package { templates, manifest, outcome })
    }

    fn manifest(&self, placements: &[Placement<'_>]) -> Manifest {
        Manifest::of(&self.plan, &self.archives, placements)
    }

    /// Every location as far as it is known before anything is uploaded: all but the versions.
    fn drafts<'d>(
        &self,
        destinations: &'d [Destination],
        reporter: &dyn Reporter,
    ) -> Result<Vec<Placement<'d>>, Failure> {
        let mut without_comments = BTreeSet::new();
        let drafts = destinations.iter().map(|destination| self.draft(destination, &mut without_comments));
        let drafts = drafts.collect::<Result<Vec<_>, _>>()?;
        for index in without_comments {
            let template = self.plan.templates[index].template.path().to_path_buf();
            let name = format!("comments of {}", template.display());
            reporter.report(Event::Warning(Warning::new(name, WarningKind::CommentsLeftOut { template })));
        }
        Ok(drafts)
    }

    fn draft<'d>(
        &self,
        destination: &'d Destination,
        without_comments: &mut BTreeSet<usize>,
    ) -> Result<Placement<'d>, Failure> {
        let mut placement = Placement::new(destination);
        let sources = self.archives.iter().map(|archive| planned(destination.location(&archive.digest)));
        placement.sources = sources.collect();
        for index in 0..self.plan.templates.len() {
            let Written { text, lost_comments } = self.text_of(index, &placement)?;
            without_comments.extend(lost_comments.then_some(index));
            placement.templates.push(planned(destination.location(&template_key(self.options.digest, &text))));
        }
        placement.templates.pop();
        Ok(placement)
    }

    /// Uploads the nested templates, those without children first, each height at once. For each destination they have
    /// a text of their own.
    async fn upload_templates(
        &self,
        placements: &mut [Placement<'_>],
        options: &UploadOptions,
        store: &impl ObjectStore,
        reporter: &dyn Reporter,
    ) -> Result<(), Failure> {
        let nested = self.plan.templates.len() - 1;
        let heights = self.plan.heights();
        for placement in placements.iter_mut() {
            placement.templates = vec![planned(S3Location::new("", "")); nested];
        }
        for height in 0..=heights[..nested].iter().copied().max().unwrap_or(0) {
            let (mut texts, mut wanted) = (BTreeMap::new(), Vec::new());
            let of_height = (0..nested).filter(|index| heights[*index] == height);
            for (index, at) in of_height.flat_map(|index| (0..placements.len()).map(move |at| (index, at))) {
                let text = self.text_of(index, &placements[at])?.text;
                let location = placements[at].destination.location(&template_key(self.options.digest, &text));
                wanted.push((index, at, location.clone()));
                texts.entry(location).or_insert((index, text));
            }
            let uploads = self.upload_texts(texts, options, store, reporter).await?;
            for (index, at, location) in wanted {
                placements[at].templates[index] = uploads[&location].clone();
            }
        }
        Ok(())
    }

    /// Uploads packaged nested templates, each to its place. The index of the template is for messages.
    async fn upload_texts(
        &self,
        texts: BTreeMap<S3Location, (usize, String)>,
        options: &UploadOptions,
        store: &impl ObjectStore,
        reporter: &dyn Reporter,
    ) -> Result<BTreeMap<S3Location, Upload>, Failure> {
        let uploads = texts.into_iter().map(|(location, (index, text))| async move {
            let source = self.plan.templates[index].template.path();
            let upload = upload::upload_bytes(source, &location, text.into(), options, store, reporter).await?;
            Ok((location, upload))
        });
        stream::iter(uploads).buffer_unordered(TEMPLATES_AT_ONCE).try_collect().await
    }

    /// The text of a packaged template: the root's in the format that was asked for. One that CloudFormation would not
    /// read for its size is written as JSON, if that is smaller: without comments.
    fn text_of(&self, template: usize, placement: &Placement<'_>) -> Result<Written, Failure> {
        let planned = &self.plan.templates[template];
        let path = planned.template.path();
        let text = rewrite::rewrite(planned, placement, self.options.stamp)?;
        let is_root = template + 1 == self.plan.templates.len();
        if is_root && self.options.use_json {
            let text = rewrite::check_size(path, to_json(path, text)?)?;
            return Ok(Written { text, lost_comments: false });
        }
        match rewrite::check_size(path, text.clone()) {
            Ok(text) => Ok(Written { text, lost_comments: false }),
            Err(too_large) => match rewrite::check_size(path, to_json(path, text)?) {
                Ok(text) => Ok(Written { text, lost_comments: true }),
                Err(_) => Err(too_large.into()),
            },
        }
    }
}

/// The text of a packaged template.
struct Written {
    text: String,
    /// Whether it is JSON only because of its size.
    lost_comments: bool,
}

fn to_json(path: &Path, text: String) -> Result<String, Failure> {
    let packaged = Template::parse(path, text.into_bytes());
    let packaged = packaged.map_err(|error| {
        let cause = Failure::from(error).cause();
        Failure::new(FailureKind::Internal, format!("the packaged template cannot be read back: {cause}"))
    })?;
    Ok(packaged.to_json())
}

/// An upload that is still to come.
fn planned(location: S3Location) -> Upload {
    Upload { location, bytes: None, reused: false }
}

/// The key of a nested template: its content's digest and the ending that the peers give it.
fn template_key(rule: DigestRule, text: &str) -> String {
    let digest = match rule {
        DigestRule::Sam => archive::hex(&Md5::digest(text)),
        DigestRule::Sha256 => archive::hex(&sha2::Sha256::digest(text)),
    };
    format!("{digest}.template")
}
