//! The arithmetic of MD5 (RFC 1321) on one block of each of many columns at once.
//!
//! A single MD5 is bound by the length of its chain of operations; several side by side are not. The code is plain
//! arrays, which the compiler turns into vector instructions of the target. Those of every aarch64 are good; those of
//! the oldest x86-64 are poor, so there AVX2 is used if the processor has it.

/// Columns of a state. With 16 of them the compiler unrolls the loops before it vectorizes, and finds few vectors.
pub const COLUMNS: usize = 32;
/// What one round hashes in each column.
pub type Block = [u8; 64];
/// One word of each column.
type Words = [u32; COLUMNS];

/// The state of each column.
#[derive(Debug, Clone)]
pub struct State([Words; 4]);

const START: [u32; 4] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];

/// `floor(2^32 × |sin(i + 1)|)` (RFC 1321, section 3.4).
#[rustfmt::skip]
const SINES: [u32; 64] = [
    0xd76a_a478, 0xe8c7_b756, 0x2420_70db, 0xc1bd_ceee, 0xf57c_0faf, 0x4787_c62a, 0xa830_4613, 0xfd46_9501,
    0x6980_98d8, 0x8b44_f7af, 0xffff_5bb1, 0x895c_d7be, 0x6b90_1122, 0xfd98_7193, 0xa679_438e, 0x49b4_0821,
    0xf61e_2562, 0xc040_b340, 0x265e_5a51, 0xe9b6_c7aa, 0xd62f_105d, 0x0244_1453, 0xd8a1_e681, 0xe7d3_fbc8,
    0x21e1_cde6, 0xc337_07d6, 0xf4d5_0d87, 0x455a_14ed, 0xa9e3_e905, 0xfcef_a3f8, 0x676f_02d9, 0x8d2a_4c8a,
    0xfffa_3942, 0x8771_f681, 0x6d9d_6122, 0xfde5_380c, 0xa4be_ea44, 0x4bde_cfa9, 0xf6bb_4b60, 0xbebf_bc70,
    0x289b_7ec6, 0xeaa1_27fa, 0xd4ef_3085, 0x0488_1d05, 0xd9d4_d039, 0xe6db_99e5, 0x1fa2_7cf8, 0xc4ac_5665,
    0xf429_2244, 0x432a_ff97, 0xab94_23a7, 0xfc93_a039, 0x655b_59c3, 0x8f0c_cc92, 0xffef_f47d, 0x8584_5dd1,
    0x6fa8_7e4f, 0xfe2c_e6e0, 0xa301_4314, 0x4e08_11a1, 0xf753_7e82, 0xbd3a_f235, 0x2ad7_d2bb, 0xeb86_d391,
];

impl State {
    pub fn new() -> Self {
        Self(START.map(|word| [word; COLUMNS]))
    }

    pub fn restart(&mut self, column: usize) {
        self.set(column, START);
    }

    /// The words of a column, which are its digest at the end.
    pub fn get(&self, column: usize) -> [u32; 4] {
        self.0.each_ref().map(|words| words[column])
    }

    /// Replaces the words of a column.
    pub fn set(&mut self, column: usize, words: [u32; 4]) {
        for (all, word) in self.0.iter_mut().zip(words) {
            all[column] = word;
        }
    }

    /// Hashes one more block of each column.
    pub fn update(&mut self, blocks: &[&Block; COLUMNS]) {
        #[cfg(target_arch = "x86_64")]
        if avx2::update(self, blocks) {
            return;
        }
        self.update_as_compiled(blocks);
    }

    #[inline(always)]
    fn update_as_compiled(&mut self, blocks: &[&Block; COLUMNS]) {
        let message = message(blocks);
        let mut new = self.0;
        round::<7, 12, 17, 22>(&mut new, &message, 0, |b, c, d| d ^ (b & (c ^ d)), |step| step);
        round::<5, 9, 14, 20>(&mut new, &message, 1, |b, c, d| c ^ (d & (b ^ c)), |step| 5 * step + 1);
        round::<4, 11, 16, 23>(&mut new, &message, 2, |b, c, d| b ^ c ^ d, |step| 3 * step + 5);
        round::<6, 10, 15, 21>(&mut new, &message, 3, |b, c, d| c ^ (b | !d), |step| 7 * step);
        for (old, new) in self.0.as_flattened_mut().iter_mut().zip(new.as_flattened()) {
            *old = old.wrapping_add(*new);
        }
    }
}

