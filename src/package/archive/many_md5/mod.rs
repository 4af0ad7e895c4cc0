//! MD5 of many contents at once, as fast as contents of any sizes allow.
//!
//! Each column of the arithmetic has a seat. A content takes a free one, is read piece by piece, and makes room for the next
//! the moment it ends, so that no column waits for the longest content. Once so few are left that most columns would be
//! empty, each is finished on its own, by whichever thread is free.

mod columns;

pub use columns::COLUMNS;

use columns::{Block, State};
use md5::block_api;
use rayon::prelude::*;
use std::io;
use std::ops::Range;

/// Bytes that are read of a content at once.
const PIECE_BYTES: usize = 16 << 10;
const BLOCK_BYTES: usize = size_of::<Block>();
/// Contents that are faster hashed one by one than side by side.
const FEW: usize = 4;

type Digest = [u8; 16];

/// Bytes that come in pieces.
pub trait Content {
    /// Fills the buffer with the next bytes: how many. Less than a whole buffer is the end.
    fn fill(&mut self, buffer: &mut [u8]) -> io::Result<usize>;
}

/// Hashes what `next` gives until it gives none, and hands each content to `done` with its digest, in the order in which
/// they end.
pub fn hash_all<C: Content + Send>(mut next: impl FnMut() -> Option<C>, mut done: impl FnMut(C, io::Result<Digest>)) {
    let mut seats: [Seat<C>; COLUMNS] = std::array::from_fn(|_| Seat::new());
    let mut state = State::new();
    loop {
        for (column, seat) in seats.iter_mut().enumerate() {
            seat.prepare(column, &mut state, &mut next, &mut done);
        }
        let busy = seats.iter().filter(|seat| !seat.ready.is_empty());
        match busy.clone().count() {
            0 => return,
            1..=FEW => {
                return one_by_one(seats, &state).into_iter().for_each(|(content, digest)| done(content, digest));
            }
            _ => {
                let rows = busy.map(|seat| seat.ready.len()).min().unwrap_or_default();
                side_by_side(rows, &mut seats, &mut state);
            }
        }
    }
}

fn side_by_side<C>(rows: usize, seats: &mut [Seat<C>; COLUMNS], state: &mut State) {
    const IDLE: &[Block] = &[[0; BLOCK_BYTES]];
    let columns = seats.each_ref().map(|seat| if seat.ready.is_empty() { IDLE } else { seat.blocks() });
    for row in 0..rows {
        state.take(&columns.map(|blocks| blocks.get(row).unwrap_or(&IDLE[0])));
    }
    for seat in seats.iter_mut().filter(|seat| !seat.ready.is_empty()) {
        seat.ready.start += rows;
    }
}

fn one_by_one<C: Content + Send>(seats: [Seat<C>; COLUMNS], state: &State) -> Vec<(C, io::Result<Digest>)> {
    let busy = seats.into_iter().enumerate().filter(|(_, seat)| !seat.ready.is_empty());
    let busy: Vec<_> = busy.map(|(column, seat)| (seat, state.get(column))).collect();
    busy.into_par_iter().filter_map(|(seat, words)| seat.finish(words)).collect()
}

/// A column's place for a content.
struct Seat<C> {
    content: Option<C>,
    /// A piece, with room for the padding behind the last.
    buffer: Vec<u8>,
    /// Blocks of the buffer that were not hashed yet.
    ready: Range<usize>,
    /// Bytes of the content so far.
    bytes: u64,
    /// Whether the buffer holds the end of the content.
    is_last: bool,
}

impl<C: Content> Seat<C> {
    fn new() -> Self {
        let buffer = vec![0; PIECE_BYTES + BLOCK_BYTES];
        Self { content: None, buffer, ready: 0..0, bytes: 0, is_last: false }
    }

    /// Sees to it that there are blocks to be hashed, if there is anything left at all.
    fn prepare(
        &mut self,
        column: usize,
        state: &mut State,
        next: &mut impl FnMut() -> Option<C>,
        done: &mut impl FnMut(C, io::Result<Digest>),
    ) {
        while self.ready.is_empty() {
            match self.content.take() {
                Some(content) if self.is_last => done(content, Ok(digest(state.get(column)))),
                Some(mut content) => match self.refill(&mut content) {
                    Ok(()) => self.content = Some(content),
                    Err(error) => done(content, Err(error)),
                },
                None => {
                    let Some(content) = next() else { return };
                    self.content = Some(content);
                    (self.bytes, self.is_last) = (0, false);
                    state.restart(column);
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

    /// Ends the content as RFC 1321 (3.1 and 3.2) says: the number of blocks in the buffer.
    fn pad(&mut self, read: usize) -> usize {
        let blocks = (read + 1 + size_of::<u64>()).div_ceil(BLOCK_BYTES);
        let (padding, length) = self.buffer[read..blocks * BLOCK_BYTES].split_last_chunk_mut().expect("there is room");
        padding.fill(0);
        padding[0] = 0x80;
        *length = self.bytes.wrapping_mul(8).to_le_bytes();
        blocks
    }

    /// Hashes the rest of the content on its own.
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

impl<C> Seat<C> {
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

    /// A text by its place among others, and what is left of it.
    struct Text<'t>(usize, &'t [u8]);

    impl Content for Text<'_> {
        fn fill(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.1 == b"unreadable" { Err(Error::other("unreadable")) } else { self.1.read(buffer) }
        }
    }

    /// Of each text, in their order.
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
    fn each_length_around_a_block_and_a_piece_is_padded_as_the_standard_says() {
        let around = |edge: usize| edge.saturating_sub(70)..edge + 70;
        let texts: Vec<_> = around(0).chain(around(PIECE_BYTES)).chain(around(2 * PIECE_BYTES)).map(text).collect();
        assert_eq!(hashed(&texts), texts.iter().map(alone).collect::<Vec<_>>());
    }

    #[test]
    fn what_cannot_be_read_keeps_nothing_else_from_being_hashed() {
        let texts: Vec<_> = (0..60).map(|n| if n % 7 == 3 { b"unreadable".to_vec() } else { text(n * 999) }).collect();
        assert_eq!(hashed(&texts), texts.iter().map(alone).collect::<Vec<_>>());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn texts_of_any_lengths_are_hashed_as_each_is_alone(
            lengths in proptest::collection::vec(prop_oneof![8 => 0..700usize, 1 => 0..200_000usize], 0..60),
        ) {
            let texts: Vec<_> = lengths.into_iter().map(text).collect();
            prop_assert_eq!(hashed(&texts), texts.iter().map(alone).collect::<Vec<_>>());
        }
    }
}
