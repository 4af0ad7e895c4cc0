//! The artifact credentials of a job: valid for about 15 minutes, renewed by `GetJobDetails`.

use super::CodePipeline;
use super::credentials::check;
use crate::facts::{Redactor, Secret};
use crate::job::{ArtifactCredentials, JobId};
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, Result, future};
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::config::interceptors::InterceptorContext;
use aws_sdk_s3::config::retry::{ClassifyRetry, RetryAction};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Credentials of this age are renewed before their next use.
pub const RENEWAL_AGE: Duration = Duration::from_secs(10 * 60);
/// In the body of S3's response to expired credentials.
const EXPIRED_CODE: &[u8] = b"<Code>ExpiredToken</Code>";
/// If S3 rejects credentials twice within this time, renewing them does not help.
const REJECTION_INTERVAL: Duration = Duration::from_secs(60);

/// The credentials of one job. Clones share them.
#[derive(Clone)]
pub struct JobSession(Arc<Shared>);

struct Shared {
    jobs: CodePipeline,
    job: JobId,
    renewal_age: Duration,
    redactor: Redactor,
    issued: Mutex<Issued>,
    renewing: tokio::sync::Mutex<()>,
}

#[derive(Clone)]
struct Issued {
    credentials: ArtifactCredentials,
    at: Instant,
    is_expired: bool,
    /// When S3 last rejected credentials as expired.
    rejected: Option<Instant>,
}

impl JobSession {
    /// Starts with the credentials that came with the job.
    pub fn new(
        jobs: CodePipeline,
        job: JobId,
        first: ArtifactCredentials,
        renewal_age: Duration,
        redactor: Redactor,
    ) -> Self {
        let issued = Issued { credentials: first, at: Instant::now(), is_expired: false, rejected: None };
        let issued = Mutex::new(issued);
        Self(Arc::new(Shared { jobs, job, renewal_age, redactor, issued, renewing: tokio::sync::Mutex::default() }))
    }

    fn issued(&self) -> MutexGuard<'_, Issued> {
        // A panic elsewhere cannot leave the value half written.
        self.0.issued.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_fresh(&self) -> bool {
        let issued = self.issued();
        !issued.is_expired && issued.at.elapsed() < self.0.renewal_age
    }

    async fn current(&self) -> ArtifactCredentials {
        let _one_renewal_at_a_time = self.0.renewing.lock().await;
        if !self.is_fresh() {
            self.renew().await;
        }
        self.issued().credentials.clone()
    }

    /// Keeps the old credentials if `GetJobDetails` returns none; S3 rejects them if they have expired.
    async fn renew(&self) {
        let renewed = self.0.jobs.artifact_credentials(&self.0.job).await;
        let mut issued = self.issued();
        (issued.at, issued.is_expired) = (Instant::now(), false);
        match renewed {
            Ok(Some(credentials)) => {
                let secrets = [Secret::new(&credentials.access_key_id), credentials.secret_access_key.clone()];
                self.0.redactor.hide(secrets.into_iter().chain([credentials.session_token.clone()]));
                issued.credentials = credentials;
            }
            Ok(None) => tracing::warn!(job = %self.0.job, "GetJobDetails returned no artifact credentials"),
            Err(error) => tracing::warn!(%error, "cannot renew the artifact credentials"),
        }
    }

    /// Marks the credentials as expired. Returns whether a retry with new ones may succeed. The SDK calls it more than
    /// once for one response.
    fn expire(&self) -> bool {
        let mut issued = self.issued();
        if issued.is_expired {
            return true;
        }
        if issued.rejected.is_some_and(|at| at.elapsed() < REJECTION_INTERVAL) {
            return false;
        }
        (issued.is_expired, issued.rejected) = (true, Some(Instant::now()));
        true
    }
}

impl fmt::Debug for JobSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JobSession({})", self.0.job)
    }
}

impl ProvideCredentials for JobSession {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async move { check(sdk_credentials(&self.current().await)) as Result })
    }
}

fn sdk_credentials(credentials: &ArtifactCredentials) -> Credentials {
    let (secret, token) = (credentials.secret_access_key.expose(), credentials.session_token.expose());
    Credentials::new(&credentials.access_key_id, secret, Some(token.to_owned()), None, "CodePipeline")
}

/// Retries with new credentials when S3 says that they have expired.
impl ClassifyRetry for JobSession {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        match context.response().is_some_and(says_expired) && self.expire() {
            true => RetryAction::transient_error(),
            false => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "expired artifact credentials"
    }
}

fn says_expired(response: &HttpResponse) -> bool {
    let body = response.body().bytes().unwrap_or_default();
    response.status().as_u16() == 400 && body.windows(EXPIRED_CODE.len()).any(|window| window == EXPIRED_CODE)
}
