//! Archives → units of work that any core can do on its own, in the order of the bytes that they make.

use super::{Archive, EntryKind, Source};
use std::iter;

/// Source bytes of one unit, at most. Decides the bytes of an archive: part of the format, not a setting.
pub const CHUNK_BYTES: u64 = 1 << 20;
/// Small files of one unit, at most.
const RUN_FILES: usize = 512;

/// A piece of an archive.
#[derive(Debug, Clone, Copy)]
pub struct Unit<'a> {
    /// The archive.
    pub archive: &'a Archive,
    /// Which piece of it.
    pub part: Part,
}

/// The kinds of piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Entries, each packed whole: from the first to before the last index.
    Run(usize, usize),
    /// One chunk, by its index, of the entry of the first index.
    Chunk(usize, u64),
    /// One chunk of a file that is not archived.
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
    let mut next = Some(first(archive));
    iter::from_fn(move || {
        let part = next?;
        next = following(archive, part);
        Some(part)
    })
}

fn first(archive: &Archive) -> Part {
    match &archive.source {
        Source::AsIs(_) if archive.bytes > 0 => Part::Copy(0),
        Source::AsIs(_) => Part::End,
        Source::Folder(_) | Source::File(_) => from_entry(archive, 0),
    }
}

fn following(archive: &Archive, part: Part) -> Option<Part> {
    match part {
        Part::Run(_, end) => Some(from_entry(archive, end)),
        Part::Chunk(entry, chunk) if chunk + 1 < chunks(archive.entries[entry].size) => {
            Some(Part::Chunk(entry, chunk + 1))
        }
        Part::Chunk(entry, _) => Some(from_entry(archive, entry + 1)),
        Part::Copy(chunk) if chunk + 1 < chunks(archive.bytes) => Some(Part::Copy(chunk + 1)),
        Part::Copy(_) => Some(Part::End),
        Part::End => None,
    }
}

fn from_entry(archive: &Archive, first: usize) -> Part {
    let mut bytes = 0;
    let fits = |entry: &&super::Entry| {
        bytes += entry.size;
        bytes <= CHUNK_BYTES
    };
    match archive.entries[first..].iter().take(RUN_FILES).take_while(fits).count() {
        0 if first == archive.entries.len() => Part::End,
        0 if matches!(archive.entries[first].kind, EntryKind::Link(_)) => Part::Run(first, first + 1),
        0 => Part::Chunk(first, 0),
        count => Part::Run(first, first + count),
    }
}
