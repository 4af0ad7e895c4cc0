//! `samstep rehearse`: the very job of a pipeline, with a folder for S3 and a queue of one for CodePipeline.
//!
//! No account, no network, no socket: what differs from a worker is behind the traits of the stages.

mod cloud;
mod jobs;
mod rehearsal;
mod store;

pub use cloud::FolderCloud;
pub use rehearsal::{Rehearsal, rehearse};
pub use store::FolderStore;
