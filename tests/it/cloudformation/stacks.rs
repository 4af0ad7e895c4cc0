//! Stacks: described, deleted, rolled back, protected.

use super::call::{Call, Refusal, invalid};
use super::change_sets::parameters;
use super::script::{RowKind, Script};
use super::service::Answered;
use super::state::{Stack, StackRow, State};
use super::template::declared;
use serde_json::{Value, json};

impl State {
    pub fn index(&self, call: &Call) -> Result<usize, Refusal> {
        let name = call.get("StackName").unwrap_or_default();
        self.find(name).ok_or_else(|| invalid(format!("Stack [{name}] does not exist")))
    }

    pub fn describe_stacks(&mut self, call: &Call) -> Answered {
        self.look();
        let found = match call.get("StackName") {
            None => (0..self.stacks.len()).filter(|index| self.status(*index) != "DELETE_COMPLETE").collect(),
            Some(name) => match self.find(name) {
                Some(index) => vec![index],
                None => return Err(invalid(format!("Stack with id {name} does not exist"))),
            },
        };
        let described = found.into_iter().map(|index| self.answer(index)).collect();
        Ok(Some(self.page(call, "Stacks", described)))
    }

    /// The stack as the service shows it, which may be late.
    fn answer(&mut self, index: usize) -> Value {
        match &mut self.stacks[index].stale {
            Some((left, before)) if *left > 0 => {
                *left -= 1;
                before.clone()
            }
            Some(_) | None => self.describe(index),
        }
    }

    /// The stack as it is.
    pub fn describe(&self, index: usize) -> Value {
        let (stack, now) = (&self.stacks[index], self.now);
        let tag = |(key, value): (&String, &String)| json!({"Key": key, "Value": value});
        let operation = stack.operation.as_ref().map(|id| json!({"OperationType": "UPDATE_STACK", "OperationId": id}));
        let alias = self.aliases.iter().find(|(_, name)| **name == stack.name).map(|(alias, _)| alias);
        json!({
            "StackId": stack.id, "StackName": stack.name, "AliasName": alias,
            "Parameters": parameters(&stack.parameters, &stack.secrets),
            "CreationTime": self.timestamp(stack.created),
            "LastUpdatedTime": stack.updated.map(|at| self.timestamp(at)),
            "RollbackConfiguration": {"MonitoringTimeInMinutes": stack.monitoring_minutes},
            "StackStatus": self.status(index),
            "StackStatusReason": stack.last_own(now).map(|it| it.row.reason.clone()).filter(|it| !it.is_empty()),
            "NotificationARNs": stack.topics, "Capabilities": stack.capabilities, "RoleARN": stack.role_arn,
            "Outputs": stack.outputs(now), "Tags": stack.tags.iter().map(tag).collect::<Vec<_>>(),
            "EnableTerminationProtection": stack.is_protected, "RootId": stack.root.as_ref().map(|(id, _)| id),
            "LastOperations": operation.into_iter().collect::<Vec<_>>(),
        })
    }

    pub fn describe_stack_events(&mut self, call: &Call) -> Answered {
        if call.get("NextToken").is_none() {
            self.look();
        }
        let index = self.index(call)?;
        let (stack, now) = (&self.stacks[index], self.now);
        let mut rows: Vec<_> =
            stack.rows.iter().filter(|it| it.visible.is_some_and(|visible| visible <= now)).collect();
        rows.sort_by_key(|it| it.at);
        let events = rows.into_iter().rev().map(|row| event(stack, row, self.timestamp(row.at))).collect();
        Ok(Some(self.page(call, "StackEvents", events)))
    }

    /// Whether a call was carried out before; keeps its token.
    fn is_repeated(&mut self, index: usize, call: &Call) -> bool {
        let Some(token) = call.get("ClientRequestToken") else { return false };
        let key = format!("{} {token}", call.action);
        let tokens = &mut self.stacks[index].tokens;
        let is_repeated = tokens.contains(&key);
        tokens.push(key);
        is_repeated
    }

    /// Lets another operation begin on a stack.
    fn begin(&mut self, index: usize, call: &Call, history: &str) {
        let (id, operation) = (self.stacks[index].id.clone(), self.uuid());
        self.stacks[index].forget_future(self.now);
        self.perform(&id, &Script::plays(history), call.get("ClientRequestToken"), &operation, self.now);
    }

    pub fn delete_stack(&mut self, call: &Call) -> Answered {
        let Ok(index) = self.index(call) else { return Ok(None) };
        if self.is_repeated(index, call) || self.status(index) == "DELETE_COMPLETE" {
            return Ok(None);
        }
        if self.stacks[index].is_protected {
            let id = &self.stacks[index].id;
            return Err(invalid(format!("Stack [{id}] cannot be deleted while TerminationProtection is enabled")));
        }
        self.begin(index, call, "0 / DELETE_IN_PROGRESS User Initiated\n2 / DELETE_COMPLETE");
        let id = self.stacks[index].id.clone();
        self.change_sets.iter_mut().filter(|it| it.stack == id).for_each(|it| it.is_deleted = true);
        Ok(None)
    }

