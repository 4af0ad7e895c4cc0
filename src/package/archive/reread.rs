//! Content that is read for the second time, to be packed: the same as the first time, or an error.

use super::error::WriteError;
use super::open::{self, Opener};
use super::plan::CHUNK_BYTES;
use super::{Archive, Entry, EntryKind};
use libdeflater::crc32;
use std::io;
use std::os::unix::fs::FileExt;

/// Reads entries, one after the other.
#[derive(Default)]
pub struct Reader {
    opener: Opener,
}

impl Reader {
    /// The whole content of a small entry, in the buffer unless it is known already.
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

    /// One chunk of a file. The last one makes sure that the file ends where it should.
    pub fn chunk<'b>(
        &mut self,
        archive: &Archive,
        entry: &Entry,
        chunk: u64,
        buffer: &'b mut Vec<u8>,
    ) -> Result<&'b [u8], WriteError> {
        let offset = chunk * CHUNK_BYTES;
        let length = CHUNK_BYTES.min(entry.size - offset);
        let buffer = room(buffer, length);
        let read = self.opener.open(&archive.source, &entry.name).and_then(|file| {
            file.read_exact_at(buffer, offset)?;
            Ok(offset + length < entry.size || file.metadata()?.len() == entry.size)
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

/// The first bytes of a buffer that only grows: what is in them is overwritten, so they are zeroed no more than once.
fn room(buffer: &mut Vec<u8>, bytes: u64) -> &mut [u8] {
    let bytes = bytes as usize;
    if buffer.len() < bytes {
        buffer.resize(bytes, 0);
    }
    &mut buffer[..bytes]
}
