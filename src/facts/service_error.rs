//! One AWS error without the SDK: what was called on what, and how the service answered.

use crate::facts::{Explain, FailureKind};

const NO_SUCH_BUCKET: &str = "NoSuchBucket";
/// The code for a wrong clock.
const SKEWED: &str = "RequestTimeTooSkewed";
/// Codes of S3 for a key of KMS that does not exist or cannot be used begin like this.
const KEY_CODES: &str = "KMS.";
/// A key of KMS that does not exist, as S3 and as KMS itself say it.
const NO_SUCH_KEY: [&str; 2] = ["KMS.NotFoundException", "NotFoundException"];

/// How the message about a host without an address begins.
pub const UNKNOWN_HOST: &str = "cannot find the host";

/// A call to a service that did not succeed. Holds no request and no credentials.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{operation} {resource}: {}", self.answer())]
pub struct ServiceError {
    /// The IAM action of the call, such as `s3:PutObject`.
    pub operation: &'static str,
    /// What it was called on, such as `s3://bucket/key`.
    pub resource: String,
    pub reason: Reason,
    /// The error code on the wire, such as `NoSuchBucket`.
    pub code: Option<String>,
    /// The message of the service.
    pub message: Option<String>,
    /// The id by which AWS support finds the request.
    pub request_id: Option<String>,
}

/// The answers between which callers distinguish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The thing, or the bucket that should hold it, does not exist.
    NotFound,
    AccessDenied,
    ExpiredCredentials,
    /// No credentials could be found or loaded.
    NoCredentials,
    /// The service does not know the credentials, or the signature made with them.
    WrongCredentials,
    /// The bucket is in another region, named if the service names it.
    WrongRegion(Option<String>),
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
        let answer = match (&self.code, &self.message) {
            (Some(code), Some(message)) => format!("{message} ({code})"),
            (Some(text), None) | (None, Some(text)) => text.clone(),
            (None, None) => self.reason.describe().to_owned(),
        };
        match &self.request_id {
            Some(id) => format!("{answer} [request {id}]"),
            None => answer,
        }
    }

    /// Whether a key of KMS does not exist. Other services have one of its codes for things of their own.
    fn is_missing_key(&self) -> bool {
        self.has_code(&NO_SUCH_KEY) && !self.operation.starts_with("serverlessrepo:")
    }

    fn has_code(&self, codes: &[&str]) -> bool {
        self.code.as_deref().is_some_and(|code| codes.contains(&code))
    }

    /// What a policy has to allow. The service may have refused another action than the one that was called, such as the
    /// use of a key.
    fn permission_hint(&self) -> String {
        let denied = self.message.as_deref().and_then(Denied::read);
        let (action, resource) = match &denied {
            Some(denied) => (denied.action, denied.resource.unwrap_or(&self.resource)),
            None => (self.operation, self.resource.as_str()),
        };
        match denied.and_then(|denied| denied.explicit_deny) {
            Some(policy) => format!("remove the explicit deny of {action} on {resource} from the {policy}"),
            None => format!("allow {action} on {resource} to the role of this run"),
        }
    }

    /// Whether the same call may succeed later without a change.
    pub fn is_retryable(&self) -> bool {
        self.kind() == FailureKind::Temporary
    }
}

/// A refusal in the words of IAM: `… is not authorized to perform: ACTION on resource: RESOURCE because …`.
struct Denied<'m> {
    action: &'m str,
    resource: Option<&'m str>,
    /// The kind of policy that denies, such as `service control policy`.
    explicit_deny: Option<&'m str>,
}

impl<'m> Denied<'m> {
    fn read(message: &'m str) -> Option<Self> {
        let (_, rest) = message.split_once("not authorized to perform: ")?;
        let action = first_word(rest).filter(|action| action.contains(':'))?;
        let resource = rest.split_once(" on resource: ").and_then(|(_, rest)| first_word(rest));
        let policy = rest.split_once("with an explicit deny in a").map(|(_, rest)| rest.trim_start_matches('n').trim());
        let policy = policy.map(|policy| policy.split([':', '.', '(']).next().unwrap_or(policy).trim());
        Some(Self { action, resource, explicit_deny: policy })
    }
}

