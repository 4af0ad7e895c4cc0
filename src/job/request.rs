//! The request of a job: its operation, properties and state. Checks that it has the artifacts of the operation.

use super::continuation::Continuation;
use super::{EncryptionKey, Job};
use crate::facts::{Failure, FailureKind};
use crate::operation::action::{Action, all_properties};
use crate::operation::{Row, State, find_row};

/// A job whose action configuration was read.
pub struct JobRequest<'j> {
    pub row: &'static Row,
    pub action: Action<'j>,
    /// Where an earlier job of the action stopped, if this one continues it.
    pub state: Option<State>,
}

impl<'j> JobRequest<'j> {
    /// Reads the action configuration of a job and checks its artifacts.
    pub fn parse(job: &'j Job) -> Result<Self, Failure> {
        let mut properties = all_properties(job.configuration.iter())?;
        let row = find_row(&mut properties)?;
        check_artifacts(job, row)?;
        let continuation = job.continuation_token.as_deref().map(Continuation::parse).transpose()?;
        let action = Action {
            job_id: job.id.as_str(),
            properties,
            inputs: job.inputs.iter().map(|input| (input.name.as_str(), &input.location)).collect(),
            output: job.outputs.first().map(|output| &output.location),
            encryption_key: job.encryption_key.as_ref().map(|EncryptionKey(key)| key.as_str()),
        };
        Ok(Self { row, action, state: continuation.map(|it| State(it.state)) })
    }
}

fn check_artifacts(job: &Job, row: &Row) -> Result<(), Failure> {
    let usage = |message: String, hint: &str| Err(Failure::new(FailureKind::Usage, message).with_hint(hint));
    if !row.outputs.contains(&job.outputs.len()) {
        let exactly = if *row.outputs.start() == 1 { "exactly" } else { "at most" };
        let message = format!("the job has {} output artifacts; the step writes {exactly} one", job.outputs.len());
        return usage(message, "declare one artifact in the action's outputArtifacts");
    }
    if !row.inputs.contains(&job.inputs.len()) {
        let most = row.inputs.end();
        let message = match job.inputs.len() {
            0 => "the job has no input artifact".to_owned(),
            count => format!("the job has {count} input artifacts; the step reads at most {most}"),
        };
        return usage(message, "declare the artifact with the template in the action's inputArtifacts");
    }
    if job.credentials.is_none() && job.has_artifacts() {
        let message = "the job has artifacts and no credentials for them".to_owned();
        return usage(message, "take the job from PollForJobs or GetJobDetails, which give them");
    }
    Ok(())
}
