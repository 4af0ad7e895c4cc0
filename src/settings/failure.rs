//! Failures of settings: all are the user's to correct.

use crate::facts::{Failure, FailureKind};

/// A request that cannot be carried out as given, and what to do.
pub fn refused(message: impl Into<String>, hint: impl Into<String>) -> Failure {
    Failure::new(FailureKind::Usage, message).with_hint(hint)
}
