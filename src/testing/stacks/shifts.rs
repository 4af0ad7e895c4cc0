//! CodeDeploy and CloudWatch alarms, as the operations of the fake use them. Seconds count from the first execution of a
//! change set.

use super::fault::Op;
use super::{BEGIN, FakeStacks, State};
use crate::facts::{AlarmState, HookState, Routing, ServiceError, ShiftAlarm, ShiftError, ShiftState, Timestamp};
use crate::shift::{Creator, Deployment, Deployments, Group, GroupName, LifecycleEvent, Target};
use std::collections::BTreeMap;
use std::time::Duration;

const CONFIGURATION: &str = "CodeDeployDefault.LambdaCanary10Percent5Minutes";

/// What the fake knows of CodeDeploy.
#[derive(Default)]
pub struct Shifts {
    /// Processed templates by the name of their stack.
    templates: BTreeMap<String, String>,
    physical_ids: BTreeMap<String, String>,
    deployments: Vec<FakeShift>,
    alarms: Vec<FakeAlarm>,
    /// Alarms of every group.
    alarm_names: Vec<String>,
    routing: Option<Routing>,
    busy: bool,
    /// Deployments that were stopped, each with its time.
    stopped: BTreeMap<String, Timestamp>,
}

/// A deployment of one alias.
#[derive(Debug, Clone)]
pub struct FakeShift {
    pub id: &'static str,
    pub function: &'static str,
    pub creator: Creator,
    /// Versions from and to.
    pub versions: (&'static str, &'static str),
    /// Second at which it is created.
    pub at: u64,
    /// Weights, each with its second.
    pub weights: Vec<(u64, u8)>,
    /// A hook with its name, its seconds and how it ends.
    pub hooks: Vec<(&'static str, u64, u64, HookState)>,
    /// Second and state of its end.
    pub end: (u64, ShiftState),
    pub error: Option<ShiftError>,
    /// The deployment that takes it back after its end.
    pub rollback_id: Option<&'static str>,
}

struct FakeAlarm {
    name: String,
    /// From when it is in ALARM.
    fires: Option<u64>,
}

/// A canary of five minutes that succeeds, for a function that is called like the group.
pub fn canary(function: &'static str) -> FakeShift {
    FakeShift {
        id: "d-CANARY001",
        function,
        creator: Creator::CloudFormation,
        versions: ("41", "42"),
        at: 12,
        weights: vec![(30, 10), (330, 100)],
        hooks: Vec::new(),
        end: (331, ShiftState::Succeeded),
        error: None,
        rollback_id: None,
    }
}

impl FakeStacks {
    /// Aliases of a stack that CodeDeploy shifts, one for each function.
    pub fn shifts_aliases(&self, stack: &str, functions: &[&str]) {
        let mut state = self.lock();
        let aliases = functions.iter().map(|function| {
            format!(
                "  {function}DeploymentGroup: {{Type: AWS::CodeDeploy::DeploymentGroup}}
  {function}Aliaslive:
    Type: AWS::Lambda::Alias
    UpdatePolicy:
      CodeDeployLambdaAliasUpdate:
        ApplicationName: !Ref ServerlessDeploymentApplication
        DeploymentGroupName: !Ref {function}DeploymentGroup
"
            )
        });
        let application = "  ServerlessDeploymentApplication: {Type: AWS::CodeDeploy::Application}\n";
        let template = format!("Resources:\n{application}{}", aliases.collect::<String>());
        state.shifts.templates.insert(stack.to_owned(), template);
        let ids = &mut state.shifts.physical_ids;
        ids.insert("ServerlessDeploymentApplication".to_owned(), "app-1".to_owned());
        ids.extend(functions.iter().map(|function| (format!("{function}DeploymentGroup"), (*function).to_owned())));
        state.shifts.routing = Some(Routing::Canary { percent: 10, interval: Duration::from_secs(300) });
    }

    /// The processed template of a stack, once a change set has it.
    pub fn has_template(&self, stack: &str, template: String) {
        self.lock().shifts.templates.insert(stack.to_owned(), template);
    }

    pub fn shifts(&self, shift: FakeShift) {
        self.lock().shifts.deployments.push(shift);
    }

