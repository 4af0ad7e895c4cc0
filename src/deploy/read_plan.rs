//! Reads the changes of a change set, with those of nested ones.

use super::context::Context;
use super::phase::{Run, Target};
use super::stacks::{ChangeSet, DescribedChange, Stacks};
use crate::facts::resource_types::STACK;
use crate::facts::{ChangeAction, Plan, ServiceError, StackChange};

/// All changes in the order of the service, those of a nested stack after the stack itself.
pub async fn read<S: Stacks>(ctx: &Context<'_, S>, run: &mut Run, target: &Target) -> Result<Plan, ServiceError> {
    let mut plan = Plan { changes: Vec::new(), unknown: Vec::new() };
    // Change sets to read, the next one last, each with its parents.
    let mut open = vec![(target.change_set.clone(), Vec::new())];
    while let Some((change_set, parents)) = open.pop() {
        let changes = match all_changes(ctx.stacks, &change_set).await {
            Ok(changes) => changes,
            Err(error) if parents.is_empty() || error.is_retryable() => return Err(error),
            // A nested change set may be forbidden, or gone: then its changes are not known.
            Err(error) => {
                ctx.detail(run, Err::<(), _>(error));
                plan.unknown.push(parents.join("/"));
                continue;
            }
        };
        let mut nested = Vec::new();
        for DescribedChange { change, nested: id } in changes {
            let change = with_place(ctx, StackChange { parents: parents.clone(), ..change });
            let path = [parents.as_slice(), std::slice::from_ref(&change.logical_id)].concat();
            match id {
                Some(id) => nested.push((id, path)),
                None if is_unknown(&change, target) => plan.unknown.push(change.path()),
                None => {}
            }
            plan.changes.push(change);
        }
        open.extend(nested.into_iter().rev());
    }
    Ok(plan)
}

/// Whether a nested stack may change in ways that were not computed.
fn is_unknown(change: &StackChange, target: &Target) -> bool {
    let exists = match change.action {
        ChangeAction::Modify | ChangeAction::Dynamic => true,
        ChangeAction::Add | ChangeAction::Remove | ChangeAction::Import | ChangeAction::Other(_) => false,
    };
    target.leaves_out_nested && exists && change.resource_type == STACK
}

fn with_place<S>(ctx: &Context<'_, S>, change: StackChange) -> StackChange {
    let path = [change.parents.as_slice(), std::slice::from_ref(&change.logical_id)].concat();
    StackChange { place: ctx.lines.and_then(|lines| lines.resource(&path)), ..change }
}

async fn all_changes(stacks: &impl Stacks, change_set: &str) -> Result<Vec<DescribedChange>, ServiceError> {
    let (mut changes, mut page) = (Vec::new(), None::<String>);
    loop {
        let ChangeSet { changes: more, next, .. } = stacks.change_set(change_set, None, page.as_deref()).await?;
        changes.extend(more);
        page = next;
        if page.is_none() {
            return Ok(changes);
        }
    }
}
