//! Operations that shift the traffic of aliases: CloudFormation begins the deployments, waits for them, and rolls back
//! when one fails or is stopped.

use super::call::Call;
use super::script::{NESTED_STACK, Script};
use super::service::Answered;
use super::state::State;
use crate::codedeploy::{APPLICATION, Creator, Origin, Refusal, Shift, Shifts};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Seconds from the start of an operation to its aliases, and from there to their deployments.
const ALIASES: u64 = 2;
const DEPLOYMENTS: u64 = 3;
const ALIAS: &str = "AWS::Lambda::Alias";

/// An operation with its deployments.
#[derive(Debug, Clone)]
pub struct Shifting {
    /// The ARN of the root stack.
    stack: String,
    script: Script,
    token: Option<String>,
    operation: String,
    /// Milliseconds since the beginning.
    start: i64,
    /// Each shift with the id of its deployment.
    shifts: Vec<(Shift, String)>,
}

impl Shifting {
    /// The paths of the nested stacks.
    fn nested(&self) -> BTreeSet<String> {
        let paths = self.shifts.iter().map(|(shift, _)| shift.parents.join("/"));
        paths.filter(|path| !path.is_empty()).collect()
    }

    /// The rows of the aliases that are taken back after a second, because their deployments had succeeded.
    fn rolled_back(&self, shifts: &Shifts, second: u64) -> Vec<String> {
        let succeeded = self.shifts.iter().filter(|(_, id)| shifts.end(id).failure.is_none());
        let rows = succeeded.flat_map(|(shift, _)| {
            let path = shift.alias_path();
            let row = |second: u64, status: &str| format!("{second} {path} {ALIAS} {status}");
            [row(second + 1, "UPDATE_IN_PROGRESS"), row(second + 3, "UPDATE_COMPLETE")]
        });
        rows.collect()
    }
}

impl State {
    /// Lets the groups of a script exist.
    pub fn add_groups(&mut self, stack: &str, script: &Script) {
        for shift in &script.shifts {
            let (origin, now) = (self.origin(stack, shift), self.epoch(self.now));
            self.shifts.add_group(&origin, shift, now);
        }
    }

    fn origin(&mut self, stack: &str, shift: &Shift) -> Origin {
        let owner = self.owner(stack, &shift.parents);
        let name = self.stacks.iter().find(|it| it.id == owner).map(|it| it.name.clone()).unwrap_or_default();
        let physical = |id: &str| format!("{name}-{id}-1A2B3C");
        Origin {
            stack: stack.to_owned(),
            application: physical(APPLICATION),
            group: physical(&shift.group_id()),
            function: physical(&shift.function),
        }
    }

    /// Begins the deployments of an operation; returns when it ends, in milliseconds since the beginning.
    pub fn begin_shifts(&mut self, stack: &str, script: &Script, token: Option<&str>, operation: &str) -> i64 {
        let (start, mut shifts) = (self.now, Vec::new());
        let at = self.epoch(start) + 1000 * DEPLOYMENTS.cast_signed();
        for shift in &script.shifts {
            let origin = self.origin(stack, shift);
            shifts.push((shift.clone(), self.shifts.begin(origin, Creator::CloudFormation, shift, at)));
        }
        let (stack, script) = (stack.to_owned(), script.clone());
        let (token, operation) = (token.map(str::to_owned), operation.to_owned());
        let shifting = Shifting { stack, script, token, operation, start, shifts };
        self.shifting.push(shifting.clone());
        self.write_shifts(&shifting)
    }

    /// Writes what is still to come of an operation, given the ends of its deployments.
    fn write_shifts(&mut self, shifting: &Shifting) -> i64 {
        let now = self.now;
        self.shifts.forget_rollback(&shifting.stack, self.epoch(now));
        for stack in &mut self.stacks {
            let is_below = stack.root.as_ref().is_some_and(|(root, _)| *root == shifting.stack);
            if stack.id == shifting.stack || is_below {
                stack.forget_future(now);
            }
        }
        let history = self.history(shifting);
        let mut script = Script { shifts: Vec::new(), ..shifting.script.clone() };
        script.rows.extend(Script::plays(&history).rows);
        script.rows.sort_by_key(|row| row.second);
        let is_to_come = |second: u64| shifting.start + 1000 * second.cast_signed() > now;
        script.rows.retain(|row| now == shifting.start || is_to_come(row.second));
        let Shifting { stack, token, operation, start, .. } = shifting;
        self.perform(stack, &script, token.as_deref(), operation, *start)
    }

    /// Stops the deployments that run when the first one fails, and takes back those that succeeded before. Returns the
    /// second of the failure, and the alias.
    fn settle(&mut self, shifting: &Shifting) -> Option<(u64, String)> {
        let ends = shifting.shifts.iter().map(|(shift, id)| (shift, self.shifts.end(id)));
        let (shift, end) = ends.filter(|(_, end)| end.failure.is_some()).min_by_key(|(_, end)| end.at)?;
        let second = self.second(shifting, end.at) + 1;
        let at = self.epoch(shifting.start + 1000 * second.cast_signed());
        for (_, id) in &shifting.shifts {
            let end = self.shifts.end(id);
            match end.at > at {
                true => self.shifts.stop_for_stack(id, at),
                false if end.failure.is_none() => self.shifts.roll_back(id, at + 1000),
                false => {}
            }
        }
        Some((second, shift.alias_id()))
    }

