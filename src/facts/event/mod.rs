//! The facts that a run reports as they happen. Their wording is the host's.

mod deploy;
mod file;
mod job;
mod package;
mod publish;
mod warning;
mod worker;

use super::Problem;
pub use deploy::{Activity, DeployEvent, DeployWarning, RowOutcome, StackRow, StillRunning};
pub use file::FileEvent;
pub use job::{JobEvent, PutResult};
pub use package::PackageEvent;
pub use publish::{PublishEvent, PublishWarning, Unchangeable};
pub use warning::{Warning, WarningKind};
pub use worker::WorkerEvent;

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// While artifacts are found, archived and uploaded.
    Package(PackageEvent),
    /// While a stack is deployed.
    Deploy(DeployEvent),
    /// While an application is published.
    Publish(PublishEvent),
    /// A file that the run writes or deletes.
    File(FileEvent),
    /// In a CodePipeline job.
    Job(JobEvent),
    /// In a job worker, beside its jobs.
    Worker(WorkerEvent),
    /// Something that is allowed and probably not intended.
    Warning(Warning),
}

/// Receives events and turns them into output.
pub trait Reporter: Send + Sync {
    /// Takes an event. Never fails and never blocks for long.
    fn report(&self, event: Event);

    /// The warnings so far, in words. A reporter without words has none.
    fn warnings(&self) -> Vec<Problem> {
        Vec::new()
    }
}
