//! What would stop a traffic shift at once, found before the change set is executed.

use super::context::Context;
use super::phase::{Run, Target};
use super::stacks::{self, ChangeSetKind, Stacks};
use crate::facts::resource_types::{ALIAS, STACK};
use crate::facts::{
    AlarmState, ChangeAction, DeployEvent, DeployWarning, Failure, FailureKind, Plan, Problem, Reason, ServiceError,
    ShiftProblem, StackChange,
};
use crate::shift::{self, AliasPolicy, Deployments, GroupName, Sought, actions, alias_policies};
use std::collections::BTreeMap;

/// A stack with aliases that the plan changes.
struct Site<'p> {
    /// ARN, and the change set if it has the new template.
    stack: &'p str,
    change_set: Option<&'p str>,
    changes: Vec<&'p StackChange>,
}

/// What is wrong with the shift of an alias.
enum Found {
    Problem(ShiftProblem),
    /// It could not be checked. A problem only where a healthy shift is required.
    Unchecked(Unchecked),
}

/// Why a shift could not be checked.
#[derive(Debug, Clone)]
enum Unchecked {
    Denied(String),
    /// The call failed otherwise: the service may be busy.
    Failed(String),
    /// The template leaves the name of the group to CloudFormation.
    ComputedGroup,
    UnknownAlarm(String),
}

/// Warns of shifts that would be stopped at once, or refuses them; says which aliases do not shift this time.
pub async fn check<S: Stacks>(
    ctx: &Context<'_, S>,
    run: &mut Run,
    target: &Target,
    plan: &Plan,
) -> Result<(), Failure> {
    let (mut first, mut found) = (Vec::new(), Vec::new());
    for site in sites(target, plan) {
        let policies =
            match read(ctx, run, stacks::actions::TEMPLATE, ctx.stacks.template(site.stack, site.change_set)).await {
                Ok(template) => alias_policies(&template),
                Err(unchecked) => {
                    let changed = site.changes.iter().filter(|change| !is_first(target, change));
                    found.extend(changed.map(|change| (*change, Found::Unchecked(unchecked.clone()))));
                    continue;
                }
            };
        let policy = |change: &StackChange| policies.iter().find(|policy| policy.alias == change.logical_id);
        let shifted = site.changes.iter().filter_map(|change| Some((*change, policy(change)?)));
        let (new, changed): (Vec<_>, Vec<_>) = shifted.partition(|(change, _)| is_first(target, change));
        first.extend(new.into_iter().map(|(change, _)| change.path()));
        if !changed.is_empty() {
            found.extend(check_site(ctx, run, site.stack, &changed).await);
        }
    }
    if !first.is_empty() {
        ctx.report(run, DeployEvent::NothingShifts { aliases: first });
    }
    warn_or_refuse(ctx, found)
}

/// Whether an alias is created: then there is no version to shift from.
fn is_first(target: &Target, change: &StackChange) -> bool {
    change.action == ChangeAction::Add || target.kind == ChangeSetKind::Create
}

/// The stack of the change set, and the nested stacks that exist.
fn sites<'p>(target: &'p Target, plan: &'p Plan) -> Vec<Site<'p>> {
    let aliases = |parents: &[String]| -> Vec<&StackChange> {
        let changes = plan.changes.iter().filter(|change| change.resource_type == ALIAS && change.parents == parents);
        changes.collect()
    };
    let root = Site { stack: &target.stack, change_set: Some(&target.change_set), changes: aliases(&[]) };
    let nested = plan.changes.iter().filter(|change| change.resource_type == STACK).filter_map(|change| {
        let parents: Vec<_> = change.parents.iter().chain([&change.logical_id]).cloned().collect();
        Some(Site { stack: change.physical_id.as_deref()?, change_set: None, changes: aliases(&parents) })
    });
    [root].into_iter().chain(nested).filter(|site| !site.changes.is_empty()).collect()
}

