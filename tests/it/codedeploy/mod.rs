//! CodeDeploy and the alarms of CloudWatch, as far as a traffic shift of Lambda aliases needs them: a test writes what
//! happens to each alias, the deployments run through the time of CloudFormation, and calls read and stop them.

pub mod cbor;
mod course;
mod deployment;
mod service;
mod shift;

pub use deployment::{Creator, Origin};
pub use service::{ACTIONS, Shifts};
pub use shift::{APPLICATION, Fires, Routing, Shift};

/// Status, error code and message.
pub type Refusal = (u16, String, String);
