//! A queue with one job, which has the states of a job in CodePipeline.

use crate::facts::{Reason, ServiceError};
use crate::job::{Job, JobFailure, JobId, JobResult, JobSuccess, JobSuspension, Jobs};
use serde_json::{Value, json};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A queue that holds one job and accepts one result.
pub struct LocalJobs {
    job: Job,
    state: Mutex<State>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Queued,
    InProgress,
    Ended(JobResult),
}

impl LocalJobs {
    pub fn new(job: Job) -> Self {
        Self { job, state: Mutex::new(State::Queued) }
    }

    /// Polls and acknowledges: returns the job once.
    pub fn take(&self) -> Option<Job> {
        let mut state = self.state();
        let queued = *state == State::Queued;
        if queued {
            *state = State::InProgress;
        }
        queued.then(|| self.job.clone())
    }

    /// The result, once it is put.
    pub fn result(&self) -> Option<JobResult> {
        match &*self.state() {
            State::Queued | State::InProgress => None,
            State::Ended(result) => Some(result.clone()),
        }
    }

    fn end(&self, operation: &'static str, job: &JobId, result: JobResult) -> Result<(), ServiceError> {
        let refused = |reason, code: &str| {
            let (code, resource) = (Some(code.to_owned()), job.to_string());
            Err(ServiceError { operation, resource, reason, code, message: None, request_id: None })
        };
        if *job != self.job.id {
            return refused(Reason::NotFound, "JobNotFoundException");
        }
        let mut state = self.state();
        match *state {
            State::InProgress => *state = State::Ended(result),
            State::Queued | State::Ended(_) => return refused(Reason::InvalidState, "InvalidJobStateException"),
        }
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere cannot leave the value half written.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Jobs for LocalJobs {
    async fn put_success(&self, job: &JobId, success: &JobSuccess) -> Result<(), ServiceError> {
        self.end("codepipeline:PutJobSuccessResult", job, JobResult::Success(success.clone()))
    }

    async fn put_failure(&self, job: &JobId, failure: &JobFailure) -> Result<(), ServiceError> {
        self.end("codepipeline:PutJobFailureResult", job, JobResult::Failure(failure.clone()))
    }

    async fn put_suspended(&self, job: &JobId, suspension: &JobSuspension) -> Result<(), ServiceError> {
        self.end("codepipeline:PutJobSuccessResult", job, JobResult::Suspended(suspension.clone()))
    }
}

/// The request that would put a result, in the JSON of the API.
pub fn result_call(job: &JobId, result: &JobResult) -> Value {
    match result {
        JobResult::Success(success) => json!({
            "jobId": job.as_str(),
            "executionDetails": {
                "summary": success.summary,
                "externalExecutionId": success.external_execution_id,
                "percentComplete": success.percent_complete,
            },
            "outputVariables": success.output_variables,
        }),
        JobResult::Failure(failure) => json!({
            "jobId": job.as_str(),
            "failureDetails": {
                "type": failure.failure_type.name(),
                "message": failure.message,
                "externalExecutionId": failure.external_execution_id,
            },
        }),
        JobResult::Suspended(suspension) => json!({
            "jobId": job.as_str(),
            "continuationToken": suspension.token,
            "executionDetails": {
                "summary": suspension.summary,
                "externalExecutionId": suspension.external_execution_id,
                "percentComplete": suspension.percent_complete,
            },
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::{LocalJobs, result_call};
    use crate::facts::{JobFailureType, Reason};
    use crate::job::{JobFailure, JobId, JobResult, Jobs};
    use crate::testing::jobs::{JOB_ID, job};
    use futures_util::FutureExt;

    fn put(jobs: &LocalJobs, id: &str) -> Result<(), Reason> {
        let failure = JobFailure {
            failure_type: JobFailureType::JobFailed,
            message: "no".to_owned(),
            external_execution_id: None,
        };
        let put = jobs.put_failure(&JobId::new(id).unwrap(), &failure).now_or_never();
        put.expect("the queue never waits").map_err(|error| error.reason)
    }

    #[test]
    fn a_job_is_taken_once_and_accepts_one_result() {
        let jobs = LocalJobs::new(job());
        assert_eq!(put(&jobs, JOB_ID), Err(Reason::InvalidState), "before it is taken");
        assert_eq!(jobs.take(), Some(job()));
        assert_eq!(jobs.take(), None);
        assert_eq!(put(&jobs, "00000000-0000-0000-0000-000000000000"), Err(Reason::NotFound));
        assert_eq!((jobs.result(), put(&jobs, JOB_ID)), (None, Ok(())));
        assert_eq!(put(&jobs, JOB_ID), Err(Reason::InvalidState), "a second result");
        let Some(result @ JobResult::Failure(_)) = jobs.result() else { panic!("a failure") };
        let expected = format!(
            r#"{{"jobId":"{JOB_ID}","failureDetails":{{"type":"JobFailed","message":"no","externalExecutionId":null}}}}"#
        );
        assert_eq!(result_call(&job().id, &result).to_string(), expected);
    }
}
