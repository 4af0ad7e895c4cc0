//! Shows the rows of the operation.

use super::context::Context;
use super::feed::Feed;
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

/// Shows new rows of one nested stack. They are detail: without them the operation is followed by the rows of its own
/// stack.
pub async fn show_nested<S: Stacks>(
    ctx: &Context<'_, S>,
    run: &mut Run,
    step: &mut AwaitStack,
    feed: &mut Feed,
    turn: usize,
) {
    match feed.read_nested(ctx.stacks, turn).await {
        Ok(rows) => show(ctx, run, step, rows),
        Err(error) if error.is_retryable() => {}
        Err(error) => {
            ctx.detail(run, Err::<(), _>(ServiceError { operation: NESTED_EVENTS, ..error }));
        }
    }
}
