//! What the calls do, with the refusals of the service.

use super::fault::{Op, Wrong};
use super::play::{Mode, Stage};
use super::script::Script;
use super::stack::{FakeChangeSet, FakeStack};
use super::{ACCOUNT, State};
use crate::deploy::{
    ChangeSet, ChangeSetIds, ChangeSetKind, ChangeSetRequest, ExecuteRequest, Page, Stack, StackEvent, StackRequest,
    Status,
};
use crate::facts::{ServiceError, Timestamp};
use std::time::Duration;

impl State {
    pub fn find(&self, stack: &str) -> Option<usize> {
        let is_it = |it: &FakeStack| match stack.starts_with("arn:") {
            true => it.id == stack && !it.is_forgotten,
            false => it.name == stack && !it.is_child && !it.is_deleted(self.now),
        };
        self.stacks.iter().rposition(is_it)
    }

    pub fn describe(&self, index: usize) -> Stack {
        let it = &self.stacks[index];
        let at = Timestamp::from_millis(self.now.as_millis() - self.status_lag.as_millis() as u64);
        Stack {
            id: it.id.clone(),
            name: it.name.clone(),
            status: it.status(at),
            status_reason: it.last_root(at).and_then(|row| row.reason.clone()),
            parameters: it.parameters.clone(),
            tags: it.tags.clone(),
            outputs: it.outputs(at),
            role_arn: it.role_arn.clone(),
            is_protected: it.is_protected,
            created_at: None,
            updated_at: it.updated.iter().rfind(|time| **time <= at).copied(),
            operation_id: Some(format!("operation-{}", it.updated.len())),
            monitoring: it.monitoring,
        }
    }

    pub fn find_set(&self, change_set: &str, stack: Option<&str>) -> Option<usize> {
        let stack = stack.and_then(|stack| self.find(stack)).map(|index| self.stacks[index].id.clone());
        self.change_sets.iter().position(|it| {
            let is_named = it.name == change_set && stack.as_ref() == Some(&it.stack);
            it.deleted.is_none() && (it.id == change_set || is_named)
        })
    }

    /// Replaces the stack that somebody else replaces before the next change set is created.
    pub fn replace_stack(&mut self) {
        let is_due = |(_, call): &mut (String, usize)| *call == self.creation_tokens.len();
        let Some((name, _)) = self.replaced_stack.take_if(is_due) else { return };
        let index = self.find(&name).expect("the test made the stack");
        self.stacks[index].is_forgotten = true;
        self.add_stack(&name, "UPDATE_COMPLETE");
    }

    pub fn create(&mut self, request: &ChangeSetRequest) -> Result<ChangeSetIds, ServiceError> {
        self.creation_tokens.push(request.token.clone());
        let refuse = |code, message: String| Err(Op::Create.refuses(&request.stack, code, message));
        if let Some(same) = self.change_sets.iter().find(|it| it.token == request.token && it.deleted.is_none()) {
            return Ok(ChangeSetIds { change_set: same.id.clone(), stack: same.stack.clone() });
        }
        let found = self.find(&request.stack).filter(|_| !(self.takes_names_only && request.stack.starts_with("arn:")));
        let status = found.map(|index| self.stacks[index].status(self.now).to_string());
        let stack = match (request.kind, status.as_deref()) {
            (ChangeSetKind::Create, None) => self.add_stack(&request.stack, "REVIEW_IN_PROGRESS"),
            (ChangeSetKind::Create, Some("REVIEW_IN_PROGRESS")) => self.stacks[found.expect("found")].id.clone(),
            (ChangeSetKind::Create, Some(_)) => {
                return refuse("AlreadyExistsException", format!("Stack [{}] already exists", request.stack));
            }
            (ChangeSetKind::Update, None) => {
                return refuse("ValidationError", format!("Stack [{}] does not exist", request.stack));
            }
            (ChangeSetKind::Update, Some(status)) if !is_updatable(status) => {
                let text = format!("Stack:{} is in {status} state and can not be updated.", request.stack);
                return refuse("ValidationError", text);
            }
            (ChangeSetKind::Update, Some(_)) => self.stacks[found.expect("found")].id.clone(),
        };
        if self.find_set(&request.name, Some(&stack)).is_some() {
            return refuse("AlreadyExistsException", format!("ChangeSet {} already exists", request.name));
        }
        let own = self.scripts_of.remove(&request.stack);
        let script = own.or_else(|| self.scripts.pop_front()).expect("the test wrote a script for every change set");
        self.created.push(request.clone());
        let id = self.add_set(&request.name, &request.token, &stack, request.kind, script, request.includes_nested);
        let added = self.change_sets.iter_mut().find(|it| it.id == id).expect("it was added");
        added.deletes_on_failure = request.deletes_on_failure;
        added.express = request.express.is_some();
        Ok(ChangeSetIds { change_set: id, stack })
    }

