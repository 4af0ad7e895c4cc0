//! What a worker asks of the queue: jobs, and the right to do them.

use crate::facts::ServiceError;
use crate::job::JobId;

/// The side of CodePipeline that hands jobs out.
pub trait JobQueue {
    /// Jobs that wait, at most so many (`PollForJobs`). Nobody has them yet: others are offered the same.
    async fn poll(&self, most: usize) -> Result<Vec<Offer>, ServiceError>;

    /// Takes a job (`AcknowledgeJob`). One attempt: whether to try again is for the caller, who must know that the
    /// answer to an earlier one was lost.
    async fn acknowledge(&self, offer: &Offer) -> Result<Acknowledgement, ServiceError>;
}

/// A job that waits.
#[derive(Clone)]
pub struct Offer {
    /// The job.
    pub id: JobId,
    /// What must come back with the acknowledgement.
    pub nonce: String,
    /// `Category/Provider/Version` of its action, when the job says.
    pub action_type: Option<String>,
    /// The whole job as JSON on one line; holds credentials.
    pub document: String,
}

/// The answer to an acknowledgement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acknowledgement {
    /// The job is ours.
    InProgress,
    /// Another worker has it, or the offer is old.
    InvalidNonce,
    /// It is not there any more, or past its beginning; in the words of the wire.
    Over(String),
}
