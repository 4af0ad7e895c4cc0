//! The Huffman codes of deflate's blocks (RFC 1951), to be skipped as fast as can be: nothing is unpacked.

/// Bits that are looked up at once; longer words are rare by construction.
const LOOKUP_BITS: u32 = 11;
const LOOKUP: usize = 1 << LOOKUP_BITS;
/// Longest code word, in bits.
const MAX_WORD: usize = 15;
/// Symbols of the literal alphabet, with the two that the fixed code has and never uses.
const MAX_SYMBOLS: usize = 288;
const END_OF_BLOCK: usize = 256;
/// Order in which the lengths of the code length code are written (RFC 1951, 3.2.7).
const LENGTHS_ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
/// Extra bits behind the length symbols 257 to 285 (3.2.5).
const LENGTH_EXTRA: [u8; 29] = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];

/// At least 57 bits from a bit position on; zeros behind the end.
#[inline(always)]
pub fn peek(stream: &[u8], bit: usize) -> u64 {
    let at = bit / 8;
    let word = match stream.get(at..at + 8) {
        Some(bytes) => u64::from_le_bytes(bytes.try_into().expect("eight bytes were taken")),
        None => peek_tail(stream, at),
    };
    word >> (bit % 8)
}

#[cold]
fn peek_tail(stream: &[u8], at: usize) -> u64 {
    let tail = stream.get(at..).unwrap_or_default();
    tail.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
}

/// What to do at a code word, packed: the low six bits are how many bits to skip, extra bits included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Step(u16);

impl Step {
    /// A distance comes next. The bit is also where the distances' half of the table begins.
    const TO_DISTANCE: u16 = LOOKUP as u16;
    /// Nothing to skip: the block ends here, the word is longer than the table knows, or there is no such word.
    const STOP: Self = Self(1 << 15);

    #[inline(always)]
    const fn bits(self) -> usize {
        (self.0 & 63) as usize
    }

    /// The half of the table that the next word is looked up in.
    #[inline(always)]
    const fn half(self) -> usize {
        (self.0 & Self::TO_DISTANCE) as usize
    }

    #[inline(always)]
    const fn stops(self) -> bool {
        self.0 & Self::STOP.0 != 0
    }
}

fn literal_step(symbol: usize, word: u32) -> Step {
    match symbol.checked_sub(END_OF_BLOCK) {
        None => Step(word as u16),
        Some(0) => Step::STOP,
        Some(length) => {
            let extra = LENGTH_EXTRA.get(length - 1).copied().unwrap_or(0);
            Step((word as u16 + u16::from(extra)) | Step::TO_DISTANCE)
        }
    }
}

fn distance_step(symbol: usize, word: u32) -> Step {
    let extra = (symbol as u32 / 2).saturating_sub(1);
    Step((word + extra) as u16)
}

/// One Huffman code.
struct Code {
    /// Words of each length, and the symbols in the order of their words.
    counts: [u16; MAX_WORD + 1],
    symbols: [u16; MAX_SYMBOLS],
}

impl Code {
    fn new() -> Self {
        Self { counts: [0; MAX_WORD + 1], symbols: [0; MAX_SYMBOLS] }
    }

    /// Takes on the canonical code of these word lengths (3.2.2), and passes each word's symbol, the word and its
    /// length to `enter`. `None` when no code has these lengths.
    fn set(&mut self, lengths: &[u8], mut enter: impl FnMut(usize, u32, u32)) -> Option<()> {
        self.counts = [0; MAX_WORD + 1];
        for length in lengths.iter().filter(|length| **length > 0) {
            self.counts[usize::from(*length)] += 1;
        }
        let (mut word, mut index) = (0u32, 0u16);
        let (mut words, mut indexes) = ([0u32; MAX_WORD + 1], [0u16; MAX_WORD + 1]);
        for length in 1..=MAX_WORD {
            word <<= 1;
            (words[length], indexes[length]) = (word, index);
            word += u32::from(self.counts[length]);
            index += self.counts[length];
            if word > 1 << length {
                return None;
            }
        }
        for (symbol, length) in lengths.iter().enumerate().filter(|(_, length)| **length > 0) {
            let length = usize::from(*length);
            self.symbols[usize::from(indexes[length])] = symbol as u16;
            enter(symbol, words[length], length as u32);
            indexes[length] += 1;
            words[length] += 1;
        }
        Some(())
    }

