//! What `package` made, as files, outputs and tables.

use super::configurations::Configurations;
use crate::facts::{Cell, Column, Made, Outcome, Report, Role, Row, Show, Table};
use crate::package::{Manifest, ManifestArtifact, ManifestLocation, Package};
use crate::settings::{Output, PackageSettings, Target, beside};
use crate::text::{count, human_bytes};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The report of a package.
pub fn of_package(
    settings: &PackageSettings,
    package: Package,
    configurations: Configurations,
    regions: BTreeSet<String>,
) -> Report {
    let mut report =
        Report { files: files(settings, &package.manifest), outcome: package.outcome, ..Report::default() };
    let handed_on = configurations.handed_on.into_iter();
    report.files.extend(handed_on.map(|(name, text)| made(Role::Configuration, Some(name), text)));
    let targets = settings.targets.iter().zip(package.templates).zip(configurations.of_targets);
    targets.for_each(|((target, template), configuration)| add_target(&mut report, target, template, configuration));
    for (name, value) in &settings.outputs {
        report.outcome.outputs.entry(name.clone()).or_insert_with(|| value.clone());
    }
    report.tables = uploads(&package.manifest);
    report.subject = subject(&report, &package.manifest, regions);
    report
}

/// The report of a dry run.
pub fn of_preview(settings: &PackageSettings, manifest: Manifest) -> Report {
    let objects = manifest.objects();
    let bytes = human_bytes(objects.iter().map(|artifact| artifact.bytes).sum());
    let would = format!(
        "{} in {} ({bytes} before compression) would be uploaded",
        manifest.count(),
        count(objects.len(), "object")
    );
    let summary = format!("nothing was uploaded: this was a dry run; {would}");
    let table = Table {
        show: Show::Result,
        title: "planned uploads".to_owned(),
        columns: preview_columns(),
        rows: objects.into_iter().map(|artifact| planned(settings, artifact)).collect(),
    };
    Report {
        outcome: Outcome { summary, ..Outcome::default() },
        files: files(settings, &manifest),
        tables: vec![table],
        ..Report::default()
    }
}

fn made(role: Role, path: Option<PathBuf>, text: String) -> Made {
    Made { role, path, text }
}

fn files(settings: &PackageSettings, manifest: &Manifest) -> Vec<Made> {
    let path = settings.manifest.clone();
    path.map(|path| made(Role::Manifest, Some(path), manifest.to_json())).into_iter().collect()
}

fn add_target(report: &mut Report, target: &Target, template: String, configuration: Option<String>) {
    let name = target.name.as_deref();
    report.outcome.outputs.extend(outputs(name, &template, &target.output, configuration.is_some()));
    let Output::File(file) = &target.output else {
        return report.files.push(made(Role::Result, None, template));
    };
    // The words of the peers: scripts look for them.
    report.lines.push(format!("Successfully packaged artifacts and wrote output template to file {}.", file.display()));
    report.files.push(made(Role::Result, Some(file.clone()), template));
    match configuration {
        Some(text) => report.files.push(made(Role::Configuration, Some(beside(file)), text)),
        None if name.is_some() => report.obsolete.push(beside(file)),
        None => {}
    }
}

/// The digest of a packaged template and its files. The outputs of a named target end in its name.
fn outputs(target: Option<&str>, template: &str, output: &Output, is_configured: bool) -> Vec<(String, String)> {
    let file = match output {
        Output::File(file) => Some(file),
        Output::Stdout => None,
    };
    let shown = |path: &Path| path.display().to_string();
    let digest: String = Sha256::digest(template).iter().map(|byte| format!("{byte:02x}")).collect();
    let suffix = target.map(|name| format!("_{name}")).unwrap_or_default();
    let outputs = [
        ("TemplateSha256", Some(digest)),
        ("TemplateFile", file.map(|file| shown(file))),
        ("TemplateConfiguration", file.filter(|_| is_configured).map(|file| shown(&beside(file)))),
    ];
    outputs.into_iter().filter_map(|(name, value)| Some((format!("{name}{suffix}"), value?))).collect()
}

