//! What is known of a deployment that is not over.

use super::await_stack::watch;
use super::context::Context;
use super::phase::{AwaitStack, Phase, Run, Step};
use super::verdict;
use crate::facts::{Ended, Verdict};

/// What is known of a deployment that this run leaves in this phase: the run does not wait for its end. Makes no call.
pub fn so_far<S>(ctx: &Context<'_, S>, phase: &Phase) -> Verdict {
    let run = &phase.run;
    let verdict = match &phase.step {
        Step::Create(_) => verdict::begin(ctx, run, &ctx.options.stack, None, None),
        Step::Prepare(step) => Verdict {
            status: Some(step.before.to_string()),
            next_step: Some(watch(&step.stack)),
            ..verdict::begin(ctx, run, &ctx.options.stack, Some(&step.stack), None)
        },
        Step::AwaitChangeSet(step) => verdict::of_target(ctx, run, &step.target),
        Step::Execute(step) => Verdict { plan: step.plan.clone(), ..verdict::of_target(ctx, run, &step.target) },
        Step::AwaitStack(step) => of_stack(ctx, run, step),
    };
    Verdict { ended: Ended::Detached, ..verdict }
}

/// The same while a stack is being changed.
pub fn of_stack<S>(ctx: &Context<'_, S>, run: &Run, step: &AwaitStack) -> Verdict {
    let feed = step.feed.as_ref();
    Verdict {
        ended: Ended::Detached,
        status: feed.and_then(|feed| feed.status()).map(ToString::to_string),
        open: feed.map(|feed| feed.open()).unwrap_or_default(),
        timeline: feed.and_then(|feed| feed.timeline(ctx.now)),
        plan: step.plan.clone(),
        shifts: step.shifts.shifts().cloned().collect(),
        next_step: Some(watch(&step.stack)),
        ..verdict::begin(ctx, run, &step.name, Some(&step.stack), step.change_set.as_deref())
    }
}
