//! The state of a deployment between two looks.

use crate::deploy::Phase;
use crate::facts::{Failure, FailureKind};
use crate::operation::State;
use std::sync::{Mutex, PoisonError};

/// The phase that this process kept last, with the events that it read: the text of a state leaves them out.
#[derive(Debug, Default)]
pub struct Memory(Mutex<Option<(State, Phase)>>);

impl Memory {
    /// The phase of a state.
    pub fn recall(&self, state: &State) -> Result<Phase, Failure> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
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
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((state.clone(), phase));
        state
    }
}
