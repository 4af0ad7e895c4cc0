//! The machine-readable record of a run: each artifact, where it came from and where it went.

use super::archive::Archive;
use super::origin::Origin;
use super::placement::Placement;
use super::plan::{Item, Plan};
use crate::facts::{Outcome, Redactor, S3Location};
use crate::text::human_bytes;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The content of the file that `--manifest` names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// The version of this format.
    pub version: u32,
    /// The template that the user named.
    pub template: PathBuf,
    #[serde(flatten)]
    pub origin: Origin,
    /// The artifacts of one target after those of another; of one target in the order of the templates, children first.
    pub artifacts: Vec<ManifestArtifact>,
}

/// A property that refers to an artifact, and the object that it refers to once packaged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ManifestArtifact {
    /// The target that it was packaged for, if the run has named ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The template that holds the property.
    pub template: PathBuf,
    /// The resource, below those that lead to its template: `Child/Function`.
    pub logical_id: String,
    /// Keys below `Properties`, with dots between.
    pub property: String,
    /// The file or folder.
    pub path: PathBuf,
    /// Size in bytes, before compression.
    pub bytes: u64,
    /// The last part of the key. Null if the text of a nested template depends on the name of the managed bucket.
    pub digest: Option<String>,
    /// SHA-256 over what was archived, hexadecimal. Absent for nested templates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    pub location: ManifestLocation,
    /// Whether the object was in the bucket already.
    pub reused: bool,
    /// Size of the object in bytes, if this run made it or looked it up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object_bytes: Option<u64>,
}

/// An object in S3.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ManifestLocation {
    /// Null for the managed bucket in a dry run, which makes no call for its name.
    pub bucket: Option<String>,
    /// Null if the text of a nested template depends on the name of the managed bucket.
    pub key: Option<String>,
    /// Present where the bucket keeps versions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

impl From<&S3Location> for ManifestLocation {
    fn from(location: &S3Location) -> Self {
        let S3Location { bucket, key, version } = location.clone();
        Self { bucket: Some(bucket).filter(|bucket| !bucket.is_empty()), key: Some(key), version }
    }
}

/// Whether a text is a manifest of any version.
pub fn is_manifest(text: &str) -> bool {
    let value: Result<Value, _> = serde_json::from_str(text);
    value.is_ok_and(|value| value["version"].is_u64() && value["template"].is_string() && value["artifacts"].is_array())
}

impl Manifest {
    /// Records a plan whose sources and nested templates are placed.
    pub(super) fn record(
        plan: &Plan,
        archives: &[Arc<Archive>],
        placements: &[Placement<'_>],
        packaged: &[String],
    ) -> Self {
        let template = &plan.root().template;
        let origin = Origin::record(template, &plan.nested_templates(), packaged);
        let artifacts = placements.iter().flat_map(|placement| placed(plan, archives, placement)).collect();
        Self { version: 1, template: template.path().to_path_buf(), origin, artifacts }
    }

    /// The manifest with the names that a reader has for paths.
    #[must_use]
    pub fn named_by(self, names: &Redactor) -> Self {
        let artifact = |it: ManifestArtifact| ManifestArtifact {
            template: names.path(&it.template),
            path: names.path(&it.path),
            ..it
        };
        let artifacts = self.artifacts.into_iter().map(artifact).collect();
        Self { template: names.path(&self.template), origin: self.origin.named_by(names), artifacts, ..self }
    }

    /// JSON text, indented, with a newline at its end.
    pub fn to_json(&self) -> String {
        let mut json = serde_json::to_string_pretty(self).expect("a manifest is made of strings and numbers");
        json.push('\n');
        json
    }

    /// Each object once, as the first artifact that refers to it.
    pub fn objects(&self) -> Vec<&ManifestArtifact> {
        let mut seen = BTreeSet::new();
        self.artifacts.iter().filter(|artifact| seen.insert(artifact.object())).collect()
    }

    /// How many targets have artifacts, 1 for a run without named ones.
    fn targets(&self) -> usize {
        self.artifacts.iter().map(|artifact| &artifact.target).collect::<BTreeSet<_>>().len().max(1)
    }

    /// How many artifacts there are, such as `5 artifacts for 2 targets`.
    pub fn count(&self) -> String {
        let targets = self.targets();
        let artifacts = self.artifacts.len() / targets;
        format!(
            "{artifacts} {}{}",
            if artifacts == 1 { "artifact" } else { "artifacts" },
            if targets == 1 { String::new() } else { format!(" for {targets} targets") },
        )
    }

    /// The summary of the run, and the values for the next step.
    pub fn outcome(&self) -> Outcome {
        let objects = self.objects();
        let uploaded: Vec<_> = objects.iter().filter(|artifact| !artifact.reused).collect();
        let reused = objects.len() - uploaded.len();
        let bytes: u64 = uploaded.iter().filter_map(|artifact| artifact.object_bytes).sum();
        let buckets: BTreeSet<&str> =
            objects.iter().filter_map(|artifact| artifact.location.bucket.as_deref()).collect();
        let outputs = [
            ("Artifacts", (self.artifacts.len() / self.targets()).to_string()),
            ("Uploaded", uploaded.len().to_string()),
            ("Unchanged", reused.to_string()),
            ("UploadedBytes", bytes.to_string()),
            ("Bucket", buckets.into_iter().collect::<Vec<_>>().join(",")),
        ];
        let outputs = outputs.into_iter().filter(|(_, value)| !value.is_empty());
        // The numbers add up to the objects, which artifacts may share.
        let shared = objects.len() != self.artifacts.len();
        Outcome {
            summary: format!(
                "packaged {}{}: {} uploaded ({}), {reused} unchanged",
                self.count(),
                if shared { format!(" in {} {}", objects.len(), objects_noun(objects.len())) } else { String::new() },
                uploaded.len(),
                human_bytes(bytes),
            ),
            outputs: outputs.map(|(name, value)| (name.to_owned(), value)).collect(),
        }
    }
}

impl ManifestArtifact {
    /// What identifies its object.
    fn object(&self) -> (Option<&str>, Result<&str, &Path>) {
        (self.location.bucket.as_deref(), self.location.key.as_deref().ok_or(&self.path))
    }
}

const fn objects_noun(count: usize) -> &'static str {
    if count == 1 { "object" } else { "objects" }
}

