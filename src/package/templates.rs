//! The packaged templates of a plan: their texts and keys, and the upload of nested ones.

use super::archive::{self, Archive, DigestRule};
use super::options::{PackageOptions, RootTemplate};
use super::placement::{Destination, Placement};
use super::plan::Plan;
use super::rewrite::{PackagedText, TextStyle, packaged_text};
use super::upload::{self, ObjectStore, Upload, UploadOptions};
use crate::facts::{Event, Failure, Reporter, S3Location, Warning, WarningKind};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use md5::{Digest, Md5};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Nested templates that are uploaded at the same time.
const TEMPLATES_AT_ONCE: usize = 16;

/// The templates of a plan.
#[derive(Clone, Copy)]
pub struct Templates<'p> {
    pub plan: &'p Plan,
    pub options: &'p PackageOptions,
}

/// The warnings about texts, by template: each is reported once, whatever the number of destinations.
type TextWarnings = BTreeMap<usize, WarningKind>;

impl Templates<'_> {
    /// The text of a packaged template.
    pub fn text(&self, index: usize, placement: &Placement<'_>) -> Result<PackagedText, Failure> {
        let is_root = index + 1 == self.plan.templates.len();
        let (use_json, keep_text) = (is_root && self.options.use_json, self.options.keep_text);
        let in_request = is_root && self.options.root_template == RootTemplate::InRequest;
        let style = TextStyle { in_request, use_json, keep_text, stamp: self.options.stamp };
        packaged_text(&self.plan.templates[index], placement, &style)
    }

    /// Every location as far as it is known before anything is uploaded: all but the versions. Reports what is changed
    /// in the texts.
    pub fn drafts<'d>(
        &self,
        archives: &[Arc<Archive>],
        destinations: &'d [Destination],
        reporter: &dyn Reporter,
    ) -> Result<Vec<Placement<'d>>, Failure> {
        let mut warnings = TextWarnings::new();
        let drafts = destinations.iter().map(|destination| self.draft(archives, destination, &mut warnings));
        let drafts = drafts.collect::<Result<Vec<_>, _>>()?;
        for (index, kind) in warnings {
            let name = format!("text of {}", self.plan.templates[index].template.path().display());
            reporter.report(Event::Warning(Warning::new(name, kind)));
        }
        Ok(drafts)
    }

    fn draft<'d>(
        &self,
        archives: &[Arc<Archive>],
        destination: &'d Destination,
        warnings: &mut TextWarnings,
    ) -> Result<Placement<'d>, Failure> {
        let mut placement = Placement::new(destination);
        let sources = archives.iter().map(|archive| planned(destination.location(&archive.digest)));
        placement.sources = sources.collect();
        for index in 0..self.plan.templates.len() {
            let PackagedText { text, warning } = self.text(index, &placement)?;
            if let Some(kind) = warning {
                warnings.entry(index).or_insert(kind);
            }
            placement.templates.push(planned(self.location(&text, destination)));
        }
        placement.templates.pop();
        Ok(placement)
    }

    /// Uploads the nested templates, those without children first, then by height. For each destination they have a text
    /// of their own.
    pub async fn upload_nested(
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
                let text = self.text(index, &placements[at])?.text;
                let location = self.location(&text, placements[at].destination);
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

    /// Uploads the text of the root template.
    pub async fn upload_root(
        &self,
        text: String,
        destination: &Destination,
        options: &UploadOptions,
        store: &impl ObjectStore,
        reporter: &dyn Reporter,
    ) -> Result<S3Location, Failure> {
        let location = self.location(&text, destination);
        let source = self.plan.root().template.path();
        let upload = upload::upload_bytes(source, &location, text.into(), options, store, reporter).await?;
        // Its URL names no version, like the URL of a nested template.
        Ok(S3Location { version: None, ..upload.location })
    }

    /// Uploads texts, each to its location. The index of the template is for messages.
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

    /// The location of a packaged template: its key is the digest of its text, with the ending that the peers use.
    fn location(&self, text: &str, destination: &Destination) -> S3Location {
        let digest = match self.options.digest {
            DigestRule::Sam => archive::hex(&Md5::digest(text)),
            DigestRule::Sha256 => archive::hex(&sha2::Sha256::digest(text)),
        };
        destination.location(&format!("{digest}.template"))
    }
}

/// An upload that is still to come.
fn planned(location: S3Location) -> Upload {
    Upload { location, bytes: None, reused: false }
}
