//! What a worker and the process of a job tell each other, a line each.
//!
//! The job goes to the process on standard input, so that no secret is in its arguments or variables. A later line there
//! asks it to end, and says why. On standard output the process tells how far it is with the one result of its job.

use crate::facts::{Event, Failure, FailureKind, JobEvent, PutResult, Reporter};
use serde_json::json;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How the line begins that tells a process to end; why follows.
const STOP: &str = "stop ";
/// The result is being put again, since it was not taken.
const DELAYED: &str = "delayed";
/// The result was put; what it was follows.
const PUT: &str = "put ";
/// All is done; how the job ended follows, and how often its result had to be put again.
const ENDED: &str = "ended ";
/// The result could not be put; how the job ended follows.
const UNREPORTED: &str = "unreported ";

/// How a job ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobEnd {
    /// In the words of the wire: `Succeeded`, `Suspended`, or the type of the failure.
    pub ended: String,
    /// How often its process had to put the result again.
    pub retries: u32,
    /// Whether it has a result; the queue waits for one otherwise.
    pub is_put: bool,
}

impl JobEnd {
    /// A job that its worker reported.
    pub fn reported(ended: &str) -> Self {
        Self { ended: ended.to_owned(), retries: 0, is_put: true }
    }

    /// A job that nobody could report.
    pub fn unreported(ended: &str) -> Self {
        Self { is_put: false, ..Self::reported(ended) }
    }
}

/// What a worker heard of the process of a job so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Heard {
    /// Whether it puts its result again and again.
    pub is_delayed: bool,
    /// How the job ended, once it has a result.
    pub end: Option<JobEnd>,
    /// How it ended, when no result could be put.
    pub unreported: Option<String>,
}

impl Heard {
    /// Takes note of a line.
    pub fn hear(&mut self, line: &str) {
        if line == DELAYED {
            self.is_delayed = true;
        } else if let Some(ended) = line.strip_prefix(PUT) {
            self.end = Some(JobEnd::reported(ended));
        } else if let Some(ended) = line.strip_prefix(UNREPORTED) {
            self.unreported = Some(ended.to_owned());
        } else if let Some((ended, retries)) = line.strip_prefix(ENDED).and_then(|rest| rest.split_once(' ')) {
            let retries = retries.parse().unwrap_or_default();
            self.end = Some(JobEnd { retries, ..JobEnd::reported(ended) });
        }
    }
}

/// Tells the worker of the result while the job runs.
pub struct ResultWatch {
    below: Arc<dyn Reporter>,
    tell: Box<dyn Fn(&str) + Send + Sync>,
    seen: Mutex<Seen>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    put: Option<PutResult>,
    retries: u32,
}

impl ResultWatch {
    /// Hands every event on, and tells its lines to somebody.
    pub fn new(below: Arc<dyn Reporter>, tell: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self { below, tell: Box::new(tell), seen: Mutex::default() }
    }

    /// Tells how the job ended.
    pub fn end<T>(&self, ended: &Result<T, Failure>) {
        let Seen { put, retries } = *self.seen();
        let words = match (ended, put) {
            (Err(failure), _) => failure.kind.job_failure_type().name(),
            (Ok(_), Some(put)) => name(put),
            (Ok(_), None) => name(PutResult::Success),
        };
        match put {
            Some(_) => (self.tell)(&format!("{ENDED}{words} {retries}")),
            None => (self.tell)(&format!("{UNREPORTED}{words}")),
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, result: PutResult) {
        self.seen().put = Some(result);
        // What comes after it, such as to remove files, may take longer than the process has.
        (self.tell)(&format!("{PUT}{}", name(result)));
    }
}

impl Reporter for ResultWatch {
    fn report(&self, event: Event) {
        if let Event::Job(JobEvent::ResultPut { result, .. }) = &event {
            self.put(*result);
        } else if let Event::Job(JobEvent::ResultAlreadyPut { .. }) = &event {
            // Whatever it was, somebody put it.
            self.put(PutResult::Success);
        } else if let Event::Job(JobEvent::ResultDelayed { .. }) = &event {
            self.seen().retries += 1;
            (self.tell)(DELAYED);
        }
        self.below.report(event);
    }
}

const fn name(result: PutResult) -> &'static str {
    match result {
        PutResult::Success => "Succeeded",
        PutResult::Suspended => "Suspended",
        PutResult::Failure => "JobFailed",
    }
}

