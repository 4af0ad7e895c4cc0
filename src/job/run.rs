//! One job from its inputs to its one result, on every way out.

use super::Job;
use super::action_type::{S3_BUCKET, S3_PREFIX};
use super::configuration::Request;
use super::continuation::Suspension;
use super::ending::{Worked, redact_failure, redact_outcome, redactor, report, seal};
use super::input::{InputFile, InputLimits, Inputs};
use super::jobs::Jobs;
use super::output::{self, Made};
use super::store::ArtifactStore;
use crate::event::{Event, Outcome, Reporter};
use crate::failure::{Failure, FailureKind};
use crate::path_words::InWords;
use crate::secret::Secret;
use crate::step::{self, Names};
use futures_util::FutureExt;
use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

/// How long work that was interrupted may take to end; hosts kill some 30 s after they asked.
const MOMENT: Duration = Duration::from_secs(5);

/// What a job needs of the world.
pub trait Services {
    /// The job's artifacts.
    type Artifacts: ArtifactStore;
    /// Its queue.
    type Jobs: Jobs;

    /// The artifact store, with the credentials and the encryption key of the job and no others.
    async fn artifacts(&self, job: &Job) -> Result<Self::Artifacts, Failure>;

    /// The queue, with the host's own role.
    fn jobs(&self) -> &Self::Jobs;

    /// Waits before another attempt.
    async fn pause(&self, wait: Duration);

    /// Secrets that came to be known while the job ran, such as those of renewed credentials.
    fn secrets(&self) -> Vec<Secret> {
        Vec::new()
    }
}

/// The work of a job, which knows nothing of jobs.
pub trait Operation {
    /// Does what is asked with a template that was fetched.
    async fn perform(
        &self,
        request: &Request,
        template: &InputFile,
        reporter: &Arc<dyn Reporter>,
    ) -> Result<Performed, Failure>;
}

/// How the work stands when it returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Performed {
    /// It is done.
    Packaged(Packaged),
    /// It waits for something; another job goes on with it.
    #[cfg_attr(not(test), expect(dead_code, reason = "to package never waits"))]
    Suspended(Suspension),
}

/// What the work gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packaged {
    /// The packaged template of each target.
    pub templates: Vec<PackagedTemplate>,
    /// The manifest, as JSON.
    pub manifest: String,
    /// What to say of it.
    pub outcome: Outcome,
}

/// The packaged template of one target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackagedTemplate {
    /// The target's name; absent where there is only one.
    pub target: Option<String>,
    /// The text.
    pub text: String,
    /// The template configuration that was made for the target.
    pub configuration: Option<String>,
}

/// How jobs are run here.
#[derive(Debug, Clone, Default)]
pub struct JobOptions {
    /// Something that leads a person to this run: a log stream, or the rest of the action type's link. The job's id
    /// when absent.
    pub external_execution_id: Option<String>,
    /// How much an input artifact may be.
    pub limits: InputLimits,
    /// Secrets of the host that no report may show; those of the job are known.
    pub secrets: Vec<Secret>,
}

/// Runs a job and puts its result. `interrupt` ends when the run must: a signal came, or its time is over.
///
/// The answer tells how the job ended, or why its result could not be put; no secret of the job is in it. A panic
/// anywhere is one more way to fail: of two results, should one have been put by then, the service refuses the second.
pub async fn run(
    job: &Job,
    services: &impl Services,
    operation: &impl Operation,
    options: &JobOptions,
    reporter: &Arc<dyn Reporter>,
    interrupt: impl Future<Output = Failure>,
) -> Result<Outcome, Failure> {
    // They are removed when the result is put: that may take long, and the time of the host be short.
    let mut inputs = None;
    let through = run_through(job, services, operation, options, reporter, interrupt, &mut inputs);
    match AssertUnwindSafe(through).catch_unwind().await {
        Ok(ended) => ended,
        Err(panic) => {
            let redactor = redactor(job, services, options);
            let failure = redact_failure(panicked(panic.as_ref()), &redactor);
            report(&job.id, Err(failure), services, options, &redactor, reporter).await
        }
    }
}

async fn run_through(
    job: &Job,
    services: &impl Services,
    operation: &impl Operation,
    options: &JobOptions,
    reporter: &Arc<dyn Reporter>,
    interrupt: impl Future<Output = Failure>,
    inputs: &mut Option<Inputs>,
) -> Result<Outcome, Failure> {
    let pipeline = job.pipeline.as_ref().map(|it| it.pipeline.clone());
    reporter.report(Event::JobStarted { job_id: job.id.to_string(), pipeline });
    let interrupt = interrupt.shared();
    let work = work(job, services, operation, options, reporter, inputs, interrupt.clone());
    let ended = until_interrupted(work, interrupt, services).await;
    let redactor = redactor(job, services, options);
    let ended = ended.and_then(|ended| seal(ended, job, &redactor));
    let ended = match ended {
        Ok(ended) => Ok(redact_outcome(ended, &redactor)),
        Err(failure) => Err(redact_failure(failure, &redactor)),
    };
    report(&job.id, ended, services, options, &redactor, reporter).await
}

