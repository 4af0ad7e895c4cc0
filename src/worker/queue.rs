//! What a worker asks of CodePipeline: offered jobs, and the right to do one.

use crate::facts::ServiceError;
use crate::job::{Job, JobId, Origin};

/// Offers jobs.
pub trait JobQueue {
    /// Waiting jobs, at most so many (`PollForJobs`). Other workers may be offered the same ones.
    async fn poll(&self, most: usize) -> Result<Vec<Offer>, ServiceError>;
}

/// Gives an offered job to one worker.
pub trait AcknowledgeJob {
    /// One attempt (`AcknowledgeJob`). The caller retries, because it must know whether an earlier answer was lost.
    async fn acknowledge(&self, job: &JobId, nonce: &str) -> Result<Acknowledgement, ServiceError>;
}

/// An offered job.
#[derive(Clone)]
pub struct Offer {
    pub id: JobId,
    /// What the acknowledgement must carry. Absent if the job needs none: Lambda invoke actions.
    pub nonce: Option<String>,
    /// `Category/Provider/Version` of its action, if the job names it.
    pub action_type: Option<String>,
    /// The whole job as JSON on one line; holds credentials.
    pub document: String,
}

impl Offer {
    /// What the job itself continues. A job that cannot be parsed continues nothing: it is rejected.
    pub fn continuation_token(&self) -> Option<String> {
        Job::parse(Origin::Service, self.document.as_bytes()).ok()?.continuation_token
    }
}

/// The answer to an acknowledgement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acknowledgement {
    InProgress,
    /// The job was acknowledged already, or was offered again with another nonce.
    InvalidNonce,
    NotFound,
    /// Any other status, as on the wire.
    Over(String),
}
