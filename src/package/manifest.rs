//! The machine-readable record of a run: each artifact, where it came from and where it went.

use super::Placement;
use super::archive::Archive;
use super::plan::{Item, Plan};
use crate::event::Outcome;
use crate::path_words::PathWords;
use crate::s3_location::S3Location;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

/// What `--manifest` writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// The layout of this record.
    pub version: u32,
    /// The template that was packaged.
    pub template: PathBuf,
    /// Each property that names an artifact, in the order of the templates, children first; all of one target, then all
    /// of the next.
    pub artifacts: Vec<ManifestArtifact>,
}

/// A property that names an artifact, and the object that it names now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ManifestArtifact {
    /// The target that it was packaged for, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The template that holds the property.
    pub template: PathBuf,
    /// The resource, below the stacks that lead to it.
    pub logical_id: String,
    /// Keys below `Properties`, with dots between.
    pub property: String,
    /// The file or folder.
    pub path: PathBuf,
    /// Its size in bytes, before compression.
    pub bytes: u64,
    /// The digest that names the object, with its ending.
    pub digest: String,
    /// SHA-256 over what was archived, hexadecimal. Absent for nested templates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Where the object is.
    pub location: ManifestLocation,
    /// Whether the object was there already.
    pub reused: bool,
    /// Size of the object in bytes, when this run made or looked at it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object_bytes: Option<u64>,
}

/// An object in S3.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ManifestLocation {
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// The version, where the bucket keeps versions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

impl From<&S3Location> for ManifestLocation {
    fn from(location: &S3Location) -> Self {
        Self { bucket: location.bucket.clone(), key: location.key.clone(), version: location.version.clone() }
    }
}

impl Manifest {
    /// The record of a plan whose sources and nested templates went to these places.
    pub(super) fn of(plan: &Plan, archives: &[Arc<Archive>], placements: &[Placement<'_>]) -> Self {
        let artifacts = placements.iter().flat_map(|placement| placed(plan, archives, placement)).collect();
        Self { version: 1, template: plan.root().template.path().to_path_buf(), artifacts }
    }

    /// The record with its paths in these words.
    #[must_use]
    pub fn in_words(self, words: &PathWords) -> Self {
        let artifact = |it: ManifestArtifact| ManifestArtifact {
            template: words.path(&it.template),
            path: words.path(&it.path),
            ..it
        };
        let artifacts = self.artifacts.into_iter().map(artifact).collect();
        Self { template: words.path(&self.template), artifacts, ..self }
    }

    /// The record as JSON text, indented, with a newline at its end.
    pub fn to_json(&self) -> String {
        let mut json = serde_json::to_string_pretty(self).expect("a manifest is made of strings and numbers");
        json.push('\n');
        json
    }

    /// Each object once.
    fn objects(&self) -> BTreeMap<(&str, &str), &ManifestArtifact> {
        let objects = self.artifacts.iter();
        objects
            .map(|artifact| ((artifact.location.bucket.as_str(), artifact.location.key.as_str()), artifact))
            .collect()
    }

    /// How many targets have artifacts; a run without named ones has one.
    fn targets(&self) -> usize {
        self.artifacts.iter().map(|artifact| &artifact.target).collect::<BTreeSet<_>>().len().max(1)
    }

    /// What to say of the run, and what the next step may want to know.
    pub fn outcome(&self) -> Outcome {
        let (objects, targets) = (self.objects(), self.targets());
        let uploaded: Vec<_> = objects.values().filter(|artifact| !artifact.reused).collect();
        let (artifacts, reused) = (self.artifacts.len() / targets, objects.len() - uploaded.len());
        let bytes: u64 = uploaded.iter().filter_map(|artifact| artifact.object_bytes).sum();
        let buckets: BTreeSet<&str> = objects.keys().map(|(bucket, _)| *bucket).collect();
        let outputs = [
            ("Artifacts", artifacts.to_string()),
            ("Uploaded", uploaded.len().to_string()),
            ("Unchanged", reused.to_string()),
            ("UploadedBytes", bytes.to_string()),
            ("Bucket", buckets.into_iter().collect::<Vec<_>>().join(",")),
        ];
        let outputs = outputs.into_iter().filter(|(_, value)| !value.is_empty());
        Outcome {
            summary: format!(
                "packaged {artifacts} {}{}: {} uploaded ({}), {reused} unchanged",
                if artifacts == 1 { "artifact" } else { "artifacts" },
                if targets == 1 { String::new() } else { format!(" for {targets} targets") },
                uploaded.len(),
                crate::event::human_bytes(bytes),
            ),
            outputs: outputs.map(|(name, value)| (name.to_owned(), value)).collect(),
        }
    }
}

/// The artifacts of all templates as one destination has them.
fn placed<'p>(
    plan: &'p Plan,
    archives: &'p [Arc<Archive>],
    placement: &'p Placement<'_>,
) -> impl Iterator<Item = ManifestArtifact> + 'p {
    plan.templates.iter().flat_map(move |planned| {
        let items = planned.artifacts.iter().flat_map(|artifact| artifact.items().map(move |item| (artifact, item)));
        items.filter_map(move |(artifact, item)| {
            let (path, bytes, sha256, upload) = match item {
                Item::Source(index) => {
                    let archive = &archives[*index];
                    (archive.source.path(), archive.bytes, archive.sha256.clone(), &placement.sources[*index])
                }
                Item::Template(index) => {
                    let template = &plan.templates[*index].template;
                    (template.path(), template.text().len() as u64, None, &placement.templates[*index])
                }
                Item::Object(_) => return None,
            };
            Some(ManifestArtifact {
                target: placement.destination.target.clone(),
                template: planned.template.path().to_path_buf(),
                logical_id: artifact.logical_id.clone(),
                property: artifact.property.clone(),
                path: path.to_path_buf(),
                bytes,
                digest: upload.location.key.rsplit('/').next().unwrap_or_default().to_owned(),
                sha256,
                location: (&upload.location).into(),
                reused: upload.reused,
                object_bytes: upload.bytes,
            })
        })
    })
}
