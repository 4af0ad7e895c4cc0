//! A stack and a change set of the fake.

use super::script::Script;
use crate::deploy::{ChangeSetKind, Finding, StackEvent, Status};
use crate::facts::{StackOutput, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub struct FakeStack {
    pub id: String,
    pub created: Timestamp,
    pub name: String,
    pub base: Status,
    pub is_child: bool,
    pub is_forgotten: bool,
    pub rows: Vec<StackEvent>,
    /// From when on it has which outputs.
    pub outputs: Vec<(Timestamp, Vec<StackOutput>)>,
    pub updated: Vec<Timestamp>,
    pub parameters: BTreeSet<String>,
    pub tags: BTreeMap<String, String>,
    pub role_arn: Option<String>,
    pub is_protected: bool,
    pub policy: Option<String>,
    pub monitoring: Duration,
    pub failures: Vec<Finding>,
}

pub struct FakeChangeSet {
    pub id: String,
    pub name: String,
    pub token: String,
    pub stack: String,
    pub kind: ChangeSetKind,
    pub created: Timestamp,
    pub script: Script,
    pub deletes_on_failure: bool,
    pub express: bool,
    pub nested: Vec<(String, String)>,
    pub executed: Option<(String, Timestamp)>,
    pub is_obsolete: bool,
    pub deleted: Option<Timestamp>,
}

impl FakeStack {
    pub fn status(&self, at: Timestamp) -> Status {
        self.last_root(at).map_or_else(|| self.base.clone(), |row| row.status.clone())
    }

    pub fn last_root(&self, at: Timestamp) -> Option<&StackEvent> {
        self.rows.iter().rfind(|row| row.time <= at && row.physical_id.as_deref() == Some(&self.id))
    }

    pub fn is_deleted(&self, at: Timestamp) -> bool {
        self.is_forgotten || self.status(at) == Status::new("DELETE_COMPLETE")
    }

    pub fn outputs(&self, at: Timestamp) -> Vec<StackOutput> {
        self.outputs.iter().rfind(|(from, _)| *from <= at).map(|(_, outputs)| outputs.clone()).unwrap_or_default()
    }
}