/// The artifacts of all templates as one destination has them.
fn placed<'p>(
    plan: &'p Plan,
    archives: &'p [Arc<Archive>],
    placement: &'p Placement<'_>,
) -> impl Iterator<Item = ManifestArtifact> + 'p {
    plan.templates.iter().flat_map(move |planned| {
        let items =
            planned.artifacts.iter().flat_map(|artifact| artifact.items.all().map(move |item| (artifact, item)));
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
            let mut location = ManifestLocation::from(&upload.location);
            location.key.take_if(|_| location.bucket.is_none() && names_objects(plan, item));
            Some(ManifestArtifact {
                target: placement.destination.target.clone(),
                template: planned.template.path().to_path_buf(),
                logical_id: artifact.logical_id.clone(),
                property: artifact.property.to_owned(),
                path: path.to_path_buf(),
                bytes,
                digest: location.key.as_ref().and_then(|key| key.rsplit('/').next()).map(str::to_owned),
                sha256,
                location,
                reused: upload.reused,
                object_bytes: upload.bytes,
            })
        })
    })
}

/// Whether it is a nested template whose text holds the location of an uploaded object.
fn names_objects(plan: &Plan, item: &Item) -> bool {
    match item {
        Item::Template(index) => {
            let mut items = plan.templates[*index].artifacts.iter().flat_map(|artifact| artifact.items.all());
            items.any(|item| matches!(item, Item::Source(_) | Item::Template(_)))
        }
        Item::Source(_) | Item::Object(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{Manifest, ManifestArtifact};
    use crate::facts::S3Location;

    /// A manifest of artifacts, each with its target, its object, and whether that was there.
    fn manifest(artifacts: &[(Option<&str>, &str, bool)]) -> Manifest {
        let artifact = |(target, object, reused): &(Option<&str>, &str, bool)| ManifestArtifact {
            target: target.map(str::to_owned),
            template: "t.yaml".into(),
            logical_id: "F".to_owned(),
            property: "CodeUri".to_owned(),
            path: "src".into(),
            bytes: 5,
            digest: None,
            sha256: None,
            location: (&S3Location::from_uri(object).unwrap()).into(),
            reused: *reused,
            object_bytes: Some(1000),
        };
        let artifacts = artifacts.iter().map(artifact).collect();
        Manifest { version: 1, template: "t.yaml".into(), origin: Default::default(), artifacts }
    }

    #[test]
    fn the_summary_of_a_run_adds_up() {
        let (a, b) = (Some("a"), Some("b"));
        let rows: [(&[(Option<&str>, &str, bool)], &str); 6] = [
            (&[], "packaged 0 artifacts: 0 uploaded (0 B), 0 unchanged"),
            (&[(None, "s3://b/1", false)], "packaged 1 artifact: 1 uploaded (1.0 kB), 0 unchanged"),
            (
                &[(None, "s3://b/1", false), (None, "s3://b/2", true), (None, "s3://b/1", false)],
                "packaged 3 artifacts in 2 objects: 1 uploaded (1.0 kB), 1 unchanged",
            ),
            (
                &[(None, "s3://b/1", true), (None, "s3://b/1", true)],
                "packaged 2 artifacts in 1 object: 0 uploaded (0 B), 1 unchanged",
            ),
            (
                &[(a, "s3://b/1", false), (b, "s3://c/1", false)],
                "packaged 1 artifact for 2 targets: 2 uploaded (2.0 kB), 0 unchanged",
            ),
            (
                &[(a, "s3://b/1", false), (b, "s3://b/1", false)],
                "packaged 1 artifact for 2 targets in 1 object: 1 uploaded (1.0 kB), 0 unchanged",
            ),
        ];
        for (artifacts, expected) in rows {
            assert_eq!(manifest(artifacts).outcome().summary, expected);
        }
    }
}
