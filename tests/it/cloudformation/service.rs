//! Carries out a call.

use super::call::{Call, Refusal};
use super::inputs;
use super::state::State;
use crate::codedeploy::ACTIONS;
use serde_json::{Value, json};

/// The result of a call; none for some that change something.
pub type Answered = Result<Option<Value>, Refusal>;

impl State {
    /// Carries out a call.
    pub fn handle(&mut self, call: &Call) -> Answered {
        if ACTIONS.contains(&call.action.as_str()) {
            return self.handle_shift(call).map(Some);
        }
        inputs::check(call)?;
        match call.action.as_str() {
            "CreateChangeSet" => self.create_change_set(call),
            "DescribeChangeSet" => self.describe_change_set(call),
            "ExecuteChangeSet" => self.execute_change_set(call),
            "DeleteChangeSet" => self.delete_change_set(call),
            "ListChangeSets" => self.list_change_sets(call),
            "DescribeStacks" => self.describe_stacks(call),
            "ListStackResources" => self.list_stack_resources(call),
            "DescribeStackEvents" => self.describe_stack_events(call),
            "DeleteStack" => self.delete_stack(call),
            "RollbackStack" => self.rollback_stack(call),
            "UpdateTerminationProtection" => self.update_termination_protection(call),
            "SetStackPolicy" => self.set_stack_policy(call),
            "GetStackPolicy" => self.get_stack_policy(call),
            "GetTemplate" => self.get_template(call),
            "GetTemplateSummary" => self.get_template_summary(call),
            "DescribeEvents" => self.describe_events(call),
            "ListHookResults" => self.list_hook_results(call),
            "GetHookResult" => self.get_hook_result(call),
            "ListImports" => self.list_imports(call),
            "ListExports" => Ok(Some(self.list_exports(call))),
            other => unreachable!("{other} has no parameters in the table"),
        }
    }

    /// A page of a list, and the token of the next one.
    pub fn page(&self, call: &Call, name: &str, items: Vec<Value>) -> Value {
        let from: usize =
            call.get("NextToken").and_then(|token| token.strip_prefix("page-")?.parse().ok()).unwrap_or(0);
        let next = from + self.page_size;
        let token = (next < items.len()).then(|| format!("page-{next}"));
        let items: Vec<_> = items.into_iter().skip(from).take(self.page_size).collect();
        json!({name: items, "NextToken": token})
    }
}
