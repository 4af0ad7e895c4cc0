//! The calls for the details of a failure: findings, hooks, imports and exports.

use super::call::{Call, Refusal, invalid};
use super::service::Answered;
use super::state::{ChangeSet, State};
use serde_json::{Value, json};

impl State {
    /// The findings of a change set, by its ARN alone, or of an operation.
    pub fn describe_events(&mut self, call: &Call) -> Answered {
        let (set, operation) = (call.get("ChangeSetName"), call.get("OperationId"));
        if set.is_some_and(|set| !set.starts_with("arn:")) {
            return Err(invalid("ChangeSetName must be the ARN of the change set"));
        }
        let is_it = |it: &&ChangeSet| set == Some(&it.id) || operation == Some(&it.operation);
        let Some(found) = self.change_sets.iter().find(is_it) else { return Ok(Some(json!({"OperationEvents": []}))) };
        let rows = found.script.findings.iter().enumerate().map(|(index, finding)| {
            let mut row = json!({
                "EventId": format!("finding-{index}"), "StackId": found.stack, "OperationId": found.operation,
                "Timestamp": self.timestamp(found.created),
            });
            let members = row.as_object_mut().expect("a row is an object");
            members.extend(finding.as_object().cloned().unwrap_or_default());
            row
        });
        Ok(Some(self.page(call, "OperationEvents", rows.collect())))
    }

    pub fn list_hook_results(&mut self, call: &Call) -> Answered {
        let (Some(kind), Some(target)) = (call.get("TargetType"), call.get("TargetId")) else {
            return Err(invalid("TargetType and TargetId go together"));
        };
        let hooks = self.change_sets.iter().find(|it| it.id == target).map(|it| it.script.hooks.clone());
        let mut answer = self.page(call, "HookResults", hooks.unwrap_or_default());
        (answer["TargetType"], answer["TargetId"]) = (json!(kind), json!(target));
        Ok(Some(answer))
    }

    pub fn get_hook_result(&mut self, call: &Call) -> Answered {
        let id = call.get("HookResultId").unwrap_or_default();
        let missing = || -> Refusal { (404, "HookResultNotFound".to_owned(), format!("no hook result {id}")) };
        self.hook_results.get(id).cloned().map(Some).ok_or_else(missing)
    }

    pub fn list_imports(&mut self, call: &Call) -> Answered {
        let export = call.get("ExportName").unwrap_or_default();
        match self.importers.get(export) {
            Some(stacks) => Ok(Some(self.page(call, "Imports", stacks.iter().map(|name| json!(name)).collect()))),
            None => Err(invalid(format!("Export '{export}' is not imported by any stack."))),
        }
    }

    pub fn list_exports(&self, call: &Call) -> Value {
        let of_stack = |index: usize| {
            let stack = &self.stacks[index];
            stack.outputs(self.now).into_iter().filter(|output| output["ExportName"].is_string()).map(|output| {
                json!({"ExportingStackId": stack.id, "Name": output["ExportName"], "Value": output["OutputValue"]})
            })
        };
        self.page(call, "Exports", (0..self.stacks.len()).flat_map(of_stack).collect())
    }
}