async fn check_site<'p, S: Stacks>(
    ctx: &Context<'_, S>,
    run: &mut Run,
    stack: &str,
    shifted: &[(&'p StackChange, &AliasPolicy)],
) -> Vec<(&'p StackChange, Found)> {
    let ids = read(ctx, run, stacks::actions::PHYSICAL_IDS, ctx.stacks.physical_ids(stack)).await;
    let mut found = Vec::new();
    for (change, policy) in shifted {
        let missing = policy.missing_hooks.iter().map(|hook| ShiftProblem::MissingHook { hook: hook.clone() });
        found.extend(missing.map(|problem| (*change, Found::Problem(problem))));
        match group(policy, &ids) {
            Ok(Some(group)) => {
                found.extend(busy(ctx, run, &group).await.map(|found| (*change, found)));
                found.extend(firing(ctx, run, &group).await.into_iter().map(|found| (*change, found)));
            }
            Ok(None) => {}
            Err(unchecked) => found.push((*change, Found::Unchecked(unchecked))),
        }
    }
    found
}

/// The group of an alias; none if this deployment creates it.
fn group(
    policy: &AliasPolicy,
    ids: &Result<BTreeMap<String, String>, Unchecked>,
) -> Result<Option<GroupName>, Unchecked> {
    let known = ids.as_ref().map_or_else(|_| policy.group(&BTreeMap::new()), |ids| policy.group(ids));
    match known {
        Sought::Found(group) => Ok(Some(group)),
        Sought::Absent => Err(Unchecked::ComputedGroup),
        Sought::Unknown => ids.as_ref().map(|_| None).map_err(Clone::clone),
    }
}

async fn busy<S: Stacks>(ctx: &Context<'_, S>, run: &mut Run, group: &GroupName) -> Option<Found> {
    let active = ctx.stacks.deployments().active(group);
    match read(ctx, run, actions::LIST_DEPLOYMENTS, active).await {
        Ok(active) => {
            let deployment = active.into_iter().next()?;
            Some(Found::Problem(ShiftProblem::BusyGroup { group: group.group.clone(), deployment }))
        }
        Err(unchecked) => Some(Found::Unchecked(unchecked)),
    }
}

async fn firing<S: Stacks>(ctx: &Context<'_, S>, run: &mut Run, group: &GroupName) -> Vec<Found> {
    let deployments = ctx.stacks.deployments();
    let names = match read(ctx, run, actions::DESCRIBE_GROUP, deployments.group(group)).await {
        Ok(group) => group.map(|group| group.alarms).unwrap_or_default(),
        Err(unchecked) => return vec![Found::Unchecked(unchecked)],
    };
    if names.is_empty() {
        return Vec::new();
    }
    let alarms = match read(ctx, run, actions::DESCRIBE_ALARMS, shift::alarms(deployments, &names)).await {
        Ok(alarms) => alarms,
        Err(unchecked) => return vec![Found::Unchecked(unchecked)],
    };
    let found = alarms.into_iter().filter_map(|alarm| match alarm.state {
        AlarmState::Alarm => {
            Some(Found::Problem(ShiftProblem::FiringAlarm { alarm: alarm.name, reason: alarm.reason }))
        }
        AlarmState::Unknown => Some(Found::Unchecked(Unchecked::UnknownAlarm(alarm.name))),
        AlarmState::Ok | AlarmState::InsufficientData => None,
    });
    found.collect()
}

/// The answer of a call that a check needs. A failure is reported as missing detail.
async fn read<S, T>(
    ctx: &Context<'_, S>,
    run: &mut Run,
    action: &str,
    call: impl Future<Output = Result<T, ServiceError>>,
) -> Result<T, Unchecked> {
    if !ctx.may(run, action) {
        return Err(Unchecked::Denied(action.to_owned()));
    }
    let error = match call.await {
        Ok(answer) => return Ok(answer),
        Err(error) => error,
    };
    let action = error.operation.to_owned();
    let is_denied = error.reason == Reason::AccessDenied;
    let unchecked = if is_denied { Unchecked::Denied(action) } else { Unchecked::Failed(action) };
    ctx.detail(run, Err::<(), _>(error));
    Err(unchecked)
}

fn warn_or_refuse<S>(ctx: &Context<'_, S>, found: Vec<(&StackChange, Found)>) -> Result<(), Failure> {
    if ctx.options.gates.unhealthy_shift {
        let problems: Vec<_> = found.iter().map(|(change, found)| refusal(change, found)).collect();
        return if problems.is_empty() { Ok(()) } else { Err(Failure { kind: FailureKind::Refused, problems }) };
    }
    for (change, found) in found {
        if let Found::Problem(problem) = found {
            ctx.warn(&change.path(), DeployWarning::UnhealthyShift { alias: change.path(), problem });
        }
    }
    Ok(())
}

fn refusal(change: &StackChange, found: &Found) -> Problem {
    let alias = change.path();
    let (message, remedy) = match found {
        Found::Problem(problem) => {
            (format!("the traffic shift of {alias} would be stopped: {problem}"), "repair that first".to_owned())
        }
        Found::Unchecked(unchecked) => {
            (format!("the traffic shift of {alias} could not be checked: {}", unchecked.why()), unchecked.remedy())
        }
    };
    let hint = Some(format!("{remedy}, or deploy without --refuse-unhealthy-shift"));
    Problem { message, hint, place: change.place.clone() }
}

impl Unchecked {
    fn why(&self) -> String {
        match self {
            Self::Denied(action) | Self::Failed(action) => format!("{action} failed"),
            Self::ComputedGroup => "the template does not name its deployment group by Ref or by text".to_owned(),
            Self::UnknownAlarm(alarm) => format!("CloudWatch gives no state of the alarm {alarm}"),
        }
    }

    fn remedy(&self) -> String {
        match self {
            Self::Denied(action) => format!("allow {action}"),
            Self::Failed(_) => "deploy again".to_owned(),
            Self::ComputedGroup => "name the group by Ref".to_owned(),
            Self::UnknownAlarm(_) => "create the alarm, or remove it from the deployment group".to_owned(),
        }
    }
}
