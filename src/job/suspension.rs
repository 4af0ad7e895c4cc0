//! How a job leaves its work to another one: because it waits, or because it must end before its work does.

use super::Job;
use super::continuation::Continuation;
use super::ending::Ended;
use super::services::JobOptions;
use super::suspended::Suspended;
use crate::facts::{Event, Failure, JobEvent, JobFailureType, Reporter};
use crate::operation::Pending;
use std::sync::{Mutex, PoisonError};

/// Why the work of a job ended without its end.
#[derive(Debug)]
pub enum Stopped {
    /// The job was cancelled: by a signal, or at the time limit of its worker.
    Cancelled(Failure),
    /// The work itself failed, for example because the time of its deployment is over.
    Failed(Failure),
}

/// The state from which another job can continue this one.
pub struct Suspension<'a> {
    job: &'a Job,
    /// What the job itself continues.
    before: Option<Continuation>,
    kept: Mutex<Kept>,
    options: &'a JobOptions,
    reporter: &'a dyn Reporter,
}

/// The last state.
struct Kept {
    /// `None` while there is nothing to continue: another job would begin anew.
    last: Option<Continuation>,
    percent: u8,
    /// Whether an error was reported. The next state probably has the same one.
    is_reported: bool,
}

impl<'a> Suspension<'a> {
    /// A token that is not ours is refused elsewhere.
    pub fn new(job: &'a Job, options: &'a JobOptions, reporter: &'a dyn Reporter) -> Self {
        let before = job.continuation_token.as_deref().and_then(|token| Continuation::parse(token).ok());
        let kept = Kept { last: before.clone(), percent: 0, is_reported: false };
        Self { job, before, kept: Mutex::new(kept), options, reporter }
    }

    /// Keeps a state before the work goes on from it. An error is reported once: the work goes on.
    pub fn keep(&self, pending: &Pending) {
        let next = Continuation::within(self.before.as_ref(), pending.state.clone());
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let written = next.token(&self.options.redactor).map_err(|failure| failure.cause()).and_then(|token| {
            (kept.last, kept.percent) = (Some(next), pending.percent);
            let keep = self.options.keep_token.as_ref();
            keep.map_or(Ok(()), |keep| keep(&token)).map_err(|error| error.to_string())
        });
        if let Err(reason) = written
            && !std::mem::replace(&mut kept.is_reported, true)
        {
            self.reporter.report(Event::Job(JobEvent::StateNotKept { job_id: self.job.id.to_string(), reason }));
        }
    }

    /// Ends a job whose work waits.
    pub fn suspend(&self, pending: Pending) -> Result<Ended, Failure> {
        let next = Continuation::after(self.before.as_ref(), pending.state.clone());
        Ok(Ended::Suspended(Suspended::waiting(next.token(&self.options.redactor)?, pending)))
    }

    /// Ends a job that could not do its work to the end. What goes on without it, such as a deployment, must not become
    /// a failed action: another job continues it. Without a state to continue, or after too many losses, it fails.
    pub fn suspend_early(&self, stopped: Stopped) -> Result<Ended, Failure> {
        let failure = match stopped {
            Stopped::Cancelled(failure) => failure,
            Stopped::Failed(failure) if is_transient(&failure) => failure,
            Stopped::Failed(failure) => return Err(failure),
        };
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        match kept.last.clone().and_then(|last| last.token_after_loss(&self.options.redactor)) {
            Some(token) => Ok(Ended::Suspended(Suspended::early(token, kept.percent, &failure))),
            None => Err(failure),
        }
    }
}

/// Whether the same work may succeed in another job. The time of a deployment (`FailureKind::Deadline`) is over there too.
fn is_transient(failure: &Failure) -> bool {
    failure.kind.job_failure_type() == JobFailureType::SystemUnavailable
}

#[cfg(test)]
mod tests {
    use super::{Stopped, Suspension};
    use crate::facts::{Event, Failure, FailureKind, JobEvent, Signal};
    use crate::job::ending::Ended;
    use crate::job::suspended::Suspended;
    use crate::job::{Job, JobOptions};
    use crate::operation::{Pending, State};
    use crate::testing::jobs::job;
    use crate::testing::recorder::Recorder;
    use std::io;
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    fn continuing(token: &str) -> Job {
        Job { continuation_token: Some(token.to_owned()), ..job() }
    }

    fn pending(state: &str, percent: u8) -> Pending {
        let (state, summary) = (State(state.to_owned()), "waits".to_owned());
        Pending { state, wait: Duration::ZERO, percent, summary, link: None, files: Vec::new() }
    }

