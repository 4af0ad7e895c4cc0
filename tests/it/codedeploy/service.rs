//! The groups, deployments and alarms, and the calls of the two services.

use super::Refusal;
use super::course::Outcome;
use super::deployment::{Creator, Deployment, Origin, seconds, without_nulls};
use super::shift::{Fires, Routing, Shift};
use serde_json::{Map, Value, json};

type Answered = Result<Value, Refusal>;

/// The actions of CodeDeploy, then those of CloudWatch.
pub const ACTIONS: [&str; 8] = [
    "GetDeploymentGroup",
    "ListDeployments",
    "BatchGetDeployments",
    "ListDeploymentTargets",
    "BatchGetDeploymentTargets",
    "GetDeploymentConfig",
    "StopDeployment",
    "DescribeAlarms",
];
/// Most ids in a call for several deployments or targets.
const BATCH_LIMIT: usize = 25;
/// Most names in `DescribeAlarms`.
const ALARM_LIMIT: usize = 100;

/// What the services know. Times are milliseconds since 1970.
#[derive(Debug, Default)]
pub struct Shifts {
    groups: Vec<(Origin, Shift)>,
    deployments: Vec<Deployment>,
    ids: usize,
}

/// How a deployment ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeploymentEnd {
    pub at: i64,
    /// Error code and message.
    pub failure: Option<(&'static str, String)>,
}

fn refuse<T>(code: &str, message: &str) -> Result<T, Refusal> {
    Err((400, code.to_owned(), message.to_owned()))
}

