//! What a deployment is asked to do.

use super::gates::Gates;
use super::stacks::RollbackTriggers;
use super::template_facts::TemplateFacts;
use crate::facts::Secret;
use clap::ValueEnum;
use std::collections::BTreeMap;
use std::time::Duration;

/// Everything that a deployment depends on. Holds no state.
#[derive(Debug, Clone, PartialEq)]
pub struct DeployOptions {
    /// Name or ARN.
    pub stack: String,
    pub work: Work,
    pub until: Until,
    pub empty: OnEmpty,
    pub on_failure: OnFailure,
    pub express: bool,
    pub gates: Gates,
    /// Deletes the remains of a failed creation first.
    pub replaces_failed: bool,
    /// Waits so long for another operation on the stack to end.
    pub wait_for_stack: Option<Duration>,
    pub on_paused: OnPaused,
    pub protection: Option<bool>,
    /// The stack policy as JSON.
    pub policy: Option<String>,
    pub role_arn: Option<String>,
    /// Ends the deployment as a failure; CloudFormation goes on.
    pub timeout: Duration,
    /// Time between two looks at the stack, if it is given.
    pub poll: Option<Duration>,
    pub on_cancel: OnCancel,
}

impl DeployOptions {
    /// Whether a failure is kept as it is.
    pub fn keeps_failure(&self) -> bool {
        self.on_failure == OnFailure::DoNothing
    }
}

/// Where the change set comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum Work {
    /// It is created.
    Create(Box<NewChangeSet>),
    /// It exists: its ARN, or its name.
    Execute(String),
    /// There is none: whatever runs on the stack is watched.
    Follow,
}

/// What a new change set is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct NewChangeSet {
    pub template: TemplateFacts,
    pub parameters: BTreeMap<String, Secret>,
    pub unknown_parameters: UnknownParameters,
    /// What a parameter without a value gets on an update.
    pub unset_parameters: UnsetParameters,
    pub tags: Option<BTreeMap<String, String>>,
    /// Tags that say where the template is from; the stack gets them besides its others.
    pub origin: BTreeMap<String, String>,
    pub capabilities: Option<Vec<String>>,
    pub topics: Option<Vec<String>>,
    pub triggers: Option<RollbackTriggers>,
    /// Who made it: tool, version, commit, build.
    pub description: Option<String>,
    /// The name, if the user gave one: then an older change set of this name is deleted.
    pub name: Option<String>,
    pub includes_nested: bool,
    pub imports_existing: bool,
    pub reverts_drift: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownParameters {
    Warn,
    Refuse,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnsetParameters {
    /// The value of the stack, as the peers do.
    KeepPrevious,
    /// The default of the template.
    UseDefault,
}

/// Where a deployment stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// The change set is ready.
    Planned,
    /// The execution began.
    Executed,
    Deployed,
}

/// What it means that there is nothing to change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnEmpty {
    Succeed,
    Fail,
}

/// What CloudFormation does when the deployment fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OnFailure {
    /// Rolls back.
    Rollback,
    /// Deletes a new stack; rolls an old one back.
    Delete,
    /// Keeps everything as it is.
    DoNothing,
}

/// What becomes of the traffic shifts of a run that is cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum OnCancel {
    /// They go on.
    #[default]
    Leave,
    /// They are stopped and rolled back.
    StopShift,
}

/// What to do with a stack that was left in a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum OnPaused {
    /// Ends with the advice what to do.
    #[default]
    Refuse,
    /// Rolls back first.
    Rollback,
    /// Deploys on top, with rollback disabled.
    Continue,
}
