//! A deployment that is done twice: the process before was lost, or its claim of the job was, and it may still run. Names
//! and tokens are made of the job's id, so that what it began is found again.

use super::context::Context;
use super::phase::Run;
use super::stacks::{ChangeSet, Stacks};
use super::status::Execution;
use crate::facts::ServiceError;

/// Whether this run executed a change set, perhaps in another process.
pub async fn is_begun<S: Stacks>(ctx: &Context<'_, S>, run: &Run, described: &ChangeSet) -> Result<bool, ServiceError> {
    match described.execution.execution() {
        Execution::Running | Execution::Complete | Execution::Failed if is_named_by(run, described) => Ok(true),
        Execution::Running | Execution::Complete | Execution::Failed => {
            was_executed(ctx, run, &described.stack_id).await
        }
        Execution::Available | Execution::Unavailable | Execution::Obsolete => Ok(false),
    }
}

/// Whether the name of a change set is one that this run gives: nobody else makes or executes it.
pub fn is_named_by(run: &Run, described: &ChangeSet) -> bool {
    described.id.contains(&format!(":changeSet/{}-", run.request_token()))
}

/// Whether the stack has an event of this run's execution. The first one may come some seconds late.
pub async fn was_executed<S: Stacks>(ctx: &Context<'_, S>, run: &Run, stack: &str) -> Result<bool, ServiceError> {
    let token = run.request_token();
    let page = ctx.stacks.events(stack, None).await?;
    Ok(page.items.iter().any(|event| event.token.as_ref() == Some(&token)))
}
