//! The operation `deploy`: the template is packaged, or asked for, when a change set is about to be created, and the stage
//! is driven.

pub mod changes;
mod inputs;
mod leaving;
mod memory;
mod report;
mod sources;
pub mod stack_outputs;
mod template;
mod values;
mod written;

use super::application::{Application, ApplicationState};
use super::cloud::{Cloud, Region};
use super::{Advance, Pending, State, World};
use crate::deploy::{self, Context, PackagedTemplate, Phase};
use crate::facts::{Ended, Failure, Made, Report, Role, Timestamp, Verdict, random_bits};
use crate::settings::DeploySettings;
use crate::template::Template;
use inputs::Inputs;
use leaving::{stop_shifts, with_last_words, with_stopped};
use memory::{Memory, Remembered};
use sources::Sources;
use std::sync::Arc;
use std::time::Duration;
use template::Packaged;
use tokio::sync::OnceCell;

/// A deployment in this process. What it read once is kept for the next look.
pub struct DeployRun<'a, C: Cloud> {
    settings: &'a DeploySettings,
    world: &'a World<'a, C>,
    inputs: OnceCell<Inputs<C::Region>>,
    packaged: Packaged,
    memory: Memory,
}

impl<'a, C: Cloud> DeployRun<'a, C> {
    pub fn new(settings: &'a DeploySettings, world: &'a World<'a, C>) -> Self {
        let (packaged, memory) = (Packaged::default(), Memory::default());
        Self { settings, world, inputs: OnceCell::new(), packaged, memory }
    }

    /// Works until the deployment waits or is over.
    pub async fn advance(&self, state: Option<State>) -> Result<Advance, Failure> {
        let remembered = state.map(|state| self.memory.recall(&state)).transpose()?;
        let inputs =
            self.inputs.get_or_try_init(|| Inputs::read(self.settings, self.world, remembered.as_ref())).await?;
        let parts = self.context_parts(inputs);
        let context = parts.context();
        let phase = match remembered {
            Some(Remembered { phase, .. }) => phase,
            None => deploy::begin(&context, &self.nonce(context.now))?,
        };
        self.look(&context, inputs, phase).await
    }

    async fn look<S: deploy::Stacks>(
        &self,
        context: &Context<'_, S>,
        inputs: &Inputs<C::Region>,
        phase: Phase,
    ) -> Result<Advance, Failure> {
        let application = || inputs.application.as_ref().map(Application::state);
        self.memory.keep(phase.clone(), application());
        let before = phase.clone();
        let advanced = tokio::select! {
            biased;
            failure = self.world.cancellation.wait() => {
                return self.leave(context, failure, before, application()).await;
            }
            advanced = deploy::advance(context, phase) => advanced,
        };
        match advanced {
            Ok(deploy::Advance::Done(verdict)) => Ok(Advance::Done(self.report(*verdict))),
            Ok(deploy::Advance::Pending(pending)) => {
                let deploy::Pending { phase, wait, percent, summary } = *pending;
                let state = self.memory.keep(phase, application());
                Ok(Advance::Pending(Pending { state, wait, percent, summary, link: None, files: Vec::new() }))
            }
            Err(failure) => self.fail(context, &before, failure),
        }
    }

    /// Ends without a verdict of the deployment. A run reports what is known; a job may be continued, and fails only.
    fn fail<S>(&self, context: &Context<'_, S>, phase: &Phase, failure: Failure) -> Result<Advance, Failure> {
        match self.world.job_id {
            Some(_) => Err(failure),
            None => {
                let so_far = deploy::so_far(context, phase);
                Ok(Advance::Done(self.report(Verdict { ended: Ended::Failed(failure), ..so_far })))
            }
        }
    }

    /// Ends a cancelled run. The next job of a pipeline goes on from the state; a person gets the last words.
    async fn leave<S: deploy::Stacks>(
        &self,
        context: &Context<'_, S>,
        failure: Failure,
        phase: Phase,
        application: Option<ApplicationState>,
    ) -> Result<Advance, Failure> {
        let words = deploy::last_words(&phase);
        match self.world.job_id {
            None => {
                let stops = stop_shifts(context, &phase).await;
                self.fail(context, &phase, with_last_words(failure, with_stopped(words, &stops)))
            }
            Some(_) => {
                let (summary, _) = words;
                let (state, wait) = (self.memory.keep(phase, application), Duration::ZERO);
                Ok(Advance::Pending(Pending { state, wait, percent: 0, summary, link: None, files: Vec::new() }))
            }
        }
    }

    fn report(&self, verdict: Verdict) -> Report {
        let application = self.inputs.get().and_then(|inputs| inputs.application.as_ref());
        let application = application.map(|it| (it.id.to_string(), it.version.clone()));
        let warnings = self.world.reporter.warnings();
        report::of_verdict(self.settings, verdict, application, self.world.redactor, &warnings)
    }

    /// The page of a deployment that goes on, if it is asked for.
    pub fn files_so_far(&self) -> Vec<Made> {
        let (Some(inputs), Some(phase)) = (self.inputs.get(), self.memory.phase()) else { return Vec::new() };
        let report = self.report(deploy::so_far(&self.context_parts(inputs).context(), &phase));
        report.files.into_iter().filter(|made| made.role == Role::Page).collect()
    }

    fn context_parts<'r>(&'r self, inputs: &'r Inputs<C::Region>) -> ContextParts<'r, C> {
        let package = self.settings.package.as_ref().zip(inputs.sources.as_ref());
        ContextParts {
            inputs,
            stacks: inputs.region.stacks(),
            handover: template::Handover { package, packaged: &self.packaged, world: self.world },
            nested: inputs.sources.as_ref().map(Sources::nested).unwrap_or_default(),
        }
    }

    /// Makes the names and tokens of this run unique: those of a job are the same if it is repeated.
    fn nonce(&self, now: Timestamp) -> String {
        self.world.job_id.map_or_else(|| random_nonce(now), str::to_owned)
    }
}

/// What the context of a look refers to.
struct ContextParts<'r, C: Cloud> {
    inputs: &'r Inputs<C::Region>,
    stacks: <C::Region as Region>::Stacks,
    handover: template::Handover<'r, C>,
    nested: Vec<(Vec<String>, Arc<Template>)>,
}

impl<C: Cloud> ContextParts<'_, C> {
    fn context(&self) -> Context<'_, <C::Region as Region>::Stacks> {
        let template: &dyn PackagedTemplate = match &self.inputs.application {
            Some(application) => application,
            None => &self.handover,
        };
        Context {
            options: &self.inputs.options,
            stacks: &self.stacks,
            template,
            reporter: self.handover.world.reporter.as_ref(),
            lines: self.inputs.sources.as_ref().map(|sources| sources.lines(&self.nested)),
            now: Timestamp::now(),
        }
    }
}

/// The time, which helps people who look at a list of change sets, then random digits.
fn random_nonce(now: Timestamp) -> String {
    let time = now.to_string().to_lowercase();
    let time: String = time.chars().filter(char::is_ascii_alphanumeric).take("20261130t120000".len()).collect();
    format!("{time}-{:012x}", random_bits() >> 16)
}

#[cfg(test)]
mod tests;
