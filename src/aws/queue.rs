//! Polls CodePipeline for jobs and acknowledges them.

use super::CodePipeline;
use super::codepipeline::without_retries;
use super::errors::Call;
use crate::facts::{ActionTypeId, Reason, ServiceError};
use crate::job::JobId;
use crate::worker::{AcknowledgeJob, Acknowledgement, JobQueue, Offer};
use aws_sdk_codepipeline::types::{
    ActionOwner, ActionTypeId as SdkActionTypeId, Artifact, Job, JobData, JobStatus, PipelineContext,
};
use serde_json::{Value, json};

/// The queryable property that divides the jobs of one action type among workers.
const POOL: &str = "Pool";

/// The jobs of one action type, or of one pool of it.
pub struct AwsQueue {
    codepipeline: CodePipeline,
    action_type: ActionTypeId,
    pool: Option<String>,
}

impl AwsQueue {
    pub fn new(codepipeline: CodePipeline, action_type: ActionTypeId, pool: Option<String>) -> Self {
        Self { codepipeline, action_type, pool }
    }

    fn sdk_action_type(&self) -> SdkActionTypeId {
        SdkActionTypeId::builder()
            .owner(ActionOwner::Custom)
            .category(self.action_type.category.as_str().into())
            .provider(&self.action_type.provider)
            .version(&self.action_type.version)
            .build()
            .expect("every required member is set")
    }
}

impl JobQueue for AwsQueue {
    async fn poll(&self, most: usize) -> Result<Vec<Offer>, ServiceError> {
        let call = Call::new("codepipeline:PollForJobs", format!("action type {}", self.action_type));
        let request = self.codepipeline.client.poll_for_jobs().action_type_id(self.sdk_action_type());
        let query = self.pool.as_ref().map(|pool| [(POOL.to_owned(), pool.clone())].into());
        let request = request.max_batch_size(i32::try_from(most).unwrap_or(i32::MAX)).set_query_param(query);
        let response = request.send().await.map_err(|error| call.failed(error))?;
        Ok(response.jobs.unwrap_or_default().iter().filter_map(offer).collect())
    }
}

impl AcknowledgeJob for CodePipeline {
    /// Without the SDK's retries: they would hide that an earlier response was lost.
    async fn acknowledge(&self, job: &JobId, nonce: &str) -> Result<Acknowledgement, ServiceError> {
        let call = Call::new("codepipeline:AcknowledgeJob", format!("job {job}"));
        let request = self.client.acknowledge_job().job_id(job.as_str()).nonce(nonce);
        match request.customize().config_override(without_retries()).send().await {
            Ok(response) => Ok(match response.status {
                Some(JobStatus::InProgress) => Acknowledgement::InProgress,
                Some(status) => Acknowledgement::Over(status.as_str().to_owned()),
                None => Acknowledgement::Over("in no state".to_owned()),
            }),
            Err(error) if error.as_service_error().is_some_and(|it| it.is_invalid_nonce_exception()) => {
                Ok(Acknowledgement::InvalidNonce)
            }
            Err(error) => match call.failed(error) {
                ServiceError { reason: Reason::NotFound, .. } => Ok(Acknowledgement::NotFound),
                error => Err(error),
            },
        }
    }
}

/// `None` for a job without a valid id or without a nonce: it cannot be acknowledged.
fn offer(job: &Job) -> Option<Offer> {
    let data = job.data.as_ref()?;
    let action_type = data.action_type_id.as_ref();
    Some(Offer {
        id: JobId::new(job.id.as_deref()?)?,
        nonce: Some(job.nonce.clone()?),
        action_type: action_type.map(|it| format!("{}/{}/{}", it.category.as_str(), it.provider, it.version)),
        document: document(job.id.as_deref()?, data).to_string(),
    })
}

/// The job in the JSON of the API, with the members that `Job::parse` reads.
fn document(id: &str, data: &JobData) -> Value {
    json!({"id": id, "data": {
        "actionConfiguration": data.action_configuration.as_ref().map(|it| json!({"configuration": it.configuration})),
        "pipelineContext": data.pipeline_context.as_ref().map(context),
        "inputArtifacts": data.input_artifacts().iter().map(artifact).collect::<Vec<_>>(),
        "outputArtifacts": data.output_artifacts().iter().map(artifact).collect::<Vec<_>>(),
        "artifactCredentials": data.artifact_credentials.as_ref().map(|it| json!({
            "accessKeyId": it.access_key_id,
            "secretAccessKey": it.secret_access_key,
            "sessionToken": it.session_token,
        })),
        "continuationToken": data.continuation_token,
        "encryptionKey": data.encryption_key.as_ref().map(|key| json!({"id": key.id, "type": key.r#type.as_str()})),
    }})
}

fn context(context: &PipelineContext) -> Value {
    json!({
        "pipelineName": context.pipeline_name,
        "stage": context.stage.as_ref().map(|stage| json!({"name": stage.name})),
        "action": context.action.as_ref().map(|action| {
            json!({"name": action.name, "actionExecutionId": action.action_execution_id})
        }),
        "pipelineExecutionId": context.pipeline_execution_id,
    })
}

fn artifact(artifact: &Artifact) -> Value {
    let location = artifact.location.as_ref();
    let object = location.and_then(|location| location.s3_location.as_ref());
    json!({
        "name": artifact.name,
        "revision": artifact.revision,
        "location": location.map(|location| json!({
            "type": location.r#type.as_ref().map(|kind| kind.as_str()),
            "s3Location": object.map(|it| json!({"bucketName": it.bucket_name, "objectKey": it.object_key})),
        })),
    })
}
