//! The traffic shifts of an operation, among its events.

use super::context::Context;
use super::feed::Feed;
use super::phase::{AwaitStack, Run};
use super::stacks::{Stacks, actions};
use crate::facts::resource_types::{ALIAS, STACK};
use crate::facts::{DeployEvent, OpenResource, ServiceError, ShiftState, Timestamp, TrafficShift};
use crate::shift::{
    Access, AliasGroups, AliasPolicy, AliasRow, GroupCache, GroupName, Look, Sought, alias_policies,
    group_by_convention,
};
use std::collections::BTreeMap;
use std::time::Duration;

/// Time after the last line of a shift from which the deployment gives signs of life again.
const NO_SIGN: Duration = Duration::from_secs(100);

/// Finds groups by the template of a stack, and by the names that SAM gives where it may not be read.
struct StackGroups<'a, S> {
    stacks: &'a S,
    may_read_template: bool,
    may_list: bool,
    cache: &'a mut GroupCache,
    /// Read once a look: groups appear while the stack is updated.
    physical_ids: BTreeMap<String, BTreeMap<String, String>>,
}

impl<S: Stacks> AliasGroups for StackGroups<'_, S> {
    async fn group(&mut self, row: &AliasRow) -> Result<Sought<GroupName>, ServiceError> {
        let Some(alias) = row.path.last() else { return Ok(Sought::Absent) };
        self.read_template(&row.stack_id).await?;
        let policy = match self.cache.0.get(&row.stack_id) {
            Some(policies) => match policies.iter().find(|policy| policy.alias == *alias) {
                Some(policy) => Some(policy.clone()),
                None => return Ok(Sought::Absent),
            },
            None => None,
        };
        // The template may name the group without any resource of the stack.
        let named = policy.as_ref().map_or(Sought::Unknown, |policy| policy.group(&BTreeMap::new()));
        if !named.is_unknown() || !self.may_list {
            return Ok(named);
        }
        let ids = self.physical_ids(&row.stack_id).await?;
        Ok(policy.map_or_else(|| group_by_convention(alias, ids).into(), |policy: AliasPolicy| policy.group(ids)))
    }
}

impl<S: Stacks> StackGroups<'_, S> {
    async fn read_template(&mut self, stack: &str) -> Result<(), ServiceError> {
        if self.may_read_template && !self.cache.0.contains_key(stack) {
            let template = self.stacks.template(stack, None).await?;
            self.cache.0.insert(stack.to_owned(), alias_policies(&template));
        }
        Ok(())
    }

    async fn physical_ids(&mut self, stack: &str) -> Result<&BTreeMap<String, String>, ServiceError> {
        if !self.physical_ids.contains_key(stack) {
            let ids = self.stacks.physical_ids(stack).await?;
            self.physical_ids.insert(stack.to_owned(), ids);
        }
        Ok(&self.physical_ids[stack])
    }
}

/// Looks at the shifts, if one may be under way and it is time.
pub async fn look<S: Stacks>(ctx: &Context<'_, S>, run: &mut Run, step: &mut AwaitStack, feed: &Feed) {
    let mut look = {
        let mut groups = groups(ctx, run, &mut step.groups);
        step.shifts.look(&access(ctx, run), &mut groups, feed.aliases()).await
    };
    // The next look makes the other calls again.
    look.errors.retain(|error| !error.is_retryable());
    report_look(ctx, run, look);
}

/// The shifts at the end of the operation.
pub async fn finish<S: Stacks>(
    ctx: &Context<'_, S>,
    run: &mut Run,
    step: &mut AwaitStack,
    feed: &Feed,
) -> Vec<TrafficShift> {
    look_now(ctx, run, step, feed).await;
    step.shifts.shifts().cloned().collect()
}

/// Looks at the shifts, whether it is time or not.
pub async fn look_now<S: Stacks>(ctx: &Context<'_, S>, run: &mut Run, step: &mut AwaitStack, feed: &Feed) {
    if step.is_new || feed.aliases().is_empty() {
        return;
    }
    let look = {
        let mut groups = groups(ctx, run, &mut step.groups);
        step.shifts.look_now(&access(ctx, run), &mut groups, feed.aliases()).await
    };
    report_look(ctx, run, look);
}

fn access<'c, S: Stacks>(ctx: &Context<'c, S>, run: &'c Run) -> Access<'c, S::Deployments> {
    Access { deployments: ctx.stacks.deployments(), denied: &run.denied, now: ctx.now }
}

fn groups<'c, S>(ctx: &Context<'c, S>, run: &Run, cache: &'c mut GroupCache) -> StackGroups<'c, S> {
    StackGroups {
        stacks: ctx.stacks,
        may_read_template: ctx.may(run, actions::TEMPLATE),
        may_list: ctx.may(run, actions::PHYSICAL_IDS),
        cache,
        physical_ids: BTreeMap::new(),
    }
}

/// Reports the shifts, and the calls that failed.
fn report_look<S>(ctx: &Context<'_, S>, run: &mut Run, look: Look) {
    look.shown.into_iter().for_each(|shift| ctx.report(run, DeployEvent::TrafficShift(Box::new(shift))));
    for error in look.errors {
        ctx.detail(run, Err::<(), _>(error));
    }
}

/// Whether the lines of shifts are a sign of life for all that is open.
pub fn is_sign_of_life(step: &AwaitStack, open: &[OpenResource], now: Timestamp) -> bool {
    let is_shown = step.shifts.shown_at().is_some_and(|shown| now.since(shown) < NO_SIGN);
    is_shown && open.iter().all(|it| matches!(it.resource_type.as_str(), ALIAS | STACK))
}

/// The weights of the aliases whose update is not over, in hundredths of a resource each; for the percentage.
pub fn hundredths(step: &AwaitStack, feed: &Feed) -> usize {
    step.shifts.open_shifts(feed.aliases()).map(|shift| usize::from(shift.weight)).sum()
}

/// The shift that runs, in a few words.
pub fn summary(step: &AwaitStack) -> Option<String> {
    let running = step.shifts.shifts().find(|shift| shift.state == ShiftState::Running)?;
    let TrafficShift { function, alias, weight, to, .. } = running;
    Some(format!("{function}:{alias} {weight} % on version {to}"))
}
