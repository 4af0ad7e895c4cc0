//! Where a pipeline keeps its artifacts: read with a limit, written like any object.

use crate::facts::{Explain, FailureKind, Reason, S3Location, ServiceError};
use crate::package::ObjectStore;
use std::io;

/// The artifact store of one job, under the job's own credentials and no others.
pub trait ArtifactStore: ObjectStore {
    /// Writes an object's bytes to the end of a file and tells how many there were (`GetObject`).
    ///
    /// An object of more than `limit` bytes is an error, noticed before more than that was written. One that breaks off
    /// on the way is fetched again, in place of what was written of it.
    async fn fetch(&self, location: &S3Location, into: &mut tokio::fs::File, limit: u64) -> Result<u64, FetchError>;
}

/// What to do when the credentials that came with a job are over.
pub const JOB_SESSION: &str =
    "the credentials that come with a job last some 15 minutes: retry the action, and let the job be run at once";

/// Why an object could not be brought to the disk.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The store did not give it.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// It is larger than it may be.
    #[error("{location} is larger than {limit} bytes, the limit of an input artifact")]
    TooLarge {
        /// The object.
        location: S3Location,
        /// The limit in bytes.
        limit: u64,
    },
    /// It could not be written to the disk.
    #[error("cannot write {location} to the disk")]
    Write {
        /// The object.
        location: S3Location,
        /// Why not.
        source: io::Error,
    },
}

impl Explain for FetchError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Service(error) if error.reason == Reason::NotFound => FailureKind::Input,
            Self::Service(error) => error.kind(),
            Self::TooLarge { .. } => FailureKind::Input,
            Self::Write { .. } => FailureKind::Temporary,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Service(error) if error.reason == Reason::NotFound => {
                Some("run the pipeline again, so that the action before makes the artifact anew".to_owned())
            }
            Self::Service(error) if error.reason == Reason::AccessDenied => Some(
                "the job's credentials come from the pipeline's role: that role needs the artifact bucket and its key"
                    .to_owned(),
            ),
            Self::Service(error) if error.reason == Reason::ExpiredCredentials => Some(JOB_SESSION.to_owned()),
            Self::Service(error) => error.hint(),
            Self::TooLarge { .. } => None,
            Self::Write { .. } => Some("give the disk of the temporary folder (TMPDIR) more room".to_owned()),
        }
    }
}
