//! JSON lines: the field names of sam where it has the event, and more fields.

use super::finding::{Finding, end_column};
use super::screen::Screen;
use super::{deploy, words};
use crate::facts::{
    Event, Failure, FileEvent, JobEvent, Outcome, PackageEvent, Place, PutResult, Redactor, Reporter, S3Location,
    Verdict,
};
use crate::text::is_control;
use serde_json::{Map, Value, json};
use std::io;
use std::path::Path;

/// Writes events as JSON lines.
pub struct JsonReporter(pub Screen);

impl Reporter for JsonReporter {
    fn report(&self, event: Event) {
        let values = match &event {
            Event::Deploy(event) => super::deploy::objects(event),
            other => of(other, self.0.redactor()).into_iter().collect(),
        };
        for value in values {
            let _ = write_line(&self.0, value);
        }
    }
}

/// Writes a JSON line.
pub fn write_line(screen: &Screen, value: Value) -> io::Result<()> {
    screen.try_line(&escaped(&redacted(value, screen.redactor()).to_string()))
}

/// Escapes what a terminal or a runner would interpret: controls, direction marks, and the command `##[`.
fn escaped(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for letter in json.replace("##[", r"#\u0023[").chars() {
        match is_control(letter) {
            true => out.push_str(&format!("\\u{:04x}", u32::from(letter))),
            false => out.push(letter),
        }
    }
    out
}

/// Secrets are removed before quoting, which would change their form.
fn redacted(value: Value, redactor: &Redactor) -> Value {
    match value {
        Value::String(text) => Value::String(redactor.redact(&text)),
        Value::Array(items) => items.into_iter().map(|item| redacted(item, redactor)).collect(),
        Value::Object(entries) => {
            entries.into_iter().map(|(key, value)| (key, redacted(value, redactor))).collect::<Map<_, _>>().into()
        }
        other @ (Value::Null | Value::Bool(_) | Value::Number(_)) => other,
    }
}

/// The object for an event; `None` for progress within an upload.
fn of(event: &Event, redactor: &Redactor) -> Option<Value> {
    let shown = |path: &Path| self::shown(&redactor.path(path));
    match event {
        Event::Package(event) => package(event, &shown),
        Event::File(FileEvent::Written { path }) => Some(json!({"type": "file", "path": shown(path)})),
        Event::File(FileEvent::Removed { path }) => {
            Some(json!({"type": "file", "status": "removed", "path": shown(path)}))
        }
        Event::Job(event) => Some(job(event, &shown)),
        Event::Worker(event) => Some(json!({"type": "worker", "message": super::worker::words(event)?})),
        Event::Deploy(_) => None,
        Event::Publish(event) => Some(super::publish::object(event)),
        Event::Warning(warning) => Some(of_finding("warning", &Finding::of_warning(warning, redactor))),
    }
}

fn package(event: &PackageEvent, shown: &dyn Fn(&Path) -> String) -> Option<Value> {
    Some(match event {
        PackageEvent::Discovered { template, templates, artifacts, archives } => {
            let mut value =
                json!({"type": "discovered", "templates": templates, "artifacts": artifacts, "archives": archives});
            if let Some(template) = template {
                value["template"] = json!(shown(template));
            }
            value
        }
        PackageEvent::CreatingBucket { stack } => {
            json!({"type": "managed_bucket", "status": "creating", "stack_name": stack})
        }
        PackageEvent::ReadStarted { files, bytes } => {
            json!({"type": "read", "status": "started", "files": files, "bytes": bytes})
        }
        PackageEvent::ReadFinished => json!({"type": "read", "status": "finished"}),
        PackageEvent::Reused { location, source } => upload("reused", location, Some(shown(source)), None),
        PackageEvent::UploadStarted { location, source, resource, bytes, .. } => {
            let mut started = upload("started", location, Some(shown(source)), Some(*bytes));
            started["resource"] = json!(resource);
            started
        }
        PackageEvent::UploadFinished { location, bytes } => upload("finished", location, None, Some(*bytes)),
        PackageEvent::ReadAdvanced { .. } | PackageEvent::UploadAdvanced { .. } => return None,
    })
}

fn job(event: &JobEvent, shown: &dyn Fn(&Path) -> String) -> Value {
    match event {
        JobEvent::Started { job_id, pipeline } => {
            json!({"type": "job", "status": "started", "job_id": job_id, "pipeline": pipeline})
        }
        JobEvent::ArtifactFetched { name, location, bytes } => artifact("fetched", name, location, *bytes),
        JobEvent::ArtifactStored { name, location, bytes } => artifact("stored", name, location, *bytes),
        JobEvent::PageNotStored { job_id, reason } => {
            json!({"type": "job", "status": "report_not_stored", "job_id": job_id, "message": reason})
        }
        JobEvent::StateNotKept { job_id, reason } => {
            json!({"type": "job", "status": "state_not_kept", "job_id": job_id, "message": reason})
        }
        JobEvent::ResultPut { job_id, result } => {
            let (is_suspended, succeeded) = (*result == PutResult::Suspended, *result == PutResult::Success);
            let status = if is_suspended { "suspended" } else { "reported" };
            json!({"type": "job", "status": status, "job_id": job_id, "succeeded": succeeded})
        }
        JobEvent::ResultDelayed { job_id, error, again } => json!({
            "type": "job", "status": "delayed", "job_id": job_id, "message": error.to_string(),
            "again_seconds": again.as_secs_f64(),
        }),
        JobEvent::ResultAlreadyPut { job_id } => {
            json!({"type": "job", "status": "already_reported", "job_id": job_id})
        }
        JobEvent::Rehearsed { buckets, stacks, applications } => json!({
            "type": "rehearsal", "buckets": shown(buckets), "stacks": stacks.as_deref().map(shown),
            "applications": applications.as_deref().map(shown),
        }),
    }
}

fn upload(status: &str, location: &S3Location, path: Option<String>, bytes: Option<u64>) -> Value {
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

/// With sam's names `message` and `resource`.
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

/// The last line of a run that succeeded.
pub fn succeeded(outcome: &Outcome, verdict: Option<&Verdict>) -> Value {
    let status = verdict.map_or("success", deploy::result_status);
    let result = json!({
        "type": "result", "status": status, "exit_code": 0, "message": outcome.summary, "outputs": outcome.outputs,
    });
    with_verdict(result, verdict)
}

/// The last line of any other run.
pub fn failed(failure: &Failure, redactor: &Redactor, verdict: Option<&Verdict>) -> Value {
    let problems = Finding::all(failure, redactor).into_iter().map(|problem| {
        let mut value = of_finding("problem", &problem);
        if let Some(fields) = value.as_object_mut() {
            fields.shift_remove("type");
            fields.shift_remove("resource");
        }
        value
    });
    let result = json!({
        "type": "result", "status": "failure", "exit_code": failure.kind.exit_code(),
        "error": {
            "type": words::kind(failure.kind), "message": redactor.clean(&failure.cause()),
            "resources": verdict.map(deploy::causes), "problems": problems.collect::<Vec<_>>(),
        },
    });
    with_verdict(result, verdict)
}

fn with_verdict(mut result: Value, verdict: Option<&Verdict>) -> Value {
    for (name, field) in verdict.map(deploy::result_fields).iter().flat_map(Value::as_object).flatten() {
        result[name] = field.clone();
    }
    result
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
