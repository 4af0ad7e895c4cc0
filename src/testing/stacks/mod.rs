//! CloudFormation in memory, over virtual time: stacks with their history, change sets, and what goes wrong.
//!
//! The future of a stack is written when a change set is executed; a call sees as much of it as the time allows.

mod fault;
mod play;
mod service;
#[cfg(test)]
mod tests;

pub use fault::{Op, Wrong};
pub use play::{Mode, Play};

use crate::deploy::{
    ChangeSetKind, ChangeSetRequest, DescribedChange, ExecuteRequest, Finding, HookResult, Status, TemplateText,
};
use crate::facts::{ChangeAction, Replacement, StackChange, StackOutput, Timestamp};
use fault::{Fault, When};
use play::{Played, Stage};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

/// The time at which each test begins.
pub const BEGIN: Timestamp = Timestamp::from_millis(1_790_000_000_000);
const ACCOUNT: &str = "111122223333";

/// The fake. Clones share the stacks.
#[derive(Clone)]
pub struct FakeStacks(Arc<Mutex<State>>);

/// What a change set does.
#[derive(Debug, Clone, Default)]
pub struct Script {
    /// Seconds until it is computed.
    pub takes: u64,
    /// Why it fails.
    pub fails: Option<String>,
    pub changes: Vec<DescribedChange>,
    /// Nested change sets by the logical id of their stack.
    pub nested: Vec<(String, Script)>,
    pub play: Play,
    pub findings: Vec<Finding>,
    pub hooks: Vec<HookResult>,
}

/// Something that somebody else does.
#[derive(Debug, Clone)]
pub enum Intrusion {
    /// Another update, which makes open change sets obsolete.
    Update,
    /// Another deployment, which deletes all other change sets.
    Deployment,
    DeleteStack,
    DeleteChangeSets,
    Cancel,
    /// The stack is removed without a trace.
    Forget,
    Create(String),
}

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
}

struct FakeStack {
    id: String,
    created: Timestamp,
    name: String,
    base: Status,
    is_child: bool,
    is_forgotten: bool,
    rows: Vec<crate::deploy::StackEvent>,
    /// From when on it has which outputs.
    outputs: Vec<(Timestamp, Vec<StackOutput>)>,
    updated: Vec<Timestamp>,
    parameters: BTreeSet<String>,
    tags: BTreeMap<String, String>,
    role_arn: Option<String>,
    is_protected: bool,
    policy: Option<String>,
    monitoring: Duration,
    failures: Vec<Finding>,
}

struct FakeChangeSet {
    id: String,
    name: String,
    token: String,
    stack: String,
    kind: ChangeSetKind,
    created: Timestamp,
    script: Script,
    deletes_on_failure: bool,
    express: bool,
    nested: Vec<(String, String)>,
    executed: Option<(String, Timestamp)>,
    is_obsolete: bool,
    deleted: Option<Timestamp>,
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
        })))
    }
}

/// A request for a change set, which takes the place of what a deployment sends.
pub fn request(stack: &str, token: &str, kind: ChangeSetKind) -> ChangeSetRequest {
    ChangeSetRequest {
        stack: stack.to_owned(),
        name: format!("set-{token}"),
        token: token.to_owned(),
        kind,
        description: None,
        template: TemplateText::Body("Resources: {}".to_owned()),
        parameters: Vec::new(),
        tags: None,
        capabilities: None,
        role_arn: None,
        topics: None,
        triggers: None,
        deletes_on_failure: false,
        includes_nested: true,
        imports_existing: false,
        reverts_drift: false,
        express: None,
    }
}

/// A change as a change set lists it.
pub fn change(id: &str, kind: &str, action: ChangeAction, replacement: Option<Replacement>) -> DescribedChange {
    DescribedChange {
        change: StackChange {
            parents: Vec::new(),
            logical_id: id.to_owned(),
            physical_id: None,
            resource_type: kind.to_owned(),
            action,
            replacement,
            policy_action: None,
            causes: Vec::new(),
            place: None,
        },
        nested: None,
    }
}

impl Script {
    /// A change set that is computed in two seconds and plays this.
    pub fn plays(play: Play) -> Self {
        Self { takes: 2, play, ..Self::default() }
    }

    /// A change set that fails.
    pub fn fails(reason: &str) -> Self {
        Self { takes: 2, fails: Some(reason.to_owned()), ..Self::default() }
    }

    pub fn empty() -> Self {
        Self::fails(
            "The submitted information didn't contain changes. Submit different information to create a change set.",
        )
    }

    #[must_use]
    pub fn with(mut self, change: DescribedChange) -> Self {
        self.changes.push(change);
        self
    }

