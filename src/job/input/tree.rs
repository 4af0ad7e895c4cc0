//! The folder that an archive is unpacked into. No entry can leave it.
//!
//! Symbolic links are made after everything else is written, so that no file is ever written through one.

use super::entry::{Entries, Entry};
use super::error::{self, UnpackError};
use super::folder::Stop;
use super::limits::InputLimits;
use super::links::{TargetBytes, resolve_link};
use super::names::{PATH_LIMIT, check_target, normal_name};
use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};

/// Bytes of paths and targets in memory: 600 for each entry of the largest artifact.
const NAMES_LIMIT: usize = 64 << 20;
const LINKS_COUNT: &str = "a link counts as much as its target";

/// What is unpacked, where to, and within which limits.
#[derive(Clone, Copy)]
pub struct Unpacking<'a> {
    /// An empty folder.
    pub root: &'a Path,
    /// Size of the object.
    pub bytes: u64,
    pub limits: &'a InputLimits,
    pub stop: &'a Stop,
}

/// The folder while it is filled.
pub struct Tree<'a> {
    unpacking: Unpacking<'a>,
    /// Bytes of files. A link counts as much as its target, because packaging it reads the target.
    bytes: u64,
    entry_count: usize,
    entries: Entries,
    /// Bytes of names and targets in `entries`.
    name_bytes: usize,
    links: Vec<String>,
    buffer: Vec<u8>,
}

impl<'a> Tree<'a> {
    /// An empty folder.
    pub fn new(unpacking: Unpacking<'a>) -> Self {
        let (entries, links, buffer) = (Entries::new(), Vec::new(), vec![0; 64 << 10]);
        Self { unpacking, bytes: 0, entry_count: 0, entries, name_bytes: 0, links, buffer }
    }

    /// Makes a folder, unless it exists.
    pub fn folder(&mut self, name: &str) -> Result<(), UnpackError> {
        self.count()?;
        let path = self.path(name)?;
        match self.entries.get(&path) {
            None if !path.is_empty() => self.make_folder(name, &path),
            None | Some(Entry::Folder) => Ok(()),
            Some(Entry::File { .. } | Entry::Link { .. }) => Err(duplicate(name)),
        }
    }

    /// Writes a file. Only the executable bit of its mode is kept.
    pub fn file(&mut self, name: &str, mode: Option<u32>, content: &mut impl Read) -> Result<(), UnpackError> {
        let path = self.add(name, Entry::File { bytes: 0 })?;
        let mode = mode.unwrap_or(0o644);
        if mode & 0o6000 != 0 {
            return Err(error::refused(name, "has the set-user-id or set-group-id bit"));
        }
        let mode = if mode & 0o111 == 0 { 0o644 } else { 0o755 };
        let created = OpenOptions::new().write(true).create_new(true).mode(mode).open(self.on_disk(&path));
        let mut file = created.map_err(|error| error::unwritten(name, &error))?;
        let bytes = self.copy(name, content, &mut file)?;
        self.entries.insert(path, Entry::File { bytes });
        Ok(())
    }

    /// Notes a symbolic link, which `finish` makes.
    pub fn link(&mut self, name: &str, target: &str) -> Result<(), UnpackError> {
        check_target(name, target)?;
        let path = self.add(name, Entry::Link { target: target.to_owned() })?;
        self.links.push(path);
        Ok(())
    }

    /// Makes a second name for an earlier file.
    pub fn hard_link(&mut self, name: &str, target: &str) -> Result<(), UnpackError> {
        let refused = || {
            let target = error::shortened(target);
            error::refused(name, format!("is a hard link to {target}, which is no file of the archive"))
        };
        let target = normal_name(target).map_err(|_| refused())?;
        let Some(Entry::File { bytes }) = self.entries.get(&target) else { return Err(refused()) };
        let bytes = *bytes;
        let path = self.add(name, Entry::File { bytes })?;
        self.count_link(name, bytes)?;
        fs::hard_link(self.on_disk(&target), self.on_disk(&path)).map_err(|error| error::unwritten(name, &error))
    }

    /// Reads the rest of an entry, which counts as if it were written.
    pub fn skip(&mut self, name: &str, content: &mut impl Read) -> Result<(), UnpackError> {
        self.copy(name, content, &mut io::sink()).map(drop)
    }

    /// Checks where the symbolic links lead and to how many bytes, then makes them.
    pub fn finish(mut self) -> Result<(), UnpackError> {
        if !self.entries.values().any(|entry| *entry != Entry::Folder) {
            return Err(error::no_file());
        }
        for (link, bytes) in self.link_bytes()? {
            self.count_link(&link, bytes)?;
        }
        for path in &self.links {
            self.check_stop()?;
            let target = self.entries.get(path).map_or("", Entry::target);
            symlink(target, self.on_disk(path)).map_err(|error| error::unwritten(path, &error))?;
        }
        Ok(())
    }

    /// Each symbolic link with the bytes that it stands for.
    fn link_bytes(&self) -> Result<Vec<(String, u64)>, UnpackError> {
        if self.links.is_empty() {
            return Ok(Vec::new());
        }
        let bytes = TargetBytes::new(&self.entries);
        let measure = |link: &String| {
            self.check_stop()?;
            Ok((link.clone(), bytes.at(&resolve_link(link, &self.entries)?, link)))
        };
        self.links.iter().map(measure).collect()
    }

