//! MD5 of many texts at once: one is bound by the length of its chain of operations, several side by side are not.

/// Texts that are hashed side by side: two vectors of the smallest x86-64 and of every aarch64.
const LANES: usize = 8;
const BLOCK: usize = 64;

/// One word of each lane.
type Words = [u32; LANES];

const START: [u32; 4] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];

/// `floor(2^32 × |sin(i + 1)|)` (RFC 1321, section 3.4).
const SINES: [u32; 64] = [
    0xd76a_a478,
    0xe8c7_b756,
    0x2420_70db,
    0xc1bd_ceee,
    0xf57c_0faf,
    0x4787_c62a,
    0xa830_4613,
    0xfd46_9501,
    0x6980_98d8,
    0x8b44_f7af,
    0xffff_5bb1,
    0x895c_d7be,
    0x6b90_1122,
    0xfd98_7193,
    0xa679_438e,
    0x49b4_0821,
    0xf61e_2562,
    0xc040_b340,
    0x265e_5a51,
    0xe9b6_c7aa,
    0xd62f_105d,
    0x0244_1453,
    0xd8a1_e681,
    0xe7d3_fbc8,
    0x21e1_cde6,
    0xc337_07d6,
    0xf4d5_0d87,
    0x455a_14ed,
    0xa9e3_e905,
    0xfcef_a3f8,
    0x676f_02d9,
    0x8d2a_4c8a,
    0xfffa_3942,
    0x8771_f681,
    0x6d9d_6122,
    0xfde5_380c,
    0xa4be_ea44,
    0x4bde_cfa9,
    0xf6bb_4b60,
    0xbebf_bc70,
    0x289b_7ec6,
    0xeaa1_27fa,
    0xd4ef_3085,
    0x0488_1d05,
    0xd9d4_d039,
    0xe6db_99e5,
    0x1fa2_7cf8,
    0xc4ac_5665,
    0xf429_2244,
    0x432a_ff97,
    0xab94_23a7,
    0xfc93_a039,
    0x655b_59c3,
    0x8f0c_cc92,
    0xffef_f47d,
    0x8584_5dd1,
    0x6fa8_7e4f,
    0xfe2c_e6e0,
    0xa301_4314,
    0x4e08_11a1,
    0xf753_7e82,
    0xbd3a_f235,
    0x2ad7_d2bb,
    0xeb86_d391,
];

/// The MD5 of each text, in their order.
pub fn of_all(texts: &[&[u8]]) -> Vec<[u8; 16]> {
    let mut digests = vec![[0; 16]; texts.len()];
    let mut waiting = texts.iter().copied().enumerate();
    let mut lanes: [Option<Lane<'_>>; LANES] = std::array::from_fn(|_| waiting.next().map(Lane::new));
    let mut state = START.map(|word| [word; LANES]);
    let idle = [0; BLOCK];
    while lanes.iter().any(Option::is_some) {
        let mut blocks = [&idle; LANES];
        for (block, lane) in blocks.iter_mut().zip(&lanes) {
            if let Some(lane) = lane {
                *block = lane.block();
            }
        }
        compress(&mut state, blocks);
        for (index, lane) in lanes.iter_mut().enumerate() {
            let Some(busy) = lane else { continue };
            if busy.advance() {
                continue;
            }
            digests[busy.index] = digest(&state, index);
            for (words, start) in state.iter_mut().zip(START) {
                words[index] = start;
            }
            *lane = waiting.next().map(Lane::new);
        }
    }
    digests
}

/// A text on its way through a lane.
struct Lane<'t> {
    index: usize,
    /// Whole blocks that are left.
    whole: std::slice::Iter<'t, [u8; BLOCK]>,
    /// What follows them: the rest of the text, padding and length.
    last: [[u8; BLOCK]; 2],
    /// Which of `last` are left.
    rest: std::ops::Range<usize>,
}

