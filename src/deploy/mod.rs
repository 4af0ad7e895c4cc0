//! A packaged template becomes a stack.
//!
//! ```text
//! begin ─▶ Phase ─advance─▶ Pending { phase, wait } ─(the caller sleeps)─▶ advance ─▶ … ─▶ Done(Verdict)
//! ```
//!
//! The steps of a phase, in order: `create` looks at the stack (`decide`, `prepare`) and asks for a change set,
//! `await_change_set` waits for it (`unready` explains a failed one), `execute` reads its plan and asks the `gates`,
//! `await_stack` follows events (`feed`) and status, `finish` finds the `cause`.

mod allowance;
mod await_change_set;
mod await_stack;
mod cause;
mod checks;
mod clean_up;
mod console;
mod context;
mod create;
mod critical_path;
mod cursor;
mod deadline;
mod decide;
mod execute;
mod existing;
mod exports;
mod feed;
mod finish;
mod gates;
mod heartbeat;
mod history;
mod lines;
mod next_step;
mod no_changes;
mod open;
mod options;
mod overtaken;
mod pace;
mod packaged;
mod pages;
mod phase;
mod prepare;
mod read_plan;
mod reasons;
mod rows;
mod segment;
mod shift_cause;
mod shift_checks;
mod stacks;
mod status;
mod tags;
mod template_facts;
#[cfg(test)]
mod tests;
mod timeline;
mod traffic;
mod twice;
mod unfinished;
mod unready;
mod verdict;

pub use checks::is_stack;
pub use context::Context;
pub use gates::{Gates, Scope};
pub use lines::Lines;
pub use options::{
    DeployOptions, NewChangeSet, OnCancel, OnEmpty, OnFailure, OnPaused, UnknownParameters, UnsetParameters, Until,
    Work,
};
pub use packaged::{Availability, PackagedTemplate};
pub use phase::Phase;
pub use reasons::{Refusal, refusal};
pub use stacks::{
    Annotation, ChangeSet, ChangeSetIds, ChangeSetKind, ChangeSetRequest, DescribedChange, ExecuteRequest, Express,
    FailuresOf, Finding, FindingKind, HookInvocation, HookResult, Page, ParameterValue, RollbackTriggers, Stack,
    StackEvent, StackRequest, Stacks, TemplateText, actions,
};
pub use status::{Standing, Status};
pub use template_facts::TemplateFacts;
pub use unfinished::so_far;

use crate::facts::{DeployEvent, Failure, Verdict};
use context::{Next, Wait};
use phase::{Run, Step, Target};
use std::time::Duration;

/// How far a deployment is.
#[derive(Debug, Clone, PartialEq)]
pub enum Advance {
    Done(Box<Verdict>),
    Pending(Box<Pending>),
}

/// A deployment that waits for CloudFormation.
#[derive(Debug, Clone, PartialEq)]
pub struct Pending {
    pub phase: Phase,
    /// Time after which to advance again.
    pub wait: Duration,
    /// 0 to 99.
    pub percent: u8,
    /// What it waits for, in one line.
    pub summary: String,
}

/// Checks a request and returns the first phase. `nonce` makes names and tokens unique: at most 40 letters, digits and
/// `-`; the same nonce repeats the same deployment.
pub fn begin<S>(ctx: &Context<'_, S>, nonce: &str) -> Result<Phase, Failure> {
    checks::check(ctx.options)?.into_iter().for_each(|(name, warning)| ctx.warn(&name, warning));
    Ok(Phase::begin(nonce, ctx.now))
}

/// Advances until the deployment has to wait or is over. A failed deployment is a verdict; a request that is refused
/// before anything happened is an error.
pub async fn advance<S: Stacks>(ctx: &Context<'_, S>, phase: Phase) -> Result<Advance, Failure> {
    let Phase { mut run, mut step } = phase;
    loop {
        match once(ctx, &mut run, step).await? {
            // A run that is cancelled meanwhile has to know that the stack may be changed.
            Next::Go(next) if next.changes_stack() => {
                let summary = format!("changing {}", ctx.options.stack);
                let wait = Wait { step: next, time: Duration::ZERO, percent: 0, summary };
                return pause(ctx, run, wait).await;
            }
            Next::Go(next) => step = next,
            Next::Wait(wait) => return pause(ctx, run, wait).await,
            Next::Done(verdict) => return Ok(done(ctx, &mut run, verdict)),
        }
    }
}

