//! A folder that an archive is unpacked into, which nothing in the archive can leave.
//!
//! Links are made after everything else is written, so that no file is ever written through one.

use super::error::shown;
use super::folder::Stop;
use super::links::check_link;
use super::names::{PATH_LIMIT, check_target, normal_name};
use super::{InputLimits, UnpackError, Wrong};
use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};

/// Bytes of paths and targets that are kept until the end: 600 for each entry of the largest artifact.
const NAMES_LIMIT: usize = 64 << 20;

/// What is unpacked, and within which bounds.
#[derive(Clone, Copy)]
pub struct Unpacking<'a> {
    /// The empty folder that it goes into.
    pub root: &'a Path,
    /// Bytes of the object.
    pub bytes: u64,
    /// How much may come of them.
    pub limits: &'a InputLimits,
    /// Ends it.
    pub stop: &'a Stop,
}

/// The folder as it grows.
pub struct Tree<'a> {
    unpacking: Unpacking<'a>,
    written: u64,
    entries: usize,
    kinds: HashMap<String, Kind>,
    /// Bytes of names and targets in `kinds`.
    remembered: usize,
    links: Vec<String>,
    buffer: Vec<u8>,
}

/// What a path is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A folder, of which the ones above are folders too.
    Folder,
    /// A file.
    File,
    /// A symbolic link that is yet to be made.
    Link {
        /// Where it points.
        target: String,
    },
}

impl<'a> Tree<'a> {
    /// An empty folder.
    pub fn new(unpacking: Unpacking<'a>) -> Self {
        let (kinds, links, buffer) = (HashMap::new(), Vec::new(), vec![0; 64 << 10]);
        Self { unpacking, written: 0, entries: 0, kinds, remembered: 0, links, buffer }
    }

    /// Makes a folder. To name one twice does no harm.
    pub fn folder(&mut self, name: &str) -> Result<(), UnpackError> {
        self.count()?;
        let path = self.path(name)?;
        match self.kinds.get(&path) {
            None if !path.is_empty() => self.make_folder(name, &path),
            None | Some(Kind::Folder) => Ok(()),
            Some(Kind::File | Kind::Link { .. }) => Err(Wrong::Duplicate.at(name)),
        }
    }

    /// Writes a file. Of the mode only the right to execute is kept.
    pub fn file(&mut self, name: &str, mode: Option<u32>, content: &mut impl Read) -> Result<(), UnpackError> {
        let path = self.claim(name, Kind::File)?;
        let mode = mode.unwrap_or(0o644);
        if mode & 0o6000 != 0 {
            return Err(Wrong::SetUserId.at(name));
        }
        let mode = if mode & 0o111 == 0 { 0o644 } else { 0o755 };
        let created = OpenOptions::new().write(true).create_new(true).mode(mode).open(self.on_disk(&path));
        let mut file = created.map_err(|error| UnpackError::disk(name, error))?;
        self.copy(name, content, &mut file)
    }

    /// Notes a symbolic link; `finish` makes it.
    pub fn link(&mut self, name: &str, target: &str) -> Result<(), UnpackError> {
        check_target(name, target)?;
        let kind = Kind::Link { target: target.to_owned() };
        let path = self.claim(name, kind)?;
        self.links.push(path);
        Ok(())
    }

    /// Makes a second name for a file that is there already.
    pub fn hard_link(&mut self, name: &str, target: &str) -> Result<(), UnpackError> {
        let wrong = || Wrong::HardLink { target: shown(target) }.at(name);
        let target = normal_name(target).map_err(|_| wrong())?;
        if self.kinds.get(&target) != Some(&Kind::File) {
            return Err(wrong());
        }
        let path = self.claim(name, Kind::File)?;
        fs::hard_link(self.on_disk(&target), self.on_disk(&path)).map_err(|error| UnpackError::disk(name, error))
    }

    /// Reads what is left of an entry, which counts as if it were written.
    pub fn pass_over(&mut self, name: &str, content: &mut impl Read) -> Result<(), UnpackError> {
        self.copy(name, content, &mut io::sink())
    }

