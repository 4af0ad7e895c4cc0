//! The operation `deploy`: the template is packaged, or asked for, when a change set is about to be created, and the stage
//! is driven.

mod changes;
mod memory;
mod report;
mod sources;
mod template;
mod values;
mod written;

use super::application::{Access, Application};
use super::cloud::{Cloud, Region};
use super::{Advance, Pending, State, World};
use crate::deploy::{self, Context, DeployOptions, OnCancel, PackagedTemplate, Phase, Work};
use crate::facts::{Ended, Failure, Made, Problem, Report, Timestamp, Verdict, random_bits};
use crate::settings::{ApplicationSettings, DeploySettings};
use crate::shift::Deployments;
use futures_util::future::join_all;
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

/// What does not change while a deployment runs.
struct Inputs<R: Region> {
    region: R,
    /// The template and what it refers to; none if no change set is created, or that of an application.
    sources: Option<Sources>,
    application: Option<Application<R::Applications>>,
    options: DeployOptions,
}

impl<'a, C: Cloud> DeployRun<'a, C> {
    pub fn new(settings: &'a DeploySettings, world: &'a World<'a, C>) -> Self {
        let (packaged, memory) = (Packaged::default(), Memory::default());
        Self { settings, world, inputs: OnceCell::new(), packaged, memory }
    }

    /// Works until the deployment waits or is over.
    pub async fn advance(&self, state: Option<State>) -> Result<Advance, Failure> {
        let remembered = state.map(|state| self.memory.recall(&state)).transpose()?;
        let inputs = self.inputs.get_or_try_init(async || self.read(remembered.as_ref()).await).await?;
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

    /// Reads the template and resolves the region. Makes no call, unless it looks up an application.
    async fn read(&self, remembered: Option<&Remembered>) -> Result<Inputs<C::Region>, Failure> {
        let sources = match &self.settings.package {
            Some(package) => Some(Sources::read(package, self.world).await?),
            None => None,
        };
        let mut options = self.settings.options.clone();
        if let (Work::Create(new), Some(sources)) = (&mut options.work, &sources) {
            self.world.redactor.hide(values::secrets(new, Some(sources.parameters())));
            new.template = sources.facts();
            values::check(new, sources.parameters())?;
        }
        let region = self.world.cloud.region(&self.settings.aws).await?;
        let application = match &self.settings.application {
            Some(wanted) => Some(self.application(&region, wanted, &mut options, remembered).await?),
            None => None,
        };
        Ok(Inputs { region, sources, application, options })
    }

    /// Looks up the application, and completes the change set with what it says.
    async fn application(
        &self,
        region: &C::Region,
        wanted: &ApplicationSettings,
        options: &mut DeployOptions,
        remembered: Option<&Remembered>,
    ) -> Result<Application<<C::Region as Region>::Applications>, Failure> {
        let access = Access {
            repository: region.applications(),
            region: region.name(),
            redactor: self.world.redactor.clone(),
            poll: options.poll,
        };
        let state = remembered.and_then(|it| it.application.as_ref());
        let needs_answer = remembered.is_none_or(|it| it.phase.is_without_change_set());
        let looking = async {
            match state {
                Some(state) => Application::resume(access, wanted, state, needs_answer).await,
                None => Application::look_up(access, wanted).await,
            }
        };
        let application = tokio::select! {
            biased;
            failure = self.world.cancellation.wait() => return Err(failure),
            application = looking => application?,
        };
        if let Work::Create(new) = &mut options.work {
            let declared = application.parameters();
            self.world.redactor.hide(values::secrets(new, declared.as_ref()));
            if state.is_none() {
                application.check(new, wanted.version.is_none(), self.world.reporter.as_ref()).await?;
                declared.iter().try_for_each(|declared| values::check(new, declared))?;
            }
            application.complete(new);
        }
        Ok(application)
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

/// Time for the calls that stop shifts, which are made at once: the process may be killed soon.
const STOPPING: Duration = Duration::from_secs(2);

/// Asks CodeDeploy to stop traffic shifts, if that was asked for; returns of each whether it will. Makes no call
/// otherwise.
async fn stop_shifts<S: deploy::Stacks>(context: &Context<'_, S>, shifts: &[String]) -> Vec<(String, bool)> {
    if context.options.on_cancel == OnCancel::Leave {
        return Vec::new();
    }
    let stop = async |id: &String| {
        let call = tokio::time::timeout(STOPPING, context.stacks.deployments().stop(id));
        matches!(call.await, Ok(Ok(())))
    };
    let stopped = join_all(shifts.iter().map(stop)).await;
    shifts.iter().cloned().zip(stopped).collect()
}

fn with_stopped((stands, hint): (String, Option<String>), asked: Vec<(String, bool)>) -> (String, Option<String>) {
    let named = |is_stopped: bool| -> Vec<_> {
        asked.iter().filter(|(_, stops)| *stops == is_stopped).map(|(id, _)| id.as_str()).collect()
    };
    let (stopped, going) = (named(true), named(false));
    let stops = (!stopped.is_empty()).then(|| format!("; CodeDeploy stops {}", stopped.join(", ")));
    let goes = (!going.is_empty()).then(|| format!("; CodeDeploy could not be asked to stop {}", going.join(", ")));
    (format!("{stands}{}{}", stops.unwrap_or_default(), goes.unwrap_or_default()), hint)
}

/// A cancellation with where the deployment stands and how to watch it.
fn with_last_words(failure: Failure, (stands, hint): (String, Option<String>)) -> Failure {
    let failure = failure.map(|problem| Problem { message: format!("{}; {stands}", problem.message), ..problem });
    match hint {
        Some(hint) => failure.with_hint(hint),
        None => failure,
    }
}

#[cfg(test)]
mod tests;
