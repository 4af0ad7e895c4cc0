//! A deployment as the service describes it.

use super::course::{Course, Outcome, QUEUED_MILLIS};
use super::shift::Shift;
use serde_json::{Map, Value, json};

/// Times are milliseconds since 1970.
#[derive(Debug, Clone)]
pub struct Deployment {
    pub id: String,
    pub origin: Origin,
    pub creator: Creator,
    pub shift: Shift,
    pub created: i64,
    pub course: Course,
    /// The deployment that takes it back.
    pub rollback_id: Option<String>,
}

/// What a deployment belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The ARN of the root stack.
    pub stack: String,
    pub application: String,
    pub group: String,
    /// The physical name of the function.
    pub function: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Creator {
    User,
    CloudFormation,
    CloudFormationRollback,
    CodeDeployRollback,
}

impl Deployment {
    pub fn new(id: String, origin: Origin, creator: Creator, shift: &Shift, created: i64) -> Self {
        let course = Course::plan(shift, created);
        Self { id, origin, creator, shift: shift.clone(), created, course, rollback_id: None }
    }

    pub fn is_over(&self, now: i64) -> bool {
        now >= self.course.end
    }

    pub fn has_started(&self, now: i64) -> bool {
        now >= self.created + QUEUED_MILLIS
    }

    pub fn status(&self, now: i64) -> &'static str {
        match &self.course.outcome {
            _ if !self.is_over(now) && !self.has_started(now) => "Created",
            _ if !self.is_over(now) => "InProgress",
            Outcome::Succeeded => "Succeeded",
            Outcome::Failed(..) => "Failed",
            Outcome::Stopped(..) => "Stopped",
        }
    }

    /// As `BatchGetDeployments` shows it.
    pub fn describe(&self, now: i64) -> Value {
        let is_over = self.is_over(now);
        let error = match &self.course.outcome {
            Outcome::Failed(code, message) | Outcome::Stopped(code, message) if is_over => {
                Some(json!({"code": code, "message": message}))
            }
            Outcome::Succeeded | Outcome::Failed(..) | Outcome::Stopped(..) => None,
        };
        let started = self.created + QUEUED_MILLIS;
        let rollback = self.rollback_id.as_ref().filter(|_| is_over);
        without_nulls(&json!({
            "applicationName": self.origin.application, "deploymentGroupName": self.origin.group,
            "deploymentConfigName": self.shift.configuration(), "deploymentId": self.id, "computePlatform": "Lambda",
            "status": self.status(now), "creator": self.creator.word(), "errorInformation": error,
            "createTime": seconds(self.created), "startTime": self.has_started(now).then(|| seconds(started)),
            "completeTime": is_over.then(|| seconds(self.course.end)),
            "rollbackInfo": rollback.map(|id| json!({"rollbackDeploymentId": id})),
        }))
    }

    pub fn target_id(&self) -> String {
        format!("{}:live", self.origin.function)
    }

    /// As `BatchGetDeploymentTargets` shows it.
    pub fn target(&self, now: i64) -> Value {
        let status = match self.status(now) {
            "Created" => "Pending",
            "Stopped" => "Failed",
            other => other,
        };
        let events: Vec<_> = self.course.events.iter().map(|event| event.describe(now)).collect();
        let (from, to) = if self.creator.rolls_back() { ("42", "41") } else { ("41", "42") };
        let target = json!({
            "deploymentId": self.id, "targetId": self.target_id(), "status": status, "lifecycleEvents": events,
            "lambdaFunctionInfo": {
                "functionName": self.origin.function, "functionAlias": "live", "currentVersion": from,
                "targetVersion": to, "targetVersionWeight": f64::from(self.course.weight(now)),
            },
        });
        json!({"deploymentTargetType": "LambdaTarget", "lambdaTarget": target})
    }
}

impl Creator {
    fn rolls_back(self) -> bool {
        matches!(self, Self::CloudFormationRollback | Self::CodeDeployRollback)
    }

    fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::CloudFormation => "CloudFormation",
            Self::CloudFormationRollback => "CloudFormationRollback",
            Self::CodeDeployRollback => "codeDeployRollback",
        }
    }
}

/// A time in the JSON protocol.
#[expect(clippy::cast_precision_loss, reason = "a time of this century")]
pub fn seconds(millis: i64) -> f64 {
    millis as f64 / 1000.0
}

/// Leaves out the members without a value.
pub fn without_nulls(value: &Value) -> Value {
    let members = value.as_object().expect("an object").iter().filter(|(_, value)| !value.is_null());
    members.map(|(name, value)| (name.clone(), value.clone())).collect::<Map<_, _>>().into()
}