    /// Counts an entry of any kind.
    pub fn count(&mut self) -> Result<(), UnpackError> {
        self.check_stop()?;
        self.entry_count += 1;
        self.check_entry_count(self.entry_count)
    }

    fn check_stop(&self) -> Result<(), UnpackError> {
        match self.unpacking.stop.is_set() {
            true => Err(error::stopped()),
            false => Ok(()),
        }
    }

    fn check_entry_count(&self, count: usize) -> Result<(), UnpackError> {
        let limit = self.unpacking.limits.entries;
        match count <= limit {
            true => Ok(()),
            false => Err(error::too_many_entries(limit)),
        }
    }

    fn on_disk(&self, path: &str) -> PathBuf {
        self.unpacking.root.join(path)
    }

    /// The path of a name, checked for its length below the root too.
    fn path(&self, name: &str) -> Result<String, UnpackError> {
        let path = normal_name(name)?;
        match self.unpacking.root.as_os_str().len() + 1 + path.len() <= PATH_LIMIT {
            true => Ok(path),
            false => Err(error::refused(name, format!("has a path of more than {PATH_LIMIT} bytes"))),
        }
    }

    /// Adds an entry with a new name, and its parents.
    fn add(&mut self, name: &str, entry: Entry) -> Result<String, UnpackError> {
        self.count()?;
        let path = self.path(name)?;
        if path.is_empty() || self.entries.contains_key(&path) {
            return Err(duplicate(name));
        }
        if let Some((parent, _)) = path.rsplit_once('/') {
            self.make_folder(name, parent)?;
        }
        self.insert(path.clone(), entry)?;
        Ok(path)
    }

    fn make_folder(&mut self, name: &str, path: &str) -> Result<(), UnpackError> {
        if self.entries.get(path) == Some(&Entry::Folder) {
            return Ok(());
        }
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        for end in ends {
            let folder = &path[..end];
            match self.entries.get(folder) {
                Some(Entry::Folder) => continue,
                Some(Entry::File { .. } | Entry::Link { .. }) => {
                    return Err(error::refused(name, "lies below an entry that is not a folder"));
                }
                None => self.insert(folder.to_owned(), Entry::Folder)?,
            }
            fs::create_dir(self.on_disk(folder)).map_err(|error| error::unwritten(name, &error))?;
        }
        Ok(())
    }

    /// Inserts an entry. Parents that the archive does not list count as well.
    fn insert(&mut self, path: String, entry: Entry) -> Result<(), UnpackError> {
        self.check_entry_count(self.entries.len() + 1)?;
        self.name_bytes += path.len() + entry.target().len();
        if self.name_bytes > NAMES_LIMIT {
            return Err(error::too_many_names(NAMES_LIMIT));
        }
        self.entries.insert(path, entry);
        Ok(())
    }

    /// Copies the content of an entry; returns its number of bytes.
    fn copy(&mut self, name: &str, content: &mut impl Read, to: &mut impl Write) -> Result<u64, UnpackError> {
        let before = self.bytes;
        loop {
            let count = match content.read(&mut self.buffer) {
                Ok(0) => return Ok(self.bytes - before),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(UnpackError::from_read_of(name, error)),
            };
            self.check_stop()?;
            self.bytes += count as u64;
            self.check_bytes()?;
            to.write_all(&self.buffer[..count]).map_err(|error| error::unwritten(name, &error))?;
        }
    }

    fn check_bytes(&self) -> Result<(), UnpackError> {
        match self.excess() {
            None => Ok(()),
            Some(Excess::Size { limit }) => Err(error::too_large(limit)),
            Some(Excess::Ratio { ratio }) => Err(error::bomb(ratio)),
        }
    }

    /// Counts the bytes that a link stands for.
    fn count_link(&mut self, link: &str, bytes: u64) -> Result<(), UnpackError> {
        self.bytes = self.bytes.saturating_add(bytes);
        let excess = match self.excess() {
            None => return Ok(()),
            Some(Excess::Size { limit }) => format!("{limit} bytes"),
            Some(Excess::Ratio { ratio }) => format!("{ratio} times its size"),
        };
        Err(error::refused(link, format!("is a link that brings the artifact to more than {excess}: {LINKS_COUNT}")))
    }

    fn excess(&self) -> Option<Excess> {
        let InputLimits { expanded, ratio, ratio_from, .. } = *self.unpacking.limits;
        if self.bytes > expanded {
            return Some(Excess::Size { limit: expanded });
        }
        let is_bomb = self.bytes > ratio_from && self.bytes > self.unpacking.bytes.saturating_mul(ratio);
        is_bomb.then_some(Excess::Ratio { ratio })
    }
}

/// The limit that the bytes of an artifact exceed.
enum Excess {
    Size { limit: u64 },
    Ratio { ratio: u64 },
}

fn duplicate(name: &str) -> UnpackError {
    error::refused(name, "is in the archive twice")
}

#[cfg(test)]
mod tests;
