//! A source → the files in it. Answers every question to the file system that needs no content.

use super::ignore_file::{IGNORE_FILE, IgnoreFile, MAX_IGNORE_FILE_BYTES};
use super::limits::{Counter, Excess, Limits};
use super::link;
use super::listing::{FoundFile, Listing};
use super::own_files::{FileId, OwnFiles, Writer, file_id};
use crate::facts::{Warning, WarningKind};
use crate::files;
use crate::package::archive::entry::EntryKind;
use crate::package::archive::error::ArchiveError;
use crate::package::archive::source::{ReadOptions, Source, SymlinkRule};
use rayon::prelude::*;
use std::ffi::OsStr;
use std::fs::{self, DirEntry, FileType, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Links that are followed multiply files: in ten folders, each with two links to the next, a thousand paths lead to the
/// last, and a small input artifact may hold thousands of links to one large file.
const FOLDER_LIMITS: Limits = Limits { entries: 500_000, bytes: 16_000_000_000 };
/// Several folders may again hold the same links.
const RUN_LIMITS: Limits = Limits { entries: 5_000_000, bytes: 256_000_000_000 };

/// Lists sources, all with the same options.
pub struct Walker {
    symlinks: SymlinkRule,
    root: Option<PathBuf>,
    own_files: OwnFiles,
    folder_limits: Limits,
    run_limits: Limits,
    /// What all walks of the run found so far.
    run: Counter,
}

impl Walker {
    /// Resolves the paths of the options. The error is that of the root.
    pub fn new(options: &ReadOptions) -> io::Result<Self> {
        let root = options.root.as_ref().map(|root| root.canonicalize()).transpose()?;
        let own_files = OwnFiles::new(&options.own_files);
        let (folder_limits, run_limits, run) = (FOLDER_LIMITS, RUN_LIMITS, Counter::default());
        Ok(Self { symlinks: options.symlinks, root, own_files, folder_limits, run_limits, run })
    }

    pub fn list(&self, source: &Source) -> Listing {
        let listed = match source {
            Source::Folder(path) => self.list_folder(path),
            Source::File(path) | Source::AsIs(path) => self.list_file(path),
        };
        listed.unwrap_or_else(Listing::failed)
    }

    /// An error for any source if all sources of the run together are too much.
    pub fn check_run(&self, source: &Path) -> Result<(), ArchiveError> {
        match self.run.excess(self.run_limits) {
            Some(Excess::Entries(limit)) => Err(ArchiveError::too_many_files_in_run(source, limit)),
            Some(Excess::Bytes(limit)) => Err(ArchiveError::too_many_bytes_in_run(source, limit)),
            None => Ok(()),
        }
    }

    fn list_file(&self, path: &Path) -> Result<Listing, ArchiveError> {
        let metadata = fs::metadata(path).map_err(|error| link::explain_not_found(path, &error))?;
        check_regular(path, &metadata)?;
        link::check_root(path, &link::resolve(path)?, self.root.as_deref())?;
        let name = path.file_name().ok_or_else(|| ArchiveError::wrong_kind(path, "file"))?;
        let folder = path.parent().unwrap_or(path);
        let name = name.to_str().ok_or_else(|| ArchiveError::name_not_utf8(folder, name))?;
        self.run.add_entry();
        self.run.add_bytes(metadata.len());
        Ok(Listing { files: vec![found_file(name.to_owned(), &metadata)], ..Listing::default() })
    }

    fn list_folder(&self, path: &Path) -> Result<Listing, ArchiveError> {
        let metadata = fs::metadata(path).map_err(|error| link::explain_not_found(path, &error))?;
        if !metadata.is_dir() {
            return Err(ArchiveError::wrong_kind(path, "folder"));
        }
        let resolved_top = link::resolve(path)?;
        link::check_root(path, &resolved_top, self.root.as_deref())?;
        let ignore_file = self.read_ignore_file(path)?;
        let top = Folder { name: String::new(), id: file_id(&metadata), inside: true, parent: None };
        FolderWalk { walker: self, top: path, resolved_top, ignore_file, found: Counter::default() }.run(top)
    }

    /// `None` if the folder has no ignore file.
    fn read_ignore_file(&self, folder: &Path) -> Result<Option<IgnoreFile>, ArchiveError> {
        let path = folder.join(IGNORE_FILE);
        let Some(metadata) = fs::metadata(&path).ok().filter(Metadata::is_file) else { return Ok(None) };
        if self.own_files.contains(&metadata) {
            return Err(ArchiveError::would_be_replaced(&path));
        }
        link::check_root(&path, &link::resolve(&path)?, self.root.as_deref())?;
        let text = files::read(&path, MAX_IGNORE_FILE_BYTES).map_err(|error| match error.kind() {
            io::ErrorKind::FileTooLarge => ArchiveError::ignore_file_too_large(&path, &error.to_string()),
            _ => ArchiveError::unreadable(&path, &error),
        })?;
        IgnoreFile::parse(&path, &text).map(Some)
    }
}

/// A folder that has to be listed.
struct Folder {
    /// Path below the top, empty for the top itself.
    name: String,
    id: FileId,
    /// Whether no link that leads out of the top was followed to it.
    inside: bool,
    parent: Option<Arc<Folder>>,
}

impl Folder {
    fn child_name(&self, name: &str) -> String {
        if self.name.is_empty() { name.to_owned() } else { format!("{}/{name}", self.name) }
    }

    fn is_within(&self, id: FileId) -> bool {
        std::iter::successors(Some(self), |folder| folder.parent.as_deref()).any(|folder| folder.id == id)
    }
}

/// The walk through one folder and those below it.
struct FolderWalk<'a> {
    walker: &'a Walker,
    top: &'a Path,
    resolved_top: PathBuf,
    ignore_file: Option<IgnoreFile>,
    /// What was found so far.
    found: Counter,
}

