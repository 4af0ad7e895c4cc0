//! The deployments by which CodeDeploy shifts the traffic of Lambda aliases, and the alarms that stop them.

mod requests;
mod responses;

use super::call_log::CallLog;
use super::cloudwatch::CloudWatch;
use super::errors::Call;
use super::html_page::NoHtmlPage;
use crate::facts::{Routing, ServiceError, ShiftAlarm, Timestamp};
use crate::shift::{Deployment, Deployments, Group, GroupName, Target, actions};
use aws_config::SdkConfig;
use aws_sdk_codedeploy::Client;
use aws_sdk_codedeploy::config::Builder;
use aws_sdk_codedeploy::config::retry::RetryConfig;
use aws_sdk_codedeploy::operation::list_deployments::builders::ListDeploymentsFluentBuilder;

/// Bounds the pages of a list. A group has few deployments since a stack began to update, and a Lambda deployment has one
/// target.
const MAX_PAGES: usize = 10;

/// `BatchGetDeploymentTargets` takes as many ids.
const MAX_TARGETS: usize = 25;

/// The clients of CodeDeploy and CloudWatch in a region.
#[derive(Clone)]
pub struct CodeDeploy {
    pub(super) client: Client,
    pub(super) alarms: CloudWatch,
}

impl CodeDeploy {
    /// Without the SDK's retries: the watch of a shift asks again at its own pace.
    pub fn new(config: &SdkConfig) -> Self {
        let builder = Builder::from(config).retry_config(RetryConfig::disabled());
        let client = Client::from_conf(builder.interceptor(CallLog).interceptor(NoHtmlPage).build());
        Self { client, alarms: CloudWatch::new(config) }
    }

    async fn list(
        &self,
        request: ListDeploymentsFluentBuilder,
        group: &GroupName,
    ) -> Result<Vec<String>, ServiceError> {
        let (mut ids, mut page) = (Vec::new(), None);
        for _ in 0..MAX_PAGES {
            let answer = request.clone().set_next_token(page).send().await;
            let answer = answer.map_err(|error| group_call(actions::LIST_DEPLOYMENTS, group).failed(error))?;
            ids.extend(answer.deployments.unwrap_or_default());
            page = answer.next_token.filter(|token| !token.is_empty());
            if page.is_none() {
                break;
            }
        }
        Ok(ids)
    }

    async fn target_ids(&self, deployment: &str) -> Result<Vec<String>, ServiceError> {
        let (mut ids, mut page) = (Vec::new(), None);
        for _ in 0..MAX_PAGES {
            let request = self.client.list_deployment_targets().deployment_id(deployment).set_next_token(page);
            let call = deployment_call(actions::LIST_TARGETS, deployment);
            match request.send().await.map_err(|error| call.failed(error)) {
                Ok(answer) => {
                    ids.extend(answer.target_ids.unwrap_or_default());
                    page = answer.next_token.filter(|token| !token.is_empty());
                }
                Err(error) if has_code(&error, &["DeploymentNotStartedException"]) => page = None,
                Err(error) => return Err(error),
            }
            if page.is_none() {
                break;
            }
        }
        Ok(ids)
    }
}

fn group_call(operation: &'static str, group: &GroupName) -> Call {
    Call::new(operation, format!("deployment group {}/{}", group.application, group.group))
}

fn deployment_call(operation: &'static str, deployment: &str) -> Call {
    Call::new(operation, format!("deployment {deployment}"))
}

fn has_code(error: &ServiceError, codes: &[&str]) -> bool {
    error.code.as_deref().is_some_and(|code| codes.contains(&code))
}

impl Deployments for CodeDeploy {
    async fn group(&self, group: &GroupName) -> Result<Option<Group>, ServiceError> {
        let request = self.client.get_deployment_group();
        let request = request.application_name(&group.application).deployment_group_name(&group.group);
        let call = group_call(actions::DESCRIBE_GROUP, group);
        match request.send().await.map_err(|error| call.failed(error)) {
            Ok(answer) => Ok(answer.deployment_group_info.map(responses::group)),
            Err(error) if has_code(&error, &requests::NO_GROUP) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn deployments(&self, group: &GroupName, since: Timestamp) -> Result<Vec<String>, ServiceError> {
        self.list(requests::created_since(self.client.list_deployments(), group, since), group).await
    }

    async fn active(&self, group: &GroupName) -> Result<Vec<String>, ServiceError> {
        self.list(requests::active(self.client.list_deployments(), group), group).await
    }

    async fn describe(&self, ids: &[String]) -> Result<Vec<Deployment>, ServiceError> {
        let call = Call::new(actions::DESCRIBE_DEPLOYMENTS, format!("deployments {}", ids.join(", ")));
        let request = self.client.batch_get_deployments().set_deployment_ids(Some(ids.to_vec()));
        let answer = request.send().await.map_err(|error| call.failed(error))?;
        Ok(answer.deployments_info.unwrap_or_default().into_iter().filter_map(responses::deployment).collect())
    }

    async fn target(&self, deployment: &str) -> Result<Option<Target>, ServiceError> {
        let mut ids = self.target_ids(deployment).await?;
        ids.truncate(MAX_TARGETS);
        if ids.is_empty() {
            return Ok(None);
        }
        let call = deployment_call(actions::DESCRIBE_TARGETS, deployment);
        let request = self.client.batch_get_deployment_targets().deployment_id(deployment).set_target_ids(Some(ids));
        let answer = request.send().await.map_err(|error| call.failed(error))?;
        Ok(answer.deployment_targets.unwrap_or_default().into_iter().find_map(responses::target))
    }

    async fn routing(&self, configuration: &str) -> Result<Option<Routing>, ServiceError> {
        let call = Call::new(actions::DESCRIBE_CONFIGURATION, format!("deployment configuration {configuration}"));
        let answer = self.client.get_deployment_config().deployment_config_name(configuration).send().await;
        let answer = answer.map_err(|error| call.failed(error))?;
        Ok(answer.deployment_config_info.and_then(responses::routing))
    }

    async fn alarms(&self, names: &[String]) -> Result<Vec<ShiftAlarm>, ServiceError> {
        self.alarms.describe(names).await
    }

    async fn stop(&self, deployment: &str) -> Result<(), ServiceError> {
        let call = deployment_call(actions::STOP_DEPLOYMENT, deployment);
        let request = self.client.stop_deployment().deployment_id(deployment).auto_rollback_enabled(true);
        match request.send().await.map_err(|error| call.failed(error)) {
            Ok(_) => Ok(()),
            Err(error) if has_code(&error, &["DeploymentAlreadyCompletedException"]) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
