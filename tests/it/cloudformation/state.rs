//! The state of the service: stacks with their history, change sets, and the virtual time.

use super::call::Call;
use super::faults::{Answer, Fault, Intrusion};
use super::script::{Row, RowKind, Script};
use super::shifting::Shifting;
use crate::codedeploy::Shifts;
use aws_sdk_s3::primitives::{DateTime, DateTimeFormat};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant, SystemTime};

/// The time at which a test begins, unless it goes by the real clock: 2026-11-30T12:00:00Z, in milliseconds.
const BEGIN: i64 = 1_796_040_000_000;
const ACCOUNT: &str = "111122223333";
const REGION: &str = "us-east-1";
/// The token of the operations of others.
pub const THEIRS: &str = "theirs";

pub struct State {
    /// Milliseconds from 1970 to the beginning.
    begin: i64,
    /// Milliseconds since the beginning.
    pub now: i64,
    /// When it began, if the time goes by the real clock.
    real: Option<Instant>,
    /// How far a look moves the time.
    pub step: Duration,
    pub stacks: Vec<Stack>,
    pub change_sets: Vec<ChangeSet>,
    pub scripts: VecDeque<Script>,
    pub scripts_of: BTreeMap<String, Script>,
    pub faults: Vec<Fault>,
    /// Access keys whose tokens expired.
    pub expired: Vec<String>,
    pub page_size: usize,
    /// Names of stacks by alias.
    pub aliases: BTreeMap<String, String>,
    pub importers: BTreeMap<String, Vec<String>>,
    pub hook_results: BTreeMap<String, Value>,
    pub calls: Vec<Call>,
    /// CodeDeploy and CloudWatch.
    pub shifts: Shifts,
    /// The operations that shift traffic.
    pub shifting: Vec<Shifting>,
    ids: usize,
}

#[derive(Debug, Clone, Default)]
pub struct Stack {
    /// Its ARN.
    pub id: String,
    pub name: String,
    /// The ARN of the root stack, and the logical ids down to this one, if it is nested.
    pub root: Option<(String, Vec<String>)>,
    /// The status before its first row.
    pub base: String,
    pub created: i64,
    pub updated: Option<i64>,
    pub rows: Vec<StackRow>,
    /// The outputs since a time.
    pub outputs: Vec<(i64, Vec<Value>)>,
    pub parameters: BTreeMap<String, String>,
    pub secrets: BTreeSet<String>,
    pub tags: BTreeMap<String, String>,
    pub topics: Vec<String>,
    pub capabilities: Vec<String>,
    pub role_arn: Option<String>,
    pub monitoring_minutes: Option<u64>,
    pub is_protected: bool,
    pub policy: Option<String>,
    pub template: Option<String>,
    pub operation: Option<String>,
    /// Tokens of the calls that were carried out.
    pub tokens: Vec<String>,
    /// An answer that is out of date, and how often it is still given.
    pub stale: Option<(usize, Value)>,
}

/// A row at its time.
#[derive(Debug, Clone)]
pub struct StackRow {
    pub at: i64,
    /// When it can be read; `None` is never.
    pub visible: Option<i64>,
    pub event_id: String,
    pub token: Option<String>,
    pub operation: Option<String>,
    pub row: Row,
}

pub struct ChangeSet {
    /// Its ARN.
    pub id: String,
    pub name: String,
    /// The ARN of its stack.
    pub stack: String,
    /// The call that created it.
    pub call: Call,
    pub values: BTreeMap<String, String>,
    pub secrets: BTreeSet<String>,
    pub script: Script,
    pub created: i64,
    /// Looks at it so far.
    pub looks: usize,
    /// The ids of nested change sets by the logical ids of their stacks.
    pub nested: Vec<(String, String)>,
    pub parent: Option<String>,
    /// The token of its execution, and when that ends.
    pub executed: Option<(Option<String>, i64)>,
    pub is_obsolete: bool,
    pub is_deleted: bool,
    /// The operation that computed it, then the one that executed it.
    pub operation: String,
}

impl Default for State {
    fn default() -> Self {
        Self {
            begin: BEGIN,
            now: 0,
            real: None,
            step: Duration::from_secs(1),
            stacks: Vec::new(),
            change_sets: Vec::new(),
            scripts: VecDeque::new(),
            scripts_of: BTreeMap::new(),
            faults: Vec::new(),
            expired: Vec::new(),
            page_size: 100,
            aliases: BTreeMap::new(),
            importers: BTreeMap::new(),
            hook_results: BTreeMap::new(),
            calls: Vec::new(),
            shifts: Shifts::default(),
            shifting: Vec::new(),
            ids: 0,
        }
    }
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap()
}