    /// A new stack has no last stable state: it is deleted.
    pub fn rollback_stack(&mut self, call: &Call) -> Answered {
        let index = self.index(call)?;
        let id = self.stacks[index].id.clone();
        if !self.is_repeated(index, call) {
            let rolled_back = "UPDATE_ROLLBACK_COMPLETE";
            match self.status(index).as_str() {
                "UPDATE_FAILED" => {
                    let history = format!("0 / UPDATE_ROLLBACK_IN_PROGRESS User Initiated\n2 / {rolled_back}");
                    self.begin(index, call, &history);
                }
                "CREATE_FAILED" => {
                    self.begin(index, call, "0 / ROLLBACK_IN_PROGRESS User Initiated\n2 / DELETE_COMPLETE");
                }
                status => return Err(invalid(format!("Stack [{id}] is in {status} state and can not be rolled back"))),
            }
        }
        Ok(Some(json!({"StackId": id, "OperationId": self.stacks[index].operation})))
    }

    pub fn update_termination_protection(&mut self, call: &Call) -> Answered {
        let index = self.index(call)?;
        self.stacks[index].is_protected = call.is_set("EnableTerminationProtection");
        Ok(Some(json!({"StackId": self.stacks[index].id})))
    }

    pub fn set_stack_policy(&mut self, call: &Call) -> Answered {
        let index = self.index(call)?;
        let policy = call.get("StackPolicyBody").unwrap_or_default().to_owned();
        if serde_json::from_str::<Value>(&policy).is_err() {
            return Err(invalid("Error validating stack policy: Invalid stack policy"));
        }
        self.stacks[index].policy = Some(policy);
        Ok(None)
    }

    pub fn get_stack_policy(&mut self, call: &Call) -> Answered {
        let index = self.index(call)?;
        Ok(Some(json!({"StackPolicyBody": self.stacks[index].policy})))
    }

    pub fn get_template(&mut self, call: &Call) -> Answered {
        let set = call.get("ChangeSetName").and_then(|name| self.find_set(name, call.get("StackName")));
        let index = match set.map(|set| self.change_sets[set].stack.clone()) {
            Some(stack) => self.find(&stack).expect("a change set has a stack"),
            None => self.index(call)?,
        };
        let processed = self.processed_template(index).filter(|_| call.get("TemplateStage") == Some("Processed"));
        let body = processed.or_else(|| self.stacks[index].template.clone());
        Ok(Some(json!({"TemplateBody": body, "StagesAvailable": ["Original", "Processed"]})))
    }

    /// The parameters of a template, or of the one that a stack has.
    pub fn get_template_summary(&mut self, call: &Call) -> Answered {
        let body = match call.get("StackName") {
            Some(_) => self.stacks[self.index(call)?].template.clone(),
            None => call.get("TemplateBody").map(str::to_owned),
        };
        let declared = declared(body.as_deref())?.unwrap_or_default();
        let parameter = |(name, it): (String, super::template::Declared)| json!({"ParameterKey": name, "DefaultValue": it.default, "ParameterType": "String", "NoEcho": it.is_secret});
        Ok(Some(json!({"Parameters": declared.into_iter().map(parameter).collect::<Vec<_>>()})))
    }
}

/// A row as the service lists it.
fn event(stack: &Stack, row: &StackRow, timestamp: String) -> Value {
    let it = &row.row;
    let (logical_id, resource_type) = match &it.kind {
        RowKind::Stack => (&stack.name, super::script::NESTED_STACK),
        RowKind::Resource { logical_id, resource_type } => (logical_id, resource_type.as_str()),
    };
    let reason = Some(&it.reason).filter(|it| !it.is_empty());
    let hook = it.hook.as_ref();
    json!({
        "StackId": stack.id, "StackName": stack.name, "EventId": row.event_id, "OperationId": row.operation,
        "LogicalResourceId": logical_id, "PhysicalResourceId": it.physical_id, "ResourceType": resource_type,
        "Timestamp": timestamp, "ResourceStatus": it.status,
        "ResourceStatusReason": reason.filter(|_| hook.is_none()), "ResourceProperties": it.properties,
        "ClientRequestToken": row.token, "HookType": hook.map(|hook| &hook.name),
        "HookStatus": hook.map(|hook| &hook.status), "HookStatusReason": reason.filter(|_| hook.is_some()),
        "HookInvocationPoint": hook.map(|_| "PRE_PROVISION"), "HookInvocationId": hook.map(|hook| &hook.id),
        "HookFailureMode": hook.map(|hook| &hook.mode),
    })
}
