//! The services of a job: its artifacts under the job's credentials, CodePipeline under the host's.

use super::session::{JobSession, RENEWAL_AGE};
use super::{CodePipeline, S3Store, load};
use crate::facts::{Failure, FailureKind, Redactor};
use crate::job::{Job, Services};
use crate::settings::AwsSettings;
use aws_config::SdkConfig;
use std::time::Duration;

/// CodePipeline and the artifact store.
#[derive(Clone)]
pub struct AwsServices {
    config: SdkConfig,
    jobs: CodePipeline,
    redactor: Redactor,
}

impl AwsServices {
    /// Adds renewed artifact credentials to `redactor`.
    pub async fn new(settings: &AwsSettings, redactor: &Redactor) -> Result<Self, Failure> {
        let config = load(settings).await?;
        // Each poll would fail, again and again.
        if config.region().is_none() {
            return Err(no_region());
        }
        Ok(Self { jobs: CodePipeline::new(&config), config, redactor: redactor.clone() })
    }
}

fn no_region() -> Failure {
    Failure::new(FailureKind::Usage, "no region is set, and CodePipeline is in one")
        .with_hint("give --region, or set AWS_REGION or a region in the profile")
}

impl AwsServices {
    /// The client that also polls and acknowledges.
    pub fn codepipeline(&self) -> CodePipeline {
        self.jobs.clone()
    }
}

impl Services for AwsServices {
    type Artifacts = S3Store;
    type Jobs = CodePipeline;

    async fn artifacts(&self, job: &Job) -> Result<S3Store, Failure> {
        let first = job.credentials.clone();
        let first = first.ok_or_else(|| Failure::new(FailureKind::Usage, "the job has no credentials"))?;
        let session = JobSession::new(self.jobs.clone(), job.id.clone(), first, RENEWAL_AGE, self.redactor.clone());
        Ok(S3Store::for_job(&self.config, session, job.encryption_key.as_ref()))
    }

    fn jobs(&self) -> &CodePipeline {
        &self.jobs
    }

    async fn pause(&self, wait: Duration) {
        tokio::time::sleep(wait).await;
    }
}
