//! What happens in a job worker, beside its jobs.

use crate::facts::ServiceError;
use std::time::Duration;

/// A step of the worker loop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorkerEvent {
    /// The queue answered a poll.
    Polled {
        /// Number of jobs that it offered.
        jobs: usize,
        /// Free slots at the time of the poll.
        free: usize,
        /// Slots with a running job.
        busy: usize,
        /// Age of the oldest running job; zero if none runs.
        oldest: Duration,
    },
    /// No slot is free, so the queue is not polled.
    Full {
        busy: usize,
        /// Age of the oldest running job.
        oldest: Duration,
    },
    /// A poll failed.
    PollFailed {
        error: ServiceError,
        /// Time until the next poll.
        again: Duration,
    },
    /// Another worker has the job.
    AcknowledgementLost { job_id: String },
    /// An offered job is left in the queue.
    NotTaken {
        job_id: String,
        /// The reason.
        why: String,
    },
    /// A job was acknowledged and begins.
    JobBegan { job_id: String },
    /// A job is over.
    JobEnded {
        job_id: String,
        /// `Succeeded`, `Suspended`, or the job failure type.
        ended: String,
        /// Number of times its process repeated the result, after the retries of the SDK.
        retries: u32,
        took: Duration,
    },
    /// The process of a job ended without a report; the worker reports in its place.
    ProcessLost {
        job_id: String,
        /// How it ended.
        how: String,
    },
    /// The worker takes no more jobs.
    Draining {
        /// Number of jobs that still run.
        running: usize,
    },
    /// The host's scale-in protection could not be set.
    ProtectionFailed {
        /// The reason.
        why: String,
    },
}