fn first_word(text: &str) -> Option<&str> {
    let word = text.split([' ', ',']).next()?.trim_matches(['"', '\'', '.']);
    (!word.is_empty()).then_some(word)
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
            Reason::Rejected if self.is_missing_key() => FailureKind::Usage,
            Reason::InvalidState | Reason::Rejected => FailureKind::Failed,
        }
    }

    fn hint(&self) -> Option<String> {
        match &self.reason {
            Reason::AccessDenied => Some(self.permission_hint()),
            Reason::ExpiredCredentials => Some("renew the credentials, or ask for a longer session".to_owned()),
            Reason::NoCredentials => Some(
                "give the build a role, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or --profile".to_owned(),
            ),
            Reason::WrongCredentials if self.has_code(&[SKEWED]) => {
                Some("set the clock of this machine, and keep it synchronized (NTP)".to_owned())
            }
            Reason::WrongCredentials => Some(
                "check the access key, the secret key and the session token: they must belong together and to this \
                 partition of AWS"
                    .to_owned(),
            ),
            Reason::NotFound if self.has_code(&[NO_SUCH_BUCKET]) => {
                Some("create the bucket, or correct its name".to_owned())
            }
            Reason::NotFound | Reason::Rejected if self.is_missing_key() => {
                Some("correct the key of KMS (--kms-key-id): it must exist in the region of the bucket".to_owned())
            }
            Reason::NotFound if self.code.as_ref().is_some_and(|code| code.starts_with(KEY_CODES)) => {
                Some("enable the key of KMS, or name another one with --kms-key-id".to_owned())
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

#[cfg(test)]
mod tests {
    use super::{Reason, ServiceError};
    use crate::facts::{Explain, FailureKind};

    fn error(reason: Reason, code: &str, message: &str) -> ServiceError {
        ServiceError {
            operation: "s3:PutObject",
            resource: "s3://b/k".to_owned(),
            reason,
            code: Some(code.to_owned()),
            message: Some(message.to_owned()),
            request_id: None,
        }
    }

    #[test]
    fn the_hint_for_a_refusal_has_the_action_that_the_service_refused() {
        let user = "User: arn:aws:sts::111122223333:assumed-role/build/b is not authorized to perform:";
        let rows = [
            ("Access Denied", "allow s3:PutObject on s3://b/k to the role of this run"),
            (
                "{U} kms:GenerateDataKey on resource: arn:aws:kms:eu-west-1:111122223333:key/1 because no identity-based \
                 policy allows the kms:GenerateDataKey action",
                "allow kms:GenerateDataKey on arn:aws:kms:eu-west-1:111122223333:key/1 to the role of this run",
            ),
            (
                "{U} s3:PutObject on resource: \"arn:aws:s3:::b/k\" because no session policy allows the s3:PutObject action",
                "allow s3:PutObject on arn:aws:s3:::b/k to the role of this run",
            ),
            (
                "{U} cloudformation:DescribeStacks",
                "allow cloudformation:DescribeStacks on s3://b/k to the role of this run",
            ),
            (
                "{U} codepipeline:PollForJobs on resource: arn:aws:codepipeline:eu:1:x/y.",
                "allow codepipeline:PollForJobs on arn:aws:codepipeline:eu:1:x/y to the role of this run",
            ),
            (
                "{U} s3:PutObject on resource: \"arn:aws:s3:::b/k\" with an explicit deny in a service control policy: \
                 arn:aws:organizations::1:policy/o/p",
                "remove the explicit deny of s3:PutObject on arn:aws:s3:::b/k from the service control policy",
            ),
            (
                "{U} kms:Decrypt on resource: arn:aws:kms:eu:1:key/1 with an explicit deny in an identity-based policy",
                "remove the explicit deny of kms:Decrypt on arn:aws:kms:eu:1:key/1 from the identity-based policy",
            ),
            (
                "you are not authorized to perform: this operation",
                "allow s3:PutObject on s3://b/k to the role of this run",
            ),
        ];
        for (message, expected) in rows {
            let error = error(Reason::AccessDenied, "AccessDenied", &message.replace("{U}", user));
            assert_eq!((error.kind(), error.hint().as_deref()), (FailureKind::Permission, Some(expected)), "{message}");
        }
    }

    #[test]
    fn a_key_that_cannot_be_used_is_a_mistake_of_the_request() {
        let hint = Some("correct the key of KMS (--kms-key-id): it must exist in the region of the bucket".to_owned());
        let enable = Some("enable the key of KMS, or name another one with --kms-key-id".to_owned());
        let rows = [
            (Reason::NotFound, "KMS.NotFoundException", FailureKind::Usage, hint.clone()),
            (Reason::Rejected, "NotFoundException", FailureKind::Usage, hint),
            (Reason::NotFound, "KMS.DisabledException", FailureKind::Usage, enable),
            (Reason::Rejected, "InvalidRequest", FailureKind::Failed, None),
        ];
        for (reason, code, kind, hint) in rows {
            let error = error(reason, code, "Key 'x' does not exist");
            assert_eq!((error.kind(), error.hint()), (kind, hint), "{code}");
        }
    }
}
