//! Shows the rows of the operation.

use super::context::Context;
use super::feed::{Feed, Shown};
use super::phase::{AwaitStack, Run};
use super::stacks::{StackEvent, Stacks};
use crate::facts::{DeployEvent, ServiceError, StackRow};

/// Reported apart from the stack's own events, which may be readable.
const NESTED_EVENTS: &str = "cloudformation:DescribeStackEvents of nested stacks";

/// Shows rows, and remembers that they were shown.
pub fn show<S>(ctx: &Context<'_, S>, run: &mut Run, step: &mut AwaitStack, rows: Vec<(StackEvent, StackRow)>) {
    for (event, row) in rows {
        step.cursor.add(&event);
        ctx.report(run, DeployEvent::Row(row));
    }
}

/// Shows new rows of one nested stack, and returns the calls that were made. They are detail: without them the operation
/// is followed by the rows of its own stack.
pub async fn show_nested<S: Stacks>(
    ctx: &Context<'_, S>,
    run: &mut Run,
    step: &mut AwaitStack,
    feed: &mut Feed,
) -> usize {
    let shown = feed.read_nested(ctx.stacks).await;
    // A failed call counts as one.
    let calls = shown.as_ref().map_or(1, |shown| shown.calls);
    show_detail(ctx, run, step, shown);
    calls
}

/// Shows rows that may be missing. After a passing failure they are read again.
pub fn show_detail<S>(ctx: &Context<'_, S>, run: &mut Run, step: &mut AwaitStack, shown: Result<Shown, ServiceError>) {
    match shown {
        Ok(shown) => show(ctx, run, step, shown.rows),
        Err(error) if error.is_retryable() => {}
        Err(error) => report_missing(ctx, run, error),
    }
}

/// Reports that rows of nested stacks are missing.
pub fn report_missing<S>(ctx: &Context<'_, S>, run: &mut Run, error: ServiceError) {
    ctx.detail(run, Err::<(), _>(ServiceError { operation: NESTED_EVENTS, ..error }));
}
