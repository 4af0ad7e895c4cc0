//! The words for each event.

use super::failure::{one_line, snippet};
use crate::event::{Event, Outcome, PutResult, Warning, human_bytes};
use crate::failure::{FailureKind, Place};
use crate::package::{Manifest, ManifestLocation};
use annotate_snippets::Level;
use clap::builder::styling::{AnsiColor, Style};
use std::path::Path;

const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const GOOD: Style = AnsiColor::Green.on_default().bold();

/// What to do with a secret that a template configuration should not hold.
const SECRET_ELSEWHERE: &str = "write a dynamic reference, such as {{resolve:secretsmanager:name}}, or give it with \
                                ParameterOverrides of the CloudFormation action";

/// How much of what happens is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// A line for each object too.
    Objects,
    /// No line for an object.
    Quiet,
}

/// The section of a log in which an event is told, for hosts that fold those.
pub fn section(event: &Event) -> Option<&'static str> {
    match event {
        Event::UploadStarted { .. } => Some("Uploads"),
        Event::Discovered { .. }
        | Event::ReadStarted { .. }
        | Event::ReadAdvanced { .. }
        | Event::ReadFinished
        | Event::Reused { .. }
        | Event::UploadAdvanced { .. }
        | Event::UploadFinished { .. }
        | Event::FileWritten { .. }
        | Event::FileRemoved { .. }
        | Event::JobStarted { .. }
        | Event::ArtifactFetched { .. }
        | Event::ArtifactStored { .. }
        | Event::ResultPut { .. }
        | Event::ResultAlreadyPut { .. }
        | Event::ResultDelayed { .. }
        | Event::Worker(_)
        | Event::Warning(_) => None,
    }
}

/// What is said of an event in a log; nothing of most. All but a warning is one line.
pub fn of(event: &Event, detail: Detail) -> Option<String> {
    match event {
        Event::Warning(warning) => Some(self::warning(warning)),
        other => told(other, detail).map(|line| one_line(&line)),
    }
}

fn told(event: &Event, detail: Detail) -> Option<String> {
    match event {
        Event::Discovered { template, templates, artifacts, archives } => {
            let place = match (template, templates.saturating_sub(1)) {
                (None, _) => count(*templates, "template"),
                (Some(root), 0) => root.display().to_string(),
                (Some(root), nested) => format!("{} and {}", root.display(), count(nested, "nested template")),
            };
            let found = format!("Found {} in {place} ({})", count(*artifacts, "artifact"), count(*archives, "archive"));
            Some(found).filter(|_| template.is_some() || (detail == Detail::Objects && *artifacts > 0))
        }
        // The words of the peers: scripts look for them.
        Event::UploadStarted { location, bytes, buckets, .. } if detail == Detail::Objects => {
            let key = if *buckets > 1 { location.uri() } else { location.key.clone() };
            Some(format!("Uploading to {key}  ({})", human_bytes(*bytes)))
        }
        Event::FileWritten { path } => Some(format!("Wrote {}", path.display())),
        Event::FileRemoved { path } => Some(format!("Removed {}, which this run has nothing for", path.display())),
        Event::JobStarted { job_id, pipeline } => Some(match pipeline {
            Some(pipeline) => format!("Job {job_id} of pipeline {pipeline}"),
            None => format!("Job {job_id}"),
        }),
        Event::ArtifactFetched { name, location, bytes } => {
            Some(format!("Fetched input artifact {name} from {location}  ({})", human_bytes(*bytes)))
        }
        Event::ArtifactStored { name, location, bytes } => {
            Some(format!("Stored output artifact {name} at {location}  ({})", human_bytes(*bytes)))
        }
        Event::ResultPut { job_id, result } => Some(match result {
            PutResult::Success => format!("Reported the success of job {job_id}"),
            PutResult::Failure => format!("Reported the failure of job {job_id}"),
            PutResult::Suspended => format!("Reported that job {job_id} goes on in another"),
        }),
        Event::ResultDelayed { job_id, error, again } => {
            Some(format!("Cannot put the result of job {job_id}: {error}; again in {:.1} s", again.as_secs_f64()))
        }
        Event::ResultAlreadyPut { job_id } => Some(format!("Job {job_id} had its result already, or is gone")),
        Event::Worker(event) => super::worker::words(event),
        Event::Warning(_)
        | Event::UploadStarted { .. }
        | Event::ReadStarted { .. }
        | Event::ReadAdvanced { .. }
        | Event::ReadFinished
        | Event::Reused { .. }
        | Event::UploadAdvanced { .. }
        | Event::UploadFinished { .. } => None,
    }
}

