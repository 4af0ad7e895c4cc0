//! The template of an application, which the repository prepares when a change set is about to be created.

use super::Application;
use super::problem;
use super::repository::{ApplicationTemplate, DeployableApplications, TemplateStatus};
use crate::deploy::{Availability, PackagedTemplate, TemplateText};
use crate::facts::Failure;
use futures_util::future::{FutureExt, LocalBoxFuture};
use std::time::Duration;

/// Time between two looks at a template that is being prepared.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

impl<A: DeployableApplications> PackagedTemplate for Application<A> {
    fn text(&self) -> LocalBoxFuture<'_, Result<Availability<TemplateText>, Failure>> {
        async move {
            let template = self.template().await?;
            match &template.status {
                TemplateStatus::Preparing => Ok(Availability::Preparing(self.access.poll.unwrap_or(LOOK_AGAIN))),
                TemplateStatus::Active if !template.url.expose().is_empty() => {
                    Ok(Availability::Ready(self.link(template)))
                }
                status @ (TemplateStatus::Active | TemplateStatus::Expired | TemplateStatus::Other(_)) => {
                    Err(problem::no_template(&self.id, &self.version, status))
                }
            }
        }
        .boxed_local()
    }
}

impl<A: DeployableApplications> Application<A> {
    /// The template that was asked for before, unless it expired; else a new one.
    async fn template(&self) -> Result<ApplicationTemplate, Failure> {
        if let Some(id) = self.state().template {
            let known = self.access.repository.template(&self.id, &id).await.map_err(problem::refused)?;
            if let Some(known) = known.filter(|template| template.status != TemplateStatus::Expired) {
                return Ok(known);
            }
        }
        let new = self.access.repository.create_template(&self.id, &self.version).await.map_err(problem::refused)?;
        self.keep_template(&new.id);
        Ok(new)
    }

    fn link(&self, template: ApplicationTemplate) -> TemplateText {
        let url = template.url.expose().to_owned();
        self.access.redactor.hide([template.url]);
        TemplateText::Url(url)
    }
}
