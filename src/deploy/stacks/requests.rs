//! What CloudFormation is asked for.

use crate::facts::Secret;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// `CreateChangeSet`. What is `None` is not sent: an empty list would clear what the stack has.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangeSetRequest {
    /// Name of a new stack, ARN of one that exists.
    pub stack: String,
    pub name: String,
    /// The same token gives the same change set again.
    pub token: String,
    pub kind: ChangeSetKind,
    pub description: Option<String>,
    pub template: TemplateText,
    pub parameters: Vec<(String, ParameterValue)>,
    pub tags: Option<BTreeMap<String, String>>,
    pub capabilities: Option<Vec<String>>,
    pub role_arn: Option<String>,
    pub topics: Option<Vec<String>>,
    pub triggers: Option<RollbackTriggers>,
    /// Deletes a new stack whose creation fails.
    pub deletes_on_failure: bool,
    pub includes_nested: bool,
    pub imports_existing: bool,
    pub reverts_drift: bool,
    pub express: Option<Express>,
}

/// Whether the stack is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChangeSetKind {
    Create,
    Update,
}

/// How the template is handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplateText {
    /// At most 51,200 bytes.
    Body(String),
    Url(String),
}

/// The value of a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParameterValue {
    Given(Secret),
    /// The one that the stack has.
    Previous,
}

/// Alarms that roll an operation back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RollbackTriggers {
    /// ARNs of alarms.
    pub alarms: Vec<String>,
    pub minutes: Option<u16>,
}

/// Express mode: the stack is complete when its configuration is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Express {
    pub disables_rollback: bool,
}

/// `ExecuteChangeSet`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecuteRequest {
    pub change_set: String,
    pub stack: String,
    /// Marks every event of the operation.
    pub token: String,
    /// `None` where the change set says what happens after a failure.
    pub disables_rollback: Option<bool>,
}

/// `DeleteStack` and `RollbackStack`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackRequest {
    /// ARN.
    pub stack: String,
    pub role_arn: Option<String>,
    pub token: String,
}

/// What `DescribeEvents` lists the failures of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FailuresOf {
    /// A change set, by ARN.
    ChangeSet(String),
    /// An operation on a stack.
    Operation { stack: String, id: String },
}
