//! What can be wrong with an input artifact.

use crate::facts::{Explain, FailureKind};
use crate::job::store::FetchError;
use std::io::{self, ErrorKind};

/// As many characters of a name are shown: it may have thousands.
const SHOWN: usize = 200;

/// Why an input artifact cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// No private folder could be made for the job.
    #[error("cannot make a temporary folder for the job")]
    Folder(#[source] io::Error),
    /// The object could not be fetched.
    #[error("cannot fetch the input artifact {name}")]
    Fetch {
        /// Its name in the pipeline.
        name: String,
        /// Why not.
        source: FetchError,
    },
    /// The object could not be unpacked.
    #[error("cannot unpack the input artifact {name}")]
    Unpack {
        /// Its name in the pipeline.
        name: String,
        /// Why not.
        source: UnpackError,
    },
    /// A file is asked for and the object is no archive that could hold it.
    #[error("the input artifact {0} is not an archive (zip, tar or gzipped tar)")]
    NotAnArchive(String),
    /// The job has no such input artifact.
    #[error("the job has no input artifact {name}: it has {known}")]
    Unknown {
        /// The name asked for.
        name: String,
        /// The names that exist.
        known: String,
    },
    /// The artifact has no such file.
    #[error("{path} is not in the input artifact {name}")]
    NoFile {
        /// The artifact.
        name: String,
        /// The file asked for.
        path: String,
    },
}

/// Why bytes cannot be unpacked.
#[derive(Debug, thiserror::Error)]
pub enum UnpackError {
    /// An entry is refused.
    #[error("entry `{entry}` {wrong}")]
    Entry {
        /// Its name.
        entry: String,
        /// What is wrong with it.
        wrong: Wrong,
    },
    /// The object has no bytes.
    #[error("the object is empty")]
    NoBytes,
    /// The archive has no file.
    #[error("it holds no file")]
    Empty,
    /// The archive cannot be read.
    #[error("the archive is damaged: {0}")]
    Corrupt(String),
    /// More entries than allowed.
    #[error("it holds more than {limit} entries")]
    TooManyEntries {
        /// The limit.
        limit: usize,
    },
    /// More bytes than allowed.
    #[error("unpacked, it is larger than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: u64,
    },
    /// More to remember than allowed.
    #[error("its names and links are longer than {limit} bytes together")]
    TooManyNames {
        /// The limit.
        limit: usize,
    },
    /// Far more bytes than went in.
    #[error("unpacked, it is more than {ratio} times its size: refused as a decompression bomb")]
    Bomb {
        /// The limit.
        ratio: u64,
    },
    /// The disk does not take it.
    #[error("cannot write `{entry}`")]
    Disk {
        /// The entry.
        entry: String,
        /// Why not.
        source: io::Error,
    },
    /// Nobody waits for it any more.
    #[error("it was stopped")]
    Stopped,
}

/// What is wrong with an entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// `/x` or `C:x`.
    #[error("has an absolute name")]
    Absolute,
    /// `../x`.
    #[error("leaves the archive with `..`")]
    Parent,
    /// `a\b`.
    #[error("has a backslash in its name")]
    Backslash,
    /// A byte that ends names.
    #[error("has a NUL in its name")]
    Nul,
    /// Bytes that are no text.
    #[error("has a name that is not UTF-8")]
    NotUtf8,
    /// A path that no system call takes.
    #[error("has a path of more than {limit} bytes")]
    LongPath {
        /// The limit.
        limit: usize,
    },
    /// A file name that no disk takes.
    #[error("has a step of more than {limit} bytes in its name")]
    LongStep {
        /// The limit.
        limit: usize,
    },
    /// Folders in folders in folders.
    #[error("lies more than {limit} folders deep")]
    Deep {
        /// The limit.
        limit: usize,
    },
    /// A name that this disk does not take, where others might.
    #[error("has a name or a target that the disk refuses")]
    RefusedName,
    /// A second entry of one name.
    #[error("is in the archive twice")]
    Duplicate,
    /// Inside a file or a link.
    #[error("lies below an entry that is not a folder")]
    BelowNoFolder,
    /// A symbolic link to an empty name.
    #[error("is a link to nothing")]
    LinkEmpty,
    /// A symbolic link to bytes that are no text.
    #[error("is a link to a name that is not UTF-8")]
    LinkNotUtf8,
    /// A symbolic link to more than a path may be.
    #[error("is a link to a path of more than {limit} bytes")]
    LinkLong {
        /// The limit.
        limit: usize,
    },
    /// A symbolic link that leads outside.
    #[error("is a link out of the archive, to {target}")]
    LinkLeaves {
        /// Where it points.
        target: String,
    },
    /// A symbolic link that leads to itself.
    #[error("is a link that leads in a circle")]
    LinkCircle,
    /// A symbolic link through too many folders and others.
    #[error("is a link that goes more than {limit} steps")]
    LinkFar {
        /// The limit.
        limit: usize,
    },
    /// A hard link to something else than an earlier file.
    #[error("is a hard link to {target}, which is no file of the archive")]
    HardLink {
        /// What it names.
        target: String,
    },
    /// A device, pipe or socket.
    #[error("is neither a file, a folder nor a link")]
    Device,
    /// A file that would run as somebody else.
    #[error("has the set-user-id or set-group-id bit")]
    SetUserId,
}

impl Wrong {
    /// The error of an entry of this name.
    pub fn at(self, entry: &str) -> UnpackError {
        UnpackError::Entry { entry: shown(entry), wrong: self }
    }
}

impl UnpackError {
    /// The disk's refusal of an entry: a fault of the disk, unless it is the name that is refused.
    pub fn disk(entry: &str, source: io::Error) -> Self {
        match source.kind() {
            ErrorKind::InvalidFilename => Wrong::RefusedName.at(entry),
            _ => Self::Disk { entry: shown(entry), source },
        }
    }

    /// What came through a reader: an error of ours, or else one of the archive.
    pub fn reading(error: io::Error) -> Self {
        error.downcast().unwrap_or_else(|error| Self::Corrupt(error.to_string()))
    }

    /// The same in the middle of an entry.
    pub fn reading_entry(entry: &str, error: io::Error) -> Self {
        let corrupt = |error| Self::Corrupt(format!("entry `{}`: {error}", shown(entry)));
        error.downcast().unwrap_or_else(corrupt)
    }

    fn is_temporary(&self) -> bool {
        matches!(self, Self::Disk { .. } | Self::Stopped)
    }
}

/// A name, cut where it is longer than anyone reads.
pub fn shown(name: &str) -> String {
    match name.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

impl Explain for InputError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Folder(_) => FailureKind::Temporary,
            Self::Unpack { source, .. } if source.is_temporary() => FailureKind::Temporary,
            Self::Fetch { source, .. } => source.kind(),
            Self::Unpack { .. } | Self::NotAnArchive(_) => FailureKind::Input,
            Self::Unknown { .. } | Self::NoFile { .. } => FailureKind::Usage,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Folder(_) | Self::Unpack { source: UnpackError::Disk { .. }, .. } => {
                Some("give the disk of the temporary folder (TMPDIR) more room".to_owned())
            }
            Self::Unpack { source: UnpackError::Stopped, .. } => None,
            Self::Fetch { source, .. } => source.hint(),
            Self::Unpack { .. } | Self::NotAnArchive(_) => {
                Some("look at the action that makes this artifact".to_owned())
            }
            Self::Unknown { .. } => Some("name it in the action's inputArtifacts, or mend the path".to_owned()),
            Self::NoFile { .. } => {
                Some("names are case-sensitive and begin at the artifact's root, without ./".to_owned())
            }
        }
    }
}
