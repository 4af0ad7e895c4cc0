//! Stacks, change sets and their events in CloudFormation.

mod requests;
mod responses;

use super::call_log::CallLog;
use super::codedeploy::CodeDeploy;
use super::errors::Call;
use super::html_page::NoHtmlPage;
use crate::deploy::{
    ChangeSet, ChangeSetIds, ChangeSetRequest, ExecuteRequest, FailuresOf, Finding, HookResult, Page, Refusal, Stack,
    StackEvent, StackRequest, Stacks, actions, refusal,
};
use crate::facts::ServiceError;
use aws_config::SdkConfig;
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::config::Builder;
use aws_sdk_cloudformation::config::retry::RetryConfig;
use aws_sdk_cloudformation::config::timeout::TimeoutConfig;
use aws_sdk_cloudformation::types::{EventFilter, ListHookResultsTargetType, TemplateStage};
use std::collections::BTreeMap;
use std::time::Duration;

/// Longest wait for the first byte of a response unless `--cli-read-timeout` sets one: a deployment that waits for a
/// lost answer shows nothing.
const READ_TIMEOUT: Duration = Duration::from_secs(20);

/// The CloudFormation client of a region.
#[derive(Clone)]
pub struct CloudFormation {
    client: Client,
    deployments: CodeDeploy,
}

impl CloudFormation {
    pub fn new(config: &SdkConfig) -> Self {
        let timeouts = config.timeout_config().cloned().unwrap_or_else(|| TimeoutConfig::builder().build());
        let timeouts = match timeouts.read_timeout() {
            Some(_) => timeouts,
            None => timeouts.to_builder().read_timeout(READ_TIMEOUT).build(),
        };
        let config = config.to_builder().timeout_config(timeouts).build();
        let with = Builder::from(&config).interceptor(CallLog).interceptor(NoHtmlPage);
        Self { client: Client::from_conf(with.build()), deployments: CodeDeploy::new(&config) }
    }
}

/// Without the SDK's retries: the deployment makes the call again at its own pace, with the same token.
fn once() -> Builder {
    Builder::new().retry_config(RetryConfig::disabled())
}

fn stack_call(operation: &'static str, stack: &str) -> Call {
    Call::new(operation, format!("stack {stack}"))
}

fn change_set_call(operation: &'static str, change_set: &str) -> Call {
    Call::new(operation, format!("change set {change_set}"))
}

/// Some lists have an error in place of an empty answer: "Export 'x' is not imported by any stack."
fn is_no_import(error: &ServiceError) -> bool {
    error.message.as_deref().is_some_and(|message| message.contains("is not imported by any stack"))
}

impl Stacks for CloudFormation {
    type Deployments = CodeDeploy;

    fn deployments(&self) -> &CodeDeploy {
        &self.deployments
    }

    async fn stack(&self, stack: &str) -> Result<Option<Stack>, ServiceError> {
        let request = self.client.describe_stacks().stack_name(stack).customize().config_override(once());
        match request.send().await.map_err(|error| stack_call("cloudformation:DescribeStacks", stack).failed(error)) {
            Ok(found) => Ok(found.stacks.unwrap_or_default().into_iter().next().map(responses::stack)),
            Err(error) if refusal(&error) == Refusal::NoStack => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn create_change_set(&self, request: &ChangeSetRequest) -> Result<ChangeSetIds, ServiceError> {
        let call = stack_call("cloudformation:CreateChangeSet", &request.stack);
        let sent = requests::create_change_set(self.client.create_change_set(), request);
        let answer = sent.customize().config_override(once()).send().await.map_err(|error| call.failed(error))?;
        let (change_set, stack) = (answer.id.unwrap_or_default(), answer.stack_id.unwrap_or_default());
        Ok(ChangeSetIds { change_set, stack })
    }

    async fn change_set(
        &self,
        change_set: &str,
        stack: Option<&str>,
        page: Option<&str>,
    ) -> Result<ChangeSet, ServiceError> {
        let call = change_set_call("cloudformation:DescribeChangeSet", change_set);
        let request = self.client.describe_change_set().change_set_name(change_set);
        let request = request.set_stack_name(stack.map(str::to_owned)).set_next_token(page.map(str::to_owned));
        let answer = request.customize().config_override(once()).send().await;
        answer.map(responses::change_set).map_err(|error| call.failed(error))
    }

    async fn change_sets(&self, stack: &str) -> Result<Vec<String>, ServiceError> {
        let mut pages = self.client.list_change_sets().stack_name(stack).into_paginator().send();
        let mut ids = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| stack_call("cloudformation:ListChangeSets", stack).failed(error))?;
            ids.extend(page.summaries.unwrap_or_default().into_iter().filter_map(|summary| summary.change_set_id));
        }
        Ok(ids)
    }

    async fn execute(&self, request: &ExecuteRequest) -> Result<(), ServiceError> {
        let call = change_set_call("cloudformation:ExecuteChangeSet", &request.change_set);
        let sent = self.client.execute_change_set().change_set_name(&request.change_set);
        let sent = sent.client_request_token(&request.token).set_disable_rollback(request.disables_rollback);
        let answer = sent.customize().config_override(once()).send().await;
        answer.map(|_| ()).map_err(|error| call.failed(error))
    }

    async fn delete_change_set(&self, change_set: &str, stack: Option<&str>) -> Result<(), ServiceError> {
        let call = change_set_call("cloudformation:DeleteChangeSet", change_set);
        let request = self.client.delete_change_set().change_set_name(change_set);
        let answer = request.set_stack_name(stack.map(str::to_owned)).send().await;
        answer.map(|_| ()).map_err(|error| call.failed(error))
    }

