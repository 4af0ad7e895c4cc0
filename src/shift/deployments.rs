//! What the watch of a traffic shift needs of CodeDeploy and CloudWatch, in its own words.

use crate::facts::{HookState, Routing, ServiceError, ShiftAlarm, ShiftError, ShiftState, Timestamp};

/// CodeDeploy and CloudWatch alarms in one region. No call retries by itself, and no caller depends on an answer.
pub trait Deployments {
    /// `GetDeploymentGroup`; `None` if there is no such application or group.
    async fn group(&self, group: &GroupName) -> Result<Option<Group>, ServiceError>;

    /// The ids of the deployments of a group that were created after `since`, newest first (`ListDeployments`).
    async fn deployments(&self, group: &GroupName, since: Timestamp) -> Result<Vec<String>, ServiceError>;

    /// The ids of the deployments of a group that are not over (`ListDeployments`).
    async fn active(&self, group: &GroupName) -> Result<Vec<String>, ServiceError>;

    /// `BatchGetDeployments` of at most 25 deployments. One that does not exist is left out.
    async fn describe(&self, ids: &[String]) -> Result<Vec<Deployment>, ServiceError>;

    /// The alias that a deployment shifts (`ListDeploymentTargets` and `BatchGetDeploymentTargets`); `None` before it has
    /// one.
    async fn target(&self, deployment: &str) -> Result<Option<Target>, ServiceError>;

    /// `GetDeploymentConfig`; `None` if it is no configuration for Lambda.
    async fn routing(&self, configuration: &str) -> Result<Option<Routing>, ServiceError>;

    /// `DescribeAlarms` of at most 100 names. One that does not exist is left out.
    async fn alarms(&self, names: &[String]) -> Result<Vec<ShiftAlarm>, ServiceError>;

    /// `StopDeployment` with rollback. One that is over stays as it is.
    async fn stop(&self, deployment: &str) -> Result<(), ServiceError>;
}

/// A deployment group by its physical names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupName {
    pub application: String,
    pub group: String,
}

/// A deployment group.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Group {
    /// Names of the alarms that stop a deployment; empty if they are switched off.
    pub alarms: Vec<String>,
}

/// A deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    pub id: String,
    pub state: ShiftState,
    pub creator: Creator,
    pub configuration: String,
    pub created: Timestamp,
    pub started: Option<Timestamp>,
    pub completed: Option<Timestamp>,
    pub error: Option<ShiftError>,
    /// The deployment that takes this one back.
    pub rollback_id: Option<String>,
}

/// Who created a deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Creator {
    CloudFormation,
    /// CloudFormation, when it rolls an update back.
    CloudFormationRollback,
    /// CodeDeploy, when a deployment failed or was stopped.
    CodeDeployRollback,
    /// Any other, as CodeDeploy spells it.
    Other(String),
}

impl Creator {
    /// Whether the update of a stack may lead to its deployments: other parties may deploy in the same group.
    pub fn acts_for_stack(&self) -> bool {
        match self {
            Self::CloudFormation | Self::CloudFormationRollback | Self::CodeDeployRollback => true,
            Self::Other(_) => false,
        }
    }

    /// Whether its deployments take another one back.
    pub fn rolls_back(&self) -> bool {
        match self {
            Self::CloudFormationRollback | Self::CodeDeployRollback => true,
            Self::CloudFormation | Self::Other(_) => false,
        }
    }
}

/// The alias that a deployment shifts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub function: String,
    pub alias: String,
    /// Version that served before.
    pub from: String,
    /// Version that the traffic goes to.
    pub to: String,
    /// Traffic on `to`, 0 to 100.
    pub weight: u8,
    pub events: Vec<LifecycleEvent>,
}

/// `BeforeAllowTraffic`, `AllowTraffic` or `AfterAllowTraffic`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LifecycleEvent {
    pub name: String,
    pub state: HookState,
    pub began: Option<Timestamp>,
    pub ended: Option<Timestamp>,
    /// What CodeDeploy says about a failure: its code, then its message.
    pub message: Option<String>,
    pub log_tail: Option<String>,
}
