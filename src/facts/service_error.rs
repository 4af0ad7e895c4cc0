//! One AWS error without the SDK: what was called on what, and how the service answered.

use crate::facts::{Explain, FailureKind};

/// The one code that tells a bucket that is not there from an object that is not.
const NO_SUCH_BUCKET: &str = "NoSuchBucket";
/// The one code that tells a wrong clock from a wrong key.
const SKEWED: &str = "RequestTimeTooSkewed";

/// How the message begins that tells of a host without an address.
pub const UNKNOWN_HOST: &str = "cannot find the host";

/// A call to a service that did not succeed. Holds no request and no credentials.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{operation} {resource}: {}", self.answer())]
pub struct ServiceError {
    /// The IAM action of the call, such as `s3:PutObject`.
    pub operation: &'static str,
    /// What it was called on, such as `s3://bucket/key`.
    pub resource: String,
    /// How the service answered.
    pub reason: Reason,
    /// The error code on the wire, such as `NoSuchBucket`.
    pub code: Option<String>,
    /// The service's own words.
    pub message: Option<String>,
    /// The id by which AWS support finds the request.
    pub request_id: Option<String>,
}

/// The answers that callers tell apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The thing, or the bucket that should hold it, is not there.
    NotFound,
    /// The caller may not do this.
    AccessDenied,
    /// The credentials were good once.
    ExpiredCredentials,
    /// No credentials could be found or loaded.
    NoCredentials,
    /// The service does not know the credentials, or the signature made with them.
    WrongCredentials,
    /// The bucket lives in another region, named if the service named it.
    WrongRegion(Option<String>),
    /// Too many calls.
    Throttled,
    /// The service failed (5xx).
    Unavailable,
    /// No answer: name resolution, connection, time-out, a reply cut short.
    Network,
    /// What arrived is not what was sent or stored (checksum).
    Corrupt,
    /// The thing is past the state in which the call is possible.
    InvalidState,
    /// Any other refusal of the request.
    Rejected,
}

impl ServiceError {
    fn answer(&self) -> String {
        let said = match (&self.code, &self.message) {
            (Some(code), Some(message)) => format!("{message} ({code})"),
            (Some(text), None) | (None, Some(text)) => text.clone(),
            (None, None) => self.reason.describe().to_owned(),
        };
        match &self.request_id {
            Some(id) => format!("{said} [request {id}]"),
            None => said,
        }
    }

    /// Whether the same call may succeed later without a change.
    pub fn is_retryable(&self) -> bool {
        self.kind() == FailureKind::Temporary
    }
}

impl Reason {
    const fn describe(&self) -> &'static str {
        match self {
            Self::NotFound => "not found",
            Self::AccessDenied => "access denied",
            Self::ExpiredCredentials => "the credentials have expired",
            Self::NoCredentials => "no credentials were found",
            Self::WrongCredentials => "the credentials are not accepted",
            Self::WrongRegion(_) => "the bucket is in another region",
            Self::Throttled => "throttled",
            Self::Unavailable => "the service is unavailable",
            Self::Network => "no answer",
            Self::Corrupt => "the checksum does not match",
            Self::InvalidState => "not possible in this state",
            Self::Rejected => "refused",
        }
    }
}

impl Explain for ServiceError {
    fn kind(&self) -> FailureKind {
        match self.reason {
            Reason::AccessDenied | Reason::ExpiredCredentials | Reason::NoCredentials | Reason::WrongCredentials => {
                FailureKind::Permission
            }
            Reason::Throttled | Reason::Unavailable | Reason::Network | Reason::Corrupt => FailureKind::Temporary,
            Reason::NotFound | Reason::WrongRegion(_) => FailureKind::Usage,
            Reason::InvalidState | Reason::Rejected => FailureKind::Failed,
        }
    }

    fn hint(&self) -> Option<String> {
        match &self.reason {
            Reason::AccessDenied => {
                Some(format!("allow {} on {} to the role of this run", self.operation, self.resource))
            }
            Reason::ExpiredCredentials => Some("renew the credentials, or ask for a longer session".to_owned()),
            Reason::NoCredentials => Some(
                "give the build a role, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or --profile".to_owned(),
            ),
            Reason::WrongCredentials if self.code.as_deref() == Some(SKEWED) => {
                Some("set the clock of this machine, and let it be kept (NTP)".to_owned())
            }
            Reason::WrongCredentials => Some(
                "check the access key, the secret key and the session token: they must belong together and to this \
                 partition of AWS"
                    .to_owned(),
            ),
            Reason::NotFound if self.code.as_deref() == Some(NO_SUCH_BUCKET) => {
                Some("make the bucket first, or mend its name".to_owned())
            }
            Reason::WrongRegion(Some(region)) => {
                Some(format!("the bucket is in {region}: run with --region {region} or name a bucket of this region"))
            }
            Reason::WrongRegion(None) => Some("name a bucket of this region, or give the bucket's --region".to_owned()),
            Reason::Network if self.message.as_ref().is_some_and(|it| it.starts_with(UNKNOWN_HOST)) => Some(
                "check how the region and any --endpoint-url or AWS_ENDPOINT_URL are spelled, then the network and the \
                 proxy"
                    .to_owned(),
            ),
            Reason::Network => {
                Some("check the network, the proxy, and any --endpoint-url or AWS_ENDPOINT_URL".to_owned())
            }
            Reason::NotFound
            | Reason::Throttled
            | Reason::Unavailable
            | Reason::Corrupt
            | Reason::InvalidState
            | Reason::Rejected => None,
        }
    }
}
