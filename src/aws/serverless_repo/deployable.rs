//! Applications that are deployed.

use super::{ServerlessRepo, call, failed, responses};
use crate::facts::{Reason, ServiceError};
use crate::operation::{ApplicationTemplate, DeployableApplications, DeployableVersion, NestedApplication};
use crate::publish::ApplicationId;

/// `None` for an answer that there is no such thing.
fn found<T>(answer: Result<T, ServiceError>) -> Result<Option<T>, ServiceError> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.reason == Reason::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

impl DeployableApplications for ServerlessRepo {
    async fn deployable(
        &self,
        id: &ApplicationId,
        version: Option<&str>,
    ) -> Result<Option<DeployableVersion>, ServiceError> {
        let request = self.client.get_application().application_id(id.to_string());
        let request = request.set_semantic_version(version.map(str::to_owned));
        let answer = request.send().await.map_err(|error| failed(call("serverlessrepo:GetApplication", id), error));
        Ok(found(answer)?.and_then(|application| application.version).map(responses::deployable))
    }

    async fn versions(&self, id: &ApplicationId) -> Result<Vec<String>, ServiceError> {
        let request = self.client.list_application_versions().application_id(id.to_string());
        let mut pages = request.into_paginator().send();
        let mut versions = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| failed(call("serverlessrepo:ListApplicationVersions", id), error))?;
            versions.extend(page.versions.unwrap_or_default().into_iter().filter_map(|it| it.semantic_version));
        }
        Ok(versions)
    }

    async fn nested(&self, id: &ApplicationId, version: &str) -> Result<Vec<NestedApplication>, ServiceError> {
        let request = self.client.list_application_dependencies().application_id(id.to_string());
        let mut pages = request.semantic_version(version).into_paginator().send();
        let mut nested = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| failed(call("serverlessrepo:ListApplicationDependencies", id), error))?;
            nested.extend(page.dependencies.unwrap_or_default().into_iter().map(responses::nested));
        }
        Ok(nested)
    }

    async fn create_template(&self, id: &ApplicationId, version: &str) -> Result<ApplicationTemplate, ServiceError> {
        let request = self.client.create_cloud_formation_template().application_id(id.to_string());
        let answer = request.semantic_version(version).send().await;
        let answer = answer.map_err(|error| failed(call("serverlessrepo:CreateCloudFormationTemplate", id), error))?;
        Ok(responses::template(answer.template_id, answer.status, answer.template_url))
    }

    async fn template(&self, id: &ApplicationId, template: &str) -> Result<Option<ApplicationTemplate>, ServiceError> {
        let request = self.client.get_cloud_formation_template().application_id(id.to_string()).template_id(template);
        let answer = request.send().await;
        let answer = answer.map_err(|error| failed(call("serverlessrepo:GetCloudFormationTemplate", id), error));
        let answer = found(answer)?;
        Ok(answer.map(|it| responses::template(it.template_id, it.status, it.template_url)))
    }
}
