//! The signals by which a host asks a run to end.

use crate::failure::{Failure, FailureKind, Signal};
use std::io;
#[cfg(unix)]
use tokio::signal::unix;

/// Hears SIGINT and SIGTERM in place of dying of them.
pub struct Signals {
    #[cfg(unix)]
    interrupt: unix::Signal,
    #[cfg(unix)]
    terminate: unix::Signal,
}

impl Signals {
    /// Listens from now on. Asks for a runtime.
    pub fn listen() -> Result<Self, Failure> {
        Self::new().map_err(|error| Failure::new(FailureKind::Internal, format!("signals cannot be heard: {error}")))
    }

    #[cfg(unix)]
    fn new() -> io::Result<Self> {
        let kinds = (unix::SignalKind::interrupt(), unix::SignalKind::terminate());
        Ok(Self { interrupt: unix::signal(kinds.0)?, terminate: unix::signal(kinds.1)? })
    }

    #[cfg(not(unix))]
    fn new() -> io::Result<Self> {
        Ok(Self {})
    }

    /// What a second signal makes of it. A host that terminates again only repeats itself: what it does to those that
    /// take too long is no signal that can be heard.
    pub async fn insisted(&mut self) -> Failure {
        loop {
            let failure = self.next().await;
            if failure.kind == FailureKind::Interrupted(Signal::Interrupt) {
                return failure;
            }
        }
    }

    /// What the next signal makes of the run.
    pub async fn next(&mut self) -> Failure {
        match self.received().await {
            Signal::Interrupt => ended(Signal::Interrupt, "interrupted (SIGINT)"),
            Signal::Terminate => ended(Signal::Terminate, "terminated (SIGTERM)"),
        }
    }

    #[cfg(unix)]
    async fn received(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
        }
    }

    #[cfg(not(unix))]
    async fn received(&mut self) -> Signal {
        match tokio::signal::ctrl_c().await {
            Ok(()) => Signal::Interrupt,
            Err(_) => std::future::pending().await,
        }
    }
}

fn ended(signal: Signal, message: &str) -> Failure {
    Failure::new(FailureKind::Interrupted(signal), message)
}