    #[test]
    fn a_job_that_must_end_early_leaves_the_rest_to_another_one_if_there_is_a_state_to_continue() {
        use FailureKind::{Deadline, Interrupted, Permission, Temporary};
        use Stopped::{Cancelled, Failed};
        let (before, lost) =
            (r#"{"samstep":1,"hop":2,"state":"s"}"#, r#"{"samstep":1,"hop":2,"losses":10,"state":"s"}"#);
        let next = Some(r#"{"samstep":1,"hop":2,"state":"s","losses":1}"#);
        let failure = |kind| Failure::new(kind, "the worker ends");
        let rows = [
            ("terminated", continuing(before), Cancelled(failure(Interrupted(Signal::Terminate))), next),
            ("the job is out of time", continuing(before), Cancelled(failure(Deadline)), next),
            ("the deployment is out of time", continuing(before), Failed(failure(Deadline)), None),
            ("throttled", continuing(before), Failed(failure(Temporary)), next),
            ("denied", continuing(before), Failed(failure(Permission)), None),
            ("lost too often", continuing(lost), Failed(failure(Temporary)), None),
            ("nothing to continue", job(), Failed(failure(Temporary)), None),
        ];
        for (name, job, stopped, expected) in rows {
            let (options, recorder) = (JobOptions::default(), Recorder::default());
            let token = match Suspension::new(&job, &options, &recorder).suspend_early(stopped) {
                Ok(Ended::Suspended(Suspended { token, summary, .. })) => {
                    assert_eq!(summary, "another job continues: the worker ends", "{name}");
                    Some(token)
                }
                Ok(Ended::Done(_) | Ended::Failed(_)) => panic!("{name}"),
                Err(failure) => {
                    assert_eq!(failure.cause(), "the worker ends", "{name}");
                    None
                }
            };
            assert_eq!(token.as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn each_state_is_kept_and_the_last_one_is_continued() {
        let written = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&written);
        let keep_token = move |token: &str| {
            seen.lock().unwrap().push(token.to_owned());
            Ok(())
        };
        let options = JobOptions { keep_token: Some(Arc::new(keep_token)), ..JobOptions::default() };
        let (job, recorder) = (job(), Recorder::default());
        let suspension = Suspension::new(&job, &options, &recorder);
        [("a", 20), ("b", 40)].into_iter().for_each(|(state, percent)| suspension.keep(&pending(state, percent)));
        let tokens = ["a", "b"].map(|state| format!(r#"{{"samstep":1,"hop":1,"state":"{state}"}}"#));
        assert_eq!(*written.lock().unwrap(), tokens);
        let ended = suspension.suspend_early(Stopped::Failed(Failure::new(FailureKind::Temporary, "x")));
        let Ok(Ended::Suspended(Suspended { token, percent, .. })) = ended else { panic!("suspended") };
        assert_eq!((token.as_str(), percent), (r#"{"samstep":1,"hop":1,"state":"b","losses":1}"#, 40));
        assert_eq!(recorder.events(), []);
    }

    #[test]
    fn a_state_that_cannot_be_kept_is_reported_once_and_the_last_one_that_could_be_is_continued() {
        let keep_token =
            |token: &str| if token.contains("full") { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) };
        let options = JobOptions { keep_token: Some(Arc::new(keep_token)), ..JobOptions::default() };
        let long = "x".repeat(2048);
        let rows = [
            ("too long", ["a", &long, &long], "the continuation token would have 2080 bytes; the limit is 2048", "a"),
            ("not written", ["a", "full", "full"], "no storage space", "full"),
        ];
        for (name, states, expected, last) in rows {
            let (job, recorder) = (job(), Recorder::default());
            let suspension = Suspension::new(&job, &options, &recorder);
            states.into_iter().for_each(|state| suspension.keep(&pending(state, 1)));
            let events = recorder.events();
            let [Event::Job(JobEvent::StateNotKept { reason, .. })] = events.as_slice() else {
                panic!("{name}: {events:?}")
            };
            assert_eq!(reason, expected, "{name}");
            let ended = suspension.suspend_early(Stopped::Cancelled(Failure::new(FailureKind::Deadline, "x")));
            let Ok(Ended::Suspended(Suspended { token, .. })) = ended else { panic!("{name}: suspended") };
            assert_eq!(token, format!(r#"{{"samstep":1,"hop":1,"state":"{last}","losses":1}}"#), "{name}");
        }
    }
}
