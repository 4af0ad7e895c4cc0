//! The operations as values: each advances from state to state until its report is there.
//!
//! The command line and jobs drive an operation in the same way and know nothing of what it does. To add one: its stage,
//! its settings, a row in `table.rs`, and the match arms that the compiler asks for.

pub mod action;
mod action_type;
mod advance;
mod application;
mod cloud;
mod deploy;
mod managed_bucket;
mod operations;
mod own_files;
mod package;
mod publish;
mod table;

pub use action_type::ActionType;
pub use advance::{Advance, Patience, Pending, State, World, drive};
pub use application::{
    ApplicationTemplate, DeployableApplications, DeployableVersion, NestedApplication, TemplateStatus,
};
pub use cloud::{Cloud, Region};
pub use managed_bucket::{ManagedBucket, find_or_create as managed_bucket};
pub use operations::Operation;
pub use table::{Row, find_row, is_secret, operation_named, operation_names};
