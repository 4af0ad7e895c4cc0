//! A file or folder → its digest, and later the bytes of its archive, the same on every machine.
//!
//! ```text
//!  Source ─walk─▶ Listing ─read─▶ Archive (digest, CRC, sizes)        pass 1: nothing is compressed
//!  Archive ─plan─▶ units ─pack, all cores─▶ bytes, in order ─▶ sink   pass 2: only what must be uploaded
//! ```

mod blocks;
mod checksum;
mod detect;
mod digest;
mod error;
mod hash;
mod huffman;
mod lanes;
mod limits;
mod link;
mod many_md5;
mod noise;
mod open;
mod pack;
mod plan;
mod progress;
mod read;
mod reread;
mod walk;
mod write;
mod zip;

#[cfg(test)]
mod tests;

pub use detect::is_zip;
pub use digest::hex;
#[cfg(test)]
pub use error::WriteError;
pub use limits::check_lambda_limit;
pub use read::read_all;
pub use walk::describe_special;
pub use write::{Piece, Stopped, write_all, zip_in_memory};

use std::path::{Path, PathBuf};

/// What an archive is made of.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Source {
    /// A folder: a zip of the files in it.
    Folder(PathBuf),
    /// A file: a zip with the file as its one entry, named by its base name.
    File(PathBuf),
    /// A file that is uploaded byte for byte.
    AsIs(PathBuf),
}

impl Source {
    /// The file or folder.
    pub fn path(&self) -> &Path {
        match self {
            Self::Folder(path) | Self::File(path) | Self::AsIs(path) => path,
        }
    }

    /// Where the content of the entry of this name is read from.
    fn path_of(&self, name: &str) -> PathBuf {
        match self {
            Self::Folder(folder) => folder.join(name),
            Self::File(file) | Self::AsIs(file) => file.clone(),
        }
    }
}

/// How the key of an archive is derived from what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum DigestRule {
    /// The MD5 that `sam package` derives from names and contents.
    #[default]
    Sam,
    /// SHA-256 over names, contents and modes.
    Sha256,
}

/// What becomes of a symbolic link in a folder. A source that is itself a link is always followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum SymlinkRule {
    /// Archive what it points at, as the peers do.
    #[default]
    Follow,
    /// Archive the link itself.
    Preserve,
    /// Refuse it.
    Error,
}

/// How sources are read.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// How keys are derived.
    pub digest: DigestRule,
    /// What becomes of links.
    pub symlinks: SymlinkRule,
    /// Files or folders that are left out wherever they are found: what this run itself writes.
    pub excluded: Vec<PathBuf>,
    /// Nothing may be read that resolves to a place outside this folder.
    pub root: Option<PathBuf>,
    /// Derive the SHA-256 digest even when it is not the key.
    pub with_sha256: bool,
}

/// A source that was read: all that is known of its archive before a byte of it is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    /// What it is made of.
    pub source: Source,
    /// The digest that names the object, in lowercase hexadecimal: MD5 or SHA-256 as the rule says.
    pub digest: String,
    /// The files in it, in the order of the bytes of their names.
    pub entries: Vec<Entry>,
    /// Size of all entries in bytes, uncompressed.
    pub bytes: u64,
    /// Number of entries.
    pub files: usize,
    /// The SHA-256 digest, where it was asked for.
    pub sha256: Option<String>,
}

/// One file of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Path below the source with `/` between folders.
    pub name: Box<str>,
    /// What kind of file it is.
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
    /// `st_mode` with the type of the file, as it stands in the zip and in the SHA-256 digest.
    pub fn mode(&self) -> u32 {
        match self {
            Self::Plain => 0o100_644,
            Self::Executable => 0o100_755,
            Self::Link(_) => 0o120_777,
        }
    }
}

impl Archive {
    /// Where an entry's content is read from.
    fn path_of(&self, entry: &Entry) -> PathBuf {
        self.source.path_of(&entry.name)
    }
}
