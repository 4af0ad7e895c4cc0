//! The traffic shifts of an operation, among its events.

use super::context::Context;
use super::feed::Feed;
use super::phase::{AwaitStack, Run};
use super::stacks::Stacks;
use crate::facts::{DeployEvent, OpenResource, ServiceError, ShiftState, Timestamp, TrafficShift};
use crate::shift::{
    AliasGroups, AliasRow, Caller, GroupCache, GroupName, Look, Sought, alias_policies, group_by_convention,
};
use std::collections::BTreeMap;
use std::time::Duration;

/// Time after the last line of a shift from which the deployment gives signs of life again.
const NO_SIGN: Duration = Duration::from_secs(100);
const ALIAS: &str = "AWS::Lambda::Alias";
const NESTED_STACK: &str = "AWS::CloudFormation::Stack";
const TEMPLATE: &str = "cloudformation:GetTemplate";
const RESOURCES: &str = "cloudformation:ListStackResources";

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
        if !self.may_list {
            return Ok(Sought::Unknown);
        }
        self.read_template(&row.stack_id).await?;
        let policies = self.cache.0.get(&row.stack_id).map(Vec::as_slice).unwrap_or_default();
        let policy = policies.iter().find(|policy| policy.alias == *alias).cloned();
        let ids = self.physical_ids(&row.stack_id).await?;
        let found = match &policy {
            Some(policy) => policy.group(ids),
            None => group_by_convention(alias, ids),
        };
        Ok(match (found, policy) {
            (Some(group), _) => Sought::Found(group),
            (None, Some(_)) => Sought::Unknown,
            (None, None) => Sought::Absent,
        })
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

/// Looks at the shifts, if an alias is open and it is time.
pub async fn look<S: Stacks>(ctx: &Context<'_, S>, run: &mut Run, step: &mut AwaitStack, feed: &Feed) {
    let rows = feed.aliases();
    if rows.iter().any(|row| row.is_open) {
        look_at(ctx, run, step, &rows, false).await;
    }
}

/// The shifts at the end of the operation.
pub async fn finish<S: Stacks>(
    ctx: &Context<'_, S>,
    run: &mut Run,
    step: &mut AwaitStack,
    feed: &Feed,
) -> Vec<TrafficShift> {
    let rows = feed.aliases();
    if !step.is_new && !rows.is_empty() {
        look_at(ctx, run, step, &rows, true).await;
    }
    step.shifts.shifts()
}

async fn look_at<S: Stacks>(
    ctx: &Context<'_, S>,
    run: &mut Run,
    step: &mut AwaitStack,
    rows: &[AliasRow],
    is_last: bool,
) {
    let look = {
        let caller = Caller { deployments: ctx.stacks.deployments(), denied: &run.denied, now: ctx.now };
        let mut groups = StackGroups {
            stacks: ctx.stacks,
            may_read_template: ctx.may(run, TEMPLATE),
            may_list: ctx.may(run, RESOURCES),
            cache: &mut step.groups,
            physical_ids: BTreeMap::new(),
        };
        match is_last {
            true => step.shifts.look_now(&caller, &mut groups, rows).await,
            false => step.shifts.look(&caller, &mut groups, rows).await,
        }
    };
    tell(ctx, run, look);
}

fn tell<S>(ctx: &Context<'_, S>, run: &mut Run, look: Look) {
    look.shown.into_iter().for_each(|shift| ctx.report(run, DeployEvent::TrafficShift(Box::new(shift))));
    for error in look.errors.into_iter().filter(|error| !error.is_retryable()) {
        ctx.detail(run, Err::<(), _>(error));
    }
}

/// Whether the lines of shifts are a sign of life for all that is open.
pub fn is_sign_of_life(step: &AwaitStack, open: &[OpenResource], now: Timestamp) -> bool {
    let is_shown = step.shifts.said_at().is_some_and(|said| now.since(said) < NO_SIGN);
    is_shown && open.iter().all(|it| matches!(it.resource_type.as_str(), ALIAS | NESTED_STACK))
}

/// The weights of the shifts that run, in hundredths of a resource each; for the percentage.
pub fn hundredths(step: &AwaitStack) -> usize {
    let running = step.shifts.shifts().into_iter().filter(|shift| shift.state == ShiftState::Running);
    running.map(|shift| usize::from(shift.weight)).sum()
}

/// The shift that runs, in a few words.
pub fn summary(step: &AwaitStack) -> Option<String> {
    let running = step.shifts.shifts().into_iter().find(|shift| shift.state == ShiftState::Running)?;
    let TrafficShift { function, alias, weight, to, .. } = running;
    Some(format!("{function}:{alias} {weight} % on version {to}"))
}
