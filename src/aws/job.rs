//! What a job needs of AWS: its artifacts under its own credentials, its queue under the host's.

use super::{CodePipeline, S3Store, load};
use crate::failure::{Failure, FailureKind};
use crate::job::{Job, Services};
use crate::settings::AwsSettings;
use aws_config::SdkConfig;
use std::time::Duration;

/// CodePipeline and the artifact store.
pub struct AwsServices {
    config: SdkConfig,
    jobs: CodePipeline,
}

impl AwsServices {
    /// Clients as the host's settings say.
    pub async fn new(settings: &AwsSettings) -> Result<Self, Failure> {
        let config = load(settings).await?;
        Ok(Self { jobs: CodePipeline::new(&config), config })
    }
}

impl Services for AwsServices {
    type Artifacts = S3Store;
    type Jobs = CodePipeline;

    async fn artifacts(&self, job: &Job) -> Result<S3Store, Failure> {
        let credentials = job.credentials.as_ref();
        let credentials = credentials.ok_or_else(|| Failure::new(FailureKind::Usage, "the job has no credentials"))?;
        Ok(S3Store::for_job(&self.config, credentials, job.encryption_key.as_ref()).await?)
    }

    fn jobs(&self) -> &CodePipeline {
        &self.jobs
    }

    async fn pause(&self, wait: Duration) {
        tokio::time::sleep(wait).await;
    }
}
