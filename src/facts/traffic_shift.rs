//! How CodeDeploy shifts the traffic of a Lambda alias from one version of its function to another.

use super::Timestamp;
use std::fmt;
use std::time::Duration;

/// A CodeDeploy deployment of one alias, as it is known now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrafficShift {
    /// ARN of the stack that has the alias.
    pub stack_id: String,
    /// The logical ids down to the alias.
    pub path: Vec<String>,
    /// Name of the function.
    pub function: String,
    /// Name of the alias.
    pub alias: String,
    /// Version that served before.
    pub from: String,
    /// Version that the traffic goes to.
    pub to: String,
    /// Such as `d-ABCDEF123`.
    pub deployment_id: String,
    /// Name of the deployment configuration, such as `CodeDeployDefault.LambdaCanary10Percent5Minutes`.
    pub configuration: String,
    /// How the configuration shifts, if it could be read.
    pub routing: Option<Routing>,
    /// Whether a rollback started it.
    pub is_rollback: bool,
    /// Whether CodeDeploy takes the traffic back to `from`.
    pub is_taken_back: bool,
    pub state: ShiftState,
    /// Traffic on `to`, 0 to 100.
    pub weight: u8,
    /// The weights so far, each with the time from which it was seen.
    pub steps: Vec<(Timestamp, u8)>,
    pub hooks: Vec<ShiftHook>,
    pub alarms: Vec<ShiftAlarm>,
    pub began: Option<Timestamp>,
    pub ended: Option<Timestamp>,
    /// When all traffic will be on `to` if nothing fails and hooks take no time.
    pub expected_end: Option<Timestamp>,
    /// Why it failed or was stopped.
    pub error: Option<ShiftError>,
    /// Page of the deployment in the console.
    pub console: Option<String>,
    /// When all of this was seen.
    pub at: Timestamp,
}

/// How traffic is shifted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Routing {
    AllAtOnce,
    /// `percent` at once, the rest after `interval`.
    Canary {
        percent: u8,
        interval: Duration,
    },
    /// `percent` more after each `interval`.
    Linear {
        percent: u8,
        interval: Duration,
    },
}

/// The status of a deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShiftState {
    /// It was created and does not shift yet.
    Waiting,
    Running,
    Succeeded,
    Failed,
    Stopped,
    /// Any other, as CodeDeploy spells it.
    Other(String),
}

impl ShiftState {
    /// Whether a deployment in this state changes no more.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Succeeded | Self::Failed | Self::Stopped => true,
            Self::Waiting | Self::Running | Self::Other(_) => false,
        }
    }

    /// Whether it failed or was stopped.
    pub fn is_bad(&self) -> bool {
        match self {
            Self::Failed | Self::Stopped => true,
            Self::Waiting | Self::Running | Self::Succeeded | Self::Other(_) => false,
        }
    }
}

/// A function that CodeDeploy calls before or after the shift.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShiftHook {
    /// `BeforeAllowTraffic` or `AfterAllowTraffic`.
    pub event: String,
    pub state: HookState,
    pub began: Option<Timestamp>,
    pub ended: Option<Timestamp>,
    /// What CodeDeploy says about a failure.
    pub message: Option<String>,
    /// The last lines of its log, if CodeDeploy has them.
    pub log_tail: Option<String>,
}

/// The status of a lifecycle event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HookState {
    Pending,
    Running,
    Succeeded,
    Failed,
    Skipped,
    /// Any other, as CodeDeploy spells it.
    Other(String),
}

/// An alarm that stops the shift.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShiftAlarm {
    pub name: String,
    pub state: AlarmState,
    /// Why it has this state, as CloudWatch says.
    pub reason: Option<String>,
}

/// The state of an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlarmState {
    Ok,
    Alarm,
    InsufficientData,
    /// It could not be read.
    Unknown,
}

/// Why a shift would be stopped at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShiftProblem {
    /// An alarm of the group is in ALARM.
    FiringAlarm { alarm: String, reason: Option<String> },
    /// Another deployment of the group is not over.
    BusyGroup { group: String, deployment: String },
    /// The template has no resource that a hook names.
    MissingHook { hook: String },
}

impl fmt::Display for ShiftProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FiringAlarm { alarm, reason: Some(reason) } => write!(f, "alarm {alarm} is in ALARM: {reason}"),
            Self::FiringAlarm { alarm, reason: None } => write!(f, "alarm {alarm} is in ALARM"),
            Self::BusyGroup { group, deployment } => {
                write!(f, "deployment {deployment} of the group {group} is not over")
            }
            Self::MissingHook { hook } => write!(f, "the template has no resource {hook}, named as a traffic hook"),
        }
    }
}

/// Why a shift failed or was stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShiftError {
    /// CodeDeploy's code, such as `ALARM_ACTIVE`.
    pub code: String,
    pub message: Option<String>,
}
