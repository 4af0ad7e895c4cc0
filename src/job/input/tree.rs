//! A folder that an archive is unpacked into, which nothing in the archive can leave.
//!
//! Links are made after everything else is written, so that no file is ever written through one.

use super::{InputLimits, UnpackError, Wrong};
use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};

/// A chain of more links than this is a circle; the kernel's own limit.
const LINKS_IN_A_ROW: usize = 40;

/// What is being unpacked.
pub struct Tree<'a> {
    root: &'a Path,
    limits: &'a InputLimits,
    compressed: u64,
    written: u64,
    entries: usize,
    kinds: HashMap<String, Kind>,
    links: Vec<String>,
    buffer: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Folder,
    File,
    Link { target: String },
}

impl<'a> Tree<'a> {
    /// Unpacks into an empty folder what `compressed` bytes hold.
    pub fn new(root: &'a Path, limits: &'a InputLimits, compressed: u64) -> Self {
        let buffer = vec![0; 64 << 10];
        Self { root, limits, compressed, written: 0, entries: 0, kinds: HashMap::new(), links: Vec::new(), buffer }
    }

    /// Makes a folder. To name one twice does no harm.
    pub fn folder(&mut self, name: &str) -> Result<(), UnpackError> {
        self.count()?;
        let path = normal_name(name)?;
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
        let created = OpenOptions::new().write(true).create_new(true).mode(mode).open(self.root.join(&path));
        let mut file = created.map_err(|error| UnpackError::disk(name, error))?;
        self.copy(name, content, &mut file)
    }

    /// Notes a symbolic link; `finish` makes it.
    pub fn link(&mut self, name: &str, target: &str) -> Result<(), UnpackError> {
        let kind = Kind::Link { target: target.to_owned() };
        let path = self.claim(name, kind)?;
        self.links.push(path);
        Ok(())
    }

    /// Makes a second name for a file that is there already.
    pub fn hard_link(&mut self, name: &str, target: &str) -> Result<(), UnpackError> {
        let wrong = || Wrong::HardLink { target: target.to_owned() }.at(name);
        let target = normal_name(target).map_err(|_| wrong())?;
        if self.kinds.get(&target) != Some(&Kind::File) {
            return Err(wrong());
        }
        let path = self.claim(name, Kind::File)?;
        fs::hard_link(self.root.join(target), self.root.join(path)).map_err(|error| UnpackError::disk(name, error))
    }

    /// Makes the links, once each is known to stay inside.
    pub fn finish(self) -> Result<(), UnpackError> {
        if !self.kinds.values().any(|kind| *kind != Kind::Folder) {
            return Err(UnpackError::Empty);
        }
        for path in &self.links {
            self.check_link(path)?;
        }
        for path in &self.links {
            let Some(Kind::Link { target }) = self.kinds.get(path) else { continue };
            symlink(target, self.root.join(path)).map_err(|error| UnpackError::disk(path, error))?;
        }
        Ok(())
    }

    fn count(&mut self) -> Result<(), UnpackError> {
        self.entries += 1;
        match self.entries <= self.limits.entries {
            true => Ok(()),
            false => Err(UnpackError::TooManyEntries { limit: self.limits.entries }),
        }
    }

    /// Takes a name that nothing else has, with the folders above it.
    fn claim(&mut self, name: &str, kind: Kind) -> Result<String, UnpackError> {
        self.count()?;
        let path = normal_name(name)?;
        if path.is_empty() || self.kinds.contains_key(&path) {
            return Err(Wrong::Duplicate.at(name));
        }
        if let Some((parent, _)) = path.rsplit_once('/') {
            self.make_folder(name, parent)?;
        }
        self.kinds.insert(path.clone(), kind);
        Ok(path)
    }

    fn make_folder(&mut self, name: &str, path: &str) -> Result<(), UnpackError> {
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        for end in ends {
            let folder = &path[..end];
            match self.kinds.get(folder) {
                Some(Kind::Folder) => continue,
                Some(Kind::File | Kind::Link { .. }) => return Err(Wrong::BelowNoFolder.at(name)),
                None => fs::create_dir(self.root.join(folder)).map_err(|error| UnpackError::disk(name, error))?,
            }
            self.kinds.insert(folder.to_owned(), Kind::Folder);
        }
        Ok(())
    }

