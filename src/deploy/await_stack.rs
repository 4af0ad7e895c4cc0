//! Watches the stack until the operation is over.
//!
//! The rows of the operation decide, with the status of the stack as their witness. Where rows cannot be read, the
//! status decides once it is known to be newer than the execution. A failed call never decides anything.

use super::cause;
use super::context::{Context, Next, Patience, Wait, is_without_credentials};
use super::feed::Feed;
use super::finish::{self, Ending};
use super::heartbeat;
use super::pace;
use super::phase::{AwaitStack, Run, Step};
use super::rows::{show, show_nested};
use super::stacks::{Stack, Stacks, actions};
use super::status::{Direction, End, Execution, Progress, Standing, Status};
use super::traffic;
use crate::facts::{Activity, Failure, FailureKind, ServiceError, Timestamp, WaitsFor};
use std::time::Duration;

const STATUS_PERIOD: Duration = Duration::from_secs(30);
/// Failed looks in a row after which the status has to do without rows.
const UNREADABLE: u32 = 5;
/// How long a status may lag behind the final row.
const LATE_STATUS: Duration = Duration::from_secs(30);
/// How long the status is tried for after the final row: it comes with the outputs.
const LATE_ANSWER: Duration = Duration::from_secs(120);
/// How long a final row may lag behind the status.
const LATE_ROW: Duration = Duration::from_secs(60);
/// How long the rows of a failure are tried for once the status is final.
const LATE_CAUSE: Duration = Duration::from_secs(120);
/// How long to wait for the failed resource's row after the stack's final row.
const LATE_RESOURCE_ROW: Duration = Duration::from_secs(10);
/// How long a stack may seem not to exist.
const LATE_EXISTENCE: Duration = Duration::from_secs(20);

/// What a look at the events gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rows {
    Read,
    /// The call failed and is made again.
    Delayed,
    /// They may not be read.
    Denied,
}

/// What a look at the status gave.
enum Seen {
    Stack(Box<Stack>),
    Gone,
    NotAsked,
    Delayed,
}

/// Looks once.
pub async fn advance<S: Stacks>(
    ctx: &Context<'_, S>,
    run: &mut Run,
    mut step: Box<AwaitStack>,
) -> Result<Next, Failure> {
    let mut feed = take_feed(&mut step);
    let mut delay = None;
    let rows = look_at_rows(ctx, run, &mut step, &mut feed, &mut delay).await?;
    let seen = look_at_status(ctx, run, &mut step, &feed, rows, &mut delay).await?;
    if delay.is_none() {
        run.misses = 0;
    }
    traffic::look(ctx, run, &mut step, &feed).await;
    if let Some(ending) = ending(ctx, run, &mut step, &mut feed, rows, seen).await {
        return finish::finish(ctx, run, *step, *feed, ending).await;
    }
    Ok(wait(ctx, run, step, feed, delay))
}

fn take_feed(step: &mut AwaitStack) -> Box<Feed> {
    let feed = step.feed.take();
    feed.unwrap_or_else(|| Box::new(Feed::new(&step.stack, step.token.clone(), step.cursor.clone())))
}

/// The deployments of CodeDeploy that are under way, by one look at events and shifts. What cannot be read counts as it is
/// known.
pub async fn find_running_shifts<S: Stacks>(
    ctx: &Context<'_, S>,
    run: &mut Run,
    mut step: Box<AwaitStack>,
) -> Vec<String> {
    let mut feed = take_feed(&mut step);
    match look_at_rows(ctx, run, &mut step, &mut feed, &mut None).await {
        Ok(Rows::Read | Rows::Delayed | Rows::Denied) | Err(_) => {}
    }
    traffic::look_now(ctx, run, &mut step, &feed).await;
    step.shifts.running()
}