    /// Finds a word of any length, bit by bit: its symbol and how many bits it has.
    fn search(&self, bits: u64) -> Option<(usize, u32)> {
        let (mut word, mut first, mut index) = (0u32, 0u32, 0u32);
        for length in 1..=MAX_WORD {
            word |= (bits >> (length - 1) & 1) as u32;
            let count = u32::from(self.counts[length]);
            if word < first + count {
                return Some((usize::from(self.symbols[(index + word - first) as usize]), length as u32));
            }
            index += count;
            first = (first + count) << 1;
            word <<= 1;
        }
        None
    }
}

/// The two codes of a block, and one table of both: literals and lengths in its first half, distances in the second.
///
/// Whether a literal or a match comes next is chance, and a branch on it would be guessed wrong all the time. So a
/// step says in which half to look next, and the walk has no other branch than the one that ends it.
pub struct Codes {
    literals: Code,
    distances: Code,
    /// By the next `LOOKUP_BITS` bits: what to do at one word, and how long the word is without extra bits.
    words: Box<[Step; 2 * LOOKUP]>,
    lengths: Box<[u8; 2 * LOOKUP]>,
    /// The same for as many words as the bits hold.
    steps: Box<[Step; 2 * LOOKUP]>,
}

impl Codes {
    pub fn new() -> Self {
        let (words, lengths) = (Box::new([Step::STOP; 2 * LOOKUP]), Box::new([0; 2 * LOOKUP]));
        Self { literals: Code::new(), distances: Code::new(), steps: words.clone(), words, lengths }
    }

    fn set(&mut self, literals: &[u8], distances: &[u8]) -> Option<()> {
        let Self { words, lengths, .. } = self;
        words.fill(Step::STOP);
        self.literals.set(literals, |symbol, word, length| {
            enter(&mut words[..LOOKUP], &mut lengths[..LOOKUP], literal_step(symbol, length), word, length);
        })?;
        self.distances.set(distances, |symbol, word, length| {
            enter(&mut words[LOOKUP..], &mut lengths[LOOKUP..], distance_step(symbol, length), word, length);
        })?;
        self.join_words();
        Some(())
    }

    /// Makes steps of single words: each does as many words as its bits hold.
    fn join_words(&mut self) {
        for index in 0..2 * LOOKUP {
            let mut step = self.words[index];
            let mut left = (LOOKUP_BITS as usize).saturating_sub(step.bits());
            while left > 0 && !step.stops() {
                let next = step.half() | (index % LOOKUP) >> step.bits();
                if self.words[next].stops() || usize::from(self.lengths[next]) > left {
                    break;
                }
                step = Step(self.words[next].0 + step.bits() as u16);
                left = (LOOKUP_BITS as usize).saturating_sub(step.bits());
            }
            self.steps[index] = step;
        }
    }

    /// The codes of blocks that bring none (3.2.6).
    pub fn fixed(&mut self) -> &Self {
        let mut lengths = [8; MAX_SYMBOLS];
        lengths[144..256].fill(9);
        lengths[256..280].fill(7);
        self.set(&lengths, &[5; 30]).expect("the standard's codes are codes");
        self
    }

