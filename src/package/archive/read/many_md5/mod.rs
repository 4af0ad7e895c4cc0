//! MD5 of many contents at once, for files that are too small to keep a core busy one by one.
//!
//! Each column of the arithmetic hashes one content, which is read piece by piece. When it ends, the next content takes
//! the column, so that no column waits for the longest content. Once most columns would be empty, the contents that are
//! left are finished one by one, each on any free thread. `benches/md5.rs` compares this with one MD5 at a time.

mod columns;

pub use columns::COLUMNS;

use columns::{Block, State};
use md5::block_api;
use rayon::prelude::*;
use std::io;
use std::ops::Range;

/// Bytes read of a content at once.
const PIECE_BYTES: usize = 16 << 10;
const BLOCK_BYTES: usize = size_of::<Block>();
/// Up to this number, contents are hashed faster one by one than side by side.
const FEW: usize = 4;

type Digest = [u8; 16];

/// Bytes that are read piece by piece.
pub trait Content {
    /// Fills the buffer with the next bytes and returns their number. Less than a full buffer means the end.
    fn fill(&mut self, buffer: &mut [u8]) -> io::Result<usize>;
}

/// Hashes the contents that `next` returns, until it returns `None`. Calls `done` with each content and its digest, in
/// the order in which they end.
pub fn hash_all<C: Content + Send>(mut next: impl FnMut() -> Option<C>, mut done: impl FnMut(C, io::Result<Digest>)) {
    let mut columns: [Column<C>; COLUMNS] = std::array::from_fn(|_| Column::new());
    let mut state = State::new();
    loop {
        for (index, column) in columns.iter_mut().enumerate() {
            column.prepare(index, &mut state, &mut next, &mut done);
        }
        let busy = columns.iter().filter(|column| !column.ready.is_empty());
        match busy.clone().count() {
            0 => return,
            1..=FEW => {
                return one_by_one(columns, &state).into_iter().for_each(|(content, digest)| done(content, digest));
            }
            _ => {
                let rows = busy.map(|column| column.ready.len()).min().unwrap_or_default();
                side_by_side(rows, &mut columns, &mut state);
            }
        }
    }
}

fn side_by_side<C>(rows: usize, columns: &mut [Column<C>; COLUMNS], state: &mut State) {
    const IDLE: &[Block] = &[[0; BLOCK_BYTES]];
    let blocks = columns.each_ref().map(|column| if column.ready.is_empty() { IDLE } else { column.blocks() });
    for row in 0..rows {
        state.update(&blocks.map(|blocks| blocks.get(row).unwrap_or(&IDLE[0])));
    }
    for column in columns.iter_mut().filter(|column| !column.ready.is_empty()) {
        column.ready.start += rows;
    }
}

fn one_by_one<C: Content + Send>(columns: [Column<C>; COLUMNS], state: &State) -> Vec<(C, io::Result<Digest>)> {
    let busy = columns.into_iter().enumerate().filter(|(_, column)| !column.ready.is_empty());
    let busy: Vec<_> = busy.map(|(index, column)| (column, state.get(index))).collect();
    busy.into_par_iter().filter_map(|(column, words)| column.finish(words)).collect()
}

/// A column, with the content that it hashes.
struct Column<C> {
    content: Option<C>,
    /// A piece, with room for the padding after the last one.
    buffer: Vec<u8>,
    /// Blocks of the buffer that are not hashed yet.
    ready: Range<usize>,
    /// Bytes of the content so far.
    bytes: u64,
    /// Whether the buffer holds the end of the content.
    is_last: bool,
}

impl<C: Content> Column<C> {
    fn new() -> Self {
        let buffer = vec![0; PIECE_BYTES + BLOCK_BYTES];
        Self { content: None, buffer, ready: 0..0, bytes: 0, is_last: false }
    }

    /// Reads the next blocks, of the next content if this one ended. Leaves none if there is no content.
    fn prepare(
        &mut self,
        index: usize,
        state: &mut State,
        next: &mut impl FnMut() -> Option<C>,
        done: &mut impl FnMut(C, io::Result<Digest>),
    ) {
        while self.ready.is_empty() {
            match self.content.take() {
                Some(content) if self.is_last => done(content, Ok(digest(state.get(index)))),
                Some(mut content) => match self.refill(&mut content) {
                    Ok(()) => self.content = Some(content),
                    Err(error) => done(content, Err(error)),
                },
                None => {
                    let Some(content) = next() else { return };
                    self.content = Some(content);
                    (self.bytes, self.is_last) = (0, false);
                    state.restart(index);
                }
            }
        }
    }

