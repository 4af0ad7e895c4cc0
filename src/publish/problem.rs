//! The failures of publishing. Each names what was done to what, and the way out.

use super::application_id::ApplicationId;
use super::semantic_version::SemanticVersion;
use crate::facts::{Explain, Failure, FailureKind, Place, PublishStep, Reason, S3Location, ServiceError};
use crate::package::LocalPath;
use crate::template::Node;
use crate::text::human_bytes;
use serde_json::json;
use std::path::Path;

const PACKAGE_FIRST: &str = "name a bucket with --s3-bucket, or package the template first (samstep package)";
const AGAIN: &str = "run the same command again: it goes on from there";

/// The text of the service for an object that it may not copy (aws-sam-cli, `PublishApplication`).
const COPY_DENIED: &str = "Access denied: bucket=";
const INVALID_URI: &str = "Invalid S3 URI";
/// The depth that the reader of JSON takes.
const JSON_LEVELS: usize = 127;
/// The code of a 409.
pub const CONFLICT: &str = "ConflictException";

fn usage(message: impl Into<String>) -> Failure {
    Failure::new(FailureKind::Usage, message)
}

fn with_place(failure: Failure, subject: &str, place: &Place) -> Failure {
    failure.at(Place { subject: Some(subject.to_owned()), ..place.clone() })
}

pub fn local_path(path: &LocalPath) -> Failure {
    let LocalPath { property, text, place, .. } = path;
    let failure = usage(format!("{property}: the local path {text} cannot be published")).with_hint(PACKAGE_FIRST);
    with_place(failure, property, place)
}

pub fn path_of_function(path: &LocalPath) -> Failure {
    let LocalPath { property, text, place, .. } = path;
    let message = format!("{property}: a function makes the local path {text}, which cannot be published");
    with_place(usage(message).with_hint("write the path as text"), property, place)
}

pub fn nested_by_location(logical_id: &str, location: Node<'_>) -> Failure {
    let subject = format!("{logical_id}.Location");
    let message = format!("{subject}: the repository takes a nested application by its id and version only");
    let failure =
        usage(message).with_hint("publish the nested application, and write its ApplicationId and SemanticVersion");
    with_place(failure, &subject, &location.place())
}

pub fn template_too_large(bytes: usize, most: usize) -> Failure {
    usage(format!("the template has {bytes} bytes, and CloudFormation reads at most {most}"))
        .with_hint("move resources to nested applications that are published on their own")
}

pub fn no_region() -> Failure {
    usage("no region is known to publish in").with_hint("give --region, or set AWS_REGION")
}

pub fn other_region(id: &ApplicationId, region: &str) -> Failure {
    usage(format!("{id} is in {}, and this run is in {region}", id.region))
        .with_hint(format!("give --region {}", id.region))
}

pub fn absent(id: &ApplicationId) -> Failure {
    usage(format!("the application {id} does not exist")).with_hint(
        "--application-id names an application that exists; without it, the one that the metadata names is created",
    )
}

/// A 403 may stand for an application that does not exist: the service does not document which of the two it returns.
pub fn lookup_denied(error: ServiceError, listing: ServiceError) -> Failure {
    let hint = error.hint().unwrap_or_default();
    let message = format!("{error}, which leaves open whether the application exists ({listing})");
    Failure::new(FailureKind::Permission, message)
        .with_hint(format!("{hint}; serverlessrepo:ListApplications on * tells whether it exists"))
}

pub fn no_version(name: &str) -> Failure {
    usage(format!("the application {name} is new, and no version is given for it"))
        .with_hint("write SemanticVersion in the metadata, or give --semantic-version")
}

pub fn missing_object(location: &S3Location) -> Failure {
    usage(format!("{location} does not exist, and the template names it")).with_hint(PACKAGE_FIRST)
}

pub fn object_too_large(location: &S3Location, bytes: u64, most: u64) -> Failure {
    let (bytes, most) = (human_bytes(bytes), human_bytes(most));
    usage(format!("{location} has {bytes}, and the repository takes {most}"))
}

pub fn incomparable(path: &Path, most: usize) -> Failure {
    let message = format!("{} has more than {most} bytes or {} levels as JSON", path.display(), JSON_LEVELS);
    Failure::new(FailureKind::Failed, message)
}

pub fn version_exists(id: &ApplicationId, version: &SemanticVersion) -> Failure {
    Failure::new(FailureKind::Failed, format!("version {version} of {id} is published already"))
        .with_hint("give the next version; --fail-on-same-version asks for this failure")
}