pub fn is_success(status: &str) -> bool {
    matches!(status, "CREATE_COMPLETE" | "UPDATE_COMPLETE")
}

impl State {
    /// Lets the time go by the real clock from now on.
    pub fn follow_real_clock(&mut self) {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        (self.begin, self.real) = (millis(now), Some(Instant::now()));
    }

    /// A time as the service writes it, of milliseconds since the beginning.
    pub fn timestamp(&self, millis: i64) -> String {
        DateTime::from_millis(self.epoch(millis)).fmt(DateTimeFormat::DateTime).unwrap()
    }

    /// Milliseconds since 1970 of milliseconds since the beginning.
    pub fn epoch(&self, millis: i64) -> i64 {
        self.begin + millis
    }

    /// Milliseconds since the beginning of milliseconds since 1970.
    pub fn since_begin(&self, epoch: i64) -> i64 {
        epoch - self.begin
    }

    pub fn uuid(&mut self) -> String {
        self.ids += 1;
        format!("00000000-0000-4000-8000-{:012}", self.ids)
    }

    /// The ARN of a new stack or change set.
    pub fn arn(&mut self, kind: &str, name: &str) -> String {
        format!("arn:aws:cloudformation:{REGION}:{ACCOUNT}:{kind}/{name}/{}", self.uuid())
    }

    pub fn look(&mut self) {
        match self.real {
            Some(_) => self.read_clock(),
            None => self.now += millis(self.step),
        }
    }

    pub fn read_clock(&mut self) {
        self.now = self.real.map_or(self.now, |begin| millis(begin.elapsed()));
    }

    /// The stack of an ARN, or the one of a name that was not deleted.
    pub fn find(&self, stack: &str) -> Option<usize> {
        let name = self.aliases.get(stack).map_or(stack, String::as_str);
        let index = self.stacks.iter().rposition(|it| it.id == stack || it.root.is_none() && it.name == name)?;
        (self.stacks[index].id == stack || self.status(index) != "DELETE_COMPLETE").then_some(index)
    }

    /// The status at this time.
    pub fn status(&self, index: usize) -> String {
        let stack = &self.stacks[index];
        stack.last_own(self.now).map_or_else(|| stack.base.clone(), |it| it.row.status.clone())
    }

    pub fn add_stack(&mut self, name: &str, status: &str) -> String {
        let id = self.arn("stack", name);
        let created = if status == "REVIEW_IN_PROGRESS" { self.now } else { -86_400_000 };
        let (id_of_stack, base) = (id.clone(), status.to_owned());
        self.stacks.push(Stack { id: id_of_stack, name: name.to_owned(), base, created, ..Stack::default() });
        id
    }

    /// Sets what a stack has.
    pub fn set_members(&mut self, id: &str, members: Value) {
        let stack = self.stacks.iter_mut().find(|it| it.id == id).expect("the test made the stack");
        let text = |name: &str| members[name].as_str().map(str::to_owned);
        let map = |name: &str| -> BTreeMap<String, String> {
            serde_json::from_value(members[name].clone()).unwrap_or_default()
        };
        stack.outputs = vec![(i64::MIN, members["Outputs"].as_array().cloned().unwrap_or_default())];
        (stack.tags, stack.parameters) = (map("Tags"), map("Parameters"));
        (stack.role_arn, stack.template) = (text("RoleARN"), text("TemplateBody"));
        stack.is_protected = members["EnableTerminationProtection"] == true;
    }

    /// Adds what a stack went through an hour ago.
    pub fn add_history(&mut self, stack: &str, script: &Script) {
        let index = self.find(stack).expect("the test made the stack");
        let (id, operation) = (self.stacks[index].id.clone(), self.uuid());
        self.perform(&id, script, Some("before"), &operation, self.now - 3_600_000);
    }

    /// Writes the future of a stack; returns when it ends.
    pub fn perform(&mut self, id: &str, script: &Script, token: Option<&str>, operation: &str, start: i64) -> i64 {
        let at = |second: u64| start + 1000 * i64::try_from(second).unwrap();
        for row in &script.rows {
            let owner = self.owner(id, &row.parents);
            // Whether the token is carried into nested stacks is not documented.
            let inherited = token.filter(|_| row.parents.is_empty()).map(str::to_owned);
            let stack_row = StackRow {
                at: at(row.second),
                visible: row.visible.map(at),
                event_id: self.uuid(),
                token: row.token.clone().or(inherited),
                operation: Some(operation.to_owned()),
                row: self.with_physical_id(id, &owner, row),
            };
            self.stacks.iter_mut().find(|it| it.id == owner).expect("it was found").rows.push(stack_row);
        }
        let stack = self.stacks.iter_mut().find(|it| it.id == id).expect("it exists");
        let last = stack.rows.iter().rev().find(|it| it.row.kind == RowKind::Stack);
        let (end, succeeded) = last.map_or((start, false), |it| (it.at, is_success(&it.row.status)));
        if succeeded {
            stack.outputs.push((end, script.outputs.clone()));
        }
        stack.operation = Some(operation.to_owned());
        end
    }