    /// Reads the codes that stand before a block (3.2.7): the bit behind them.
    pub fn read(&mut self, stream: &[u8], mut at: usize) -> Option<usize> {
        let counts = peek(stream, at);
        let (literals, distances) = ((counts & 31) as usize + 257, (counts >> 5 & 31) as usize + 1);
        let given = (counts >> 10 & 15) as usize + 4;
        at += 14;
        let mut lengths = [0u8; 19];
        let bits = peek(stream, at);
        for (nth, symbol) in LENGTHS_ORDER.into_iter().take(given).enumerate() {
            lengths[symbol] = (bits >> (3 * nth) & 7) as u8;
        }
        at += 3 * given;
        let mut words = [0u8; MAX_SYMBOLS + 32];
        let words = words.get_mut(..literals + distances)?;
        self.literals.set(&lengths, |_, _, _| ())?;
        at = read_lengths(&self.literals, stream, at, words)?;
        let (literals, distances) = words.split_at(literals);
        self.set(literals.get(..literals.len().min(MAX_SYMBOLS))?, distances)?;
        Some(at)
    }

    /// Skips a block's symbols: the first bit behind it.
    pub fn end_of_block(&self, stream: &[u8], mut at: usize) -> Option<usize> {
        let mut half = 0;
        while at < stream.len() * 8 {
            (at, half) = self.skip_known(stream, at, half);
            let bits = peek(stream, at);
            let (code, step): (_, fn(usize, u32) -> Step) =
                if half == 0 { (&self.literals, literal_step) } else { (&self.distances, distance_step) };
            let (symbol, word) = code.search(bits)?;
            if half == 0 && symbol == END_OF_BLOCK {
                return Some(at + word as usize).filter(|end| *end <= stream.len() * 8);
            }
            let step = step(symbol, word);
            (at, half) = (at + step.bits(), step.half());
        }
        None
    }

    /// Takes steps until one stops or the stream has fewer than eight bytes left: the bit and the half to go on with.
    #[inline(always)]
    fn skip_known(&self, stream: &[u8], at: usize, mut half: usize) -> (usize, usize) {
        let mut next = at.div_ceil(8);
        let mut left = next * 8 - at;
        let mut word = peek(stream, at) & ((1 << left) - 1);
        while let Some(bytes) = stream.get(next..next + 8) {
            // Tops up to at least 56 bits. What is loaded twice is the same.
            word |= u64::from_le_bytes(bytes.try_into().expect("eight bytes were taken")) << left;
            next += (63 - left) / 8;
            left |= 56;
            // A step is at most the bits looked up and the 13 extra bits of a distance: two are less than 56.
            for _ in 0..2 {
                let step = self.steps[word as usize & (LOOKUP - 1) | half];
                if step.stops() {
                    return (next * 8 - left, half);
                }
                word >>= step.bits();
                left -= step.bits();
                half = step.half();
            }
        }
        (next * 8 - left, half)
    }
}

/// Enters a word under every continuation of it. Words stand in the stream with their first bit lowest.
fn enter(words: &mut [Step], lengths: &mut [u8], step: Step, word: u32, length: u32) {
    if length > LOOKUP_BITS {
        return;
    }
    let first = (word.reverse_bits() >> (32 - length)) as usize;
    for index in (first..LOOKUP).step_by(1 << length) {
        (words[index], lengths[index]) = (step, length as u8);
    }
}

/// Reads the word lengths of both codes, which are run-length coded together: the bit behind them.
fn read_lengths(code: &Code, stream: &[u8], mut at: usize, lengths: &mut [u8]) -> Option<usize> {
    let mut next = 0;
    while next < lengths.len() {
        let bits = peek(stream, at);
        let (symbol, word) = code.search(bits)?;
        let extra = bits >> word;
        let (value, times, extra_bits) = match symbol {
            16 => (*lengths.get(next.checked_sub(1)?)?, 3 + (extra & 3), 2),
            17 => (0, 3 + (extra & 7), 3),
            18 => (0, 11 + (extra & 127), 7),
            literal => (literal as u8, 1, 0),
        };
        lengths.get_mut(next..next + times as usize)?.fill(value);
        next += times as usize;
        at += word as usize + extra_bits;
    }
    Some(at)
}
