//! Where a job puts its one result.

use super::{JobFailure, JobId, JobSuccess, JobSuspension};
use crate::facts::ServiceError;

/// The API for results of jobs.
///
/// Each call is one attempt; the caller retries. `Reason::InvalidState` and `Reason::NotFound` mean that the job already
/// has a result or no longer exists, `Reason::Rejected` that the text was refused (`ValidationException`,
/// `OutputVariablesSizeExceededException`).
pub trait Jobs {
    /// `PutJobSuccessResult`, without continuation token and revision.
    async fn put_success(&self, job: &JobId, success: &JobSuccess) -> Result<(), ServiceError>;

    /// `PutJobFailureResult`.
    async fn put_failure(&self, job: &JobId, failure: &JobFailure) -> Result<(), ServiceError>;

    /// `PutJobSuccessResult` with a continuation token: another job continues the action.
    async fn put_suspended(&self, job: &JobId, suspension: &JobSuspension) -> Result<(), ServiceError>;
}
