//! A progress line twice a minute, so that a silent log does not look like a hang.

use super::progress::Progress;
use super::screen::Screen;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// Time between two lines.
const INTERVAL: Duration = Duration::from_secs(30);

/// Writes progress lines until it is dropped.
pub struct Heartbeat {
    /// Closing it wakes the thread, which then ends.
    _alive: Sender<()>,
}

impl Heartbeat {
    /// Starts. Returns `None` if no thread can be started; that is not an error.
    pub fn start(progress: Arc<Mutex<Progress>>, screen: Screen) -> Option<Self> {
        let (alive, dropped) = mpsc::channel::<()>();
        let beat = move || {
            while dropped.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
                let line = progress.lock().unwrap_or_else(PoisonError::into_inner).heartbeat();
                // Into the open section, if there is one.
                line.into_iter().for_each(|line| drop(screen.write(&format!("{line}\n"))));
            }
        };
        thread::Builder::new().name("heartbeat".to_owned()).spawn(beat).ok().map(|_| Self { _alive: alive })
    }
}
