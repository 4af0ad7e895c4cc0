//! The services of jobs that are reported and not run, for tests.

use super::acknowledgements::{Answer, FakeAcknowledgements};
use super::artifacts::FakeArtifacts;
use super::jobs::FakeJobs;
use crate::facts::{Failure, ServiceError};
use crate::job::{Job, JobFailure, JobId, JobSuccess, JobSuspension, Jobs, Services};
use crate::worker::{AcknowledgeJob, Acknowledgement};
use std::time::Duration;

/// A queue that acknowledges by script and takes results.
pub struct FakeQueue {
    pub acknowledgements: FakeAcknowledgements,
    pub jobs: FakeJobs,
}

/// Services with that queue and without artifacts. Pauses take no time.
pub struct FakeServices(pub FakeQueue);

impl FakeServices {
    /// At least one answer.
    pub fn acknowledging(answers: &[Answer]) -> Self {
        Self(FakeQueue { acknowledgements: FakeAcknowledgements::with(answers), jobs: FakeJobs::default() })
    }
}

impl Services for FakeServices {
    type Artifacts = FakeArtifacts;
    type Jobs = FakeQueue;

    async fn artifacts(&self, _: &Job) -> Result<FakeArtifacts, Failure> {
        unreachable!("no job is run")
    }

    fn jobs(&self) -> &FakeQueue {
        &self.0
    }

    async fn pause(&self, _: Duration) {}
}

impl AcknowledgeJob for FakeQueue {
    async fn acknowledge(&self, job: &JobId, nonce: &str) -> Result<Acknowledgement, ServiceError> {
        self.acknowledgements.acknowledge(job, nonce).await
    }
}

impl Jobs for FakeQueue {
    async fn put_success(&self, job: &JobId, success: &JobSuccess) -> Result<(), ServiceError> {
        self.jobs.put_success(job, success).await
    }

    async fn put_failure(&self, job: &JobId, failure: &JobFailure) -> Result<(), ServiceError> {
        self.jobs.put_failure(job, failure).await
    }

    async fn put_suspended(&self, job: &JobId, suspension: &JobSuspension) -> Result<(), ServiceError> {
        self.jobs.put_suspended(job, suspension).await
    }
}
