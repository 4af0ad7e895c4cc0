//! What a change set computes and does, written as the history that CloudFormation would show.

use crate::codedeploy::Shift;
use serde_json::{Value, json};

/// A change set and its execution.
#[derive(Debug, Clone, Default)]
pub struct Script {
    pub rows: Vec<Row>,
    pub changes: Vec<Value>,
    pub outputs: Vec<Value>,
    /// Looks at the change set until it is computed.
    pub computing: usize,
    /// Why it cannot be created.
    pub failure: Option<String>,
    /// What `DescribeEvents` lists of the change set, or of its execution.
    pub findings: Vec<Value>,
    /// What `ListHookResults` lists.
    pub hooks: Vec<Value>,
    /// Nested change sets by the logical id of their stack.
    pub nested: Vec<(String, Script)>,
    /// Answers of `DescribeStacks` after the execution that show the stack as it was before.
    pub stale: usize,
    /// Aliases whose traffic shifts; they write the end of the history.
    pub shifts: Vec<Shift>,
}

/// A row of the history of a stack, or of a nested one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Seconds after the execution began.
    pub second: u64,
    /// The second at which it can be read; `None` is never.
    pub visible: Option<u64>,
    /// The logical ids of the nested stacks above it.
    pub parents: Vec<String>,
    pub kind: RowKind,
    pub status: String,
    pub reason: String,
    pub hook: Option<Hook>,
    /// A token other than the one of the execution.
    pub token: Option<String>,
    /// The physical id, if it is not derived from the logical one.
    pub physical_id: Option<String>,
    pub properties: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowKind {
    /// Of the stack itself.
    Stack,
    Resource {
        logical_id: String,
        resource_type: String,
    },
}

/// A hook's part of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    pub name: String,
    pub status: String,
    /// `FAIL` or `WARN`.
    pub mode: String,
    pub id: String,
}

pub const NESTED_STACK: &str = "AWS::CloudFormation::Stack";

/// Why an empty change set fails.
pub const EMPTY: &str =
    "The submitted information didn't contain changes. Submit different information to create a change set.";

impl Script {
    /// A change set that is executed with this history, a row a line:
    ///
    /// ```text
    /// SECOND[+LAG|+never] PATH TYPE STATUS [hook=NAME,STATUS,MODE,ID] [token=…] [id=…] [properties=…] [REASON…]
    /// ```
    ///
    /// `/` is the path of the stack itself, `Child/` of a nested one; both have no type.
    pub fn plays(history: &str) -> Self {
        let rows = history.lines().map(str::trim).filter(|line| !line.is_empty()).map(Row::parse).collect();
        Self { rows, ..Self::default() }
    }

    /// A change set that cannot be created.
    pub fn fails(reason: &str) -> Self {
        Self { failure: Some(reason.to_owned()), ..Self::default() }
    }

    pub fn empty() -> Self {
        Self::fails(EMPTY)
    }

    /// With these changes, one a line: `ACTION LOGICAL-ID TYPE [REPLACEMENT]`.
    pub fn changing(mut self, changes: &str) -> Self {
        let lines = changes.lines().map(str::trim).filter(|line| !line.is_empty());
        self.changes.extend(lines.map(|line| {
            let words: Vec<_> = line.split_whitespace().collect();
            let [action, id, kind] = [words[0], words[1], words[2]];
            let mut change = json!({"Action": action, "LogicalResourceId": id, "ResourceType": kind});
            if let Some(replacement) = words.get(3) {
                change["Replacement"] = json!(replacement);
                change["Scope"] = json!(["Properties"]);
            }
            change
        }));
        self
    }

    /// With more members of the last change.
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.changes.last_mut().expect("the test has a change")[name] = value;
        self
    }

    pub fn gives(mut self, key: &str, value: &str) -> Self {
        self.outputs.push(json!({"OutputKey": key, "OutputValue": value}));
        self
    }

    /// Gives an output that other stacks can import.
    pub fn exports(mut self, key: &str, value: &str, name: &str) -> Self {
        self.outputs.push(json!({"OutputKey": key, "OutputValue": value, "ExportName": name}));
        self
    }

    /// Is computed after so many looks.
    pub fn computing(self, looks: usize) -> Self {
        Self { computing: looks, ..self }
    }

    pub fn finding(mut self, finding: Value) -> Self {
        self.findings.push(finding);
        self
    }

    pub fn hook(mut self, hook: Value) -> Self {
        self.hooks.push(hook);
        self
    }

    /// With a nested change set, and the change of its stack.
    pub fn nesting(mut self, action: &str, id: &str, script: Self) -> Self {
        self = self.changing(&format!("{action} {id} {NESTED_STACK}"));
        self.nested.push((id.to_owned(), script));
        self
    }

    /// With an alias whose traffic shifts. The history of the stack begins and ends by itself.
    pub fn shifting(mut self, shift: Shift) -> Self {
        self.shifts.push(shift);
        self
    }

    pub fn stale(self, answers: usize) -> Self {
        Self { stale: answers, ..self }
    }
}

impl Row {
    fn parse(line: &str) -> Self {
        let mut words = line.split_whitespace();
        let mut next = || words.next().unwrap_or_else(|| panic!("a row that ends early: {line}"));
        let (second, visible) = time(next());
        let (path, mut parents) = (next(), Vec::new());
        let logical_id = path.rsplit('/').next().unwrap_or_default();
        parents.extend(path.split('/').map(str::to_owned).filter(|part| !part.is_empty()));
        let kind = match logical_id {
            "" => RowKind::Stack,
            id => {
                parents.pop();
                RowKind::Resource { logical_id: id.to_owned(), resource_type: next().to_owned() }
            }
        };
        let status = next().to_owned();
        let (hook, token, physical_id, properties) = (None, None, None, None);
        let reason = String::new();
        let mut row = Self { second, visible, parents, kind, status, reason, hook, token, physical_id, properties };
        words.for_each(|word| row.add(word));
        row
    }

    fn add(&mut self, word: &str) {
        match word.split_once('=').filter(|_| self.reason.is_empty()) {
            Some(("hook", hook)) => self.hook = Some(Hook::parse(hook)),
            Some(("token", token)) => self.token = Some(token.to_owned()),
            Some(("id", id)) => self.physical_id = Some(id.to_owned()),
            Some(("properties", text)) => self.properties = Some(text.to_owned()),
            Some(_) | None => {
                let space = if self.reason.is_empty() { "" } else { " " };
                self.reason.push_str(&format!("{space}{word}"));
            }
        }
    }
}

fn time(text: &str) -> (u64, Option<u64>) {
    let (second, lag) = text.split_once('+').unwrap_or((text, "0"));
    let second: u64 = second.parse().unwrap_or_else(|_| panic!("a row begins with a second: {text}"));
    let lag = (lag != "never").then(|| lag.parse::<u64>().expect("a lag in seconds"));
    (second, lag.map(|lag| second + lag))
}

impl Hook {
    fn parse(text: &str) -> Self {
        let parts: Vec<_> = text.split(',').map(str::to_owned).collect();
        let [name, status, mode, id] = <[String; 4]>::try_from(parts).expect("hook=NAME,STATUS,MODE,ID");
        Self { name, status, mode, id }
    }
}