async fn once<S: Stacks>(ctx: &Context<'_, S>, run: &mut Run, step: Step) -> Result<Next, Failure> {
    match step {
        Step::Create(step) => create::advance(ctx, run, step).await,
        Step::Prepare(step) => prepare::advance(ctx, run, step).await,
        Step::AwaitChangeSet(step) => await_change_set::advance(ctx, run, step).await,
        Step::Execute(step) => execute::advance(ctx, run, step).await,
        Step::AwaitStack(step) => await_stack::advance(ctx, run, step).await,
    }
}

/// Waits no longer than the deployment has time. The last look is made when the time is over.
async fn pause<S: Stacks>(ctx: &Context<'_, S>, mut run: Run, wait: Wait) -> Result<Advance, Failure> {
    let left = ctx.options.timeout.saturating_sub(ctx.now.since(run.began));
    if left.is_zero() {
        let verdict = deadline::end(ctx, &mut run, wait.step).await?;
        return Ok(done(ctx, &mut run, verdict));
    }
    run.waits += 1;
    let Wait { step, time, percent, summary } = wait;
    let pending = Pending { phase: Phase { run, step }, wait: time.min(left), percent, summary };
    Ok(Advance::Pending(Box::new(pending)))
}

fn done<S>(ctx: &Context<'_, S>, run: &mut Run, verdict: Box<Verdict>) -> Advance {
    ctx.report(run, DeployEvent::Ended(verdict.clone()));
    Advance::Done(verdict)
}

/// The ids of the deployments of CodeDeploy that are under way, by one more look: a shift may have begun since the last one.
pub async fn find_running_shifts<S: Stacks>(ctx: &Context<'_, S>, phase: Phase) -> Vec<String> {
    let Phase { mut run, step } = phase;
    match step {
        Step::AwaitStack(step) => await_stack::find_running_shifts(ctx, &mut run, step).await,
        Step::Create(_) | Step::Prepare(_) | Step::AwaitChangeSet(_) | Step::Execute(_) => Vec::new(),
    }
}

/// The same as far as they are known.
pub fn running_shifts(phase: &Phase) -> Vec<String> {
    match &phase.step {
        Step::AwaitStack(step) => step.shifts.running(),
        Step::Create(_) | Step::Prepare(_) | Step::AwaitChangeSet(_) | Step::Execute(_) => Vec::new(),
    }
}

/// Where a deployment stands, for the last words of a run that is cancelled: what goes on, and how to watch it.
pub fn last_words(phase: &Phase) -> (String, Option<String>) {
    let going = |name: &str, what: &str| format!("{name}: {what}");
    let unchanged = |target: &Target| {
        let what = format!("nothing was changed; the change set stays: {}", target.change_set);
        (going(&target.name, &what), None)
    };
    match &phase.step {
        Step::Create(_) => ("nothing was changed, though a change set may have been created".to_owned(), None),
        Step::Prepare(step) => {
            (going(&step.stack, "CloudFormation goes on to prepare the stack"), Some(await_stack::watch(&step.stack)))
        }
        Step::AwaitChangeSet(step) => unchanged(&step.target),
        Step::Execute(step) if !step.is_planned => unchanged(&step.target),
        Step::Execute(step) => {
            let what = format!("the change set may be executed: {}", step.target.change_set);
            (going(&step.target.name, &what), Some(await_stack::watch(&step.target.stack)))
        }
        Step::AwaitStack(step) => {
            let status =
                step.feed.as_ref().and_then(|feed| feed.status()).map(|it| format!(" ({it})")).unwrap_or_default();
            (
                going(&step.name, &format!("CloudFormation goes on with the stack{status}")),
                Some(await_stack::watch(&step.stack)),
            )
        }
    }
}