/// The same code compiled with AVX2, three times as fast.
#[cfg(target_arch = "x86_64")]
mod avx2 {
    use super::{Block, COLUMNS, State};

    /// Returns false, with nothing done, if the processor lacks AVX2.
    #[expect(unsafe_code, reason = "the compiler cannot know that the processor was asked for AVX2")]
    pub fn update(state: &mut State, blocks: &[&Block; COLUMNS]) -> bool {
        let has_avx2 = is_x86_feature_detected!("avx2");
        if has_avx2 {
            // SAFETY: the function is safe but for its need of AVX2, which this processor has.
            unsafe { update_with_avx2(state, blocks) }
        }
        has_avx2
    }

    #[target_feature(enable = "avx2")]
    fn update_with_avx2(state: &mut State, blocks: &[&Block; COLUMNS]) {
        state.update_as_compiled(blocks);
    }
}

/// The sixteen words of the blocks, each with all columns.
#[inline(always)]
fn message(blocks: &[&Block; COLUMNS]) -> [Words; 16] {
    let mut message = [[0; COLUMNS]; 16];
    for (word, all) in message.iter_mut().enumerate() {
        for (column, block) in all.iter_mut().zip(blocks) {
            *column = u32::from_le_bytes(block.as_chunks().0[word]);
        }
    }
    message
}

/// Sixteen steps, which rotate their sums by four amounts in turn (RFC 1321, section 3.4).
#[inline(always)]
fn round<const R0: u32, const R1: u32, const R2: u32, const R3: u32>(
    [a, b, c, d]: &mut [Words; 4],
    message: &[Words; 16],
    number: usize,
    mix: impl Fn(u32, u32, u32) -> u32 + Copy,
    word: impl Fn(usize) -> usize,
) {
    for first in [0, 4, 8, 12] {
        let sines = &SINES[16 * number + first..][..4];
        let words = |step: usize| &message[word(first + step) % 16];
        step::<R0>(a, [b, c, d], words(0), sines[0], mix);
        step::<R1>(d, [a, b, c], words(1), sines[1], mix);
        step::<R2>(c, [d, a, b], words(2), sines[2], mix);
        step::<R3>(b, [c, d, a], words(3), sines[3], mix);
    }
}

#[inline(always)]
fn step<const ROTATION: u32>(
    a: &mut Words,
    [b, c, d]: [&Words; 3],
    message: &Words,
    sine: u32,
    mix: impl Fn(u32, u32, u32) -> u32,
) {
    for column in 0..COLUMNS {
        let given = a[column].wrapping_add(message[column].wrapping_add(sine));
        let sum = given.wrapping_add(mix(b[column], c[column], d[column]));
        a[column] = b[column].wrapping_add(sum.rotate_left(ROTATION));
    }
}

#[cfg(test)]
mod tests {
    use super::{Block, COLUMNS, State};
    use md5::block_api;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn each_column_has_the_words_that_it_has_alone(
            rows in proptest::collection::vec(any::<[[u8; 64]; COLUMNS]>(), 1..4),
        ) {
            let (mut fast, mut plain) = (State::new(), State::new());
            for row in &rows {
                let blocks: [&Block; COLUMNS] = row.each_ref();
                fast.update(&blocks);
                plain.update_as_compiled(&blocks);
            }
            for column in 0..COLUMNS {
                let mut alone = State::new().get(column);
                rows.iter().for_each(|row| block_api::compress(&mut alone, &row[column..=column]));
                prop_assert_eq!((fast.get(column), plain.get(column)), (alone, alone));
            }
        }
    }

    #[test]
    fn the_words_of_a_column_can_be_replaced() {
        let (mut state, mut words) = (State::new(), State::new().get(3));
        block_api::compress(&mut words, &[[7; 64]]);
        state.set(3, words);
        assert_eq!(state.get(3), words);
        assert_eq!(state.get(2), State::new().get(2));
        state.restart(3);
        assert_eq!(state.get(3), State::new().get(3));
    }
}
