//! Refused calls, in the words of CloudFormation where it has them.

use crate::facts::{Reason, ServiceError};
use std::fmt;
use std::path::Path;

/// A call, as errors name it.
pub struct Call {
    operation: &'static str,
    resource: String,
}

impl Call {
    /// `operation` is the IAM action, `resource` the stack or change set.
    pub fn new(operation: &'static str, resource: &str) -> Self {
        Self { operation, resource: resource.to_owned() }
    }

    /// A refusal with a code of the service.
    pub fn refuses(&self, reason: Reason, code: &str, message: impl Into<String>) -> ServiceError {
        self.error(reason, Some(code), message.into())
    }

    pub fn invalid(&self, message: impl Into<String>) -> ServiceError {
        self.refuses(Reason::Rejected, "ValidationError", message)
    }

    pub fn no_stack(&self, stack: &str) -> ServiceError {
        self.invalid(format!("Stack [{stack}] does not exist"))
    }

    pub fn no_change_set(&self, change_set: &str) -> ServiceError {
        self.refuses(Reason::NotFound, "ChangeSetNotFound", format!("ChangeSet [{change_set}] does not exist"))
    }

    /// A file that cannot be read or written.
    pub fn unusable(&self, verb: &str, path: &Path, problem: impl fmt::Display) -> ServiceError {
        self.error(Reason::Rejected, None, format!("cannot {verb} {}: {problem}", path.display()))
    }

    fn error(&self, reason: Reason, code: Option<&str>, message: String) -> ServiceError {
        ServiceError {
            operation: self.operation,
            resource: self.resource.clone(),
            reason,
            code: code.map(str::to_owned),
            message: Some(message),
            request_id: None,
        }
    }
}
