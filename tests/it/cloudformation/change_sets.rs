//! Change sets: created, computed, executed, deleted.

use super::call::{Call, Refusal, invalid};
use super::script::Script;
use super::service::Answered;
use super::state::{ChangeSet, State};
use super::template::{declared, values};
use serde_json::{Value, json};

/// Longest template in a request, in bytes.
const BODY_LIMIT: usize = 51_200;

fn refused<T>(code: &str, message: impl Into<String>) -> Result<T, Refusal> {
    Err((400, code.to_owned(), message.into()))
}

fn no_change_set<T>(name: &str) -> Result<T, Refusal> {
    Err((404, "ChangeSetNotFound".to_owned(), format!("ChangeSet [{name}] does not exist")))
}

impl State {
    /// The change set of an ARN, or of a name and a stack.
    pub fn find_set(&self, name: &str, stack: Option<&str>) -> Option<usize> {
        let stack = stack.and_then(|stack| self.find(stack)).map(|index| &self.stacks[index].id);
        let is_it = |it: &ChangeSet| it.id == name || it.name == name && stack == Some(&it.stack);
        self.change_sets.iter().position(|it| !it.is_deleted && is_it(it))
    }

    pub fn create_change_set(&mut self, call: &Call) -> Answered {
        let token = call.get("ClientToken");
        let is_repeated = |it: &&ChangeSet| token.is_some() && it.call.get("ClientToken") == token && !it.is_deleted;
        if let Some(same) = self.change_sets.iter().find(is_repeated) {
            return match same.call.parameters == call.parameters {
                true => Ok(Some(json!({"Id": same.id, "StackId": same.stack}))),
                false => refused("TokenAlreadyExistsException", "the same token with other parameters"),
            };
        }
        let body = call.get("TemplateBody");
        if body.is_some_and(|body| body.len() > BODY_LIMIT) {
            return Err(invalid("templateBody must have length less than or equal to 51200"));
        }
        let declared = declared(body)?;
        let stack = self.stack_for(call)?;
        let name = call.get("ChangeSetName").unwrap_or_default().to_owned();
        if self.find_set(&name, Some(&stack)).is_some() {
            return refused("AlreadyExistsException", format!("ChangeSet {name} already exists"));
        }
        let index = self.find(&stack).expect("it was found");
        let values = values(call, declared.as_ref(), &self.stacks[index].parameters)?;
        let secrets = declared.into_iter().flatten().filter(|(_, it)| it.is_secret).map(|(name, _)| name).collect();
        let own = self.scripts_of.remove(&self.stacks[index].name);
        let Some(script) = own.or_else(|| self.scripts.pop_front()) else {
            return Err(invalid("the test has no script for this change set"));
        };
        self.add_groups(&stack, &script);
        let id = self.add_change_set(&name, &stack, call, script, None);
        let added = self.change_sets.iter_mut().find(|it| it.id == id).expect("it was added");
        (added.values, added.secrets) = (values, secrets);
        Ok(Some(json!({"Id": id, "StackId": stack})))
    }

    /// The stack that a change set may be created for; a new one if it has to be.
    fn stack_for(&mut self, call: &Call) -> Result<String, Refusal> {
        let name = call.get("StackName").unwrap_or_default().to_owned();
        let found = self.find(&name).map(|index| (self.stacks[index].id.clone(), self.status(index)));
        let creates = call.get("ChangeSetType") == Some("CREATE");
        match found {
            None if creates => Ok(self.add_stack(&name, "REVIEW_IN_PROGRESS")),
            None => Err(invalid(format!("Stack [{name}] does not exist"))),
            Some((id, status)) if creates && status == "REVIEW_IN_PROGRESS" => Ok(id),
            Some(_) if creates => refused("AlreadyExistsException", format!("Stack [{name}] already exists")),
            Some((id, status)) if is_updatable(&status) => Ok(id),
            Some((id, status)) => Err(invalid(format!("Stack:{id} is in {status} state and can not be updated."))),
        }
    }

    fn add_change_set(&mut self, name: &str, stack: &str, call: &Call, script: Script, parent: Option<&str>) -> String {
        let (id, operation) = (self.arn("changeSet", name), self.uuid());
        let nested = script.nested.clone();
        self.change_sets.push(ChangeSet {
            id: id.clone(),
            name: name.to_owned(),
            stack: stack.to_owned(),
            call: call.clone(),
            values: Default::default(),
            secrets: Default::default(),
            script,
            created: self.now,
            looks: 0,
            nested: Vec::new(),
            parent: parent.map(str::to_owned),
            executed: None,
            is_obsolete: false,
            is_deleted: false,
            operation,
        });
        if call.is_set("IncludeNestedStacks") {
            let children = nested.into_iter().map(|(logical_id, script)| {
                let child = self.add_change_set(&format!("{name}-{logical_id}"), stack, call, script, Some(&id));
                (logical_id, child)
            });
            let children = children.collect();
            self.change_sets.iter_mut().find(|it| it.id == id).expect("it was added").nested = children;
        }
        id
    }

