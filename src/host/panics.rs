//! A panic is a bug; it ends the run like any other failure.

use crate::facts::{Failure, FailureKind};
use std::panic::{self, PanicHookInfo};
use std::sync::{Arc, Mutex, PoisonError};

/// Keeps the message of the first panic in place of printing it.
#[derive(Clone, Default)]
pub struct Panics(Arc<Mutex<Option<String>>>);

impl Panics {
    /// Installs the panic hook for every thread.
    pub fn hook() -> Self {
        let panics = Self::default();
        let first = Arc::clone(&panics.0);
        panic::set_hook(Box::new(move |info| {
            first.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| message(info));
        }));
        panics
    }

    /// The failure that a panic is.
    pub fn failure(&self) -> Failure {
        let message = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let message = message.unwrap_or_else(|| "a panic at an unknown place".to_owned());
        Failure::new(FailureKind::Internal, message)
    }
}

fn message(info: &PanicHookInfo<'_>) -> String {
    let payload = info.payload();
    let text = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let place = info.location().map_or_else(String::new, |place| format!(" at {place}"));
    format!("{}{place}", text.unwrap_or("a panic without a message"))
}
