//! The thread on which archives are made, and what it hands over.

use crate::facts::{Event, Reporter};
use crate::package::archive::{Archive, Piece, Stopped, WriteError, write_all};
use bytes::Bytes;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Pieces that wait to be taken, of about 1 MiB each.
const PIECES_AHEAD: usize = 4;

/// What comes from the thread, in order.
pub enum Made {
    /// The next bytes of the archive.
    Bytes(Bytes),
    /// The archive is whole.
    End,
    /// To be reported.
    Event(Event),
}

/// Archives under way. Once it is dropped, the thread stops at its next piece.
pub struct Writer {
    made: mpsc::Receiver<Made>,
    thread: JoinHandle<Result<(), WriteError>>,
}

impl Writer {
    /// Starts to make archives, one after the other.
    pub fn start(archives: Vec<Arc<Archive>>) -> Self {
        let (sender, made) = mpsc::channel(PIECES_AHEAD);
        let thread = tokio::task::spawn_blocking(move || write(&archives, &sender));
        Self { made, thread }
    }

    /// The next thing made. `None` after the last, also when that came too early.
    pub async fn next(&mut self) -> Option<Made> {
        self.made.recv().await
    }

    /// How it ended.
    pub async fn end(self) -> Result<(), WriteError> {
        drop(self.made);
        match self.thread.await {
            Ok(result) => result,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Err(WriteError::Stopped),
            },
        }
    }
}

fn write(archives: &[Arc<Archive>], sender: &mpsc::Sender<Made>) -> Result<(), WriteError> {
    let archives: Vec<_> = archives.iter().map(Arc::as_ref).collect();
    write_all(&archives, &Forward(sender.clone()), &mut |piece| {
        let made = match piece {
            Piece::Bytes(bytes) => Made::Bytes(bytes),
            Piece::End => Made::End,
        };
        sender.blocking_send(made).map_err(|_| Stopped)
    })
}

/// Takes events to the task that has the reporter.
struct Forward(mpsc::Sender<Made>);

impl Reporter for Forward {
    fn report(&self, event: Event) {
        // Nobody is left to be told once the receiver is gone; the sink notices by itself.
        let _ = self.0.blocking_send(Made::Event(event));
    }
}
