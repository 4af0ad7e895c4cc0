//! What a run is asked to publish, beside the template.

use super::application_id::ApplicationId;
use super::semantic_version::SemanticVersion;
use super::sharing::Sharing;
use crate::facts::Failure;
use crate::text::Allowed;

/// How to publish.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PublishOptions {
    /// The application to publish; it must exist. Otherwise the one that the metadata names, in the caller's account.
    pub application: Option<ApplicationId>,
    /// In place of the version in the metadata.
    pub version: Option<SemanticVersion>,
    pub same_version: SameVersion,
    /// The ARNs that the operator of a worker lets actions publish.
    pub allowed: Allowed,
    /// `None` leaves the application's policy as it is.
    pub sharing: Option<Sharing>,
}

impl PublishOptions {
    /// Refuses an application that the operator of a worker does not allow.
    pub fn check_allowed(&self, id: &ApplicationId) -> Result<(), Failure> {
        self.allowed.check("application", &id.to_string())
    }
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
