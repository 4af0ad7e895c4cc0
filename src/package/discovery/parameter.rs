//! A parameter of a template.

use std::sync::Arc;

/// A parameter whose value may be known before a deployment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Parameter {
    pub name: String,
    /// The values of a list have commas between them.
    pub default: Option<Arc<str>>,
}
