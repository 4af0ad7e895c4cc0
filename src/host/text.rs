//! Plain lines for a log.

use super::heartbeat::Heartbeat;
use super::progress::Progress;
use super::screen::Screen;
use super::words::{self, Detail};
use crate::facts::{Event, PackageEvent, Reporter};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Writes events as whole lines, with a progress line if nothing else is written for long.
pub struct TextReporter {
    screen: Screen,
    detail: Detail,
    progress: Arc<Mutex<Progress>>,
    heartbeat: OnceLock<Option<Heartbeat>>,
}

impl TextReporter {
    /// With a line for each object.
    pub fn new(screen: Screen) -> Self {
        Self::with(screen, Detail::Objects)
    }

    /// Without progress, and without a line for each object.
    pub fn quiet(screen: Screen) -> Self {
        Self::with(screen, Detail::Quiet)
    }

    fn with(screen: Screen, detail: Detail) -> Self {
        Self { screen, detail, progress: Arc::default(), heartbeat: OnceLock::new() }
    }

    fn note(&self, event: &PackageEvent) {
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        progress.note(event);
        if progress.is_active() {
            self.heartbeat.get_or_init(|| Heartbeat::start(Arc::clone(&self.progress), self.screen.clone()));
        }
    }
}

impl Reporter for TextReporter {
    fn report(&self, event: Event) {
        if let (Detail::Objects, Event::Package(event)) = (self.detail, &event) {
            self.note(event);
        }
        if let Some(line) = words::lines(&event, self.detail, self.screen.redactor()) {
            match words::section(&event) {
                Some(section) => self.screen.line_in(section, &line),
                None => self.screen.line(&line),
            }
        }
    }
}