    fn copy(&mut self, name: &str, content: &mut impl Read, file: &mut File) -> Result<(), UnpackError> {
        loop {
            let count = match content.read(&mut self.buffer) {
                Ok(0) => return Ok(()),
                Ok(count) => count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(UnpackError::Corrupt(format!("entry `{name}`: {error}"))),
            };
            self.written += count as u64;
            self.check_size()?;
            file.write_all(&self.buffer[..count]).map_err(|error| UnpackError::disk(name, error))?;
        }
    }

    fn check_size(&self) -> Result<(), UnpackError> {
        let InputLimits { expanded, ratio, ratio_from, .. } = *self.limits;
        if self.written > expanded {
            return Err(UnpackError::TooLarge { limit: expanded });
        }
        match self.written > ratio_from && self.written > self.compressed.saturating_mul(ratio) {
            true => Err(UnpackError::Bomb { ratio }),
            false => Ok(()),
        }
    }

    /// Walks where a link leads, through other links, as the kernel would.
    fn check_link(&self, link: &str) -> Result<(), UnpackError> {
        let Some(Kind::Link { target }) = self.kinds.get(link) else { return Ok(()) };
        let wrong = |target: &str| Wrong::LinkLeaves { target: target.to_owned() }.at(link);
        let mut ahead: Vec<String> = reversed(link);
        let mut here: Vec<String> = Vec::new();
        let mut followed = 0;
        while let Some(step) = ahead.pop() {
            match step.as_str() {
                "" | "." => continue,
                ".." => match here.pop() {
                    Some(_) => continue,
                    None => return Err(wrong(target)),
                },
                _ => here.push(step),
            }
            let Some(Kind::Link { target: next }) = self.kinds.get(&here.join("/")) else { continue };
            followed += 1;
            if followed > LINKS_IN_A_ROW {
                return Err(Wrong::LinkCircle.at(link));
            }
            if next.starts_with('/') || next.contains('\0') {
                return Err(wrong(target));
            }
            here.pop();
            ahead.extend(reversed(next));
        }
        Ok(())
    }
}

fn reversed(path: &str) -> Vec<String> {
    path.rsplit('/').map(str::to_owned).collect()
}

