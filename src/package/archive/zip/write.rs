//! Packed units → the bytes of archives, one archive after the other.

use super::lanes::Lanes;
use super::pack::{Packed, Packer};
use super::plan::{Part, Unit, chunks, units};
use super::records::{self, Record};
use crate::facts::{Event, PackageEvent, Reporter};
use crate::package::archive::entry::{Archive, Entry, EntryKind};
use crate::package::archive::error::WriteError;
use crate::package::archive::source::Source;
use bytes::Bytes;
use crc32fast::Hasher;

/// Bytes of the central directory in one piece.
const DIRECTORY_PIECE_BYTES: usize = 1 << 20;

/// What the receiver of archives gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// The next bytes of the archive: at least one, at most a little more than 1 MiB.
    Bytes(Bytes),
    /// The archive is complete; the next piece belongs to the next one.
    End,
}

/// The receiver needs no more pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped;

/// Sends the bytes of the archives to `sink`, on this thread and in order, while all cores pack ahead.
///
/// Memory is bounded by 32 units of about 1 MiB, and 4 MiB for each core. A file that is no longer the one that was
/// hashed is an error, after earlier bytes of its archive were sent.
pub fn write_all(
    archives: &[&Archive],
    reporter: &dyn Reporter,
    sink: &mut dyn FnMut(Piece) -> Result<(), Stopped>,
) -> Result<(), WriteError> {
    let mut writer = Writer { reporter, sink, offset: 0, placed: Vec::new(), crc: Hasher::new() };
    Lanes::new().run(
        units(archives),
        Packer::new,
        |packer, unit| packer.pack(unit),
        |unit, packed| writer.take(unit, packed?),
    )
}

/// A zip of entries that are in memory, in their order, with mode 0644.
pub fn zip_in_memory(entries: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut packer = Packer::new();
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in entries {
        let (crc, size) = (libdeflater::crc32(content), content.len() as u64);
        let record = Record { name, mode: EntryKind::Plain.mode(), crc, size, packed: 0, streamed: false };
        let offset = bytes.len() as u64;
        let packed = packer.append(record, content, &mut bytes);
        Record { packed, ..record }.directory_entry(offset, &mut directory);
    }
    let offset = bytes.len() as u64;
    bytes.extend_from_slice(&directory);
    records::end(entries.len() as u64, directory.len() as u64, offset, &mut bytes);
    bytes
}

/// Joins units, and keeps what the central directory of the current archive needs.
struct Writer<'a> {
    reporter: &'a dyn Reporter,
    sink: &'a mut dyn FnMut(Piece) -> Result<(), Stopped>,
    offset: u64,
    placed: Vec<PlacedEntry>,
    /// CRC-32 of the chunks of the current file so far.
    crc: Hasher,
}

/// Offset of an entry in the archive, and packed size of its content.
struct PlacedEntry {
    offset: u64,
    packed: u64,
}

impl Writer<'_> {
    fn take(&mut self, unit: Unit, packed: Packed) -> Result<(), WriteError> {
        let archive = unit.archive;
        match unit.part {
            Part::Run(first, end) => self.run(&archive.entries[first..end], packed),
            Part::Chunk(entry, chunk) => self.chunk(archive, &archive.entries[entry], chunk, packed),
            Part::Copy(chunk) => {
                self.check(archive, &archive.entries[0], chunk, &packed)?;
                self.send_packed(packed)
            }
            Part::End => self.end(archive),
        }
    }

    fn run(&mut self, entries: &[Entry], packed: Packed) -> Result<(), WriteError> {
        let mut offset = self.offset;
        for (entry, packed) in entries.iter().zip(&packed.contents) {
            self.placed.push(PlacedEntry { offset, packed: *packed });
            offset += Record::new(entry, *packed).local_header_bytes() + packed;
        }
        self.send_packed(packed)
    }

    fn chunk(&mut self, archive: &Archive, entry: &Entry, chunk: u64, mut packed: Packed) -> Result<(), WriteError> {
        if chunk == 0 {
            self.placed.push(PlacedEntry { offset: self.offset, packed: 0 });
        }
        self.check(archive, entry, chunk, &packed)?;
        if let Some(placed) = self.placed.last_mut() {
            placed.packed += packed.contents.iter().sum::<u64>();
            if chunk + 1 == chunks(entry.size) {
                Record::new(entry, placed.packed).descriptor(&mut packed.bytes);
            }
        }
        self.send_packed(packed)
    }

    /// Combines the checksums of the chunks of a file and compares the last result with the checksum of the first pass.
    fn check(&mut self, archive: &Archive, entry: &Entry, chunk: u64, packed: &Packed) -> Result<(), WriteError> {
        if chunk == 0 {
            self.crc = Hasher::new();
        }
        self.crc.combine(&Hasher::new_with_initial_len(packed.crc, packed.source_bytes));
        if chunk + 1 == chunks(entry.size) && self.crc.clone().finalize() != entry.crc {
            return Err(WriteError::Changed { path: archive.path_of(entry) });
        }
        Ok(())
    }

    fn send_packed(&mut self, packed: Packed) -> Result<(), WriteError> {
        self.send(packed.bytes)?;
        self.reporter.report(Event::Package(PackageEvent::UploadAdvanced { bytes: packed.source_bytes }));
        Ok(())
    }

    fn send(&mut self, bytes: Vec<u8>) -> Result<(), WriteError> {
        self.offset += bytes.len() as u64;
        if bytes.is_empty() {
            return Ok(());
        }
        (self.sink)(Piece::Bytes(bytes.into())).map_err(|Stopped| WriteError::Stopped)
    }

    fn end(&mut self, archive: &Archive) -> Result<(), WriteError> {
        match &archive.source {
            Source::Folder(_) | Source::File(_) => self.directory(archive)?,
            Source::AsIs(_) => {}
        }
        self.offset = 0;
        self.placed.clear();
        (self.sink)(Piece::End).map_err(|Stopped| WriteError::Stopped)
    }

    fn directory(&mut self, archive: &Archive) -> Result<(), WriteError> {
        let start = self.offset;
        let mut bytes = Vec::new();
        for (entry, placed) in archive.entries.iter().zip(std::mem::take(&mut self.placed)) {
            Record::new(entry, placed.packed).directory_entry(placed.offset, &mut bytes);
            if bytes.len() >= DIRECTORY_PIECE_BYTES {
                self.send(std::mem::take(&mut bytes))?;
            }
        }
        let directory_bytes = self.offset + bytes.len() as u64 - start;
        records::end(archive.entries.len() as u64, directory_bytes, start, &mut bytes);
        self.send(bytes)
    }
}
