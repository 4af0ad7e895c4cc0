//! The one place where an answer of the SDK becomes a `ServiceError`.

use crate::facts::{Reason, ServiceError};
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ConnectorError, ErrorMetadata, ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::RequestId;
use std::error::Error;

/// Error codes on the wire and what they mean to us. S3: "List of error codes" in its API reference; the others from
/// the "Common Errors" of each service.
const CODES: [(&str, Reason); 49] = [
    ("NoSuchBucket", Reason::NotFound),
    ("NoSuchKey", Reason::NotFound),
    ("NoSuchUpload", Reason::NotFound),
    ("NoSuchVersion", Reason::NotFound),
    ("NotFound", Reason::NotFound),
    ("ActionTypeNotFoundException", Reason::NotFound),
    ("JobNotFoundException", Reason::NotFound),
    ("AccessDenied", Reason::AccessDenied),
    ("AccessDeniedException", Reason::AccessDenied),
    ("AccountProblem", Reason::AccessDenied),
    ("AllAccessDisabled", Reason::AccessDenied),
    ("Forbidden", Reason::AccessDenied),
    ("IncompleteSignature", Reason::WrongCredentials),
    ("InvalidAccessKeyId", Reason::WrongCredentials),
    ("InvalidClientTokenId", Reason::WrongCredentials),
    ("InvalidSignatureException", Reason::WrongCredentials),
    ("InvalidToken", Reason::WrongCredentials),
    ("MissingAuthenticationToken", Reason::AccessDenied),
    ("MissingAuthenticationTokenException", Reason::AccessDenied),
    ("NotAuthorized", Reason::AccessDenied),
    ("OptInRequired", Reason::AccessDenied),
    ("RequestTimeTooSkewed", Reason::WrongCredentials),
    ("SignatureDoesNotMatch", Reason::WrongCredentials),
    ("UnauthorizedAccess", Reason::AccessDenied),
    ("UnrecognizedClientException", Reason::WrongCredentials),
    ("ExpiredToken", Reason::ExpiredCredentials),
    ("ExpiredTokenException", Reason::ExpiredCredentials),
    ("RequestExpired", Reason::ExpiredCredentials),
    ("TokenRefreshRequired", Reason::ExpiredCredentials),
    ("AuthorizationHeaderMalformed", Reason::WrongRegion(None)),
    ("IllegalLocationConstraintException", Reason::WrongRegion(None)),
    ("PermanentRedirect", Reason::WrongRegion(None)),
    ("BandwidthLimitExceeded", Reason::Throttled),
    ("RequestLimitExceeded", Reason::Throttled),
    ("RequestThrottled", Reason::Throttled),
    ("SlowDown", Reason::Throttled),
    ("Throttling", Reason::Throttled),
    ("ThrottlingException", Reason::Throttled),
    ("TooManyRequestsException", Reason::Throttled),
    ("ConditionalRequestConflict", Reason::Unavailable),
    ("OperationAborted", Reason::Unavailable),
    ("IncompleteBody", Reason::Network),
    ("RequestTimeout", Reason::Network),
    ("BadDigest", Reason::Corrupt),
    ("InvalidDigest", Reason::Corrupt),
    ("XAmzContentChecksumMismatch", Reason::Corrupt),
    ("XAmzContentSHA256Mismatch", Reason::Corrupt),
    ("InvalidJobStateException", Reason::InvalidState),
    ("NotImplemented", Reason::Rejected),
];

/// What was called on what; makes the error of the call.
#[derive(Debug, Clone)]
pub struct Call {
    /// The IAM action.
    pub operation: &'static str,
    /// What it was called on.
    pub resource: String,
}

impl Call {
    /// A call of an action on a resource.
    pub fn new(operation: &'static str, resource: impl Into<String>) -> Self {
        Self { operation, resource: resource.into() }
    }

