//! What a job asks of its queue: to take the one result.

use super::{JobFailure, JobId, JobSuccess, JobSuspension};
use crate::facts::ServiceError;

/// The side of CodePipeline that takes results.
///
/// Each call is one attempt or the SDK's few; stubbornness is the caller's. `Reason::InvalidState` and
/// `Reason::NotFound` tell that the job has its result already or is gone, `Reason::Rejected` that the text was refused
/// (`ValidationException`, `OutputVariablesSizeExceededException`).
pub trait Jobs {
    /// Ends a job well (`PutJobSuccessResult`, without continuation token and revision).
    async fn put_success(&self, job: &JobId, success: &JobSuccess) -> Result<(), ServiceError>;

    /// Ends a job without success (`PutJobFailureResult`).
    async fn put_failure(&self, job: &JobId, failure: &JobFailure) -> Result<(), ServiceError>;

    /// Ends a job in favour of another one that goes on (`PutJobSuccessResult` with a continuation token).
    async fn put_suspended(&self, job: &JobId, suspension: &JobSuspension) -> Result<(), ServiceError>;
}
