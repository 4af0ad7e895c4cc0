//! What the file of a stack holds, and how it is described in the words of a deployment.

use crate::deploy::{ChangeSet, DescribedChange, Stack, StackEvent, Status};
use crate::facts::{ChangeAction, ChangeCause, StackChange, StackOutput, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const STACK: &str = "AWS::CloudFormation::Stack";
/// Of the row that begins an operation.
const NOTHING_IS_CREATED: &str = "a rehearsal: no resource is created, changed or deleted";

/// Why an empty change set fails, as CloudFormation says it.
const NO_CHANGES: &str =
    "The submitted information didn't contain changes. Submit different information to create a change set.";

/// A stack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StackState {
    pub name: String,
    /// Its ARN.
    pub id: String,
    pub status: Status,
    pub is_protected: bool,
    pub policy: Option<String>,
    pub role_arn: Option<String>,
    pub tags: BTreeMap<String, String>,
    /// `None` until a change set is executed.
    pub deployed: Option<Deployed>,
    pub outputs: Vec<OutputState>,
    /// The last execution.
    pub operation: Option<Operation>,
    pub change_sets: Vec<ChangeSetState>,
}

/// A template with the values of its parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deployed {
    pub template: String,
    pub parameters: BTreeMap<String, ParameterState>,
}

/// The value of a parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParameterState {
    Value(String),
    /// In place of a secret: equal digests mean equal values.
    Digest(String),
    /// A value that is known only during deployment is compared by its expression. Only nested stacks have such values,
    /// which are not kept.
    #[serde(skip)]
    Unresolved(String),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutputState {
    pub key: String,
    pub value: String,
    pub description: Option<String>,
    pub export_name: Option<String>,
}

/// An execution: its token, and a row for each resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    pub token: String,
    pub is_new: bool,
    /// The macros of the template, which a rehearsal does not expand.
    #[serde(default)]
    pub macros: Vec<String>,
    pub rows: Vec<RowState>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowState {
    pub logical_id: String,
    pub resource_type: String,
    pub status: Status,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeSetState {
    pub name: String,
    pub id: String,
    pub token: String,
    pub progress: Progress,
    pub deletes_on_failure: bool,
    pub is_express: bool,
    pub role_arn: Option<String>,
    pub tags: BTreeMap<String, String>,
    pub deployed: Deployed,
    pub changes: Vec<ChangeState>,
    #[serde(default)]
    pub nested: Vec<NestedState>,
}

/// The change set of a nested stack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NestedState {
    pub logical_id: String,
    /// Its ARN.
    pub id: String,
    /// `None` if the template, or the one before, is not known.
    pub changes: Option<Vec<ChangeState>>,
    pub nested: Vec<Self>,
}

