//! What is archived, and how it is read.

use crate::files::IsOurs;
use std::path::{Path, PathBuf};

/// A local file or folder, and the form in which it is uploaded.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Source {
    /// A folder: a zip of its files.
    Folder(PathBuf),
    /// A file: a zip with one entry, named by the base name of the file.
    File(PathBuf),
    /// A file that is uploaded byte for byte.
    AsIs(PathBuf),
}

impl Source {
    pub fn path(&self) -> &Path {
        match self {
            Self::Folder(path) | Self::File(path) | Self::AsIs(path) => path,
        }
    }

    /// The file that holds the content of the entry of this name.
    pub fn path_of(&self, name: &str) -> PathBuf {
        match self {
            Self::Folder(folder) => folder.join(name),
            Self::File(file) | Self::AsIs(file) => file.clone(),
        }
    }
}

/// How the key of an archive is derived from its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum DigestRule {
    /// The MD5 that `sam package` derives from names and contents.
    #[default]
    Sam,
    /// SHA-256 over names, contents and modes.
    Sha256,
}

/// How symbolic links in a folder are archived. A source that is itself a link is always followed.
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

/// A file or folder that the run itself writes. It is left out of every archive.
#[derive(Debug, Clone)]
pub struct OwnFile {
    pub path: PathBuf,
    /// Tells a file of an earlier run from one that belongs to the artifact.
    pub is_ours: IsOurs,
}

/// How sources are read.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    pub digest: DigestRule,
    pub symlinks: SymlinkRule,
    pub own_files: Vec<OwnFile>,
    /// Reading anything outside this folder is an error.
    pub root: Option<PathBuf>,
    /// Compute SHA-256 even if it is not the key.
    pub with_sha256: bool,
}
