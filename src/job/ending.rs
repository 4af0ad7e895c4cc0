//! Puts the one result of a job, without secrets.

use super::continuation::Continuation;
use super::report::{Reported, put_result};
use super::services::{JobOptions, Services};
use super::suspended::Suspended;
use super::{JobFailure, JobId, JobResult, JobSuccess, JobSuspension};
use crate::facts::{Event, Failure, JobEvent, Outcome, Problem, PutResult, Redactor, Reporter, ServiceError};
use std::sync::Arc;
use std::time::Duration;

/// How the work of a job ended.
pub enum Ended {
    Done(Outcome),
    /// The work was done and did not succeed: no job continues it.
    Failed(Failure),
    /// Another job continues it.
    Suspended(Suspended),
}

impl Ended {
    fn into_outcome(self) -> Result<Outcome, Failure> {
        match self {
            Self::Done(outcome) => Ok(outcome),
            Self::Failed(failure) => Err(failure),
            Self::Suspended(suspended) => Ok(Outcome { summary: suspended.summary, ..Outcome::default() }),
        }
    }
}

/// Puts the failure of a job that could not be parsed, or whose process ended without a result. Fails if the result
/// could not be put.
pub async fn reject(
    job: &JobId,
    failure: Failure,
    services: &impl Services,
    options: &JobOptions,
    reporter: &Arc<dyn Reporter>,
) -> Result<Failure, Failure> {
    match put(job, &Err(failure.clone()), services, options, reporter).await {
        Ok(()) => Ok(failure),
        Err(unput) => Err(both(unput, failure)),
    }
}

/// Puts a suspension for a job whose process ended without a result, and that another job can continue. `None` if it
/// cannot be continued.
pub async fn suspend_lost(
    job: &JobId,
    token: &str,
    failure: &Failure,
    services: &impl Services,
    options: &JobOptions,
    reporter: &Arc<dyn Reporter>,
) -> Option<Result<(), Failure>> {
    let token = Continuation::parse(token).ok()?.token_after_loss(&options.redactor)?;
    Some(put(job, &Ok(Ended::Suspended(Suspended::early(token, 0, failure))), services, options, reporter).await)
}

fn both(first: Failure, second: Failure) -> Failure {
    Failure::all(vec![first, second]).expect("there are two")
}

/// Puts the result of a job that ended; returns how it ended.
pub async fn report(
    job: &JobId,
    ended: Result<Ended, Failure>,
    services: &impl Services,
    options: &JobOptions,
    reporter: &Arc<dyn Reporter>,
) -> Result<Outcome, Failure> {
    match (put(job, &ended, services, options, reporter).await, ended) {
        (Ok(()), ended) => ended.and_then(Ended::into_outcome),
        (Err(unput), Ok(Ended::Done(_) | Ended::Suspended(_))) => Err(unput),
        (Err(unput), Ok(Ended::Failed(failure)) | Err(failure)) => Err(both(unput, failure)),
    }
}

async fn put(
    job: &JobId,
    ended: &Result<Ended, Failure>,
    services: &impl Services,
    options: &JobOptions,
    reporter: &Arc<dyn Reporter>,
) -> Result<(), Failure> {
    let redactor = &options.redactor;
    let external_id = options.external_execution_id.as_deref().unwrap_or(job.as_str());
    let (result, put) = match ended {
        Ok(Ended::Done(outcome)) => {
            (JobResult::Success(JobSuccess::new(outcome, Some(external_id), redactor)), PutResult::Success)
        }
        Ok(Ended::Suspended(suspended)) => {
            let suspension = JobSuspension::new(suspended, Some(external_id), redactor);
            (JobResult::Suspended(suspension), PutResult::Suspended)
        }
        Ok(Ended::Failed(failure)) | Err(failure) => {
            (JobResult::Failure(JobFailure::new(failure, Some(external_id), redactor)), PutResult::Failure)
        }
    };
    let pause = async |error: ServiceError, again: Duration| {
        reporter.report(Event::Job(JobEvent::ResultDelayed { job_id: job.to_string(), error, again }));
        services.pause(again).await;
    };
    let reported = put_result(services.jobs(), job, &result, &pause).await?;
    let job_id = job.to_string();
    reporter.report(Event::Job(match reported {
        Reported::Put => JobEvent::ResultPut { job_id, result: put },
        Reported::AlreadyPut => JobEvent::ResultAlreadyPut { job_id },
    }));
    Ok(())
}

/// The failure without secrets, with the names of its paths.
pub fn redact_failure(failure: Failure, redactor: &Redactor) -> Failure {
    failure.map(|problem| {
        let Problem { message, hint, place } = redactor.clean_problem(problem);
        // The marks of a line that lost a secret would point elsewhere.
        let place =
            place.map(|place| if redactor.has_secret(&place.source_line) { place.without_line() } else { place });
        Problem { message, hint, place }
    })
}

/// The end without secrets.
pub fn redact_ended(ended: Ended, redactor: &Redactor) -> Ended {
    match ended {
        Ended::Done(outcome) => Ended::Done(Outcome {
            summary: redactor.clean(&outcome.summary),
            outputs: outcome.outputs.into_iter().map(|(name, value)| (name, redactor.redact(&value))).collect(),
        }),
        Ended::Failed(failure) => Ended::Failed(redact_failure(failure, redactor)),
        Ended::Suspended(suspended) => {
            let summary = redactor.clean(&suspended.summary);
            Ended::Suspended(Suspended { summary, ..suspended })
        }
    }
}
