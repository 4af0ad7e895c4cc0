//! What would be published, in a folder: a file for each call. Each rehearsal begins with an empty repository.

use super::FolderStore;
use crate::facts::{Reason, S3Location, Secret, ServiceError};
use crate::files;
use crate::operation::{ApplicationTemplate, DeployableApplications, DeployableVersion, NestedApplication};
use crate::package::ObjectStore;
use crate::publish::{
    Application, ApplicationId, Applications, Caller, Document, MetadataUpdate, NamedObjects, NewApplication,
    NewVersion, PolicyStatement, SemanticVersion,
};
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

const ACCOUNT: &str = "000000000000";
const TEMPLATE_FILE: &str = "template.yaml";
/// Why an application is not deployed.
pub const NO_REPOSITORY: &str =
    "a rehearsal makes no network call, so it cannot deploy an application of the repository";

/// The folder that gets a folder for each application.
#[derive(Debug, Clone)]
pub struct FolderApplications {
    root: PathBuf,
    region: String,
}

impl FolderApplications {
    pub fn new(root: PathBuf, region: &str) -> Self {
        Self { root, region: region.to_owned() }
    }

    fn write(&self, id: &ApplicationId, operation: &'static str, request: &Value) -> Result<(), ServiceError> {
        let name = operation.split(':').next_back().unwrap_or(operation);
        self.put(id, operation, &format!("{name}.json"), &format!("{request:#}\n"))
    }

    fn put(&self, id: &ApplicationId, operation: &'static str, file: &str, text: &str) -> Result<(), ServiceError> {
        // The name of an application is letters, digits and hyphens.
        let folder = self.root.join(&id.name);
        let written = super::store::create_folders(&self.root, &folder).map_err(|error| error.to_string());
        let written =
            written.and_then(|()| files::write(&folder.join(file), text.as_bytes()).map_err(|failure| failure.cause()));
        written.map_err(|message| refusal(operation, id.to_string(), Reason::Rejected, message))
    }

    fn version(&self, id: &ApplicationId, operation: &'static str, new: &NewVersion) -> Result<Value, ServiceError> {
        self.put(id, operation, TEMPLATE_FILE, &new.template)?;
        Ok(object([
            ("semanticVersion", json!(new.version.as_str())),
            ("templateFile", json!(TEMPLATE_FILE)),
            ("sourceCodeUrl", json!(new.source_code_url)),
            ("sourceCodeArchiveUrl", json!(new.source_code_archive.as_ref().map(S3Location::uri))),
        ]))
    }
}

fn refusal(
    operation: &'static str,
    resource: impl Into<String>,
    reason: Reason,
    message: impl Into<String>,
) -> ServiceError {
    let (resource, message) = (resource.into(), Some(message.into()));
    ServiceError { operation, resource, reason, code: None, message, request_id: None }
}

/// Without the keys that have no value, as they are not sent either.
fn object<const N: usize>(entries: [(&str, Value); N]) -> Value {
    let given = entries.into_iter().filter(|(_, value)| !value.is_null());
    Value::Object(given.map(|(key, value)| (key.to_owned(), value)).collect::<Map<_, _>>())
}

fn body(document: &Option<Document>) -> Value {
    match document {
        Some(Document::Body(text)) => json!(text),
        Some(Document::Object(_)) | None => Value::Null,
    }
}

fn url(document: &Option<Document>) -> Value {
    json!(document.as_ref().and_then(Document::location).map(S3Location::uri))
}

impl Applications for FolderApplications {
    fn region(&self) -> Option<String> {
        Some(self.region.clone())
    }

    async fn caller(&self) -> Result<Caller, ServiceError> {
        Ok(Caller { partition: "aws".to_owned(), account: ACCOUNT.to_owned() })
    }

    /// An application that the action names by its ARN is taken for one that exists, with nothing in it.
    async fn application(
        &self,
        id: &ApplicationId,
        _: Option<&SemanticVersion>,
    ) -> Result<Option<Application>, ServiceError> {
        Ok((id.account != ACCOUNT).then(Application::default))
    }

    async fn own_applications(&self) -> Result<Vec<String>, ServiceError> {
        Ok(Vec::new())
    }