/// The name as a path below the root, without `.` and doubled slashes. Everything that could lead elsewhere is an
/// error, also what only Windows would read so.
fn normal_name(name: &str) -> Result<String, UnpackError> {
    let drive = matches!(name.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
    let wrong = match name {
        _ if name.contains('\0') => Some(Wrong::Nul),
        _ if name.contains('\\') => Some(Wrong::Backslash),
        _ if name.starts_with('/') || drive => Some(Wrong::Absolute),
        _ if name.split('/').any(|step| step == "..") => Some(Wrong::Parent),
        _ => None,
    };
    match wrong {
        Some(wrong) => Err(wrong.at(name)),
        None => {
            let steps = name.split('/').filter(|step| !matches!(*step, "" | "."));
            Ok(steps.collect::<Vec<_>>().join("/"))
        }
    }
}

/// The base name of a key, when a file can have it.
pub fn base_name(key: &str) -> PathBuf {
    let name = key.rsplit('/').next().unwrap_or_default();
    match normal_name(name) {
        Ok(path) if !path.is_empty() => PathBuf::from(path),
        _ => PathBuf::from("artifact"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Tree, base_name};
    use crate::job::input::InputLimits;
    use std::path::Path;

    /// What an archive of these entries gives: `name`, `name/` (a folder), `name -> target`, `name => hard link`.
    fn unpack(entries: &[&str]) -> Result<Vec<String>, String> {
        let root = tempfile::tempdir().unwrap();
        let limits = InputLimits { entries: 8, expanded: 100, ratio: 10, ratio_from: 30, ..InputLimits::default() };
        let mut tree = Tree::new(root.path(), &limits, 4);
        let mut done = Ok(());
        for entry in entries {
            done = done.and_then(|()| match entry.split_once(" -> ").ok_or(entry.split_once(" => ")) {
                Ok((name, target)) => tree.link(name, target),
                Err(Some((name, target))) => tree.hard_link(name, target),
                Err(None) if entry.ends_with('/') => tree.folder(entry),
                Err(None) => tree.file(entry, Some(0o100755), &mut entry.as_bytes()),
            });
        }
        done.and_then(|()| tree.finish()).map_err(|error| error.to_string())?;
        let mut found = Vec::new();
        list(root.path(), root.path(), &mut found);
        found.sort();
        Ok(found)
    }

    fn list(root: &Path, folder: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            found.push(path.strip_prefix(root).unwrap().display().to_string());
            if path.is_dir() && !path.is_symlink() {
                list(root, &path, found);
            }
        }
    }

    #[test]
    fn what_is_inside_is_unpacked() {
        let rows: [(&str, &[&str], &[&str]); 5] = [
            ("files and folders", &["a/b", "c/", "a/", "./d", "."], &["a", "a/b", "c", "d"]),
            ("a link to a file", &["b/a", "l -> b/../b/a"], &["b", "b/a", "l"]),
            ("a link to nothing inside", &["a", "l -> missing"], &["a", "l"]),
            ("a chain of links", &["d/a", "m -> l/a", "l -> d"], &["d", "d/a", "l", "m"]),
            ("a hard link", &["a", "b => a"], &["a", "b"]),
        ];
        for (name, entries, expected) in rows {
            let entries: Vec<_> = entries.iter().map(|it| if *it == "." { "./" } else { it }).collect();
            assert_eq!(unpack(&entries).unwrap(), expected, "{name}");
        }
    }

    #[test]
    fn what_leads_outside_is_refused() {
        let rows: [(&str, &[&str], &str); 17] = [
            ("parent", &["a/../../b"], "entry `a/../../b` leaves the archive with `..`"),
            ("absolute", &["/etc/x"], "entry `/etc/x` has an absolute name"),
            ("drive", &["C:x"], "entry `C:x` has an absolute name"),
            ("backslash", &["a\\b"], "entry `a\\b` has a backslash in its name"),
            ("nul", &["a\0b"], "entry `a\0b` has a NUL in its name"),
            ("twice", &["a", "./a"], "entry `./a` is in the archive twice"),
            ("link and file", &["a -> b", "a"], "entry `a` is in the archive twice"),
            ("below a file", &["a", "a/b"], "entry `a/b` lies below an entry that is not a folder"),
            ("through a link", &["a -> .", "a/b"], "entry `a/b` lies below an entry that is not a folder"),
            ("link out", &["a", "b -> ../x"], "entry `b` is a link out of the archive, to ../x"),
            ("absolute link", &["b -> /etc"], "entry `b` is a link out of the archive, to /etc"),
            (
                "link out by a link",
                &["d/e/f", "l -> d/e", "m -> l/../../../x"],
                "entry `m` is a link out of the archive, to l/../../../x",
            ),
            ("a chain out", &["m -> l/x", "l -> d/..", "d -> ../y"], "entry `m` is a link out of the archive, to l/x"),
            ("a circle", &["a -> b", "b -> a"], "entry `a` is a link that leads in a circle"),
            ("hard link out", &["a", "b => ../a"], "entry `b` is a hard link to ../a, which is no file of the archive"),
            (
                "hard link to a link",
                &["a", "l -> a", "b => l"],
                "entry `b` is a hard link to l, which is no file of the archive",
            ),
            ("nothing", &["a/"], "it holds no file"),
        ];
        for (name, entries, expected) in rows {
            assert_eq!(unpack(entries).unwrap_err(), expected, "{name}");
        }
    }

    #[test]
    fn limits_hold() {
        let long = "x".repeat(31);
        let longer = "x".repeat(101);
        let rows: [(&str, Vec<&str>, &str); 3] = [
            ("entries", vec!["a/"; 9], "it holds more than 8 entries"),
            ("size", vec![&longer], "unpacked, it is larger than 100 bytes"),
            (
                "ratio",
                vec!["y", &long, "zzzzzzzzzzzz"],
                "unpacked, it is more than 10 times its size: refused as a decompression bomb",
            ),
        ];
        for (name, entries, expected) in rows {
            assert_eq!(unpack(&entries).unwrap_err(), expected, "{name}");
        }
    }

    #[test]
    fn a_key_gives_a_file_its_name() {
        let rows =
            [("a/b/t.yaml", "t.yaml"), ("t", "t"), ("a/", "artifact"), ("a/..", "artifact"), ("a/\\", "artifact")];
        for (key, expected) in rows {
            assert_eq!(base_name(key), Path::new(expected), "{key}");
        }
    }
}