impl<'t> Lane<'t> {
    fn new((index, text): (usize, &'t [u8])) -> Self {
        let (whole, rest) = text.as_chunks::<BLOCK>();
        let count = if rest.len() < BLOCK - 8 { 1 } else { 2 };
        let mut padded = [0; 2 * BLOCK];
        padded[..rest.len()].copy_from_slice(rest);
        padded[rest.len()] = 0x80;
        padded[count * BLOCK - 8..count * BLOCK].copy_from_slice(&(text.len() as u64).wrapping_mul(8).to_le_bytes());
        let mut last = [[0; BLOCK]; 2];
        last.as_flattened_mut().copy_from_slice(&padded);
        Self { index, whole: whole.iter(), last, rest: 0..count }
    }

    fn block(&self) -> &[u8; BLOCK] {
        self.whole.as_slice().first().unwrap_or_else(|| &self.last[self.rest.start])
    }

    /// Goes on to the next block: whether there is one.
    fn advance(&mut self) -> bool {
        if self.whole.next().is_none() {
            self.rest.start += 1;
        }
        !self.rest.is_empty()
    }
}

fn digest(state: &[Words; 4], lane: usize) -> [u8; 16] {
    let mut digest = [0; 16];
    for (bytes, words) in digest.chunks_exact_mut(4).zip(state) {
        bytes.copy_from_slice(&words[lane].to_le_bytes());
    }
    digest
}

/// Takes one block of each lane into the state.
fn compress(state: &mut [Words; 4], blocks: [&[u8; BLOCK]; LANES]) {
    let mut message = [[0; LANES]; 16];
    for (lane, block) in blocks.into_iter().enumerate() {
        for (words, bytes) in message.iter_mut().zip(block.as_chunks::<4>().0) {
            words[lane] = u32::from_le_bytes(*bytes);
        }
    }
    let mut new = *state;
    round::<7, 12, 17, 22>(&mut new, &message, 0, |b, c, d| d ^ (b & (c ^ d)), |step| step);
    round::<5, 9, 14, 20>(&mut new, &message, 1, |b, c, d| c ^ (d & (b ^ c)), |step| 5 * step + 1);
    round::<4, 11, 16, 23>(&mut new, &message, 2, |b, c, d| b ^ c ^ d, |step| 3 * step + 5);
    round::<6, 10, 15, 21>(&mut new, &message, 3, |b, c, d| c ^ (b | !d), |step| 7 * step);
    for (words, new) in state.iter_mut().zip(new) {
        for (word, new) in words.iter_mut().zip(new) {
            *word = word.wrapping_add(new);
        }
    }
}

/// Sixteen steps, which turn their sums by four amounts in turn (RFC 1321, section 3.4).
#[inline(always)]
fn round<const T0: u32, const T1: u32, const T2: u32, const T3: u32>(
    [a, b, c, d]: &mut [Words; 4],
    message: &[Words; 16],
    number: usize,
    mix: impl Fn(u32, u32, u32) -> u32 + Copy,
    word: impl Fn(usize) -> usize,
) {
    for first in [0, 4, 8, 12] {
        let sines = &SINES[16 * number + first..][..4];
        let words = |step: usize| &message[word(first + step) % 16];
        step::<T0>(a, b, c, d, words(0), sines[0], mix);
        step::<T1>(d, a, b, c, words(1), sines[1], mix);
        step::<T2>(c, d, a, b, words(2), sines[2], mix);
        step::<T3>(b, c, d, a, words(3), sines[3], mix);
    }
}

#[inline(always)]
fn step<const TURN: u32>(
    a: &mut Words,
    b: &Words,
    c: &Words,
    d: &Words,
    message: &Words,
    sine: u32,
    mix: impl Fn(u32, u32, u32) -> u32,
) {
    for lane in 0..LANES {
        let sum = a[lane].wrapping_add(mix(b[lane], c[lane], d[lane])).wrapping_add(message[lane]).wrapping_add(sine);
        a[lane] = b[lane].wrapping_add(sum.rotate_left(TURN));
    }
}

#[cfg(test)]
mod tests {
    use super::of_all;
    use md5::{Digest, Md5};
    use proptest::prelude::*;

    #[test]
    fn each_length_around_a_block_is_padded_as_the_standard_says() {
        let texts: Vec<Vec<u8>> = (0..=260).map(|length| (0..length).map(|byte| byte as u8).collect()).collect();
        let texts: Vec<&[u8]> = texts.iter().map(Vec::as_slice).collect();
        let expected: Vec<[u8; 16]> = texts.iter().map(|text| Md5::digest(text).into()).collect();
        assert_eq!(of_all(&texts), expected);
    }

    proptest! {
        #[test]
        fn many_at_once_are_what_each_is_alone(texts in proptest::collection::vec(
            proptest::collection::vec(any::<u8>(), 0..700), 0..40
        )) {
            let texts: Vec<&[u8]> = texts.iter().map(Vec::as_slice).collect();
            let expected: Vec<[u8; 16]> = texts.iter().map(|text| Md5::digest(text).into()).collect();
            prop_assert_eq!(of_all(&texts), expected);
        }
    }
}
