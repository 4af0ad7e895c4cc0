//! What happens in a CodePipeline job.

use crate::facts::{S3Location, ServiceError};
use std::path::PathBuf;
use std::time::Duration;

/// A step of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobEvent {
    /// A job began.
    Started {
        job_id: String,
        /// The pipeline's name, if the job has it.
        pipeline: Option<String>,
    },
    /// An input artifact was downloaded and unpacked.
    ArtifactFetched {
        /// Its name in the pipeline.
        name: String,
        location: S3Location,
        bytes: u64,
    },
    /// An output artifact was uploaded.
    ArtifactStored {
        /// Its name in the pipeline.
        name: String,
        location: S3Location,
        bytes: u64,
    },
    /// Uploading the page of a failed or unfinished deployment failed. The job result is unaffected.
    PageNotStored { job_id: String, reason: String },
    /// The state of the job is not written to a file. If this process is killed, the next job continues from an earlier
    /// state.
    StateNotKept { job_id: String, reason: String },
    /// CodePipeline took the job's one result.
    ResultPut { job_id: String, result: PutResult },
    /// The call with the job's result failed and is retried.
    ResultDelayed {
        job_id: String,
        error: ServiceError,
        /// Time until the next attempt.
        again: Duration,
    },
    /// The job had a result already, or no longer exists: another process ended it.
    ResultAlreadyPut { job_id: String },
    /// A rehearsal succeeded.
    Rehearsed {
        /// The folder that holds a folder for each bucket.
        buckets: PathBuf,
        /// The folder that holds a file for each stack, if there is one.
        stacks: Option<PathBuf>,
        /// The folder that holds what would be published, if there is something.
        applications: Option<PathBuf>,
    },
}

/// The kinds of a job's result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PutResult {
    Success,
    Failure,
    /// The work continues in another job.
    Suspended,
}
