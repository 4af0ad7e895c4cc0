//! Tests only: jobs, and fakes that hold state.

pub mod acknowledgements;
pub mod applications;
pub mod artifacts;
pub mod cloud;
pub mod deploy;
pub mod jobs;
pub mod recorder;
pub mod services;
pub mod stacks;
pub mod store;
