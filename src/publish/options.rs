//! What a run is asked to publish, beside the template.

use super::application_id::ApplicationId;
use super::semantic_version::SemanticVersion;
use super::sharing::Sharing;

/// How to publish.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PublishOptions {
    /// The application to publish; it must exist. Otherwise the one that the metadata names, in the caller's account.
    pub application: Option<ApplicationId>,
    /// In place of the version in the metadata.
    pub version: Option<SemanticVersion>,
    pub same_version: SameVersion,
    /// Patterns of the ARNs that the operator of a worker lets actions publish; empty if all are allowed.
    pub allowed: Vec<String>,
    /// `None` leaves the application's policy as it is.
    pub sharing: Option<Sharing>,
}

/// What to do about a version that is published already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SameVersion {
    /// Succeed if its template is the same, else fail.
    #[default]
    Compare,
    /// Leave it, whatever it is.
    Allow,
    Fail,
}
