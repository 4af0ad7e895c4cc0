//! The queue of jobs in CodePipeline.

use super::errors::Call;
use crate::failure::JobFailureType;
use crate::job::{JobFailure, JobId, JobSuccess, Jobs};
use crate::service_error::ServiceError;
use aws_config::SdkConfig;
use aws_sdk_codepipeline::Client;
use aws_sdk_codepipeline::error::BuildError;
use aws_sdk_codepipeline::types::{ExecutionDetails, FailureDetails, FailureType};

/// CodePipeline as the host's role reaches it.
pub struct CodePipeline {
    client: Client,
}

impl CodePipeline {
    /// CodePipeline with the credentials of the configuration.
    pub fn new(config: &SdkConfig) -> Self {
        Self { client: Client::new(config) }
    }
}

impl Jobs for CodePipeline {
    async fn put_success(&self, job: &JobId, success: &JobSuccess) -> Result<(), ServiceError> {
        let call = Call::new("codepipeline:PutJobSuccessResult", format!("job {job}"));
        let request = self.client.put_job_success_result().job_id(job.as_str());
        let variables = success.output_variables.clone().into_iter().collect();
        let request = request
            .execution_details(execution_details(success))
            .set_output_variables((!success.output_variables.is_empty()).then_some(variables));
        request.send().await.map(|_| ()).map_err(|error| call.failed(error))
    }

    async fn put_failure(&self, job: &JobId, failure: &JobFailure) -> Result<(), ServiceError> {
        let call = Call::new("codepipeline:PutJobFailureResult", format!("job {job}"));
        let details = failure_details(failure).expect("type and message are given");
        let request = self.client.put_job_failure_result().job_id(job.as_str()).failure_details(details);
        request.send().await.map(|_| ()).map_err(|error| call.failed(error))
    }
}

fn execution_details(success: &JobSuccess) -> ExecutionDetails {
    ExecutionDetails::builder()
        .summary(&success.summary)
        .set_external_execution_id(success.external_execution_id.clone())
        .percent_complete(i32::from(success.percent_complete))
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
