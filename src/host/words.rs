//! The words for each event.

use super::dialect::Section;
use super::failure::snippet;
use crate::facts::{
    Event, FailureKind, FileEvent, JobEvent, Outcome, PackageEvent, Problem, PutResult, Redactor, Warning, WarningKind,
};
use crate::text::{capital, count, human_bytes, one_line};
use annotate_snippets::Level;
use clap::builder::styling::{AnsiColor, Style};
use std::path::{Path, PathBuf};
use std::time::Duration;

const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const GOOD: Style = AnsiColor::Green.on_default().bold();

/// The hint for a secret in a template configuration.
const SECRET_ELSEWHERE: &str = "write a dynamic reference, such as {{resolve:secretsmanager:name}}, or give it with \
                                ParameterOverrides of the CloudFormation action";

/// How to have the text of a large template.
const KEEP_TEXT: &str = "--keep-text keeps the text";

/// How much is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Everything, with a line for each object.
    Objects,
    /// No line for an object.
    Quiet,
}

/// The section of a log that an event belongs to, for hosts that fold sections.
pub fn section(event: &Event) -> Option<Section> {
    match event {
        Event::Package(PackageEvent::UploadStarted { .. }) => Some(Section::Uploads),
        Event::Deploy(event) => super::deploy::section(event),
        Event::Package(_)
        | Event::Publish(_)
        | Event::File(_)
        | Event::Job(_)
        | Event::Worker(_)
        | Event::Warning(_) => None,
    }
}

/// The lines of a log about an event; none about most. All but a warning and a plan are one line.
pub fn lines(event: &Event, detail: Detail, redactor: &Redactor) -> Option<String> {
    match event {
        Event::Warning(warning) => Some(self::warning(warning, redactor)),
        Event::Deploy(event) => {
            let clean = |text: &str| clean(text, redactor);
            let lines: Vec<_> = super::deploy::lines(event).iter().map(|line| line.whole(&clean)).collect();
            (!lines.is_empty()).then(|| lines.join("\n"))
        }
        other => line(other, detail).map(|line| clean(&line, redactor)),
    }
}

/// A text in one line, without secrets and with the names of its paths.
pub fn clean(text: &str, redactor: &Redactor) -> String {
    one_line(&redactor.clean(text))
}

fn line(event: &Event, detail: Detail) -> Option<String> {
    match event {
        Event::Package(event) => package(event, detail),
        Event::File(FileEvent::Written { path }) => Some(format!("Wrote {}", path.display())),
        Event::File(FileEvent::Removed { path }) => {
            Some(format!("Removed {}, which this run has nothing for", path.display()))
        }
        Event::Job(event) => Some(job(event)),
        Event::Worker(event) => super::worker::words(event),
        Event::Publish(event) => Some(super::publish::line(event)),
        Event::Warning(_) | Event::Deploy(_) => None,
    }
}

fn package(event: &PackageEvent, detail: Detail) -> Option<String> {
    match event {
        PackageEvent::Discovered { template, templates, artifacts, archives } => {
            let place = match (template, templates.saturating_sub(1)) {
                (None, _) => count(*templates, "template"),
                (Some(root), 0) => root.display().to_string(),
                (Some(root), nested) => format!("{} and {}", root.display(), count(nested, "nested template")),
            };
            // Each archive and each nested template is an object, with a line of its own when it is uploaded.
            let objects = count(archives + templates.saturating_sub(1), "object");
            let found = format!("Found {} in {place} ({objects})", count(*artifacts, "artifact"));
            Some(found).filter(|_| template.is_some() || (detail == Detail::Objects && *artifacts > 0))
        }
        PackageEvent::CreatingBucket { stack } if detail == Detail::Objects => {
            Some(format!("Creating the managed bucket with the stack {stack}"))
        }
        // The words of the peers: scripts look for them.
        PackageEvent::UploadStarted { location, source, resource, bytes, buckets } if detail == Detail::Objects => {
            let key = if *buckets > 1 { location.uri() } else { location.key.clone() };
            let resource = resource.as_ref().map(|resource| format!(" for {resource}")).unwrap_or_default();
            Some(format!("Uploading to {key}  ({})  from {}{resource}", human_bytes(*bytes), source.display()))
        }
        PackageEvent::CreatingBucket { .. }
        | PackageEvent::UploadStarted { .. }
        | PackageEvent::ReadStarted { .. }
        | PackageEvent::ReadAdvanced { .. }
        | PackageEvent::ReadFinished
        | PackageEvent::Reused { .. }
        | PackageEvent::UploadAdvanced { .. }
        | PackageEvent::UploadFinished { .. } => None,
    }
}

