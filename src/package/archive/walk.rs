//! A source → the files in it. Every file system question that needs no content is asked here.

use super::error::ArchiveError;
use super::link;
use super::{EntryKind, ReadOptions, Source, SymlinkRule};
use crate::facts::{Warning, WarningKind};
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use rayon::prelude::*;
use std::collections::HashSet;
use std::ffi::OsString;
use std::fs::{self, DirEntry, FileType, Metadata};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Patterns of paths to leave out, in the syntax of .gitignore, for the folder that it stands in.
const IGNORE_FILE: &str = ".samignore";

/// Files and folders of one source. Links that are followed multiply them: ten folders, each with two links to the next,
/// have a thousand ways to the last.
const MAX_ENTRIES: usize = 500_000;

/// What a walk found.
#[derive(Debug, Default)]
pub struct Listing {
    /// The files, in the order of the bytes of their names.
    pub files: Vec<Found>,
    /// Things that are allowed and likely not meant.
    pub warnings: Vec<Warning>,
    /// Things that keep the source from being archived.
    pub problems: Vec<ArchiveError>,
}

impl Listing {
    fn append(&mut self, other: Self) {
        self.files.extend(other.files);
        self.warnings.extend(other.warnings);
        self.problems.extend(other.problems);
    }
}

/// One file that was found.
#[derive(Debug)]
pub struct Found {
    /// Path below the source with `/` between folders.
    pub name: Box<str>,
    /// What kind of file it is.
    pub kind: EntryKind,
    /// Size in bytes.
    pub size: u64,
}

/// What bounds all walks of a run.
pub struct Bounds {
    symlinks: SymlinkRule,
    root: Option<PathBuf>,
    excluded: HashSet<(FolderId, OsString)>,
    max_entries: usize,
}

type FolderId = (u64, u64);

impl Bounds {
    /// Resolves the paths of the options once.
    pub fn new(options: &ReadOptions) -> Result<Self, (PathBuf, std::io::Error)> {
        let root = match &options.root {
            Some(root) => Some(root.canonicalize().map_err(|error| (root.clone(), error))?),
            None => None,
        };
        let excluded = options.excluded.iter().filter_map(|path| identify(path)).collect();
        Ok(Self { symlinks: options.symlinks, root, excluded, max_entries: MAX_ENTRIES })
    }

    /// Lists what is to be archived of a source.
    pub fn list(&self, source: &Source) -> Listing {
        let listed = match source {
            Source::Folder(path) => self.list_folder(path),
            Source::File(path) | Source::AsIs(path) => self.list_file(path),
        };
        listed.unwrap_or_else(|problem| Listing { problems: vec![problem], ..Listing::default() })
    }

    fn list_file(&self, path: &Path) -> Result<Listing, ArchiveError> {
        let metadata = fs::metadata(path).map_err(|error| link::explain_unfound(path, error))?;
        check_regular(path, &metadata)?;
        link::check_root(path, &link::resolve(path)?, self.root.as_deref())?;
        let name = match path.file_name() {
            Some(name) => name.to_str().ok_or_else(|| not_utf8(path.parent().unwrap_or(path), name))?,
            None => return Err(ArchiveError::WrongKind { path: path.to_path_buf(), wanted: "file" }),
        };
        Ok(Listing { files: vec![found(name.to_owned(), &metadata)], ..Listing::default() })
    }

    fn list_folder(&self, path: &Path) -> Result<Listing, ArchiveError> {
        let metadata = fs::metadata(path).map_err(|error| link::explain_unfound(path, error))?;
        if !metadata.is_dir() {
            return Err(ArchiveError::WrongKind { path: path.to_path_buf(), wanted: "folder" });
        }
        let home = link::resolve(path)?;
        link::check_root(path, &home, self.root.as_deref())?;
        let ignored = self.ignore_file(path)?;
        let top = Folder { name: String::new(), id: folder_id(&metadata), inside: true, parent: None };
        Ok(Walk { bounds: self, top: path, home, ignored, entries: AtomicUsize::new(0) }.run(top))
    }

    /// The patterns of the folder's ignore file. Without the file, none.
    fn ignore_file(&self, folder: &Path) -> Result<Option<Gitignore>, ArchiveError> {
        let path = folder.join(IGNORE_FILE);
        if !fs::metadata(&path).is_ok_and(|metadata| metadata.is_file()) {
            return Ok(None);
        }
        link::check_root(&path, &link::resolve(&path)?, self.root.as_deref())?;
        let mut builder = GitignoreBuilder::new(".");
        let reason = match builder.add(&path) {
            None => match builder.build() {
                Ok(patterns) => return Ok(Some(patterns)),
                Err(error) => error,
            },
            Some(error) => error,
        };
        Err(unusable(path, &reason))
    }
}

fn unusable(path: PathBuf, reason: &ignore::Error) -> ArchiveError {
    match reason.io_error().map(std::io::Error::kind) {
        Some(kind) => ArchiveError::Unreadable { path, source: kind.into() },
        None => ArchiveError::IgnoreFile { path, reason: innermost(reason).to_string() },
    }
}

