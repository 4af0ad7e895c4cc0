//! The end of an operation: what it left, why it failed, and what the stack gives.

use super::cause::{self, Diagnosis};
use super::context::Context;
use super::context::Next;
use super::feed::Feed;
use super::next_step;
use super::phase::{AwaitStack, Before, Run, Target};
use super::read_plan;
use super::rows::{report_missing, show_detail};
use super::shift_cause;
use super::stacks::{ChangeSetKind, FailuresOf, FindingKind, Stack, Stacks, actions};
use super::status::{Direction, End, Progress, Status};
use super::traffic;
use super::verdict;
use crate::facts::{Cause, DeployWarning, Ended, Failure, FailureKind, Plan, Verdict};

/// Reads of nested stacks at the end.
const MOST_NESTED: usize = 100;
/// Reads of nested stacks at the end that may fail although the next one might succeed: the service is busy.
const MOST_FAILED: usize = 15;

/// How the operation ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Ending {
    pub status: Status,
    /// The stack, if its status is the same.
    pub stack: Option<Stack>,
    /// Whether another party deleted the stack.
    pub is_deleted_by_other: bool,
}

/// Reads what is left to read, and ends. A call that fails here takes nothing but detail.
pub async fn finish<S: Stacks>(
    ctx: &Context<'_, S>,
    run: &mut Run,
    mut step: AwaitStack,
    mut feed: Feed,
    ending: Ending,
) -> Result<Next, Failure> {
    let end = match ending.status.progress() {
        Progress::Ended(end) => end,
        Progress::Running(_) => End::Unknown,
    };
    read_nested(ctx, run, &mut step, &mut feed).await;
    let verdict = verdict::begin(ctx, run, &step.name, Some(&step.stack), step.change_set.as_deref());
    let shifts = traffic::finish(ctx, run, &mut step, &feed).await;
    let timeline = feed.timeline(ctx.now);
    let took = match (&step.change_set, &timeline) {
        // Another run began it: this one only watched its end.
        (None, Some(timeline)) => timeline.duration(),
        (Some(_), _) | (None, None) => verdict.took,
    };
    let (status, plan) = (Some(ending.status.to_string()), plan(ctx, run, &step).await);
    let verdict = Verdict { status, plan, timeline, shifts, took, ..verdict };
    let verdict = match end {
        End::Succeeded if !ending.is_deleted_by_other => {
            succeeded(ctx, run, &mut step, &mut feed, verdict, ending.stack).await
        }
        _ => failed(ctx, run, &mut step, &mut feed, verdict, &ending, end).await,
    };
    Ok(Next::Done(Box::new(verdict)))
}

/// The last rows of every nested stack.
async fn read_nested<S: Stacks>(ctx: &Context<'_, S>, run: &mut Run, step: &mut AwaitStack, feed: &mut Feed) {
    feed.close();
    let (mut reads, mut failures) = (0, Vec::new());
    while feed.has_unread() && reads < MOST_NESTED && failures.len() < MOST_FAILED {
        for shown in feed.read_ended(ctx.stacks).await {
            reads += 1;
            failures.extend(shown.as_ref().err().filter(|error| error.is_retryable()).cloned());
            show_detail(ctx, run, step, shown);
        }
    }
    if let Some(error) = failures.pop().filter(|_| feed.has_unread()) {
        report_missing(ctx, run, error);
    }
}

/// Why it failed. A row that says so may have arrived after newer ones, on a page that was read before.
async fn diagnose<S: Stacks>(ctx: &Context<'_, S>, run: &mut Run, step: &mut AwaitStack, feed: &mut Feed) -> Diagnosis {
    let diagnosis = cause::diagnose(feed);
    if diagnosis.causes.iter().any(Cause::is_of_resource) {
        return diagnosis;
    }
    read_again(ctx, run, step, feed).await;
    cause::diagnose(feed)
}

async fn read_again<S: Stacks>(ctx: &Context<'_, S>, run: &mut Run, step: &mut AwaitStack, feed: &mut Feed) {
    for shown in feed.read_again(ctx.stacks).await {
        show_detail(ctx, run, step, shown);
    }
}

/// The changes, which another process may have read.
async fn plan<S: Stacks>(ctx: &Context<'_, S>, run: &mut Run, step: &AwaitStack) -> Option<Plan> {
    if step.plan.is_some() {
        return step.plan.clone();
    }
    let target = Target {
        change_set: step.change_set.clone()?,
        stack: step.stack.clone(),
        name: step.name.clone(),
        kind: ChangeSetKind::Update,
        is_own: false,
        is_own_stack: false,
        is_paused: false,
        leaves_out_nested: false,
        before: Before::default(),
    };
    let answer = read_plan::read(ctx, run, &target).await;
    ctx.detail(run, answer)
}

async fn succeeded<S: Stacks>(
    ctx: &Context<'_, S>,
    run: &mut Run,
    step: &mut AwaitStack,
    feed: &mut Feed,
    verdict: Verdict,
    stack: Option<Stack>,
) -> Verdict {
    let stack = match stack {
        Some(stack) => Some(stack),
        None => {
            let answer = ctx.stacks.stack(&step.stack).await;
            ctx.detail(run, answer).flatten()
        }
    };
    if step.is_new && step.change_set.is_some() {
        set_up(ctx, step).await;
    }
    let is_said = cause::has_left_behind(feed);
    if is_said {
        read_again(ctx, run, step, feed).await;
    }
    let left_behind = verdict::with_places(cause::left_behind(feed), ctx.lines.as_ref());
    if is_said || !left_behind.is_empty() {
        let resources = left_behind.iter().map(described).collect();
        let kind = DeployWarning::LeftBehind { stack: step.name.clone(), resources };
        ctx.warn(&step.name, kind);
    }
    let outputs = stack.map(|stack| stack.outputs).unwrap_or_default();
    Verdict { ended: Ended::Deployed, outputs, left_behind, ..verdict }
}

