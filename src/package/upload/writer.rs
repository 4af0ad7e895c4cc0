//! The thread that makes archives, and what it sends.

use crate::facts::{Event, Failure, FailureKind, Reporter};
use crate::package::archive::{Archive, Piece, Stopped, write_all};
use bytes::Bytes;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Pieces that wait in the channel, of about 1 MiB each.
const PIECES_AHEAD: usize = 4;

/// What the thread sends, in order.
pub enum Made {
    /// The next bytes of the archive.
    Bytes(Bytes),
    /// The archive is complete.
    End,
    Event(Box<Event>),
}

/// The thread. Once this is dropped, it stops at its next piece.
pub struct Writer {
    made: mpsc::Receiver<Made>,
    thread: JoinHandle<Result<(), Failure>>,
}

impl Writer {
    /// Starts a thread that makes archives, one after the other.
    pub fn start(archives: Vec<Arc<Archive>>) -> Self {
        let (sender, made) = mpsc::channel(PIECES_AHEAD);
        let thread = tokio::task::spawn_blocking(move || write(&archives, &sender));
        Self { made, thread }
    }

    /// What the thread sends next. `None` after the last, and if it failed.
    pub async fn next(&mut self) -> Option<Made> {
        self.made.recv().await
    }

    /// Waits for the thread and returns how it ended.
    pub async fn end(self) -> Result<(), Failure> {
        drop(self.made);
        match self.thread.await {
            Ok(result) => result,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(error) => Err(Failure::new(FailureKind::Internal, format!("no archive can be made: {error}"))),
            },
        }
    }
}

fn write(archives: &[Arc<Archive>], sender: &mpsc::Sender<Made>) -> Result<(), Failure> {
    let archives: Vec<_> = archives.iter().map(Arc::as_ref).collect();
    let written = write_all(&archives, &Forward(sender.clone()), &mut |piece| {
        let made = match piece {
            Piece::Bytes(bytes) => Made::Bytes(bytes),
            Piece::End => Made::End,
        };
        sender.blocking_send(made).map_err(|_| Stopped)
    });
    written.map_err(Failure::from)
}

/// Sends events to the task that has the reporter.
struct Forward(mpsc::Sender<Made>);

impl Reporter for Forward {
    fn report(&self, event: Event) {
        // Without a receiver the event is lost; the next piece ends the thread.
        let _ = self.0.blocking_send(Made::Event(Box::new(event)));
    }
}
