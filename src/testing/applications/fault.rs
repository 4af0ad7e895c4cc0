//! Calls that go wrong, by number.

use crate::facts::{Reason, ServiceError};

/// The calls of the fake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    Caller,
    Get,
    List,
    CreateApplication,
    CreateVersion,
    Update,
    GetPolicy,
    SetPolicy,
    Fetch,
    Versions,
    Nested,
    CreateTemplate,
    GetTemplate,
}

/// How a call goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// 429.
    Throttled,
    /// 500.
    Unavailable,
    /// 403.
    Denied,
    /// 400 with this message.
    Bad(&'static str),
    /// The connection is cut before the request arrives.
    Cut,
    /// The request is carried out, and its answer is lost.
    Lost,
    /// The request is carried out, its answer is lost, and the SDK makes it again.
    Repeated,
    /// It is never answered.
    Hangs,
}

impl Op {
    /// Its IAM action.
    pub const fn action(self) -> &'static str {
        match self {
            Self::Caller => "sts:GetCallerIdentity",
            Self::Get | Self::Fetch => "serverlessrepo:GetApplication",
            Self::List => "serverlessrepo:ListApplications",
            Self::CreateApplication => "serverlessrepo:CreateApplication",
            Self::CreateVersion => "serverlessrepo:CreateApplicationVersion",
            Self::Update => "serverlessrepo:UpdateApplication",
            Self::GetPolicy => "serverlessrepo:GetApplicationPolicy",
            Self::SetPolicy => "serverlessrepo:PutApplicationPolicy",
            Self::Versions => "serverlessrepo:ListApplicationVersions",
            Self::Nested => "serverlessrepo:ListApplicationDependencies",
            Self::CreateTemplate => "serverlessrepo:CreateCloudFormationTemplate",
            Self::GetTemplate => "serverlessrepo:GetCloudFormationTemplate",
        }
    }

    pub const fn is_write(self) -> bool {
        match self {
            Self::CreateApplication | Self::CreateVersion | Self::Update | Self::SetPolicy | Self::CreateTemplate => {
                true
            }
            Self::Caller
            | Self::Get
            | Self::List
            | Self::GetPolicy
            | Self::Fetch
            | Self::Versions
            | Self::Nested
            | Self::GetTemplate => false,
        }
    }

    pub fn refuses(self, resource: &str, reason: Reason, code: &str, message: impl Into<String>) -> ServiceError {
        let (code, message) = (Some(code.to_owned()).filter(|code| !code.is_empty()), Some(message.into()));
        ServiceError {
            operation: self.action(),
            resource: resource.to_owned(),
            reason,
            code,
            message,
            request_id: None,
        }
    }

    pub fn conflict(self, resource: &str, message: impl Into<String>) -> ServiceError {
        self.refuses(resource, Reason::Rejected, "ConflictException", message)
    }

    pub fn bad(self, resource: &str, message: impl Into<String>) -> ServiceError {
        self.refuses(resource, Reason::Rejected, "BadRequestException", message)
    }

    /// `None` if the service answers after all.
    pub fn goes(self, wrong: Wrong, resource: &str) -> Option<ServiceError> {
        Some(match wrong {
            Wrong::Throttled => {
                self.refuses(resource, Reason::Throttled, "TooManyRequestsException", "Too many requests")
            }
            Wrong::Unavailable => {
                self.refuses(resource, Reason::Unavailable, "InternalServerErrorException", "Internal error")
            }
            Wrong::Denied => self.refuses(resource, Reason::AccessDenied, "ForbiddenException", "Forbidden"),
            Wrong::Bad(message) => self.bad(resource, message),
            Wrong::Cut | Wrong::Lost => self.refuses(resource, Reason::Network, "", "connection reset by peer"),
            Wrong::Repeated | Wrong::Hangs => return None,
        })
    }
}
