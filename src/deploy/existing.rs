//! The first step without a template: takes a change set that exists, or follows an operation that runs.

use super::context::{Context, Next};
use super::phase::{AwaitChangeSet, AwaitStack, Before, Create, Run, Step, Target};
use super::reasons::{self, Refusal};
use super::stacks::{ChangeSet, ChangeSetKind, Stack, Stacks};
use super::status::Standing;
use crate::facts::{Failure, FailureKind, Reason, ServiceError};

/// Takes a change set that was created before.
pub async fn take<S: Stacks>(
    ctx: &Context<'_, S>,
    run: &mut Run,
    create: Create,
    change_set: &str,
    found: Option<Stack>,
) -> Result<Next, Failure> {
    let by_name = (!change_set.starts_with("arn:")).then_some(ctx.options.stack.as_str());
    let described = match ctx.stacks.change_set(change_set, by_name, None).await {
        Ok(described) => described,
        Err(error) if error.is_retryable() => {
            return ctx.retry(run, Step::Create(create), error, "reading the change set");
        }
        Err(error) if is_missing(&error) => return Err(missing_change_set(change_set)),
        Err(error) => return Err(error.into()),
    };
    let is_named = |name: &str| [described.stack_id.as_str(), described.stack_name.as_str()].contains(&name);
    let asked = found.as_ref().map_or(ctx.options.stack.as_str(), |stack| stack.id.as_str());
    if !is_named(asked) {
        let message = format!("the change set {change_set} is one of {}, not of {asked}", described.stack_id);
        return Err(Failure::new(FailureKind::Usage, message));
    }
    let stack = found.unwrap_or_default();
    let kind = kind(&stack, &described);
    let target = Target {
        change_set: described.id,
        stack: described.stack_id,
        name: described.stack_name,
        kind,
        is_own: false,
        is_own_stack: false,
        is_paused: stack.status.standing() == Standing::Paused,
        leaves_out_nested: false,
        before: Before { status: stack.status, updated_at: stack.updated_at },
    };
    Ok(Next::Go(Step::AwaitChangeSet(AwaitChangeSet { target, polls: 0 })))
}

/// Whether a change set creates its stack, which may be executed already.
pub fn kind(stack: &Stack, change_set: &ChangeSet) -> ChangeSetKind {
    let is_review = stack.status.standing() == Standing::Review;
    // `OnStackFailure` takes DELETE for a new stack only, whose status may be that of its deletion.
    match is_review || stack.status.is_creating() || change_set.deletes_on_failure {
        true => ChangeSetKind::Create,
        false => ChangeSetKind::Update,
    }
}

/// Whether there is no such change set, or no such stack.
pub fn is_missing(error: &ServiceError) -> bool {
    error.reason == Reason::NotFound || matches!(reasons::refusal(error), Refusal::NoChangeSet | Refusal::NoStack)
}

fn missing_change_set(change_set: &str) -> Failure {
    let failure = Failure::new(FailureKind::Failed, format!("there is no change set {change_set}"));
    failure.with_hint("another deployment of the stack deletes all its change sets: make a new plan")
}

/// Whatever runs on the stack, or ran last.
pub fn follow<S>(ctx: &Context<'_, S>, found: Option<Stack>) -> Result<Next, Failure> {
    let Some(stack) = found else {
        return Err(Failure::new(FailureKind::Usage, format!("there is no stack {}", ctx.options.stack)));
    };
    Ok(Next::Go(Step::AwaitStack(Box::new(AwaitStack {
        stack: stack.id,
        name: stack.name,
        change_set: None,
        token: None,
        is_new: stack.updated_at.is_none(),
        is_express: false,
        before: Before::default(),
        cursor: Default::default(),
        looks: 0,
        asked: Default::default(),
        ended_at: None,
        gone_at: None,
        expected: 0,
        monitoring_minutes: 0,
        shifts: Default::default(),
        groups: Default::default(),
        feed: None,
        plan: None,
    }))))
}
