//! The signals that end a run in order: SIGINT, SIGTERM, SIGHUP and SIGQUIT.

use crate::facts::{Failure, FailureKind, Signal};
use std::io;
#[cfg(unix)]
use tokio::signal::unix::{self, SignalKind};

/// What SIGHUP does to a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnHangup {
    /// Ends it, unless the process was started with SIGHUP ignored, as by `nohup`.
    End,
    /// Nothing. The kernel sends SIGHUP to a stopped process whose parent ended.
    Ignore,
}

/// Handles signals in place of their default actions.
pub struct Signals {
    #[cfg(unix)]
    interrupt: unix::Signal,
    #[cfg(unix)]
    terminate: unix::Signal,
    #[cfg(unix)]
    quit: unix::Signal,
    /// Absent if the process was started with SIGHUP ignored, which the processes that it starts inherit.
    #[cfg(unix)]
    hangup: Option<unix::Signal>,
    #[cfg(unix)]
    on_hangup: OnHangup,
}

impl Signals {
    /// Installs the handlers. Needs a tokio runtime.
    pub fn listen(on_hangup: OnHangup) -> Result<Self, Failure> {
        Self::new(on_hangup)
            .map_err(|error| Failure::new(FailureKind::Internal, format!("cannot handle signals: {error}")))
    }

    #[cfg(unix)]
    fn new(on_hangup: OnHangup) -> io::Result<Self> {
        // The default action would end the process, so that a handler is needed even if SIGHUP does nothing.
        let hangup = if is_hangup_ignored() { None } else { Some(unix::signal(SignalKind::hangup())?) };
        Ok(Self {
            interrupt: unix::signal(SignalKind::interrupt())?,
            terminate: unix::signal(SignalKind::terminate())?,
            quit: unix::signal(SignalKind::quit())?,
            hangup,
            on_hangup,
        })
    }

    #[cfg(not(unix))]
    fn new(_: OnHangup) -> io::Result<Self> {
        Ok(Self {})
    }

    /// Resolves on SIGINT only. Other repeated signals are ignored; SIGKILL follows anyway.
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
        let signal = self.received().await;
        let message = match signal {
            Signal::Interrupt => "interrupted (SIGINT)",
            Signal::Terminate => "terminated (SIGTERM)",
            Signal::Hangup => "hung up (SIGHUP)",
            Signal::Quit => "quit (SIGQUIT)",
        };
        Failure::new(FailureKind::Interrupted(signal), message)
    }

    #[cfg(unix)]
    async fn received(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
            _ = self.quit.recv() => Signal::Quit,
            () = received(&mut self.hangup), if self.on_hangup == OnHangup::End => Signal::Hangup,
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

#[cfg(unix)]
async fn received(signal: &mut Option<unix::Signal>) {
    match signal {
        Some(signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}

/// Whether the process was started with SIGHUP ignored. Only Linux says (`SigIgn` in `proc_pid_status(5)`).
#[cfg(unix)]
fn is_hangup_ignored() -> bool {
    std::fs::read_to_string("/proc/self/status").is_ok_and(|status| ignores_hangup(&status))
}

#[cfg(unix)]
fn ignores_hangup(status: &str) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).map(str::trim);
    // SIGHUP is 1, hence the lowest bit.
    mask.and_then(|mask| u64::from_str_radix(mask, 16).ok()).is_some_and(|mask| mask & 1 == 1)
}

#[cfg(all(test, unix))]
mod tests {
    use super::ignores_hangup;

    #[test]
    fn the_kernel_reports_which_signals_are_ignored() {
        let rows = [("SigBlk:\t1\nSigIgn:\t0000000000001001\n", true), ("SigIgn:\t0000000000001000\n", false)];
        for (status, expected) in rows {
            assert_eq!(ignores_hangup(status), expected, "{status}");
        }
        assert!(!ignores_hangup("") && !ignores_hangup("SigIgn:\tx"));
    }
}
