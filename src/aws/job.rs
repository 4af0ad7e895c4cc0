//! What a job needs of AWS: its artifacts under its own credentials, its queue under the host's.

use super::session::{Hide, JobSession, LIFETIME};
use super::{CodePipeline, S3Store, load};
use crate::failure::{Failure, FailureKind};
use crate::job::{Job, Services};
use crate::secret::Secret;
use crate::settings::AwsSettings;
use aws_config::SdkConfig;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// CodePipeline and the artifact store. Clones learn of the same secrets.
#[derive(Clone)]
pub struct AwsServices {
    config: SdkConfig,
    jobs: CodePipeline,
    learned: Arc<Mutex<Vec<Secret>>>,
    hide: Hide,
}

impl AwsServices {
    /// Clients as the host's settings say. `hide` is told of every secret that comes to be known later.
    pub async fn new(
        settings: &AwsSettings,
        hide: impl Fn(Vec<Secret>) + Send + Sync + 'static,
    ) -> Result<Self, Failure> {
        let config = load(settings).await?;
        let learned = Arc::<Mutex<Vec<Secret>>>::default();
        let remembered = Arc::clone(&learned);
        let hide: Hide = Arc::new(move |secrets| {
            remembered.lock().unwrap_or_else(PoisonError::into_inner).extend(secrets.iter().cloned());
            hide(secrets);
        });
        Ok(Self { jobs: CodePipeline::new(&config), config, learned, hide })
    }
}

impl AwsServices {
    /// The client of CodePipeline, for more than results.
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
        let session = JobSession::new(self.jobs.clone(), job.id.clone(), first, LIFETIME, Arc::clone(&self.hide));
        Ok(S3Store::for_job(&self.config, session, job.encryption_key.as_ref()))
    }

    fn jobs(&self) -> &CodePipeline {
        &self.jobs
    }

    async fn pause(&self, wait: Duration) {
        tokio::time::sleep(wait).await;
    }

    fn secrets(&self) -> Vec<Secret> {
        self.learned.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
