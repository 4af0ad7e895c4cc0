//! An application of the Serverless Application Repository as what is deployed in place of a template. It is looked up and
//! checked before anything is created.
//!
//! The stack gets the template that the repository prepares for CloudFormation, by a change set of our own. The SAM
//! transform does the same for nested applications. `CreateCloudFormationChangeSet` of the repository makes less of it:
//! it puts `serverlessrepo-` before the name of the stack, and it takes no role, no previous value of a parameter, no
//! nested changes, no express mode, and no deletion of a new stack that failed.

mod capabilities;
mod problem;
mod repository;
mod template;
#[cfg(test)]
mod tests;

pub use repository::{
    ApplicationTemplate, DeployableApplications, DeployableVersion, NestedApplication, TemplateStatus,
};

use crate::deploy::{NewChangeSet, TemplateFacts};
use crate::facts::{DeployEvent, Event, Failure, Redactor, Reporter, ServiceError};
use crate::publish::ApplicationId;
use crate::settings::ApplicationSettings;
use crate::template_configuration::TemplateParameters;
use capabilities::AUTO_EXPAND;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The tags by which the console and the repository recognize the stack of an application (SAM specification,
/// `AWS::Serverless::Application`).
const ID_TAG: &str = "serverlessrepo:applicationId";
const VERSION_TAG: &str = "serverlessrepo:semanticVersion";

/// A version of an application that is deployed.
pub struct Application<A> {
    access: Access<A>,
    pub id: ApplicationId,
    pub version: String,
    /// `None` if it could not be looked up again after its change set was created.
    found: Option<DeployableVersion>,
    /// The id of the template that was asked for last.
    template: Mutex<Option<String>>,
}

/// What another process needs to go on with the same version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplicationState {
    pub version: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
}

/// The repository, and how it is used.
pub struct Access<A> {
    pub repository: A,
    /// The region of the run, if one is known.
    pub region: Option<String>,
    pub redactor: Redactor,
    pub reporter: Arc<dyn Reporter>,
    /// Time between two looks at a template that is being prepared, if it is given.
    pub poll: Option<Duration>,
}

impl<A> Access<A> {
    /// The answer to a call that may fail: its failure is reported, and the default returned.
    fn or_report<T: Default>(&self, answer: Result<T, ServiceError>) -> T {
        answer.unwrap_or_else(|error| {
            self.reporter.report(Event::Deploy(DeployEvent::DetailMissing { error }));
            T::default()
        })
    }
}

impl<A: DeployableApplications> Application<A> {
    /// Looks up the version that is wanted, or the latest one.
    pub async fn look_up(access: Access<A>, wanted: &ApplicationSettings) -> Result<Self, Failure> {
        let version = wanted.version.as_ref().map(ToString::to_string);
        let found = find(&access, &wanted.id, version.as_deref()).await?;
        Ok(Self::new(access, &wanted.id, found.version.clone(), Some(found)))
    }

    /// Goes on with the version of an earlier process. Once its change set is created, an answer is no longer needed.
    pub async fn resume(
        access: Access<A>,
        wanted: &ApplicationSettings,
        state: &ApplicationState,
        needs_answer: bool,
    ) -> Result<Self, Failure> {
        let (id, version) = (&wanted.id, Some(state.version.as_str()));
        let found = match needs_answer {
            true => Some(find(&access, id, version).await?),
            false => access.or_report(access.repository.deployable(id, version).await),
        };
        let application = Self::new(access, &wanted.id, state.version.clone(), found);
        state.template.iter().for_each(|id| application.keep_template(id));
        Ok(application)
    }

    fn new(access: Access<A>, id: &ApplicationId, version: String, found: Option<DeployableVersion>) -> Self {
        Self { access, id: id.clone(), version, found, template: Mutex::default() }
    }

    pub fn state(&self) -> ApplicationState {
        let template = self.template.lock().unwrap_or_else(PoisonError::into_inner).clone();
        ApplicationState { version: self.version.clone(), template }
    }

    fn keep_template(&self, id: &str) {
        *self.template.lock().unwrap_or_else(PoisonError::into_inner) = Some(id.to_owned());
    }

    /// The parameters of the application; `None` if they could not be read.
    pub fn parameters(&self) -> Option<TemplateParameters> {
        self.found.as_ref().map(|found| TemplateParameters::of_definitions(&found.parameters))
    }

    /// Reports which version is deployed, and refuses one that the region or the capabilities do not allow.
    pub async fn check(&self, new: &NewChangeSet, is_latest: bool) -> Result<(), Failure> {
        let Some(found) = &self.found else { return Ok(()) };
        let nested = self.nested(found).await;
        let chosen = DeployEvent::ApplicationChosen {
            application: self.id.to_string(),
            version: self.version.clone(),
            is_latest,
            nested: nested.iter().map(|it| (it.id.clone(), it.version.clone())).collect(),
        };
        self.access.reporter.report(Event::Deploy(chosen));
        if !found.is_supported {
            return Err(problem::unsupported(&self.id, &self.version, self.access.region.as_deref()));
        }
        let missing = capabilities::missing(&found.capabilities, new.capabilities.as_deref().unwrap_or_default());
        match missing.is_empty() {
            true => Ok(()),
            false => Err(problem::capabilities(&self.id, found, &missing, &nested)),
        }
    }

    /// The applications within, for people; the capability says whether there are any.
    async fn nested(&self, found: &DeployableVersion) -> Vec<NestedApplication> {
        match found.capabilities.iter().any(|name| name == AUTO_EXPAND) {
            true => self.access.or_report(self.access.repository.nested(&self.id, &self.version).await),
            false => Vec::new(),
        }
    }

    /// Puts into a change set what follows from the application.
    pub fn complete(&self, new: &mut NewChangeSet) {
        let parameters = self.found.iter().flat_map(|found| &found.parameters);
        new.template = TemplateFacts::of_parameters(parameters.map(|it| (it.name.clone(), it.has_default)));
        let tags = [(ID_TAG, self.id.to_string()), (VERSION_TAG, self.version.clone())];
        new.origin = tags.map(|(key, value)| (key.to_owned(), value)).into();
        new.capabilities = new.capabilities.take().and_then(capabilities::to_send);
    }
}

async fn find<A: DeployableApplications>(
    access: &Access<A>,
    id: &ApplicationId,
    version: Option<&str>,
) -> Result<DeployableVersion, Failure> {
    let repository = &access.repository;
    let found = repository.deployable(id, version).await.map_err(problem::refused)?;
    let absent = || problem::absent(id, access.region.as_deref());
    match (found, version) {
        (Some(found), _) => Ok(found),
        (None, None) => Err(absent()),
        (None, Some(version)) => {
            let latest = repository.deployable(id, None).await.map_err(problem::refused)?;
            let latest = latest.ok_or_else(absent)?.version;
            // A list that cannot be read leaves out the nearest version only.
            let all = access.or_report(repository.versions(id).await);
            Err(problem::unknown_version(id, version, &latest, all))
        }
    }
}
