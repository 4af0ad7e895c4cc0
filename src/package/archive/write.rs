//! Archives → their bytes, one after the other, made ahead on all cores and handed over in order.

use super::error::WriteError;
use super::lanes::Lanes;
use super::pack::{Packed, Packer};
use super::plan::{Part, Unit, chunks, units};
use super::zip::{self, Record};
use super::{Archive, Entry, EntryKind, Source};
use crate::facts::{Event, PackageEvent, Reporter};
use bytes::Bytes;
use crc32fast::Hasher;

/// Bytes of the directory that are handed over at once.
const DIRECTORY_PIECE_BYTES: usize = 1 << 20;

/// What the receiver of archives is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// The next bytes of the archive, never none, at most a little more than 1 MiB.
    Bytes(Bytes),
    /// The archive is whole; the next piece belongs to the next one.
    End,
}

/// The receiver is gone: there is no use in going on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped;

/// Hands the bytes of the archives to `sink`, on this thread and in order, while all cores work ahead.
///
/// The bytes depend on nothing but names, contents and modes. Memory stays within 32 units of about 1 MiB, and 4 MiB for each
/// core, whatever the sizes. A file that is no longer what was read is an error, though bytes of its archive were
/// handed over by then.
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

/// A zip of entries that are in memory, in the order given; files of mode 0644.
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
    zip::end(entries.len() as u64, directory.len() as u64, offset, &mut bytes);
    bytes
}

/// Puts units together. Holds what the directory needs of the archive that is under way.
struct Writer<'a> {
    reporter: &'a dyn Reporter,
    sink: &'a mut dyn FnMut(Piece) -> Result<(), Stopped>,
    offset: u64,
    placed: Vec<Placed>,
    crc: Hasher,
}

/// Where an entry came to stand.
struct Placed {
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
                self.hand_over(packed)
            }
            Part::End => self.end(archive),
        }
    }

    fn run(&mut self, entries: &[Entry], packed: Packed) -> Result<(), WriteError> {
        let mut offset = self.offset;
        for (entry, packed) in entries.iter().zip(&packed.contents) {
            self.placed.push(Placed { offset, packed: *packed });
            offset += entry.record(*packed).local_header_bytes() + packed;
        }
        self.hand_over(packed)
    }

    fn chunk(&mut self, archive: &Archive, entry: &Entry, chunk: u64, mut packed: Packed) -> Result<(), WriteError> {
        if chunk == 0 {
            self.placed.push(Placed { offset: self.offset, packed: 0 });
        }
        self.check(archive, entry, chunk, &packed)?;
        if let Some(placed) = self.placed.last_mut() {
            placed.packed += packed.contents.iter().sum::<u64>();
            if chunk + 1 == chunks(entry.size) {
                entry.record(placed.packed).descriptor(&mut packed.bytes);
            }
        }
        self.hand_over(packed)
    }

    /// Carries the checksum over the chunks of a file and, at its end, compares it with what was read before.
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

    fn hand_over(&mut self, packed: Packed) -> Result<(), WriteError> {
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
            entry.record(placed.packed).directory_entry(placed.offset, &mut bytes);
            if bytes.len() >= DIRECTORY_PIECE_BYTES {
                self.send(std::mem::take(&mut bytes))?;
            }
        }
        let directory_bytes = self.offset + bytes.len() as u64 - start;
        zip::end(archive.entries.len() as u64, directory_bytes, start, &mut bytes);
        self.send(bytes)
    }
}