    /// Why a change set cannot be created: by itself, or by one below.
    fn failure(&self, set: &ChangeSet) -> Option<String> {
        let of_child = set.nested.iter().find_map(|(_, id)| {
            let child = self.change_sets.iter().find(|it| it.id == *id)?;
            self.failure(child).map(|_| id)
        });
        let nested = |id| format!("Nested change set {id} was not successfully created: Currently in FAILED.");
        set.script.failure.clone().or_else(|| of_child.map(nested))
    }

    /// Status, execution status and reason.
    fn statuses(&self, set: &ChangeSet) -> (&'static str, &'static str, Option<String>) {
        let computing = set.script.computing;
        if computing > 0 && set.looks <= computing && set.parent.is_none() {
            return ("CREATE_IN_PROGRESS", "UNAVAILABLE", None);
        }
        match self.failure(set) {
            Some(reason) => ("FAILED", "UNAVAILABLE", Some(reason)),
            None => ("CREATE_COMPLETE", self.execution(set), None),
        }
    }

    fn execution(&self, set: &ChangeSet) -> &'static str {
        match &set.executed {
            Some((_, end)) if *end > self.now => "EXECUTE_IN_PROGRESS",
            Some(_) => {
                let stack = self.find(&set.stack).map(|index| self.status(index)).unwrap_or_default();
                if super::state::is_success(&stack) { "EXECUTE_COMPLETE" } else { "EXECUTE_FAILED" }
            }
            None if set.is_obsolete => "OBSOLETE",
            None => "AVAILABLE",
        }
    }

    pub fn describe_change_set(&mut self, call: &Call) -> Answered {
        self.look();
        let name = call.get("ChangeSetName").unwrap_or_default();
        let Some(index) = self.find_set(name, call.get("StackName")) else { return no_change_set(name) };
        if call.get("NextToken").is_none() {
            self.change_sets[index].looks += 1;
        }
        let set = &self.change_sets[index];
        let (status, execution, reason) = self.statuses(set);
        let stack = &self.stacks[self.find(&set.stack).expect("a change set has a stack")];
        // The changes are known if only a nested change set fails.
        let is_listed = status == "CREATE_COMPLETE" || status == "FAILED" && set.script.failure.is_none();
        let listed = if is_listed { set.changes(call.is_set("IncludePropertyValues")) } else { Vec::new() };
        let mut answer = self.page(call, "Changes", listed);
        let members = json!({
            "ChangeSetName": set.name, "ChangeSetId": set.id, "StackId": set.stack, "StackName": stack.name,
            "CreationTime": self.timestamp(set.created), "Description": set.call.get("Description"),
            "Parameters": parameters(&set.values, &set.secrets),
            "ExecutionStatus": execution, "Status": status, "StatusReason": reason,
            "Capabilities": set.call.texts("Capabilities"), "NotificationARNs": set.call.texts("NotificationARNs"),
            "OnStackFailure": set.call.get("OnStackFailure"), "ParentChangeSetId": set.parent,
            "IncludeNestedStacks": set.call.is_set("IncludeNestedStacks"),
            "DeploymentConfig": set.call.get("DeploymentConfig.Mode").map(|mode| json!({"Mode": mode})),
        });
        answer.as_object_mut().expect("a page is an object").extend(members.as_object().cloned().unwrap_or_default());
        Ok(Some(answer))
    }

    pub fn execute_change_set(&mut self, call: &Call) -> Answered {
        let name = call.get("ChangeSetName").unwrap_or_default();
        let Some(index) = self.find_set(name, call.get("StackName")) else { return no_change_set(name) };
        let (set, token) = (&self.change_sets[index], call.get("ClientRequestToken").map(str::to_owned));
        if set.executed.as_ref().is_some_and(|(executed, _)| token.is_some() && *executed == token) {
            return Ok(Some(json!({})));
        }
        let (_, execution, _) = self.statuses(set);
        if execution != "AVAILABLE" {
            let text = "cannot be executed in its current execution status of";
            return refused("InvalidChangeSetStatus", format!("ChangeSet [{}] {text} [{execution}]", set.id));
        }
        set.check_execution(call)?;
        let (script, stack, operation) = (set.script.clone(), set.stack.clone(), self.uuid());
        self.apply(index, &script, &stack);
        let end = match script.shifts.is_empty() {
            true => self.perform(&stack, &script, token.as_deref(), &operation, self.now),
            false => self.begin_shifts(&stack, &script, token.as_deref(), &operation),
        };
        let id = self.change_sets[index].id.clone();
        for other in self.change_sets.iter_mut().filter(|it| it.stack == stack && it.parent.is_none()) {
            other.is_deleted |= other.id != id && other.executed.is_none();
        }
        (self.change_sets[index].executed, self.change_sets[index].operation) = (Some((token, end)), operation);
        Ok(Some(json!({})))
    }

    /// Gives the stack what the change set was asked for. Lists that were not sent stay as they are.
    fn apply(&mut self, index: usize, script: &Script, stack: &str) {
        let found = self.find(stack).expect("a change set has a stack");
        let before = self.describe(found);
        let (set, now) = (&self.change_sets[index], self.now);
        let stack = &mut self.stacks[found];
        stack.stale = (script.stale > 0).then_some((script.stale, before));
        stack.updated = (set.call.get("ChangeSetType") != Some("CREATE")).then_some(now).or(stack.updated);
        (stack.parameters, stack.secrets) = (set.values.clone(), set.secrets.clone());
        if set.call.has_list("Tags") {
            stack.tags = set.call.pairs("Tags", "Key", "Value");
        }
        if set.call.has_list("NotificationARNs") {
            stack.topics = set.call.texts("NotificationARNs");
        }
        stack.capabilities = set.call.texts("Capabilities");
        let text = |name: &str| set.call.get(name).map(str::to_owned);
        (stack.role_arn, stack.template) = (text("RoleARN").or(stack.role_arn.take()), text("TemplateBody"));
        let minutes = set.call.get("RollbackConfiguration.MonitoringTimeInMinutes").and_then(|it| it.parse().ok());
        stack.monitoring_minutes = minutes.or(stack.monitoring_minutes);
    }

    pub fn delete_change_set(&mut self, call: &Call) -> Answered {
        let name = call.get("ChangeSetName").unwrap_or_default();
        let Some(index) = self.find_set(name, call.get("StackName")) else { return no_change_set(name) };
        let id = self.change_sets[index].id.clone();
        for set in &mut self.change_sets {
            set.is_deleted |= set.id == id || set.parent.as_ref() == Some(&id);
        }
        Ok(Some(json!({})))
    }

    pub fn list_change_sets(&mut self, call: &Call) -> Answered {
        let name = call.get("StackName").unwrap_or_default();
        let Some(index) = self.find(name) else { return Err(invalid(format!("Stack [{name}] does not exist"))) };
        let stack = &self.stacks[index];
        let listed = self.change_sets.iter().filter(|it| it.stack == stack.id && !it.is_deleted && it.parent.is_none());
        let summary = |set: &ChangeSet| {
            let (status, execution, reason) = self.statuses(set);
            json!({
                "StackId": stack.id, "StackName": stack.name, "ChangeSetId": set.id, "ChangeSetName": set.name,
                "ExecutionStatus": execution, "Status": status, "StatusReason": reason,
                "CreationTime": self.timestamp(set.created), "Description": set.call.get("Description"),
            })
        };
        Ok(Some(self.page(call, "Summaries", listed.map(summary).collect())))
    }
}

