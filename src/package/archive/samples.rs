//! Folders and contents for the tests of this stage.

use super::error::ArchiveError;
use super::{Archive, ReadOptions, Source, read_all};
use crate::testing::recorder::Recorder;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A folder `app` in a new folder, so that a test can put something outside.
pub struct Tree {
    home: TempDir,
}

impl Tree {
    pub fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join("app")).unwrap();
        Self { home }
    }

    /// The folder around `app`.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    pub fn top(&self) -> PathBuf {
        self.home.path().join("app")
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.top().join(name)
    }

    pub fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    pub fn folder(self, name: &str) -> Self {
        fs::create_dir_all(self.path(name)).unwrap();
        self
    }

    pub fn link(self, name: &str, target: impl AsRef<Path>) -> Self {
        symlink(target, self.path(name)).unwrap();
        self
    }

    pub fn mode(self, name: &str, mode: u32) -> Self {
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(mode)).unwrap();
        self
    }

    pub fn source(&self) -> Source {
        Source::Folder(self.top())
    }

    pub fn read(&self) -> Archive {
        read(&self.source(), &ReadOptions::default()).unwrap()
    }
}

pub fn read(source: &Source, options: &ReadOptions) -> Result<Archive, ArchiveError> {
    read_all(std::slice::from_ref(source), options, &Recorder::default()).pop().unwrap()
}

pub fn names(archive: &Archive) -> Vec<&str> {
    archive.entries.iter().map(|entry| &*entry.name).collect()
}

/// Bytes without a pattern, the same in every run.
pub fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64 ^ bytes as u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    (0..bytes).map(|_| next()).collect()
}

/// Text that deflate shrinks to about a quarter.
pub fn text(bytes: usize) -> Vec<u8> {
    let lines = (0u32..).flat_map(|n| format!("{n}: the value is {}\n", n.wrapping_mul(n) % 9973).into_bytes());
    lines.take(bytes).collect()
}
