//! Traffic shifts of Lambda aliases, made visible.

mod deployments;

pub use deployments::{Deployment, Deployments, Group, GroupName, LifecycleEvent, Target};
