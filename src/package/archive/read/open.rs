//! Opens files relative to the folder of their source, so that the kernel does not resolve the path of the folder each
//! time.

use crate::package::archive::source::Source;
use rustix::fs::{Mode, OFlags, open, openat};
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::path::PathBuf;

/// Opens files, and keeps the folder of the last one open.
#[derive(Debug, Default)]
pub struct Opener {
    folder: Option<(PathBuf, OwnedFd)>,
}

impl Opener {
    /// Opens the file that holds the content of the entry of this name.
    pub fn open(&mut self, source: &Source, name: &str) -> io::Result<File> {
        let folder = match source {
            Source::Folder(folder) => folder,
            Source::File(file) | Source::AsIs(file) => return File::open(file),
        };
        let opened = match self.folder.take() {
            Some((path, opened)) if path == *folder => (path, opened),
            _ => (folder.clone(), open(folder, OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?),
        };
        let (_, folder) = self.folder.insert(opened);
        Ok(openat(folder, name, OFlags::CLOEXEC, Mode::empty())?.into())
    }
}

/// Fills the buffer with the next bytes and returns their number. Less than a full buffer means the end.
///
/// `left` bytes are expected. After these, a short read is taken for the end without another call.
pub fn fill(file: &mut impl Read, left: u64, buffer: &mut [u8]) -> io::Result<usize> {
    let mut bytes = 0;
    while bytes < buffer.len() {
        match file.read(&mut buffer[bytes..]) {
            Ok(0) => break,
            Ok(read) => bytes += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        }
        if bytes as u64 == left {
            break;
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::{Opener, Source};
    use crate::package::archive::samples::Tree;
    use std::io::{ErrorKind, read_to_string};

    #[test]
    fn files_of_several_folders_are_opened_in_any_order() {
        let (one, other) = (Tree::new().file("a/b", "1").link("a/to", "b"), Tree::new().file("a/b", "2"));
        let (file, missing) = (Source::File(other.path("a/b")), Source::Folder(one.path("missing")));
        let mut opener = Opener::default();
        let mut content = |source: &Source, name| opener.open(source, name).and_then(read_to_string);
        let rows = [
            (one.source(), "a/b", Ok("1")),
            (one.source(), "a/to", Ok("1")),
            (other.source(), "a/b", Ok("2")),
            (file, "b", Ok("2")),
            (missing, "a/b", Err(ErrorKind::NotFound)),
            (one.source(), "missing", Err(ErrorKind::NotFound)),
            (one.source(), "a/b", Ok("1")),
        ];
        for (source, name, expected) in rows {
            let found = content(&source, name);
            assert_eq!(found.as_deref().map_err(|error| error.kind()), expected, "{source:?} {name}");
        }
    }
}
