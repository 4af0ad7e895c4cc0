//! What happens while an application is published.

use crate::facts::{PublishStep, S3Location, ServiceError};

/// A step of publishing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublishEvent {
    /// The application was looked up.
    Found {
        /// Its ARN.
        application: String,
        /// Whether the account has it.
        exists: bool,
    },
    /// An object could not be looked at, and the run goes on.
    ObjectNotChecked { location: S3Location, error: ServiceError },
    /// The application has this version already, with the same template.
    VersionUnchanged { version: String },
    /// No version is given, so the metadata alone is published.
    NoVersion { application: String },
    /// A write would be made by a run that is no dry run.
    Planned(PublishStep),
    /// A write was made.
    Done(PublishStep),
}

/// Something about an application that is allowed and probably not intended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublishWarning {
    /// The metadata has a key that is not published.
    UnknownKey { key: String, nearest: Option<&'static str> },
    /// The metadata has another name than the application that is published.
    OtherName { name: String, application: String },
    /// The version is there already; its code is the service's own copy, which was not compared.
    CodeNotCompared {
        version: String,
        /// The properties that name code.
        properties: Vec<String>,
    },
    /// A version is there already and was not compared, as asked.
    VersionNotCompared { version: String },
    /// What the service has could not be read, so the metadata is sent again.
    DocumentNotCompared { key: &'static str, error: ServiceError },
    /// A key differs from what the service has and cannot be changed.
    CannotChange { key: &'static str, of: Unchangeable },
}

/// Whose metadata cannot be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unchangeable {
    Application,
    Version,
}
