//! Removes what this run leaves behind: its change set, and the stack if it never was more than a shell.

use super::context::Context;
use super::phase::{Run, Target};
use super::reasons::{self, Refusal};
use super::stacks::{ChangeSetKind, StackRequest, Stacks};
use super::status::Standing;

/// Removes the run's own change set; then its own stack, if that has no other change set and is empty. What cannot be
/// removed stays, and is reported: it does not change the verdict.
pub async fn remove<S: Stacks>(ctx: &Context<'_, S>, run: &mut Run, target: &Target) {
    if !target.is_own {
        return;
    }
    let answer = ctx.stacks.delete_change_set(&target.change_set, None).await;
    let is_gone = match answer {
        Err(error) if reasons::refusal(&error) == Refusal::NoChangeSet => true,
        other => ctx.detail(run, other).is_some(),
    };
    if is_gone && target.is_own_stack && target.kind == ChangeSetKind::Create {
        remove_shell(ctx, run, target).await;
    }
}

async fn remove_shell<S: Stacks>(ctx: &Context<'_, S>, run: &mut Run, target: &Target) {
    let answer = ctx.stacks.change_sets(&target.stack).await;
    let Some(others) = ctx.detail(run, answer) else { return };
    if others.iter().any(|other| *other != target.change_set) {
        return;
    }
    let answer = ctx.stacks.stack(&target.stack).await;
    let Some(Some(stack)) = ctx.detail(run, answer) else { return };
    if stack.status.standing() != Standing::Review {
        return;
    }
    let request = StackRequest {
        stack: target.stack.clone(),
        role_arn: None,
        token: format!("{}-shell-{}", run.request_token(), run.attempt),
    };
    let answer = ctx.stacks.delete_stack(&request).await;
    ctx.detail(run, answer);
}