/// How far a change set is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Progress {
    Ready,
    /// There is nothing to change.
    Empty,
    Executed,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeState {
    pub action: ActionState,
    pub logical_id: String,
    pub resource_type: String,
    /// What happens to a resource that is removed.
    pub policy_action: Option<String>,
    pub causes: Vec<CauseState>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ActionState {
    Add,
    Modify,
    Remove,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CauseState {
    pub property: String,
    /// The parameter whose value changed; `None` if the template itself did.
    pub parameter: Option<String>,
}

impl StackState {
    /// Whether it goes by this name or ARN.
    pub fn is_called(&self, stack: &str) -> bool {
        stack == self.name || stack == self.id
    }

    pub fn described(&self) -> Stack {
        let parameters = self.deployed.iter().flat_map(|it| it.parameters.keys().cloned());
        Stack {
            id: self.id.clone(),
            name: self.name.clone(),
            status: self.status.clone(),
            parameters: parameters.collect(),
            tags: self.tags.clone(),
            outputs: self.outputs.iter().map(OutputState::described).collect(),
            role_arn: self.role_arn.clone(),
            is_protected: self.is_protected,
            ..Stack::default()
        }
    }

    /// The rows of the last execution, newest first.
    pub fn events(&self, now: Timestamp) -> Vec<StackEvent> {
        let Some(operation) = &self.operation else { return Vec::new() };
        let verb = if operation.is_new { "CREATE" } else { "UPDATE" };
        let root = |step: &str| (self.name.as_str(), STACK, Status::new(format!("{verb}_{step}")));
        let rows = operation.rows.iter().map(|row| (row.logical_id.as_str(), &*row.resource_type, row.status.clone()));
        let rows: Vec<_> = [root("IN_PROGRESS")].into_iter().chain(rows).chain([root("COMPLETE")]).collect();
        let last = rows.len() - 1;
        let event = |(index, (logical_id, resource_type, status)): (usize, (&str, &str, Status))| StackEvent {
            stack_id: self.id.clone(),
            stack_name: self.name.clone(),
            event_id: format!("{}-{index}", operation.token),
            logical_id: logical_id.to_owned(),
            physical_id: (index == 0 || index == last).then(|| self.id.clone()),
            resource_type: resource_type.to_owned(),
            time: now,
            status,
            reason: (index == 0).then(|| operation.reason()),
            token: Some(operation.token.clone()),
            ..StackEvent::default()
        };
        rows.into_iter().enumerate().map(event).rev().collect()
    }
}

impl Operation {
    fn reason(&self) -> String {
        match self.macros.as_slice() {
            [] => NOTHING_IS_CREATED.to_owned(),
            macros => format!("{NOTHING_IS_CREATED}; macros are not expanded: {}", macros.join(", ")),
        }
    }
}

impl OutputState {
    fn described(&self) -> StackOutput {
        let Self { key, value, description, export_name } = self.clone();
        StackOutput { key, value, description, export_name }
    }
}

impl ChangeSetState {
    /// Whether it goes by this name or ARN.
    pub fn is_called(&self, change_set: &str) -> bool {
        change_set == self.name || change_set == self.id
    }

    /// Whether it was not executed.
    pub fn is_open(&self) -> bool {
        self.progress != Progress::Executed
    }

    /// A nested change set, at any depth.
    pub fn find_nested(&self, id: &str) -> Option<&NestedState> {
        self.nested.iter().find_map(|nested| nested.find(id))
    }

    pub fn described(&self, stack: &StackState) -> ChangeSet {
        let status = if self.progress == Progress::Empty { "FAILED" } else { "CREATE_COMPLETE" };
        ChangeSet {
            id: self.id.clone(),
            stack_id: stack.id.clone(),
            stack_name: stack.name.clone(),
            status: Status::new(status),
            status_reason: (self.progress == Progress::Empty).then(|| NO_CHANGES.to_owned()),
            execution: Status::new(self.progress.execution()),
            changes: described(&self.changes, &self.nested),
            deletes_on_failure: self.deletes_on_failure,
            express: self.is_express,
            next: None,
        }
    }
}

impl NestedState {
    fn find(&self, id: &str) -> Option<&Self> {
        if self.id == id {
            return Some(self);
        }
        self.nested.iter().find_map(|nested| nested.find(id))
    }

    /// `None` if its changes are not known.
    pub fn described(&self, stack: &StackState) -> Option<ChangeSet> {
        Some(ChangeSet {
            id: self.id.clone(),
            stack_id: stack.id.clone(),
            stack_name: stack.name.clone(),
            status: Status::new("CREATE_COMPLETE"),
            changes: described(self.changes.as_ref()?, &self.nested),
            ..ChangeSet::default()
        })
    }
}

/// Changes, each with the change set of the nested stack that it is.
fn described(changes: &[ChangeState], nested: &[NestedState]) -> Vec<DescribedChange> {
    let nested_of = |change: &ChangeState| nested.iter().find(|it| it.logical_id == change.logical_id);
    let to_described = |change: &ChangeState| DescribedChange {
        change: change.described(),
        nested: nested_of(change).map(|nested| nested.id.clone()),
    };
    changes.iter().map(to_described).collect()
}

impl Progress {
    /// The execution status.
    pub const fn execution(self) -> &'static str {
        match self {
            Self::Ready => "AVAILABLE",
            Self::Empty => "UNAVAILABLE",
            Self::Executed => "EXECUTE_COMPLETE",
        }
    }
}

impl ChangeState {
    fn described(&self) -> StackChange {
        let action = match self.action {
            ActionState::Add => ChangeAction::Add,
            ActionState::Modify => ChangeAction::Modify,
            ActionState::Remove => ChangeAction::Remove,
        };
        StackChange {
            parents: Vec::new(),
            logical_id: self.logical_id.clone(),
            physical_id: None,
            resource_type: self.resource_type.clone(),
            action,
            // Only the schema of the type has it.
            replacement: None,
            policy_action: self.policy_action.clone(),
            causes: self.causes.iter().map(CauseState::described).collect(),
            place: None,
        }
    }
}

impl CauseState {
    fn described(&self) -> ChangeCause {
        let source = if self.parameter.is_some() { "ParameterReference" } else { "DirectModification" };
        let (property, entity) = (self.property.clone(), self.parameter.clone());
        ChangeCause { property, source: source.to_owned(), entity, recreation: None }
    }
}