    /// The error that the SDK's answer is.
    pub fn failed<E>(self, error: SdkError<E, HttpResponse>) -> ServiceError
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        let meta = error.as_service_error().map(ProvideErrorMetadata::meta);
        let code = meta.and_then(|meta| meta.code()).map(str::to_owned);
        let message = meta.and_then(|meta| meta.message()).filter(|it| !it.is_empty()).map(str::to_owned);
        let no_answer = error.raw_response().is_none_or(|it| it.status().is_success()) && code.is_none();
        let untold = no_answer.then(|| unanswered(&error)).flatten();
        ServiceError {
            reason: reason(&error, code.as_deref()),
            message: message.or(untold),
            code,
            request_id: error.request_id().map(str::to_owned),
            operation: self.operation,
            resource: self.resource,
        }
    }

    /// The error of an answer that went wrong after its head.
    pub fn broken(self, reason: Reason, message: impl Into<String>) -> ServiceError {
        ServiceError {
            operation: self.operation,
            resource: self.resource,
            reason,
            code: None,
            message: Some(message.into()),
            request_id: None,
        }
    }
}

/// Why nothing was answered. That no source has credentials is said in one word, not by the SDK's list of sources.
fn unanswered(error: &(dyn Error + 'static)) -> Option<String> {
    match find_cause::<CredentialsError>(error) {
        Some(CredentialsError::CredentialsNotLoaded(_)) => None,
        Some(_) | None => Some(root_cause(error)),
    }
}

fn reason<E: Error + Send + Sync + 'static>(error: &SdkError<E, HttpResponse>, code: Option<&str>) -> Reason {
    if let Some(credentials) = find_cause::<CredentialsError>(error) {
        return no_credentials(credentials);
    }
    match error {
        SdkError::ServiceError(_) | SdkError::ResponseError(_) => {
            error.raw_response().map_or(Reason::Network, |response| answered(response, code))
        }
        SdkError::ConstructionFailure(_) => Reason::Rejected,
        SdkError::DispatchFailure(failure) if failure.is_user() => Reason::Rejected,
        // `SdkError` may grow; what it is then, nothing was answered.
        _ => Reason::Network,
    }
}

/// Why credentials could not be had: a service that gives them may be throttled or out of reach for a while.
fn no_credentials(error: &CredentialsError) -> Reason {
    let code = find_cause::<ErrorMetadata>(error).and_then(ErrorMetadata::code);
    match code.and_then(by_code) {
        Some(reason @ (Reason::Throttled | Reason::Unavailable)) => reason,
        _ if matches!(error, CredentialsError::CredentialsNotLoaded(_)) => Reason::NoCredentials,
        _ if find_cause::<ConnectorError>(error).is_some() => Reason::Network,
        _ => Reason::NoCredentials,
    }
}

fn answered(response: &HttpResponse, code: Option<&str>) -> Reason {
    match code.and_then(by_code).unwrap_or_else(|| by_status(response.status().as_u16())) {
        Reason::WrongRegion(_) => Reason::WrongRegion(response.headers().get("x-amz-bucket-region").map(str::to_owned)),
        reason => reason,
    }
}

fn by_code(code: &str) -> Option<Reason> {
    CODES.iter().find(|(known, _)| *known == code).map(|(_, reason)| reason.clone())
}

/// Answers to `HEAD` have no code, since they have no body.
fn by_status(status: u16) -> Reason {
    match status {
        200..=299 => Reason::Network,
        301 | 307 => Reason::WrongRegion(None),
        401 | 403 => Reason::AccessDenied,
        404 => Reason::NotFound,
        429 => Reason::Throttled,
        500.. => Reason::Unavailable,
        _ => Reason::Rejected,
    }
}

fn find_cause<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

/// The innermost message: the outer ones are the SDK's own ("dispatch failure").
pub fn root_cause(error: &(dyn Error + 'static)) -> String {
    let said = find_cause::<ErrorMetadata>(error).and_then(ErrorMetadata::message).map(str::to_owned);
    said.or_else(|| causes(error).last().map(ToString::to_string)).unwrap_or_default()
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}
