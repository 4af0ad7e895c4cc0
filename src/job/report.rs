//! The one result of a job is put, stubbornly: a result that is lost is a pipeline that waits for a day.

use super::jobs::Jobs;
use super::{JobId, JobResult};
use crate::facts::{Explain, FailureKind, Reason, ServiceError};
use std::time::{Duration, Instant};

/// Waits between attempts at a service that does not answer: 1 s, 2 s, 4 s … 30 s, some five minutes in all.
const BUSY_ATTEMPTS: u32 = 15;
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// After so long, no further attempt is made, however late the calls were answered.
pub const LONGEST_REPORT: Duration = Duration::from_secs(10 * 60);
/// A role may be mended while we wait, but not for long.
const DENIED_ATTEMPTS: u32 = 4;
const DENIED_WAIT: Duration = Duration::from_secs(15);

const RIGHTS: &str =
    "allow codepipeline:PutJobSuccessResult and codepipeline:PutJobFailureResult on * to the host's role";

/// What became of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reported {
    /// It was taken.
    Put,
    /// The job had a result already, or is gone.
    Already,
}

/// The result could not be put.
#[derive(Debug, thiserror::Error)]
#[error("cannot put the result of the job {job}")]
pub struct ReportError {
    job: JobId,
    source: ServiceError,
}

impl Explain for ReportError {
    fn kind(&self) -> FailureKind {
        match self.source.kind() {
            FailureKind::Usage => FailureKind::Failed,
            kind => kind,
        }
    }

    fn hint(&self) -> Option<String> {
        let until = "until a result arrives the action stays in progress, for at most a day";
        let denied = self.source.reason == Reason::AccessDenied;
        let advice = if denied { Some(RIGHTS.to_owned()) } else { self.source.hint() };
        Some(advice.map_or_else(|| until.to_owned(), |advice| format!("{advice}; {until}")))
    }
}

/// Puts the result, again and again while that makes sense. `pause` is told of each error and how long to wait then.
pub async fn put_result(
    jobs: &impl Jobs,
    job: &JobId,
    result: &JobResult,
    pause: &impl AsyncFn(ServiceError, Duration),
) -> Result<Reported, ReportError> {
    let mut attempts = Attempts { job, begun: Instant::now(), busy: 0, denied: 0, minimal: false };
    let mut result = result.clone();
    loop {
        let answer = match &result {
            JobResult::Success(success) => jobs.put_success(job, success).await,
            JobResult::Failure(failure) => jobs.put_failure(job, failure).await,
            JobResult::Suspended(suspension) => jobs.put_suspended(job, suspension).await,
        };
        match attempts.next(answer) {
            Next::Done(reported) => return Ok(reported),
            Next::GiveUp(source) => return Err(ReportError { job: job.clone(), source }),
            Next::Wait(error, wait) => pause(error, wait).await,
            Next::Minimal(error) => {
                result = result.minimal();
                pause(error, Duration::ZERO).await;
            }
        }
    }
}

/// What was tried so far.
struct Attempts<'a> {
    job: &'a JobId,
    begun: Instant,
    busy: u32,
    denied: u32,
    minimal: bool,
}

enum Next {
    Done(Reported),
    Wait(ServiceError, Duration),
    Minimal(ServiceError),
    GiveUp(ServiceError),
}

impl Attempts<'_> {
    fn next(&mut self, answer: Result<(), ServiceError>) -> Next {
        let Err(error) = answer else { return Next::Done(Reported::Put) };
        let is_late = self.begun.elapsed() > LONGEST_REPORT;
        match error.reason {
            Reason::InvalidState | Reason::NotFound => Next::Done(Reported::Already),
            Reason::Throttled | Reason::Unavailable | Reason::Network | Reason::Corrupt => {
                self.busy += 1;
                if self.busy < BUSY_ATTEMPTS && !is_late {
                    Next::Wait(error, self.backoff())
                } else {
                    Next::GiveUp(error)
                }
            }
            Reason::AccessDenied | Reason::ExpiredCredentials | Reason::NoCredentials | Reason::WrongCredentials => {
                self.denied += 1;
                if self.denied < DENIED_ATTEMPTS { Next::Wait(error, DENIED_WAIT) } else { Next::GiveUp(error) }
            }
            Reason::Rejected if !self.minimal => {
                self.minimal = true;
                Next::Minimal(error)
            }
            Reason::Rejected | Reason::WrongRegion(_) => Next::GiveUp(error),
        }
    }

    /// Doubles from one second, less up to a quarter that differs between jobs, so that they do not come together.
    fn backoff(&self) -> Duration {
        let whole = LONGEST_WAIT.min(Duration::from_secs(1 << (self.busy - 1).min(5)));
        let spread: u32 = self.job.as_str().bytes().chain([self.busy as u8]).map(u32::from).sum();
        whole - whole / 400 * (spread % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::{Reported, put_result};
    use crate::facts::{Explain, Failure, FailureKind, Outcome, Reason, Redactor, ServiceError};
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

    /// What came of it, how many calls it took, and the seconds waited.
    fn put(result: &JobResult, reasons: Vec<Reason>) -> (Result<Reported, (FailureKind, String)>, FakeJobs, f64) {
        let (jobs, waited) = (FakeJobs::failing(reasons), RefCell::new(Duration::ZERO));
        let id = JobId::new(JOB_ID).unwrap();
        let pause = async |_: ServiceError, wait: Duration| *waited.borrow_mut() += wait;
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let reported = runtime.block_on(put_result(&jobs, &id, result, &pause));
        let waited = waited.borrow().as_secs_f64();
        (reported.map_err(|error| (error.kind(), error.hint().unwrap())), jobs, waited)
    }

    #[test]
    fn a_result_is_put_until_it_is_taken() {
        use Reason::{AccessDenied, InvalidState, Network, NotFound, Rejected, Throttled, Unavailable};
        let rows = [
            ("at once", vec![], Ok(Reported::Put), 1, 0.0..0.1),
            ("busy", vec![Throttled, Unavailable, Network], Ok(Reported::Put), 4, 5.2..7.1),
            ("the reply was lost", vec![Network, InvalidState], Ok(Reported::Already), 2, 0.7..1.1),
            ("the job is gone", vec![NotFound], Ok(Reported::Already), 1, 0.0..0.1),
            ("denied for a while", vec![AccessDenied], Ok(Reported::Put), 2, 15.0..15.1),
            ("denied", vec![AccessDenied; 9], Err(FailureKind::Permission), 4, 45.0..45.1),
            ("never there", vec![Network; 99], Err(FailureKind::Temporary), 15, 200.0..320.0),
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
    fn what_is_refused_is_said_again_in_plain_words() {
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
    fn the_hint_names_the_right_that_is_missing() {
        let (reported, ..) = put(&failure(), vec![Reason::AccessDenied; 9]);
        assert!(reported.unwrap_err().1.contains("codepipeline:PutJobFailureResult on *"));
    }
}
