//! The calls of the fake, which may go wrong.

use super::fault::{Op, Wrong};
use super::stack::FakeStack;
use super::{FakeStacks, State};
use crate::deploy::{
    ChangeSet, ChangeSetIds, ChangeSetRequest, ExecuteRequest, FailuresOf, Finding, HookResult, Page, Stack,
    StackEvent, StackRequest, Stacks,
};
use crate::facts::ServiceError;
use std::collections::BTreeMap;
use std::time::Duration;

impl FakeStacks {
    /// Counts a call, carries it out unless it goes wrong before, and loses its answer if it goes wrong after.
    pub(super) fn call<T>(
        &self,
        op: Op,
        resource: &str,
        work: impl FnOnce(&mut State) -> Result<T, ServiceError>,
    ) -> Result<T, ServiceError> {
        let mut state = self.lock();
        let number = state.counts.entry(op).or_default();
        let this = *number;
        *number += 1;
        let now = state.now;
        let second = state.calls.iter().rev().take_while(|(at, _)| now.since(*at) < Duration::from_secs(1)).count();
        if state.quota.is_some_and(|quota| second >= quota) {
            return Err(op.goes(Wrong::Throttled, resource));
        }
        state.calls.push((now, op));
        let wrong = state.faults.iter().find(|fault| fault.applies(op, this, now)).map(|fault| fault.wrong);
        match wrong {
            None => work(&mut state),
            Some(Wrong::Lost) => {
                work(&mut state)?;
                Err(op.goes(Wrong::Lost, resource))
            }
            Some(wrong) => Err(op.goes(wrong, resource)),
        }
    }
}

impl Stacks for FakeStacks {
    type Deployments = Self;

    fn deployments(&self) -> &Self {
        self
    }

    async fn stack(&self, stack: &str) -> Result<Option<Stack>, ServiceError> {
        self.call(Op::Stack, stack, |state| {
            let is_new = |it: &FakeStack| state.now.since(it.created) < state.existence_lag;
            let found = state.find(stack).filter(|index| stack.starts_with("arn:") || !is_new(&state.stacks[*index]));
            Ok(found.map(|index| state.describe(index)))
        })
    }

    async fn create_change_set(&self, request: &ChangeSetRequest) -> Result<ChangeSetIds, ServiceError> {
        self.call(Op::Create, &request.stack, |state| {
            state.replace_stack();
            state.create(request)
        })
    }

    async fn change_set(
        &self,
        change_set: &str,
        stack: Option<&str>,
        page: Option<&str>,
    ) -> Result<ChangeSet, ServiceError> {
        self.call(Op::ChangeSet, change_set, |state| {
            let missing = || Op::ChangeSet.refuses(change_set, "ChangeSetNotFound", "ChangeSet does not exist");
            state.find_set(change_set, stack).map(|index| state.describe_set(index, page)).ok_or_else(missing)
        })
    }

    async fn change_sets(&self, stack: &str) -> Result<Vec<String>, ServiceError> {
        self.call(Op::ChangeSets, stack, |state| {
            let of_stack = state.change_sets.iter().filter(|it| it.stack == stack && it.deleted.is_none());
            Ok(of_stack.map(|it| it.id.clone()).collect())
        })
    }

    async fn execute(&self, request: &ExecuteRequest) -> Result<(), ServiceError> {
        self.call(Op::Execute, &request.change_set, |state| state.execute(request))
    }

    async fn delete_change_set(&self, change_set: &str, stack: Option<&str>) -> Result<(), ServiceError> {
        self.call(Op::DeleteChangeSet, change_set, |state| {
            let now = state.now;
            if let Some(index) = state.find_set(change_set, stack) {
                let mut open = vec![index];
                while let Some(index) = open.pop() {
                    state.change_sets[index].deleted = Some(now);
                    let nested = state.change_sets[index].nested.clone();
                    open.extend(nested.iter().filter_map(|(_, id)| state.find_set(id, None)));
                }
            }
            Ok(())
        })
    }

    async fn delete_stack(&self, request: &StackRequest) -> Result<(), ServiceError> {
        self.call(Op::DeleteStack, &request.stack, |state| state.delete_stack(request))
    }

    async fn roll_back(&self, request: &StackRequest) -> Result<(), ServiceError> {
        self.call(Op::RollBack, &request.stack, |state| state.roll_back(request))
    }

    async fn events(&self, stack: &str, page: Option<&str>) -> Result<Page<StackEvent>, ServiceError> {
        self.call(Op::Events, stack, |state| state.events(stack, page))
    }

    async fn failures(&self, of: &FailuresOf) -> Result<Vec<Finding>, ServiceError> {
        let (FailuresOf::ChangeSet(id) | FailuresOf::Operation { stack: id, .. }) = of;
        self.call(Op::Failures, id, |state| {
            let of_set = state.change_sets.iter().find(|it| it.id == *id).map(|it| it.script.findings.clone());
            let of_stack = state.stacks.iter().find(|it| it.id == *id).map(|it| it.failures.clone());
            Ok(of_set.or(of_stack).unwrap_or_default())
        })
    }

    async fn hooks(&self, change_set: &str) -> Result<Vec<HookResult>, ServiceError> {
        self.call(Op::Hooks, change_set, |state| {
            let set = state.change_sets.iter().find(|it| it.id == change_set);
            Ok(set.map(|it| it.script.hooks.clone()).unwrap_or_default())
        })
    }

    async fn hook(&self, id: &str) -> Result<HookResult, ServiceError> {
        self.call(Op::Hook, id, |state| {
            let missing = || Op::Hook.refuses(id, "HookResultNotFound", "no such hook result");
            state.hook_results.get(id).cloned().ok_or_else(missing)
        })
    }

    async fn protect(&self, stack: &str, is_protected: bool) -> Result<(), ServiceError> {
        self.call(Op::Protect, stack, |state| {
            let index = state.find(stack).expect("the stack exists");
            state.stacks[index].is_protected = is_protected;
            Ok(())
        })
    }

    async fn set_policy(&self, stack: &str, policy: &str) -> Result<(), ServiceError> {
        self.call(Op::SetPolicy, stack, |state| {
            let index = state.find(stack).expect("the stack exists");
            state.stacks[index].policy = Some(policy.to_owned());
            Ok(())
        })
    }

    async fn template(&self, stack: &str, change_set: Option<&str>) -> Result<String, ServiceError> {
        self.call(Op::Template, stack, |state| state.processed_template(stack, change_set))
    }

    async fn physical_ids(&self, stack: &str) -> Result<BTreeMap<String, String>, ServiceError> {
        self.call(Op::PhysicalIds, stack, |state| Ok(state.physical_ids()))
    }

    async fn importers(&self, export: &str) -> Result<Vec<String>, ServiceError> {
        self.call(Op::Importers, export, |state| Ok(state.importers.get(export).cloned().unwrap_or_default()))
    }
}
