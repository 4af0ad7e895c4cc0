//! The signals that end a run in order.

use crate::facts::{Failure, FailureKind, Signal};
use std::io;
#[cfg(unix)]
use tokio::signal::unix;

/// Handles SIGINT and SIGTERM in place of their default actions.
pub struct Signals {
    #[cfg(unix)]
    interrupt: unix::Signal,
    #[cfg(unix)]
    terminate: unix::Signal,
}

impl Signals {
    /// Installs the handlers. Needs a tokio runtime.
    pub fn listen() -> Result<Self, Failure> {
        Self::new().map_err(|error| Failure::new(FailureKind::Internal, format!("cannot handle signals: {error}")))
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

    /// Resolves on SIGINT only. Repeated SIGTERM is ignored; SIGKILL follows anyway.
    pub async fn insisted(&mut self) -> Failure {
        loop {
            let failure = self.next().await;
            if failure.kind == FailureKind::Interrupted(Signal::Interrupt) {
                return failure;
            }
        }
    }

    /// Resolves on the next signal, with the failure to end as.
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
