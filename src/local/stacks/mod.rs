//! Stacks in a folder, in place of CloudFormation: each has a file with what was "deployed", and no resource is created.
//!
//! ```text
//! create ─▶ document, parameters, capabilities ─▶ scope (known values) ─▶ plan ─▶ change set in the file of the stack
//! execute ─▶ the file of the stack: template, values, outputs, one row for each resource
//! ```
//!
//! A template is compared as it is sent: macros are not expanded. The changes of a nested stack are known if its template
//! is in a bucket of the rehearsal; its resources have no rows. Whether a resource would be replaced is not known, since
//! that takes the schema of its type.

mod arn;
mod capabilities;
mod conditions;
mod create;
mod document;
mod execute;
mod folder;
mod nested;
mod outputs;
mod parameters;
mod plan;
mod refusal;
mod scope;
mod state;
#[cfg(test)]
mod tests;

use super::FolderStore;
use crate::deploy::{
    ChangeSet, ChangeSetIds, ChangeSetRequest, ExecuteRequest, FailuresOf, Finding, HookResult, Page, Stack,
    StackEvent, StackRequest, Stacks, TemplateText,
};
use crate::facts::{S3Endpoint, ServiceError, Timestamp};
use crate::shift::NoDeployments;
use document::Document;
use folder::StackFolder;
use refusal::Call;
use state::{ChangeSetState, StackState};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The stacks of a region.
#[derive(Debug, Clone)]
pub struct FolderStacks {
    folder: StackFolder,
    region: String,
    /// Holds templates that are too large for a request.
    store: FolderStore,
    endpoint: S3Endpoint,
}

impl FolderStacks {
    /// Stacks below `root`. Nothing is written before a change set is created.
    pub fn new(root: PathBuf, region: &str, store: FolderStore, endpoint: S3Endpoint) -> Self {
        Self { folder: StackFolder::new(root, region), region: region.to_owned(), store, endpoint }
    }

    fn template(&self, call: &Call, text: &TemplateText) -> Result<String, ServiceError> {
        match text {
            TemplateText::Body(text) => Ok(text.clone()),
            TemplateText::Url(url) => self.read_template(call, url),
        }
    }

    fn read_template(&self, call: &Call, url: &str) -> Result<String, ServiceError> {
        let location = arn::object_of_url(url, &self.endpoint);
        let location = location.ok_or_else(|| call.invalid("TemplateURL must be a supported URL."))?;
        self.folder.read_template(call, &self.store.path(&location))
    }

    fn find(&self, call: &Call, stack: &str) -> Result<StackState, ServiceError> {
        self.read(call, stack)?.ok_or_else(|| call.no_stack(stack))
    }

    fn read(&self, call: &Call, stack: &str) -> Result<Option<StackState>, ServiceError> {
        let found = self.folder.read(call, arn::stack_name(stack))?;
        Ok(found.filter(|state| state.is_called(stack)))
    }

    /// Changes a stack that exists.
    fn change<T>(
        &self,
        call: &Call,
        stack: &str,
        change: impl FnOnce(&mut StackState) -> Result<T, ServiceError>,
    ) -> Result<T, ServiceError> {
        self.folder.update(call, arn::stack_name(stack), |found| match found {
            Some(state) if state.is_called(stack) => change(state),
            Some(_) | None => Err(call.no_stack(stack)),
        })
    }

    /// Changes the stack of a change set.
    fn change_set_stack<T>(
        &self,
        call: &Call,
        change_set: &str,
        stack: Option<&str>,
        change: impl FnOnce(&mut StackState) -> Result<T, ServiceError>,
    ) -> Result<T, ServiceError> {
        let name = stack.map(arn::stack_name).or_else(|| arn::stack_of_change_set(change_set));
        let missing = || call.no_change_set(change_set);
        self.folder.update(call, name.ok_or_else(missing)?, |found| change(found.as_mut().ok_or_else(missing)?))
    }
}

impl Stacks for FolderStacks {
    type Deployments = NoDeployments;

    fn deployments(&self) -> &NoDeployments {
        &NoDeployments
    }

    async fn stack(&self, stack: &str) -> Result<Option<Stack>, ServiceError> {
        let call = Call::new("cloudformation:DescribeStacks", stack);
        Ok(self.read(&call, stack)?.map(|state| state.described()))
    }

    async fn create_change_set(&self, request: &ChangeSetRequest) -> Result<ChangeSetIds, ServiceError> {
        let call = Call::new("cloudformation:CreateChangeSet", &request.stack);
        let template = self.template(&call, &request.template)?;
        let key = self.folder.key(&call)?;
        let read = |url: &str| Document::parse(&self.read_template(&call, url).ok()?).ok();
        let creation =
            create::Creation { call: &call, request, template, key: &key, region: &self.region, read: &read };
        self.folder.update(&call, arn::stack_name(&request.stack), |found| creation.create(found))
    }

