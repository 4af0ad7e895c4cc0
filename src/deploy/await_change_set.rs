//! Waits until the change set is computed.

use super::context::{Context, Next, Wait};
use super::pace;
use super::phase::{AwaitChangeSet, Execute, Run, Step, Target};
use super::reasons::{self, Refusal};
use super::stacks::{ChangeSet, Stacks};
use super::status::{ChangeSetProgress, Execution};
use super::unready;
use super::{heartbeat, overtaken, twice};
use crate::facts::{Activity, Failure, FailureKind, ServiceError};

/// A new change set may not be visible for so many looks.
const INVISIBLE: u32 = 5;

/// Looks at the change set once.
pub async fn advance<S: Stacks>(ctx: &Context<'_, S>, run: &mut Run, step: AwaitChangeSet) -> Result<Next, Failure> {
    let described = match ctx.stacks.change_set(&step.target.change_set, None, None).await {
        Ok(described) => described,
        Err(error) => return unanswered(ctx, run, step, error),
    };
    run.misses = 0;
    match described.status.change_set() {
        ChangeSetProgress::Pending => Ok(wait(ctx, run, step)),
        ChangeSetProgress::Failed => unready::advance(ctx, run, step, &described).await,
        ChangeSetProgress::Gone => Err(deleted(&step.target)),
        ChangeSetProgress::Ready => ready(ctx, run, step.target, &described).await,
    }
}

fn wait<S>(ctx: &Context<'_, S>, run: &mut Run, step: AwaitChangeSet) -> Next {
    heartbeat::beat(ctx, run, &step.target.name, Activity::ComputingChanges, Vec::new());
    let summary = format!("computing the changes of {}", step.target.name);
    let time = pace::change_set(step.polls, ctx.options.poll);
    let step = AwaitChangeSet { polls: step.polls + 1, ..step };
    Next::Wait(Wait { step: Step::AwaitChangeSet(step), time, percent: 0, summary })
}

fn unanswered<S>(
    ctx: &Context<'_, S>,
    run: &mut Run,
    step: AwaitChangeSet,
    error: ServiceError,
) -> Result<Next, Failure> {
    match reasons::refusal(&error) {
        Refusal::NoChangeSet | Refusal::NoStack if step.polls < INVISIBLE && step.target.is_own => {
            Ok(wait(ctx, run, step))
        }
        Refusal::NoChangeSet | Refusal::NoStack => Err(deleted(&step.target)),
        Refusal::Taken
        | Refusal::Capabilities(_)
        | Refusal::TokenUsed
        | Refusal::ChangeSetBusy
        | Refusal::NotExecutable
        | Refusal::StackBusy
        | Refusal::TooManyChangeSets
        | Refusal::Other => ctx.retry(run, Step::AwaitChangeSet(step), error, "computing the changes"),
    }
}

/// Another deployment deletes the change sets of its stack.
pub fn deleted(target: &Target) -> Failure {
    let message = format!("the change set of {} was deleted by another party: {}", target.name, target.change_set);
    Failure::new(FailureKind::Failed, message).with_hint("another deployment of the stack won: deploy again")
}

async fn ready<S: Stacks>(
    ctx: &Context<'_, S>,
    run: &mut Run,
    target: Target,
    described: &ChangeSet,
) -> Result<Next, Failure> {
    let is_begun = match twice::is_begun(ctx, run, described).await {
        Err(error) if error.is_retryable() => {
            let step = Step::AwaitChangeSet(AwaitChangeSet { target, polls: 0 });
            return ctx.retry(run, step, error, "computing the changes");
        }
        answer => ctx.detail(run, answer).unwrap_or(false),
    };
    if !is_begun && described.execution.execution() != Execution::Available {
        return Err(overtaken::explain(ctx, run, &target, &described.execution).await);
    }
    // Express mode and OnStackFailure say what happens after a failure; then the execution must not.
    let is_fixed = described.deletes_on_failure || described.express;
    let disables = ctx.options.on_failure == super::options::OnFailure::DoNothing || target.is_paused;
    let disables_rollback = (!is_fixed).then_some(disables);
    let (is_planned, calls, plan) = (is_begun, 0, None);
    Ok(Next::Go(Step::Execute(Execute { target, is_planned, is_begun, disables_rollback, calls, plan })))
}
