//! Why a source cannot be read, and why its archive cannot be written.

use crate::facts::{Explain, Failure, FailureKind};
use crate::text::human_bytes;
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Problems of one source that are named; the others are counted.
const NAMED_PROBLEMS: usize = 10;

const LINK_HINT: &str = "remove the link, exclude it in .samignore, or keep links as links (--symlinks preserve)";
const REMOVE_HINT: &str = "remove it, or exclude it in the folder's .samignore";
const CHANGED_HINT: &str = "let nothing write to the folder while it is packaged";

const FILES_HINT: &str = "exclude what is not needed in .samignore; links that lead to each other's folders are archived \
                          once for each way to them, unless they are kept as links (--symlinks preserve)";
const BYTES_HINT: &str = "exclude what is not needed in .samignore; a file counts once for each link to it, unless \
                          symbolic links are kept as links (--symlinks preserve)";

/// Why a source cannot be archived.
#[derive(Debug, thiserror::Error)]
#[error("{}", .failure.cause())]
pub struct ArchiveError {
    /// The file, link or folder that it is about.
    path: PathBuf,
    failure: Failure,
}

impl ArchiveError {
    fn new(kind: FailureKind, path: &Path, message: String) -> Self {
        Self { path: path.to_path_buf(), failure: Failure::new(kind, message) }
    }

    fn usage(path: &Path, message: String) -> Self {
        Self::new(FailureKind::Usage, path, message)
    }

    fn with_hint(self, hint: &str) -> Self {
        Self { failure: self.failure.with_hint(hint), ..self }
    }

    pub fn missing(path: &Path) -> Self {
        Self::usage(path, format!("cannot archive {}: no such file or folder", path.display()))
            .with_hint("run the build first if it makes this path")
    }

    pub fn broken_link(link: &Path, target: &Path) -> Self {
        Self::link(link, format!(": its target {} does not exist", target.display()))
    }

    /// A link to something that exists and cannot be reached.
    pub fn unreachable_link(link: &Path, target: &Path, error: &io::Error) -> Self {
        Self::link(link, format!(" to {}: {error}", target.display()))
    }

    /// A link to a folder that contains the link.
    pub fn link_cycle(link: &Path, target: &Path) -> Self {
        Self::link(link, format!(": its target {} holds the link itself", target.display()))
    }

    fn link(link: &Path, reason: String) -> Self {
        Self::usage(link, format!("cannot follow the symbolic link {}{reason}", link.display())).with_hint(LINK_HINT)
    }

    /// A link that is kept as a link and leads out of the archive.
    pub fn link_leaves_folder(link: &Path, target: &Path) -> Self {
        let (link_text, target) = (link.display(), target.display());
        Self::usage(
            link,
            format!("cannot keep the symbolic link {link_text}: its target {target} is outside the folder"),
        )
        .with_hint("exclude it in .samignore, or archive what it points at (--symlinks follow)")
    }

    pub fn link_refused(link: &Path, target: &Path) -> Self {
        let (link_text, target) = (link.display(), target.display());
        Self::usage(link, format!("{link_text} is a symbolic link to {target}, and links are refused"))
            .with_hint(REMOVE_HINT)
    }

    pub fn outside_root(path: &Path, target: &Path, root: &Path) -> Self {
        let (target, root) = (target.display(), root.display());
        Self::usage(path, format!("cannot read {}: it leads to {target}, outside {root}", path.display()))
    }

    /// A socket, pipe or device. `what` has its article.
    pub fn special(path: &Path, what: &str) -> Self {
        Self::usage(path, format!("cannot archive {}: it is {what}", path.display())).with_hint(REMOVE_HINT)
    }

    /// A file instead of a folder, or a folder instead of a file.
    pub fn wrong_kind(path: &Path, wanted: &str) -> Self {
        Self::usage(path, format!("cannot archive {}: it is not a {wanted}", path.display()))
    }

    pub fn name_not_utf8(folder: &Path, name: &OsStr) -> Self {
        let name = name.as_bytes().escape_ascii();
        Self::usage(folder, format!("cannot archive {name} in {}: the name is not UTF-8", folder.display()))
            .with_hint(REMOVE_HINT)
    }

