//! Deflates a large file in chunks that can be compressed in any order and then joined to one stream (RFC 1951).

use flate2::{Compress, Compression, FlushCompress, Status};

/// The level of zlib-rs whose streams are 2 to 3 percent larger than those of libdeflate's level 4, at some 85 percent
/// of its speed. Level 3 has its speed, and costs 4 percent on shared libraries and 7 on text. Level 1 of zlib-rs 0.6.8
/// panics on content that it cannot shrink.
///
/// A chunk does not get the 32 KiB before it as a dictionary, which would save 0.1 percent of a shared library and 0.5
/// percent of a text.
const LEVEL: Compression = Compression::new(4);
/// Output that a chunk may need beyond its own size: five bytes for each block of 16 KiB that does not shrink, and for
/// the flush. More would take a second call.
const SPARE_BYTES: usize = 1 << 10;

/// A thread's compressor of chunks.
pub struct ChunkCompressor {
    deflate: Compress,
    store: Compress,
    output: Vec<u8>,
}

impl ChunkCompressor {
    pub fn new() -> Self {
        let compress = |level| Compress::new(level, false);
        Self { deflate: compress(LEVEL), store: compress(Compression::none()), output: Vec::new() }
    }

    /// The chunk as deflated blocks that end at a byte boundary. Only the last chunk ends the stream.
    pub fn deflate(&mut self, content: &[u8], is_last: bool) -> &[u8] {
        run(&mut self.deflate, content, is_last, &mut self.output)
    }

    /// The same in stored blocks, for content that deflate cannot shrink.
    pub fn store(&mut self, content: &[u8], is_last: bool) -> &[u8] {
        run(&mut self.store, content, is_last, &mut self.output)
    }
}

fn run<'o>(compress: &mut Compress, content: &[u8], is_last: bool, output: &'o mut Vec<u8>) -> &'o [u8] {
    compress.reset();
    output.clear();
    let flush = if is_last { FlushCompress::Finish } else { FlushCompress::Sync };
    loop {
        let taken = compress.total_in() as usize;
        output.reserve(content.len() - taken + SPARE_BYTES);
        let status = compress.compress_vec(&content[taken..], output, flush).expect("a new stream takes any content");
        // Output that is full may lack the end of the flush.
        if status == Status::StreamEnd || !is_last && output.len() < output.capacity() {
            return output;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ChunkCompressor;
    use crate::package::archive::samples::{noise, text};
    use flate2::read::DeflateDecoder;
    use proptest::prelude::*;
    use std::io::Read;

    /// The streams of the chunks, joined. The odd ones are stored when `stores`.
    fn joined(chunks: &[Vec<u8>], stores: bool) -> Vec<u8> {
        let mut compressor = ChunkCompressor::new();
        let mut stream = Vec::new();
        for (index, chunk) in chunks.iter().enumerate() {
            let is_last = index + 1 == chunks.len();
            let store = stores && index % 2 == 1;
            stream.extend_from_slice(if store {
                compressor.store(chunk, is_last)
            } else {
                compressor.deflate(chunk, is_last)
            });
        }
        stream
    }

    /// What zlib-rs and libdeflate make of a stream that has to fill its input.
    fn inflated(stream: &[u8], bytes: usize) -> [Vec<u8>; 2] {
        let mut decoder = DeflateDecoder::new(stream);
        let (mut first, mut second) = (Vec::new(), vec![0; bytes + 1]);
        decoder.read_to_end(&mut first).unwrap();
        assert_eq!(decoder.total_in(), stream.len() as u64);
        let length = libdeflater::Decompressor::new().deflate_decompress(stream, &mut second).unwrap();
        second.truncate(length);
        [first, second]
    }

    #[test]
    fn joined_chunks_are_one_stream_of_the_joined_content() {
        const MIB: usize = 1 << 20;
        let rows = [
            ("one", vec![text(500_000)]),
            ("several of text", vec![text(MIB), text(MIB), text(9)]),
            ("noise", vec![noise(MIB), noise(MIB), noise(MIB)]),
            ("noise and text", vec![noise(MIB), text(MIB), noise(70_000), text(3)]),
            ("zeros", vec![vec![0; MIB], vec![0; 3 * MIB]]),
            ("one byte", vec![b"x".to_vec()]),
        ];
        for (name, chunks) in rows {
            let content = chunks.concat();
            for stores in [false, true] {
                let stream = joined(&chunks, stores);
                assert!(inflated(&stream, content.len()) == [content.clone(), content.clone()], "{name}");
                assert!(stream.len() < content.len() + 400 * chunks.len(), "{name}: {}", stream.len());
            }
        }
    }

    proptest! {
        #[test]
        fn any_contents_are_joined(
            chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..3000), 1..6),
            times in 1usize..40,
            stores: bool,
        ) {
            let chunks: Vec<_> = chunks.into_iter().map(|chunk| chunk.repeat(times)).collect();
            let content = chunks.concat();
            let stream = joined(&chunks, stores);
            prop_assert!(inflated(&stream, content.len()) == [content.clone(), content]);
        }
    }
}
