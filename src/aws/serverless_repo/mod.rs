//! Applications in the Serverless Application Repository.

mod deployable;
mod objects;
mod requests;
mod responses;

use super::call_log::CallLog;
use super::errors::Call;
use super::links::Links;
use crate::facts::{Reason, Secret, ServiceError};
use crate::publish::{
    Application, ApplicationId, Applications, Caller, MetadataUpdate, NewApplication, NewVersion, PolicyStatement,
    SemanticVersion,
};
use aws_config::SdkConfig;
use aws_sdk_serverlessapplicationrepository::Client;
use aws_sdk_serverlessapplicationrepository::config::Builder;
use aws_sdk_serverlessapplicationrepository::config::http::HttpResponse;
use aws_sdk_serverlessapplicationrepository::error::{ProvideErrorMetadata, SdkError};
use std::error::Error;

/// The code of a 409, which decides between an attempt that was lost and a refusal.
const CONFLICT: &str = "ConflictException";
/// How many applications a page of `ListApplications` has at most.
const PAGE_SIZE: i32 = 100;

/// The repository of a region.
pub struct ServerlessRepo {
    client: Client,
    config: SdkConfig,
    links: Links,
}

impl ServerlessRepo {
    pub fn new(config: &SdkConfig, links: Links) -> Self {
        let client = Client::from_conf(Builder::from(config).interceptor(CallLog).build());
        Self { client, config: config.clone(), links }
    }
}

fn call(operation: &'static str, id: &ApplicationId) -> Call {
    Call::new(operation, id.to_string())
}

/// The error of a call. A 409 has its code even if the answer has none.
fn failed<E>(call: Call, error: SdkError<E, HttpResponse>) -> ServiceError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let is_conflict = error.raw_response().is_some_and(|response| response.status().as_u16() == 409);
    let error = call.failed(error);
    match is_conflict {
        true => ServiceError { code: Some(CONFLICT.to_owned()), reason: Reason::Rejected, ..error },
        false => error,
    }
}

impl Applications for ServerlessRepo {
    fn region(&self) -> Option<String> {
        self.config.region().map(ToString::to_string)
    }

    async fn caller(&self) -> Result<Caller, ServiceError> {
        let config = aws_sdk_sts::config::Builder::from(&self.config).interceptor(CallLog).build();
        let identity = aws_sdk_sts::Client::from_conf(config).get_caller_identity().send().await;
        let identity = identity.map_err(|error| Call::new("sts:GetCallerIdentity", "the credentials").failed(error))?;
        let arn = identity.arn.unwrap_or_default();
        let partition = arn.split(':').nth(1).unwrap_or("aws").to_owned();
        Ok(Caller { partition, account: identity.account.unwrap_or_default() })
    }

    async fn application(
        &self,
        id: &ApplicationId,
        version: Option<&SemanticVersion>,
    ) -> Result<Option<Application>, ServiceError> {
        let request = self.client.get_application().application_id(id.to_string());
        let request = request.set_semantic_version(version.map(ToString::to_string));
        match request.send().await.map_err(|error| failed(call("serverlessrepo:GetApplication", id), error)) {
            Ok(found) => Ok(Some(responses::application(found))),
            Err(error) if error.reason == Reason::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn own_applications(&self) -> Result<Vec<String>, ServiceError> {
        let mut pages = self.client.list_applications().max_items(PAGE_SIZE).into_paginator().send();
        let mut ids = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| Call::new("serverlessrepo:ListApplications", "*").failed(error))?;
            ids.extend(page.applications.unwrap_or_default().into_iter().filter_map(|it| it.application_id));
        }
        Ok(ids)
    }

    async fn create_application(&self, id: &ApplicationId, new: &NewApplication) -> Result<(), ServiceError> {
        let request = requests::create_application(self.client.create_application(), new);
        let answer = request.send().await;
        answer.map(drop).map_err(|error| failed(call("serverlessrepo:CreateApplication", id), error))
    }

    async fn create_version(&self, id: &ApplicationId, new: &NewVersion) -> Result<(), ServiceError> {
        let request = self.client.create_application_version().application_id(id.to_string());
        let answer = requests::create_version(request, new).send().await;
        answer.map(drop).map_err(|error| failed(call("serverlessrepo:CreateApplicationVersion", id), error))
    }

    async fn update_application(&self, id: &ApplicationId, update: &MetadataUpdate) -> Result<(), ServiceError> {
        let request = self.client.update_application().application_id(id.to_string());
        let answer = requests::update(request, update).send().await;
        answer.map(drop).map_err(|error| failed(call("serverlessrepo:UpdateApplication", id), error))
    }

    async fn policy(&self, id: &ApplicationId) -> Result<Vec<PolicyStatement>, ServiceError> {
        let answer = self.client.get_application_policy().application_id(id.to_string()).send().await;
        match answer.map_err(|error| failed(call("serverlessrepo:GetApplicationPolicy", id), error)) {
            Ok(found) => Ok(found.statements.unwrap_or_default().into_iter().map(responses::statement).collect()),
            // The application was found before, so that it has no policy.
            Err(error) if error.reason == Reason::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    async fn set_policy(&self, id: &ApplicationId, statements: &[PolicyStatement]) -> Result<(), ServiceError> {
        let statements = statements.iter().map(requests::statement).collect();
        let request = self.client.put_application_policy().application_id(id.to_string());
        let answer = request.set_statements(Some(statements)).send().await;
        answer.map(drop).map_err(|error| failed(call("serverlessrepo:PutApplicationPolicy", id), error))
    }

    async fn fetch(&self, link: &Secret, limit: usize) -> Result<Vec<u8>, ServiceError> {
        self.links.read(link, limit).await
    }
}