    /// Makes the links, once each is known to stay inside.
    pub fn finish(self) -> Result<(), UnpackError> {
        if !self.kinds.values().any(|kind| *kind != Kind::Folder) {
            return Err(UnpackError::Empty);
        }
        for path in &self.links {
            self.go_on()?;
            check_link(path, &self.kinds)?;
        }
        for path in &self.links {
            self.go_on()?;
            let Some(Kind::Link { target }) = self.kinds.get(path) else { continue };
            symlink(target, self.on_disk(path)).map_err(|error| UnpackError::disk(path, error))?;
        }
        Ok(())
    }

    /// One more entry, whatever it is.
    pub fn count(&mut self) -> Result<(), UnpackError> {
        self.go_on()?;
        self.entries += 1;
        self.check_entries(self.entries)
    }

    fn go_on(&self) -> Result<(), UnpackError> {
        match self.unpacking.stop.is_wished() {
            true => Err(UnpackError::Stopped),
            false => Ok(()),
        }
    }

    fn check_entries(&self, count: usize) -> Result<(), UnpackError> {
        let limit = self.unpacking.limits.entries;
        match count <= limit {
            true => Ok(()),
            false => Err(UnpackError::TooManyEntries { limit }),
        }
    }

    fn on_disk(&self, path: &str) -> PathBuf {
        self.unpacking.root.join(path)
    }

    /// The path of a name, which the disk takes also below the root.
    fn path(&self, name: &str) -> Result<String, UnpackError> {
        let path = normal_name(name)?;
        match self.unpacking.root.as_os_str().len() + 1 + path.len() <= PATH_LIMIT {
            true => Ok(path),
            false => Err(Wrong::LongPath { limit: PATH_LIMIT }.at(name)),
        }
    }

    /// Takes a name that nothing else has, with the folders above it.
    fn claim(&mut self, name: &str, kind: Kind) -> Result<String, UnpackError> {
        self.count()?;
        let path = self.path(name)?;
        if path.is_empty() || self.kinds.contains_key(&path) {
            return Err(Wrong::Duplicate.at(name));
        }
        if let Some((parent, _)) = path.rsplit_once('/') {
            self.make_folder(name, parent)?;
        }
        self.remember(path.clone(), kind)?;
        Ok(path)
    }

    fn make_folder(&mut self, name: &str, path: &str) -> Result<(), UnpackError> {
        if self.kinds.get(path) == Some(&Kind::Folder) {
            return Ok(());
        }
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        for end in ends {
            let folder = &path[..end];
            match self.kinds.get(folder) {
                Some(Kind::Folder) => continue,
                Some(Kind::File | Kind::Link { .. }) => return Err(Wrong::BelowNoFolder.at(name)),
                None => self.remember(folder.to_owned(), Kind::Folder)?,
            }
            fs::create_dir(self.on_disk(folder)).map_err(|error| UnpackError::disk(name, error))?;
        }
        Ok(())
    }

    /// Folders that no entry stands for count as well.
    fn remember(&mut self, path: String, kind: Kind) -> Result<(), UnpackError> {
        self.check_entries(self.kinds.len() + 1)?;
        self.remembered += path.len() + kind.target().len();
        if self.remembered > NAMES_LIMIT {
            return Err(UnpackError::TooManyNames { limit: NAMES_LIMIT });
        }
        self.kinds.insert(path, kind);
        Ok(())
    }

    fn copy(&mut self, name: &str, content: &mut impl Read, to: &mut impl Write) -> Result<(), UnpackError> {
        loop {
            let count = match content.read(&mut self.buffer) {
                Ok(0) => return Ok(()),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(UnpackError::reading_entry(name, error)),
            };
            self.go_on()?;
            self.written += count as u64;
            self.check_size()?;
            to.write_all(&self.buffer[..count]).map_err(|error| UnpackError::disk(name, error))?;
        }
    }

    fn check_size(&self) -> Result<(), UnpackError> {
        let InputLimits { expanded, ratio, ratio_from, .. } = *self.unpacking.limits;
        if self.written > expanded {
            return Err(UnpackError::TooLarge { limit: expanded });
        }
        match self.written > ratio_from && self.written > self.unpacking.bytes.saturating_mul(ratio) {
            true => Err(UnpackError::Bomb { ratio }),
            false => Ok(()),
        }
    }
}

impl Kind {
    fn target(&self) -> &str {
        match self {
            Self::Folder | Self::File => "",
            Self::Link { target } => target,
        }
    }
}

#[cfg(test)]
#[path = "tree_tests.rs"]
mod tests;