/// The line that tells a process to end as this failure, which others may mend: its job was not at fault.
pub fn stop_order(failure: &Failure) -> String {
    let why = failure.problems.first().map_or_else(Default::default, |first| (&*first.message, first.hint.as_deref()));
    format!("{STOP}{}", json!(why))
}

/// What a line tells a process to end as, if it does.
pub fn stopped_by(line: &str) -> Option<Failure> {
    let (message, hint): (String, Option<String>) = serde_json::from_str(line.strip_prefix(STOP)?).ok()?;
    let failure = Failure::new(FailureKind::Temporary, message);
    Some(match hint {
        Some(hint) => failure.with_hint(hint),
        None => failure,
    })
}

#[cfg(test)]
mod tests {
    use super::{Heard, JobEnd, ResultWatch, stop_order, stopped_by};
    use crate::facts::{Event, Failure, FailureKind, JobEvent, PutResult, Reason, Reporter, ServiceError};
    use crate::testing::recorder::Recorder;
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    #[test]
    fn a_process_is_told_in_one_line_to_end_and_why() {
        let why = Failure::new(FailureKind::Temporary, "time is\nover");
        for why in [why.clone().with_hint("take more"), why] {
            let order = stop_order(&why);
            assert!(!order.contains('\n'), "{order}");
            assert_eq!(stopped_by(&order), Some(why));
        }
        assert_eq!(["stop", "stop x", "", "{}"].map(stopped_by), [None, None, None, None]);
    }

    /// What a worker has heard after these events and this end.
    fn heard(events: Vec<Event>, ended: Option<Result<(), Failure>>) -> Heard {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&lines);
        let watch = ResultWatch::new(Arc::new(Recorder::default()), move |line| {
            told.lock().unwrap().push(line.to_owned());
        });
        events.into_iter().for_each(|event| watch.report(event));
        ended.iter().for_each(|ended| watch.end(ended));
        let mut heard = Heard::default();
        lines.lock().unwrap().iter().for_each(|line| heard.hear(line));
        heard
    }

    #[test]
    fn a_worker_hears_how_far_the_result_is() {
        let job_id = || "1".to_owned();
        let put = |result| Event::Job(JobEvent::ResultPut { job_id: job_id(), result });
        let error = ServiceError {
            operation: "codepipeline:PutJobSuccessResult",
            resource: job_id(),
            reason: Reason::Throttled,
            code: None,
            message: None,
            request_id: None,
        };
        let delayed =
            || Event::Job(JobEvent::ResultDelayed { job_id: job_id(), error: error.clone(), again: Duration::ZERO });
        let failed = || Err(Failure::new(FailureKind::Permission, "no"));
        let told = |ended: &str, retries| Some(JobEnd { retries, ..JobEnd::reported(ended) });
        let rows = [
            ("nothing", vec![], None, Heard::default()),
            ("again", vec![delayed()], None, Heard { is_delayed: true, ..Heard::default() }),
            ("put", vec![put(PutResult::Suspended)], None, Heard { end: told("Suspended", 0), ..Heard::default() }),
            (
                "done",
                vec![delayed(), put(PutResult::Success)],
                Some(Ok(())),
                Heard { is_delayed: true, end: told("Succeeded", 1), ..Heard::default() },
            ),
            (
                "failed",
                vec![put(PutResult::Failure)],
                Some(failed()),
                Heard { end: told("PermissionError", 0), ..Heard::default() },
            ),
            (
                "another's",
                vec![Event::Job(JobEvent::ResultAlreadyPut { job_id: job_id() })],
                Some(Ok(())),
                Heard { end: told("Succeeded", 0), ..Heard::default() },
            ),
            (
                "never taken",
                vec![delayed()],
                Some(failed()),
                Heard { is_delayed: true, unreported: Some("PermissionError".to_owned()), end: None },
            ),
        ];
        for (name, events, ended, expected) in rows {
            assert_eq!(heard(events, ended), expected, "{name}");
        }
    }
}
