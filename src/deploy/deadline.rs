//! The end of the time that a deployment has. CloudFormation goes on.

use super::await_stack::watch;
use super::clean_up;
use super::context::Context;
use super::phase::{AwaitStack, Run, Step};
use super::stacks::Stacks;
use super::unfinished;
use crate::facts::{Ended, Failure, FailureKind, Verdict};

/// Ends a deployment whose time is over, with what is still open.
pub async fn end<S: Stacks>(ctx: &Context<'_, S>, run: &mut Run, step: Step) -> Result<Box<Verdict>, Failure> {
    let limit = ctx.options.timeout;
    let failure = |what: &str| {
        let message =
            format!("the deployment of {} did not end within {} s: {what}", ctx.options.stack, limit.as_secs());
        Failure::new(FailureKind::Deadline, message)
    };
    match step {
        Step::Create(_) => Err(failure("the change set is not created")),
        Step::Prepare(prepare) => {
            let what = format!("the stack is still being prepared; CloudFormation goes on with {}", prepare.stack);
            Err(failure(&what).with_hint(watch(&prepare.stack)))
        }
        Step::AwaitChangeSet(step) => {
            clean_up::remove(ctx, run, &step.target).await;
            Err(failure("the changes are still being computed"))
        }
        // The answer of the execution may be lost: what this run would remove may be in use.
        Step::Execute(step) => {
            let what = "the change set is not executed, as far as is known";
            Err(failure(what).with_hint(watch(&step.target.stack)))
        }
        Step::AwaitStack(step) => Ok(Box::new(still_running(ctx, run, &step, failure))),
    }
}

fn still_running<S>(ctx: &Context<'_, S>, run: &Run, step: &AwaitStack, failure: impl Fn(&str) -> Failure) -> Verdict {
    let verdict = unfinished::of_stack(ctx, run, step);
    let (open, status) = (&verdict.open, &verdict.status);
    let what = match open.first() {
        Some(oldest) => {
            let since = ctx.now.since(oldest.since).as_secs();
            let more = match open.len() - 1 {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            format!("{} ({}){more} is {} for {since} s", oldest.path, oldest.resource_type, oldest.status)
        }
        None => status.clone().unwrap_or_else(|| "no status is known".to_owned()),
    };
    let failure = failure(&format!("{what}; CloudFormation goes on")).with_hint(watch(&step.stack));
    Verdict { ended: Ended::Failed(failure), ..verdict }
}