    async fn create_application(&self, id: &ApplicationId, new: &NewApplication) -> Result<(), ServiceError> {
        const OPERATION: &str = "serverlessrepo:CreateApplication";
        let request = object([
            ("name", json!(new.name)),
            ("author", json!(new.author)),
            ("description", json!(new.description)),
            ("homePageUrl", json!(new.home_page_url)),
            ("labels", json!(new.labels)),
            ("licenseBody", body(&new.license)),
            ("licenseUrl", url(&new.license)),
            ("readmeBody", body(&new.readme)),
            ("readmeUrl", url(&new.readme)),
            ("spdxLicenseId", json!(new.spdx_license_id)),
            ("version", self.version(id, OPERATION, &new.version)?),
        ]);
        self.write(id, OPERATION, &request)
    }

    async fn create_version(&self, id: &ApplicationId, new: &NewVersion) -> Result<(), ServiceError> {
        const OPERATION: &str = "serverlessrepo:CreateApplicationVersion";
        let request = self.version(id, OPERATION, new)?;
        self.write(id, OPERATION, &request)
    }

    async fn update_application(&self, id: &ApplicationId, update: &MetadataUpdate) -> Result<(), ServiceError> {
        let request = object([
            ("author", json!(update.author)),
            ("description", json!(update.description)),
            ("homePageUrl", json!(update.home_page_url)),
            ("labels", json!(update.labels)),
            ("readmeBody", body(&update.readme)),
            ("readmeUrl", url(&update.readme)),
        ]);
        self.write(id, "serverlessrepo:UpdateApplication", &request)
    }

    async fn policy(&self, _: &ApplicationId) -> Result<Vec<PolicyStatement>, ServiceError> {
        Ok(Vec::new())
    }

    async fn set_policy(&self, id: &ApplicationId, statements: &[PolicyStatement]) -> Result<(), ServiceError> {
        let statement = |it: &PolicyStatement| {
            let organizations = (!it.organizations.is_empty()).then_some(&it.organizations);
            object([
                ("statementId", json!(it.id)),
                ("principals", json!(it.principals)),
                ("principalOrgIDs", json!(organizations)),
                ("actions", json!(it.actions)),
            ])
        };
        let statements: Vec<_> = statements.iter().map(statement).collect();
        self.write(id, "serverlessrepo:PutApplicationPolicy", &json!({"statements": statements}))
    }

    async fn fetch(&self, _: &Secret, _: usize) -> Result<Vec<u8>, ServiceError> {
        let resource = "a link in the answer";
        Err(refusal("serverlessrepo:GetApplication", resource, Reason::Rejected, "a rehearsal gives no links"))
    }
}

/// A rehearsal refuses an action that names an application, so that no run reaches this.
fn unreached<T>(operation: &'static str, id: &ApplicationId) -> Result<T, ServiceError> {
    Err(refusal(operation, id.to_string(), Reason::Rejected, NO_REPOSITORY))
}

impl DeployableApplications for FolderApplications {
    async fn deployable(&self, id: &ApplicationId, _: Option<&str>) -> Result<Option<DeployableVersion>, ServiceError> {
        unreached("serverlessrepo:GetApplication", id)
    }

    async fn versions(&self, id: &ApplicationId) -> Result<Vec<String>, ServiceError> {
        unreached("serverlessrepo:ListApplicationVersions", id)
    }

    async fn nested(&self, id: &ApplicationId, _: &str) -> Result<Vec<NestedApplication>, ServiceError> {
        unreached("serverlessrepo:ListApplicationDependencies", id)
    }

    async fn create_template(&self, id: &ApplicationId, _: &str) -> Result<ApplicationTemplate, ServiceError> {
        unreached("serverlessrepo:CreateCloudFormationTemplate", id)
    }

    async fn template(&self, id: &ApplicationId, _: &str) -> Result<Option<ApplicationTemplate>, ServiceError> {
        unreached("serverlessrepo:GetCloudFormationTemplate", id)
    }
}

impl NamedObjects for FolderStore {
    /// Whether an object of another bucket exists, a rehearsal cannot know.
    async fn size(&self, location: &S3Location) -> Result<Option<u64>, ServiceError> {
        match self.head(location).await? {
            Some(stored) => Ok(Some(stored.bytes)),
            None if self.path(&S3Location::new(&location.bucket, "")).parent().is_some_and(Path::is_dir) => Ok(None),
            None => Err(refusal(
                "s3:GetObject",
                location.to_string(),
                Reason::AccessDenied,
                "it is no bucket of the rehearsal",
            )),
        }
    }

    async fn read(&self, location: &S3Location, limit: usize) -> Result<Vec<u8>, ServiceError> {
        files::read(&self.path(location), limit as u64)
            .map_err(|error| refusal("s3:GetObject", location.to_string(), Reason::Rejected, error.to_string()))
    }
}
