//! What deploying an application needs of the Serverless Application Repository.

use crate::facts::{Secret, ServiceError};
use crate::publish::ApplicationId;
use crate::template_configuration::ParameterDefinition;

/// Applications that may be deployed, in the repository of one region.
pub trait DeployableApplications {
    /// A version of an application, or its latest one (`GetApplication`). `None` if the service does not find it.
    async fn deployable(
        &self,
        id: &ApplicationId,
        version: Option<&str>,
    ) -> Result<Option<DeployableVersion>, ServiceError>;

    /// All versions of an application (`ListApplicationVersions`).
    async fn versions(&self, id: &ApplicationId) -> Result<Vec<String>, ServiceError>;

    /// The applications within a version (`ListApplicationDependencies`).
    async fn nested(&self, id: &ApplicationId, version: &str) -> Result<Vec<NestedApplication>, ServiceError>;

    /// Asks for a template that CloudFormation can read (`CreateCloudFormationTemplate`). It expires.
    async fn create_template(&self, id: &ApplicationId, version: &str) -> Result<ApplicationTemplate, ServiceError>;

    /// Such a template again (`GetCloudFormationTemplate`). `None` if the service does not have it any more.
    async fn template(&self, id: &ApplicationId, template: &str) -> Result<Option<ApplicationTemplate>, ServiceError>;
}

/// A version of an application, as far as a deployment depends on it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeployableVersion {
    pub version: String,
    pub parameters: Vec<ParameterDefinition>,
    pub capabilities: Vec<String>,
    /// Whether the region has all resource types of the application.
    pub is_supported: bool,
}

/// An application within another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NestedApplication {
    /// ARN.
    pub id: String,
    pub version: String,
}

/// A template that CloudFormation can read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplicationTemplate {
    pub id: String,
    pub status: TemplateStatus,
    /// The link may be signed.
    pub url: Secret,
}

/// Whether a template is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplateStatus {
    Preparing,
    Active,
    Expired,
    /// A status that is not known; `None` if the answer has none.
    Other(Option<String>),
}

impl TemplateStatus {
    /// Reads `status` of an answer (Serverless Application Repository API 2017-09-08, `CreateCloudFormationTemplate`).
    pub fn read(status: Option<&str>) -> Self {
        match status {
            Some("PREPARING") => Self::Preparing,
            Some("ACTIVE") => Self::Active,
            Some("EXPIRED") => Self::Expired,
            other => Self::Other(other.map(str::to_owned)),
        }
    }

    /// Its name in an answer.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Preparing => Some("PREPARING"),
            Self::Active => Some("ACTIVE"),
            Self::Expired => Some("EXPIRED"),
            Self::Other(name) => name.as_deref(),
        }
    }
}
