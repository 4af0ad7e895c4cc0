//! Stacks in a folder in place of CloudFormation.

use crate::deploy::{
    ChangeSet, ChangeSetIds, ChangeSetRequest, ExecuteRequest, FailuresOf, Finding, HookResult, Page, Stack,
    StackEvent, StackRequest, Stacks,
};
use crate::facts::{Reason, ServiceError};

/// Holds no stack so far: a rehearsal packages and does not deploy.
#[derive(Debug, Clone)]
pub struct FolderStacks;

fn refused<T>(operation: &'static str, resource: &str) -> Result<T, ServiceError> {
    Err(ServiceError {
        operation,
        resource: resource.to_owned(),
        reason: Reason::Rejected,
        code: None,
        message: Some("a rehearsal has no stacks".to_owned()),
        request_id: None,
    })
}

impl Stacks for FolderStacks {
    async fn stack(&self, _: &str) -> Result<Option<Stack>, ServiceError> {
        Ok(None)
    }

    async fn create_change_set(&self, request: &ChangeSetRequest) -> Result<ChangeSetIds, ServiceError> {
        refused("cloudformation:CreateChangeSet", &request.stack)
    }

    async fn change_set(&self, change_set: &str, _: Option<&str>, _: Option<&str>) -> Result<ChangeSet, ServiceError> {
        refused("cloudformation:DescribeChangeSet", change_set)
    }

    async fn change_sets(&self, stack: &str) -> Result<Vec<String>, ServiceError> {
        refused("cloudformation:ListChangeSets", stack)
    }

    async fn execute(&self, request: &ExecuteRequest) -> Result<(), ServiceError> {
        refused("cloudformation:ExecuteChangeSet", &request.change_set)
    }

    async fn delete_change_set(&self, change_set: &str, _: Option<&str>) -> Result<(), ServiceError> {
        refused("cloudformation:DeleteChangeSet", change_set)
    }

    async fn delete_stack(&self, request: &StackRequest) -> Result<(), ServiceError> {
        refused("cloudformation:DeleteStack", &request.stack)
    }

    async fn roll_back(&self, request: &StackRequest) -> Result<(), ServiceError> {
        refused("cloudformation:RollbackStack", &request.stack)
    }

    async fn events(&self, stack: &str, _: Option<&str>) -> Result<Page<StackEvent>, ServiceError> {
        refused("cloudformation:DescribeStackEvents", stack)
    }

    async fn failures(&self, _: &FailuresOf) -> Result<Vec<Finding>, ServiceError> {
        Ok(Vec::new())
    }

    async fn hooks(&self, _: &str) -> Result<Vec<HookResult>, ServiceError> {
        Ok(Vec::new())
    }

    async fn hook(&self, id: &str) -> Result<HookResult, ServiceError> {
        refused("cloudformation:GetHookResult", id)
    }

    async fn protect(&self, stack: &str, _: bool) -> Result<(), ServiceError> {
        refused("cloudformation:UpdateTerminationProtection", stack)
    }

    async fn set_policy(&self, stack: &str, _: &str) -> Result<(), ServiceError> {
        refused("cloudformation:SetStackPolicy", stack)
    }

    async fn importers(&self, _: &str) -> Result<Vec<String>, ServiceError> {
        Ok(Vec::new())
    }
}