/// The error without the path, which our own message names already.
fn innermost(error: &ignore::Error) -> &ignore::Error {
    match error {
        ignore::Error::WithPath { err, .. } => innermost(err),
        ignore::Error::Partial(errors) if errors.len() == 1 => innermost(&errors[0]),
        other => other,
    }
}

/// The folder of a path and the name in it: the same however the path is spelled, and for a file not yet there.
fn identify(path: &Path) -> Option<(FolderId, OsString)> {
    let name = path.file_name()?.to_owned();
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Some((folder_id(&fs::metadata(parent).ok()?), name))
}

fn folder_id(metadata: &Metadata) -> FolderId {
    (metadata.dev(), metadata.ino())
}

/// A folder that is to be listed.
struct Folder {
    /// Path below the top, empty for the top itself.
    name: String,
    id: FolderId,
    /// Whether it is really below the top, not through a link that leads out.
    inside: bool,
    parent: Option<Arc<Folder>>,
}

impl Folder {
    fn child_name(&self, name: &str) -> String {
        if self.name.is_empty() { name.to_owned() } else { format!("{}/{name}", self.name) }
    }

    fn is_within(&self, id: FolderId) -> bool {
        std::iter::successors(Some(self), |folder| folder.parent.as_deref()).any(|folder| folder.id == id)
    }
}

struct Walk<'a> {
    bounds: &'a Bounds,
    top: &'a Path,
    home: PathBuf,
    ignored: Option<Gitignore>,
    /// Files and folders so far.
    entries: AtomicUsize,
}

impl Walk<'_> {
    /// Visits the folders of one depth after those of the one above, on all cores: most of the time is the kernel's.
    fn run(&self, top: Folder) -> Listing {
        let (mut listing, mut folders) = (Listing::default(), vec![top]);
        while !folders.is_empty() {
            let visits: Vec<Visit> = folders.into_par_iter().map(|folder| Visit::new(self, folder).run()).collect();
            if self.is_over() {
                let problem = ArchiveError::TooMany { path: self.top.to_path_buf(), limit: self.bounds.max_entries };
                return Listing { problems: vec![problem], ..Listing::default() };
            }
            folders = Vec::new();
            for visit in visits {
                listing.append(visit.listing);
                folders.extend(visit.folders);
            }
        }
        listing.files.sort_unstable_by(|a, b| a.name.as_bytes().cmp(b.name.as_bytes()));
        listing
    }

    fn is_over(&self) -> bool {
        self.entries.load(Ordering::Relaxed) > self.bounds.max_entries
    }

    fn is_left_out(&self, folder: &Folder, child: &DirEntry, is_dir: bool) -> bool {
        let name = child.file_name();
        let below = Path::new(&folder.name).join(&name);
        let ignored = self
            .ignored
            .as_ref()
            .is_some_and(|patterns| below == Path::new(IGNORE_FILE) || patterns.matched(&below, is_dir).is_ignore());
        ignored || self.bounds.excluded.contains(&(folder.id, name))
    }
}

/// One folder as it is listed.
struct Visit<'a> {
    walk: &'a Walk<'a>,
    folder: Arc<Folder>,
    listing: Listing,
    /// Folders in it.
    folders: Vec<Folder>,
}

impl<'a> Visit<'a> {
    fn new(walk: &'a Walk<'a>, folder: Folder) -> Self {
        Self { walk, folder: Arc::new(folder), listing: Listing::default(), folders: Vec::new() }
    }

    fn run(mut self) -> Self {
        let (walk, top) = (self.walk, self.walk.top);
        let path = if self.folder.name.is_empty() { top.to_path_buf() } else { top.join(&self.folder.name) };
        let unreadable = |source| ArchiveError::Unreadable { path: path.clone(), source };
        let children = match fs::read_dir(&path) {
            Ok(children) => children,
            Err(error) => {
                self.listing.problems.push(unreadable(error));
                return self;
            }
        };
        for child in children.take_while(|_| !walk.is_over()) {
            walk.entries.fetch_add(1, Ordering::Relaxed);
            let visited = child.map_err(unreadable).and_then(|child| self.child(&child));
            self.listing.problems.extend(visited.err());
        }
        self
    }

    fn child(&mut self, child: &DirEntry) -> Result<(), ArchiveError> {
        let walk = self.walk;
        let path = walk.top.join(&self.folder.name).join(child.file_name());
        let unreadable = |source| ArchiveError::Unreadable { path: path.clone(), source };
        let kind = child.file_type().map_err(unreadable)?;
        let followed = kind.is_symlink() && walk.bounds.symlinks == SymlinkRule::Follow;
        let metadata = if followed { fs::metadata(&path) } else { child.metadata() };
        if walk.is_left_out(&self.folder, child, metadata.as_ref().is_ok_and(Metadata::is_dir)) {
            return Ok(());
        }
        let name = child.file_name();
        let name = name.to_str().ok_or_else(|| not_utf8(&walk.top.join(&self.folder.name), &name))?;
        let name = self.folder.child_name(name);
        if kind.is_symlink() {
            let metadata = metadata.map_err(|error| link::explain_unfound(&path, error))?;
            return self.link(name, &path, &metadata);
        }
        let metadata = metadata.map_err(unreadable)?;
        self.plain(name, &path, &metadata, self.folder.inside)
    }

