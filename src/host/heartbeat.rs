//! A line now and then while a log would stand still.

use super::progress::Progress;
use super::screen::Screen;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// Time between two lines. CodeBuild and its kind show a log as it grows; silence looks like a hang.
const INTERVAL: Duration = Duration::from_secs(30);

/// Beats until it is dropped.
pub struct Heartbeat {
    /// Closing it wakes the thread, which then ends.
    _alive: Sender<()>,
}

impl Heartbeat {
    /// Begins to beat. Without a thread to be had there is no beat, which is no reason to stop the work.
    pub fn start(progress: Arc<Mutex<Progress>>, screen: Screen) -> Option<Self> {
        let (alive, dropped) = mpsc::channel::<()>();
        let beat = move || {
            while dropped.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
                let line = progress.lock().unwrap_or_else(PoisonError::into_inner).heartbeat();
                // Into the section that is open, if one is.
                line.into_iter().for_each(|line| drop(screen.write(&format!("{line}\n"))));
            }
        };
        thread::Builder::new().name("heartbeat".to_owned()).spawn(beat).ok().map(|_| Self { _alive: alive })
    }
}
