//! What the process of a job does for its worker: it records and acknowledges the job, and reports how far it is.
//!
//! The process acknowledges the job itself. If it is killed before, the job is offered again; if the worker is killed,
//! the process goes on.

use super::claim::{Claim, claim};
use super::messages::{Message, SUSPENDED};
use super::queue::AcknowledgeJob;
use super::record::{Assignment, Record};
use crate::facts::{Event, Failure, JobEvent, Problem, PutResult, Reporter};
use crate::interrupt::Cancellation;
use crate::job::JobId;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Time for a claim that is under way when the job is cancelled.
const CANCELLED_CLAIM_TIMEOUT: Duration = Duration::from_secs(5);

/// The process of a job before it has the job.
pub struct Child<'a, Q, P> {
    pub queue: &'a Q,
    /// Waits.
    pub pause: P,
    pub cancellation: &'a Cancellation,
    /// Writes a message for the worker.
    pub send: &'a dyn Fn(&Message),
}

impl<Q: AcknowledgeJob, P: AsyncFn(Duration)> Child<'_, Q, P> {
    /// Records and claims the job of an assignment. Returns the record, or `None` if the job is not this process's.
    pub async fn claim(&self, assignment: &Assignment) -> Option<Record> {
        let record = match record(assignment) {
            Ok(record) => record,
            Err(error) => return self.leave(&format!("it cannot be recorded: {error}")),
        };
        let claimed = match &assignment.nonce {
            None => Claim::Ours,
            Some(_) if self.cancellation.is_cancelled() => Claim::Left("the worker ends".to_owned()),
            Some(nonce) => self.acknowledge(assignment, nonce).await,
        };
        let message = match claimed {
            Claim::Ours => {
                (self.send)(&Message::Claimed);
                return Some(record);
            }
            Claim::Taken => Message::Taken,
            Claim::Gone => Message::Gone,
            Claim::Left(why) => Message::Left(why),
        };
        clear(&record);
        (self.send)(&message);
        None
    }

    /// If the job is cancelled, a claim that does not end counts as carried out: the job then fails at once, and the
    /// service refuses the result of a job that is not in progress.
    async fn acknowledge(&self, assignment: &Assignment, nonce: &str) -> Claim {
        let Some(id) = JobId::new(&assignment.job_id) else { return Claim::Left("it has no id".to_owned()) };
        (self.send)(&Message::Claiming);
        tokio::select! {
            claimed = claim(&id, nonce, self.queue, &self.pause) => claimed,
            () = self.cancelled_for(CANCELLED_CLAIM_TIMEOUT) => Claim::Ours,
        }
    }

    async fn cancelled_for(&self, time: Duration) {
        self.cancellation.wait().await;
        (self.pause)(time).await;
    }

    fn leave(&self, why: &str) -> Option<Record> {
        (self.send)(&Message::Left(why.to_owned()));
        None
    }
}

/// Holds the record and writes it, before the job is acknowledged.
fn record(assignment: &Assignment) -> io::Result<Record> {
    let record = Record::hold(&assignment.record)?;
    record.write(assignment)?;
    Ok(record)
}

/// If that fails, the next worker reports the job once more, which the service refuses.
fn clear(record: &Record) {
    if let Err(error) = record.clear() {
        tracing::debug!(%error, "the record cannot be cleared");
    }
}

/// Reports to the worker how far the result of the job is, while it runs.
pub struct ResultWatch {
    below: Arc<dyn Reporter>,
    send: Box<dyn Fn(&Message) + Send + Sync>,
    seen: Mutex<Seen>,
    record: Record,
}

#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    put: Option<PutResult>,
    retries: u32,
}

impl ResultWatch {
    /// Passes every event to `below`. Clears the record once there is a result.
    pub fn new(below: Arc<dyn Reporter>, send: impl Fn(&Message) + Send + Sync + 'static, record: Record) -> Self {
        Self { below, send: Box::new(send), seen: Mutex::default(), record }
    }

    /// Reports how the job ended.
    pub fn end<T>(&self, ended: &Result<T, Failure>) {
        let Seen { put, retries } = *self.seen();
        let ended = match (ended, put) {
            (Err(failure), _) => failure.kind.job_failure_type().name(),
            (Ok(_), Some(put)) => name(put),
            (Ok(_), None) => name(PutResult::Success),
        };
        let ended = ended.to_owned();
        (self.send)(&match put {
            Some(_) => Message::Ended { ended, retries },
            None => Message::Unreported(ended),
        });
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sent at once: what follows, such as the removal of files, may take longer than the process has.
    fn put(&self, result: PutResult) {
        self.seen().put = Some(result);
        clear(&self.record);
        (self.send)(&Message::Put(name(result).to_owned()));
    }
}

impl Reporter for ResultWatch {
    fn report(&self, event: Event) {
        if let Event::Job(JobEvent::ResultPut { result, .. }) = &event {
            self.put(*result);
        } else if let Event::Job(JobEvent::ResultAlreadyPut { .. }) = &event {
            // Another process put it, whatever it was.
            self.put(PutResult::Success);
        } else if let Event::Job(JobEvent::ResultDelayed { .. }) = &event {
            self.seen().retries += 1;
            (self.send)(&Message::Delayed);
        }
        self.below.report(event);
    }

    fn warnings(&self) -> Vec<Problem> {
        self.below.warnings()
    }
}

const fn name(result: PutResult) -> &'static str {
    match result {
        PutResult::Success => "Succeeded",
        PutResult::Suspended => SUSPENDED,
        PutResult::Failure => "JobFailed",
    }
}

#[cfg(test)]
mod tests;
