//! CloudFormation in memory, over virtual time: stacks with their history, change sets, and what goes wrong.
//!
//! The future of a stack is written when a change set is executed; a call sees as much of it as the time allows.

mod arrange;
mod calls;
mod fault;
mod history;
mod intrusion;
mod observe;
mod play;
mod script;
mod service;
mod shifts;
mod stack;
#[cfg(test)]
mod tests;

pub use fault::{Op, Wrong};
pub use intrusion::Intrusion;
pub use play::{Mode, Play};
pub use script::{Script, change, request};
pub use shifts::{FakeShift, canary};

use crate::deploy::{ChangeSetRequest, ExecuteRequest, HookResult};
use crate::facts::Timestamp;
use fault::Fault;
use shifts::Shifts;
use stack::{FakeChangeSet, FakeStack};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

/// The time at which each test begins.
pub const BEGIN: Timestamp = Timestamp::from_millis(1_790_000_000_000);
const ACCOUNT: &str = "111122223333";

/// The fake. Clones share the stacks.
#[derive(Clone)]
pub struct FakeStacks(Arc<Mutex<State>>);

struct State {
    now: Timestamp,
    stacks: Vec<FakeStack>,
    change_sets: Vec<FakeChangeSet>,
    scripts: VecDeque<Script>,
    faults: Vec<Fault>,
    intrusions: Vec<(Timestamp, Intrusion)>,
    counts: BTreeMap<Op, usize>,
    calls: Vec<(Timestamp, Op)>,
    created: Vec<ChangeSetRequest>,
    /// The token of each request for a change set, refused ones too.
    creation_tokens: Vec<String>,
    executed: Vec<ExecuteRequest>,
    page_size: usize,
    status_lag: Duration,
    event_lag: Duration,
    existence_lag: Duration,
    hides_final_rows: bool,
    hides_tokens: bool,
    forbids_nested_events: bool,
    /// Calls a second.
    quota: Option<usize>,
    scripts_of: BTreeMap<String, Script>,
    importers: BTreeMap<String, Vec<String>>,
    hook_results: BTreeMap<String, HookResult>,
    shifts: Shifts,
}

impl Default for FakeStacks {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(State {
            now: BEGIN,
            stacks: Vec::new(),
            change_sets: Vec::new(),
            scripts: VecDeque::new(),
            faults: Vec::new(),
            intrusions: Vec::new(),
            counts: BTreeMap::new(),
            calls: Vec::new(),
            created: Vec::new(),
            creation_tokens: Vec::new(),
            executed: Vec::new(),
            page_size: 100,
            status_lag: Duration::ZERO,
            event_lag: Duration::ZERO,
            existence_lag: Duration::ZERO,
            hides_final_rows: false,
            hides_tokens: false,
            forbids_nested_events: false,
            quota: None,
            scripts_of: BTreeMap::new(),
            importers: BTreeMap::new(),
            hook_results: BTreeMap::new(),
            shifts: Shifts::default(),
        })))
    }
}

impl FakeStacks {
    pub fn now(&self) -> Timestamp {
        self.lock().now
    }

    /// Lets time pass.
    pub fn pass(&self, time: Duration) {
        let mut state = self.lock();
        let until = state.now + time;
        let due: Vec<_> = state.intrusions.iter().filter(|(at, _)| *at <= until).cloned().collect();
        state.intrusions.retain(|(at, _)| *at > until);
        for (at, intrusion) in due {
            state.now = state.now.max(at);
            state.intrude(&intrusion);
        }
        state.now = until;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no test panics while it holds the lock")
    }
}
