//! `ExecuteChangeSet`: what the change set asks for is recorded at once.

use super::document::Document;
use super::outputs::outputs;
use super::refusal::Call;
use super::scope::Scope;
use super::state::{ActionState, ChangeSetState, ChangeState, Operation, Progress, RowState, StackState};
use crate::deploy::{ExecuteRequest, Status};
use crate::facts::{Reason, ServiceError};

/// Executes a change set of a stack; the others are deleted. The same request again changes nothing.
pub fn execute(
    call: &Call,
    request: &ExecuteRequest,
    region: &str,
    stack: &mut StackState,
) -> Result<(), ServiceError> {
    let found = stack.change_sets.iter().find(|it| it.is_called(&request.change_set));
    let change_set = found.ok_or_else(|| call.no_change_set(&request.change_set))?.clone();
    let is_repeated = stack.operation.as_ref().is_some_and(|it| it.token == request.token);
    match change_set.progress {
        Progress::Ready => {}
        Progress::Executed if is_repeated => return Ok(()),
        Progress::Empty | Progress::Executed => return Err(not_executable(call, &change_set)),
    }
    let is_new = stack.deployed.is_none();
    let document = Document::parse(&change_set.deployed.template).map_err(|message| call.invalid(message))?;
    stack.outputs = outputs(&Scope::new(&document, &change_set.deployed.parameters, &stack.name, region));
    stack.status = Status::new(if is_new { "CREATE_COMPLETE" } else { "UPDATE_COMPLETE" });
    let rows = change_set.changes.iter().map(row).collect();
    let macros = document.macros().into_iter().map(str::to_owned).collect();
    stack.operation = Some(Operation { token: request.token.clone(), is_new, macros, rows });
    stack.role_arn.clone_from(&change_set.role_arn);
    stack.tags.clone_from(&change_set.tags);
    stack.deployed = Some(change_set.deployed.clone());
    stack.change_sets = vec![ChangeSetState { progress: Progress::Executed, ..change_set }];
    Ok(())
}

fn not_executable(call: &Call, change_set: &ChangeSetState) -> ServiceError {
    let message = format!(
        "ChangeSet [{}] cannot be executed in its current execution status of [{}]",
        change_set.id,
        change_set.progress.execution()
    );
    call.refuses(Reason::InvalidState, "InvalidChangeSetStatus", message)
}

/// What became of a resource.
fn row(change: &ChangeState) -> RowState {
    let status = match (change.action, change.policy_action.as_deref()) {
        (ActionState::Add, _) => "CREATE_COMPLETE",
        (ActionState::Modify, _) => "UPDATE_COMPLETE",
        (ActionState::Remove, Some("Retain")) => "DELETE_SKIPPED",
        (ActionState::Remove, _) => "DELETE_COMPLETE",
    };
    let (logical_id, resource_type) = (change.logical_id.clone(), change.resource_type.clone());
    RowState { logical_id, resource_type, status: Status::new(status) }
}