    fn refill(&mut self, content: &mut C) -> io::Result<()> {
        let read = content.fill(&mut self.buffer[..PIECE_BYTES])?;
        self.bytes += read as u64;
        self.is_last = read < PIECE_BYTES;
        self.ready = 0..if self.is_last { self.pad(read) } else { PIECE_BYTES / BLOCK_BYTES };
        Ok(())
    }

    /// Pads the content (RFC 1321, 3.1 and 3.2). Returns the number of blocks in the buffer.
    fn pad(&mut self, read: usize) -> usize {
        let blocks = (read + 1 + size_of::<u64>()).div_ceil(BLOCK_BYTES);
        let (padding, length) = self.buffer[read..blocks * BLOCK_BYTES]
            .split_last_chunk_mut()
            .expect("the buffer has room for a block of padding");
        padding.fill(0);
        padding[0] = 0x80;
        *length = self.bytes.wrapping_mul(8).to_le_bytes();
        blocks
    }

    /// Hashes the rest of the content alone.
    fn finish(mut self, mut words: [u32; 4]) -> Option<(C, io::Result<Digest>)> {
        let mut content = self.content.take()?;
        loop {
            block_api::compress(&mut words, self.blocks());
            if self.is_last {
                return Some((content, Ok(digest(words))));
            }
            if let Err(error) = self.refill(&mut content) {
                return Some((content, Err(error)));
            }
        }
    }
}

impl<C> Column<C> {
    fn blocks(&self) -> &[Block] {
        &self.buffer.as_chunks().0[self.ready.clone()]
    }
}

fn digest(words: [u32; 4]) -> Digest {
    let mut digest = [0; 16];
    digest.as_chunks_mut().0.iter_mut().zip(words).for_each(|(bytes, word)| *bytes = word.to_le_bytes());
    digest
}

#[cfg(test)]
mod tests {
    use super::{Content, PIECE_BYTES, hash_all};
    use md5::{Digest, Md5};
    use proptest::prelude::*;
    use std::io::{self, Error, Read};

    /// The index of a text, and the part of it that is not read yet.
    struct Text<'t>(usize, &'t [u8]);

    impl Content for Text<'_> {
        fn fill(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.1 == b"unreadable" { Err(Error::other("unreadable")) } else { self.1.read(buffer) }
        }
    }

    /// The digests of the texts, in their order.
    fn hashed(texts: &[Vec<u8>]) -> Vec<Option<[u8; 16]>> {
        let mut waiting = texts.iter().enumerate().map(|(index, text)| Text(index, text));
        let mut digests = vec![None; texts.len()];
        hash_all(
            || waiting.next(),
            |Text(index, _), digest| assert_eq!(std::mem::replace(&mut digests[index], digest.ok()), None),
        );
        digests
    }

    fn alone(text: &Vec<u8>) -> Option<[u8; 16]> {
        (text != b"unreadable").then(|| Md5::digest(text).into())
    }

    fn text(bytes: usize) -> Vec<u8> {
        (0..bytes).map(|byte| (byte * 7 + bytes) as u8).collect()
    }

    #[test]
    fn contents_around_the_size_of_a_block_or_a_piece_are_padded_as_in_the_standard() {
        let around = |edge: usize| edge.saturating_sub(70)..edge + 70;
        let texts: Vec<_> = around(0).chain(around(PIECE_BYTES)).chain(around(2 * PIECE_BYTES)).map(text).collect();
        assert_eq!(hashed(&texts), texts.iter().map(alone).collect::<Vec<_>>());
    }

    #[test]
    fn a_content_that_cannot_be_read_does_not_stop_the_others() {
        let texts: Vec<_> = (0..60).map(|n| if n % 7 == 3 { b"unreadable".to_vec() } else { text(n * 999) }).collect();
        assert_eq!(hashed(&texts), texts.iter().map(alone).collect::<Vec<_>>());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn texts_of_any_lengths_have_the_digests_that_each_has_alone(
            lengths in proptest::collection::vec(prop_oneof![8 => 0..700usize, 1 => 0..200_000usize], 0..60),
        ) {
            let texts: Vec<_> = lengths.into_iter().map(text).collect();
            prop_assert_eq!(hashed(&texts), texts.iter().map(alone).collect::<Vec<_>>());
        }
    }
}
