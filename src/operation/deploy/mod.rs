//! The operation `deploy`: the template is packaged, or asked for, when a change set is about to be created, and the stage
//! is driven.

mod changes;
mod inputs;
mod leaving;
mod memory;
mod report;
mod sources;
mod template;
mod values;
mod written;

use super::application::Application;
use super::cloud::{Cloud, Region};
use super::{Advance, Pending, State, World};
use crate::deploy::{self, Context, PackagedTemplate, Phase};
use crate::facts::{Ended, Failure, Made, Report, Timestamp, Verdict, random_bits};
use crate::settings::DeploySettings;
use inputs::Inputs;
use leaving::{stop_shifts, with_last_words, with_stopped};
use memory::{Memory, Remembered};
use sources::Sources;
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
        let stacks = inputs.region.stacks();
        let package = self.settings.package.as_ref().zip(inputs.sources.as_ref());
        let packaged = template::Handover { package, packaged: &self.packaged, world: self.world };
        let template: &dyn PackagedTemplate = match &inputs.application {
            Some(application) => application,
            None => &packaged,
        };
        let nested = inputs.sources.as_ref().map(Sources::nested).unwrap_or_default();
        let context = Context {
            options: &inputs.options,
            stacks: &stacks,
            template,
            reporter: self.world.reporter.as_ref(),
            lines: inputs.sources.as_ref().map(|sources| sources.lines(&nested)),
            now: Timestamp::now(),
        };
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
        let (words, text) = (deploy::last_words(&phase), phase.to_json());
        self.note(context, &phase);
        let shifts = deploy::running_shifts(&phase);
        let advanced = tokio::select! {
            biased;
            failure = self.world.cancellation.wait() => {
                let stopped = match self.world.job_id {
                    // The next job goes on.
                    Some(_) => Vec::new(),
                    None => stop_shifts(context, &shifts).await,
                };
                let state = memory::state_of(&text, application().as_ref());
                return self.leave(failure, with_stopped(words, stopped), state);
            }
            advanced = deploy::advance(context, phase) => advanced,
        };
        match advanced {
            Ok(deploy::Advance::Done(verdict)) => Ok(Advance::Done(self.report(*verdict))),
            Ok(deploy::Advance::Pending(pending)) => {
                let deploy::Pending { phase, wait, percent, summary } = *pending;
                self.note(context, &phase);
                let state = self.memory.keep(phase, application());
                Ok(Advance::Pending(Pending { state, wait, percent, summary, link: None, files: Vec::new() }))
            }
            Err(failure) => self.fail(failure),
        }
    }

    /// Notes what is known for a report of a deployment that this process leaves.
    fn note<S>(&self, context: &Context<'_, S>, phase: &Phase) {
        if self.settings.report_file.is_some() {
            self.memory.note(deploy::so_far(context, phase));
        }
    }

    fn report(&self, verdict: Verdict) -> Report {
        let application = self.inputs.get().and_then(|inputs| inputs.application.as_ref());
        let application = application.map(|it| (it.id.to_string(), it.version.clone()));
        let warnings = self.world.reporter.warnings();
        report::of_verdict(self.settings, verdict, application, self.world.redactor, &warnings)
    }

    /// Ends without a verdict of the deployment. A report that is asked for shows what is known. A job may be continued.
    fn fail(&self, failure: Failure) -> Result<Advance, Failure> {
        match self.memory.so_far().filter(|_| self.world.job_id.is_none()) {
            Some(so_far) => Ok(Advance::Done(self.report(Verdict { ended: Ended::Failed(failure), ..so_far }))),
            None => Err(failure),
        }
    }

    /// The report of a deployment that goes on.
    pub fn files_so_far(&self) -> Vec<Made> {
        self.memory.so_far().map(|verdict| self.report(verdict).files).unwrap_or_default()
    }

    /// Ends a cancelled run. The next job of a pipeline goes on from the state; a person gets the last words.
    fn leave(&self, failure: Failure, words: (String, Option<String>), state: State) -> Result<Advance, Failure> {
        match self.world.job_id {
            None => self.fail(with_last_words(failure, words)),
            Some(_) => {
                let (summary, _) = words;
                let (wait, link, files) = (Duration::ZERO, None, Vec::new());
                Ok(Advance::Pending(Pending { state, wait, percent: 0, summary, link, files }))
            }
        }
    }

    /// Makes the names and tokens of this run unique: those of a job are the same if it is repeated.
    fn nonce(&self, now: Timestamp) -> String {
        self.world.job_id.map_or_else(|| random_nonce(now), str::to_owned)
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
