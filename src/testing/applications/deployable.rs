//! Applications that are deployed.

use super::{FakeApplications, Op, State, arn};
use crate::facts::{Secret, ServiceError};
use crate::operation::{
    ApplicationTemplate, DeployableApplications, DeployableVersion, NestedApplication, TemplateStatus,
};
use crate::publish::ApplicationId;

impl FakeApplications {
    /// An application has a version that can be deployed.
    pub fn offers(&self, name: &str, version: DeployableVersion) {
        self.lock().deployable.entry(arn(name)).or_default().push(version);
    }

    /// Every application has this one within.
    pub fn nests(&self, id: &str, version: &str) {
        self.lock().nested.push(NestedApplication { id: id.to_owned(), version: version.to_owned() });
    }

    /// The next templates have these statuses, look after look.
    pub fn prepares(&self, statuses: &[TemplateStatus]) {
        self.lock().preparation = statuses.to_vec();
    }
}

impl State {
    fn offered(&self, id: &ApplicationId, version: Option<&str>) -> Option<DeployableVersion> {
        let versions = self.deployable.get(&id.to_string())?;
        match version {
            Some(version) => versions.iter().find(|it| it.version == version).cloned(),
            None => versions.last().cloned(),
        }
    }

    /// A look at a template moves it on.
    fn look(&mut self, number: usize) -> Option<ApplicationTemplate> {
        let statuses = self.templates.get_mut(number)?;
        let status = if statuses.len() > 1 { statuses.remove(0) } else { statuses[0].clone() };
        let url = Secret::new(format!("https://templates.example.com/{number}?X-Amz-Signature=5ecret"));
        Some(ApplicationTemplate { id: number.to_string(), status, url })
    }
}

impl DeployableApplications for FakeApplications {
    async fn deployable(
        &self,
        id: &ApplicationId,
        version: Option<&str>,
    ) -> Result<Option<DeployableVersion>, ServiceError> {
        self.call(Op::Get, &id.to_string(), |state| Ok(state.offered(id, version))).await
    }

    async fn versions(&self, id: &ApplicationId) -> Result<Vec<String>, ServiceError> {
        let versions = |state: &mut State| {
            state.deployable.get(&id.to_string()).into_iter().flatten().map(|it| it.version.clone()).collect()
        };
        self.call(Op::Versions, &id.to_string(), |state| Ok(versions(state))).await
    }

    async fn nested(&self, id: &ApplicationId, _: &str) -> Result<Vec<NestedApplication>, ServiceError> {
        self.call(Op::Nested, &id.to_string(), |state| Ok(state.nested.clone())).await
    }

    async fn create_template(&self, id: &ApplicationId, _: &str) -> Result<ApplicationTemplate, ServiceError> {
        let create = |state: &mut State| {
            let known = state.preparation.clone();
            state.templates.push(if known.is_empty() { vec![TemplateStatus::Active] } else { known });
            Ok(state.look(state.templates.len() - 1).expect("it was added"))
        };
        self.call(Op::CreateTemplate, &id.to_string(), create).await
    }

    async fn template(&self, id: &ApplicationId, template: &str) -> Result<Option<ApplicationTemplate>, ServiceError> {
        let look = |state: &mut State| Ok(template.parse().ok().and_then(|number| state.look(number)));
        self.call(Op::GetTemplate, &id.to_string(), look).await
    }
}
