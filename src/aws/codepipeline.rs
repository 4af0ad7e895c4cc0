//! The results of jobs, and fresh artifact credentials, in CodePipeline.

use super::call_log::CallLog;
use super::errors::Call;
use super::html_page::NoHtmlPage;
use crate::facts::{JobFailureType, Secret, ServiceError};
use crate::job::{ArtifactCredentials, JobFailure, JobId, JobSuccess, JobSuspension, Jobs};
use aws_config::SdkConfig;
use aws_sdk_codepipeline::Client;
use aws_sdk_codepipeline::config::Builder;
use aws_sdk_codepipeline::config::retry::RetryConfig;
use aws_sdk_codepipeline::config::timeout::TimeoutConfig;
use aws_sdk_codepipeline::error::BuildError;
use aws_sdk_codepipeline::types::{ExecutionDetails, FailureDetails, FailureType};
use std::time::Duration;

/// Longest wait for the first byte of a response unless `--cli-read-timeout` sets one: a worker does not poll while it
/// waits.
const READ_TIMEOUT: Duration = Duration::from_secs(20);

/// The CodePipeline client, under the host's role.
#[derive(Clone)]
pub struct CodePipeline {
    pub(super) client: Client,
}

impl CodePipeline {
    pub fn new(config: &SdkConfig) -> Self {
        let timeouts = config.timeout_config().cloned().unwrap_or_else(|| TimeoutConfig::builder().build());
        let timeouts = match timeouts.read_timeout() {
            Some(_) => timeouts,
            None => timeouts.to_builder().read_timeout(READ_TIMEOUT).build(),
        };
        let config = Builder::from(config).timeout_config(timeouts).interceptor(CallLog).interceptor(NoHtmlPage);
        Self { client: Client::from_conf(config.build()) }
    }
}

impl CodePipeline {
    /// Fresh artifact credentials (`GetJobDetails`); `None` if the response has none.
    pub async fn artifact_credentials(&self, job: &JobId) -> Result<Option<ArtifactCredentials>, ServiceError> {
        let call = Call::new("codepipeline:GetJobDetails", format!("job {job}"));
        let response = self.client.get_job_details().job_id(job.as_str()).send().await;
        let details = response.map_err(|error| call.failed(error))?.job_details;
        let credentials = details.and_then(|details| details.data).and_then(|data| data.artifact_credentials);
        Ok(credentials.map(|credentials| ArtifactCredentials {
            access_key_id: credentials.access_key_id,
            secret_access_key: Secret::new(credentials.secret_access_key),
            session_token: Secret::new(credentials.session_token),
        }))
    }
}

impl Jobs for CodePipeline {
    async fn put_success(&self, job: &JobId, success: &JobSuccess) -> Result<(), ServiceError> {
        let call = Call::new("codepipeline:PutJobSuccessResult", format!("job {job}"));
        let request = self.client.put_job_success_result().job_id(job.as_str());
        let variables = success.output_variables.clone().into_iter().collect();
        let request = request
            .execution_details(details(
                &success.summary,
                success.external_execution_id.clone(),
                success.percent_complete,
            ))
            .set_output_variables((!success.output_variables.is_empty()).then_some(variables));
        request
            .customize()
            .config_override(without_retries())
            .send()
            .await
            .map(|_| ())
            .map_err(|error| call.failed(error))
    }

    async fn put_failure(&self, job: &JobId, failure: &JobFailure) -> Result<(), ServiceError> {
        let call = Call::new("codepipeline:PutJobFailureResult", format!("job {job}"));
        let details = failure_details(failure).expect("type and message are set");
        let request = self.client.put_job_failure_result().job_id(job.as_str()).failure_details(details);
        request
            .customize()
            .config_override(without_retries())
            .send()
            .await
            .map(|_| ())
            .map_err(|error| call.failed(error))
    }

    async fn put_suspended(&self, job: &JobId, suspension: &JobSuspension) -> Result<(), ServiceError> {
        let call = Call::new("codepipeline:PutJobSuccessResult", format!("job {job}"));
        let details =
            details(&suspension.summary, suspension.external_execution_id.clone(), suspension.percent_complete);
        let request = self.client.put_job_success_result().job_id(job.as_str()).execution_details(details);
        let request = request.continuation_token(&suspension.token);
        request
            .customize()
            .config_override(without_retries())
            .send()
            .await
            .map(|_| ())
            .map_err(|error| call.failed(error))
    }
}

/// Disables the SDK's retries: the caller retries at its own pace and must know the result of each attempt.
pub(super) fn without_retries() -> Builder {
    Builder::new().retry_config(RetryConfig::disabled())
}

fn details(summary: &str, external_execution_id: Option<String>, percent: u8) -> ExecutionDetails {
    ExecutionDetails::builder()
        .summary(summary)
        .set_external_execution_id(external_execution_id)
        .percent_complete(i32::from(percent))
        .build()
}

fn failure_details(failure: &JobFailure) -> Result<FailureDetails, BuildError> {
    FailureDetails::builder()
        .r#type(failure_type(failure.failure_type))
        .message(&failure.message)
        .set_external_execution_id(failure.external_execution_id.clone())
        .build()
}

fn failure_type(kind: JobFailureType) -> FailureType {
    match kind {
        JobFailureType::JobFailed => FailureType::JobFailed,
        JobFailureType::ConfigurationError => FailureType::ConfigurationError,
        JobFailureType::PermissionError => FailureType::PermissionError,
        JobFailureType::RevisionUnavailable => FailureType::RevisionUnavailable,
        JobFailureType::SystemUnavailable => FailureType::SystemUnavailable,
    }
}
