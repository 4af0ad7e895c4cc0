//! A change set that cannot be executed any more, and the operation that came first.

use super::context::Context;
use super::cursor::Cursor;
use super::feed::Feed;
use super::phase::{Run, Target};
use super::stacks::Stacks;
use super::status::{Execution, Status};
use crate::facts::{Failure, FailureKind};

/// Says why a change set cannot be executed, and which operation overtook it.
pub async fn explain<S: Stacks>(ctx: &Context<'_, S>, run: &mut Run, target: &Target, execution: &Status) -> Failure {
    let why = match execution.execution() {
        Execution::Obsolete => "is obsolete: the stack was changed since it was made",
        Execution::Complete | Execution::Failed => "was executed already",
        Execution::Running => "is being executed already",
        Execution::Available | Execution::Unavailable => "cannot be executed",
    };
    let winner = winner(ctx, run, target).await.map(|it| format!(" ({it})")).unwrap_or_default();
    let message = format!("the change set {} of {} {why}{winner}", target.change_set, target.name);
    let hint = match execution.execution() {
        Execution::Running => format!("watch it with samstep deploy --follow {}", target.stack),
        _ => "make a new plan".to_owned(),
    };
    Failure::new(FailureKind::Refused, message).with_hint(hint)
}

/// The newest operation on the stack: its first row.
async fn winner<S: Stacks>(ctx: &Context<'_, S>, run: &mut Run, target: &Target) -> Option<String> {
    let mut feed = Feed::new(&target.stack, None, Cursor::default());
    let answer = feed.read_root(ctx.stacks).await;
    let shown = ctx.detail(run, answer)?;
    let (first, _) = shown.rows.first()?;
    let token = first.token.as_ref().map(|token| format!(", token {token}")).unwrap_or_default();
    Some(format!("{} at {}{token}", first.status, first.time))
}