fn warning(warning: &Warning) -> String {
    let (message, hint) = worded(warning);
    let message = one_line(&message);
    match (place(warning), hint) {
        (Some(place), hint) => snippet(&Level::WARNING, &message, place, hint.as_deref()),
        (None, Some(hint)) => format!("{WARNING}warning{WARNING:#}: {message}; {}", one_line(&hint)),
        (None, None) => format!("{WARNING}warning{WARNING:#}: {message}"),
    }
}

/// A warning in a sentence, and what to do.
pub fn worded(warning: &Warning) -> (String, Option<String>) {
    match warning {
        Warning::TemplateFolderPackaged { logical_id, property, folder, .. } => (
            format!("{logical_id} has no {property}, so the whole folder {} is packaged", shown(folder)),
            Some(format!("name the code with {property}")),
        ),
        Warning::OverLambdaLimit { source, bytes, limit, biggest } => (
            format!(
                "{} is {} unzipped, and Lambda takes at most {}",
                source.display(),
                human_bytes(*bytes),
                human_bytes(*limit)
            ),
            (!biggest.is_empty()).then(|| format!("the biggest in it: {}", sizes(biggest))),
        ),
        Warning::LinkLeavesFolder { link, target } => {
            (format!("{} leads out of its folder; {} is archived", link.display(), target.display()), None)
        }
        Warning::LoopFrozen { name, parameter, values, .. } => (
            format!("{name} runs over the parameter {parameter}, whose value {} is fixed when packaged", few(values)),
            Some("package again whenever the value changes".to_owned()),
        ),
        Warning::ImageLeftAlone { logical_id, .. } => {
            (format!("{logical_id} is an image, which is left as it is"), None)
        }
        Warning::PartsLeftBehind { location, error } => (
            format!("the parts of an upload to {location} that was given up could not be removed: {error}"),
            Some("a lifecycle rule of the bucket (AbortIncompleteMultipartUpload) removes them".to_owned()),
        ),
        Warning::CommentsLeftOut { template } => (
            format!(
                "{}: with its comments, the packaged template has more than the 1 MiB that CloudFormation reads; it is \
                 written as JSON, without them",
                shown(template)
            ),
            None,
        ),
        Warning::UnknownConfigurationKey { file, key, nearest, .. } => (
            format!("{} has `{key}`, which is not an option", file.display()),
            nearest.as_ref().map(|nearest| format!("the nearest is `{nearest}`")),
        ),
        Warning::ConfigurationKeyMisplaced { file, key, section, .. } => (
            format!("{} has `{key}` directly below [{section}], where it is not read", file.display()),
            Some(format!("write it below [{section}.parameters]")),
        ),
        Warning::UnknownVariable { name, nearest } => (
            format!("the variable {name} is not read: no command has such an option"),
            nearest.as_ref().map(|nearest| format!("the nearest is {nearest}")),
        ),
        Warning::SecretInClearText { parameter, .. } => (
            format!(
                "the value of the NoEcho parameter {parameter} stands in clear text in the template configuration, for \
                 everybody who can read the artifact"
            ),
            Some(SECRET_ELSEWHERE.to_owned()),
        ),
        Warning::SecretLeftOut { parameter, file, .. } => (
            format!(
                "the value that {} gives the NoEcho parameter {parameter} is left out of the template configuration",
                file.display()
            ),
            Some(SECRET_ELSEWHERE.to_owned()),
        ),
    }
}

/// Where a warning points.
pub fn place(warning: &Warning) -> Option<&Place> {
    match warning {
        Warning::TemplateFolderPackaged { place, .. }
        | Warning::LoopFrozen { place, .. }
        | Warning::ImageLeftAlone { place, .. }
        | Warning::UnknownConfigurationKey { place, .. }
        | Warning::ConfigurationKeyMisplaced { place, .. }
        | Warning::SecretInClearText { place, .. }
        | Warning::SecretLeftOut { place, .. } => place.as_ref(),
        Warning::OverLambdaLimit { .. }
        | Warning::LinkLeavesFolder { .. }
        | Warning::PartsLeftBehind { .. }
        | Warning::UnknownVariable { .. }
        | Warning::CommentsLeftOut { .. } => None,
    }
}

/// The logical id of the resource that a warning is about.
pub fn resource(warning: &Warning) -> Option<&str> {
    match warning {
        Warning::TemplateFolderPackaged { logical_id, .. } | Warning::ImageLeftAlone { logical_id, .. } => {
            Some(logical_id)
        }
        Warning::OverLambdaLimit { .. }
        | Warning::LinkLeavesFolder { .. }
        | Warning::LoopFrozen { .. }
        | Warning::PartsLeftBehind { .. }
        | Warning::CommentsLeftOut { .. }
        | Warning::UnknownConfigurationKey { .. }
        | Warning::ConfigurationKeyMisplaced { .. }
        | Warning::UnknownVariable { .. }
        | Warning::SecretInClearText { .. }
        | Warning::SecretLeftOut { .. } => None,
    }
}

