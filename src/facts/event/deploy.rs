//! What happens while a stack is deployed.

use crate::facts::{OpenResource, Plan, ServiceError, ShiftProblem, Timestamp, TrafficShift, Verdict};
use std::time::Duration;

/// A step of a deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeployEvent {
    /// An application of the Serverless Application Repository is deployed.
    ApplicationChosen {
        /// ARN.
        application: String,
        version: String,
        /// Whether no version was asked for.
        is_latest: bool,
        /// The applications within, each with its version.
        nested: Vec<(String, String)>,
    },
    /// Another operation runs on the stack; the deployment waits for its end.
    StackBusy { stack: String, status: String },
    /// The remains of a failed creation are deleted, as asked.
    ReplacingStack { stack: String, status: String },
    /// A failure that was kept is rolled back, as asked.
    RollingBack { stack: String, status: String },
    /// A change set is being computed.
    ChangeSetCreated {
        stack: String,
        change_set: String,
        /// Whether the stack is new.
        is_new: bool,
    },
    /// The change set is ready.
    Planned { plan: Plan },
    /// The change set is being executed.
    ExecutionStarted {
        stack: String,
        change_set: String,
        /// How to watch it in another process.
        stack_id: String,
    },
    /// A resource changed its status.
    Row(StackRow),
    /// State of a traffic shift: on each change, and every 60 s without one.
    TrafficShift(Box<TrafficShift>),
    /// These aliases are new: their traffic does not shift this time.
    NothingShifts { aliases: Vec<String> },
    /// Nothing was said for a while.
    StillRunning(StillRunning),
    /// A call for more detail was refused. The deployment goes on without.
    DetailMissing { error: ServiceError },
    /// The calls that watch the deployment fail; it goes on.
    WatchDelayed {
        error: ServiceError,
        /// Time until the next attempt.
        again: Duration,
    },
    /// It is over.
    Ended(Box<Verdict>),
}

/// A stack event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackRow {
    pub stack_id: String,
    pub event_id: String,
    /// The logical ids down to the resource, with `/` between; the name of the stack for the stack itself.
    pub path: String,
    pub logical_id: String,
    pub physical_id: Option<String>,
    pub resource_type: String,
    pub status: String,
    pub detailed_status: Option<String>,
    pub reason: Option<String>,
    pub outcome: RowOutcome,
    pub time: Timestamp,
}

/// What the status of a row means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowOutcome {
    Started,
    Completed,
    Failed,
    /// The resource is kept although the stack no longer has it.
    Skipped,
}

/// A deployment that runs while nothing else is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StillRunning {
    pub stack: String,
    /// Since when the deployment runs.
    pub since: Timestamp,
    pub now: Timestamp,
    /// Oldest first.
    pub open: Vec<OpenResource>,
    /// If no resource is open: what the stack itself does.
    pub activity: Activity,
}

/// What a stack does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activity {
    ComputingChanges,
    WaitingForStack,
    DeletingStack,
    Changing,
    RollingBack,
    CleaningUp,
    /// Rollback triggers are watched until then. The service sends no events meanwhile.
    Monitoring {
        until: Timestamp,
    },
}

/// Something about a stack that is allowed and probably not intended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeployWarning {
    /// A parameter is given that the template does not have.
    UnknownParameter { parameter: String, nearest: Option<String> },
    /// Nothing changes, but values that the template refers to were not compared.
    ReferencesNotCompared { references: Vec<String> },
    /// Resources that could not be deleted and that no stack manages any more.
    LeftBehind {
        stack: String,
        /// Each with its physical id and the reason; none if CloudFormation does not name them.
        resources: Vec<(String, Option<String>, Option<String>)>,
    },
    /// An export that other stacks import goes or may change.
    ExportInUse {
        export: String,
        importers: Vec<String>,
        /// Whether it goes for certain.
        goes: bool,
    },
    /// A setting of a stack that was deployed could not be changed.
    StackSettingFailed {
        stack: String,
        /// The setting, such as `the stack policy`.
        setting: &'static str,
        error: ServiceError,
    },
    /// A stack is changed with a role that an earlier deployment gave it.
    RoleKept { stack: String, role_arn: String },
    /// The traffic shift of an alias would be stopped at once.
    UnhealthyShift { alias: String, problem: ShiftProblem },
    /// Nested change sets could not be computed, so their changes are not known.
    NestedChangesUnknown { stack: String },
}
