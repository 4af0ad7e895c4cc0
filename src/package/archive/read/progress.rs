//! Reports how many bytes were read, at most once for each MiB.

use crate::facts::{Event, PackageEvent, Reporter};
use std::sync::atomic::{AtomicU64, Ordering};

const REPORT_BYTES: u64 = 1 << 20;

/// Counts the bytes that all threads read.
pub struct Progress<'a> {
    unreported: AtomicU64,
    reporter: &'a dyn Reporter,
}

impl<'a> Progress<'a> {
    /// Reports how much will be read.
    pub fn start(files: usize, bytes: u64, reporter: &'a dyn Reporter) -> Self {
        reporter.report(Event::Package(PackageEvent::ReadStarted { files, bytes }));
        Self { unreported: AtomicU64::new(0), reporter }
    }

    pub fn advance(&self, bytes: u64) {
        if self.unreported.fetch_add(bytes, Ordering::Relaxed) + bytes >= REPORT_BYTES {
            self.report();
        }
    }

    /// Reports the rest, and the end if everything was read.
    pub fn finish(&self, complete: bool) {
        self.report();
        if complete {
            self.reporter.report(Event::Package(PackageEvent::ReadFinished));
        }
    }

    fn report(&self) {
        let bytes = self.unreported.swap(0, Ordering::Relaxed);
        if bytes > 0 {
            self.reporter.report(Event::Package(PackageEvent::ReadAdvanced { bytes }));
        }
    }
}
