//! A panic is a bug; it ends the run like any other failure.

use crate::facts::{Failure, FailureKind};
use std::panic::{self, PanicHookInfo};
use std::sync::{Arc, Mutex, PoisonError};

/// Keeps what the first panic said, in place of printing it.
#[derive(Clone, Default)]
pub struct Panics(Arc<Mutex<Option<String>>>);

impl Panics {
    /// Listens to every thread from now on.
    pub fn listen() -> Self {
        let panics = Self::default();
        let first = Arc::clone(&panics.0);
        panic::set_hook(Box::new(move |info| {
            first.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| told(info));
        }));
        panics
    }

    /// The failure that a panic is.
    pub fn failure(&self) -> Failure {
        let said = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let said = said.unwrap_or_else(|| "it does not say where".to_owned());
        Failure::new(FailureKind::Internal, format!("samstep met a bug, please report it: {said}"))
    }
}

fn told(info: &PanicHookInfo<'_>) -> String {
    let payload = info.payload();
    let text = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let place = info.location().map_or_else(String::new, |place| format!(" at {place}"));
    format!("{}{place}", text.unwrap_or("a panic without words"))
}
