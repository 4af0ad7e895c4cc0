//! Runs one job from its inputs to its one result, however it ends.

use super::Job;
use super::ending::{Ended, redact_ended, redact_failure, report};
use super::input::Inputs;
use super::output;
use super::request::JobRequest;
use super::services::{JobOptions, Operations, Services, Start};
use super::store::ArtifactStore;
use super::suspension::Suspension;
use crate::facts::{Event, Failure, FailureKind, JobEvent, Made, Outcome, Report, Reporter, Role};
use crate::operation::Advance;
use futures_util::FutureExt;
use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

/// Time for cancelled work to end. Hosts send SIGKILL some 30 s after SIGTERM.
const CLEAN_UP_TIMEOUT: Duration = Duration::from_secs(5);
/// Time to upload the page of a job that ends without success: the result has to be put meanwhile.
const PAGE_TIMEOUT: Duration = Duration::from_secs(2);

/// Runs a job and puts its result. `cancellation` resolves when the job must end: on a signal or a deadline.
///
/// Returns how the job ended, or why its result could not be put, without secrets. A panic anywhere fails the job: if a
/// result was put by then, the service refuses the second.
pub async fn run(
    job: &Job,
    services: &impl Services,
    operations: &impl Operations,
    options: &JobOptions,
    reporter: &Arc<dyn Reporter>,
    cancellation: impl Future<Output = Failure>,
) -> Result<Outcome, Failure> {
    options.redactor.hide(job.secrets());
    // The folder is removed after the result is put: removal may take long, and the host may leave little time.
    let mut inputs = None;
    let through = run_through(job, services, operations, options, reporter, cancellation, &mut inputs);
    match AssertUnwindSafe(through).catch_unwind().await {
        Ok(ended) => ended,
        Err(panic) => {
            let failure = redact_failure(panicked(panic.as_ref()), &options.redactor);
            report(&job.id, Err(failure), services, options, reporter).await
        }
    }
}

async fn run_through(
    job: &Job,
    services: &impl Services,
    operations: &impl Operations,
    options: &JobOptions,
    reporter: &Arc<dyn Reporter>,
    cancellation: impl Future<Output = Failure>,
    inputs: &mut Option<Inputs>,
) -> Result<Outcome, Failure> {
    let pipeline = job.pipeline.as_ref().map(|it| it.pipeline.clone());
    reporter.report(Event::Job(JobEvent::Started { job_id: job.id.to_string(), pipeline }));
    let cancellation = cancellation.shared();
    let suspension = Suspension::new(job, options);
    let work = work(job, services, operations, (options, &suspension), reporter, inputs, cancellation.clone());
    let ended = until_cancelled(work, cancellation, services).await;
    let ended = match ended.or_else(|failure| suspension.suspend_early(failure)) {
        Ok(ended) => Ok(redact_ended(ended, &options.redactor)),
        Err(failure) => Err(redact_failure(failure, &options.redactor)),
    };
    report(&job.id, ended, services, options, reporter).await
}

/// Gives cancelled work some seconds to abort what it began, such as multipart uploads.
async fn until_cancelled(
    work: impl Future<Output = Result<Ended, Failure>>,
    cancellation: impl Future<Output = Failure>,
    services: &impl Services,
) -> Result<Ended, Failure> {
    let mut work = pin!(work);
    let failure = tokio::select! {
        ended = &mut work => return ended,
        failure = cancellation => failure,
    };
    tokio::select! {
        biased;
        ended = work => ended.map_err(|_| failure),
        () = services.pause(CLEAN_UP_TIMEOUT) => Err(failure),
    }
}

async fn work<O: Operations>(
    job: &Job,
    services: &impl Services,
    operations: &O,
    (options, suspension): (&JobOptions, &Suspension<'_>),
    reporter: &Arc<dyn Reporter>,
    inputs: &mut Option<Inputs>,
    cancellation: impl Future<Output = Failure>,
) -> Result<Ended, Failure> {
    let JobRequest { row, action, state } = JobRequest::parse(job)?;
    let request = operations.parse(row, action)?;
    // A job without artifacts may have no credentials for them.
    let artifacts = match job.has_artifacts() {
        true => Some(services.artifacts(job).await?),
        false => None,
    };
    let inputs = inputs.insert(Inputs::create()?);
    if let Some(artifacts) = &artifacts {
        // A fetch has begun nothing that must be undone, so it is dropped at once.
        tokio::select! {
            fetched = inputs.fetch(&job.inputs, artifacts, &options.limits, reporter.as_ref()) => fetched?,
            failure = cancellation => return Err(failure),
        }
    }
    options.redactor.name_paths(inputs.names());
    let start = Start { job_id: job.id.as_str(), state, keep: &|state| suspension.keep(state) };
    match operations.advance(&request, inputs, start, reporter).await? {
        // No later action reads the output artifact of a failed one. A person may.
        Advance::Done(Report { failure: Some(failure), files, .. }) => {
            store_page(job, files, artifacts.as_ref(), services, reporter).await;
            Ok(Ended::Failed(failure))
        }
        Advance::Done(report) => store(job, report, artifacts.as_ref(), reporter).await.map(Ended::Done),
        Advance::Pending(pending) => {
            store_page(job, pending.files.clone(), artifacts.as_ref(), services, reporter).await;
            suspension.suspend(pending)
        }
    }
}

/// Writes the page of a deployment that failed or goes on. It takes little time, and changes nothing about the end.
async fn store_page(
    job: &Job,
    files: Vec<Made>,
    artifacts: Option<&impl ArtifactStore>,
    services: &impl Services,
    reporter: &Arc<dyn Reporter>,
) {
    let files: Vec<_> = files.into_iter().filter(|made| made.role == Role::Page).collect();
    if files.is_empty() {
        return;
    }
    let report = Report { files, ..Report::default() };
    let reason = tokio::select! {
        biased;
        stored = store(job, report, artifacts, reporter) => stored.err().map(|failure| failure.cause()),
        () = services.pause(PAGE_TIMEOUT) => Some(format!("it took more than {} s", PAGE_TIMEOUT.as_secs())),
    };
    if let Some(reason) = reason {
        reporter.report(Event::Job(JobEvent::PageNotStored { job_id: job.id.to_string(), reason }));
    }
}

/// Writes the output artifacts.
async fn store(
    job: &Job,
    report: Report,
    artifacts: Option<&impl ArtifactStore>,
    reporter: &Arc<dyn Reporter>,
) -> Result<Outcome, Failure> {
    let Some(artifacts) = artifacts else { return Ok(report.outcome) };
    let Report { outcome, files, .. } = report;
    let zip = output::assemble(files, &outcome.outputs);
    for artifact in &job.outputs {
        let bytes = output::store(artifact, zip.clone(), artifacts).await?;
        let (name, location) = (artifact.name.clone(), artifact.location.clone());
        reporter.report(Event::Job(JobEvent::ArtifactStored { name, location, bytes }));
    }
    Ok(outcome)
}

/// The failure of a panic, with its message. The message does not name the place.
pub fn panicked(panic: &(dyn Any + Send)) -> Failure {
    let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    let message = format!("a bug in samstep stopped the job: {}", text.unwrap_or("no message"));
    Failure::new(FailureKind::Internal, message).with_hint("report it, with the log of the job")
}

#[cfg(test)]
mod tests;
