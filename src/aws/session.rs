//! The credentials of a job's artifacts, which live for about 15 minutes and are had anew through `GetJobDetails`.

use super::CodePipeline;
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

/// Credentials of this age are renewed before they are used again.
pub const LIFETIME: Duration = Duration::from_secs(10 * 60);
/// S3's answer to a session that is over.
const EXPIRED: &[u8] = b"<Code>ExpiredToken</Code>";
/// A session that was just renewed and still does not do is another trouble.
const SHORTEST: Duration = Duration::from_secs(60);

/// The session of one job. Clones share it.
#[derive(Clone)]
pub struct JobSession(Arc<Shared>);

struct Shared {
    jobs: CodePipeline,
    job: JobId,
    lifetime: Duration,
    redactor: Redactor,
    issued: Mutex<Issued>,
    renewing: tokio::sync::Mutex<()>,
}

#[derive(Clone)]
struct Issued {
    credentials: ArtifactCredentials,
    at: Instant,
    is_expired: bool,
    was_renewed_early: Option<Instant>,
}

impl JobSession {
    /// A session that begins with the credentials which came with the job.
    pub fn new(
        jobs: CodePipeline,
        job: JobId,
        first: ArtifactCredentials,
        lifetime: Duration,
        redactor: Redactor,
    ) -> Self {
        let issued = Issued { credentials: first, at: Instant::now(), is_expired: false, was_renewed_early: None };
        let issued = Mutex::new(issued);
        Self(Arc::new(Shared { jobs, job, lifetime, redactor, issued, renewing: tokio::sync::Mutex::default() }))
    }

    fn issued(&self) -> MutexGuard<'_, Issued> {
        // What is guarded is whole at every moment.
        self.0.issued.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_good(&self) -> bool {
        let issued = self.issued();
        !issued.is_expired && issued.at.elapsed() < self.0.lifetime
    }

    async fn current(&self) -> ArtifactCredentials {
        let _one_at_a_time = self.0.renewing.lock().await;
        if !self.is_good() {
            self.renew().await;
        }
        self.issued().credentials.clone()
    }

    /// Where the service gives none, the old ones are all there is: S3 says whether they still do.
    async fn renew(&self) {
        let renewed = self.0.jobs.details(&self.0.job).await;
        let mut issued = self.issued();
        (issued.at, issued.is_expired) = (Instant::now(), false);
        match renewed {
            Ok(Some(credentials)) => {
                let secrets = [Secret::new(&credentials.access_key_id), credentials.secret_access_key.clone()];
                self.0.redactor.hide(secrets.into_iter().chain([credentials.session_token.clone()]));
                issued.credentials = credentials;
            }
            Ok(None) => tracing::warn!(job = %self.0.job, "the job has no artifact credentials any more"),
            Err(error) => tracing::warn!(%error, "the artifact credentials could not be renewed"),
        }
    }

    /// Takes note that S3 finds the session over; whether another attempt has better hopes. The SDK asks more than once
    /// about one answer.
    fn expire(&self) -> bool {
        let mut issued = self.issued();
        if issued.is_expired {
            return true;
        }
        if issued.was_renewed_early.is_some_and(|at| at.elapsed() < SHORTEST) {
            return false;
        }
        (issued.is_expired, issued.was_renewed_early) = (true, Some(Instant::now()));
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
        future::ProvideCredentials::new(async move { Ok(of_sdk(&self.current().await)) as Result })
    }
}

fn of_sdk(credentials: &ArtifactCredentials) -> Credentials {
    let (secret, token) = (credentials.secret_access_key.expose(), credentials.session_token.expose());
    Credentials::new(&credentials.access_key_id, secret, Some(token.to_owned()), None, "CodePipeline")
}

/// One more attempt, with new credentials, when S3 finds the session over.
impl ClassifyRetry for JobSession {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        match context.response().is_some_and(is_expired) && self.expire() {
            true => RetryAction::transient_error(),
            false => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "expired artifact credentials"
    }
}

fn is_expired(response: &HttpResponse) -> bool {
    let body = response.body().bytes().unwrap_or_default();
    response.status().as_u16() == 400 && body.windows(EXPIRED.len()).any(|window| window == EXPIRED)
}
