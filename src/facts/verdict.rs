//! How a deployment ended, and why.

use super::resource_types;
use super::{ChangeKind, Excerpt, Failure, FailureKind, Place, StackChange, Timeline, Timestamp, TrafficShift};
use std::time::Duration;

/// Everything that is known about a deployment at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub stack: StackName,
    pub ended: Ended,
    /// Status of the stack, as CloudFormation spells it.
    pub status: Option<String>,
    /// From the first call to the end.
    pub took: Duration,
    /// ARN of the change set.
    pub change_set: Option<String>,
    pub outputs: Vec<StackOutput>,
    /// Whether it was asked for in express mode, which ends before resources are stable.
    pub is_express: bool,
    /// The changes, if they were read.
    pub plan: Option<Plan>,
    /// The root cause first, then other failures that do not follow from it. Empty after a success.
    pub causes: Vec<Cause>,
    /// The traffic shifts, in the order in which they began.
    pub shifts: Vec<TrafficShift>,
    /// Number of resources that were cancelled because of the causes.
    pub consequences: usize,
    /// Resources that the clean-up or a rollback could not delete.
    pub left_behind: Vec<Cause>,
    /// Resources still under way, oldest first.
    pub open: Vec<OpenResource>,
    /// What happened to each resource, if the events could be read.
    pub timeline: Option<Timeline>,
    /// What serves now, in a sentence; only after a failure.
    pub serving: Option<&'static str>,
    /// The one thing to do next.
    pub next_step: Option<String>,
    /// Page of the stack's events in the console.
    pub console: Option<String>,
}

/// The name and ARN of a stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackName {
    pub name: String,
    pub id: Option<String>,
}

/// How a deployment ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    Deployed,
    /// The stack is what the template asks for already.
    NoChanges,
    /// The change set stands and was not executed, as asked.
    Planned,
    /// The change set is being executed; the run was asked not to wait.
    Detached,
    /// Not deployed.
    Failed(Failure),
}

/// How far a deployment came that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailedAs {
    /// A check that was asked for refuses the change.
    Refused,
    /// The run ended first. CloudFormation goes on.
    Unfinished,
    Failed,
}

/// An output of a stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackOutput {
    pub key: String,
    pub value: String,
    pub description: Option<String>,
    pub export_name: Option<String>,
}

/// The changes of a change set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub changes: Vec<StackChange>,
    /// Nested stacks whose own changes could not be read, by path.
    pub unknown: Vec<String>,
}

/// Why something failed: a resource, a finding about the template, or the stack itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// The logical ids down to the resource; empty for the stack itself.
    pub path: Vec<String>,
    pub resource_type: Option<String>,
    pub physical_id: Option<String>,
    /// Status of the resource, or the name of the check that failed.
    pub status: String,
    pub reason: Option<String>,
    /// The error code within the reason.
    pub code: Option<String>,
    /// The property within the resource, as a path.
    pub property: Option<String>,
    /// What CloudFormation or the owner of a hook advises.
    pub remedy: Option<String>,
    pub place: Option<Place>,
    /// The lines of the template around the place.
    pub excerpt: Option<Excerpt>,
    pub time: Option<Timestamp>,
}

/// A resource that is not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenResource {
    /// The logical ids down to it, with `/` between.
    pub path: String,
    pub resource_type: String,
    pub status: String,
    /// Since when it has this status.
    pub since: Timestamp,
    pub waits_for: WaitsFor,
}

/// What a resource that is not done waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WaitsFor {
    /// The service that makes it.
    Service,
    /// The answer of a custom resource: at most an hour, unless the template says otherwise.
    CustomResource {
        /// Logical id of the function that answers, if the template names it.
        function: Option<String>,
        /// The log group of that function unless it is configured otherwise, if its name is known.
        log_group: Option<String>,
    },
    /// A hook.
    Hook { name: String },
    /// The resources of a nested stack.
    NestedStack,
}

impl Ended {
    /// `None` if it did not fail.
    pub fn failed_as(&self) -> Option<FailedAs> {
        let Self::Failed(failure) = self else { return None };
        Some(FailedAs::of(failure))
    }
}

impl FailedAs {
    pub fn of(failure: &Failure) -> Self {
        match failure.kind {
            FailureKind::Refused => Self::Refused,
            FailureKind::Deadline | FailureKind::Interrupted(_) => Self::Unfinished,
            FailureKind::Failed
            | FailureKind::Usage
            | FailureKind::Input
            | FailureKind::Internal
            | FailureKind::Temporary
            | FailureKind::Permission => Self::Failed,
        }
    }
}

impl Verdict {
    pub fn is_failed(&self) -> bool {
        matches!(self.ended, Ended::Failed(_))
    }

    /// The last shift of each alias: a rollback shifts the traffic of some a second time.
    pub fn last_shifts(&self) -> impl Iterator<Item = &TrafficShift> {
        let is_of = |a: &TrafficShift, b: &TrafficShift| a.stack_id == b.stack_id && a.path == b.path;
        let is_last = move |(index, shift): &(usize, &TrafficShift)| {
            !self.shifts[index + 1..].iter().any(|later| is_of(later, shift))
        };
        self.shifts.iter().enumerate().filter(is_last).map(|(_, shift)| shift)
    }
}

impl Cause {
    /// Whether it is a resource of its own, not a stack.
    pub fn is_of_resource(&self) -> bool {
        self.resource_type.as_deref().is_some_and(|name| name != resource_types::STACK)
    }

    /// The logical ids with `/` between; `None` for the stack itself.
    pub fn resource(&self) -> Option<String> {
        (!self.path.is_empty()).then(|| self.path.join("/"))
    }
}

impl Plan {
    /// The changes with those first that a reader must not miss: replacements, then removals, then what may be one.
    pub fn most_severe_first(&self) -> Vec<&StackChange> {
        let mut changes: Vec<_> = self.changes.iter().collect();
        changes.sort_by_key(|change| change.kind());
        changes
    }

    /// The number of changes of a kind.
    pub fn count(&self, kind: ChangeKind) -> usize {
        self.changes.iter().filter(|change| change.kind() == kind).count()
    }

    /// The number of changes of each kind, in words: `2 to add, 1 to replace`.
    pub fn summary(&self) -> String {
        let kinds = [
            (ChangeKind::Add, "to add"),
            (ChangeKind::Import, "to import"),
            (ChangeKind::Replace, "to replace"),
            (ChangeKind::MayReplace, "that may be replaced"),
            (ChangeKind::Change, "to change"),
            (ChangeKind::Remove, "to remove"),
            (ChangeKind::Undecided, "to be decided"),
        ];
        let kinds = kinds.map(|(kind, words)| (self.count(kind), words));
        let words: Vec<_> =
            kinds.iter().filter(|(count, _)| *count > 0).map(|(count, kind)| format!("{count} {kind}")).collect();
        if words.is_empty() { "no resource to change".to_owned() } else { words.join(", ") }
    }
}
