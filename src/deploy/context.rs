//! What the steps of a deployment share: what it is asked to do, whom it asks, and what to do about a call that failed.

use super::lines::Lines;
use super::options::DeployOptions;
use super::pace;
use super::packaged::PackagedTemplate;
use super::phase::{Run, Step};
use crate::facts::{
    DeployEvent, DeployWarning, Event, Explain, Failure, Reason, Reporter, ServiceError, Timestamp, Verdict, Warning,
    WarningKind,
};
use std::time::Duration;

/// Failed calls in a row after which a step gives up that CloudFormation does not continue by itself: some two minutes.
const PATIENCE: u32 = 8;
/// Expired credentials may be renewed by their provider.
const CREDENTIALS_PATIENCE: u32 = 4;
/// Failed calls in a row before it is said.
const SILENT_MISSES: u32 = 3;

/// What a deployment works with.
pub struct Context<'a, S> {
    pub options: &'a DeployOptions,
    pub stacks: &'a S,
    /// The template of a new change set.
    pub template: &'a dyn PackagedTemplate,
    pub reporter: &'a dyn Reporter,
    /// The templates that the user wrote.
    pub lines: Option<Lines<'a>>,
    pub now: Timestamp,
}

/// What follows a step.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    Go(Step),
    Wait(Wait),
    Done(Box<Verdict>),
}

/// A step that waits.
#[derive(Debug, Clone, PartialEq)]
pub struct Wait {
    pub step: Step,
    pub time: Duration,
    /// 0 to 99.
    pub percent: u8,
    /// What it waits for, in one line.
    pub summary: String,
}

/// How long a step tries a call again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// For some two minutes, since nothing goes on without us; until the deadline while the service is only busy.
    Short,
    /// Until the deadline: CloudFormation goes on.
    UntilDeadline,
}

impl<S> Context<'_, S> {
    pub fn report(&self, run: &mut Run, event: DeployEvent) {
        run.said = self.now;
        self.reporter.report(Event::Deploy(event));
    }

    pub fn warn(&self, name: &str, warning: DeployWarning) {
        self.reporter.report(Event::Warning(Warning::new(name, WarningKind::Deploy(warning))));
    }

    /// The time until a failed call is made again, or the error if that has no sense.
    pub fn again(&self, run: &mut Run, error: ServiceError, patience: Patience) -> Result<Duration, ServiceError> {
        run.misses += 1;
        if !is_passing(&error, run.misses, patience) {
            return Err(error);
        }
        let again = pace::back_off(run);
        if run.misses == SILENT_MISSES {
            self.report(run, DeployEvent::WatchDelayed { error, again });
        }
        Ok(again)
    }

    /// Waits and makes the call of a step again, or fails with its error.
    pub fn retry(&self, run: &mut Run, step: Step, error: ServiceError, summary: &str) -> Result<Next, Failure> {
        let time = self.again(run, error, Patience::Short)?;
        Ok(Next::Wait(Wait { step, time, percent: 0, summary: summary.to_owned() }))
    }

    /// Whether a call may be made: a denial is reported once and then taken for granted.
    pub fn may(&self, run: &Run, action: &str) -> bool {
        !run.denied.contains(action)
    }

    /// The answer of a call for more detail; none if it failed, which is reported once for each action. The action may be
    /// tried again if the failure was a passing one, such as throttling.
    pub fn detail<T>(&self, run: &mut Run, answer: Result<T, ServiceError>) -> Option<T> {
        match answer {
            Ok(found) => Some(found),
            Err(error) => {
                let reported = if error.is_retryable() { &mut run.delayed } else { &mut run.denied };
                if reported.insert(error.operation.to_owned()) {
                    self.report(run, DeployEvent::DetailMissing { error });
                }
                None
            }
        }
    }
}

fn is_passing(error: &ServiceError, misses: u32, patience: Patience) -> bool {
    let may_be_renewed = matches!(error.reason, Reason::ExpiredCredentials | Reason::NoCredentials);
    match patience {
        Patience::Short => error.reason == Reason::Throttled || error.is_retryable() && misses <= PATIENCE,
        Patience::UntilDeadline => error.is_retryable() || may_be_renewed && misses <= CREDENTIALS_PATIENCE,
    }
}

/// Whether an error is about credentials that ended or cannot be found.
pub fn is_without_credentials(error: &ServiceError) -> bool {
    match error.reason {
        Reason::ExpiredCredentials | Reason::NoCredentials | Reason::WrongCredentials => true,
        Reason::AccessDenied
        | Reason::NotFound
        | Reason::WrongRegion(_)
        | Reason::Throttled
        | Reason::Unavailable
        | Reason::Network
        | Reason::Corrupt
        | Reason::InvalidState
        | Reason::Rejected => false,
    }
}

/// A failed call as the failure of a step, with more to do than the error says.
pub fn failed(error: ServiceError, hint: &str) -> Failure {
    let own = error.hint();
    Failure::from(error).with_hint(match own {
        Some(own) => format!("{own}; {hint}"),
        None => hint.to_owned(),
    })
}
