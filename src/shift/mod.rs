//! Traffic shifts of Lambda aliases, made visible: CloudFormation shows one row while CodeDeploy shifts for minutes or
//! hours.
//!
//! ```text
//! rows of aliases ─▶ group (`policy`) ─▶ deployment ─▶ state, weight, hooks, alarms (`describe`) ─▶ TrafficShift
//! ```
//!
//! Every call is optional: one that fails takes detail and changes no verdict.

pub mod actions;
mod alias;
mod console;
mod deployments;
mod describe;
mod none;
mod policy;
mod schedule;
mod watch;

pub use alias::{AliasRow, Sought};
pub use deployments::{Creator, Deployment, Deployments, Group, GroupName, LifecycleEvent, Target};
pub use none::NoDeployments;
pub use policy::{AliasPolicy, GroupCache, alias_policies, group_by_convention};
pub use watch::{Access, AliasGroups, Look, Watch, alarms};
