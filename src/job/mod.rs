//! CodePipeline's unit of work: parse a job, fetch its input artifacts, run the operation, store the output artifact, put
//! one result.

mod content;
mod continuation;
mod ending;
pub mod fetch_failure;
mod input;
mod jobs;
mod operations;
mod output;
mod parse;
mod report;
mod request;
mod result;
mod run;
mod services;
mod store;
mod suspended;
mod suspension;

pub use content::{
    ActionConfiguration, ArtifactCredentials, EncryptionKey, Job, JobId, PipelineArtifact, PipelineContext,
};
pub use ending::{reject, suspend_lost};
pub use input::{Inputs, unpack_artifact};
pub use jobs::Jobs;
pub use operations::ActionOperations;
pub use parse::{JobError, Origin};
pub use report::LONGEST_REPORT;
pub use result::{JobFailure, JobResult, JobSuccess, JobSuspension};
pub use run::{panicked, run};
#[cfg(test)]
pub use services::Start;
pub use services::{JobOptions, KeepToken, Operations, Services};
pub use store::ArtifactStore;