fn described(cause: &Cause) -> (String, Option<String>, Option<String>) {
    (cause.resource().unwrap_or_default(), cause.physical_id.clone(), cause.reason.clone())
}

/// Termination protection and stack policy of a new stack. It is deployed: a failure is a warning.
async fn set_up<S: Stacks>(ctx: &Context<'_, S>, step: &AwaitStack) {
    let mut answers = Vec::new();
    if let Some(is_protected) = ctx.options.protection {
        answers.push(("the termination protection", ctx.stacks.protect(&step.stack, is_protected).await));
    }
    if let Some(policy) = &ctx.options.policy {
        answers.push(("the stack policy", ctx.stacks.set_policy(&step.stack, policy).await));
    }
    for (setting, answer) in answers {
        if let Err(error) = answer {
            let kind = DeployWarning::StackSettingFailed { stack: step.name.clone(), setting, error };
            ctx.warn(&step.name, kind);
        }
    }
}

async fn failed<S: Stacks>(
    ctx: &Context<'_, S>,
    run: &mut Run,
    step: &mut AwaitStack,
    feed: &mut Feed,
    verdict: Verdict,
    ending: &Ending,
    end: End,
) -> Verdict {
    let mut diagnosis = diagnose(ctx, run, step, feed).await;
    if diagnosis.causes.is_empty() {
        diagnosis.causes = findings(ctx, run, step, ending).await;
    }
    add_annotations(ctx, run, &mut diagnosis).await;
    add_log_groups(ctx, feed, &mut diagnosis.causes);
    shift_cause::explain(&mut diagnosis.causes, &verdict.shifts);
    if ending.is_deleted_by_other {
        diagnosis.causes.insert(0, deleted_by_other(&ending.status));
    } else if let Some(what) = asked_for(feed).filter(|_| !diagnosis.causes.iter().any(Cause::is_of_resource)) {
        diagnosis.causes = vec![Cause { status: ending.status.to_string(), ..cause::of_reason(what) }];
    } else if diagnosis.causes.is_empty() {
        diagnosis.causes.extend(status_reason(ending));
    }
    let left_behind = verdict::with_places(diagnosis.left_behind, ctx.lines.as_ref());
    let verdict = Verdict {
        causes: verdict::with_places(diagnosis.causes, ctx.lines.as_ref()),
        consequences: diagnosis.consequences,
        serving: verdict::serving(end, step.is_new),
        next_step: next_step::after(end, &ending.status, &step.stack, &left_behind, step.is_express),
        left_behind,
        ..verdict
    };
    verdict::fail(verdict, FailureKind::Failed)
}

fn deleted_by_other(status: &Status) -> Cause {
    Cause { status: status.to_string(), ..cause::of_reason("the stack was deleted by another party meanwhile") }
}

/// What an operation did that was a rollback or a deletion from its beginning on: nothing failed before it.
fn asked_for(feed: &Feed) -> Option<&'static str> {
    match feed.first_status()?.progress() {
        Progress::Running(Direction::Back) => Some("the operation was a rollback that was asked for"),
        Progress::Running(Direction::Removal) => Some("the operation was a deletion that was asked for"),
        Progress::Running(Direction::Forward | Direction::CleanUp) | Progress::Ended(_) => None,
    }
}

/// What the stack itself says, where events cannot be read.
fn status_reason(ending: &Ending) -> Option<Cause> {
    let reason = ending.stack.as_ref()?.status_reason.as_ref()?;
    Some(Cause { status: ending.status.to_string(), ..cause::of_reason(reason) })
}

/// The failures that `DescribeEvents` gives, where the rows give none.
async fn findings<S: Stacks>(ctx: &Context<'_, S>, run: &mut Run, step: &AwaitStack, ending: &Ending) -> Vec<Cause> {
    let id = ending.stack.as_ref().and_then(|stack| stack.operation_id.clone());
    let Some(id) = id.filter(|_| ctx.may(run, actions::FAILURES)) else { return Vec::new() };
    let answer = ctx.stacks.failures(&FailuresOf::Operation { stack: step.stack.clone(), id }).await;
    let found = ctx.detail(run, answer).unwrap_or_default();
    found.iter().filter(|finding| finding.fails && finding.kind != FindingKind::Other).map(cause::of_finding).collect()
}

/// Where the function of a custom resource that failed writes its log.
fn add_log_groups<S>(ctx: &Context<'_, S>, feed: &Feed, causes: &mut [Cause]) {
    for cause in causes {
        let function = ctx.lines.and_then(|lines| lines.function_of_custom_resource(&cause.path));
        let Some(group) = function.and_then(|function| feed.log_group(&cause.path, &function)) else { continue };
        let stream = cause.remedy.take().map_or_else(|| "see".to_owned(), |remedy| format!("{remedy} in"));
        cause.remedy = Some(format!("{stream} the log group {group}"));
    }
}

/// What hooks say beyond their reason.
async fn add_annotations<S: Stacks>(ctx: &Context<'_, S>, run: &mut Run, diagnosis: &mut Diagnosis) {
    for (index, id) in &diagnosis.hooks {
        if !ctx.may(run, actions::HOOK) {
            return;
        }
        let answer = ctx.stacks.hook(id).await;
        let (Some(hook), Some(cause)) = (ctx.detail(run, answer), diagnosis.causes.get_mut(*index)) else { continue };
        cause.reason = cause::reason_of_hook(&hook).or_else(|| cause.reason.take());
        cause.remedy = cause::remedy_of_hook(&hook);
    }
}
