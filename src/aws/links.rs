//! Reads what a link in an answer points to, without our credentials. A link may be signed, so it is never shown.

use super::errors::{Call, root_cause};
use super::http::{self, ResponseTooLong};
use crate::facts::{Backoff, Failure, Reason, Secret, ServiceError, is_confidential, random_chance};
use aws_smithy_http_client::tls::TlsContext;
use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use http_body_util::{BodyExt, Limited};
use std::error::Error;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// Attempts to read one link.
const ATTEMPTS: u32 = 3;
const BACKOFF: Backoff = Backoff { first: Duration::from_millis(500), longest: Duration::from_secs(5) };
/// Longest time for one attempt.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The call that gives the links.
const OPERATION: &str = "serverlessrepo:GetApplication";
const RESOURCE: &str = "a link in the answer";

/// A client without credentials.
#[derive(Debug, Clone)]
pub struct Links {
    /// `None` trusts the system's certificates.
    context: Option<TlsContext>,
    /// Made for the first link: few runs read one.
    connector: Arc<OnceLock<SharedHttpConnector>>,
}

impl Links {
    /// Trusts the certificates of `bundle` instead of the system's.
    pub fn new(bundle: Option<&Path>) -> Result<Self, Failure> {
        Ok(Self { context: http::trusted(bundle)?, connector: Arc::default() })
    }

    /// Reads at most `limit` bytes. Follows no redirection.
    pub async fn read(&self, link: &Secret, limit: usize) -> Result<Vec<u8>, ServiceError> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            let attempt = tokio::time::timeout(TIMEOUT, self.read_once(link, limit)).await;
            match attempt.unwrap_or_else(|_| Err(unread(Reason::Network, "no answer in time"))) {
                Err(error) if error.is_retryable() && attempts < ATTEMPTS => {
                    tokio::time::sleep(BACKOFF.wait(attempts, random_chance())).await;
                }
                read => return read,
            }
        }
    }

    async fn read_once(&self, link: &Secret, limit: usize) -> Result<Vec<u8>, ServiceError> {
        let request = request(link)?;
        let response = self.connector.get_or_init(|| http::connector(self.context.clone())).call(request).await;
        let response = response.map_err(|error| unread(Reason::Network, root_cause(&error)))?;
        match response.status().as_u16() {
            200 => body(response, limit).await,
            status @ 500.. => Err(unread(Reason::Unavailable, format!("status {status}"))),
            status => Err(unread(Reason::Rejected, format!("status {status}"))),
        }
    }
}

fn request(link: &Secret) -> Result<HttpRequest, ServiceError> {
    let url = link.expose();
    let is_url = url.starts_with("https://") || url.starts_with("http://") && is_confidential(url);
    let mut request = HttpRequest::new(SdkBody::empty());
    match request.set_uri(url) {
        Ok(()) if is_url => Ok(request),
        Ok(()) | Err(_) => Err(unread(Reason::Rejected, "it is not the URL of an object")),
    }
}

async fn body(response: HttpResponse, limit: usize) -> Result<Vec<u8>, ServiceError> {
    match Limited::new(response.into_body(), limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes().to_vec()),
        Err(error) => Err(broken(&*error, limit)),
    }
}

fn broken(error: &(dyn Error + Send + Sync + 'static), limit: usize) -> ServiceError {
    let is_too_long = error.is::<http_body_util::LengthLimitError>() || error.is::<ResponseTooLong>();
    match is_too_long {
        true => unread(Reason::Rejected, format!("it has more than {limit} bytes")),
        false => unread(Reason::Network, root_cause(error)),
    }
}

fn unread(reason: Reason, message: impl Into<String>) -> ServiceError {
    Call::new(OPERATION, RESOURCE).interrupted(reason, message)
}
