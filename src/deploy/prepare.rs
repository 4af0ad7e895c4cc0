//! Before the change set: a failed stack is deleted, or a kept failure rolled back, as asked.

use super::context::{Context, Next, Wait};
use super::next_step;
use super::pace;
use super::phase::{Create, Prepare, PrepareKind, Run, Step};
use super::reasons::{self, Refusal};
use super::stacks::{Stack, StackRequest, Stacks};
use super::status::{End, Progress};
use super::verdict::one_line;
use crate::facts::{DeployEvent, Failure, FailureKind};

/// Asks for it once, then waits for its end.
pub async fn advance<S: Stacks>(ctx: &Context<'_, S>, run: &mut Run, prepare: Prepare) -> Result<Next, Failure> {
    match prepare.is_asked_for {
        false => ask(ctx, run, prepare).await,
        true => look(ctx, run, prepare).await,
    }
}

async fn ask<S: Stacks>(ctx: &Context<'_, S>, run: &mut Run, prepare: Prepare) -> Result<Next, Failure> {
    let verb = match prepare.kind {
        PrepareKind::Delete => "delete",
        PrepareKind::Rollback => "rollback",
    };
    let request = StackRequest {
        stack: prepare.stack.clone(),
        role_arn: ctx.options.role_arn.clone(),
        token: format!("{}-{verb}-{}", run.request_token(), run.attempt),
    };
    let answer = match prepare.kind {
        PrepareKind::Delete => ctx.stacks.delete_stack(&request).await,
        PrepareKind::Rollback => ctx.stacks.roll_back(&request).await,
    };
    match answer {
        Ok(()) => {}
        // An answer was lost.
        Err(error) if reasons::refusal(&error) == Refusal::TokenUsed => {}
        Err(error) => return ctx.retry(run, Step::Prepare(prepare), error, "preparing the stack"),
    }
    run.misses = 0;
    let (stack, status) = (ctx.options.stack.clone(), prepare.before.to_string());
    ctx.report(
        run,
        match prepare.kind {
            PrepareKind::Delete => DeployEvent::ReplacingStack { stack, status },
            PrepareKind::Rollback => DeployEvent::RollingBack { stack, status },
        },
    );
    Ok(wait(ctx, run, Prepare { is_asked_for: true, ..prepare }))
}

fn wait<S>(ctx: &Context<'_, S>, run: &Run, prepare: Prepare) -> Next {
    let summary = match prepare.kind {
        PrepareKind::Delete => format!("deleting what is left of {}", ctx.options.stack),
        PrepareKind::Rollback => format!("rolling {} back", ctx.options.stack),
    };
    Next::Wait(Wait { time: pace::stack(run, ctx.options.poll), step: Step::Prepare(prepare), percent: 0, summary })
}

async fn look<S: Stacks>(ctx: &Context<'_, S>, run: &mut Run, prepare: Prepare) -> Result<Next, Failure> {
    let found = match ctx.stacks.stack(&prepare.stack).await {
        Ok(found) => found,
        Err(error) => return ctx.retry(run, Step::Prepare(prepare), error, "preparing the stack"),
    };
    run.misses = 0;
    let Some(stack) = found else { return Ok(removed(run, prepare)) };
    // A late answer shows the status before.
    if stack.status == prepare.before {
        return Ok(wait(ctx, run, prepare));
    }
    match (prepare.kind, stack.status.progress()) {
        (_, Progress::Running(_)) => Ok(wait(ctx, run, prepare)),
        (_, Progress::Ended(End::Removed)) => Ok(removed(run, prepare)),
        (PrepareKind::Rollback, Progress::Ended(End::Restored | End::Emptied | End::Succeeded)) => {
            run.attempt += 1;
            Ok(Next::Go(Step::Create(Create { left: Some(prepare.before), ..Create::default() })))
        }
        (PrepareKind::Delete | PrepareKind::Rollback, Progress::Ended(_)) => Err(stopped(&prepare, &stack)),
    }
}

fn removed(run: &mut Run, prepare: Prepare) -> Next {
    run.attempt += 1;
    Next::Go(Step::Create(Create { removed: Some(prepare.stack), ..Create::default() }))
}

fn stopped(prepare: &Prepare, stack: &Stack) -> Failure {
    let reason = stack.status_reason.as_ref().map(|reason| format!(": {}", one_line(reason))).unwrap_or_default();
    let what = match prepare.kind {
        PrepareKind::Delete => "could not be deleted",
        PrepareKind::Rollback => "could not be rolled back",
    };
    let message = format!("the stack {} {what} and is {}{reason}", stack.name, stack.status);
    let failure = Failure::new(FailureKind::Failed, message);
    failure.with_hint(next_step::look_at_events(&stack.id))
}
