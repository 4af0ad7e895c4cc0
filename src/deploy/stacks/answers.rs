//! What CloudFormation answers.

use crate::deploy::status::Status;
use crate::facts::{StackChange, StackOutput, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// A stack.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stack {
    /// Its ARN.
    pub id: String,
    pub name: String,
    pub status: Status,
    pub status_reason: Option<String>,
    /// The names of its parameters.
    pub parameters: BTreeSet<String>,
    pub tags: BTreeMap<String, String>,
    pub outputs: Vec<StackOutput>,
    /// The role that CloudFormation uses for it.
    pub role_arn: Option<String>,
    pub is_protected: bool,
    pub created_at: Option<Timestamp>,
    pub updated_at: Option<Timestamp>,
    /// The id of the last operation, where the service gives it.
    pub operation_id: Option<String>,
    /// How long rollback triggers are watched after an operation.
    pub monitoring: Duration,
}

/// The ARNs of a new change set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeSetIds {
    pub change_set: String,
    pub stack: String,
}

/// A page of a change set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChangeSet {
    /// Its ARN.
    pub id: String,
    /// The ARN of its stack.
    pub stack_id: String,
    pub stack_name: String,
    pub status: Status,
    pub status_reason: Option<String>,
    pub execution: Status,
    pub changes: Vec<DescribedChange>,
    /// Whether the stack is deleted when its creation fails.
    pub deletes_on_failure: bool,
    /// Whether the execution rolls back in express mode; `None` in standard mode.
    pub express: bool,
    pub next: Option<String>,
}

/// A change, and the change set of its nested stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribedChange {
    /// Without parents and place.
    pub change: StackChange,
    pub nested: Option<String>,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub next: Option<String>,
}

/// A row of the stack's history. Without the resource's properties, which may hold secrets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StackEvent {
    pub stack_id: String,
    pub stack_name: String,
    pub event_id: String,
    pub logical_id: String,
    pub physical_id: Option<String>,
    pub resource_type: String,
    pub time: Timestamp,
    pub status: Status,
    pub detailed_status: Option<String>,
    pub reason: Option<String>,
    /// The `ClientRequestToken` of the operation.
    pub token: Option<String>,
    pub hook: Option<HookInvocation>,
}

/// A hook's part of a stack event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HookInvocation {
    /// The hook's type name.
    pub name: String,
    pub status: Status,
    pub reason: Option<String>,
    /// For `GetHookResult`.
    pub invocation_id: Option<String>,
    /// Whether its failure fails the operation (mode `FAIL`).
    pub fails: bool,
}

/// A failure of an operation as `DescribeEvents` gives it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Finding {
    pub event_id: String,
    pub logical_id: Option<String>,
    pub physical_id: Option<String>,
    pub resource_type: Option<String>,
    /// The name of a validation such as `NAME_CONFLICT_VALIDATION`, or of the hook.
    pub check: Option<String>,
    /// The property that a validation is about, as a path within the template.
    pub path: Option<String>,
    pub reason: Option<String>,
    pub kind: FindingKind,
    /// Whether it fails the operation (mode `FAIL`).
    pub fails: bool,
    pub time: Option<Timestamp>,
}

/// The kinds of events that hold the reason of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FindingKind {
    Validation,
    Provisioning,
    Hook,
    #[default]
    Other,
}

/// What a hook said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HookResult {
    /// For `GetHookResult`.
    pub id: String,
    pub name: String,
    pub status: Status,
    pub reason: Option<String>,
    pub fails: bool,
    /// The resource that it was called for: its logical id, if the service names it so.
    pub logical_id: Option<String>,
    /// Only in the answer of `GetHookResult`.
    pub annotations: Vec<Annotation>,
}

/// A finding of a hook.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Annotation {
    pub name: String,
    pub failed: bool,
    pub message: Option<String>,
    pub remedy: Option<String>,
    pub link: Option<String>,
    pub severity: Option<String>,
}
