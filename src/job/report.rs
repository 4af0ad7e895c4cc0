//! Puts the one result of a job, with retries: without a result, the pipeline waits for a day.

use super::jobs::Jobs;
use super::{JobId, JobResult};
use crate::facts::{Backoff, Failure, FailureKind, Problem, Reason, ServiceError, random_chance};
use std::time::{Duration, Instant};

/// Attempts if the service does not respond: some five minutes in all.
const BUSY_ATTEMPTS: u32 = 15;
const BACKOFF: Backoff = Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(30) };
/// No retry after this time, however slow the responses were.
pub const LONGEST_REPORT: Duration = Duration::from_secs(10 * 60);
/// Somebody may correct the role while we wait.
const DENIED_ATTEMPTS: u32 = 4;
const DENIED_WAIT: Duration = Duration::from_secs(15);

const PERMISSIONS_HINT: &str =
    "allow codepipeline:PutJobSuccessResult and codepipeline:PutJobFailureResult on * to the host's role";

/// How a result was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reported {
    Put,
    /// The job has a result already, or no longer exists.
    AlreadyPut,
}

/// Puts the result. `pause` gets each error that is retried, with the time to wait.
pub async fn put_result(
    jobs: &impl Jobs,
    job: &JobId,
    result: &JobResult,
    pause: &impl AsyncFn(ServiceError, Duration),
) -> Result<Reported, Failure> {
    let mut attempts = Attempts { start: Instant::now(), busy: 0, denied: 0, is_minimal: false };
    let mut result = result.clone();
    loop {
        let response = match &result {
            JobResult::Success(success) => jobs.put_success(job, success).await,
            JobResult::Failure(failure) => jobs.put_failure(job, failure).await,
            JobResult::Suspended(suspension) => jobs.put_suspended(job, suspension).await,
        };
        match attempts.next(response) {
            Next::Done(reported) => return Ok(reported),
            Next::GiveUp(error) => return Err(unreported(job, &error)),
            Next::Wait(error, wait) => pause(error, wait).await,
            Next::Minimal(error) => {
                result = result.minimal();
                pause(error, Duration::ZERO).await;
            }
        }
    }
}

fn unreported(job: &JobId, error: &ServiceError) -> Failure {
    let failure = Failure::from(error.clone());
    let kind = match failure.kind {
        FailureKind::Usage => FailureKind::Failed,
        kind => kind,
    };
    let until = "until a result arrives the action stays in progress, for at most a day";
    Failure { kind, ..failure }.map(|problem| {
        let advice =
            if error.reason == Reason::AccessDenied { Some(PERMISSIONS_HINT.to_owned()) } else { problem.hint };
        let message = format!("cannot put the result of the job {job}: {}", problem.message);
        let hint = advice.map_or_else(|| until.to_owned(), |advice| format!("{advice}; {until}"));
        Problem { message, hint: Some(hint), place: problem.place }
    })
}

/// The attempts so far.
struct Attempts {
    start: Instant,
    busy: u32,
    denied: u32,
    /// Whether the text was replaced, because the service refused it.
    is_minimal: bool,
}

enum Next {
    Done(Reported),
    Wait(ServiceError, Duration),
    Minimal(ServiceError),
    GiveUp(ServiceError),
}

