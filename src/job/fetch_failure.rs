//! Why an input artifact could not be downloaded.

use super::store::JOB_SESSION;
use crate::facts::{Failure, FailureKind, Reason, S3Location, ServiceError};
use std::io;

/// Codes of S3 for a KMS key begin like this: the object is there, its key is not.
const KMS_CODES: &str = "KMS.";
/// The key of an artifact is no option of the action.
pub const STORE_KEY: &str =
    "the key is that of the pipeline's artifact store: enable it, or name another one in the pipeline (artifactStore)";

/// Whether a key of KMS does not exist or cannot be used.
pub fn is_about_key(error: &ServiceError) -> bool {
    error.reason == Reason::NotFound && error.code.as_ref().is_some_and(|code| code.starts_with(KMS_CODES))
}

/// The store did not return the object.
pub fn refused(error: &ServiceError) -> Failure {
    let failure = Failure::from(error.clone());
    match error.reason {
        Reason::NotFound if is_about_key(error) => failure.with_hint(STORE_KEY),
        // S3 archived the object.
        Reason::NotFound | Reason::InvalidState => Failure { kind: FailureKind::Input, ..failure }
            .with_hint("run the pipeline again, so that the previous action creates the artifact again"),
        Reason::AccessDenied => failure.with_hint(
            "the job's credentials come from the pipeline's role: that role needs the artifact bucket and its key",
        ),
        Reason::ExpiredCredentials => failure.with_hint(JOB_SESSION),
        Reason::NoCredentials
        | Reason::WrongCredentials
        | Reason::WrongRegion(_)
        | Reason::Throttled
        | Reason::Unavailable
        | Reason::Network
        | Reason::Corrupt
        | Reason::Rejected => failure,
    }
}

/// The object has more than `limit` bytes.
pub fn too_large(location: &S3Location, limit: u64) -> Failure {
    let message = format!("{location} is larger than {limit} bytes, the limit of an input artifact");
    Failure::new(FailureKind::Input, message)
}

/// The object could not be written to the disk.
pub fn unwritten(location: &S3Location, error: &io::Error) -> Failure {
    Failure::new(FailureKind::Temporary, format!("cannot write {location} to the disk"))
        .because(error)
        .with_hint("give the disk of the temporary folder (TMPDIR) more room")
}

#[cfg(test)]
mod tests {
    use super::refused;
    use crate::facts::{FailureKind, Reason, ServiceError};

    #[test]
    fn only_a_missing_or_archived_object_is_an_unavailable_revision() {
        let rows = [
            (Reason::NotFound, Some("NoSuchKey"), FailureKind::Input, Some("run the pipeline again")),
            (
                Reason::NotFound,
                Some("KMS.NotFoundException"),
                FailureKind::Usage,
                Some("the pipeline's artifact store"),
            ),
            (
                Reason::AccessDenied,
                Some("AccessDenied"),
                FailureKind::Permission,
                Some("come from the pipeline's role"),
            ),
            (Reason::ExpiredCredentials, None, FailureKind::Permission, Some("some 15 minutes")),
            (Reason::InvalidState, Some("InvalidObjectState"), FailureKind::Input, Some("run the pipeline again")),
            (Reason::Throttled, None, FailureKind::Temporary, None),
        ];
        for (reason, code, kind, hint) in rows {
            let error = ServiceError {
                operation: "s3:GetObject",
                resource: "s3://b/k".to_owned(),
                reason,
                code: code.map(str::to_owned),
                message: Some("no".to_owned()),
                request_id: None,
            };
            let failure = refused(&error);
            assert_eq!((failure.kind, failure.cause()), (kind, error.to_string()), "{error:?}");
            let given = failure.problems[0].hint.clone().unwrap_or_default();
            assert!(hint.is_none_or(|hint| given.contains(hint)), "{error:?}: {given}");
        }
    }
}