/// Once interrupted, the work has a moment to drop what it began, such as uploads in parts.
async fn until_interrupted(
    work: impl Future<Output = Result<Worked, Failure>>,
    interrupt: impl Future<Output = Failure>,
    services: &impl Services,
) -> Result<Worked, Failure> {
    let mut work = pin!(work);
    let failure = tokio::select! {
        ended = &mut work => return ended,
        failure = interrupt => failure,
    };
    tokio::select! {
        biased;
        ended = work => ended.map_err(|_| failure),
        () = services.pause(MOMENT) => Err(failure),
    }
}

async fn work(
    job: &Job,
    services: &impl Services,
    operation: &impl Operation,
    options: &JobOptions,
    reporter: &Arc<dyn Reporter>,
    inputs: &mut Option<Inputs>,
    interrupt: impl Future<Output = Failure>,
) -> Result<Worked, Failure> {
    let request = Request::of(job)?;
    let artifacts = services.artifacts(job).await?;
    let inputs = inputs.insert(Inputs::create()?);
    // What was fetched so far is of no use, and nothing was begun elsewhere.
    tokio::select! {
        fetched = inputs.fetch(&job.inputs, &artifacts, &options.limits, reporter.as_ref()) => fetched?,
        failure = interrupt => return Err(failure),
    }
    let inputs: &Inputs = inputs;
    let words = inputs.words();
    let reporter: Arc<dyn Reporter> = Arc::new(InWords { words: words.clone(), reporter: Arc::clone(reporter) });
    let done = on_inputs(job, &request, inputs, &artifacts, operation, &reporter).await;
    done.map_err(|failure| words.failure(failure))
}

async fn on_inputs(
    job: &Job,
    request: &Request,
    inputs: &Inputs,
    artifacts: &impl ArtifactStore,
    operation: &impl Operation,
    reporter: &Arc<dyn Reporter>,
) -> Result<Worked, Failure> {
    let template = inputs.find(&request.template)?;
    let configurations = &request.template_configurations;
    let mut configurations = output::read_configurations(configurations, &template, inputs, reporter.as_ref())?;
    let packaged = match operation.perform(request, &template, reporter).await? {
        Performed::Packaged(packaged) => packaged,
        Performed::Suspended(suspension) => return Ok(Worked::Suspended(suspension)),
    };
    let outcome = add_outputs(&packaged, request);
    let mut templates = Vec::new();
    for template in packaged.templates {
        let target = template.target.as_deref();
        configurations.extend(template.configuration.map(|it| (request.configuration_name(target), it.into_bytes())));
        templates.push((request.template_name(target), template.text));
    }
    let manifest = inputs.words().text(&packaged.manifest);
    let made = Made { templates, manifest, outputs: outcome.outputs.clone() };
    let zip = output::assemble(made, configurations)?;
    for artifact in &job.outputs {
        let bytes = output::store(artifact, zip.clone(), artifacts).await?;
        let (name, location) = (artifact.name.clone(), artifact.location.clone());
        reporter.report(Event::ArtifactStored { name, location, bytes });
    }
    Ok(Worked::Done(outcome))
}

/// The outputs of the step, and what only the job knows.
fn add_outputs(packaged: &Packaged, request: &Request) -> Outcome {
    let mut outcome = packaged.outcome.clone();
    let property = |name: &str| request.properties.get(name).filter(|value| !value.is_empty()).cloned();
    let known = [("Bucket", property(S3_BUCKET)), ("Prefix", property(S3_PREFIX))];
    let known = known.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    for (name, value) in known.chain(packaged.templates.iter().flat_map(|template| template_outputs(template, request)))
    {
        outcome.outputs.entry(name).or_insert(value);
    }
    outcome
}

fn template_outputs(template: &PackagedTemplate, request: &Request) -> Vec<(String, String)> {
    let target = template.target.as_deref();
    let configuration = template.configuration.as_ref().map(|_| request.configuration_name(target));
    step::template_outputs(
        target,
        &template.text,
        Names { template: Some(request.template_name(target)), configuration },
    )
}

/// The failure that a panic is, in its own words, which do not tell the place.
pub fn panicked(panic: &(dyn Any + Send)) -> Failure {
    let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    let message = format!("a bug in samstep stopped the job: {}", text.unwrap_or("no message"));
    Failure::new(FailureKind::Internal, message).with_hint("report it, with the log of the job")
}

#[cfg(test)]
#[path = "run_tests.rs"]
mod tests;
