//! How a job that ended is told: without secrets, by its one result.

use super::continuation::{Continuation, Suspension};
use super::redact::Redactor;
use super::report::{ReportError, Reported, put_result};
use super::run::{JobOptions, Services};
use super::{Job, JobFailure, JobId, JobResult, JobSuccess, JobSuspension};
use crate::event::{Event, Outcome, PutResult, Reporter};
use crate::failure::{Failure, Problem};
use crate::service_error::ServiceError;
use std::sync::Arc;
use std::time::Duration;

/// Knows every secret that this run has met.
pub fn redactor(job: &Job, services: &impl Services, options: &JobOptions) -> Redactor {
    Redactor::new(job.secrets().into_iter().chain(options.secrets.iter().cloned()).chain(services.secrets()))
}

/// What the work came to, before anything is told.
pub enum Worked {
    /// It is done.
    Done(Outcome),
    /// It waits for something.
    Suspended(Suspension),
}

/// What is to be told.
pub enum Ended {
    /// It is done.
    Done(Outcome),
    /// Another job goes on with it.
    Suspended {
        /// What that job is handed.
        token: String,
        /// How it stands.
        suspension: Suspension,
    },
}

impl Ended {
    fn into_outcome(self) -> Outcome {
        match self {
            Self::Done(outcome) => outcome,
            Self::Suspended { suspension, .. } => Outcome { summary: suspension.summary, ..Outcome::default() },
        }
    }
}

/// Writes the token of work that goes on.
pub fn seal(worked: Worked, job: &Job, redactor: &Redactor) -> Result<Ended, Failure> {
    match worked {
        Worked::Done(outcome) => Ok(Ended::Done(outcome)),
        Worked::Suspended(suspension) => {
            let before = job.continuation_token.as_deref().map(Continuation::parse).transpose()?;
            Ok(Ended::Suspended { token: suspension.token(before.as_ref(), redactor)?, suspension })
        }
    }
}

/// Puts the result of a job that could not even be read, or whose run broke off. The error says that it could not be put.
pub async fn reject(
    job: &JobId,
    failure: Failure,
    services: &impl Services,
    options: &JobOptions,
    reporter: &Arc<dyn Reporter>,
) -> Result<Failure, Failure> {
    match put(job, &Err(failure.clone()), services, options, &Redactor::default(), reporter).await {
        Ok(()) => Ok(failure),
        Err(unput) => Err(all([Failure::from(unput), failure])),
    }
}

fn all(failures: [Failure; 2]) -> Failure {
    Failure::all(failures.into()).expect("there are two")
}

/// Puts the result of a job that ended, and tells how it did.
pub async fn report(
    job: &JobId,
    ended: Result<Ended, Failure>,
    services: &impl Services,
    options: &JobOptions,
    redactor: &Redactor,
    reporter: &Arc<dyn Reporter>,
) -> Result<Outcome, Failure> {
    match (put(job, &ended, services, options, redactor, reporter).await, ended) {
        (Ok(()), ended) => ended.map(Ended::into_outcome),
        (Err(unput), Ok(_)) => Err(unput.into()),
        (Err(unput), Err(failure)) => Err(all([unput.into(), failure])),
    }
}

async fn put(
    job: &JobId,
    ended: &Result<Ended, Failure>,
    services: &impl Services,
    options: &JobOptions,
    redactor: &Redactor,
    reporter: &Arc<dyn Reporter>,
) -> Result<(), ReportError> {
    let external_id = options.external_execution_id.as_deref().unwrap_or(job.as_str());
    let (result, put) = match ended {
        Ok(Ended::Done(outcome)) => {
            (JobResult::Success(JobSuccess::new(outcome, Some(external_id), redactor)), PutResult::Success)
        }
        Ok(Ended::Suspended { token, suspension }) => {
            let suspension = JobSuspension::new(token.clone(), suspension, Some(external_id), redactor);
            (JobResult::Suspended(suspension), PutResult::Suspended)
        }
        Err(failure) => (JobResult::Failure(JobFailure::new(failure, Some(external_id), redactor)), PutResult::Failure),
    };
    let pause = async |error: ServiceError, again: Duration| {
        reporter.report(Event::ResultDelayed { job_id: job.to_string(), error, again });
        services.pause(again).await;
    };
    let reported = put_result(services.jobs(), job, &result, &pause).await?;
    let job_id = job.to_string();
    reporter.report(match reported {
        Reported::Put => Event::ResultPut { job_id, result: put },
        Reported::Already => Event::ResultAlreadyPut { job_id },
    });
    Ok(())
}

/// The failure without secrets.
pub fn redact_failure(failure: Failure, redactor: &Redactor) -> Failure {
    failure.map(|problem| Problem {
        message: redactor.redact(&problem.message),
        hint: problem.hint.map(|hint| redactor.redact(&hint)),
        place: problem.place.map(|mut place| {
            // Marks in a line that lost a secret would point anywhere.
            if redactor.redact(&place.source_line) != place.source_line {
                (place.source_line, place.marked) = (String::new(), 0..0);
            }
            place
        }),
    })
}

/// The end without secrets.
pub fn redact_outcome(ended: Ended, redactor: &Redactor) -> Ended {
    match ended {
        Ended::Done(outcome) => Ended::Done(Outcome {
            summary: redactor.redact(&outcome.summary),
            outputs: outcome.outputs.into_iter().map(|(name, value)| (name, redactor.redact(&value))).collect(),
        }),
        Ended::Suspended { token, suspension } => {
            let summary = redactor.redact(&suspension.summary);
            Ended::Suspended { token, suspension: Suspension { summary, ..suspension } }
        }
    }
}
