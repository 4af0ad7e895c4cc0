//! A deployment as JSON, an object a line: the names of sam where it has them, and more fields.

use super::shift;
use crate::facts::{
    Activity, Cause, ChangeCause, DeployEvent, Ended, OpenResource, Place, Plan, StackChange, StackOutput, StackRow,
    StillRunning, Verdict, WaitsFor,
};
use serde_json::{Value, json};

/// The objects for an event.
pub fn objects(event: &DeployEvent) -> Vec<Value> {
    match event {
        DeployEvent::StackBusy { stack, status } => vec![step("stack_busy", stack, status)],
        DeployEvent::ReplacingStack { stack, status } => vec![step("replacing_stack", stack, status)],
        DeployEvent::RollingBack { stack, status } => vec![step("rolling_back", stack, status)],
        DeployEvent::ChangeSetCreated { stack, change_set, is_new } => vec![json!({
            "type": "deployment", "status": "change_set_created", "stack_name": stack, "changeset_id": change_set,
            "is_new": is_new,
        })],
        DeployEvent::Planned { plan } => plan_objects(plan),
        DeployEvent::ExecutionStarted { stack, change_set, stack_id } => vec![json!({
            "type": "deployment", "status": "execution_started", "stack_name": stack, "stack_id": stack_id,
            "changeset_id": change_set,
        })],
        DeployEvent::Row(row) => vec![row_object(row)],
        DeployEvent::TrafficShift(shift) => vec![shift::object(shift)],
        DeployEvent::NothingShifts { aliases } => vec![json!({"type": "nothing_shifts", "aliases": aliases})],
        DeployEvent::StillRunning(running) => vec![running_object(running)],
        DeployEvent::DetailMissing { error } => vec![json!({
            "type": "notice", "action": error.operation, "message": error.to_string(),
        })],
        DeployEvent::WatchDelayed { error, again } => vec![json!({
            "type": "notice", "action": error.operation, "message": error.to_string(),
            "again_seconds": again.as_secs_f64(),
        })],
        DeployEvent::Ended(verdict) => outputs_object(&verdict.outputs).into_iter().collect(),
    }
}

fn step(status: &str, stack: &str, stack_status: &str) -> Value {
    json!({"type": "deployment", "status": status, "stack_name": stack, "stack_status": stack_status})
}

fn plan_objects(plan: &Plan) -> Vec<Value> {
    let unknown = plan.unknown.iter().map(|path| json!({"type": "changeset_unknown", "path": path}));
    plan.changes.iter().map(change_object).chain(unknown).collect()
}

/// `replacement` is `N/A` where the question does not arise, as with sam.
fn change_object(change: &StackChange) -> Value {
    let cause = |cause: &ChangeCause| {
        json!({
            "property": cause.property, "source": cause.source, "entity": cause.entity,
            "recreation": cause.recreation,
        })
    };
    let causes: Vec<_> = change.causes.iter().map(cause).collect();
    json!({
        "type": "changeset",
        "action": change.action.name(),
        "logical_id": change.logical_id,
        "resource_type": change.resource_type,
        "replacement": change.replacement.map_or("N/A", |it| it.name()),
        "path": change.path(),
        "physical_id": change.physical_id,
        "policy_action": change.policy_action,
        "causes": causes,
        "place": change.place.as_ref().map(place),
    })
}

/// `reason` is empty where there is none, as with sam.
fn row_object(row: &StackRow) -> Value {
    json!({
        "type": "event",
        "status": row.status,
        "detailed_status": row.detailed_status,
        "resource_type": row.resource_type,
        "logical_id": row.logical_id,
        "reason": row.reason.as_deref().unwrap_or_default(),
        "timestamp": row.time.to_string(),
        "path": row.path,
        "physical_id": row.physical_id,
        "stack_id": row.stack_id,
        "event_id": row.event_id,
    })
}

