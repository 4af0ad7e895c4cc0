//! Names that hold for the actions of every operation.

/// `Operation`: what the action does.
pub const OPERATION: &str = "Operation";
/// `Options`: the flags that have no property of their own, as a JSON object.
pub const OPTIONS: &str = "Options";
/// The entry of the output artifact that holds the named values of the outcome.
pub const OUTPUTS_FILE: &str = "step-outputs.json";
/// The property with the ARN of an application, which `deploy` deploys in place of a template.
pub const APPLICATION_ID: &str = "ApplicationId";