pub fn version_differs(id: &ApplicationId, version: &SemanticVersion, path: &str) -> Failure {
    let message = format!("version {version} of {id} is published already with another template: {path} differs");
    Failure::new(FailureKind::Failed, message)
        .with_hint("give the next version; --allow-same-version leaves this one as it is")
}

pub fn version_unreadable(id: &ApplicationId, version: &SemanticVersion, failure: Failure) -> Failure {
    let message = format!("version {version} of {id} is published already, and its template cannot be compared");
    Failure::new(failure.kind, format!("{message}: {}", failure.cause()))
        .with_hint("give the next version; --allow-same-version leaves this one as it is")
}

pub fn not_public(name: &str, what: &str) -> Failure {
    usage(format!("the application {name} cannot be public without {what}"))
        .with_hint("the repository asks for a version and a licence: LicenseUrl or LicenseBody, with SpdxLicenseId")
}

/// A licence that a present application does not have cannot be added.
pub fn not_public_for_ever(id: &ApplicationId) -> Failure {
    usage(format!("{id} cannot be public: it was created without a licence, and that cannot be changed"))
        .with_hint("create the application anew with LicenseUrl or LicenseBody")
}

/// A conflict again, after another look found nothing in the way.
pub fn conflict(error: ServiceError) -> Failure {
    let message = format!("{error}; another look found nothing in the way");
    Failure::new(FailureKind::Temporary, message).with_hint("does another run publish the same application?")
}

/// A write that the service did not do, or whose answer was lost.
pub fn refused(error: ServiceError, id: &ApplicationId) -> Failure {
    let message = error.message.clone().unwrap_or_default();
    if let Some(bucket) = bucket_of_denied_copy(&message) {
        return Failure::new(FailureKind::Permission, error.to_string())
            .with_hint(format!("add to the policy of the bucket {bucket}: {}", bucket_statement(id, bucket)));
    }
    match message.contains(INVALID_URI) {
        true => Failure::from(error).with_hint(PACKAGE_FIRST),
        false => Failure::from(error),
    }
}

/// `B` in "Failed to copy S3 object. Access denied: bucket=B, key=K".
fn bucket_of_denied_copy(message: &str) -> Option<&str> {
    let rest = message.split_once(COPY_DENIED)?.1;
    rest.split([',', ' ']).next().filter(|bucket| !bucket.is_empty())
}

/// The statement with which the service may read a bucket (developer guide, "Publishing applications").
pub fn bucket_statement(id: &ApplicationId, bucket: &str) -> String {
    let statement = json!({
        "Effect": "Allow",
        "Principal": {"Service": "serverlessrepo.amazonaws.com"},
        "Action": "s3:GetObject",
        "Resource": format!("arn:{}:s3:::{bucket}/*", id.partition),
        "Condition": {"StringEquals": {"aws:SourceAccount": id.account}},
    });
    statement.to_string()
}

/// How far a run came that stopped.
#[derive(Debug, Default)]
pub struct Progress<'a> {
    pub done: &'a [PublishStep],
    /// A write whose answer is not known.
    pub doubtful: Option<PublishStep>,
    pub open: Vec<PublishStep>,
}

/// The failure of a run that stopped before its last write.
pub fn stopped(failure: Failure, progress: &Progress<'_>) -> Failure {
    if progress.done.is_empty() && progress.doubtful.is_none() {
        return failure;
    }
    let list = |steps: &[PublishStep]| steps.iter().map(PublishStep::thing).collect::<Vec<_>>().join(", ");
    let doubtful: Vec<_> = progress.doubtful.iter().cloned().collect();
    let parts = [("done", progress.done), ("perhaps done", &doubtful), ("not done", &progress.open)];
    let told: Vec<_> = parts
        .iter()
        .filter(|(_, steps)| !steps.is_empty())
        .map(|(what, steps)| format!("{what}: {}", list(steps)))
        .collect();
    let Failure { kind, mut problems } = failure;
    if let Some(first) = problems.first_mut() {
        first.message = format!("{}; {}", first.message, told.join("; "));
        first.hint = Some(first.hint.take().map_or_else(|| AGAIN.to_owned(), |hint| format!("{hint}; {AGAIN}")));
    }
    Failure { kind, problems }
}

/// Whether an error leaves open whether the write was made.
pub fn is_doubtful(error: &ServiceError) -> bool {
    match error.reason {
        Reason::Network | Reason::Unavailable => true,
        Reason::NotFound
        | Reason::AccessDenied
        | Reason::ExpiredCredentials
        | Reason::NoCredentials
        | Reason::WrongCredentials
        | Reason::WrongRegion(_)
        | Reason::Throttled
        | Reason::Corrupt
        | Reason::InvalidState
        | Reason::Rejected => false,
    }
}
