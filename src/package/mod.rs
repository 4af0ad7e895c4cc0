//! Template → packaged template: discover, plan, read, upload, rewrite.
//!
//! [`prepare`] makes no call: it finds, reads and checks everything before anything is uploaded. [`Prepared::upload`]
//! does the rest.

mod discovery;
mod archive;
mod plan;
mod upload;
mod rewrite;
mod options;
mod placement;
mod references;
mod templates;
mod origin;
mod packaged;
mod manifest;

pub use archive::{
    Archive, DigestRule, OwnFile, Piece, ReadOptions, Source, SymlinkRule, read_all, write_all, zip_in_memory,
};
pub use manifest::{Manifest, ManifestArtifact, ManifestLocation, is_manifest};
pub use options::{PackageOptions, RootTemplate};
pub use origin::{Origin, Written};
pub use packaged::is_packaged_template;
pub use placement::Destination;
pub use plan::folder_of;
pub use references::{LocalPath, references};
pub use rewrite::Stamp;
pub use upload::{Buckets, MultipartUpload, ObjectStore, Overwrite, Part, Put, StoredObject};

use crate::facts::{Event, Failure, Outcome, Reporter, S3Location};
use crate::interrupt::Cancellation;
use crate::template::Template;
use discovery::UnzippedBy;
use placement::Placement;
use plan::{Plan, PlannedSource};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use templates::Templates;
use upload::{ArchiveUpload, UploadOptions};

/// A template and its nested templates, with everything that they refer to read.
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
    pub manifest: Manifest,
    pub outcome: Outcome,
}

/// Finds and reads everything that a template refers to, relative to `folder`. Compresses nothing, uploads nothing.
pub fn prepare(
    template: Template,
    folder: &Path,
    options: PackageOptions,
    reporter: &dyn Reporter,
) -> Result<Prepared, Failure> {
    let named = options.reports_template.then(|| template.path().to_path_buf());
    let plan = plan::plan(template, folder, options.root.as_deref(), reporter)?;
    plan::check_written(&plan, &options.own_files)?;
    reporter.report(plan.discovered(named));
    let archives = read(&plan.sources, &options, reporter)?;
    for (archive, planned) in archives.iter().zip(&plan.sources) {
        if planned.unzipped_by == UnzippedBy::Lambda {
            let warnings = archive::check_for_lambda(archive, options.digest);
            warnings.into_iter().for_each(|warning| reporter.report(Event::Warning(warning)));
        }
    }
    Ok(Prepared { plan, archives, options })
}

/// The archive of each source. The failure holds the problems of all.
fn read(
    planned: &[PlannedSource],
    options: &PackageOptions,
    reporter: &dyn Reporter,
) -> Result<Vec<Arc<Archive>>, Failure> {
    let read_options = ReadOptions {
        digest: options.digest,
        symlinks: options.symlinks,
        own_files: options.own_files.clone(),
        root: options.root.clone(),
        with_sha256: options.with_sha256,
    };
    let sources: Vec<_> = planned.iter().map(|planned| planned.source.clone()).collect();
    let (mut archives, mut failures) = (Vec::new(), Vec::new());
    for (planned, read) in planned.iter().zip(archive::read_all(&sources, &read_options, reporter)) {
        match read.map_err(Failure::from).and_then(|archive| not_empty(&planned.source, archive)) {
            Ok(archive) => archives.push(Arc::new(archive)),
            Err(failure) => failures.push(planned.property.explain(failure)),
        }
    }
    Failure::all(failures).map_or(Ok(archives), Err)
}

/// No service takes the archive of a folder without files.
fn not_empty(source: &Source, archive: Archive) -> Result<Archive, Failure> {
    match source {
        Source::Folder(folder) if archive.files == 0 => Err(plan::no_files(folder)),
        Source::Folder(_) | Source::File(_) | Source::AsIs(_) => Ok(archive),
    }
}

impl Prepared {
    /// Whether a bucket is needed.
    pub fn uploads_something(&self) -> bool {
        self.plan.uploads_something()
    }

    /// The template that the user named.
    pub fn template(&self) -> &Template {
        &self.plan.root().template
    }

    /// The templates of nested stacks that are local files, each with the logical ids down to its stack.
    pub fn nested_templates(&self) -> Vec<(Vec<String>, Arc<Template>)> {
        self.plan.nested_templates()
    }

    /// Uploads the packaged template itself, for a service that reads it from there.
    pub async fn upload_text(
        &self,
        text: String,
        destination: &Destination,
        store: &impl ObjectStore,
        reporter: &dyn Reporter,
    ) -> Result<S3Location, Failure> {
        let options = UploadOptions { force: self.options.force_upload, unfinished: Arc::default(), buckets: 1 };
        self.templates().upload_root(text, destination, &options, store, reporter).await
    }

    /// What would be uploaded to where, as far as that is known without a call.
    pub fn preview(&self, destinations: &[Destination], reporter: &dyn Reporter) -> Result<Manifest, Failure> {
        Ok(self.manifest(&self.templates().drafts(&self.archives, destinations, reporter)?, &[]))
    }

    /// The packaged templates when there is nothing to upload: locations may still need another spelling.
    pub fn without_upload(&self, destinations: &[Destination], reporter: &dyn Reporter) -> Result<Package, Failure> {
        self.packaged(&self.templates().drafts(&self.archives, destinations, reporter)?)
    }

    /// Uploads what is not in the buckets yet and writes the locations into the template, for each destination.
    ///
    /// Every archive is made once at most. Ends with the failure of a cancellation; no part of an upload is left behind.
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
        let drafts = self.templates().drafts(&self.archives, destinations, reporter)?;
        let wanted = self.archives.iter().enumerate().flat_map(|(index, archive)| {
            let locations = drafts.iter().map(move |draft| draft.sources[index].location.clone());
            let resource = &self.plan.sources[index].property.logical_id;
            locations.map(|location| ArchiveUpload {
                archive: Arc::clone(archive),
                location,
                resource: resource.clone(),
            })
        });
        let uploaded = upload::upload_all(&wanted.collect::<Vec<_>>(), options, store, reporter).await?;
        let mut placements: Vec<_> = destinations.iter().map(Placement::new).collect();
        for copies in uploaded.chunks(destinations.len()) {
            placements.iter_mut().zip(copies).for_each(|(placement, copy)| placement.sources.push(copy.clone()));
        }
        self.templates().upload_nested(&mut placements, options, store, reporter).await?;
        self.packaged(&placements)
    }

    /// Writes the locations into the root template.
    fn packaged(&self, placements: &[Placement<'_>]) -> Result<Package, Failure> {
        let root = self.plan.templates.len() - 1;
        let texts = placements.iter().map(|placement| Ok(self.templates().text(root, placement)?.text));
        let templates: Vec<_> = texts.collect::<Result<_, Failure>>()?;
        let manifest = self.manifest(placements, &templates);
        let outcome = manifest.outcome();
        Ok(Package { templates, manifest, outcome })
    }

    fn templates(&self) -> Templates<'_> {
        Templates { plan: &self.plan, options: &self.options }
    }

    fn manifest(&self, placements: &[Placement<'_>], packaged: &[String]) -> Manifest {
        Manifest::record(&self.plan, &self.archives, placements, packaged)
    }
}
