//! How the deployment of a run ended, for the end of the run.

use crate::facts::{DeployEvent, Event, Reporter, Verdict};
use std::sync::{Arc, Mutex, PoisonError};

/// The verdict of the last deployment. Clones share it.
#[derive(Clone, Default)]
pub struct LastVerdict(Arc<Mutex<Option<Box<Verdict>>>>);

impl LastVerdict {
    /// `None` if nothing was deployed, or the deployment ended without a verdict.
    pub fn get(&self) -> Option<Box<Verdict>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Reporter for LastVerdict {
    fn report(&self, event: Event) {
        if let Event::Deploy(DeployEvent::Ended(verdict)) = event {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(verdict);
        }
    }
}
