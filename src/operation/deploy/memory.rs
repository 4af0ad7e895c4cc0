//! The state of a deployment between two looks.

use crate::deploy::Phase;
use crate::facts::{Failure, FailureKind, Verdict};
use crate::operation::State;
use crate::operation::application::ApplicationState;
use std::sync::{Mutex, PoisonError};

/// What this process kept last.
#[derive(Debug, Default)]
pub struct Memory {
    /// Where the deployment stands, with the events that were read: the text of a state leaves them out.
    kept: Mutex<Option<(State, Remembered)>>,
    /// What is known of the deployment, if a report is asked for.
    so_far: Mutex<Option<Verdict>>,
}

/// Where a deployment stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Remembered {
    pub phase: Phase,
    /// The application that is deployed, if it is one.
    pub application: Option<ApplicationState>,
}

impl Memory {
    pub fn recall(&self, state: &State) -> Result<Remembered, Failure> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((_, remembered)) = kept.filter(|(other, _)| other == state) {
            return Ok(remembered);
        }
        read(&state.0).ok_or_else(|| {
            Failure::new(FailureKind::Usage, "the job continues a deployment of another version of samstep")
                .with_hint("let workers of one version finish their jobs, then retry the stage")
        })
    }

    /// Keeps a phase; returns its state.
    pub fn keep(&self, phase: Phase, application: Option<ApplicationState>) -> State {
        let state = state_of(&phase.to_json(), application.as_ref());
        let remembered = Remembered { phase, application };
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some((state.clone(), remembered));
        state
    }

    /// Keeps what is known of the deployment.
    pub fn note(&self, verdict: Verdict) {
        *self.so_far.lock().unwrap_or_else(PoisonError::into_inner) = Some(verdict);
    }

    /// What is known of the deployment. `None` if nothing was noted.
    pub fn so_far(&self) -> Option<Verdict> {
        self.so_far.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The text for another process: the phase on the first line, the application on the second one.
pub fn state_of(phase: &str, application: Option<&ApplicationState>) -> State {
    State(match application {
        Some(application) => format!("{phase}\n{}", application.to_json()),
        None => phase.to_owned(),
    })
}

fn read(text: &str) -> Option<Remembered> {
    let (phase, application) = match text.split_once('\n') {
        Some((phase, application)) => (phase, Some(ApplicationState::from_json(application)?)),
        None => (text, None),
    };
    Some(Remembered { phase: Phase::from_json(phase)?, application })
}