    /// The rows of the aliases, of the stacks above them, and of the stack itself. No test has a failure below the root.
    fn history(&mut self, shifting: &Shifting) -> String {
        let failure = self.settle(shifting);
        let (aliases, last) = self.alias_rows(shifting, failure.as_ref().map(|(second, _)| *second));
        let mut rows = vec!["0 / UPDATE_IN_PROGRESS User Initiated".to_owned()];
        for path in shifting.nested() {
            rows.push(format!("1 {path} {NESTED_STACK} UPDATE_IN_PROGRESS"));
            rows.push(format!("1 {path}/ UPDATE_IN_PROGRESS"));
            let status = if failure.is_some() { "UPDATE_FAILED Resource update cancelled" } else { "UPDATE_COMPLETE" };
            rows.push(format!("{last} {path}/ {status}"));
            rows.push(format!("{last} {path} {NESTED_STACK} {status}"));
        }
        rows.extend(aliases);
        match failure {
            None => rows.push(format!("{} / UPDATE_COMPLETE", last + 1)),
            Some((_, alias)) => {
                let reason = format!("The following resource(s) failed to update: [{alias}].");
                rows.push(format!("{last} / UPDATE_ROLLBACK_IN_PROGRESS {reason}"));
                rows.extend(shifting.rolled_back(&self.shifts, last));
                rows.push(format!("{} / UPDATE_ROLLBACK_COMPLETE", last + 4));
            }
        }
        rows.join("\n")
    }

    /// The rows of the aliases, and the second of the last one.
    fn alias_rows(&self, shifting: &Shifting, failure: Option<u64>) -> (Vec<String>, u64) {
        let (mut rows, mut last) = (Vec::new(), ALIASES);
        for (shift, id) in &shifting.shifts {
            let (path, end) = (shift.alias_path(), self.shifts.end(id));
            let second = (self.second(shifting, end.at) + 1).min(failure.unwrap_or(u64::MAX));
            let status = match end.failure {
                Some(("CLOUDFORMATION_STACK_FAILURE", _)) => "UPDATE_FAILED Resource update cancelled".to_owned(),
                Some((code, message)) => {
                    format!("UPDATE_FAILED Deployment {id} failed, error code: {code}, message: {message}")
                }
                None => "UPDATE_COMPLETE".to_owned(),
            };
            rows.push(format!("{ALIASES} {path} {ALIAS} UPDATE_IN_PROGRESS"));
            rows.push(format!("{second} {path} {ALIAS} {status}"));
            last = last.max(second);
        }
        (rows, last)
    }

    /// The second of an operation in which a time since 1970 is.
    fn second(&self, shifting: &Shifting, epoch: i64) -> u64 {
        u64::try_from(self.since_begin(epoch) - shifting.start).unwrap_or_default().div_ceil(1000)
    }

    /// Carries out a call of CodeDeploy or CloudWatch. The stack of a deployment that is stopped is rolled back.
    pub fn handle_shift(&mut self, call: &Call) -> Result<Value, Refusal> {
        let now = self.epoch(self.now);
        let answer = self.shifts.handle(&call.action, &call.document, now)?;
        if call.action == "StopDeployment" {
            let stack = self.shifts.stack_of(call.document["deploymentId"].as_str().unwrap_or_default());
            let found = self.shifting.iter().find(|it| Some(&it.stack) == stack.as_ref()).cloned();
            if let Some(shifting) = found {
                self.write_shifts(&shifting);
            }
        }
        Ok(answer)
    }

    /// The processed template of a stack that has aliases.
    pub fn processed_template(&self, index: usize) -> Option<String> {
        let (root, parents) = self.place(index);
        self.shifts.template(&root, &parents).map(|template| template.to_string())
    }

    pub fn list_stack_resources(&mut self, call: &Call) -> Answered {
        let index = self.index(call)?;
        let (stack, (root, parents)) = (&self.stacks[index], self.place(index));
        let summaries = self.shifts.resources(&root, &parents).into_iter().map(|(id, kind)| {
            json!({
                "LogicalResourceId": id, "PhysicalResourceId": format!("{}-{id}-1A2B3C", stack.name),
                "ResourceType": kind, "LastUpdatedTimestamp": self.timestamp(stack.created),
                "ResourceStatus": "CREATE_COMPLETE",
            })
        });
        Ok(Some(self.page(call, "StackResourceSummaries", summaries.collect())))
    }

    /// The root stack of a stack, and the logical ids from there.
    fn place(&self, index: usize) -> (String, Vec<String>) {
        let stack = &self.stacks[index];
        stack.root.clone().unwrap_or_else(|| (stack.id.clone(), Vec::new()))
    }
}
