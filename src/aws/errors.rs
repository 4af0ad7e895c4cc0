//! SDK errors → `ServiceError`.

use super::credentials::Unsendable;
use super::http::ResponseTooLong;
use crate::facts::{Reason, ServiceError};
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ConnectorError, ErrorMetadata, ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::RequestId;
use std::error::Error;

/// Reasons for error codes. S3: "List of error codes" in its API reference; the others from the "Common Errors" of each
/// service. The `KMS.` codes are S3's for a key that does not exist or cannot be used.
const CODES: [(&str, Reason); 55] = [
    ("KMS.DisabledException", Reason::NotFound),
    ("KMS.InvalidKeyUsageException", Reason::NotFound),
    ("KMS.InvalidStateException", Reason::NotFound),
    ("KMS.KMSInvalidStateException", Reason::NotFound),
    ("KMS.NotFoundException", Reason::NotFound),
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
    ("InvalidObjectState", Reason::InvalidState),
    ("NotImplemented", Reason::Rejected),
];

/// An API call; makes the error if it fails.
#[derive(Debug, Clone)]
pub struct Call {
    /// The IAM action, such as `s3:PutObject`.
    pub operation: &'static str,
    pub resource: String,
}

impl Call {
    pub fn new(operation: &'static str, resource: impl Into<String>) -> Self {
        Self { operation, resource: resource.into() }
    }

    /// The error of a call that the SDK reports as failed. Keeps the service's message whole.
    pub fn failed<E>(self, error: SdkError<E, HttpResponse>) -> ServiceError
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        let meta = error.as_service_error().map(ProvideErrorMetadata::meta);
        let code = meta.and_then(|meta| meta.code()).map(str::to_owned);
        let message = meta.and_then(|meta| meta.message()).filter(|it| !it.is_empty()).map(str::to_owned);
        let cause = code.is_none().then(|| cause_without_code(&error)).flatten();
        ServiceError {
            reason: reason(&error, code.as_deref()),
            message: message.or(cause),
            code,
            request_id: error.request_id().map(str::to_owned),
            operation: self.operation,
            resource: self.resource,
        }
    }

    /// The error of a response whose body could not be read.
    pub fn interrupted(self, reason: Reason, message: impl Into<String>) -> ServiceError {
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

/// The cause, if the service did not send an error. `None` also if no provider has credentials: the SDK would list them.
fn cause_without_code<E: Error + Send + Sync + 'static>(error: &SdkError<E, HttpResponse>) -> Option<String> {
    let has_error_status = error.raw_response().is_some_and(|response| !response.status().is_success());
    match find_cause::<CredentialsError>(error) {
        Some(CredentialsError::CredentialsNotLoaded(_)) => None,
        None if has_error_status && find_cause::<ResponseTooLong>(error).is_none() => None,
        Some(_) | None => Some(root_cause(error)),
    }
}

fn reason<E: Error + Send + Sync + 'static>(error: &SdkError<E, HttpResponse>, code: Option<&str>) -> Reason {
    if let Some(credentials) = find_cause::<CredentialsError>(error) {
        return credentials_reason(credentials);
    }
    if find_cause::<ResponseTooLong>(error).is_some() {
        return Reason::Network;
    }
    match error {
        SdkError::ServiceError(_) | SdkError::ResponseError(_) => {
            error.raw_response().map_or(Reason::Network, |response| response_reason(response, code))
        }
        SdkError::ConstructionFailure(_) => Reason::Rejected,
        SdkError::DispatchFailure(failure) if failure.is_user() => Reason::Rejected,
        // `SdkError` is non-exhaustive.
        _ => Reason::Network,
    }
}

/// Why there are no credentials. The service that issues them may be throttled or unreachable.
fn credentials_reason(error: &CredentialsError) -> Reason {
    if find_cause::<Unsendable>(error).is_some() {
        return Reason::WrongCredentials;
    }
    let code = find_cause::<ErrorMetadata>(error).and_then(ErrorMetadata::code);
    match code.and_then(by_code) {
        Some(reason @ (Reason::Throttled | Reason::Unavailable)) => reason,
        _ if matches!(error, CredentialsError::CredentialsNotLoaded(_)) => Reason::NoCredentials,
        _ if find_cause::<ConnectorError>(error).is_some() => Reason::Network,
        _ => Reason::NoCredentials,
    }
}

fn response_reason(response: &HttpResponse, code: Option<&str>) -> Reason {
    match code.and_then(by_code).unwrap_or_else(|| by_status(response.status().as_u16())) {
        Reason::WrongRegion(_) => Reason::WrongRegion(response.headers().get("x-amz-bucket-region").map(str::to_owned)),
        reason => reason,
    }
}

fn by_code(code: &str) -> Option<Reason> {
    CODES.iter().find(|(known, _)| *known == code).map(|(_, reason)| reason.clone())
}

/// A response to `HEAD` has no body and therefore no code.
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

/// The service's message, else the innermost error: the outer ones are the SDK's ("dispatch failure").
pub fn root_cause(error: &(dyn Error + 'static)) -> String {
    let message = find_cause::<ErrorMetadata>(error).and_then(ErrorMetadata::message).map(str::to_owned);
    message.or_else(|| causes(error).last().map(ToString::to_string)).unwrap_or_default()
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}
