//! What can be wrong with an input artifact.

use crate::failure::{Explain, FailureKind};
use crate::job::store::FetchError;
use std::io;

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
    /// A second entry of one name.
    #[error("is in the archive twice")]
    Duplicate,
    /// Inside a file or a link.
    #[error("lies below an entry that is not a folder")]
    BelowNoFolder,
    /// A symbolic link that leads outside.
    #[error("is a link out of the archive, to {target}")]
    LinkLeaves {
        /// Where it points.
        target: String,
    },
    /// A symbolic link that leads to itself.
    #[error("is a link that leads in a circle")]
    LinkCircle,
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
        UnpackError::Entry { entry: entry.to_owned(), wrong: self }
    }
}

impl UnpackError {
    /// The disk's refusal of an entry.
    pub fn disk(entry: &str, source: io::Error) -> Self {
        Self::Disk { entry: entry.to_owned(), source }
    }
}

impl Explain for InputError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Folder(_) | Self::Unpack { source: UnpackError::Disk { .. }, .. } => FailureKind::Temporary,
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
