//! One unit of work → its bytes in the archive. What each thread does.

use super::chunk::ChunkCompressor;
use super::error::WriteError;
use super::noise::is_noise;
use super::plan::{CHUNK_BYTES, Part, Unit, chunks};
use super::reread::Reader;
use super::zip::{DESCRIPTOR_BYTES, Record};
use super::{Archive, Entry, EntryKind};
use libdeflater::{CompressionLvl, Compressor, crc32};

/// libdeflate's level whose archives stay within three percent of those of zlib's default, in a third of its time. The next
/// level takes one percent off them, which is sent in less time than finding it takes, from 100 Mbit/s on.
const LEVEL: i32 = 4;

/// What a unit became.
#[derive(Debug, Default)]
pub struct Packed {
    /// Its bytes in the archive.
    pub bytes: Vec<u8>,
    /// Of each entry, or of the one chunk, the bytes of content among them.
    pub contents: Vec<u64>,
    /// CRC-32 of the chunk's source.
    pub crc: u32,
    /// Bytes of the source.
    pub source_bytes: u64,
}

/// A thread's compressor and its buffers.
pub struct Packer {
    compressor: Compressor,
    chunks: ChunkCompressor,
    reader: Reader,
    input: Vec<u8>,
    output: Vec<u8>,
}

impl Packer {
    pub fn new() -> Self {
        let level = CompressionLvl::new(LEVEL).expect("level 4 is one of libdeflate's levels");
        Self {
            compressor: Compressor::new(level),
            chunks: ChunkCompressor::new(),
            reader: Reader::default(),
            input: Vec::new(),
            output: Vec::new(),
        }
    }

    /// Packs a unit.
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
            let content = self.reader.whole(archive, entry, &mut input)?;
            packed.contents.push(self.append(entry.record(0), content, &mut packed.bytes));
            packed.source_bytes += entry.size;
            self.input = input;
        }
        packed.bytes.shrink_to_fit();
        Ok(packed)
    }

    /// Appends the local header and the content of an entry that is packed whole: the size of the packed content.
    pub fn append(&mut self, record: Record, content: &[u8], out: &mut Vec<u8>) -> u64 {
        let packed = if is_noise(content) { content.len() } else { self.deflate(content) };
        let body = if packed < content.len() { &self.output[..packed] } else { content };
        let packed = body.len() as u64;
        Record { packed, ..record }.local_header(out);
        out.extend_from_slice(body);
        packed
    }

    /// Compresses into the output buffer: the length of the result.
    fn deflate(&mut self, content: &[u8]) -> usize {
        let bound = self.compressor.deflate_compress_bound(content.len());
        if self.output.len() < bound {
            self.output.resize(bound, 0);
        }
        let deflated = self.compressor.deflate_compress(content, &mut self.output);
        deflated.expect("the output buffer has the size that libdeflate asks for")
    }

    fn chunk(&mut self, archive: &Archive, entry: &Entry, chunk: u64) -> Result<Packed, WriteError> {
        let mut input = std::mem::take(&mut self.input);
        let content = self.reader.chunk(archive, entry, chunk, &mut input)?;
        let is_last = chunk + 1 == chunks(entry.size);
        let body =
            if is_noise(content) { self.chunks.store(content, is_last) } else { self.chunks.deflate(content, is_last) };
        let mut bytes = Vec::new();
        if chunk == 0 {
            entry.record(0).local_header(&mut bytes);
        }
        bytes.reserve_exact(body.len() + DESCRIPTOR_BYTES);
        bytes.extend_from_slice(body);
        let contents = vec![body.len() as u64];
        let packed = Packed { bytes, contents, crc: crc32(content), source_bytes: content.len() as u64 };
        self.input = input;
        Ok(packed)
    }

    fn copy(&mut self, archive: &Archive, entry: &Entry, chunk: u64) -> Result<Packed, WriteError> {
        let mut bytes = Vec::new();
        self.reader.chunk(archive, entry, chunk, &mut bytes)?;
        let source_bytes = bytes.len() as u64;
        Ok(Packed { crc: crc32(&bytes), contents: vec![source_bytes], source_bytes, bytes })
    }
}

impl Entry {
    /// The zip's record of this entry, given the size that its content was packed to.
    pub fn record(&self, packed: u64) -> Record<'_> {
        let streamed = self.size > CHUNK_BYTES && !matches!(self.kind, EntryKind::Link(_));
        Record { name: &self.name, mode: self.kind.mode(), crc: self.crc, size: self.size, packed, streamed }
    }
}