    /// The stack that a row belongs to.
    pub fn owner(&mut self, root: &str, parents: &[String]) -> String {
        if parents.is_empty() {
            return root.to_owned();
        }
        let place = Some((root.to_owned(), parents.to_vec()));
        if let Some(found) = self.stacks.iter().find(|it| it.root == place) {
            return found.id.clone();
        }
        let root_name = self.stacks.iter().find(|it| it.id == root).map(|it| it.name.clone()).unwrap_or_default();
        let id = self.add_stack(&format!("{root_name}-{}", parents.join("-")), "CREATE_COMPLETE");
        self.stacks.last_mut().expect("it was added").root = place;
        id
    }

    /// A physical id as the service makes them: none in the first row of a new resource.
    fn with_physical_id(&mut self, root: &str, owner: &str, row: &Row) -> Row {
        let is_first = row.status == "CREATE_IN_PROGRESS" && !row.reason.ends_with("Initiated") && row.hook.is_none();
        let physical_id = match &row.kind {
            RowKind::Stack => Some(owner.to_owned()),
            RowKind::Resource { .. } if is_first && row.physical_id.is_none() => None,
            RowKind::Resource { logical_id, resource_type } if resource_type == super::script::NESTED_STACK => {
                Some(self.owner(root, &[row.parents.as_slice(), std::slice::from_ref(logical_id)].concat()))
            }
            RowKind::Resource { logical_id, .. } => {
                let name = self.stacks.iter().find(|it| it.id == owner).map(|it| it.name.as_str()).unwrap_or_default();
                Some(format!("{name}-{logical_id}-1A2B3C"))
            }
        };
        Row { physical_id: row.physical_id.clone().or(physical_id), ..row.clone() }
    }

    /// The answer of a call that goes wrong.
    pub fn fault_for(&mut self, call: &Call) -> Option<Answer> {
        if self.expired.contains(&call.access_key) {
            return Some(super::EXPIRED);
        }
        let answer =
            self.faults.iter_mut().find_map(|fault| fault.takes(&call.action).then(|| fault.answer.clone()))?;
        let Answer::Meanwhile(intrusion) = answer else { return Some(answer) };
        let set = call.get("ChangeSetName").and_then(|name| self.find_set(name, call.get("StackName")));
        let stack = set.map(|index| self.change_sets[index].stack.clone());
        let stack = stack.or_else(|| call.get("StackName").map(str::to_owned)).unwrap_or_default();
        self.intrude(&stack, &intrusion);
        None
    }

    /// Lets somebody else do something to a stack.
    pub fn intrude(&mut self, stack: &str, intrusion: &Intrusion) {
        if let Intrusion::Create(name) = intrusion {
            self.add_stack(name, "CREATE_COMPLETE");
            return;
        }
        let Some(index) = self.find(stack) else { return };
        let id = self.stacks[index].id.clone();
        let verb = if matches!(intrusion, Intrusion::DeleteStack) { "DELETE" } else { "UPDATE" };
        let others: Vec<_> = self.change_sets.iter_mut().filter(|it| it.stack == id && it.executed.is_none()).collect();
        for other in others {
            match intrusion {
                Intrusion::Update => other.is_obsolete = true,
                Intrusion::Deploy | Intrusion::DeleteChangeSets | Intrusion::DeleteStack => other.is_deleted = true,
                Intrusion::Create(_) => {}
            }
        }
        if !matches!(intrusion, Intrusion::DeleteChangeSets) {
            self.stacks[index].forget_future(self.now);
            let rows = Script::plays(&format!("0 / {verb}_IN_PROGRESS User Initiated\n1 / {verb}_COMPLETE"));
            let operation = self.uuid();
            self.perform(&id, &rows, Some(THEIRS), &operation, self.now);
            self.stacks[index].updated = Some(self.now);
        }
    }
}

impl Stack {
    /// Its last own row at a time.
    pub fn last_own(&self, now: i64) -> Option<&StackRow> {
        self.rows.iter().rfind(|it| it.row.kind == RowKind::Stack && it.at <= now)
    }

    /// Drops the rows that are still to come: another operation takes their place.
    pub fn forget_future(&mut self, now: i64) {
        self.rows.retain(|it| it.at <= now);
    }

    pub fn outputs(&self, now: i64) -> Vec<Value> {
        self.outputs.iter().rfind(|(since, _)| *since <= now).map(|(_, outputs)| outputs.clone()).unwrap_or_default()
    }
}
