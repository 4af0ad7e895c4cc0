//! JSON, an event a line: the words of sam where it has them, and more fields.

use super::finding::{Finding, end_column};
use super::screen::Screen;
use super::secrets::Secrets;
use super::words;
use crate::event::{Event, Outcome, PutResult, Reporter};
use crate::failure::{Failure, Place};
use crate::package::Manifest;
use crate::s3_location::S3Location;
use serde_json::{Map, Value, json};
use std::io;
use std::path::Path;

/// Says what happens in lines of JSON.
pub struct JsonReporter(pub Screen);

impl Reporter for JsonReporter {
    fn report(&self, event: Event) {
        if let Some(value) = of(&event) {
            let _ = say(&self.0, value);
        }
    }
}

/// Writes a line.
pub fn say(screen: &Screen, value: Value) -> io::Result<()> {
    screen.try_line(&redacted(value, screen.secrets()).to_string())
}

/// Secrets are looked for before quoting, which would give them another form.
fn redacted(value: Value, secrets: &Secrets) -> Value {
    match value {
        Value::String(text) => Value::String(secrets.redact(&text)),
        Value::Array(items) => items.into_iter().map(|item| redacted(item, secrets)).collect(),
        Value::Object(entries) => {
            entries.into_iter().map(|(key, value)| (key, redacted(value, secrets))).collect::<Map<_, _>>().into()
        }
        other @ (Value::Null | Value::Bool(_) | Value::Number(_)) => other,
    }
}

/// What is said of an event. How far it has come is left out: a program can tell by the uploads.
fn of(event: &Event) -> Option<Value> {
    Some(match event {
        Event::Discovered { template, templates, artifacts, archives } => {
            let mut value =
                json!({"type": "discovered", "templates": templates, "artifacts": artifacts, "archives": archives});
            if let Some(template) = template {
                value["template"] = json!(shown(template));
            }
            value
        }
        Event::ReadStarted { files, bytes } => {
            json!({"type": "read", "status": "started", "files": files, "bytes": bytes})
        }
        Event::ReadFinished => json!({"type": "read", "status": "finished"}),
        Event::Reused { location, source } => upload("reused", location, Some(source), None),
        Event::UploadStarted { location, source, bytes, .. } => upload("started", location, Some(source), Some(*bytes)),
        Event::UploadFinished { location, bytes } => upload("finished", location, None, Some(*bytes)),
        Event::FileWritten { path } => json!({"type": "file", "path": shown(path)}),
        Event::FileRemoved { path } => json!({"type": "file", "status": "removed", "path": shown(path)}),
        Event::JobStarted { job_id, pipeline } => {
            json!({"type": "job", "status": "started", "job_id": job_id, "pipeline": pipeline})
        }
        Event::ArtifactFetched { name, location, bytes } => artifact("fetched", name, location, *bytes),
        Event::ArtifactStored { name, location, bytes } => artifact("stored", name, location, *bytes),
        Event::ResultPut { job_id, result } => {
            let (is_suspended, succeeded) = (*result == PutResult::Suspended, *result == PutResult::Success);
            let status = if is_suspended { "suspended" } else { "reported" };
            json!({"type": "job", "status": status, "job_id": job_id, "succeeded": succeeded})
        }
        Event::Worker(event) => json!({"type": "worker", "message": super::worker::words(event)?}),
        Event::ResultDelayed { job_id, error, again } => json!({
            "type": "job", "status": "delayed", "job_id": job_id, "message": error.to_string(),
            "again_seconds": again.as_secs_f64(),
        }),
        Event::ResultAlreadyPut { job_id } => json!({"type": "job", "status": "already_reported", "job_id": job_id}),
        Event::Warning(warning) => of_finding("warning", &warning.into()),
        Event::ReadAdvanced { .. } | Event::UploadAdvanced { .. } => return None,
    })
}

fn upload(status: &str, location: &S3Location, source: Option<&Path>, bytes: Option<u64>) -> Value {
    let path = source.map(shown);
    let mut value = json!({"type": "upload", "status": status, "bucket": location.bucket, "key": location.key});
    let more = [("version", json!(location.version)), ("path", json!(path)), ("bytes", json!(bytes))];
    for (name, known) in more.into_iter().filter(|(_, known)| !known.is_null()) {
        value[name] = known;
    }
    value
}

fn artifact(status: &str, name: &str, location: &S3Location, bytes: u64) -> Value {
    let (bucket, key) = (&location.bucket, &location.key);
    json!({"type": "artifact", "status": status, "name": name, "bucket": bucket, "key": key, "bytes": bytes})
}

/// sam says `message` and `resource` of a warning.
fn of_finding(kind: &str, finding: &Finding) -> Value {
    let mut value = json!({"type": kind, "message": finding.message, "resource": finding.resource});
    let fields = finding.hint.iter().map(|hint| ("hint", json!(hint))).chain(finding.place.iter().flat_map(place));
    for (name, field) in fields {
        value[name] = field;
    }
    value
}

fn place(place: &Place) -> [(&'static str, Value); 4] {
    [
        ("path", json!(shown(&place.path))),
        ("line", json!(place.line)),
        ("column", json!(place.column)),
        ("end_column", json!(end_column(place))),
    ]
}

/// What would be uploaded, an event for each artifact, and the end of a dry run.
pub fn preview(manifest: &Manifest) -> Vec<Value> {
    let uploads = manifest.artifacts.iter().map(|artifact| {
        let (location, path) = (&artifact.location, shown(&artifact.path));
        json!({
            "type": "upload", "status": "planned", "bucket": location.bucket, "key": location.key, "path": path,
            "bytes": artifact.bytes,
        })
    });
    let would = words::previewed(manifest);
    let end = Outcome { summary: format!("nothing was uploaded: this was a dry run; {would}"), ..Outcome::default() };
    uploads.chain([succeeded(&end)]).collect()
}

/// The last line of a run that ended well.
pub fn succeeded(outcome: &Outcome) -> Value {
    json!({
        "type": "result", "status": "success", "exit_code": 0, "message": outcome.summary, "outputs": outcome.outputs,
    })
}

/// The last line of any other run.
pub fn failed(failure: &Failure) -> Value {
    let problems = Finding::all(failure).into_iter().map(|problem| {
        let mut value = of_finding("problem", &problem);
        if let Some(fields) = value.as_object_mut() {
            fields.shift_remove("type");
            fields.shift_remove("resource");
        }
        value
    });
    json!({
        "type": "result", "status": "failure", "exit_code": failure.kind.exit_code(),
        "error": {
            "type": words::kind(failure.kind), "message": failure.cause(), "resources": null,
            "problems": problems.collect::<Vec<_>>(),
        },
    })
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