    pub fn add_set(
        &mut self,
        name: &str,
        token: &str,
        stack: &str,
        kind: ChangeSetKind,
        script: Script,
        includes_nested: bool,
    ) -> String {
        let id = format!("arn:aws:cloudformation:eu-west-1:{ACCOUNT}:changeSet/{name}/{:04}", self.change_sets.len());
        self.change_sets.push(FakeChangeSet {
            id: id.clone(),
            name: name.to_owned(),
            token: token.to_owned(),
            stack: stack.to_owned(),
            kind,
            created: self.now,
            script: script.clone(),
            deletes_on_failure: false,
            express: false,
            nested: Vec::new(),
            executed: None,
            is_obsolete: false,
            deleted: None,
        });
        if includes_nested {
            let index = self.change_sets.len() - 1;
            for (logical_id, child) in script.nested {
                let name = format!("{name}-{logical_id}");
                let id = self.add_set(&name, &format!("{token}-{logical_id}"), stack, kind, child, true);
                self.change_sets[index].nested.push((logical_id, id));
            }
        }
        id
    }

    pub fn describe_set(&self, index: usize, page: Option<&str>) -> ChangeSet {
        let it = &self.change_sets[index];
        let failed_child = it
            .nested
            .iter()
            .find(|(_, id)| self.change_sets.iter().any(|child| child.id == *id && child.script.fails.is_some()));
        let reason = failed_child
            .map(|(_, id)| format!("Nested change set {id} was not successfully created: Currently in FAILED."))
            .or_else(|| it.script.fails.clone());
        let is_done = self.now.since(it.created) >= Duration::from_secs(it.script.takes);
        let (status, execution) = match (&reason, is_done) {
            (_, false) => ("CREATE_IN_PROGRESS", "UNAVAILABLE"),
            (Some(_), true) => ("FAILED", "UNAVAILABLE"),
            (None, true) => ("CREATE_COMPLETE", self.execution(it)),
        };
        let changes = it.script.changes.iter().cloned().map(|mut change| {
            let child = it.nested.iter().find(|(id, _)| *id == change.change.logical_id);
            change.nested = child.map(|(_, id)| id.clone());
            change
        });
        let from: usize = page.map_or(0, |page| page.parse().expect("a page of this fake"));
        let all: Vec<_> = changes.collect();
        let next = from + self.page_size;
        let stack = self.stacks.iter().find(|stack| stack.id == it.stack).expect("a change set has a stack");
        ChangeSet {
            id: it.id.clone(),
            stack_id: it.stack.clone(),
            stack_name: stack.name.clone(),
            status: Status::new(status),
            status_reason: reason.filter(|_| is_done),
            execution: Status::new(execution),
            changes: all.iter().skip(from).take(self.page_size).cloned().collect(),
            deletes_on_failure: it.deletes_on_failure,
            express: it.express,
            next: (next < all.len()).then(|| next.to_string()),
        }
    }