async fn look_at_rows<S: Stacks>(
    ctx: &Context<'_, S>,
    run: &mut Run,
    step: &mut AwaitStack,
    feed: &mut Feed,
    delay: &mut Option<Duration>,
) -> Result<Rows, Failure> {
    if !ctx.may(run, actions::EVENTS) {
        return Ok(Rows::Denied);
    }
    step.looks += 1;
    match feed.read_root(ctx.stacks).await {
        Ok(shown) => {
            feed.allowance().record_look(shown.calls);
            show(ctx, run, step, shown.rows);
        }
        Err(error) => return missed(ctx, run, step, error, delay),
    }
    if step.token.is_none() {
        step.token = feed.segment().token().cloned();
    }
    // Nested stacks take turns. Those that ended go first.
    if feed.allowance().allows_call() {
        let calls = show_nested(ctx, run, step, feed).await;
        feed.allowance().spend(calls);
    }
    Ok(Rows::Read)
}

fn missed<S>(
    ctx: &Context<'_, S>,
    run: &mut Run,
    step: &AwaitStack,
    error: ServiceError,
    delay: &mut Option<Duration>,
) -> Result<Rows, Failure> {
    match ctx.again(run, error, Patience::UntilDeadline) {
        Ok(again) => {
            *delay = Some(again);
            Ok(Rows::Delayed)
        }
        Err(error) if is_without_credentials(&error) => Err(without_credentials(step, error)),
        Err(error) => {
            ctx.detail(run, Err::<(), _>(error));
            Ok(Rows::Denied)
        }
    }
}

/// The deployment goes on without us.
fn without_credentials(step: &AwaitStack, error: ServiceError) -> Failure {
    let message =
        format!("the credentials ended while {} was being deployed; CloudFormation goes on: {error}", step.name);
    Failure::new(FailureKind::Temporary, message).with_hint(watch(&step.stack))
}

/// How to watch a deployment from another process.
pub fn watch(stack: &str) -> String {
    format!("watch it: samstep deploy --follow {stack}")
}

async fn look_at_status<S: Stacks>(
    ctx: &Context<'_, S>,
    run: &mut Run,
    step: &mut AwaitStack,
    feed: &Feed,
    rows: Rows,
    delay: &mut Option<Duration>,
) -> Result<Seen, Failure> {
    let is_over = feed.segment().end().is_some() || feed.segment().has_successor() || step.ended_at.is_some();
    // Rows may lack their token, and those of a short operation may all be there at the first look.
    let is_hidden = step.looks > 1 && !feed.segment().has_begun();
    let is_due = is_hidden || ctx.now.since(step.asked) >= STATUS_PERIOD || step.gone_at.is_some();
    if !is_over && !is_due && rows == Rows::Read {
        return Ok(Seen::NotAsked);
    }
    match ctx.stacks.stack(&step.stack).await {
        Ok(found) => {
            step.asked = ctx.now;
            check_runs(ctx, run, step, feed, found.as_ref())?;
            Ok(found.map_or(Seen::Gone, |stack| Seen::Stack(Box::new(stack))))
        }
        Err(error) => match ctx.again(run, error, Patience::UntilDeadline) {
            Ok(again) => {
                *delay = Some(again);
                Ok(Seen::Delayed)
            }
            Err(error) if is_without_credentials(&error) => Err(without_credentials(step, error)),
            Err(error) if rows == Rows::Denied => Err(unwatchable(step, error)),
            Err(error) => {
                ctx.detail(run, Err::<(), _>(error));
                Ok(Seen::Delayed)
            }
        },
    }
}

/// Whether there is something to follow: not on a stack that has a change set and nothing else. A late answer may show a
/// stack like that whose creation has begun.
fn check_runs<S>(
    ctx: &Context<'_, S>,
    run: &Run,
    step: &AwaitStack,
    feed: &Feed,
    found: Option<&Stack>,
) -> Result<(), Failure> {
    let is_followed = step.change_set.is_none() && !feed.segment().has_begun();
    let is_idle = found.is_some_and(|stack| stack.status.standing() == Standing::Review);
    if !is_followed || !is_idle || ctx.now.since(run.began) < LATE_EXISTENCE {
        return Ok(());
    }
    let message = format!("nothing runs on the stack {}: it has a change set and nothing else", step.name);
    let hint = format!("execute the change set: samstep deploy --stack-name {} --execute NAME", step.name);
    Err(Failure::new(FailureKind::Usage, message).with_hint(hint))
}