    fn plain(&mut self, name: String, path: &Path, metadata: &Metadata, inside: bool) -> Result<(), ArchiveError> {
        if metadata.is_dir() {
            let parent = Some(Arc::clone(&self.folder));
            self.folders.push(Folder { name, id: folder_id(metadata), inside, parent });
        } else {
            check_regular(path, metadata)?;
            self.listing.files.push(found(name, metadata));
        }
        Ok(())
    }

    /// With the rule to follow, `metadata` is the target's.
    fn link(&mut self, name: String, path: &Path, metadata: &Metadata) -> Result<(), ArchiveError> {
        let target = link::target_of(path)?;
        let link = path.to_path_buf();
        match self.walk.bounds.symlinks {
            SymlinkRule::Error => Err(ArchiveError::LinkRefused { link, target }),
            SymlinkRule::Preserve if link::climbs_out(&self.folder.name, &target) => {
                Err(ArchiveError::LinkLeavesFolder { link, target })
            }
            SymlinkRule::Preserve => {
                let text: Box<[u8]> = target.as_os_str().as_bytes().into();
                let size = text.len() as u64;
                self.listing.files.push(Found { name: name.into(), kind: EntryKind::Link(text), size });
                Ok(())
            }
            SymlinkRule::Follow if metadata.is_dir() && self.folder.is_within(folder_id(metadata)) => {
                Err(ArchiveError::LinkCycle { link, target })
            }
            SymlinkRule::Follow => self.follow(name, path, metadata),
        }
    }

    fn follow(&mut self, name: String, path: &Path, metadata: &Metadata) -> Result<(), ArchiveError> {
        let target = link::resolve(path)?;
        link::check_root(path, &target, self.walk.bounds.root.as_deref())?;
        let inside = target.starts_with(&self.walk.home);
        self.plain(name, path, metadata, inside)?;
        if self.folder.inside && !inside {
            let kind = WarningKind::LinkLeavesFolder { link: path.to_path_buf(), target };
            self.listing.warnings.push(Warning::new(format!("link {}", path.display()), kind));
        }
        Ok(())
    }
}

fn found(name: String, metadata: &Metadata) -> Found {
    let kind = if metadata.mode() & 0o111 == 0 { EntryKind::Plain } else { EntryKind::Executable };
    Found { name: name.into(), kind, size: metadata.len() }
}

fn not_utf8(folder: &Path, name: &std::ffi::OsStr) -> ArchiveError {
    ArchiveError::NameNotUtf8 { folder: folder.to_path_buf(), name: name.as_bytes().escape_ascii().to_string() }
}

fn check_regular(path: &Path, metadata: &Metadata) -> Result<(), ArchiveError> {
    let path = path.to_path_buf();
    match describe_special(metadata.file_type()) {
        Some(what) => Err(ArchiveError::Special { path, what }),
        None if metadata.is_file() => Ok(()),
        None => Err(ArchiveError::WrongKind { path, wanted: "file" }),
    }
}

/// What something is that is neither file nor folder nor link, with its article.
pub fn describe_special(kind: FileType) -> Option<&'static str> {
    let kinds = [
        (kind.is_fifo(), "a named pipe"),
        (kind.is_socket(), "a socket"),
        (kind.is_block_device() || kind.is_char_device(), "a device"),
    ];
    kinds.into_iter().find_map(|(is, what)| is.then_some(what))
}

#[cfg(test)]
mod tests {
    use super::{Bounds, ReadOptions, Source};
    use std::fs;
    use std::os::unix::fs::symlink;

    #[test]
    fn links_that_multiply_what_they_point_at_are_an_error_before_memory_is_full() {
        let home = tempfile::tempdir().unwrap();
        for level in 0..30 {
            let folder = home.path().join(level.to_string());
            fs::create_dir(&folder).unwrap();
            ["a", "b"].iter().for_each(|name| symlink(format!("../{}", level + 1), folder.join(name)).unwrap());
        }
        fs::create_dir(home.path().join("30")).unwrap();
        let bounds = Bounds { max_entries: 1_000, ..Bounds::new(&ReadOptions::default()).unwrap() };
        let listing = bounds.list(&Source::Folder(home.path().join("0")));
        let problems: Vec<_> = listing.problems.iter().map(ToString::to_string).collect();
        let expected = format!("cannot archive {}/0: it holds more than 1000 files and folders", home.path().display());
        assert_eq!(problems, [expected]);
    }
}
