//! Jobs, and a queue that takes their results, for tests.

use crate::facts::{Reason, S3Location, Secret, ServiceError};
use crate::job::{
    ActionConfiguration, ArtifactCredentials, EncryptionKey, Job, JobFailure, JobId, JobResult, JobSuccess,
    JobSuspension, Jobs, PipelineArtifact,
};
use std::collections::VecDeque;
use std::sync::Mutex;

/// The id of `job`.
pub const JOB_ID: &str = "0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11";

/// A job with one input artifact `Source` and one output artifact `Packaged`, both in the bucket `artifacts`, that
/// packages `template.yaml`.
pub fn job() -> Job {
    let artifact = |name: &str, key: &str| PipelineArtifact {
        name: name.to_owned(),
        location: S3Location::new("artifacts", key),
        revision: None,
    };
    Job {
        id: JobId::new(JOB_ID).expect("the id of tests is well-formed"),
        pipeline: None,
        configuration: ActionConfiguration::new([("TemplatePath", "template.yaml")]),
        inputs: vec![artifact("Source", "pipe/Source/aB3dE9z")],
        outputs: vec![artifact("Packaged", "pipe/Packaged/Qw7Rt2Y")],
        credentials: Some(ArtifactCredentials {
            access_key_id: "ASIAJOBJOBJOBJOB0000".to_owned(),
            secret_access_key: Secret::new("job/secret/key"),
            session_token: Secret::new("job-session-token"),
        }),
        encryption_key: Some(EncryptionKey("arn:aws:kms:eu-west-1:111122223333:key/k".to_owned())),
        continuation_token: None,
    }
}

/// A queue that remembers what was put, after answering with the given errors first.
#[derive(Default)]
pub struct FakeJobs {
    answers: Mutex<VecDeque<ServiceError>>,
    /// Every result that was put, refused ones included.
    pub put: Mutex<Vec<JobResult>>,
}

impl FakeJobs {
    /// A queue whose first calls fail like this.
    pub fn failing(reasons: impl IntoIterator<Item = Reason>) -> Self {
        let answers = reasons.into_iter().map(|reason| ServiceError {
            operation: "codepipeline:PutJobResult",
            resource: JOB_ID.to_owned(),
            reason,
            code: None,
            message: None,
            request_id: None,
        });
        Self { answers: Mutex::new(answers.collect()), put: Mutex::default() }
    }

    /// Every result that was put, refused ones included.
    pub fn results(&self) -> Vec<JobResult> {
        self.put.lock().expect("no test panics while it holds the lock").clone()
    }

    fn take(&self, result: JobResult) -> Result<(), ServiceError> {
        self.put.lock().expect("no test panics while it holds the lock").push(result);
        let answer = self.answers.lock().expect("no test panics while it holds the lock").pop_front();
        answer.map_or(Ok(()), Err)
    }
}

impl Jobs for FakeJobs {
    async fn put_success(&self, _: &JobId, success: &JobSuccess) -> Result<(), ServiceError> {
        self.take(JobResult::Success(success.clone()))
    }

    async fn put_failure(&self, _: &JobId, failure: &JobFailure) -> Result<(), ServiceError> {
        self.take(JobResult::Failure(failure.clone()))
    }

    async fn put_suspended(&self, _: &JobId, suspension: &JobSuspension) -> Result<(), ServiceError> {
        self.take(JobResult::Suspended(suspension.clone()))
    }
}
