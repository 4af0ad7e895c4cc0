//! What a job needs: services, operations, options.

use super::input::InputLimits;
use super::jobs::Jobs;
use super::store::ArtifactStore;
use super::{Inputs, Job};
use crate::facts::{Failure, Redactor, Reporter};
use crate::operation::action::Action;
use crate::operation::{Advance, Pending, Row, State};
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// The services that a job calls.
pub trait Services {
    type Artifacts: ArtifactStore;
    type Jobs: Jobs;

    /// The artifact store, with the credentials and the encryption key of the job only.
    async fn artifacts(&self, job: &Job) -> Result<Self::Artifacts, Failure>;

    /// The queue, with the host's own role.
    fn jobs(&self) -> &Self::Jobs;

    /// Waits before another attempt.
    async fn pause(&self, wait: Duration);
}

/// The work of jobs.
pub trait Operations {
    /// The parsed properties of an action.
    type Request;

    /// Parses the properties of an action, before its input artifacts are fetched.
    fn parse(&self, row: &Row, action: Action<'_>) -> Result<Self::Request, Failure>;

    /// Works on the input artifacts until the operation is done, or until another job should continue it.
    async fn advance(
        &self,
        request: &Self::Request,
        inputs: &Inputs,
        start: Start<'_>,
        reporter: &Arc<dyn Reporter>,
    ) -> Result<Advance, Failure>;
}

/// Where the work of a job begins.
pub struct Start<'a> {
    pub job_id: &'a str,
    /// Where an earlier job stopped.
    pub state: Option<State>,
    /// Takes each state before the work goes on from it.
    pub keep: &'a (dyn Fn(&Pending) + Sync),
}

/// Writes a continuation token where it outlives this process.
pub type KeepToken = Arc<dyn Fn(&str) -> io::Result<()> + Send + Sync>;

#[derive(Clone, Default)]
pub struct JobOptions {
    /// Links to this run: a log stream, or the rest of the action type's link. The job's id if absent.
    pub external_execution_id: Option<String>,
    pub limits: InputLimits,
    /// Removes the secrets of the host and of the job from everything that the job reports.
    pub redactor: Redactor,
    /// Keeps the token with which another job can continue if this process is killed.
    pub keep_token: Option<KeepToken>,
}
