//! What CodeDeploy and CloudWatch say, put together as one shift.

use super::alias::{AliasRow, Known};
use super::console::deployment_page;
use super::deployments::{Deployment, LifecycleEvent, Target};
use super::schedule;
use crate::facts::{ShiftHook, ShiftState, Timestamp, TrafficShift};

const SHIFT: &str = "AllowTraffic";

/// The shift of an alias. `None` before its deployment and its target are known.
pub fn shift(row: &AliasRow, known: &Known, now: Timestamp) -> Option<TrafficShift> {
    let (deployment, target) = (known.deployment.as_ref()?, known.target.as_ref()?);
    let routing = known.routing.found().copied();
    let shifting_since = shifts_since(target);
    let is_over = deployment.state.is_final();
    let expected_end =
        routing.zip(shifting_since.or(deployment.started)).map(|(routing, began)| began + schedule::duration(routing));
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
        is_rollback: deployment.creator.rolls_back(),
        is_taken_back: deployment.rollback_id.is_some(),
        state: deployment.state.clone(),
        weight: weight(deployment, target),
        steps: shifting_since.map(|began| steps(deployment, target, known, began, now)).unwrap_or_default(),
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

fn shifts_since(target: &Target) -> Option<Timestamp> {
    target.events.iter().find(|event| event.name == SHIFT)?.began
}

/// A deployment that fails without a rollback leaves the traffic where it is.
fn weight(deployment: &Deployment, target: &Target) -> u8 {
    match deployment.state {
        ShiftState::Succeeded => 100,
        ShiftState::Failed | ShiftState::Stopped if deployment.rollback_id.is_some() => 0,
        ShiftState::Failed | ShiftState::Stopped | ShiftState::Waiting | ShiftState::Running | ShiftState::Other(_) => {
            target.weight
        }
    }
}

/// The steps of the configuration up to the weight that was reached, then the end. The weight alone if the configuration
/// is not known.
fn steps(
    deployment: &Deployment,
    target: &Target,
    known: &Known,
    began: Timestamp,
    now: Timestamp,
) -> Vec<(Timestamp, u8)> {
    let end = deployment.completed.unwrap_or(now);
    let reached = if deployment.state == ShiftState::Succeeded { 100 } else { target.weight.max(1) };
    let mut steps: Vec<_> = match known.routing.found() {
        Some(routing) => schedule::weights(*routing, began),
        None => vec![(began, target.weight)],
    };
    steps.retain(|(time, weight)| *time <= end && *weight <= reached);
    if deployment.state.is_final() {
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