/// What a warning is about, the same in every run.
pub fn name(warning: &Warning) -> String {
    match warning {
        Warning::TemplateFolderPackaged { logical_id, property, .. } => format!("{logical_id}.{property}"),
        Warning::OverLambdaLimit { source, .. } => format!("size of {}", shown(source)),
        Warning::LinkLeavesFolder { link, .. } => format!("link {}", link.display()),
        Warning::LoopFrozen { name, .. } => name.clone(),
        Warning::ImageLeftAlone { logical_id, .. } => format!("image of {logical_id}"),
        Warning::PartsLeftBehind { .. } => "parts of an upload".to_owned(),
        Warning::CommentsLeftOut { template } => format!("comments of {}", shown(template)),
        Warning::UnknownConfigurationKey { file, key, .. } | Warning::ConfigurationKeyMisplaced { file, key, .. } => {
            format!("{key} of {}", file.display())
        }
        Warning::UnknownVariable { name, .. } => name.clone(),
        Warning::SecretInClearText { parameter, .. } | Warning::SecretLeftOut { parameter, .. } => {
            format!("value of {parameter}")
        }
    }
}

/// The name of a kind of failure.
pub const fn kind(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Failed => "Failed",
        FailureKind::Usage => "Usage",
        FailureKind::Refused => "Refused",
        FailureKind::Input => "Input",
        FailureKind::Internal => "Internal",
        FailureKind::Temporary => "Temporary",
        FailureKind::Permission => "Permission",
        FailureKind::Deadline => "Deadline",
        FailureKind::Interrupted(_) => "Interrupted",
    }
}

/// What a run that ended well says last.
pub fn succeeded(outcome: &Outcome) -> String {
    format!("{GOOD}{}{GOOD:#}", capital(&outcome.summary))
}

/// One line that begins like a sentence.
pub fn capital(text: &str) -> String {
    let text = one_line(text);
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}", letters.as_str())
}

/// The words of the peers for a packaged template in a file; scripts look for them. The region is that of its bucket,
/// where it was named: CloudFormation takes code from no other.
pub fn packaged_to(path: &Path, region: Option<&str>) -> String {
    let region = region.map(|region| format!(" --region {}", one_line(region))).unwrap_or_default();
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    format!(
        "\nSuccessfully packaged artifacts and wrote output template to file {}.\n\
         Execute the following command to deploy the packaged template\n\
         sam deploy --template-file {} --stack-name <YOUR STACK NAME>{region}\n",
        path.display(),
        absolute.display()
    )
}

/// What would be uploaded, an object in a line.
pub fn preview(manifest: &Manifest) -> String {
    let objects = manifest.objects();
    let lines: Vec<String> = objects
        .iter()
        .map(|artifact| {
            let (path, size) = (artifact.path.display(), human_bytes(artifact.bytes));
            format!("Would upload {path}  ({size})  to {}", object(&artifact.location))
        })
        .collect();
    match lines.is_empty() {
        true => "Nothing would be uploaded".to_owned(),
        false => format!("{}\n{}", lines.join("\n"), previewed(manifest)),
    }
}

/// All that would be uploaded, in a sentence.
pub fn previewed(manifest: &Manifest) -> String {
    let objects = manifest.objects();
    let bytes = human_bytes(objects.iter().map(|artifact| artifact.bytes).sum());
    let (artifacts, objects) = (manifest.count(), count(objects.len(), "object"));
    format!("{artifacts} in {objects} ({bytes} before compression) would be uploaded")
}

/// Where an object is, as far as that is known.
pub fn object(location: &ManifestLocation) -> String {
    match (&location.bucket, &location.key) {
        (Some(bucket), key) => format!("s3://{bucket}/{}", key.as_deref().unwrap_or_default()),
        (None, Some(key)) => format!("{key} in the managed bucket"),
        (None, None) => "the managed bucket".to_owned(),
    }
}

fn sizes(sizes: &[(std::path::PathBuf, u64)]) -> String {
    let each = sizes.iter().map(|(path, bytes)| format!("{} ({})", path.display(), human_bytes(*bytes)));
    each.collect::<Vec<_>>().join(", ")
}

fn shown(folder: &Path) -> String {
    if folder.as_os_str().is_empty() { ".".to_owned() } else { folder.display().to_string() }
}

/// The first values of a list.
fn few(values: &[String]) -> String {
    const SHOWN: usize = 10;
    let shown = values.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    match values.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

fn count(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}
