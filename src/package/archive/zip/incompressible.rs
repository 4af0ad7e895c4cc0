//! Whether content is compressed, encrypted or random already, so that deflating it would only cost time.
//!
//! Deflate shrinks content in two ways: by bytes that are more frequent than others, and by repeats. Both are looked
//! for with integers, so that the answer is the same on every machine. A short sample is enough for most content.

/// Smaller content is always deflated.
const MIN_BYTES: usize = 1 << 10;
/// Bytes of the sample. Of random bytes, 222 different values are expected in it.
const SAMPLE_BYTES: usize = 512;
const MIN_SAMPLE_VALUES: usize = 200;
/// Approximate length over which values are counted, because a value may be frequent in one part only.
const WINDOW_BYTES: usize = 8 << 10;
/// Distance over which deflate finds a repeat.
const MAX_DISTANCE_BYTES: usize = 32 << 10;
/// One part in this number may be repeated.
const REPEATED_PART: usize = 64;

/// Whether deflate would save no more than one or two percent. False when in doubt.
pub fn is_incompressible(content: &[u8]) -> bool {
    content.len() >= MIN_BYTES && has_random_sample(content) && !is_skewed(content) && !repeats(content)
}

fn has_random_sample(content: &[u8]) -> bool {
    let middle = (content.len() - SAMPLE_BYTES) / 2;
    let mut seen = [0u8; 256];
    content[middle..][..SAMPLE_BYTES].iter().for_each(|byte| seen[usize::from(*byte)] = 1);
    seen.iter().map(|seen| usize::from(*seen)).sum::<usize>() >= MIN_SAMPLE_VALUES
}

/// Whether in any window two bytes are equal more often than by chance, by more than a tenth. Below that, a code for
/// single bytes saves at most 1.7 percent, because the entropy is at least -log2 of that probability.
fn is_skewed(content: &[u8]) -> bool {
    let windows = (content.len() / WINDOW_BYTES).max(1);
    content.chunks(content.len().div_ceil(windows)).any(|window| {
        let mut counts = [0u64; 256];
        window.iter().for_each(|byte| counts[usize::from(*byte)] += 1);
        let equal: u64 = counts.iter().map(|count| count * count.saturating_sub(1)).sum();
        let pairs = window.len() as u64 * (window.len() as u64 - 1);
        equal * 256 * 10 > pairs * 11
    })
}

/// Whether more than a small part of the content repeats earlier content.
///
/// Every third position is looked up among every fourth one, so that a repeat of 19 bytes or more is found once in
/// twelve bytes.
fn repeats(content: &[u8]) -> bool {
    const SLOT_BITS: u32 = 13;
    const PERIOD: usize = 12;
    let word = |at: usize| u64::from_le_bytes(content[at..at + 8].try_into().expect("eight bytes were taken"));
    let slot = |word: u64| (word.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (u64::BITS - SLOT_BITS)) as usize;
    let (mut positions, mut found_repeats) = ([0u32; 1 << SLOT_BITS], 0);
    for start in (0..content.len() - PERIOD - 8).step_by(PERIOD) {
        for at in [start, start + 3, start + 6, start + 9] {
            let (found, position) = (word(at), positions[slot(word(at))] as usize);
            found_repeats +=
                usize::from(position < at && at - position <= MAX_DISTANCE_BYTES && word(position) == found);
        }
        for at in [start, start + 4, start + 8] {
            positions[slot(word(at))] = at as u32;
        }
    }
    found_repeats * PERIOD > content.len() / REPEATED_PART
}

#[cfg(test)]
mod tests {
    use super::is_incompressible;
    use crate::package::archive::samples::{noise, text};
    use libdeflater::{CompressionLvl, Compressor};
    use proptest::prelude::*;

    const MIB: usize = 1 << 20;

    fn deflated(content: &[u8]) -> usize {
        let mut compressor = Compressor::new(CompressionLvl::new(9).unwrap());
        let mut stream = vec![0; compressor.deflate_compress_bound(content.len())];
        compressor.deflate_compress(content, &mut stream).unwrap()
    }

    #[test]
    fn only_content_that_deflate_cannot_shrink_is_incompressible() {
        let with = |at: usize, other: Vec<u8>| {
            let mut content = noise(MIB);
            content[at..at + other.len()].copy_from_slice(&other);
            content
        };
        let rows = [
            ("random bytes", noise(MIB), true),
            ("random bytes, few", noise(2000), true),
            ("too short", noise(1000), false),
            ("nothing", Vec::new(), false),
            ("text", text(MIB), false),
            ("text after noise", with(MIB - 20_000, text(20_000)), false),
            ("zeros before noise", with(0, vec![0; 20_000]), false),
            ("noise twice", noise(20_000).repeat(2), false),
            ("noise again beyond the distance of deflate", noise(50_000).repeat(2), true),
            ("noise of seven bits", noise(MIB).iter().map(|byte| byte & 127).collect(), false),
            (
                "noise with a repeat every now and then",
                noise(MIB).chunks(97).flat_map(|it| [it, &[7; 40]].concat()).collect(),
                false,
            ),
        ];
        for (name, content, expected) in rows {
            assert_eq!(is_incompressible(&content), expected, "{name}");
        }
    }

    /// Noise with parts of other content.
    fn content() -> impl Strategy<Value = Vec<u8>> {
        let part = prop_oneof![
            6 => (1usize..60_000).prop_map(noise),
            1 => (1usize..3_000).prop_map(text),
            1 => (any::<u8>(), 1usize..2_000).prop_map(|(byte, times)| vec![byte; times]),
            1 => (1usize..500, 1usize..20).prop_map(|(bytes, times)| noise(bytes).repeat(times)),
        ];
        proptest::collection::vec(part, 1..20).prop_map(|parts| parts.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        #[test]
        fn incompressible_content_loses_little_by_being_stored(content in content()) {
            if is_incompressible(&content) {
                let deflated = deflated(&content);
                prop_assert!(deflated as f64 > content.len() as f64 * 0.97, "{deflated} of {}", content.len());
            }
        }
    }
}
