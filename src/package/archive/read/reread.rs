//! Reads content for the second time, to pack it: the content that was hashed, or an error.

use super::open::{self, Opener};
use crate::package::archive::entry::{Archive, Entry, EntryKind};
use crate::package::archive::error::WriteError;
use libdeflater::crc32;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;

#[derive(Default)]
pub struct Rereader {
    opener: Opener,
}

impl Rereader {
    /// The whole content of a small entry. The buffer is used only if the content is not in memory yet.
    pub fn whole<'b>(
        &mut self,
        archive: &Archive,
        entry: &'b Entry,
        buffer: &'b mut Vec<u8>,
    ) -> Result<&'b [u8], WriteError> {
        if let EntryKind::Link(target) = &entry.kind {
            return Ok(target);
        }
        let buffer = room(buffer, entry.size + 1);
        let file = self.opener.open(&archive.source, &entry.name);
        let read = file.and_then(|mut file| open::fill(&mut file, entry.size, buffer));
        let read = read.map_err(|source| WriteError::Unreadable { path: archive.path_of(entry), source })?;
        let content = &buffer[..read];
        let same = content.len() as u64 == entry.size && crc32(content) == entry.crc;
        if same { Ok(content) } else { Err(WriteError::Changed { path: archive.path_of(entry) }) }
    }

    /// A range of a file. A range up to the end is an error if the file is longer now.
    pub fn range<'b>(
        &mut self,
        archive: &Archive,
        entry: &Entry,
        range: Range<u64>,
        buffer: &'b mut Vec<u8>,
    ) -> Result<&'b [u8], WriteError> {
        let buffer = room(buffer, range.end - range.start);
        let read = self.opener.open(&archive.source, &entry.name).and_then(|file| {
            file.read_exact_at(buffer, range.start)?;
            Ok(range.end < entry.size || file.metadata()?.len() == entry.size)
        });
        let path = || archive.path_of(entry);
        match read {
            Ok(true) => Ok(buffer),
            Ok(false) => Err(WriteError::Changed { path: path() }),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(WriteError::Changed { path: path() }),
            Err(source) => Err(WriteError::Unreadable { path: path(), source }),
        }
    }
}

/// The first bytes of a buffer that only grows, so that bytes are zeroed once and then overwritten.
fn room(buffer: &mut Vec<u8>, bytes: u64) -> &mut [u8] {
    let bytes = bytes as usize;
    if buffer.len() < bytes {
        buffer.resize(bytes, 0);
    }
    &mut buffer[..bytes]
}