    pub fn shifts_by(&self, routing: Routing) {
        self.lock().shifts.routing = Some(routing);
    }

    /// The groups have an alarm, which fires at a second.
    pub fn has_alarm(&self, name: &str, fires: Option<u64>) {
        let mut state = self.lock();
        state.shifts.alarm_names.push(name.to_owned());
        state.shifts.alarms.push(FakeAlarm { name: name.to_owned(), fires });
    }

    /// The groups name an alarm that does not exist.
    pub fn lacks_alarm(&self, name: &str) {
        self.lock().shifts.alarm_names.push(name.to_owned());
    }

    /// Another deployment runs in every group.
    pub fn has_busy_groups(&self) {
        self.lock().shifts.busy = true;
    }

    /// The deployments that were stopped.
    pub fn stopped_shifts(&self) -> Vec<String> {
        self.lock().shifts.stopped.keys().cloned().collect()
    }
}

impl State {
    /// The processed template of a stack, by its ARN or its name.
    /// Before an execution, only a change set has it.
    pub fn processed_template(&self, stack: &str, change_set: Option<&str>) -> Result<String, ServiceError> {
        let id = match change_set.map(|change_set| self.change_sets.iter().find(|it| it.id == change_set)) {
            Some(Some(found)) => &found.stack,
            Some(None) => return Err(Op::Template.refuses(stack, "ChangeSetNotFound", "there is no such change set")),
            None => stack,
        };
        let name = self.stacks.iter().find(|it| it.id == id).map_or(id, |it| it.name.as_str());
        let is_new = change_set.is_some() || self.calls.iter().any(|(_, op)| *op == Op::Execute);
        let template = self.shifts.templates.get(name).filter(|_| is_new);
        Ok(template.cloned().unwrap_or_else(|| "Resources: {}\n".to_owned()))
    }

    pub fn physical_ids(&self) -> BTreeMap<String, String> {
        self.shifts.physical_ids.clone()
    }

    fn at(&self, second: u64) -> Timestamp {
        let executed = self.calls.iter().find(|(_, op)| *op == Op::Execute).map(|(at, _)| *at);
        executed.unwrap_or(BEGIN) + Duration::from_secs(second)
    }

    fn shifts_of(&self, group: &GroupName) -> Vec<&FakeShift> {
        let all = self.shifts.deployments.iter();
        all.filter(|it| it.function == group.group && self.at(it.at) <= self.now).collect()
    }

    /// When and how a deployment ends, as planned or because it was stopped.
    fn end_of(&self, shift: &FakeShift) -> (Timestamp, ShiftState) {
        let stopped = self.shifts.stopped.get(shift.id).map(|time| (*time, ShiftState::Stopped));
        stopped.unwrap_or_else(|| (self.at(shift.end.0), shift.end.1.clone()))
    }

    fn describe_shift(&self, shift: &FakeShift) -> Deployment {
        let (end, state) = self.end_of(shift);
        let is_over = end <= self.now;
        Deployment {
            id: shift.id.to_owned(),
            state: if is_over { state } else { ShiftState::Running },
            creator: shift.creator.clone(),
            configuration: CONFIGURATION.to_owned(),
            created: self.at(shift.at),
            started: Some(self.at(shift.at)),
            completed: is_over.then_some(end),
            error: shift.error.clone().filter(|_| is_over),
            rollback_id: shift.rollback_id.filter(|_| is_over).map(str::to_owned),
        }
    }

    /// Stops a deployment that is not over.
    fn stop_shift(&mut self, id: &str) {
        let found = self.shifts.deployments.iter().find(|it| it.id == id);
        if found.is_some_and(|shift| self.end_of(shift).0 > self.now) {
            self.shifts.stopped.insert(id.to_owned(), self.now);
        }
    }

    fn target_of(&self, shift: &FakeShift) -> Target {
        // After its end nothing changes.
        let now = self.now.min(self.end_of(shift).0);
        let is_past = |second: &u64| self.at(*second) <= now;
        let weight = shift.weights.iter().rfind(|(second, _)| is_past(second)).map_or(0, |(_, weight)| *weight);
        let mut events: Vec<_> = shift.hooks.iter().map(|hook| self.hook_event(hook, now)).collect();
        let shifting = shift.weights.first().map(|(second, _)| *second).filter(is_past);
        events.push(LifecycleEvent {
            name: "AllowTraffic".to_owned(),
            state: if shifting.is_some() { HookState::Running } else { HookState::Pending },
            began: shifting.map(|second| self.at(second)),
            ended: None,
            message: None,
            log_tail: None,
        });
        Target {
            function: shift.function.to_owned(),
            alias: "live".to_owned(),
            from: shift.versions.0.to_owned(),
            to: shift.versions.1.to_owned(),
            weight,
            events,
        }
    }