impl Attempts {
    fn next(&mut self, response: Result<(), ServiceError>) -> Next {
        let Err(error) = response else { return Next::Done(Reported::Put) };
        let is_late = self.start.elapsed() > LONGEST_REPORT;
        match error.reason {
            Reason::InvalidState | Reason::NotFound => Next::Done(Reported::AlreadyPut),
            Reason::Throttled | Reason::Unavailable | Reason::Network | Reason::Corrupt => {
                self.busy += 1;
                if self.busy < BUSY_ATTEMPTS && !is_late {
                    Next::Wait(error, BACKOFF.wait(self.busy, random_chance()))
                } else {
                    Next::GiveUp(error)
                }
            }
            Reason::AccessDenied | Reason::ExpiredCredentials | Reason::NoCredentials | Reason::WrongCredentials => {
                self.denied += 1;
                if self.denied < DENIED_ATTEMPTS { Next::Wait(error, DENIED_WAIT) } else { Next::GiveUp(error) }
            }
            Reason::Rejected if !self.is_minimal => {
                self.is_minimal = true;
                Next::Minimal(error)
            }
            Reason::Rejected | Reason::WrongRegion(_) => Next::GiveUp(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Reported, put_result};
    use crate::facts::{Failure, FailureKind, Outcome, Reason, Redactor, ServiceError};
    use crate::job::{JobFailure, JobId, JobResult, JobSuccess};
    use crate::testing::jobs::{FakeJobs, JOB_ID};
    use std::cell::RefCell;
    use std::time::Duration;

    fn success() -> JobResult {
        let outputs = [("Bucket".to_owned(), "b".to_owned())].into();
        JobResult::Success(JobSuccess::new(&Outcome { summary: "é".to_owned(), outputs }, None, &Redactor::default()))
    }

    fn failure() -> JobResult {
        JobResult::Failure(JobFailure::new(&Failure::new(FailureKind::Usage, "é"), None, &Redactor::default()))
    }

    /// The end, the queue, and the seconds waited.
    fn put(result: &JobResult, reasons: Vec<Reason>) -> (Result<Reported, (FailureKind, String)>, FakeJobs, f64) {
        let (jobs, waited) = (FakeJobs::failing(reasons), RefCell::new(Duration::ZERO));
        let id = JobId::new(JOB_ID).unwrap();
        let pause = async |_: ServiceError, wait: Duration| *waited.borrow_mut() += wait;
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let reported = runtime.block_on(put_result(&jobs, &id, result, &pause));
        let waited = waited.borrow().as_secs_f64();
        (reported.map_err(|failure| (failure.kind, failure.problems[0].hint.clone().unwrap())), jobs, waited)
    }

    #[test]
    fn a_result_is_retried_until_it_is_accepted() {
        use Reason::{AccessDenied, InvalidState, Network, NotFound, Rejected, Throttled, Unavailable};
        let rows = [
            ("at once", vec![], Ok(Reported::Put), 1, 0.0..0.1),
            ("busy", vec![Throttled, Unavailable, Network], Ok(Reported::Put), 4, 5.2..7.1),
            ("the reply was lost", vec![Network, InvalidState], Ok(Reported::AlreadyPut), 2, 0.7..1.1),
            ("the job no longer exists", vec![NotFound], Ok(Reported::AlreadyPut), 1, 0.0..0.1),
            ("denied for a while", vec![AccessDenied], Ok(Reported::Put), 2, 15.0..15.1),
            ("denied", vec![AccessDenied; 9], Err(FailureKind::Permission), 4, 45.0..45.1),
            ("never responding", vec![Network; 99], Err(FailureKind::Temporary), 15, 200.0..320.0),
            ("refused once", vec![Rejected], Ok(Reported::Put), 2, 0.0..0.1),
            ("refused twice", vec![Rejected; 2], Err(FailureKind::Failed), 2, 0.0..0.1),
        ];
        for (name, reasons, expected, calls, seconds) in rows {
            let (reported, jobs, waited) = put(&success(), reasons);
            assert_eq!(reported.map_err(|(kind, _)| kind), expected, "{name}");
            assert_eq!(jobs.results().len(), calls, "{name}");
            assert!(seconds.contains(&waited), "{name}: waited {waited} s");
        }
    }

    #[test]
    fn a_refused_text_is_replaced_by_a_plain_one() {
        for result in [success(), failure()] {
            let (_, jobs, _) = put(&result, vec![Reason::Rejected]);
            let (text, id) = match jobs.results().pop().unwrap() {
                JobResult::Suspended(suspension) => (suspension.summary, suspension.external_execution_id),
                JobResult::Success(success) => {
                    assert!(success.output_variables.is_empty());
                    (success.summary, success.external_execution_id)
                }
                JobResult::Failure(failure) => (failure.message, failure.external_execution_id),
            };
            assert!(text.is_ascii() && !text.is_empty() && id.is_none(), "{text}");
        }
    }

    #[test]
    fn the_hint_names_the_missing_permission() {
        let (reported, ..) = put(&failure(), vec![Reason::AccessDenied; 9]);
        assert!(reported.unwrap_err().1.contains("codepipeline:PutJobFailureResult on *"));
    }
}
