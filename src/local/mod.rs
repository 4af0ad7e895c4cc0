//! `samstep rehearse`: the job of a pipeline, with folders in place of S3 and a queue with one job in place of
//! CodePipeline. Uses no account and no network.

mod applications;
mod cloud;
mod jobs;
mod rehearsal;
mod stacks;
mod store;

pub use cloud::FolderCloud;
pub use rehearsal::{Rehearsal, rehearse};
pub use store::FolderStore;
