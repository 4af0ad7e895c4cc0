//! The end of a deployment that has nothing to do.

use super::clean_up;
use super::context::{Context, Next};
use super::options::{OnEmpty, Until, Work};
use super::phase::{Run, Target};
use super::stacks::{Stack, Stacks};
use super::verdict;
use crate::facts::{DeployWarning, Ended, Failure, FailureKind, Plan, Verdict};

/// After an empty change set. A plan stays, so that applying it is a success too; then it is removed. `stack` was not
/// read yet.
pub async fn of_change_set<S: Stacks>(ctx: &Context<'_, S>, run: &mut Run, target: &Target) -> Result<Next, Failure> {
    if ctx.options.until != Until::Planned {
        clean_up::remove(ctx, run, &Target { is_own: true, ..target.clone() }).await;
    }
    let answer = ctx.stacks.stack(&target.stack).await;
    let stack = ctx.detail(run, answer).flatten();
    let verdict = verdict::of_target(ctx, run, target);
    Ok(end(ctx, verdict, stack))
}

/// Where no change set could be created because there is nothing to change.
pub async fn without_change_set<S: Stacks>(ctx: &Context<'_, S>, run: &mut Run, stack: Stack) -> Result<Next, Failure> {
    let id = Some(stack.id.as_str()).filter(|id| !id.is_empty());
    let verdict = verdict::begin(ctx, run, &stack.name, id, None);
    Ok(end(ctx, verdict, Some(stack)))
}

fn end<S>(ctx: &Context<'_, S>, verdict: Verdict, stack: Option<Stack>) -> Next {
    let references = match &ctx.options.work {
        Work::Create(new) => new.template.references.clone(),
        Work::Execute(_) | Work::Follow => Vec::new(),
    };
    if !references.is_empty() {
        ctx.warn(&verdict.stack.name, DeployWarning::ReferencesNotCompared { references });
    }
    let name = verdict.stack.name.clone();
    let ended = match ctx.options.empty {
        OnEmpty::Succeed => Ended::NoChanges,
        OnEmpty::Fail => Ended::Failed(
            Failure::new(FailureKind::Failed, format!("there is nothing to change in {name}"))
                .with_hint("without --fail-on-empty-changeset this is a success"),
        ),
    };
    let plan = Some(Plan { changes: Vec::new(), unknown: Vec::new() });
    let (status, outputs) = stack.map(|it| (Some(it.status.to_string()), it.outputs)).unwrap_or_default();
    Next::Done(Box::new(Verdict { ended, status, outputs, plan, ..verdict }))
}