fn unwatchable(step: &AwaitStack, error: ServiceError) -> Failure {
    super::context::failed(error, &format!("CloudFormation goes on with {}; {}", step.name, watch(&step.stack)))
}

/// How the operation ended, if it did.
async fn ending<S: Stacks>(
    ctx: &Context<'_, S>,
    run: &mut Run,
    step: &mut AwaitStack,
    feed: &mut Feed,
    rows: Rows,
    seen: Seen,
) -> Option<Ending> {
    let (stack, late) = match seen {
        Seen::Stack(stack) => (Some(*stack), LATE_STATUS),
        Seen::Gone => return gone(ctx, step, feed),
        Seen::NotAsked => (None, LATE_STATUS),
        Seen::Delayed => (None, LATE_ANSWER),
    };
    step.gone_at = None;
    if let Some(stack) = &stack {
        step.monitoring_minutes = stack.monitoring.as_secs() / 60;
    }
    match feed.segment().end().cloned() {
        Some(end) => by_row(ctx, step, feed, end, stack, late),
        None if feed.segment().has_successor() => by_change_set(ctx, run, step).await,
        None => by_status(ctx, run, step, feed, rows, stack?).await,
    }
}

/// There is no such stack any more, or not yet for the service that answers.
fn gone<S>(ctx: &Context<'_, S>, step: &mut AwaitStack, feed: &Feed) -> Option<Ending> {
    let since = *step.gone_at.get_or_insert(ctx.now);
    let end = feed.segment().end().cloned();
    let is_deleted = end.as_ref().is_some_and(|status| status.progress() == Progress::Ended(End::Removed));
    let is_over = is_deleted || ctx.now.since(since) >= LATE_EXISTENCE;
    let is_deleted_by_other = !is_deleted || feed.segment().is_deleted_by_other();
    is_over.then(|| Ending { status: Status::new("DELETE_COMPLETE"), stack: None, is_deleted_by_other })
}

/// The final row is there: it counts when the status agrees, or after the time that a status may lag.
fn by_row<S>(
    ctx: &Context<'_, S>,
    step: &mut AwaitStack,
    feed: &Feed,
    end: Status,
    stack: Option<Stack>,
    late: Duration,
) -> Option<Ending> {
    let since = *step.ended_at.get_or_insert(ctx.now);
    if ctx.now.since(since) < LATE_RESOURCE_ROW && cause::misses_row(feed) {
        return None;
    }
    let stack = stack.filter(|stack| stack.status == end);
    let is_over = stack.is_some() || feed.segment().has_successor() || ctx.now.since(since) >= late;
    let is_deleted_by_other = feed.segment().is_deleted_by_other();
    is_over.then_some(Ending { status: end, stack, is_deleted_by_other })
}

/// The final row is missing and another operation began: then the status is theirs, and the change set knows ours.
async fn by_change_set<S: Stacks>(ctx: &Context<'_, S>, run: &mut Run, step: &mut AwaitStack) -> Option<Ending> {
    let since = *step.ended_at.get_or_insert(ctx.now);
    if ctx.now.since(since) < LATE_ROW {
        return None;
    }
    let answer = ctx.stacks.change_set(step.change_set.as_ref()?, None, None).await;
    let execution = match answer {
        Err(error) if error.is_retryable() => return None,
        answer => ctx.detail(run, answer).map(|found| found.execution).unwrap_or_default(),
    };
    let status = match execution.execution() {
        Execution::Complete if step.is_new => Status::new("CREATE_COMPLETE"),
        Execution::Complete => Status::new("UPDATE_COMPLETE"),
        Execution::Unavailable
        | Execution::Available
        | Execution::Running
        | Execution::Failed
        | Execution::Obsolete => execution,
    };
    Some(Ending { status, stack: None, is_deleted_by_other: false })
}

