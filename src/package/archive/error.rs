//! What can go wrong between a file or folder and its archive.

use crate::facts::{Explain, FailureKind};
use std::io;
use std::path::{Path, PathBuf};

/// Problems of one source that are named; the rest is counted.
pub const NAMED_PROBLEMS: usize = 10;

/// Why a source cannot be archived.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// There is nothing at the path.
    #[error("cannot archive {}: no such file or folder", .path.display())]
    Missing {
        /// The path.
        path: PathBuf,
    },
    /// A link points at nothing.
    #[error("cannot follow the symbolic link {}: its target {} does not exist", .link.display(), .target.display())]
    BrokenLink {
        /// The link.
        link: PathBuf,
        /// Its target, as the link spells it.
        target: PathBuf,
    },
    /// A link points at something that cannot be reached.
    #[error("cannot follow the symbolic link {} to {}", .link.display(), .target.display())]
    UnreachableLink {
        /// The link.
        link: PathBuf,
        /// Its target, as the link spells it.
        target: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// A link points at a folder that holds the link.
    #[error("cannot follow the symbolic link {}: its target {} holds the link itself", .link.display(), .target.display())]
    LinkCycle {
        /// The link.
        link: PathBuf,
        /// Its target, as the link spells it.
        target: PathBuf,
    },
    /// A link that would be kept as a link leads out of the archive.
    #[error("cannot keep the symbolic link {}: its target {} is outside the folder", .link.display(), .target.display())]
    LinkLeavesFolder {
        /// The link.
        link: PathBuf,
        /// Its target, as the link spells it.
        target: PathBuf,
    },
    /// Links are not wanted.
    #[error("{} is a symbolic link to {}, and links are refused", .link.display(), .target.display())]
    LinkRefused {
        /// The link.
        link: PathBuf,
        /// Its target, as the link spells it.
        target: PathBuf,
    },
    /// What would be read lies outside the folder that bounds the run.
    #[error("cannot read {}: it leads to {}, outside {}", .path.display(), .target.display(), .root.display())]
    OutsideRoot {
        /// The path as it was named or found.
        path: PathBuf,
        /// Where it leads.
        target: PathBuf,
        /// The folder that nothing may leave.
        root: PathBuf,
    },
    /// Neither file nor folder nor link.
    #[error("cannot archive {}: it is {what}", .path.display())]
    Special {
        /// The path.
        path: PathBuf,
        /// What it is, with its article.
        what: &'static str,
    },
    /// A file where a folder was to be, or the other way round.
    #[error("cannot archive {}: it is not a {wanted}", .path.display())]
    WrongKind {
        /// The path.
        path: PathBuf,
        /// What was wanted.
        wanted: &'static str,
    },
    /// Names in an archive are UTF-8.
    #[error("cannot archive {name} in {}: the name is not UTF-8", .folder.display())]
    NameNotUtf8 {
        /// The folder that has the name.
        folder: PathBuf,
        /// The name, with escapes.
        name: String,
    },
    /// The ignore file has a line that is not a pattern.
    #[error("cannot read {}: {reason}", .path.display())]
    IgnoreFile {
        /// The ignore file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The system did not let us read.
    #[error("cannot read {}", .path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// More than any artifact has, most likely the same folders again and again by links.
    #[error("cannot archive {}: it holds more than {limit} files and folders", .path.display())]
    TooMany {
        /// The folder.
        path: PathBuf,
        /// How many are taken.
        limit: usize,
    },
    /// The file grew or shrank while it was read.
    #[error("cannot archive {}: it changed while it was read", .path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// More than one of these in one source.
    #[error("cannot archive {}: {}", .path.display(), list(.problems, *.more))]
    Several {
        /// The source.
        path: PathBuf,
        /// The first problems, in the order of their paths.
        problems: Vec<Self>,
        /// How many there are beyond these.
        more: usize,
    },
}

impl ArchiveError {
    /// All problems of one source as one error. `None` when there is none.
    pub fn all(path: PathBuf, mut problems: Vec<Self>) -> Option<Self> {
        if problems.len() < 2 {
            return problems.pop();
        }
        problems.sort_by(|a, b| a.path().cmp(b.path()));
        let more = problems.len().saturating_sub(NAMED_PROBLEMS);
        problems.truncate(NAMED_PROBLEMS);
        Some(Self::Several { path, problems, more })
    }

    /// The file, link or folder that it is about.
    fn path(&self) -> &Path {
        match self {
            Self::Missing { path }
            | Self::OutsideRoot { path, .. }
            | Self::Special { path, .. }
            | Self::WrongKind { path, .. }
            | Self::NameNotUtf8 { folder: path, .. }
            | Self::IgnoreFile { path, .. }
            | Self::Unreadable { path, .. }
            | Self::TooMany { path, .. }
            | Self::Changed { path }
            | Self::Several { path, .. } => path,
            Self::BrokenLink { link, .. }
            | Self::UnreachableLink { link, .. }
            | Self::LinkCycle { link, .. }
            | Self::LinkLeavesFolder { link, .. }
            | Self::LinkRefused { link, .. } => link,
        }
    }
}

impl Explain for ArchiveError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Unreadable { source, .. } if source.kind() != io::ErrorKind::PermissionDenied => FailureKind::Failed,
            Self::Changed { .. } => FailureKind::Failed,
            Self::Several { problems, .. } => problems.first().map_or(FailureKind::Usage, Explain::kind),
            Self::Missing { .. }
            | Self::BrokenLink { .. }
            | Self::UnreachableLink { .. }
            | Self::LinkCycle { .. }
            | Self::LinkLeavesFolder { .. }
            | Self::LinkRefused { .. }
            | Self::OutsideRoot { .. }
            | Self::Special { .. }
            | Self::WrongKind { .. }
            | Self::NameNotUtf8 { .. }
            | Self::IgnoreFile { .. }
            | Self::TooMany { .. }
            | Self::Unreadable { .. } => FailureKind::Usage,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Missing { .. } => "run the build first if it makes this path",
            Self::BrokenLink { .. } | Self::UnreachableLink { .. } | Self::LinkCycle { .. } => {
                "remove the link, exclude it in .samignore, or keep links as links (--symlinks preserve)"
            }
            Self::LinkLeavesFolder { .. } => {
                "exclude it in .samignore, or archive what it points at (--symlinks follow)"
            }
            Self::LinkRefused { .. } | Self::Special { .. } | Self::NameNotUtf8 { .. } => {
                "remove it, or exclude it in the folder's .samignore"
            }
            Self::TooMany { .. } => {
                "exclude what is not needed in .samignore; links that lead to each other's folders are archived once for \
                 each way to them, unless they are kept as links (--symlinks preserve)"
            }
            Self::Changed { .. } => "let nothing write to the folder while it is packaged",
            Self::Unreadable { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
                "make it readable, or exclude it in the folder's .samignore"
            }
            Self::Several { problems, .. } => return problems.first().and_then(Explain::hint),
            Self::OutsideRoot { .. } | Self::WrongKind { .. } | Self::IgnoreFile { .. } | Self::Unreadable { .. } => {
                return None;
            }
        };
        Some(hint.to_owned())
    }
}

fn list(problems: &[ArchiveError], more: usize) -> String {
    let mut lines: Vec<String> = problems.iter().map(in_full).collect();
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    format!("{} problems: {}", problems.len() + more, lines.join("; "))
}

fn in_full(problem: &ArchiveError) -> String {
    match std::error::Error::source(problem) {
        Some(cause) => format!("{problem}: {cause}"),
        None => problem.to_string(),
    }
}

/// Why the bytes of an archive cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The file is not what its digest was made of.
    #[error("cannot archive {}: it changed after its digest was taken", .path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// The system did not let us read.
    #[error("cannot read {} again", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// The receiver of the bytes is gone; it knows why.
    #[error("nobody takes the archive's bytes any more")]
    Stopped,
}

impl Explain for WriteError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Changed { .. } | Self::Unreadable { .. } => FailureKind::Failed,
            Self::Stopped => FailureKind::Internal,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Changed { .. } => Some("let nothing write to the folder while it is packaged".to_owned()),
            Self::Unreadable { .. } | Self::Stopped => None,
        }
    }
}
