//! The state of a deployment between two looks.

use crate::deploy::Phase;
use crate::facts::{Failure, FailureKind, Verdict};
use crate::operation::State;
use std::sync::{Mutex, PoisonError};

/// What this process kept last.
#[derive(Debug, Default)]
pub struct Memory {
    /// The phase, with the events that it read: the text of a state leaves them out.
    phase: Mutex<Option<(State, Phase)>>,
    /// What is known of the deployment, if a report is asked for.
    so_far: Mutex<Option<Verdict>>,
}

impl Memory {
    /// The phase of a state.
    pub fn recall(&self, state: &State) -> Result<Phase, Failure> {
        let kept = self.phase.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((_, phase)) = kept.filter(|(other, _)| other == state) {
            return Ok(phase);
        }
        Phase::from_json(&state.0).ok_or_else(|| {
            Failure::new(FailureKind::Usage, "the job continues a deployment of another version of samstep")
                .with_hint("let workers of one version finish their jobs, then retry the stage")
        })
    }

    /// Keeps a phase; returns its state.
    pub fn keep(&self, phase: Phase) -> State {
        let state = State(phase.to_json());
        *self.phase.lock().unwrap_or_else(PoisonError::into_inner) = Some((state.clone(), phase));
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