    pub fn execution(&self, it: &FakeChangeSet) -> &'static str {
        match &it.executed {
            Some((_, end)) if *end <= self.now => "EXECUTE_COMPLETE",
            Some(_) => "EXECUTE_IN_PROGRESS",
            None if it.is_obsolete => "OBSOLETE",
            None => "AVAILABLE",
        }
    }

    /// Gives the stack the tags of a change set, if it has any.
    pub fn set_tags(&mut self, change_set: usize) {
        let FakeChangeSet { token, stack, .. } = &self.change_sets[change_set];
        let tags = self.created.iter().find(|it| it.token == *token).and_then(|it| it.tags.clone());
        if let (Some(tags), Some(stack)) = (tags, self.stacks.iter_mut().find(|it| it.id == *stack)) {
            stack.tags = tags;
        }
    }

    pub fn execute(&mut self, request: &ExecuteRequest) -> Result<(), ServiceError> {
        let refuse = |code, message: String| Err(Op::Execute.refuses(&request.change_set, code, message));
        let Some(index) = self.find_set(&request.change_set, None) else {
            return refuse("ChangeSetNotFound", format!("ChangeSet [{}] does not exist", request.change_set));
        };
        if self.change_sets[index].executed.as_ref().is_some_and(|(token, _)| *token == request.token) {
            return Ok(());
        }
        let described = self.describe_set(index, None);
        if described.execution.as_str() != "AVAILABLE" {
            let text = "cannot be executed in its current execution status of";
            return refuse("InvalidChangeSetStatus", format!("ChangeSet [x] {text} [{}]", described.execution));
        }
        let set = &self.change_sets[index];
        if (set.deletes_on_failure || set.express) && request.disables_rollback.is_some() {
            return refuse("ValidationError", "You can't specify DisableRollback when …".to_owned());
        }
        let mode = match request.disables_rollback {
            _ if set.deletes_on_failure => Mode::Delete,
            Some(true) => Mode::Keep,
            Some(false) | None => Mode::Rollback,
        };
        let (id, stack, kind, play) = (set.id.clone(), set.stack.clone(), set.kind, set.script.play.clone());
        self.executed.push(request.clone());
        let name = self.stacks.iter().find(|it| it.id == stack).expect("it has a stack").name.clone();
        let token = Some(request.token.clone());
        let start = self.now + Duration::from_millis(700);
        let end = self.perform(
            Stage { stack: stack.clone(), name, token, is_new: kind == ChangeSetKind::Create, mode, start },
            &play,
        );
        self.set_tags(index);
        let now = self.now;
        for other in self.change_sets.iter_mut().filter(|it| it.stack == stack) {
            match other.id == id {
                true => other.executed = Some((request.token.clone(), end)),
                false if other.executed.is_none() && !other.name.starts_with(&described.id) => {
                    other.deleted = Some(now)
                }
                false => {}
            }
        }
        Ok(())
    }

    pub fn events(&self, stack: &str, page: Option<&str>) -> Result<Page<StackEvent>, ServiceError> {
        let Some(it) = self.stacks.iter().find(|it| it.id == stack && !it.is_forgotten) else {
            return Err(Op::Events.refuses(stack, "ValidationError", format!("Stack [{stack}] does not exist")));
        };
        if it.is_child && self.forbids_nested_events {
            return Err(Op::Events.goes(Wrong::Denied, stack));
        }
        let until = Timestamp::from_millis(self.now.as_millis() - self.event_lag.as_millis() as u64);
        let is_shown = |row: &&StackEvent| {
            let is_root = row.physical_id.as_deref() == Some(&it.id);
            let is_final = is_root && !row.status.as_str().ends_with("_IN_PROGRESS");
            let is_late = |(logical_id, lag): &(String, Duration)| {
                row.logical_id == *logical_id && row.status.as_str().ends_with("_FAILED") && row.time + *lag > until
            };
            row.time <= until
                && !self.late_failure.as_ref().is_some_and(is_late)
                && !(self.hides_final_rows && is_final && row.token.as_deref() != Some("theirs"))
        };
        let mut rows: Vec<_> = it.rows.iter().filter(is_shown).cloned().collect();
        rows.sort_by_key(|row| row.time);
        rows.reverse();
        if self.hides_tokens {
            rows.iter_mut().for_each(|row| row.token = None);
        }
        let from: usize = page.map_or(0, |page| page.parse().expect("a page of this fake"));
        let next = from + self.page_size;
        let is_more = next < rows.len();
        let items = rows.into_iter().skip(from).take(self.page_size).collect();
        Ok(Page { items, next: is_more.then(|| next.to_string()) })
    }

    pub fn delete_stack(&mut self, request: &StackRequest) -> Result<(), ServiceError> {
        let Some(index) = self.find(&request.stack) else { return Ok(()) };
        if self.stacks[index].is_protected {
            let text = "Stack cannot be deleted while TerminationProtection is enabled".to_owned();
            return Err(Op::DeleteStack.refuses(&request.stack, "ValidationError", text));
        }
        self.replace_future(index, &[(100, "DELETE_IN_PROGRESS", None), (5000, "DELETE_COMPLETE", None)]);
        let (id, now) = (request.stack.clone(), self.now);
        self.change_sets.iter_mut().filter(|it| it.stack == id).for_each(|it| it.deleted = Some(now));
        Ok(())
    }

    pub fn roll_back(&mut self, request: &StackRequest) -> Result<(), ServiceError> {
        let index = self.find(&request.stack).expect("the stack exists");
        match self.stacks[index].status(self.now).as_str() {
            "UPDATE_FAILED" => {
                let rows = [(100, "UPDATE_ROLLBACK_IN_PROGRESS", None), (5000, "UPDATE_ROLLBACK_COMPLETE", None)];
                self.replace_future(index, &rows);
            }
            "CREATE_FAILED" => {
                let rows = [(100, "ROLLBACK_IN_PROGRESS", None), (5000, "DELETE_COMPLETE", None)];
                self.replace_future(index, &rows);
            }
            status => {
                let text = format!("Stack is in {status} state and can not be rolled back");
                return Err(Op::RollBack.refuses(&request.stack, "ValidationError", text));
            }
        }
        Ok(())
    }
}

fn is_updatable(status: &str) -> bool {
    matches!(
        status,
        "CREATE_COMPLETE"
            | "UPDATE_COMPLETE"
            | "UPDATE_ROLLBACK_COMPLETE"
            | "IMPORT_COMPLETE"
            | "IMPORT_ROLLBACK_COMPLETE"
            | "CREATE_FAILED"
            | "UPDATE_FAILED"
    )
}