impl ChangeSet {
    /// What it lists. The values before and after are listed on request only.
    fn changes(&self, with_values: bool) -> Vec<Value> {
        let change = |change: &Value| {
            let mut change = change.clone();
            let members = change.as_object_mut().expect("a change is an object");
            if !with_values {
                members.remove("BeforeContext");
                members.remove("AfterContext");
            }
            let nested = self.nested.iter().find(|(id, _)| members["LogicalResourceId"] == **id);
            nested.map(|(_, id)| members.insert("ChangeSetId".to_owned(), json!(id)));
            json!({"Type": "Resource", "ResourceChange": change})
        };
        self.script.changes.iter().map(change).collect()
    }

    /// Refuses an execution whose handling of failures does not fit.
    fn check_execution(&self, call: &Call) -> Result<(), Refusal> {
        let says_how = self.call.get("OnStackFailure").is_some() || self.call.get("DeploymentConfig.Mode").is_some();
        if says_how && call.get("DisableRollback").is_some() {
            return Err(invalid(
                "You can't specify DisableRollback when the change set says what happens on a failure",
            ));
        }
        let replaces = self.script.changes.iter().any(|change| change["Replacement"] == "True");
        match replaces && call.is_set("DisableRollback") {
            true => Err(invalid("Replacement type updates not supported on stack with disable-rollback.")),
            false => Ok(()),
        }
    }
}

/// The parameters as the service lists them.
pub fn parameters(
    values: &std::collections::BTreeMap<String, String>,
    secrets: &std::collections::BTreeSet<String>,
) -> Vec<Value> {
    let value = |name: &String, value: &str| if secrets.contains(name) { "****".to_owned() } else { value.to_owned() };
    let parameter = |(name, it): (&String, &String)| json!({"ParameterKey": name, "ParameterValue": value(name, it)});
    values.iter().map(parameter).collect()
}

fn is_updatable(status: &str) -> bool {
    let settled = ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"];
    let imported = ["IMPORT_COMPLETE", "IMPORT_ROLLBACK_COMPLETE"];
    [settled.as_slice(), &imported, &["CREATE_FAILED", "UPDATE_FAILED"]].concat().contains(&status)
}