    async fn delete_stack(&self, request: &StackRequest) -> Result<(), ServiceError> {
        let call = stack_call("cloudformation:DeleteStack", &request.stack);
        let sent = self.client.delete_stack().stack_name(&request.stack).client_request_token(&request.token);
        let answer = sent.set_role_arn(request.role_arn.clone()).send().await;
        answer.map(|_| ()).map_err(|error| call.failed(error))
    }

    async fn roll_back(&self, request: &StackRequest) -> Result<(), ServiceError> {
        let call = stack_call("cloudformation:RollbackStack", &request.stack);
        let sent = self.client.rollback_stack().stack_name(&request.stack).client_request_token(&request.token);
        let answer = sent.set_role_arn(request.role_arn.clone()).send().await;
        answer.map(|_| ()).map_err(|error| call.failed(error))
    }

    async fn events(&self, stack: &str, page: Option<&str>) -> Result<Page<StackEvent>, ServiceError> {
        let call = stack_call(actions::EVENTS, stack);
        let request = self.client.describe_stack_events().stack_name(stack).set_next_token(page.map(str::to_owned));
        let answer = request.customize().config_override(once()).send().await.map_err(|error| call.failed(error))?;
        let items = answer.stack_events.unwrap_or_default().into_iter().map(responses::event).collect();
        Ok(Page { items, next: answer.next_token })
    }

    async fn failures(&self, of: &FailuresOf) -> Result<Vec<Finding>, ServiceError> {
        let request = self.client.describe_events().filters(EventFilter::builder().failed_events(true).build());
        // Only a full ARN works as the name of a change set here.
        let (request, resource) = match of {
            FailuresOf::ChangeSet(arn) => (request.change_set_name(arn), arn),
            FailuresOf::Operation { stack, id } => (request.operation_id(id), stack),
        };
        let mut pages = request.into_paginator().send();
        let mut findings = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| Call::new(actions::FAILURES, resource).failed(error))?;
            findings.extend(page.operation_events.unwrap_or_default().into_iter().map(responses::finding));
        }
        Ok(findings)
    }

    async fn hooks(&self, change_set: &str) -> Result<Vec<HookResult>, ServiceError> {
        let kind = ListHookResultsTargetType::ChangeSet;
        let (mut hooks, mut page) = (Vec::new(), None);
        loop {
            let request = self.client.list_hook_results().target_type(kind.clone()).target_id(change_set);
            let answer = request.set_next_token(page).send().await;
            let answer =
                answer.map_err(|error| Call::new("cloudformation:ListHookResults", change_set).failed(error))?;
            hooks.extend(answer.hook_results.unwrap_or_default().into_iter().map(responses::hook_summary));
            page = answer.next_token;
            if page.is_none() {
                return Ok(hooks);
            }
        }
    }

    async fn hook(&self, id: &str) -> Result<HookResult, ServiceError> {
        let call = Call::new(actions::HOOK, format!("hook result {id}"));
        let answer = self.client.get_hook_result().hook_result_id(id).send().await;
        answer.map(responses::hook_result).map_err(|error| call.failed(error))
    }

    async fn protect(&self, stack: &str, is_protected: bool) -> Result<(), ServiceError> {
        let call = stack_call("cloudformation:UpdateTerminationProtection", stack);
        let request = self.client.update_termination_protection().stack_name(stack);
        let answer = request.enable_termination_protection(is_protected).send().await;
        answer.map(|_| ()).map_err(|error| call.failed(error))
    }

    async fn set_policy(&self, stack: &str, policy: &str) -> Result<(), ServiceError> {
        let call = stack_call("cloudformation:SetStackPolicy", stack);
        let answer = self.client.set_stack_policy().stack_name(stack).stack_policy_body(policy).send().await;
        answer.map(|_| ()).map_err(|error| call.failed(error))
    }

    async fn template(&self, stack: &str, change_set: Option<&str>) -> Result<String, ServiceError> {
        let request = self.client.get_template().template_stage(TemplateStage::Processed);
        let request = match change_set {
            Some(change_set) => request.change_set_name(change_set),
            None => request.stack_name(stack),
        };
        let answer = request.customize().config_override(once()).send().await;
        let answer = answer.map_err(|error| stack_call(actions::TEMPLATE, stack).failed(error))?;
        Ok(answer.template_body.unwrap_or_default())
    }

    async fn physical_ids(&self, stack: &str) -> Result<BTreeMap<String, String>, ServiceError> {
        let mut pages = self.client.list_stack_resources().stack_name(stack).into_paginator().send();
        let mut ids = BTreeMap::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| stack_call(actions::PHYSICAL_IDS, stack).failed(error))?;
            let resources = page.stack_resource_summaries.unwrap_or_default().into_iter();
            ids.extend(resources.filter_map(|it| Some((it.logical_resource_id?, it.physical_resource_id?))));
        }
        Ok(ids)
    }

    async fn importers(&self, export: &str) -> Result<Vec<String>, ServiceError> {
        let mut pages = self.client.list_imports().export_name(export).into_paginator().send();
        let mut names = Vec::new();
        while let Some(page) = pages.next().await {
            let call = || Call::new(actions::IMPORTERS, format!("export {export}"));
            match page.map_err(|error| call().failed(error)) {
                Ok(page) => names.extend(page.imports.unwrap_or_default()),
                Err(error) if is_no_import(&error) => break,
                Err(error) => return Err(error),
            }
        }
        Ok(names)
    }
}