impl FolderWalk<'_> {
    /// Visits the folders depth by depth, each depth on all cores, because most of the time is the kernel's.
    fn run(&self, top: Folder) -> Result<Listing, ArchiveError> {
        let (mut listing, mut folders) = (Listing::default(), vec![top]);
        while !folders.is_empty() {
            let visits: Vec<Visit> = folders.into_par_iter().map(|folder| Visit::new(self, folder).run()).collect();
            self.check_limits()?;
            folders = Vec::new();
            for visit in visits {
                listing.append(visit.listing);
                folders.extend(visit.folders);
            }
        }
        listing.files.sort_unstable_by(|a, b| a.name.as_bytes().cmp(b.name.as_bytes()));
        Ok(listing)
    }

    fn counters(&self) -> impl Iterator<Item = &Counter> {
        [&self.found, &self.walker.run].into_iter()
    }

    fn check_limits(&self) -> Result<(), ArchiveError> {
        match self.found.excess(self.walker.folder_limits) {
            Some(Excess::Entries(limit)) => return Err(ArchiveError::too_many_files(self.top, limit)),
            Some(Excess::Bytes(limit)) => return Err(ArchiveError::too_many_bytes(self.top, limit)),
            None => self.walker.check_run(self.top)?,
        }
        if self.ignore_file.as_ref().is_some_and(IgnoreFile::is_over_limit) {
            let reason = "its patterns take too long to compare with the names in its folder";
            return Err(ArchiveError::ignore_file_too_large(&self.top.join(IGNORE_FILE), reason));
        }
        Ok(())
    }

    fn is_ignored(&self, folder: &Folder, name: &OsStr, is_folder: bool) -> bool {
        self.ignore_file.as_ref().is_some_and(|ignore_file| {
            if folder.name.is_empty() {
                return name == IGNORE_FILE || ignore_file.is_ignored(name.as_bytes(), is_folder);
            }
            ignore_file.is_ignored(&[folder.name.as_bytes(), b"/", name.as_bytes()].concat(), is_folder)
        })
    }
}

/// One folder while it is listed.
struct Visit<'a> {
    walk: &'a FolderWalk<'a>,
    folder: Arc<Folder>,
    listing: Listing,
    /// The folders in it.
    folders: Vec<Folder>,
}

impl<'a> Visit<'a> {
    fn new(walk: &'a FolderWalk<'a>, folder: Folder) -> Self {
        Self { walk, folder: Arc::new(folder), listing: Listing::default(), folders: Vec::new() }
    }

    fn path(&self) -> PathBuf {
        let top = self.walk.top;
        if self.folder.name.is_empty() { top.to_path_buf() } else { top.join(&self.folder.name) }
    }

    fn run(mut self) -> Self {
        let path = self.path();
        let children = match fs::read_dir(&path) {
            Ok(children) => children,
            Err(error) => {
                self.listing.problems.push(ArchiveError::unreadable(&path, &error));
                return self;
            }
        };
        let walk = self.walk;
        for child in children.take_while(|_| walk.check_limits().is_ok()) {
            walk.counters().for_each(Counter::add_entry);
            let visited = child.map_err(|error| ArchiveError::unreadable(&path, &error));
            let visited = visited.and_then(|child| self.child(&path, &child));
            self.listing.problems.extend(visited.err());
        }
        self
    }