fn texts(request: &Value, name: &str) -> Vec<String> {
    let items = request[name].as_array().into_iter().flatten();
    items.filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

impl Shifts {
    pub fn add_group(&mut self, origin: &Origin, shift: &Shift, now: i64) {
        if self.groups.iter().any(|(known, _)| known.group == origin.group) {
            return;
        }
        self.groups.push((origin.clone(), shift.clone()));
        if shift.is_busy {
            let other = Shift { alarms: Vec::new(), before: None, routing: Routing::Linear(1, 60), ..shift.clone() };
            self.begin(origin.clone(), Creator::User, &other, now);
        }
    }

    /// Begins a deployment; returns its id.
    pub fn begin(&mut self, origin: Origin, creator: Creator, shift: &Shift, at: i64) -> String {
        let id = self.next_id();
        self.deployments.push(Deployment::new(id.clone(), origin, creator, shift, at));
        if self.end(&id).failure.is_some() {
            self.take_back(&id);
        }
        id
    }

    fn next_id(&mut self) -> String {
        self.ids += 1;
        format!("d-{:09}", self.ids)
    }

    /// Drops the deployments of a rollback that has not begun: another end takes its place.
    pub fn forget_rollback(&mut self, stack: &str, now: i64) {
        let is_to_come = |it: &Deployment| it.creator == Creator::CloudFormationRollback && it.created > now;
        self.deployments.retain(|it| it.origin.stack != stack || !is_to_come(it));
    }

    pub fn end(&self, id: &str) -> DeploymentEnd {
        let found = self.deployments.iter().find(|it| it.id == id).expect("the deployment was begun");
        let failure = match &found.course.outcome {
            Outcome::Succeeded => None,
            Outcome::Failed(code, message) | Outcome::Stopped(code, message) => Some((*code, message.clone())),
        };
        DeploymentEnd { at: found.course.end, failure }
    }

    /// Gives a deployment that fails another one that takes it back at its end.
    fn take_back(&mut self, id: &str) {
        let new = self.next_id();
        let failed = self.deployments.iter_mut().find(|it| it.id == id).expect("the deployment was begun");
        let rollback = failed.rollback_id.get_or_insert(new).clone();
        let (origin, shift, end) = (failed.origin.clone(), failed.shift.at_once(), failed.course.end);
        self.deployments.retain(|it| it.id != rollback);
        self.deployments.push(Deployment::new(rollback, origin, Creator::CodeDeployRollback, &shift, end));
    }

    /// Begins a deployment that takes back one that succeeded, because its stack is rolled back.
    pub fn roll_back(&mut self, id: &str, at: i64) {
        let done = self.deployments.iter().find(|it| it.id == id).expect("the deployment was begun");
        let (origin, shift) = (done.origin.clone(), done.shift.at_once());
        self.begin(origin, Creator::CloudFormationRollback, &shift, at);
    }

    /// Stops a deployment because its stack is rolled back from a time on.
    pub fn stop_for_stack(&mut self, id: &str, at: i64) {
        self.stop(id, at, "CLOUDFORMATION_STACK_FAILURE", "The stack failed to update.");
    }

    fn stop(&mut self, id: &str, at: i64, code: &'static str, message: &str) {
        let found = self.deployments.iter_mut().find(|it| it.id == id).expect("the deployment was begun");
        found.course.stop(at, code, message.to_owned());
        self.take_back(id);
    }

    /// The ARN of the root stack of a deployment.
    pub fn stack_of(&self, deployment: &str) -> Option<String> {
        self.deployments.iter().find(|it| it.id == deployment).map(|it| it.origin.stack.clone())
    }

    fn shifts_of<'a>(&'a self, stack: &'a str, parents: &'a [String]) -> impl Iterator<Item = &'a Shift> {
        let groups =
            self.groups.iter().filter(move |(origin, shift)| origin.stack == stack && shift.parents == parents);
        groups.map(|(_, shift)| shift)
    }

    /// The processed template of the root stack, or of a nested one by its logical ids. `None` without aliases.
    pub fn template(&self, stack: &str, parents: &[String]) -> Option<Value> {
        let resources: Map<_, _> = self.shifts_of(stack, parents).flat_map(Shift::template).collect();
        (!resources.is_empty()).then(|| json!({"Resources": resources}))
    }

    /// The resources of a stack with their types.
    pub fn resources(&self, stack: &str, parents: &[String]) -> Vec<(String, &'static str)> {
        let mut resources: Vec<_> = self.shifts_of(stack, parents).flat_map(Shift::resources).collect();
        resources.sort_unstable();
        resources.dedup();
        resources
    }

    /// Carries out a call at a time.
    pub fn handle(&mut self, action: &str, request: &Value, now: i64) -> Answered {
        match action {
            "GetDeploymentGroup" => self.get_deployment_group(request),
            "ListDeployments" => self.list_deployments(request, now),
            "BatchGetDeployments" => self.batch_get_deployments(request, now),
            "ListDeploymentTargets" => self.list_deployment_targets(request, now),
            "BatchGetDeploymentTargets" => self.batch_get_deployment_targets(request, now),
            "GetDeploymentConfig" => self.get_deployment_config(request),
            "StopDeployment" => self.stop_deployment(request, now),
            "DescribeAlarms" => self.describe_alarms(request, now),
            other => refuse("UnknownOperationException", other),
        }
    }

    fn group(&self, request: &Value) -> Result<&(Origin, Shift), Refusal> {
        let mut groups = self.groups.iter().filter(|(origin, _)| request["applicationName"] == *origin.application);
        let mut groups = groups.by_ref().peekable();
        if groups.peek().is_none() {
            return refuse("ApplicationDoesNotExistException", "no such application");
        }
        let missing = || refuse("DeploymentGroupDoesNotExistException", "no such deployment group");
        groups.find(|(origin, _)| request["deploymentGroupName"] == *origin.group).map_or_else(missing, Ok)
    }

    fn get_deployment_group(&self, request: &Value) -> Answered {
        let (origin, shift) = self.group(request)?;
        let alarms: Vec<_> = shift.alarms.iter().map(|alarm| json!({"name": alarm.name})).collect();
        Ok(json!({"deploymentGroupInfo": {
            "applicationName": origin.application, "deploymentGroupName": origin.group, "computePlatform": "Lambda",
            "deploymentConfigName": shift.configuration(),
            "alarmConfiguration": {"enabled": !alarms.is_empty(), "ignorePollAlarmFailure": false, "alarms": alarms},
        }}))
    }

    fn list_deployments(&self, request: &Value, now: i64) -> Answered {
        let (origin, _) = self.group(request)?;
        let statuses = texts(request, "includeOnlyStatuses");
        let since = request["createTimeRange"]["start"].as_f64();
        let is_listed = |it: &&Deployment| {
            let has_status = statuses.is_empty() || statuses.iter().any(|status| status == it.status(now));
            let is_in_range = since.is_none_or(|since| seconds(it.created) >= since);
            it.origin.group == origin.group && it.created <= now && has_status && is_in_range
        };
        let mut listed: Vec<_> = self.deployments.iter().filter(is_listed).collect();
        listed.sort_by_key(|it| std::cmp::Reverse(it.created));
        Ok(json!({"deployments": listed.iter().map(|it| &it.id).collect::<Vec<_>>()}))
    }

    fn batch_get_deployments(&self, request: &Value, now: i64) -> Answered {
        let ids = texts(request, "deploymentIds");
        match ids.len() {
            0 => return refuse("DeploymentIdRequiredException", "no id"),
            1..=BATCH_LIMIT => {}
            _ => return refuse("BatchLimitExceededException", "more than 25 ids"),
        }
        let found = self.deployments.iter().filter(|it| it.created <= now && ids.contains(&it.id));
        Ok(json!({"deploymentsInfo": found.map(|it| it.describe(now)).collect::<Vec<_>>()}))
    }

    fn deployment(&self, request: &Value, now: i64) -> Result<&Deployment, Refusal> {
        let found = self.deployments.iter().find(|it| request["deploymentId"] == *it.id && it.created <= now);
        found.map_or_else(|| refuse("DeploymentDoesNotExistException", "no such deployment"), Ok)
    }

    fn list_deployment_targets(&self, request: &Value, now: i64) -> Answered {
        let deployment = self.deployment(request, now)?;
        match deployment.has_started(now) {
            true => Ok(json!({"targetIds": [deployment.target_id()]})),
            false => refuse("DeploymentNotStartedException", "the deployment has not started"),
        }
    }

    fn batch_get_deployment_targets(&self, request: &Value, now: i64) -> Answered {
        let deployment = self.deployment(request, now)?;
        match texts(request, "targetIds").as_slice() {
            [] => refuse("DeploymentTargetIdRequiredException", "no id"),
            [id] if *id == deployment.target_id() => Ok(json!({"deploymentTargets": [deployment.target(now)]})),
            _ => refuse("DeploymentTargetDoesNotExistException", "no such target"),
        }
    }

    fn get_deployment_config(&self, request: &Value) -> Answered {
        let found = self.groups.iter().find(|(_, shift)| request["deploymentConfigName"] == *shift.configuration());
        let Some((_, shift)) = found else {
            return refuse("DeploymentConfigDoesNotExistException", "no such configuration");
        };
        let routing = match shift.routing {
            Routing::AllAtOnce => json!({"type": "AllAtOnce"}),
            Routing::Canary(percent, minutes) => json!({
                "type": "TimeBasedCanary",
                "timeBasedCanary": {"canaryPercentage": percent, "canaryInterval": minutes},
            }),
            Routing::Linear(percent, minutes) => json!({
                "type": "TimeBasedLinear",
                "timeBasedLinear": {"linearPercentage": percent, "linearInterval": minutes},
            }),
        };
        Ok(json!({"deploymentConfigInfo": {
            "deploymentConfigName": shift.configuration(), "computePlatform": "Lambda", "trafficRoutingConfig": routing,
        }}))
    }

    /// With `autoRollbackEnabled`, as the executable sends it.
    fn stop_deployment(&mut self, request: &Value, now: i64) -> Answered {
        let found = self.deployment(request, now)?;
        if found.is_over(now) {
            return refuse("DeploymentAlreadyCompletedException", "the deployment is over");
        }
        if request["autoRollbackEnabled"] != true {
            return refuse("InvalidAutoRollbackConfigException", "the test stops with a rollback alone");
        }
        let id = found.id.clone();
        self.stop(&id, now, "MANUAL_STOP", "The deployment was stopped by a user.");
        Ok(without_nulls(&json!({"status": "Pending", "statusMessage": "No more traffic will be shifted."})))
    }

    fn describe_alarms(&self, request: &Value, now: i64) -> Answered {
        let names = texts(request, "AlarmNames");
        if names.len() > ALARM_LIMIT {
            return refuse("ValidationError", "more than 100 names");
        }
        let alarms: Vec<_> = names.iter().filter_map(|name| self.alarm(name, now)).collect();
        Ok(json!({"MetricAlarms": alarms, "CompositeAlarms": []}))
    }

    /// An alarm fires for good at its second of the first deployment that it watches.
    fn alarm(&self, name: &str, now: i64) -> Option<Value> {
        let fires = |shift: &Shift| shift.alarms.iter().find(|alarm| alarm.name == name).map(|alarm| alarm.fires);
        let known = self.groups.iter().filter_map(|(_, shift)| fires(shift)).collect::<Vec<_>>();
        let deployed = self.deployments.iter().filter_map(|it| match fires(&it.shift)? {
            Fires::Never | Fires::Before => None,
            Fires::At(second) => Some(it.created + 1000 * second),
        });
        let has_fired = known.contains(&Fires::Before) || deployed.min().is_some_and(|at| at <= now);
        let (state, reason) = match has_fired {
            true => ("ALARM", "Threshold Crossed: 1 datapoint [7.0] was greater than the threshold (1.0)."),
            false => ("OK", "Threshold Crossed: no datapoints were received."),
        };
        (!known.is_empty()).then(|| json!({"AlarmName": name, "StateValue": state, "StateReason": reason}))
    }
}
