//! What was reported.

use crate::facts::{Event, Reporter};
use std::sync::Mutex;

/// Keeps every event, in order.
#[derive(Debug, Default)]
pub struct Recorder(Mutex<Vec<Event>>);

impl Recorder {
    /// The events so far.
    pub fn events(&self) -> Vec<Event> {
        self.0.lock().expect("no test panics while it holds the lock").clone()
    }
}

impl Reporter for Recorder {
    fn report(&self, event: Event) {
        self.0.lock().expect("no test panics while it holds the lock").push(event);
    }
}