const fn text(title: &'static str) -> Column {
    Column { title, is_numeric: false }
}

const SIZE: Column = Column { title: "Size", is_numeric: true };

/// What was uploaded and what was not, for the summary of a host: what changed first.
fn uploads(manifest: &Manifest) -> Vec<Table> {
    let has_targets = manifest.artifacts.iter().any(|artifact| artifact.target.is_some());
    let rows = |reused: bool| -> Vec<Row> {
        let artifacts = manifest.artifacts.iter().filter(|artifact| artifact.reused == reused);
        artifacts.map(|artifact| Row { cells: cells(artifact, has_targets), object: json!(artifact) }).collect()
    };
    let target = has_targets.then_some(text("Target"));
    let columns: Vec<_> = [text("Resource"), SIZE, text("Source")].into_iter().chain(target).collect();
    let (uploaded, unchanged) = (rows(false), rows(true));
    let titles = (format!("{} uploaded", uploaded.len()), format!("{} unchanged", unchanged.len()));
    vec![
        Table { show: Show::Summary, title: titles.0, columns: columns.clone(), rows: uploaded },
        Table { show: Show::Folded, title: titles.1, columns, rows: unchanged },
    ]
}

fn cells(artifact: &ManifestArtifact, has_targets: bool) -> Vec<Cell> {
    let target = has_targets.then(|| Cell::Text(artifact.target.clone().unwrap_or_default()));
    let cells = [
        Cell::Code(format!("{}.{}", artifact.logical_id, artifact.property)),
        Cell::Bytes(artifact.bytes),
        Cell::Path(artifact.path.clone()),
    ];
    cells.into_iter().chain(target).collect()
}

/// The template, the digest of what was made of it, and where the objects are.
fn subject(report: &Report, manifest: &Manifest, regions: BTreeSet<String>) -> Vec<Cell> {
    let digests = report.outcome.outputs.iter().filter(|(name, _)| name.starts_with("TemplateSha256"));
    let digests = digests.map(|(_, digest)| Cell::Code(format!("sha256:{}", &digest[..12])));
    let buckets = report.outcome.outputs.get("Bucket").cloned().map(Cell::Code);
    let template = Cell::Path(manifest.template.clone());
    [template].into_iter().chain(digests).chain(buckets).chain(regions.into_iter().map(Cell::Text)).collect()
}

fn preview_columns() -> Vec<Column> {
    vec![text("Would upload"), SIZE, text("To")]
}

fn planned(settings: &PackageSettings, artifact: &ManifestArtifact) -> Row {
    let location = &artifact.location;
    let target = settings.targets.iter().find(|target| target.name == artifact.target);
    let has_bucket = target.is_some_and(|target| target.bucket.is_some());
    let place = if has_bucket { object(location) } else { placeholder(location) };
    Row {
        cells: vec![Cell::Path(artifact.path.clone()), Cell::Bytes(artifact.bytes), Cell::Code(place)],
        object: json!({
            "type": "upload", "status": "planned", "bucket": location.bucket, "key": location.key,
            "path": artifact.path.display().to_string(), "bytes": artifact.bytes,
        }),
    }
}

/// Where an object would be, of a run that names no bucket.
fn placeholder(location: &ManifestLocation) -> String {
    format!("s3://<bucket>/{}", location.key.as_deref().unwrap_or("<key>"))
}

/// Where an object is, as far as that is known.
fn object(location: &ManifestLocation) -> String {
    match (&location.bucket, &location.key) {
        (Some(bucket), key) => format!("s3://{bucket}/{}", key.as_deref().unwrap_or_default()),
        (None, Some(key)) => format!("{key} in the managed bucket"),
        (None, None) => "the managed bucket".to_owned(),
    }
}
