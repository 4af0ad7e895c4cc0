//! What a test sees of the fake afterwards.

use super::fault::Op;
use super::{BEGIN, FakeStacks};
use crate::deploy::{ChangeSetRequest, ExecuteRequest};
use crate::facts::Timestamp;
use std::time::Duration;

impl FakeStacks {
    pub fn creation_tokens(&self) -> Vec<String> {
        self.lock().creation_tokens.clone()
    }

    pub fn created(&self) -> Vec<ChangeSetRequest> {
        self.lock().created.clone()
    }

    pub fn executed(&self) -> Vec<ExecuteRequest> {
        self.lock().executed.clone()
    }

    pub fn calls(&self, op: Op) -> usize {
        self.lock().calls.iter().filter(|(_, other)| *other == op).count()
    }

    pub fn total_calls(&self) -> usize {
        self.lock().calls.len()
    }

    /// Whether a call was refused because of the quota.
    pub fn has_throttled(&self) -> bool {
        let state = self.lock();
        state.counts.values().sum::<usize>() > state.calls.len()
    }

    /// The largest number of calls within a minute, from the execution of a change set to the end of its stack.
    pub fn calls_per_minute_while_executing(&self, stack: &str) -> usize {
        let end = self.end(stack);
        let state = self.lock();
        let after_execution = state.calls.iter().skip_while(|(_, op)| *op != Op::Execute).skip(1);
        let times: Vec<_> = after_execution.map(|(at, _)| *at).filter(|at| *at <= end).collect();
        let minute = Duration::from_secs(60);
        let within = |from: Timestamp| times.iter().filter(|at| **at >= from && at.since(from) < minute).count();
        times.iter().map(|at| within(*at)).max().unwrap_or(0)
    }

    /// The names of change sets that stand.
    pub fn change_sets(&self) -> Vec<String> {
        let state = self.lock();
        state.change_sets.iter().filter(|it| it.deleted.is_none()).map(|it| it.name.clone()).collect()
    }

    /// The status of the newest stack of a name, now.
    pub fn status(&self, name: &str) -> Option<String> {
        let state = self.lock();
        let stack = state.stacks.iter().rfind(|it| it.name == name)?;
        Some(stack.status(state.now).to_string())
    }

    /// When the last row of a stack is written.
    pub fn end(&self, name: &str) -> Timestamp {
        let state = self.lock();
        let stack = state.stacks.iter().rfind(|it| it.name == name).expect("the stack exists");
        stack.rows.iter().map(|row| row.time).max().unwrap_or(BEGIN)
    }

    pub fn policy(&self, name: &str) -> Option<String> {
        self.lock().stacks.iter().rfind(|it| it.name == name)?.policy.clone()
    }

    pub fn is_protected(&self, name: &str) -> bool {
        self.lock().stacks.iter().rfind(|it| it.name == name).is_some_and(|it| it.is_protected)
    }
}