    fn hook_event(
        &self,
        (name, from, to, ends): &(&'static str, u64, u64, HookState),
        now: Timestamp,
    ) -> LifecycleEvent {
        let (has_begun, has_ended) = (self.at(*from) <= now, self.at(*to) <= now);
        let state = match (has_begun, has_ended) {
            (_, true) => ends.clone(),
            (true, false) => HookState::Running,
            (false, false) => HookState::Pending,
        };
        let is_bad = state == HookState::Failed;
        LifecycleEvent {
            name: (*name).to_owned(),
            state,
            began: has_begun.then(|| self.at(*from)),
            ended: has_ended.then(|| self.at(*to)),
            message: is_bad.then(|| "ScriptFailed: the hook answered Failed".to_owned()),
            log_tail: is_bad.then(|| "AssertionError: 500 != 200".to_owned()),
        }
    }

    fn alarm(&self, alarm: &FakeAlarm) -> ShiftAlarm {
        let is_firing = alarm.fires.is_some_and(|second| self.at(second) <= self.now);
        let (state, reason) = match is_firing {
            true => (AlarmState::Alarm, Some("Threshold Crossed: 3 errors in 1 minute".to_owned())),
            false => (AlarmState::Ok, None),
        };
        ShiftAlarm { name: alarm.name.clone(), state, reason }
    }
}

impl Deployments for FakeStacks {
    async fn group(&self, group: &GroupName) -> Result<Option<Group>, ServiceError> {
        self.call(Op::Group, &group.group, |state| {
            let alarms = state.shifts.alarm_names.clone();
            Ok(Some(Group { alarms }))
        })
    }

    async fn deployments(&self, group: &GroupName, since: Timestamp) -> Result<Vec<String>, ServiceError> {
        self.call(Op::ListDeployments, &group.group, |state| {
            let found = state.shifts_of(group).into_iter().filter(|it| state.at(it.at) >= since);
            Ok(found.rev().map(|it| it.id.to_owned()).collect())
        })
    }

    async fn active(&self, group: &GroupName) -> Result<Vec<String>, ServiceError> {
        self.call(Op::ListDeployments, &group.group, |state| {
            Ok(state.shifts.busy.then(|| "d-OTHER0001".to_owned()).into_iter().collect())
        })
    }

    async fn describe(&self, ids: &[String]) -> Result<Vec<Deployment>, ServiceError> {
        self.call(Op::DescribeDeployments, &ids.join(","), |state| {
            assert!(ids.len() <= 25, "the service takes 25");
            let found = state.shifts.deployments.iter().filter(|it| ids.iter().any(|id| id == it.id));
            Ok(found.map(|it| state.describe_shift(it)).collect())
        })
    }

    async fn target(&self, deployment: &str) -> Result<Option<Target>, ServiceError> {
        self.call(Op::Target, deployment, |state| {
            let found = state.shifts.deployments.iter().find(|it| it.id == deployment);
            Ok(found.map(|it| state.target_of(it)))
        })
    }

    async fn routing(&self, configuration: &str) -> Result<Option<Routing>, ServiceError> {
        self.call(Op::Routing, configuration, |state| Ok(state.shifts.routing))
    }

    async fn alarms(&self, names: &[String]) -> Result<Vec<ShiftAlarm>, ServiceError> {
        self.call(Op::Alarms, &names.join(","), |state| {
            let found = state.shifts.alarms.iter().filter(|it| names.contains(&it.name));
            Ok(found.map(|it| state.alarm(it)).collect())
        })
    }

    async fn stop(&self, deployment: &str) -> Result<(), ServiceError> {
        self.call(Op::StopDeployment, deployment, |state| {
            state.stop_shift(deployment);
            Ok(())
        })
    }
}
