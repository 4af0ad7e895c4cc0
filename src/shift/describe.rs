//! What CodeDeploy and CloudWatch say, put together as one shift.

use super::alias::{AliasRow, Known, is_final};
use super::console::deployment_page;
use super::deployments::{Deployment, LifecycleEvent, Target};
use super::schedule;
use crate::facts::{ShiftHook, ShiftState, Timestamp, TrafficShift};

const SHIFT: &str = "AllowTraffic";
/// Creators of a deployment that takes another one back.
const ROLLBACKS: [&str; 2] = ["CloudFormationRollback", "codeDeployRollback"];

/// The shift of an alias. `None` before its deployment and its target are known.
pub fn shift(row: &AliasRow, known: &Known, now: Timestamp) -> Option<TrafficShift> {
    let (deployment, target) = (known.deployment.as_ref()?, known.target.as_ref()?);
    let routing = known.routing.found().copied();
    let began = shifts_since(deployment, target);
    let is_over = is_final(&deployment.state);
    let expected_end = routing.zip(began).map(|(routing, began)| began + schedule::duration(routing));
    Some(TrafficShift {
        stack_id: row.stack_id.clone(),
        path: row.path.clone(),
        function: target.function.clone(),
        alias: target.alias.clone(),
        from: target.from.clone(),
        to: target.to.clone(),
        deployment_id: deployment.id.clone(),
        configuration: deployment.configuration.clone(),
        routing,
        is_rollback: ROLLBACKS.contains(&deployment.creator.as_str()),
        is_taken_back: deployment.rollback_id.is_some(),
        state: deployment.state.clone(),
        weight: weight(deployment, target),
        steps: steps(deployment, target, known, now),
        hooks: target.events.iter().filter(|event| event.name != SHIFT).map(hook).collect(),
        alarms: known.alarms.clone(),
        began: deployment.started.or(Some(deployment.created)),
        ended: deployment.completed.filter(|_| is_over),
        expected_end: expected_end.filter(|_| !is_over),
        error: deployment.error.clone(),
        console: deployment_page(&row.stack_id, &deployment.id),
        at: now,
    })
}

fn shifts_since(deployment: &Deployment, target: &Target) -> Option<Timestamp> {
    let event = target.events.iter().find(|event| event.name == SHIFT);
    event.and_then(|event| event.began).or(deployment.started)
}

/// A deployment that failed or was stopped has taken all traffic back.
fn weight(deployment: &Deployment, target: &Target) -> u8 {
    match deployment.state {
        ShiftState::Succeeded => 100,
        ShiftState::Failed | ShiftState::Stopped => 0,
        ShiftState::Waiting | ShiftState::Running | ShiftState::Other(_) => target.weight,
    }
}

/// The steps of the configuration up to the weight that was reached, then the end. The weight alone if the configuration
/// is not known.
fn steps(deployment: &Deployment, target: &Target, known: &Known, now: Timestamp) -> Vec<(Timestamp, u8)> {
    let Some(began) = target.events.iter().find(|event| event.name == SHIFT).and_then(|event| event.began) else {
        return Vec::new();
    };
    let end = deployment.completed.unwrap_or(now);
    let reached = if deployment.state == ShiftState::Succeeded { 100 } else { target.weight.max(1) };
    let mut steps: Vec<_> = match known.routing.found() {
        Some(routing) => schedule::weights(*routing, began),
        None => vec![(began, target.weight)],
    };
    steps.retain(|(time, weight)| *time <= end && *weight <= reached);
    if is_final(&deployment.state) {
        steps.push((end, weight(deployment, target)));
    }
    steps.dedup_by_key(|(_, weight)| *weight);
    steps
}

fn hook(event: &LifecycleEvent) -> ShiftHook {
    ShiftHook {
        event: event.name.clone(),
        state: event.state.clone(),
        began: event.began,
        ended: event.ended,
        message: event.message.clone(),
        log_tail: event.log_tail.clone(),
    }
}
