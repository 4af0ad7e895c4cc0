//! How a job leaves its work to another one: because it waits, or because it must end before its work does.

use super::Job;
use super::continuation::Continuation;
use super::ending::Ended;
use super::services::JobOptions;
use crate::facts::{Failure, FailureKind, JobFailureType};
use crate::operation::{Pending, State};
use std::sync::{Mutex, PoisonError};

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
        let token =
            last.filter(|_| is_transient(&failure)).and_then(|last| last.token_after_loss(&self.options.redactor));
        match token {
            Some(token) => Ok(Ended::early(token, &failure)),
            None => Err(failure),
        }
    }
}

/// Whether the same work may succeed in another job.
fn is_transient(failure: &Failure) -> bool {
    failure.kind == FailureKind::Deadline || failure.kind.job_failure_type() == JobFailureType::SystemUnavailable
}

#[cfg(test)]
mod tests {
    use super::Suspension;
    use crate::facts::{Failure, FailureKind, Signal};
    use crate::job::ending::Ended;
    use crate::job::{Job, JobOptions};
    use crate::operation::State;
    use crate::testing::jobs::job;
    use std::sync::{Arc, Mutex};

    fn continuing(token: &str) -> Job {
        Job { continuation_token: Some(token.to_owned()), ..job() }
    }

    #[test]
    fn a_job_that_must_end_early_leaves_the_rest_to_another_one_if_there_is_a_state_to_continue() {
        let (before, lost) =
            (r#"{"samstep":1,"hop":2,"state":"s"}"#, r#"{"samstep":1,"hop":2,"losses":10,"state":"s"}"#);
        let next = Some(r#"{"samstep":1,"hop":2,"state":"s","losses":1}"#);
        let rows = [
            ("terminated", continuing(before), FailureKind::Interrupted(Signal::Terminate), next),
            ("out of time", continuing(before), FailureKind::Deadline, next),
            ("throttled", continuing(before), FailureKind::Temporary, next),
            ("denied", continuing(before), FailureKind::Permission, None),
            ("lost too often", continuing(lost), FailureKind::Temporary, None),
            ("nothing to continue", job(), FailureKind::Temporary, None),
        ];
        for (name, job, kind, expected) in rows {
            let options = JobOptions::default();
            let ended = Suspension::new(&job, &options).suspend_early(Failure::new(kind, "the worker ends"));
            let token = match ended {
                Ok(Ended::Suspended { token, pending }) => {
                    assert_eq!(pending.summary, "another job continues: the worker ends", "{name}");
                    Some(token)
                }
                Ok(Ended::Done(_) | Ended::Failed(_)) => panic!("{name}"),
                Err(failure) => {
                    assert_eq!(failure.kind, kind, "{name}");
                    None
                }
            };
            assert_eq!(token.as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn each_state_is_kept_and_the_last_one_is_continued() {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&kept);
        let keep_token = move |token: &str| seen.lock().unwrap().push(token.to_owned());
        let options = JobOptions { keep_token: Some(Arc::new(keep_token)), ..JobOptions::default() };
        let job = job();
        let suspension = Suspension::new(&job, &options);
        ["a", "b"].into_iter().for_each(|state| suspension.keep(&State(state.to_owned())));
        let tokens = ["a", "b"].map(|state| format!(r#"{{"samstep":1,"hop":1,"state":"{state}"}}"#));
        assert_eq!(*kept.lock().unwrap(), tokens);
        let ended = suspension.suspend_early(Failure::new(FailureKind::Temporary, "x"));
        let Ok(Ended::Suspended { token, .. }) = ended else { panic!("suspended") };
        assert_eq!(token, r#"{"samstep":1,"hop":1,"state":"b","losses":1}"#);
    }
}
