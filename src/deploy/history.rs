//! What happened to a stack before: for messages that refuse it.

use super::cause;
use super::context::Context;
use super::cursor::Cursor;
use super::feed::Feed;
use super::phase::Run;
use super::stacks::{Stack, Stacks};
use super::verdict::one_line;
use crate::facts::{Failure, Problem};

/// The same failure with what the events of the stack say: since when an operation runs, or why the last one failed.
pub async fn explain<S: Stacks>(ctx: &Context<'_, S>, run: &mut Run, stack: &Stack, failure: Failure) -> Failure {
    let mut feed = Feed::new(&stack.id, None, Cursor::default());
    let answer = feed.read_root(ctx.stacks).await;
    let Some(shown) = ctx.detail(run, answer) else { return failure };
    let diagnosis = cause::diagnose(&feed);
    let found = diagnosis.causes.first().and_then(|cause| {
        let reason = one_line(cause.reason.as_ref()?);
        let subject = cause.resource().map(|path| format!("{path}: ")).unwrap_or_default();
        Some(format!(" ({subject}{reason})"))
    });
    let since = || shown.rows.first().map(|(event, _)| format!(" (since {})", event.time));
    let Some(more) = found.or_else(since) else { return failure };
    failure.map(|problem| Problem { message: format!("{}{more}", problem.message), ..problem })
}