fn running_object(running: &StillRunning) -> Value {
    let until = match running.activity {
        Activity::Monitoring { until } => Some(until.to_string()),
        Activity::ComputingChanges
        | Activity::WaitingForStack
        | Activity::DeletingStack
        | Activity::Changing
        | Activity::RollingBack
        | Activity::CleaningUp => None,
    };
    json!({
        "type": "heartbeat", "stack_name": running.stack, "activity": activity(running.activity), "until": until,
        "seconds": running.now.since(running.since).as_secs(),
        "open": running.open.iter().map(open_object).collect::<Vec<_>>(),
    })
}

const fn activity(activity: Activity) -> &'static str {
    match activity {
        Activity::ComputingChanges => "computing_changes",
        Activity::WaitingForStack => "waiting_for_stack",
        Activity::DeletingStack => "deleting_stack",
        Activity::Changing => "changing",
        Activity::RollingBack => "rolling_back",
        Activity::CleaningUp => "cleaning_up",
        Activity::Monitoring { .. } => "monitoring",
    }
}

fn open_object(open: &OpenResource) -> Value {
    let (waits_for, name, log_group) = match &open.waits_for {
        WaitsFor::Service => ("service", None, None),
        WaitsFor::NestedStack => ("nested_stack", None, None),
        WaitsFor::Hook { name } => ("hook", Some(name), None),
        WaitsFor::CustomResource { function, log_group } => ("custom_resource", function.as_ref(), log_group.as_ref()),
    };
    json!({
        "path": open.path, "resource_type": open.resource_type, "status": open.status,
        "since": open.since.to_string(), "waits_for": waits_for, "waits_for_name": name, "log_group": log_group,
    })
}

/// `None` without outputs, as with sam.
fn outputs_object(outputs: &[StackOutput]) -> Option<Value> {
    let object = |output: &StackOutput| {
        json!({
            "key": output.key, "value": output.value, "description": output.description,
            "export_name": output.export_name,
        })
    };
    let objects: Vec<_> = outputs.iter().map(object).collect();
    (!objects.is_empty()).then(|| json!({"type": "outputs", "stack_outputs": objects}))
}

/// What the last line of a run says of its deployment, without the causes.
pub fn result_fields(verdict: &Verdict) -> Value {
    let left: Vec<_> = verdict.left_behind.iter().map(cause_object).collect();
    let open: Vec<_> = verdict.open.iter().map(open_object).collect();
    let shifts: Vec<_> = verdict.shifts.iter().map(shift::object).collect();
    json!({
        "stack_name": verdict.stack.name, "stack_id": verdict.stack.id, "stack_status": verdict.status,
        "region": verdict.stack.id.as_deref().and_then(region), "changeset_id": verdict.change_set,
        "express": verdict.is_express, "seconds": verdict.took.as_secs_f64(), "consequences": verdict.consequences, "left_behind": left, "open": open, "traffic_shifts": shifts,
        "serving": verdict.serving, "next_step": verdict.next_step, "console": verdict.console,
    })
}

/// The region in an ARN.
fn region(arn: &str) -> Option<&str> {
    arn.split(':').nth(3).filter(|region| !region.is_empty())
}

/// The status of a result; that of a failure is the caller's.
pub const fn result_status(verdict: &Verdict) -> &'static str {
    match verdict.ended {
        Ended::Deployed => "success",
        Ended::NoChanges => "no_changes",
        Ended::Planned => "changeset_created",
        Ended::Detached => "detached",
        Ended::Failed(_) => "failure",
    }
}

/// The failed resources, the root cause first.
pub fn causes(verdict: &Verdict) -> Vec<Value> {
    verdict.causes.iter().map(cause_object).collect()
}

fn cause_object(cause: &Cause) -> Value {
    json!({
        "path": cause.resource(), "resource_type": cause.resource_type, "physical_id": cause.physical_id,
        "status": cause.status, "reason": cause.reason, "code": cause.code, "property": cause.property,
        "remedy": cause.remedy, "place": cause.place.as_ref().map(place),
        "timestamp": cause.time.map(|time| time.to_string()),
    })
}

fn place(place: &Place) -> Value {
    json!({"file": place.path.display().to_string(), "line": place.line, "column": place.column})
}