fn job(event: &JobEvent) -> String {
    match event {
        JobEvent::Started { job_id, pipeline: Some(pipeline) } => format!("Job {job_id} of pipeline {pipeline}"),
        JobEvent::Started { job_id, pipeline: None } => format!("Job {job_id}"),
        JobEvent::ArtifactFetched { name, location, bytes } => {
            format!("Fetched input artifact {name} from {location}  ({})", human_bytes(*bytes))
        }
        JobEvent::ArtifactStored { name, location, bytes } => {
            format!("Stored output artifact {name} at {location}  ({})", human_bytes(*bytes))
        }
        JobEvent::PageNotStored { job_id, reason } => format!("The report of job {job_id} is not stored: {reason}"),
        JobEvent::StateNotKept { job_id, reason } => format!(
            "The state of job {job_id} cannot be kept: {reason}; if this process is killed, the next job continues from an \
             earlier state"
        ),
        JobEvent::ResultPut { job_id, result: PutResult::Success } => format!("Reported the success of job {job_id}"),
        JobEvent::ResultPut { job_id, result: PutResult::Failure } => format!("Reported the failure of job {job_id}"),
        JobEvent::ResultPut { job_id, result: PutResult::Suspended } => {
            format!("Reported that job {job_id} continues in another job")
        }
        JobEvent::ResultDelayed { job_id, error, again } => {
            format!("Cannot put the result of job {job_id}: {error}; again in {:.1} s", again.as_secs_f64())
        }
        JobEvent::ResultAlreadyPut { job_id } => format!("Job {job_id} had its result already, or is gone"),
        JobEvent::Rehearsed { buckets, stacks, applications } => {
            let said = |folder: &Option<PathBuf>, what: &str| {
                folder.as_ref().map(|folder| format!(" {what} {}.", folder.display())).unwrap_or_default()
            };
            format!(
                "The buckets are folders in {}.{}{} Next, try your own application: samstep rehearse DIR",
                buckets.display(),
                said(stacks, "No resource was created: the stacks are files in"),
                said(applications, "Nothing was published: what would be is in"),
            )
        }
    }
}

fn warning(warning: &Warning, redactor: &Redactor) -> String {
    let Problem { message, hint, place } = problem(warning, redactor);
    let message = one_line(&message);
    match (&place, hint) {
        (Some(place), hint) => snippet(&Level::WARNING, Some(&message), place, hint.as_deref(), redactor),
        (None, Some(hint)) => format!("{WARNING}warning{WARNING:#}: {message}; {}", one_line(&hint)),
        (None, None) => format!("{WARNING}warning{WARNING:#}: {message}"),
    }
}

/// A warning in words, without secrets and with the names of its paths.
pub fn problem(warning: &Warning, redactor: &Redactor) -> Problem {
    let (message, hint) = worded(&warning.kind);
    redactor.clean_problem(Problem { message, hint, place: warning.place.clone() })
}

