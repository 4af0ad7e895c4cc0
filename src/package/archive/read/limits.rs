//! Bounds on the number of files and on their bytes, which links multiply.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// The most that a folder, or all sources of a run, may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Files and folders.
    pub entries: usize,
    /// Bytes of the files, uncompressed.
    pub bytes: u64,
}

/// What is over its limit, with the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Excess {
    Entries(usize),
    Bytes(u64),
}

/// Counts files on all threads.
#[derive(Debug, Default)]
pub struct Counter {
    entries: AtomicUsize,
    bytes: AtomicU64,
}

impl Counter {
    pub fn add_entry(&self) {
        self.entries.fetch_add(1, Ordering::Relaxed);
    }

    pub fn add_bytes(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    pub fn excess(&self, limits: Limits) -> Option<Excess> {
        if self.entries.load(Ordering::Relaxed) > limits.entries {
            return Some(Excess::Entries(limits.entries));
        }
        (self.bytes.load(Ordering::Relaxed) > limits.bytes).then_some(Excess::Bytes(limits.bytes))
    }
}
