//! What is known of an archive before any byte of it is made.

use super::source::Source;
use std::path::PathBuf;

/// A source that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    pub source: Source,
    /// Names the object: MD5 or SHA-256, as the rule says, in lowercase hexadecimal.
    pub digest: String,
    /// The files, in the order of the bytes of their names.
    pub entries: Vec<Entry>,
    /// Size of all entries, uncompressed.
    pub bytes: u64,
    /// Number of entries.
    pub files: usize,
    /// In lowercase hexadecimal, if it was asked for.
    pub sha256: Option<String>,
}

impl Archive {
    /// The file that holds the content of an entry.
    pub fn path_of(&self, entry: &Entry) -> PathBuf {
        self.source.path_of(&entry.name)
    }
}

/// One file of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Path below the source, with `/` between folders.
    pub name: Box<str>,
    pub kind: EntryKind,
    /// Size in bytes, uncompressed.
    pub size: u64,
    /// CRC-32 of the content.
    pub crc: u32,
}

/// What an entry becomes when it is unpacked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryKind {
    /// A file of mode 0644.
    Plain,
    /// A file of mode 0755.
    Executable,
    /// A symbolic link with this target.
    Link(Box<[u8]>),
}

impl EntryKind {
    /// `st_mode` with the file type, as in the zip and in the SHA-256 digest.
    pub fn mode(&self) -> u32 {
        match self {
            Self::Plain => 0o100_644,
            Self::Executable => 0o100_755,
            Self::Link(_) => 0o120_777,
        }
    }
}
