//! What publishing needs of the Serverless Application Repository, and of the objects that a template names.

use super::application_id::ApplicationId;
use super::metadata::Document;
use super::semantic_version::SemanticVersion;
use crate::facts::{S3Location, Secret, ServiceError};
use std::collections::BTreeSet;

/// Applications in the repository of one region.
pub trait Applications {
    /// The region, if one is known.
    fn region(&self) -> Option<String>;

    /// Who calls (`GetCallerIdentity`).
    async fn caller(&self) -> Result<Caller, ServiceError>;

    /// An application with one of its versions, or with its latest one (`GetApplication`). `None` if the service does
    /// not find it.
    async fn application(
        &self,
        id: &ApplicationId,
        version: Option<&SemanticVersion>,
    ) -> Result<Option<Application>, ServiceError>;

    /// The ARNs of the caller's own applications (`ListApplications`).
    async fn own_applications(&self) -> Result<Vec<String>, ServiceError>;

    /// Creates an application with its first version (`CreateApplication`).
    async fn create_application(&self, id: &ApplicationId, new: &NewApplication) -> Result<(), ServiceError>;

    /// Adds a version (`CreateApplicationVersion`).
    async fn create_version(&self, id: &ApplicationId, new: &NewVersion) -> Result<(), ServiceError>;

    /// Changes metadata; what is `None` stays (`UpdateApplication`).
    async fn update_application(&self, id: &ApplicationId, update: &MetadataUpdate) -> Result<(), ServiceError>;

    /// The statements of an application's policy (`GetApplicationPolicy`).
    async fn policy(&self, id: &ApplicationId) -> Result<Vec<PolicyStatement>, ServiceError>;

    /// Replaces all of them (`PutApplicationPolicy`).
    async fn set_policy(&self, id: &ApplicationId, statements: &[PolicyStatement]) -> Result<(), ServiceError>;

    /// Reads at most `limit` bytes from a link in an answer, without our credentials: the link may be signed.
    async fn fetch(&self, link: &Secret, limit: usize) -> Result<Vec<u8>, ServiceError>;
}

/// The objects that a template and its metadata name.
pub trait NamedObjects {
    /// Size in bytes; `None` if the object is not there.
    async fn size(&self, location: &S3Location) -> Result<Option<u64>, ServiceError>;

    /// Reads an object of at most `limit` bytes.
    async fn read(&self, location: &S3Location, limit: usize) -> Result<Vec<u8>, ServiceError>;
}

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    pub partition: String,
    pub account: String,
}

/// An application as the service has it. Its links are those of copies, and may be signed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Application {
    pub author: String,
    pub description: String,
    pub home_page_url: Option<String>,
    pub labels: BTreeSet<String>,
    pub license: Option<Secret>,
    pub readme: Option<Secret>,
    pub spdx_license_id: Option<String>,
    pub version: Option<StoredVersion>,
}

/// A version as the service has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredVersion {
    pub version: String,
    pub template: Secret,
    pub source_code_url: Option<String>,
}

/// A new application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewApplication {
    pub name: String,
    pub author: String,
    pub description: String,
    pub home_page_url: Option<String>,
    pub labels: Option<Vec<String>>,
    pub license: Option<Document>,
    pub readme: Option<Document>,
    pub spdx_license_id: Option<String>,
    pub version: NewVersion,
}

/// A new version of an application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewVersion {
    pub version: SemanticVersion,
    pub template: String,
    pub source_code_url: Option<String>,
    pub source_code_archive: Option<S3Location>,
}

/// The metadata that changes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MetadataUpdate {
    pub author: Option<String>,
    pub description: Option<String>,
    pub home_page_url: Option<String>,
    pub labels: Option<Vec<String>>,
    pub readme: Option<Document>,
}

/// A statement of an application's policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyStatement {
    pub id: Option<String>,
    /// Account ids, or `*`.
    pub principals: BTreeSet<String>,
    /// The organizations to which the principals must belong; empty for any.
    pub organizations: BTreeSet<String>,
    pub actions: BTreeSet<String>,
}