/// A warning in a sentence, and what to do.
fn worded(warning: &WarningKind) -> (String, Option<String>) {
    match warning {
        WarningKind::Deploy(warning) => super::deploy::warning(warning),
        WarningKind::Publish(warning) => super::publish::warning(warning),
        WarningKind::TemplateFolderPackaged { logical_id, property, folder } => (
            format!("{logical_id} has no {property}, so the whole folder {} is packaged", shown(folder)),
            Some(format!("name the code with {property}")),
        ),
        WarningKind::OverLambdaLimit { source, bytes, limit, biggest } => (
            format!(
                "{} is {} unzipped, and Lambda takes at most {}",
                source.display(),
                human_bytes(*bytes),
                human_bytes(*limit)
            ),
            (!biggest.is_empty()).then(|| format!("the biggest in it: {}", sizes(biggest))),
        ),
        WarningKind::LinkLeavesFolder { link, target } => {
            (format!("{} leads out of its folder; {} is archived", link.display(), target.display()), None)
        }
        WarningKind::LoopFrozen { name, parameter, values } => (
            format!("{name} runs over the parameter {parameter}, whose value {} is fixed when packaged", few(values)),
            Some("package again whenever the value changes".to_owned()),
        ),
        WarningKind::ImageLeftAlone { logical_id } => {
            let hint = "push the image to a repository in ECR, and write its URI there".to_owned();
            (format!("{logical_id} is an image, which is left as it is"), Some(hint))
        }
        WarningKind::PartsLeftBehind { location, error } => (
            format!("the parts of an upload to {location} that was given up could not be removed: {error}"),
            Some("a lifecycle rule of the bucket (AbortIncompleteMultipartUpload) removes them".to_owned()),
        ),
        WarningKind::CommentsLeftOut { template } => (
            format!(
                "{}: with its comments, the packaged template has more than the 1 MiB that CloudFormation reads; it is \
                 written as JSON, without them",
                shown(template)
            ),
            None,
        ),
        WarningKind::UnknownConfigurationKey { file, key, nearest } => (
            format!("{} has `{key}`, which is not an option", file.display()),
            nearest.as_ref().map(|nearest| format!("the nearest is `{nearest}`")),
        ),
        WarningKind::ConfigurationKeyMisplaced { file, key, section } => (
            format!("{} has `{key}` directly below [{section}], where it is not read", file.display()),
            Some(format!("write it below [{section}.parameters]")),
        ),
        WarningKind::UnknownVariable { name, nearest } => (
            format!("the variable {name} is not read: no command has such an option"),
            nearest.as_ref().map(|nearest| format!("the nearest is {nearest}")),
        ),
        WarningKind::ConfirmationLeftOut { setting } => (
            format!("{setting} has no effect: no question is asked, and the change set is executed"),
            Some("to look at the changes first, give --no-execute-changeset".to_owned()),
        ),
        WarningKind::ParametersNotSaved { setting } => (
            format!("{setting} has no effect: configuration files are never written"),
            Some("write samconfig.toml by hand".to_owned()),
        ),
        WarningKind::SecretInClearText { parameter } => (
            format!(
                "the value of the NoEcho parameter {parameter} stands in clear text in the template configuration, for \
                 everybody who can read the artifact"
            ),
            Some(SECRET_ELSEWHERE.to_owned()),
        ),
        WarningKind::SecretLeftOut { parameter, file } => (
            format!(
                "the value that {} gives the NoEcho parameter {parameter} is left out of the template configuration",
                file.display()
            ),
            Some(SECRET_ELSEWHERE.to_owned()),
        ),
        WarningKind::ValueGivenTwice { name } => (
            format!("{name} is given twice with different values: only the last one counts"),
            Some("remove one of them".to_owned()),
        ),
        WarningKind::KeyGivenTwice { key, line, column } => (
            format!("key '{key}' is given twice, first at {line}:{column}: only the last one counts"),
            Some("remove one of them; the packaged template leaves out the first".to_owned()),
        ),
        WarningKind::MoreKeysGivenTwice { count: more } => {
            (format!("{more} more keys are given twice in this template: only the last ones count"), None)
        }
        WarningKind::TypeAsAnchor { written } => (
            format!("'{written}' is the name of a value (an anchor or alias of YAML), not a value"),
            Some(format!("write '{}', or put it in quotes", written.trim_start_matches(['&', '*']))),
        ),
        WarningKind::LineSeparator { character } => (
            format!("U+{:04X} ends a line in YAML 1.1: CloudFormation may refuse the template", u32::from(*character)),
            Some("remove it, or write it as an escape in double quotes".to_owned()),
        ),
        WarningKind::TabBetweenValues => (
            "a tab separates values: YAML 1.1 has only spaces there, and CloudFormation may refuse the template"
                .to_owned(),
            Some("use spaces".to_owned()),
        ),
        WarningKind::ColonInBrackets { written } => (
            format!("YAML 1.1 reads '{written}' in brackets as a key or its value: CloudFormation may refuse it"),
            Some("put it in quotes".to_owned()),
        ),
        WarningKind::CompactedForSize { template, bytes } => (
            format!(
                "{}: the packaged template has {bytes} bytes, and more than 51200 need a bucket to be deployed from; it \
                 is written as compact JSON, without comments",
                shown(template)
            ),
            Some(KEEP_TEXT.to_owned()),
        ),
        WarningKind::CompactedForAscii { template, bytes } => (
            format!(
                "{}: the packaged template has {bytes} bytes and characters outside ASCII, which CodePipeline garbles in \
                 templates of more than 51200 bytes; it is written as compact JSON, with escapes",
                shown(template)
            ),
            Some(KEEP_TEXT.to_owned()),
        ),
        WarningKind::TemplateNeedsBucket { template, bytes } => (
            format!(
                "{}: the packaged template has {bytes} bytes, and more than 51200 need a bucket to be deployed from",
                shown(template)
            ),
            Some("give the command that deploys it a bucket, such as --s3-bucket".to_owned()),
        ),
        WarningKind::ImageMissing { logical_id, property } => (
            format!("{logical_id} is an image without {property}, so a deployment finds no image"),
            Some(format!("build and push the image, then write its URI to {property}; sam build makes a local image")),
        ),
        WarningKind::ImageAssetLeftAlone { logical_id, path } => (
            format!("{logical_id} takes the image that the CDK builds from {path}, which is not built or pushed here"),
            Some("push it before the deployment, for example with cdk-assets publish".to_owned()),
        ),
        WarningKind::AssetLeftAlone { logical_id, property, path } => (
            format!("{logical_id}: {path} is not packaged, because {property} is inside an intrinsic function"),
            Some(format!("write {property} outside of the function, or in branches of Fn::If")),
        ),
        WarningKind::LocalPathLeft { logical_id, property, text } => (
            format!(
                "{logical_id}.{property}: the local path {text} stays in the template, because a function makes it"
            ),
            Some("write the path as text: CloudFormation reads no local path".to_owned()),
        ),
        WarningKind::ResourceTypeMisspelt { logical_id, resource_type, nearest } => (
            format!("{logical_id}: the type {resource_type} is not known, so nothing of it is packaged"),
            Some(format!("the nearest type is {nearest}")),
        ),
        WarningKind::BootstrapNotExecutable { file, in_zip, mode_in_key } => {
            let inside = if *in_zip { "bootstrap in " } else { "" };
            let fix = match (in_zip, mode_in_key) {
                (true, _) => "make it executable (chmod +x) before it is zipped",
                (false, true) => "make it executable (chmod +x)",
                (false, false) => {
                    "make it executable (chmod +x) and package with --digest sha256: the default key does not cover modes, \
                     so that the object with the old mode would be used again"
                }
            };
            let message = format!("{inside}{} is not executable: Lambda cannot start a custom runtime", file.display());
            (message, Some(fix.to_owned()))
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

/// The last line of a run that succeeded, with its duration if that is known.
pub fn succeeded(outcome: &Outcome, elapsed: Option<Duration>) -> String {
    let time = match elapsed {
        None => String::new(),
        Some(time) if time < Duration::from_secs(60) => format!(" in {:.1} s", time.as_secs_f64()),
        Some(time) => format!(" in {}", crate::text::duration(time)),
    };
    format!("{GOOD}{}{GOOD:#}{time}", capital(&outcome.summary))
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