    /// The ignore file is larger than any that people write. `reason` says what there is too much of.
    pub fn ignore_file_too_large(path: &Path, reason: &str) -> Self {
        Self::usage(path, format!("cannot read {}: {reason}", path.display()))
            .with_hint("use patterns for kinds of files instead of one for each file")
    }

    /// A file of the artifact in the place of an output.
    pub fn would_be_replaced(path: &Path) -> Self {
        let message =
            format!("cannot write {}: it is a file of the artifact, and no earlier run wrote it", path.display());
        Self::usage(path, message).with_hint("name another file for what this run writes")
    }

    pub fn too_many_files(path: &Path, limit: usize) -> Self {
        Self::usage(path, format!("cannot archive {}: it holds more than {limit} files and folders", path.display()))
            .with_hint(FILES_HINT)
    }

    pub fn too_many_bytes(path: &Path, limit: u64) -> Self {
        Self::usage(path, format!("cannot archive {}: it holds more than {}", path.display(), human_bytes(limit)))
            .with_hint(BYTES_HINT)
    }

    pub fn too_many_files_in_run(path: &Path, limit: usize) -> Self {
        let what = format!("together, the artifacts of this run hold more than {limit} files and folders");
        Self::usage(path, format!("cannot archive {}: {what}", path.display())).with_hint(FILES_HINT)
    }

    pub fn too_many_bytes_in_run(path: &Path, limit: u64) -> Self {
        let what = format!("together, the artifacts of this run hold more than {}", human_bytes(limit));
        Self::usage(path, format!("cannot archive {}: {what}", path.display())).with_hint(BYTES_HINT)
    }

    /// The file grew or shrank while it was read.
    pub fn changed(path: &Path) -> Self {
        let message = format!("cannot archive {}: it changed while it was read", path.display());
        Self::new(FailureKind::Failed, path, message).with_hint(CHANGED_HINT)
    }

    pub fn unreadable(path: &Path, error: &io::Error) -> Self {
        let message = format!("cannot read {}: {error}", path.display());
        if error.kind() == io::ErrorKind::PermissionDenied {
            let hint = "make it readable, or exclude it in the folder's .samignore";
            return Self::usage(path, message).with_hint(hint);
        }
        Self::new(FailureKind::Failed, path, message)
    }

    /// All problems of one source as one error, sorted by path. `None` if there are no problems.
    pub fn all(path: &Path, mut problems: Vec<Self>) -> Option<Self> {
        if problems.len() < 2 {
            return problems.pop();
        }
        problems.sort_by(|a, b| a.path.cmp(&b.path));
        let (count, more) = (problems.len(), problems.len().saturating_sub(NAMED_PROBLEMS));
        let mut lines: Vec<_> = problems.iter().take(NAMED_PROBLEMS).map(ToString::to_string).collect();
        lines.extend((more > 0).then(|| format!("and {more} more")));
        let message = format!("cannot archive {}: {count} problems: {}", path.display(), lines.join("; "));
        let (kind, hint) = (problems[0].kind(), problems[0].hint());
        let all = Self::new(kind, path, message);
        Some(match hint {
            Some(hint) => all.with_hint(&hint),
            None => all,
        })
    }
}

impl Explain for ArchiveError {
    fn kind(&self) -> FailureKind {
        self.failure.kind
    }

    fn hint(&self) -> Option<String> {
        self.failure.problems.first().and_then(|problem| problem.hint.clone())
    }
}

/// Why the bytes of an archive cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The file is not the one that was hashed.
    #[error("cannot archive {}: it changed after its digest was taken", .path.display())]
    Changed { path: PathBuf },
    #[error("cannot read {} again", .path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    /// The receiver of the bytes ended; its own error says why.
    #[error("the receiver of the archive ended early")]
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
            Self::Changed { .. } => Some(CHANGED_HINT.to_owned()),
            Self::Unreadable { .. } | Self::Stopped => None,
        }
    }
}
