//! A deployment as JSON, a line an object: the words of sam where it has them, and more fields.

use crate::facts::{
    Cause, ChangeCause, DeployEvent, Ended, OpenResource, Place, Plan, StackChange, StackOutput, StackRow, Verdict,
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
        DeployEvent::StillRunning(running) => vec![json!({
            "type": "heartbeat", "stack_name": running.stack, "seconds": running.now.since(running.since).as_secs(),
            "open": running.open.iter().map(open_object).collect::<Vec<_>>(),
        })],
        DeployEvent::DetailMissing { error } => vec![json!({
            "type": "notice", "action": error.operation, "message": error.to_string(),
        })],
        DeployEvent::WatchDelayed { error, again } => vec![json!({
            "type": "notice", "action": error.operation, "message": error.to_string(),
            "again_seconds": again.as_secs_f64(),
        })],
        DeployEvent::Ended(verdict) => verdict_objects(verdict),
    }
}

fn step(status: &str, stack: &str, stack_status: &str) -> Value {
    json!({"type": "deployment", "status": status, "stack_name": stack, "stack_status": stack_status})
}

fn plan_objects(plan: &Plan) -> Vec<Value> {
    let unknown = plan.unknown.iter().map(|path| json!({"type": "changeset", "path": path, "is_known": false}));
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

fn open_object(open: &OpenResource) -> Value {
    json!({
        "path": open.path, "resource_type": open.resource_type, "status": open.status,
        "since": open.since.to_string(),
    })
}

fn verdict_objects(verdict: &Verdict) -> Vec<Value> {
    let output = |output: &StackOutput| {
        json!({
            "key": output.key, "value": output.value, "description": output.description,
            "export_name": output.export_name,
        })
    };
    let outputs: Vec<_> = verdict.outputs.iter().map(output).collect();
    let outputs = (!outputs.is_empty()).then(|| json!({"type": "outputs", "stack_outputs": outputs}));
    let causes: Vec<_> = verdict.causes.iter().map(cause_object).collect();
    let left: Vec<_> = verdict.left_behind.iter().map(cause_object).collect();
    let open: Vec<_> = verdict.open.iter().map(open_object).collect();
    let ended = json!({
        "type": "deployment", "status": status(&verdict.ended), "stack_name": verdict.stack.name,
        "stack_id": verdict.stack.id, "stack_status": verdict.status, "changeset_id": verdict.change_set,
        "seconds": verdict.took.as_secs_f64(), "causes": causes, "consequences": verdict.consequences,
        "left_behind": left, "open": open, "serving": verdict.serving, "next_step": verdict.next_step,
        "console": verdict.console,
    });
    outputs.into_iter().chain([ended]).collect()
}

const fn status(ended: &Ended) -> &'static str {
    match ended {
        Ended::Deployed => "deployed",
        Ended::NoChanges => "no_changes",
        Ended::Planned => "changeset_created",
        Ended::Detached => "detached",
        Ended::Failed(_) => "failed",
    }
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
