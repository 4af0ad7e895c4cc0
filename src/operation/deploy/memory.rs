//! The state of a deployment between two looks.

use crate::deploy::Phase;
use crate::facts::{Failure, FailureKind};
use crate::operation::State;
use crate::operation::application::ApplicationState;
use serde::{Deserialize, Serialize};
use std::sync::{Mutex, PoisonError};

/// What this process kept last, with the events that were read: the text of a state leaves them out.
#[derive(Debug, Default)]
pub struct Memory(Mutex<Option<(State, Remembered)>>);

/// Where a deployment stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Remembered {
    #[serde(flatten)]
    pub phase: Phase,
    /// The application that is deployed, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application: Option<ApplicationState>,
}

impl Memory {
    pub fn recall(&self, state: &State) -> Result<Remembered, Failure> {
        if let Some((_, remembered)) = self.last().filter(|(kept, _)| kept == state) {
            return Ok(remembered);
        }
        serde_json::from_str(&state.0).map_err(|_| {
            Failure::new(FailureKind::Usage, "the job continues a deployment of another version of samstep")
                .with_hint("let workers of one version finish their jobs, then retry the stage")
        })
    }

    /// Keeps where a deployment stands; returns the state for another process.
    pub fn keep(&self, phase: Phase, application: Option<ApplicationState>) -> State {
        let remembered = Remembered { phase, application };
        let state = State(serde_json::to_string(&remembered).expect("it has string keys only"));
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((state.clone(), remembered));
        state
    }

    /// Where the deployment stood when it was kept last. `None` if nothing was kept.
    pub fn phase(&self) -> Option<Phase> {
        self.last().map(|(_, remembered)| remembered.phase)
    }

    fn last(&self) -> Option<(State, Remembered)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::Memory;
    use crate::deploy::Phase;
    use crate::facts::{FailureKind, Timestamp};
    use crate::operation::State;
    use crate::operation::application::ApplicationState;

    #[test]
    fn another_process_reads_what_was_kept() {
        let application = ApplicationState { version: "1.2.0".to_owned(), template: Some("t-1".to_owned()) };
        let phase = Phase::begin("n", Timestamp::from_millis(1_790_000_000_123));
        for application in [None, Some(application)] {
            let state = Memory::default().keep(phase.clone(), application.clone());
            let read = Memory::default().recall(&state).unwrap();
            assert_eq!((&read.phase, &read.application), (&phase, &application), "{}", state.0);
        }
        for text in ["", "{}", "{\"run\":1}"] {
            let refused = Memory::default().recall(&State(text.to_owned())).unwrap_err();
            assert_eq!(refused.kind, FailureKind::Usage, "{text}");
        }
    }
}
