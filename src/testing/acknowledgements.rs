//! A scripted `AcknowledgeJob`, for tests.

use crate::facts::{Reason, ServiceError};
use crate::job::JobId;
use crate::worker::{AcknowledgeJob, Acknowledgement};
use std::sync::Mutex;

/// One answer to an acknowledgement.
pub type Answer = Result<Acknowledgement, Reason>;

/// Gives one answer to each call, and repeats the last one.
pub struct FakeAcknowledgements {
    answers: Vec<Answer>,
    calls: Mutex<Vec<(String, String)>>,
}

impl FakeAcknowledgements {
    /// At least one answer.
    pub fn with(answers: &[Answer]) -> Self {
        Self { answers: answers.to_vec(), calls: Mutex::default() }
    }

    /// Job id and nonce of each call.
    pub fn calls(&self) -> Vec<(String, String)> {
        self.calls.lock().expect("no test panics while it holds the lock").clone()
    }
}

impl AcknowledgeJob for FakeAcknowledgements {
    async fn acknowledge(&self, job: &JobId, nonce: &str) -> Result<Acknowledgement, ServiceError> {
        let mut calls = self.calls.lock().expect("no test panics while it holds the lock");
        let answer = self.answers[calls.len().min(self.answers.len() - 1)].clone();
        calls.push((job.to_string(), nonce.to_owned()));
        answer.map_err(|reason| ServiceError {
            operation: "codepipeline:AcknowledgeJob",
            resource: job.to_string(),
            reason,
            code: None,
            message: None,
            request_id: None,
        })
    }
}