    fn child(&mut self, folder: &Path, child: &DirEntry) -> Result<(), ArchiveError> {
        let (walk, name) = (self.walk, child.file_name());
        let path = folder.join(&name);
        let kind = child.file_type().map_err(|error| ArchiveError::unreadable(&path, &error))?;
        let is_followed = kind.is_symlink() && walk.walker.symlinks == SymlinkRule::Follow;
        let metadata = if is_followed { fs::metadata(&path) } else { child.metadata() };
        if walk.is_ignored(&self.folder, &name, metadata.as_ref().is_ok_and(Metadata::is_dir)) {
            return Ok(());
        }
        match walk.walker.own_files.writer(self.folder.id, &name, metadata.as_ref().ok()) {
            Some(Writer::EarlierRun) => return Ok(()),
            Some(Writer::Other) => return Err(ArchiveError::would_be_replaced(&path)),
            None => {}
        }
        let name = name.to_str().ok_or_else(|| ArchiveError::name_not_utf8(folder, &name))?;
        let name = self.folder.child_name(name);
        match metadata {
            Ok(metadata) if kind.is_symlink() => self.link(name, &path, &metadata),
            Ok(metadata) => self.file_or_folder(name, &path, &metadata, self.folder.inside),
            Err(error) if kind.is_symlink() => Err(link::explain_not_found(&path, &error)),
            Err(error) => Err(ArchiveError::unreadable(&path, &error)),
        }
    }

    fn file_or_folder(
        &mut self,
        name: String,
        path: &Path,
        metadata: &Metadata,
        inside: bool,
    ) -> Result<(), ArchiveError> {
        if metadata.is_dir() {
            let parent = Some(Arc::clone(&self.folder));
            self.folders.push(Folder { name, id: file_id(metadata), inside, parent });
        } else {
            check_regular(path, metadata)?;
            self.walk.counters().for_each(|counter| counter.add_bytes(metadata.len()));
            self.listing.files.push(found_file(name, metadata));
        }
        Ok(())
    }

    /// With [`SymlinkRule::Follow`], `metadata` is that of the target.
    fn link(&mut self, name: String, path: &Path, metadata: &Metadata) -> Result<(), ArchiveError> {
        let target = link::target_of(path)?;
        match self.walk.walker.symlinks {
            SymlinkRule::Error => Err(ArchiveError::link_refused(path, &target)),
            SymlinkRule::Preserve if link::climbs_out(&self.folder.name, &target) => {
                Err(ArchiveError::link_leaves_folder(path, &target))
            }
            SymlinkRule::Preserve => {
                let text: Box<[u8]> = target.as_os_str().as_bytes().into();
                let size = text.len() as u64;
                self.listing.files.push(FoundFile { name: name.into(), kind: EntryKind::Link(text), size });
                Ok(())
            }
            SymlinkRule::Follow if metadata.is_dir() && self.folder.is_within(file_id(metadata)) => {
                Err(ArchiveError::link_cycle(path, &target))
            }
            SymlinkRule::Follow => self.follow(name, path, metadata),
        }
    }

    fn follow(&mut self, name: String, path: &Path, metadata: &Metadata) -> Result<(), ArchiveError> {
        let target = link::resolve(path)?;
        link::check_root(path, &target, self.walk.walker.root.as_deref())?;
        let inside = target.starts_with(&self.walk.resolved_top);
        self.file_or_folder(name, path, metadata, inside)?;
        if self.folder.inside && !inside {
            let kind = WarningKind::LinkLeavesFolder { link: path.to_path_buf(), target };
            self.listing.warnings.push(Warning::new(format!("link {}", path.display()), kind));
        }
        Ok(())
    }
}

fn found_file(name: String, metadata: &Metadata) -> FoundFile {
    let kind = if metadata.mode() & 0o111 == 0 { EntryKind::Plain } else { EntryKind::Executable };
    FoundFile { name: name.into(), kind, size: metadata.len() }
}

fn check_regular(path: &Path, metadata: &Metadata) -> Result<(), ArchiveError> {
    match describe_special(metadata.file_type()) {
        Some(what) => Err(ArchiveError::special(path, what)),
        None if metadata.is_file() => Ok(()),
        None => Err(ArchiveError::wrong_kind(path, "file")),
    }
}

/// What a socket, pipe or device is, with its article. `None` for a file, folder or link.
pub fn describe_special(kind: FileType) -> Option<&'static str> {
    let kinds = [
        (kind.is_fifo(), "a named pipe"),
        (kind.is_socket(), "a socket"),
        (kind.is_block_device() || kind.is_char_device(), "a device"),
    ];
    kinds.into_iter().find_map(|(is, what)| is.then_some(what))
}

#[cfg(test)]
mod tests;
