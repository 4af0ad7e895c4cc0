//! What a deployment reads once: the template with what it refers to, or an application, and the options with what these say.

use super::memory::Remembered;
use super::sources::Sources;
use super::values;
use crate::deploy::{DeployOptions, Work};
use crate::facts::Failure;
use crate::operation::World;
use crate::operation::application::{Access, Application, DeployableApplications};
use crate::operation::cloud::{Cloud, Region};
use crate::settings::{ApplicationSettings, DeploySettings};
use std::sync::Arc;

/// What does not change while a deployment runs.
pub struct Inputs<R: Region> {
    pub region: R,
    /// The template and what it refers to; none if no change set is created, or that of an application.
    pub sources: Option<Sources>,
    pub application: Option<Application<R::Applications>>,
    pub options: DeployOptions,
}

impl<R: Region> Inputs<R> {
    /// Reads the template and resolves the region. Makes no call, unless it looks up an application.
    pub async fn read<C: Cloud<Region = R>>(
        settings: &DeploySettings,
        world: &World<'_, C>,
        remembered: Option<&Remembered>,
    ) -> Result<Self, Failure> {
        let sources = match &settings.package {
            Some(package) => Some(Sources::read(package, world).await?),
            None => None,
        };
        let mut options = settings.options.clone();
        if let (Work::Create(new), Some(sources)) = (&mut options.work, &sources) {
            world.redactor.hide(values::secrets(new, Some(sources.parameters())));
            new.template = sources.facts();
            values::check(new, sources.parameters())?;
        }
        let region = world.cloud.region(&settings.aws).await?;
        let application = match &settings.application {
            Some(wanted) => Some(application(&region, wanted, &mut options, remembered, world).await?),
            None => None,
        };
        Ok(Self { region, sources, application, options })
    }
}

/// Looks up and checks the application, and completes the change set with what it says. Ends with a cancellation.
async fn application<C: Cloud>(
    region: &C::Region,
    wanted: &ApplicationSettings,
    options: &mut DeployOptions,
    remembered: Option<&Remembered>,
    world: &World<'_, C>,
) -> Result<Application<<C::Region as Region>::Applications>, Failure> {
    let access = Access {
        repository: region.applications(),
        region: region.name(),
        redactor: world.redactor.clone(),
        reporter: Arc::clone(world.reporter),
        poll: options.poll,
    };
    let is_new = remembered.is_none_or(|it| it.application.is_none());
    let reading = async {
        let application = find(access, wanted, remembered).await?;
        if let Work::Create(new) = &mut options.work {
            let declared = application.parameters();
            world.redactor.hide(values::secrets(new, declared.as_ref()));
            if is_new {
                application.check(new, wanted.version.is_none()).await?;
                declared.iter().try_for_each(|declared| values::check(new, declared))?;
            }
            application.complete(new);
        }
        Ok(application)
    };
    tokio::select! {
        biased;
        failure = world.cancellation.wait() => Err(failure),
        application = reading => application,
    }
}

/// The application of an earlier process, or the one that is wanted.
async fn find<A: DeployableApplications>(
    access: Access<A>,
    wanted: &ApplicationSettings,
    remembered: Option<&Remembered>,
) -> Result<Application<A>, Failure> {
    match remembered.and_then(|it| Some((&it.phase, it.application.as_ref()?))) {
        Some((phase, state)) => Application::resume(access, wanted, state, phase.is_without_change_set()).await,
        None => Application::look_up(access, wanted).await,
    }
}