    /// With a nested change set, and the change of its stack.
    #[must_use]
    pub fn nesting(mut self, id: &str, script: Self) -> Self {
        self.changes.push(change(id, "AWS::CloudFormation::Stack", ChangeAction::Modify, Some(Replacement::Never)));
        self.nested.push((id.to_owned(), script));
        self
    }
}

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

    /// The largest number of calls within a minute.
    pub fn calls_per_minute(&self) -> usize {
        let state = self.lock();
        let minute = Duration::from_secs(60);
        let within =
            |from: Timestamp| state.calls.iter().filter(|(at, _)| *at >= from && at.since(from) < minute).count();
        state.calls.iter().map(|(at, _)| within(*at)).max().unwrap_or(0)
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

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no test panics while it holds the lock")
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

impl FakeStack {
    fn status(&self, at: Timestamp) -> Status {
        self.last_root(at).map_or_else(|| self.base.clone(), |row| row.status.clone())
    }

    fn last_root(&self, at: Timestamp) -> Option<&crate::deploy::StackEvent> {
        self.rows.iter().rfind(|row| row.time <= at && row.physical_id.as_deref() == Some(&self.id))
    }

    fn is_deleted(&self, at: Timestamp) -> bool {
        self.is_forgotten || self.status(at) == Status::new("DELETE_COMPLETE")
    }

    fn outputs(&self, at: Timestamp) -> Vec<StackOutput> {
        self.outputs.iter().rfind(|(from, _)| *from <= at).map(|(_, outputs)| outputs.clone()).unwrap_or_default()
    }
}

impl State {
    fn add_stack(&mut self, name: &str, status: &str) -> String {
        let id = format!("arn:aws:cloudformation:eu-west-1:{ACCOUNT}:stack/{name}/{:04}", self.stacks.len());
        self.stacks.push(FakeStack {
            id: id.clone(),
            created: self.now,
            name: name.to_owned(),
            base: Status::new(status),
            is_child: false,
            is_forgotten: false,
            rows: Vec::new(),
            outputs: vec![(Timestamp::default(), Vec::new())],
            updated: Vec::new(),
            parameters: BTreeSet::new(),
            tags: BTreeMap::new(),
            role_arn: None,
            is_protected: false,
            policy: None,
            monitoring: Duration::ZERO,
            failures: Vec::new(),
        });
        id
    }

    /// Writes the future of a stack; returns its end.
    fn perform(&mut self, stage: Stage, play: &Play) -> Timestamp {
        let Played { rows, nested, end, succeeded } = play.play(&stage);
        for (child, rows) in nested {
            match self.stacks.iter_mut().find(|it| it.id == child.stack) {
                Some(known) => known.rows.extend(rows),
                None => {
                    self.add_stack(&child.name, "REVIEW_IN_PROGRESS");
                    let added = self.stacks.last_mut().expect("a stack was added");
                    (added.id, added.is_child, added.rows) = (child.stack, true, rows);
                }
            }
        }
        let stack = self.stacks.iter_mut().find(|it| it.id == stage.stack).expect("the stack exists");
        stack.updated.push(stage.start);
        stack.rows.extend(rows);
        stack.monitoring = Duration::from_secs(play.monitoring);
        if succeeded {
            stack.outputs.push((end, play.outputs.clone()));
        }
        end
    }

    /// Ends what a stack does now, and writes these rows of somebody else.
    fn replace_future(&mut self, index: usize, statuses: &[(u64, &str, Option<&str>)]) {
        let now = self.now;
        let stack = &mut self.stacks[index];
        stack.rows.retain(|row| row.time <= now);
        for (millis, status, reason) in statuses {
            let time = now + Duration::from_millis(*millis);
            stack.rows.push(crate::deploy::StackEvent {
                stack_id: stack.id.clone(),
                stack_name: stack.name.clone(),
                event_id: format!("theirs-{status}-{}", time.as_millis()),
                logical_id: stack.name.clone(),
                physical_id: Some(stack.id.clone()),
                resource_type: "AWS::CloudFormation::Stack".to_owned(),
                time,
                status: Status::new(*status),
                detailed_status: None,
                reason: reason.map(str::to_owned),
                token: Some("theirs".to_owned()),
                hook: None,
            });
        }
    }

    fn intrude(&mut self, intrusion: &Intrusion) {
        if let Intrusion::Create(name) = intrusion {
            self.add_stack(name, "CREATE_COMPLETE");
            return;
        }
        let Some(index) = self.stacks.iter().rposition(|stack| !stack.is_child) else { return };
        let id = self.stacks[index].id.clone();
        let now = self.now;
        let open = self.change_sets.iter_mut().filter(|it| it.stack == id && it.executed.is_none());
        match intrusion {
            Intrusion::Update => {
                open.for_each(|it| it.is_obsolete = true);
                self.replace_future(index, &[(0, "UPDATE_IN_PROGRESS", None), (9000, "UPDATE_COMPLETE", None)]);
            }
            Intrusion::Deployment => {
                open.for_each(|it| it.deleted = Some(now));
                self.replace_future(index, &[(0, "UPDATE_IN_PROGRESS", None), (9000, "UPDATE_COMPLETE", None)]);
            }
            Intrusion::DeleteChangeSets => open.for_each(|it| it.deleted = Some(now)),
            Intrusion::DeleteStack => {
                self.replace_future(index, &[(0, "DELETE_IN_PROGRESS", None), (4000, "DELETE_COMPLETE", None)]);
            }
            Intrusion::Cancel => {
                let rows = [
                    (0, "UPDATE_ROLLBACK_IN_PROGRESS", Some("User Initiated")),
                    (3000, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", None),
                    (4000, "UPDATE_ROLLBACK_COMPLETE", None),
                ];
                self.replace_future(index, &rows);
            }
            Intrusion::Forget => self.stacks[index].is_forgotten = true,
            Intrusion::Create(_) => {}
        }
    }
}
