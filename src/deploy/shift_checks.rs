//! What would stop a traffic shift at once, found before the change set is executed.

use super::context::Context;
use super::phase::{Run, Target};
use super::stacks::{ChangeSetKind, Stacks};
use crate::facts::{
    AlarmState, ChangeAction, DeployEvent, DeployWarning, Failure, FailureKind, Plan, Problem, ShiftProblem,
    StackChange,
};
use crate::shift::{self, AliasPolicy, Deployments, GroupName, alias_policies};

const ALIAS: &str = "AWS::Lambda::Alias";
const STACK: &str = "AWS::CloudFormation::Stack";

/// A stack with aliases that the plan changes.
struct Site<'p> {
    /// ARN, and the change set if it has the new template.
    stack: &'p str,
    change_set: Option<&'p str>,
    changes: Vec<&'p StackChange>,
}

/// Warns of shifts that would be stopped at once, or refuses them; says which aliases do not shift this time.
pub async fn check<S: Stacks>(
    ctx: &Context<'_, S>,
    run: &mut Run,
    target: &Target,
    plan: &Plan,
) -> Result<(), Failure> {
    let (mut first, mut problems) = (Vec::new(), Vec::new());
    for site in sites(target, plan) {
        let answer = ctx.stacks.template(site.stack, site.change_set).await;
        let Some(template) = ctx.detail(run, answer) else { continue };
        let policies = alias_policies(&template);
        for change in &site.changes {
            let Some(policy) = policies.iter().find(|policy| policy.alias == change.logical_id) else { continue };
            match change.action == ChangeAction::Add || target.kind == ChangeSetKind::Create {
                true => first.push(change.path()),
                false => problems.extend(problems_of(ctx, run, site.stack, change, policy).await),
            }
        }
    }
    if !first.is_empty() {
        ctx.report(run, DeployEvent::NothingShifts { aliases: first });
    }
    settle(ctx, problems)
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

async fn problems_of<'p, S: Stacks>(
    ctx: &Context<'_, S>,
    run: &mut Run,
    stack: &str,
    change: &'p StackChange,
    policy: &AliasPolicy,
) -> Vec<(&'p StackChange, ShiftProblem)> {
    let missing = policy.missing_hooks.iter().map(|hook| ShiftProblem::MissingHook { hook: hook.clone() });
    let mut problems: Vec<_> = missing.collect();
    let answer = ctx.stacks.physical_ids(stack).await;
    let ids = ctx.detail(run, answer).unwrap_or_default();
    if let Some(group) = policy.group(&ids) {
        problems.extend(busy(ctx, run, &group).await);
        problems.extend(firing(ctx, run, &group).await);
    }
    problems.into_iter().map(|problem| (change, problem)).collect()
}

async fn busy<S: Stacks>(ctx: &Context<'_, S>, run: &mut Run, group: &GroupName) -> Option<ShiftProblem> {
    if !ctx.may(run, "codedeploy:ListDeployments") {
        return None;
    }
    let answer = ctx.stacks.deployments().active(group).await;
    let deployment = ctx.detail(run, answer)?.into_iter().next()?;
    Some(ShiftProblem::BusyGroup { group: group.group.clone(), deployment })
}

async fn firing<S: Stacks>(ctx: &Context<'_, S>, run: &mut Run, group: &GroupName) -> Vec<ShiftProblem> {
    if !ctx.may(run, "codedeploy:GetDeploymentGroup") || !ctx.may(run, "cloudwatch:DescribeAlarms") {
        return Vec::new();
    }
    let answer = ctx.stacks.deployments().group(group).await;
    let names = ctx.detail(run, answer).flatten().map(|group| group.alarms).unwrap_or_default();
    if names.is_empty() {
        return Vec::new();
    }
    let answer = shift::alarms(ctx.stacks.deployments(), &names).await;
    let alarms = ctx.detail(run, answer).unwrap_or_default();
    let firing = alarms.into_iter().filter(|alarm| alarm.state == AlarmState::Alarm);
    firing.map(|alarm| ShiftProblem::FiringAlarm { alarm: alarm.name, reason: alarm.reason }).collect()
}

fn settle<S>(ctx: &Context<'_, S>, problems: Vec<(&StackChange, ShiftProblem)>) -> Result<(), Failure> {
    if !ctx.options.gates.unhealthy_shift {
        for (change, problem) in problems {
            ctx.warn(&change.path(), DeployWarning::UnhealthyShift { alias: change.path(), problem });
        }
        return Ok(());
    }
    let refused = problems.iter().map(|(change, problem)| Problem {
        message: format!("the traffic shift of {} would be stopped: {problem}", change.path()),
        hint: Some("repair that first, or deploy without --refuse-unhealthy-shift".to_owned()),
        place: change.place.clone(),
    });
    let problems: Vec<_> = refused.collect();
    if problems.is_empty() { Ok(()) } else { Err(Failure { kind: FailureKind::Refused, problems }) }
}
