//! CloudFormation on loopback over the AWS Query protocol, with CodeDeploy and CloudWatch behind the same address, for tests of the executable: it takes the parameters of the
//! model alone, keeps stacks and change sets, plays scripts over virtual time, records every call, and fails calls by
//! script.
//!
//! Each look at a stack or a change set moves the time on, so that a deployment takes as many looks as it has seconds.

mod call;
mod change_sets;
mod details;
mod faults;
mod inputs;
mod protocol;
mod script;
mod service;
mod shifting;
mod stacks;
mod state;
mod template;
mod tests;
mod wire;
mod xml;

pub use call::Call;
pub use faults::{Answer, EXPIRED, Fault, Intrusion, THROTTLED, UNAVAILABLE};
pub use inputs::table;
pub use script::Script;

use crate::loopback::Loopback;
use serde_json::Value;
use state::State;
use std::time::Duration;

/// The service; it ends with the value.
pub struct CloudFormation(Loopback<State>);

impl CloudFormation {
    /// Starts a service without stacks.
    pub fn start() -> Self {
        Self(Loopback::start(|_| State::default(), wire::answer))
    }

    /// Starts a service whose next change set is this.
    pub fn with(script: Script) -> Self {
        let service = Self::start();
        service.then(script);
        service
    }

    pub fn url(&self) -> &str {
        self.0.url()
    }

    /// The change set after those that are known.
    pub fn then(&self, script: Script) {
        self.0.lock().scripts.push_back(script);
    }

    /// The next change set of the stack of this name.
    pub fn then_for(&self, stack: &str, script: Script) {
        self.0.lock().scripts_of.insert(stack.to_owned(), script);
    }

    /// A stack that exists since long ago; returns its ARN.
    pub fn has(&self, name: &str, status: &str) -> String {
        self.0.lock().add_stack(name, status)
    }

    /// A stack that exists with outputs and tags as `DescribeStacks` gives them, and parameters.
    pub fn has_with(&self, name: &str, status: &str, members: Value) -> String {
        let mut state = self.0.lock();
        let id = state.add_stack(name, status);
        state.set_members(&id, members);
        id
    }

    /// Adds what a stack went through before.
    pub fn add_history(&self, stack: &str, script: &Script) {
        self.0.lock().add_history(stack, script);
    }

    pub fn fault(&self, fault: Fault) {
        self.0.lock().faults.push(fault);
    }

    /// Somebody else does this now.
    pub fn intrude(&self, stack: &str, intrusion: &Intrusion) {
        self.0.lock().intrude(stack, intrusion);
    }

    /// Calls with this access key are refused from now on, because its token expired.
    pub fn expire(&self, access_key: &str) {
        self.0.lock().expired.push(access_key.to_owned());
    }

    /// Lists have so many items a page.
    pub fn pages_by(&self, items: usize) {
        self.0.lock().page_size = items;
    }

    /// Lets the time go by the real clock.
    pub fn follow_real_clock(&self) {
        self.0.lock().follow_real_clock();
    }

    /// A look takes this much virtual time.
    pub fn looks_take(&self, time: Duration) {
        self.0.lock().step = time;
    }

    /// An alias that stands for a stack's name.
    pub fn aliases(&self, alias: &str, stack: &str) {
        self.0.lock().aliases.insert(alias.to_owned(), stack.to_owned());
    }

    pub fn imports(&self, export: &str, stacks: &[&str]) {
        let stacks = stacks.iter().map(|name| (*name).to_owned()).collect();
        self.0.lock().importers.insert(export.to_owned(), stacks);
    }

    /// What `GetHookResult` answers.
    pub fn hook_result(&self, result: Value) {
        let id = result["HookResultId"].as_str().expect("a hook result has an id").to_owned();
        self.0.lock().hook_results.insert(id, result);
    }

    /// The status of the stack of this name, or of this ARN.
    pub fn status(&self, stack: &str) -> Option<String> {
        let state = self.0.lock();
        state.find(stack).map(|index| state.status(index))
    }

    /// The names of the change sets that were not deleted.
    pub fn change_sets(&self) -> Vec<String> {
        let state = self.0.lock();
        state.change_sets.iter().filter(|it| !it.is_deleted).map(|it| it.name.clone()).collect()
    }

    /// How many change sets of the stacks of this name were executed.
    pub fn executions(&self, stack: &str) -> usize {
        let state = self.0.lock();
        let is_of = |id: &str| state.stacks.iter().any(|it| it.id == id && it.name == stack && it.root.is_none());
        state.change_sets.iter().filter(|it| it.executed.is_some() && is_of(&it.stack)).count()
    }

    /// Moves the time on, as a look does.
    pub fn look(&self) {
        self.0.lock().look();
    }

    /// Every call so far, in order.
    pub fn calls(&self) -> Vec<Call> {
        self.0.lock().calls.clone()
    }

    /// The calls of an action.
    pub fn calls_of(&self, action: &str) -> Vec<Call> {
        self.calls().into_iter().filter(|call| call.action == action).collect()
    }

    /// The calls that change something, in order.
    pub fn writes(&self) -> Vec<String> {
        self.calls().into_iter().filter(Call::is_write).map(|call| call.action).collect()
    }
}
