//! The history of stacks, written ahead of time.

use super::intrusion::Intrusion;
use super::play::{Play, Played, Stage};
use super::stack::FakeStack;
use super::{ACCOUNT, State};
use crate::deploy::{StackEvent, Status};
use crate::facts::Timestamp;
use crate::facts::resource_types::STACK;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

impl State {
    pub fn add_stack(&mut self, name: &str, status: &str) -> String {
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
    pub fn perform(&mut self, stage: Stage, play: &Play) -> Timestamp {
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

    /// Ends what a stack does now, and writes these rows of another party.
    pub fn replace_future(&mut self, index: usize, statuses: &[(u64, &str, Option<&str>)]) {
        let now = self.now;
        let stack = &mut self.stacks[index];
        stack.rows.retain(|row| row.time <= now);
        for (millis, status, reason) in statuses {
            let time = now + Duration::from_millis(*millis);
            stack.rows.push(StackEvent {
                stack_id: stack.id.clone(),
                stack_name: stack.name.clone(),
                event_id: format!("theirs-{status}-{}", time.as_millis()),
                logical_id: stack.name.clone(),
                physical_id: Some(stack.id.clone()),
                resource_type: STACK.to_owned(),
                time,
                status: Status::new(*status),
                detailed_status: None,
                reason: reason.map(str::to_owned),
                token: Some("theirs".to_owned()),
                hook: None,
            });
        }
    }

    pub fn intrude(&mut self, intrusion: &Intrusion) {
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
