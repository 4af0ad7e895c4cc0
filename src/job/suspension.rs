//! How a job leaves its work to another one: because it waits, or because it must end before its work does.

use super::Job;
use super::continuation::Continuation;
use super::ending::Ended;
use super::services::JobOptions;
use crate::facts::{Failure, FailureKind, JobFailureType, Redactor};
use crate::operation::{Pending, State};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The continuation of a job, as far as its work is.
pub struct Suspension<'a> {
    /// What the job itself continues.
    before: Option<Continuation>,
    /// Where another job would go on. `None` while there is nothing to continue: it would begin anew.
    last: Mutex<Option<Continuation>>,
    options: &'a JobOptions,
}

impl<'a> Suspension<'a> {
    /// A token that is not ours is refused elsewhere.
    pub fn new(job: &Job, options: &'a JobOptions) -> Self {
        let before = job.continuation_token.as_deref().and_then(|token| Continuation::parse(token).ok());
        Self { last: Mutex::new(before.clone()), before, options }
    }

    /// Keeps a state before the work goes on from it.
    pub fn keep(&self, state: &State) {
        let next = Continuation::within(self.before.as_ref(), state.clone());
        let Ok(token) = next.token(&self.options.redactor) else { return };
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(next);
        if let Some(keep) = &self.options.keep_token {
            keep(&token);
        }
    }

    /// Ends a job whose work waits.
    pub fn suspend(&self, pending: Pending) -> Result<Ended, Failure> {
        let next = Continuation::after(self.before.as_ref(), pending.state.clone());
        Ok(Ended::Suspended { token: next.token(&self.options.redactor)?, pending })
    }

    /// Ends a job that could not do its work to the end. What goes on without it, such as a deployment, must not become
    /// a failed action: another job continues it. Without a state to continue, or after too many losses, it fails.
    pub fn suspend_early(&self, failure: Failure) -> Result<Ended, Failure> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match last.filter(|_| is_transient(&failure)).and_then(|last| continued(last, &self.options.redactor)) {
            Some(token) => Ok(Ended::Suspended { token, pending: early(&failure) }),
            None => Err(failure),
        }
    }
}

/// The token after the loss of a job that kept this one; `None` if it cannot be continued.
pub fn token_after_loss(token: &str, redactor: &Redactor) -> Option<String> {
    continued(Continuation::parse(token).ok()?, redactor)
}

fn continued(last: Continuation, redactor: &Redactor) -> Option<String> {
    last.after_loss()?.token(redactor).ok()
}

/// The state of a job that ended early, in words.
pub fn early(failure: &Failure) -> Pending {
    let summary = format!("another job continues: {}", failure.cause());
    Pending { state: State(String::new()), wait: Duration::ZERO, percent: 0, summary, link: None }
}

/// Whether the same work may succeed in another job.
fn is_transient(failure: &Failure) -> bool {
    failure.kind == FailureKind::Deadline || failure.kind.job_failure_type() == JobFailureType::SystemUnavailable
}
