//! Archives → units of work that any core can pack alone, in the order of their bytes.

use crate::package::archive::entry::{Archive, Entry, EntryKind};
use crate::package::archive::source::Source;
use std::iter;

/// Largest number of source bytes in a unit. Another value changes the bytes of archives: it is no setting.
pub const CHUNK_BYTES: u64 = 1 << 20;
/// Largest number of small files in a unit.
const MAX_RUN_FILES: usize = 512;

/// A part of an archive.
#[derive(Debug, Clone, Copy)]
pub struct Unit<'a> {
    pub archive: &'a Archive,
    pub part: Part,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Whole entries: index of the first, and index after the last.
    Run(usize, usize),
    /// One chunk of a large file: index of the entry, index of the chunk.
    Chunk(usize, u64),
    /// One chunk of a file that is uploaded as it is.
    Copy(u64),
    /// The end of the archive.
    End,
}

/// Number of chunks of a file.
pub fn chunks(size: u64) -> u64 {
    size.div_ceil(CHUNK_BYTES)
}

/// All units of the archives.
pub fn units<'a>(archives: &'a [&'a Archive]) -> impl Iterator<Item = Unit<'a>> {
    archives.iter().flat_map(|archive| parts(archive).map(move |part| Unit { archive, part }))
}

fn parts(archive: &Archive) -> impl Iterator<Item = Part> {
    iter::successors(Some(first(archive)), |part| following(archive, *part))
}

fn first(archive: &Archive) -> Part {
    match &archive.source {
        Source::AsIs(_) if archive.bytes > 0 => Part::Copy(0),
        Source::AsIs(_) => Part::End,
        Source::Folder(_) | Source::File(_) => part_at(archive, 0),
    }
}

fn following(archive: &Archive, part: Part) -> Option<Part> {
    match part {
        Part::Run(_, end) => Some(part_at(archive, end)),
        Part::Chunk(entry, chunk) if chunk + 1 < chunks(archive.entries[entry].size) => {
            Some(Part::Chunk(entry, chunk + 1))
        }
        Part::Chunk(entry, _) => Some(part_at(archive, entry + 1)),
        Part::Copy(chunk) if chunk + 1 < chunks(archive.bytes) => Some(Part::Copy(chunk + 1)),
        Part::Copy(_) => Some(Part::End),
        Part::End => None,
    }
}

/// The part that starts with this entry.
fn part_at(archive: &Archive, first: usize) -> Part {
    let mut bytes = 0;
    let fits = |entry: &&Entry| {
        bytes += entry.size;
        bytes <= CHUNK_BYTES
    };
    match archive.entries[first..].iter().take(MAX_RUN_FILES).take_while(fits).count() {
        0 if first == archive.entries.len() => Part::End,
        0 if matches!(archive.entries[first].kind, EntryKind::Link(_)) => Part::Run(first, first + 1),
        0 => Part::Chunk(first, 0),
        count => Part::Run(first, first + count),
    }
}
