//! Runs one job from its inputs to its one result, however it ends.

use super::Job;
use super::ending::{Ended, redact_ended, redact_failure, report};
use super::input::Inputs;
use super::output;
use super::request::JobRequest;
use super::services::{JobOptions, Operations, Services, Start};
use super::suspension::{Stopped, Suspension};
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
/// Time to upload the report of a job without success, because the result is put only afterwards.
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
    let suspension = Suspension::new(job, options, reporter.as_ref());
    let run = JobRun { job, services, operations, options, reporter, suspension };
    // The folder is removed after the result is put: removal may take long, and the host may leave little time.
    let mut inputs = None;
    match AssertUnwindSafe(run.end(&mut inputs, cancellation)).catch_unwind().await {
        Ok(ended) => ended,
        Err(panic) => run.report(Err(redact_failure(panicked(panic.as_ref()), &options.redactor))).await,
    }
}

/// A job in this process.
struct JobRun<'a, S, O> {
    job: &'a Job,
    services: &'a S,
    operations: &'a O,
    options: &'a JobOptions,
    reporter: &'a Arc<dyn Reporter>,
    suspension: Suspension<'a>,
}

impl<S: Services, O: Operations> JobRun<'_, S, O> {
    /// Works and puts the result.
    async fn end(
        &self,
        inputs: &mut Option<Inputs>,
        cancellation: impl Future<Output = Failure>,
    ) -> Result<Outcome, Failure> {
        let pipeline = self.job.pipeline.as_ref().map(|it| it.pipeline.clone());
        self.reporter.report(Event::Job(JobEvent::Started { job_id: self.job.id.to_string(), pipeline }));
        let cancellation = cancellation.shared();
        let ended = until_cancelled(self.work(inputs, cancellation.clone()), cancellation, self.services).await;
        let ended = match ended.or_else(|stopped| self.suspension.suspend_early(stopped)) {
            Ok(ended) => Ok(redact_ended(ended, &self.options.redactor)),
            Err(failure) => Err(redact_failure(failure, &self.options.redactor)),
        };
        self.report(ended).await
    }

    async fn report(&self, ended: Result<Ended, Failure>) -> Result<Outcome, Failure> {
        report(&self.job.id, ended, self.services, self.options, self.reporter).await
    }

    async fn work(
        &self,
        inputs: &mut Option<Inputs>,
        cancellation: impl Future<Output = Failure>,
    ) -> Result<Ended, Failure> {
        let JobRequest { row, action, state } = JobRequest::parse(self.job)?;
        let request = self.operations.parse(row, action)?;
        // A job without artifacts may have no credentials for them.
        let artifacts = match self.job.has_artifacts() {
            true => Some(self.services.artifacts(self.job).await?),
            false => None,
        };
        let inputs = inputs.insert(Inputs::create()?);
        if let Some(artifacts) = &artifacts {
            let fetch = inputs.fetch(&self.job.inputs, artifacts, &self.options.limits, self.reporter.as_ref());
            // A fetch has begun nothing that must be undone, so it is dropped at once.
            tokio::select! {
                fetched = fetch => fetched?,
                failure = cancellation => return Err(failure),
            }
        }
        self.options.redactor.name_paths(inputs.names());
        let suspension = &self.suspension;
        let start = Start { job_id: self.job.id.as_str(), state, keep: &|pending| suspension.keep(pending) };
        let advanced = self.operations.advance(&request, inputs, start, self.reporter).await?;
        self.end_work(advanced, artifacts.as_ref()).await
    }

    /// Stores the files of work that is done or waits.
    async fn end_work(&self, advanced: Advance, artifacts: Option<&S::Artifacts>) -> Result<Ended, Failure> {
        match advanced {
            // No later action reads the output artifact of a failed one. A person may.
            Advance::Done(Report { failure: Some(failure), files, .. }) => {
                self.store_page(files, artifacts).await;
                Ok(Ended::Failed(failure))
            }
            Advance::Done(report) => self.store(report, artifacts).await.map(Ended::Done),
            Advance::Pending(pending) => {
                self.store_page(pending.files.clone(), artifacts).await;
                self.suspension.suspend(pending)
            }
        }
    }

    /// Uploads the report of a deployment that failed or continues. An error is only reported: it does not change the
    /// job's result.
    async fn store_page(&self, files: Vec<Made>, artifacts: Option<&S::Artifacts>) {
        let files: Vec<_> = files.into_iter().filter(|made| made.role == Role::Page).collect();
        if files.is_empty() {
            return;
        }
        let report = Report { files, ..Report::default() };
        let reason = tokio::select! {
            biased;
            stored = self.store(report, artifacts) => stored.err().map(|failure| failure.cause()),
            () = self.services.pause(PAGE_TIMEOUT) => Some(format!("it took more than {} s", PAGE_TIMEOUT.as_secs())),
        };
        if let Some(reason) = reason {
            self.reporter.report(Event::Job(JobEvent::PageNotStored { job_id: self.job.id.to_string(), reason }));
        }
    }

    /// Writes the output artifacts.
    async fn store(&self, report: Report, artifacts: Option<&S::Artifacts>) -> Result<Outcome, Failure> {
        let Some(artifacts) = artifacts else { return Ok(report.outcome) };
        let Report { outcome, files, .. } = report;
        let zip = output::assemble(files, &outcome.outputs);
        for artifact in &self.job.outputs {
            let bytes = output::store(artifact, zip.clone(), artifacts).await?;
            let (name, location) = (artifact.name.clone(), artifact.location.clone());
            self.reporter.report(Event::Job(JobEvent::ArtifactStored { name, location, bytes }));
        }
        Ok(outcome)
    }
}

/// Gives cancelled work some seconds to abort what it began, such as multipart uploads. Work that fails once it is
/// cancelled counts as cancelled: it may return the failure of the cancellation.
async fn until_cancelled(
    work: impl Future<Output = Result<Ended, Failure>>,
    cancellation: impl Future<Output = Failure> + Clone,
    services: &impl Services,
) -> Result<Ended, Stopped> {
    let mut work = pin!(work);
    let failure = tokio::select! {
        biased;
        failure = cancellation.clone() => failure,
        ended = &mut work => {
            return ended.map_err(|failure| cancellation.now_or_never().map_or(Stopped::Failed(failure), Stopped::Cancelled));
        }
    };
    tokio::select! {
        biased;
        ended = work => ended.map_err(|_| Stopped::Cancelled(failure)),
        () = services.pause(CLEAN_UP_TIMEOUT) => Err(Stopped::Cancelled(failure)),
    }
}

/// The failure of a panic, with its message. The message does not name the place.
pub fn panicked(panic: &(dyn Any + Send)) -> Failure {
    let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    let message = format!("a bug in samstep stopped the job: {}", text.unwrap_or("no message"));
    Failure::new(FailureKind::Internal, message).with_hint("report it, with the log of the job")
}

#[cfg(test)]
mod tests;