/// The final row is missing: the status counts if it cannot be the one before.
async fn by_status<S: Stacks>(
    ctx: &Context<'_, S>,
    run: &mut Run,
    step: &mut AwaitStack,
    feed: &mut Feed,
    rows: Rows,
    stack: Stack,
) -> Option<Ending> {
    let Progress::Ended(end) = stack.status.progress() else {
        step.ended_at = None;
        return None;
    };
    if !is_after(ctx, run, step, &stack).await {
        return None;
    }
    if rows == Rows::Read && !feed.segment().has_begun() {
        let adopted = feed.adopt_untokened();
        show(ctx, run, step, adopted);
    }
    let since = *step.ended_at.get_or_insert(ctx.now);
    let patience = match rows {
        Rows::Denied => Duration::ZERO,
        Rows::Delayed if end == End::Succeeded && run.misses >= UNREADABLE => Duration::ZERO,
        Rows::Delayed => LATE_CAUSE,
        Rows::Read if feed.segment().end() == Some(&stack.status) => Duration::ZERO,
        Rows::Read => LATE_ROW,
    };
    let is_over = ctx.now.since(since) >= patience;
    is_over.then(|| Ending { status: stack.status.clone(), stack: Some(stack), is_deleted_by_other: false })
}

/// Whether a final status was reached after the execution began. That before may be shown for some seconds.
async fn is_after<S: Stacks>(ctx: &Context<'_, S>, run: &mut Run, step: &AwaitStack, stack: &Stack) -> bool {
    let Some(change_set) = &step.change_set else { return true };
    if stack.status != step.before.status {
        return true;
    }
    let answer = ctx.stacks.change_set(change_set, None, None).await;
    match answer {
        Ok(found) => matches!(found.execution.execution(), Execution::Complete | Execution::Failed),
        Err(error) if error.is_retryable() => false,
        Err(error) => {
            ctx.detail(run, Err::<(), _>(error));
            stack.updated_at > step.before.updated_at
        }
    }
}

fn wait<S>(
    ctx: &Context<'_, S>,
    run: &mut Run,
    mut step: Box<AwaitStack>,
    feed: Box<Feed>,
    delay: Option<Duration>,
) -> Next {
    let mut open = feed.open();
    if let Some(lines) = ctx.lines {
        open.iter_mut().for_each(|resource| {
            if let WaitsFor::CustomResource { function, log_group } = &mut resource.waits_for {
                let path: Vec<_> = resource.path.split('/').map(str::to_owned).collect();
                *function = lines.function_of_custom_resource(&path);
                *log_group = function.as_deref().and_then(|function| feed.log_group(&path, function));
            }
        });
    }
    let activity = activity(&step, &feed, open.is_empty());
    if !traffic::is_sign_of_life(&step, &open, ctx.now) {
        heartbeat::beat(ctx, run, &step.name, activity, open);
    }
    let percent = percent(&step, &feed);
    let status = feed.status().map(|status| format!(" ({status})")).unwrap_or_default();
    let shift = traffic::summary(&step).map(|shift| format!(": {shift}")).unwrap_or_default();
    let summary = format!("deploying {}{status}{shift}", step.name);
    step.feed = Some(feed);
    let time = delay.unwrap_or_else(|| pace::operation(run, step.looks, ctx.options.poll));
    Next::Wait(Wait { step: Step::AwaitStack(step), time, percent, summary })
}

fn activity(step: &AwaitStack, feed: &Feed, is_idle: bool) -> Activity {
    match feed.status().map(Status::progress) {
        Some(Progress::Running(Direction::Back)) => Activity::RollingBack,
        Some(Progress::Running(Direction::CleanUp)) => Activity::CleaningUp,
        Some(Progress::Running(Direction::Removal)) => Activity::DeletingStack,
        Some(Progress::Running(Direction::Forward)) if is_idle && step.monitoring_minutes > 0 => {
            Activity::Monitoring { until: monitored_until(step, feed) }
        }
        Some(Progress::Running(Direction::Forward) | Progress::Ended(_)) | None => Activity::Changing,
    }
}

fn monitored_until(step: &AwaitStack, feed: &Feed) -> Timestamp {
    feed.last() + Duration::from_secs(60 * step.monitoring_minutes)
}

/// Completed resources of those that change; the rest is for the clean-up.
fn percent(step: &AwaitStack, feed: &Feed) -> u8 {
    let hundredths = 100 * feed.completed() + traffic::hundredths(step, feed);
    let done = hundredths * 95 / (100 * step.expected as usize).max(1);
    u8::try_from(done.min(95)).unwrap_or(95)
}
