//! What a deployment needs of CloudFormation, in its own words.

pub mod actions;
mod answers;
mod requests;

pub use answers::{
    Annotation, ChangeSet, ChangeSetIds, DescribedChange, Finding, FindingKind, HookInvocation, HookResult, Page,
    Stack, StackEvent,
};
pub use requests::{
    ChangeSetKind, ChangeSetRequest, ExecuteRequest, Express, FailuresOf, ParameterValue, RollbackTriggers,
    StackRequest, TemplateText,
};

use crate::facts::ServiceError;
use crate::shift::Deployments;
use std::collections::BTreeMap;

/// CloudFormation in one region. Stacks and change sets go by ARN wherever one is known.
///
/// The calls that are made again and again (`stack`, `change_set`, `events`) do not retry by themselves.
pub trait Stacks {
    /// CodeDeploy, which CloudFormation has shift the traffic of aliases.
    type Deployments: Deployments;

    fn deployments(&self) -> &Self::Deployments;

    /// `DescribeStacks`; `None` if there is no such stack.
    async fn stack(&self, stack: &str) -> Result<Option<Stack>, ServiceError>;

    async fn create_change_set(&self, request: &ChangeSetRequest) -> Result<ChangeSetIds, ServiceError>;

    /// One page of `DescribeChangeSet`. `stack` is needed where the change set goes by name.
    async fn change_set(
        &self,
        change_set: &str,
        stack: Option<&str>,
        page: Option<&str>,
    ) -> Result<ChangeSet, ServiceError>;

    /// The ARNs of all change sets of a stack.
    async fn change_sets(&self, stack: &str) -> Result<Vec<String>, ServiceError>;

    async fn execute(&self, request: &ExecuteRequest) -> Result<(), ServiceError>;

    async fn delete_change_set(&self, change_set: &str, stack: Option<&str>) -> Result<(), ServiceError>;

    async fn delete_stack(&self, request: &StackRequest) -> Result<(), ServiceError>;

    async fn roll_back(&self, request: &StackRequest) -> Result<(), ServiceError>;

    /// One page of `DescribeStackEvents`, newest first.
    async fn events(&self, stack: &str, page: Option<&str>) -> Result<Page<StackEvent>, ServiceError>;

    /// Every failure that `DescribeEvents` gives.
    async fn failures(&self, of: &FailuresOf) -> Result<Vec<Finding>, ServiceError>;

    /// Every hook that was called for a change set, by ARN.
    async fn hooks(&self, change_set: &str) -> Result<Vec<HookResult>, ServiceError>;

    /// One hook's answer, with its annotations.
    async fn hook(&self, id: &str) -> Result<HookResult, ServiceError>;

    async fn protect(&self, stack: &str, is_protected: bool) -> Result<(), ServiceError>;

    /// Sets the stack policy, a JSON text.
    async fn set_policy(&self, stack: &str, policy: &str) -> Result<(), ServiceError>;

    /// What macros made of the template of a stack, or of the stack of a change set (`GetTemplate`).
    async fn template(&self, stack: &str, change_set: Option<&str>) -> Result<String, ServiceError>;

    /// The physical ids of the resources of a stack, by logical id (`ListStackResources`).
    async fn physical_ids(&self, stack: &str) -> Result<BTreeMap<String, String>, ServiceError>;

    /// The names of the stacks that import an export.
    async fn importers(&self, export: &str) -> Result<Vec<String>, ServiceError>;
}
