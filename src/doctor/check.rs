//! The result of one check.

use crate::facts::{Explain, Failure, FailureKind, ServiceError};

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Pass,
    /// A run may work in spite of it.
    Warn,
    /// A run will fail like this.
    Fail(FailureKind),
}

impl Status {
    /// Its name in output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Fail(_) => "fail",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was checked, in one word.
    pub name: &'static str,
    pub status: Status,
    pub message: String,
    pub hint: Option<String>,
}

impl Check {
    pub fn pass(name: &'static str, message: impl Into<String>) -> Self {
        Self { name, status: Status::Pass, message: message.into(), hint: None }
    }

    pub fn warn(name: &'static str, message: impl Into<String>) -> Self {
        Self { status: Status::Warn, ..Self::pass(name, message) }
    }

    pub fn fail(name: &'static str, message: impl Into<String>, kind: FailureKind) -> Self {
        Self { status: Status::Fail(kind), ..Self::pass(name, message) }
    }

    /// The failure of a call.
    pub fn of_error(name: &'static str, error: &ServiceError) -> Self {
        Self { hint: error.hint(), ..Self::fail(name, error.to_string(), error.kind()) }
    }

    #[must_use]
    pub fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// The failure that it is.
    pub fn failure(&self) -> Option<Failure> {
        match self.status {
            Status::Pass | Status::Warn => None,
            Status::Fail(kind) => {
                let failure = Failure::new(kind, format!("{}: {}", self.name, self.message));
                Some(match &self.hint {
                    Some(hint) => failure.with_hint(hint),
                    None => failure,
                })
            }
        }
    }
}