    async fn change_set(
        &self,
        change_set: &str,
        stack: Option<&str>,
        _: Option<&str>,
    ) -> Result<ChangeSet, ServiceError> {
        let call = Call::new("cloudformation:DescribeChangeSet", change_set);
        let missing = || call.no_change_set(change_set);
        let name = stack.map(arn::stack_name).or_else(|| arn::stack_of_change_set(change_set)).ok_or_else(missing)?;
        let state = self.folder.read(&call, name)?.ok_or_else(missing)?;
        if let Some(found) = state.change_sets.iter().find(|it| it.is_called(change_set)) {
            return Ok(found.described(&state));
        }
        let nested = state.change_sets.iter().find_map(|it| it.find_nested(change_set)).ok_or_else(missing)?;
        nested.described(&state).ok_or_else(|| call.invalid("the template is in no bucket of the rehearsal"))
    }

    async fn change_sets(&self, stack: &str) -> Result<Vec<String>, ServiceError> {
        let call = Call::new("cloudformation:ListChangeSets", stack);
        let state = self.find(&call, stack)?;
        Ok(state.change_sets.into_iter().filter(ChangeSetState::is_open).map(|it| it.id).collect())
    }

    async fn execute(&self, request: &ExecuteRequest) -> Result<(), ServiceError> {
        let call = Call::new("cloudformation:ExecuteChangeSet", &request.change_set);
        let region = &self.region;
        self.change_set_stack(&call, &request.change_set, None, |state| execute::execute(&call, request, region, state))
    }

    async fn delete_change_set(&self, change_set: &str, stack: Option<&str>) -> Result<(), ServiceError> {
        let call = Call::new("cloudformation:DeleteChangeSet", change_set);
        self.change_set_stack(&call, change_set, stack, |state| {
            state.change_sets.retain(|it| !it.is_called(change_set));
            Ok(())
        })
    }

    async fn delete_stack(&self, request: &StackRequest) -> Result<(), ServiceError> {
        let call = Call::new("cloudformation:DeleteStack", &request.stack);
        self.folder.update(&call, arn::stack_name(&request.stack), |found| {
            match found.take_if(|state| state.is_called(&request.stack)) {
                Some(state) if state.is_protected => {
                    *found = Some(state);
                    Err(call.invalid("Stack cannot be deleted while TerminationProtection is enabled"))
                }
                Some(_) | None => Ok(()),
            }
        })
    }

    /// Refuses: nothing fails here, so no stack is in a state that can be rolled back.
    async fn roll_back(&self, request: &StackRequest) -> Result<(), ServiceError> {
        let call = Call::new("cloudformation:RollbackStack", &request.stack);
        let status = self.find(&call, &request.stack)?.status;
        Err(call.invalid(format!("Stack is in {status} state and can not be rolled back")))
    }

    /// The rows of the last execution. All have the time of the call: the file holds no time, so that the same
    /// rehearsal gives the same file.
    async fn events(&self, stack: &str, _: Option<&str>) -> Result<Page<StackEvent>, ServiceError> {
        let call = Call::new("cloudformation:DescribeStackEvents", stack);
        let items = self.find(&call, stack)?.events(Timestamp::now());
        Ok(Page { items, next: None })
    }

    async fn failures(&self, _: &FailuresOf) -> Result<Vec<Finding>, ServiceError> {
        Ok(Vec::new())
    }

    async fn hooks(&self, _: &str) -> Result<Vec<HookResult>, ServiceError> {
        Ok(Vec::new())
    }

    async fn hook(&self, id: &str) -> Result<HookResult, ServiceError> {
        Err(Call::new("cloudformation:GetHookResult", id).invalid("a rehearsal calls no hook"))
    }

    async fn protect(&self, stack: &str, is_protected: bool) -> Result<(), ServiceError> {
        let call = Call::new("cloudformation:UpdateTerminationProtection", stack);
        self.change(&call, stack, |state| {
            state.is_protected = is_protected;
            Ok(())
        })
    }

    async fn set_policy(&self, stack: &str, policy: &str) -> Result<(), ServiceError> {
        let call = Call::new("cloudformation:SetStackPolicy", stack);
        self.change(&call, stack, |state| {
            state.policy = Some(policy.to_owned());
            Ok(())
        })
    }

    /// Empty: macros are not expanded here, so no alias is known.
    async fn template(&self, _: &str, _: Option<&str>) -> Result<String, ServiceError> {
        Ok(String::new())
    }

    async fn physical_ids(&self, _: &str) -> Result<BTreeMap<String, String>, ServiceError> {
        Ok(BTreeMap::new())
    }

    /// None: what other stacks import is not looked up.
    async fn importers(&self, _: &str) -> Result<Vec<String>, ServiceError> {
        Ok(Vec::new())
    }
}
