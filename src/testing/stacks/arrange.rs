//! What a test makes of the fake before it deploys.

use super::fault::{Fault, Op, When, Wrong};
use super::intrusion::Intrusion;
use super::play::{Mode, Play, Stage};
use super::script::Script;
use super::{BEGIN, FakeStacks};
use crate::deploy::{Finding, HookResult};
use crate::facts::{StackOutput, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::time::Duration;

impl FakeStacks {
    /// A service whose next change set plays this.
    pub fn playing(play: Play) -> Self {
        Self::with(Script::plays(play))
    }

    pub fn with(script: Script) -> Self {
        let fake = Self::default();
        fake.then(script);
        fake
    }

    /// What the change set after those that are known does.
    pub fn then(&self, script: Script) {
        self.lock().scripts.push_back(script);
    }

    /// A stack that exists since long ago; returns its ARN.
    pub fn has(&self, name: &str, status: &str) -> String {
        self.lock().add_stack(name, status)
    }

    /// Changes a stack that exists.
    pub fn set(&self, stack: &str, change: impl FnOnce(&mut StackSettings<'_>)) {
        let mut state = self.lock();
        let stack = state.stacks.iter_mut().find(|it| it.id == stack).expect("the test made the stack");
        change(&mut StackSettings {
            outputs: &mut stack.outputs[0].1,
            parameters: &mut stack.parameters,
            tags: &mut stack.tags,
            role_arn: &mut stack.role_arn,
            is_protected: &mut stack.is_protected,
            failures: &mut stack.failures,
        });
    }

    /// What a stack's last operation did, as history.
    pub fn had(&self, stack: &str, is_new: bool, mode: Mode, play: &Play) {
        let mut state = self.lock();
        let start = Timestamp::from_millis(BEGIN.as_millis() - 3_600_000);
        let token = Some("earlier".to_owned());
        let found = state.stacks.iter().find(|it| it.id == stack).expect("the test made the stack");
        let stage = Stage { stack: stack.to_owned(), name: found.name.clone(), token, is_new, mode, start };
        state.perform(stage, play);
    }

    /// These calls, from zero, go wrong.
    pub fn breaks(&self, op: Op, calls: Range<usize>, wrong: Wrong) {
        self.lock().faults.push(Fault { op, wrong, when: When::Calls(calls) });
    }

    /// Calls go wrong between these seconds.
    pub fn breaks_during(&self, op: Op, seconds: Range<u64>, wrong: Wrong) {
        let at = |second: u64| BEGIN + Duration::from_secs(second);
        let when = When::During(at(seconds.start)..at(seconds.end));
        self.lock().faults.push(Fault { op, wrong, when });
    }

    /// Somebody else does something at a second.
    pub fn intrudes(&self, second: u64, intrusion: Intrusion) {
        self.lock().intrusions.push((BEGIN + Duration::from_secs(second), intrusion));
    }

    pub fn shows_status_late(&self, seconds: u64) {
        self.lock().status_lag = Duration::from_secs(seconds);
    }

    pub fn shows_events_late(&self, seconds: u64) {
        self.lock().event_lag = Duration::from_secs(seconds);
    }

    /// Somebody else deletes a stack and creates another of its name just before a change set is created, from zero.
    pub fn replaces_before(&self, call: usize, name: &str) {
        self.lock().replaced_stack = Some((name.to_owned(), call));
    }

    /// A change set is created for the name of a stack, as emulators have it, not for its ARN.
    pub fn takes_names_only(&self) {
        self.lock().takes_names_only = true;
    }

    /// The failed row of a resource is shown some seconds later than those around it.
    pub fn shows_failure_late(&self, logical_id: &str, seconds: u64) {
        self.lock().late_failure = Some((logical_id.to_owned(), Duration::from_secs(seconds)));
    }

    /// A new stack is not found by its name for some seconds.
    pub fn shows_stacks_late(&self, seconds: u64) {
        self.lock().existence_lag = Duration::from_secs(seconds);
    }

    pub fn never_shows_final_rows(&self) {
        self.lock().hides_final_rows = true;
    }

    pub fn shows_no_tokens(&self) {
        self.lock().hides_tokens = true;
    }

    /// The events of nested stacks may not be read.
    pub fn forbids_nested_events(&self) {
        self.lock().forbids_nested_events = true;
    }

    /// More calls a second are throttled.
    pub fn limits(&self, calls: usize) {
        self.lock().quota = Some(calls);
    }

    /// What the change set of a new stack does.
    pub fn then_for(&self, stack: &str, script: Script) {
        self.lock().scripts_of.insert(stack.to_owned(), script);
    }

    /// Another update runs on a stack, for so many seconds.
    pub fn busy(&self, stack: &str, seconds: u64) {
        let mut state = self.lock();
        let index = state.stacks.iter().position(|it| it.id == stack).expect("the test made the stack");
        let rows = [(0, "UPDATE_IN_PROGRESS", None), (seconds * 1000, "UPDATE_COMPLETE", None)];
        state.replace_future(index, &rows);
    }

    /// Somebody else creates a stack at a second.
    pub fn appears(&self, second: u64, name: &str) {
        self.intrudes(second, Intrusion::Create(name.to_owned()));
    }

    pub fn pages_by(&self, rows: usize) {
        self.lock().page_size = rows;
    }

    pub fn imports(&self, export: &str, stacks: &[&str]) {
        self.lock().importers.insert(export.to_owned(), stacks.iter().map(|name| (*name).to_owned()).collect());
    }

    pub fn answers_hook(&self, result: HookResult) {
        self.lock().hook_results.insert(result.id.clone(), result);
    }
}

/// What a test may change of a stack.
pub struct StackSettings<'a> {
    pub outputs: &'a mut Vec<StackOutput>,
    pub parameters: &'a mut BTreeSet<String>,
    pub tags: &'a mut BTreeMap<String, String>,
    pub role_arn: &'a mut Option<String>,
    pub is_protected: &'a mut bool,
    pub failures: &'a mut Vec<Finding>,
}
