//! One unit of work → its bytes in the archive. Every thread has a packer.

use super::chunk::ChunkCompressor;
use super::incompressible::is_incompressible;
use super::plan::{CHUNK_BYTES, Part, Unit, chunks};
use super::records::{DESCRIPTOR_BYTES, Record};
use crate::package::archive::entry::{Archive, Entry};
use crate::package::archive::error::WriteError;
use crate::package::archive::read::Rereader;
use libdeflater::{CompressionLvl, Compressor, crc32};

/// The level of libdeflate whose archives are within three percent of those of zlib's default, in a third of its time.
/// The next level saves one percent, which takes less time to send than to find, from 100 Mbit/s on.
const LEVEL: i32 = 4;

/// A packed unit.
#[derive(Debug, Default)]
pub struct Packed {
    /// Its bytes in the archive.
    pub bytes: Vec<u8>,
    /// Packed size of the content of each entry, or of the one chunk.
    pub contents: Vec<u64>,
    /// CRC-32 of the source of a chunk.
    pub crc: u32,
    pub source_bytes: u64,
}

/// A thread's compressors and buffers.
pub struct Packer {
    compressor: Compressor,
    chunks: ChunkCompressor,
    rereader: Rereader,
    input: Vec<u8>,
    output: Vec<u8>,
}

impl Packer {
    pub fn new() -> Self {
        let level = CompressionLvl::new(LEVEL).expect("level 4 is one of libdeflate's levels");
        Self {
            compressor: Compressor::new(level),
            chunks: ChunkCompressor::new(),
            rereader: Rereader::default(),
            input: Vec::new(),
            output: Vec::new(),
        }
    }

    pub fn pack(&mut self, unit: Unit) -> Result<Packed, WriteError> {
        let archive = unit.archive;
        match unit.part {
            Part::Run(first, end) => self.run(archive, &archive.entries[first..end]),
            Part::Chunk(entry, chunk) => self.chunk(archive, &archive.entries[entry], chunk),
            Part::Copy(chunk) => self.copy(archive, &archive.entries[0], chunk),
            Part::End => Ok(Packed::default()),
        }
    }

    fn run(&mut self, archive: &Archive, entries: &[Entry]) -> Result<Packed, WriteError> {
        let mut packed = Packed::default();
        for entry in entries {
            let mut input = std::mem::take(&mut self.input);
            let content = self.rereader.whole(archive, entry, &mut input)?;
            packed.contents.push(self.append(Record::new(entry, 0), content, &mut packed.bytes));
            packed.source_bytes += entry.size;
            self.input = input;
        }
        packed.bytes.shrink_to_fit();
        Ok(packed)
    }

    /// Appends the local header and the content of a whole entry. Returns the packed size of the content.
    pub fn append(&mut self, record: Record, content: &[u8], out: &mut Vec<u8>) -> u64 {
        let packed = if is_incompressible(content) { content.len() } else { self.deflate(content) };
        let body = if packed < content.len() { &self.output[..packed] } else { content };
        let packed = body.len() as u64;
        Record { packed, ..record }.local_header(out);
        out.extend_from_slice(body);
        packed
    }

    /// Compresses into the output buffer. Returns the length of the result.
    fn deflate(&mut self, content: &[u8]) -> usize {
        let bound = self.compressor.deflate_compress_bound(content.len());
        if self.output.len() < bound {
            self.output.resize(bound, 0);
        }
        let deflated = self.compressor.deflate_compress(content, &mut self.output);
        deflated.expect("the output buffer has the size that libdeflate asks for")
    }

    fn chunk(&mut self, archive: &Archive, entry: &Entry, chunk: u64) -> Result<Packed, WriteError> {
        let content = self.rereader.range(archive, entry, chunk_range(entry, chunk), &mut self.input)?;
        let is_last = chunk + 1 == chunks(entry.size);
        let body = if is_incompressible(content) {
            self.chunks.store(content, is_last)
        } else {
            self.chunks.deflate(content, is_last)
        };
        let mut bytes = Vec::new();
        if chunk == 0 {
            Record::new(entry, 0).local_header(&mut bytes);
        }
        bytes.reserve_exact(body.len() + DESCRIPTOR_BYTES);
        bytes.extend_from_slice(body);
        let contents = vec![body.len() as u64];
        Ok(Packed { bytes, contents, crc: crc32(content), source_bytes: content.len() as u64 })
    }

    fn copy(&mut self, archive: &Archive, entry: &Entry, chunk: u64) -> Result<Packed, WriteError> {
        let mut bytes = Vec::new();
        self.rereader.range(archive, entry, chunk_range(entry, chunk), &mut bytes)?;
        let source_bytes = bytes.len() as u64;
        Ok(Packed { crc: crc32(&bytes), contents: vec![source_bytes], source_bytes, bytes })
    }
}

/// The bytes of a chunk of a file.
fn chunk_range(entry: &Entry, chunk: u64) -> std::ops::Range<u64> {
    let start = chunk * CHUNK_BYTES;
    start..entry.size.min(start + CHUNK_BYTES)
}
