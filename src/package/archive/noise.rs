//! Whether content is noise to deflate: packed, encrypted or random already, so that to try it would only cost time.
//!
//! Deflate has two ways to shrink: bytes that are more frequent than others, and repeats. Both are looked for, in whole
//! numbers, so that the answer is the same on every machine. Most content is let go after a glance.

/// Content of fewer bytes is worth the try.
const LEAST_BYTES: usize = 1 << 10;
/// Bytes of the glance, and how many different ones noise has at the least among them; 222 are expected.
const GLANCE_BYTES: usize = 512;
const GLANCE_VALUES: usize = 200;
/// Bytes over which values are counted, about: what is frequent here may be rare there.
const WINDOW_BYTES: usize = 8 << 10;
/// How far back deflate sees a repeat.
const REACH_BYTES: usize = 32 << 10;
/// Repeats may have this part of the content.
const REPEATED_PART: usize = 64;

/// Whether deflate would take no more than one or two percent off the content. Says no when in doubt.
pub fn is_noise(content: &[u8]) -> bool {
    content.len() >= LEAST_BYTES && looks_like_noise(content) && !is_skewed(content) && !repeats(content)
}

fn looks_like_noise(content: &[u8]) -> bool {
    let middle = (content.len() - GLANCE_BYTES) / 2;
    let mut seen = [0u8; 256];
    content[middle..][..GLANCE_BYTES].iter().for_each(|byte| seen[usize::from(*byte)] = 1);
    seen.iter().map(|seen| usize::from(*seen)).sum::<usize>() >= GLANCE_VALUES
}

/// Whether in any window two bytes are equal more than a tenth more often than by chance. Up to there, a code for
/// single bytes saves 1.7 percent at most: the entropy is no less than -log2 of that probability.
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

/// Whether more than a small part of the content stands within reach before.
///
/// Every third place is looked up among every fourth: a repeat of 19 bytes or more is met once in twelve.
fn repeats(content: &[u8]) -> bool {
    const SLOT_BITS: u32 = 13;
    const PERIOD: usize = 12;
    let word = |at: usize| u64::from_le_bytes(content[at..at + 8].try_into().expect("eight bytes were taken"));
    let slot = |word: u64| (word.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (u64::BITS - SLOT_BITS)) as usize;
    let (mut places, mut met) = ([0u32; 1 << SLOT_BITS], 0);
    for start in (0..content.len() - PERIOD - 8).step_by(PERIOD) {
        for at in [start, start + 3, start + 6, start + 9] {
            let (found, place) = (word(at), places[slot(word(at))] as usize);
            met += usize::from(place < at && at - place <= REACH_BYTES && word(place) == found);
        }
        for at in [start, start + 4, start + 8] {
            places[slot(word(at))] = at as u32;
        }
    }
    met * PERIOD > content.len() / REPEATED_PART
}

#[cfg(test)]
mod tests {
    use super::super::tests::{noise, text};
    use super::is_noise;
    use libdeflater::{CompressionLvl, Compressor};
    use proptest::prelude::*;

    const MIB: usize = 1 << 20;

    fn deflated(content: &[u8]) -> usize {
        let mut compressor = Compressor::new(CompressionLvl::new(9).unwrap());
        let mut stream = vec![0; compressor.deflate_compress_bound(content.len())];
        compressor.deflate_compress(content, &mut stream).unwrap()
    }

    #[test]
    fn noise_is_what_deflate_cannot_shrink() {
        let with = |at: usize, other: Vec<u8>| {
            let mut content = noise(MIB);
            content[at..at + other.len()].copy_from_slice(&other);
            content
        };
        let rows = [
            ("random bytes", noise(MIB), true),
            ("random bytes, few", noise(2000), true),
            ("too few to tell", noise(1000), false),
            ("nothing", Vec::new(), false),
            ("text", text(MIB), false),
            ("text behind noise", with(MIB - 20_000, text(20_000)), false),
            ("zeros before noise", with(0, vec![0; 20_000]), false),
            ("noise twice", noise(20_000).repeat(2), false),
            ("noise again where deflate does not see it", noise(50_000).repeat(2), true),
            ("noise of seven bits", noise(MIB).iter().map(|byte| byte & 127).collect(), false),
            (
                "noise with a repeat every now and then",
                noise(MIB).chunks(97).flat_map(|it| [it, &[7; 40]].concat()).collect(),
                false,
            ),
        ];
        for (name, content, expected) in rows {
            assert_eq!(is_noise(&content), expected, "{name}");
        }
    }

    /// Noise with other things in it, each as often as it comes.
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
        fn what_is_called_noise_loses_little_by_it(content in content()) {
            if is_noise(&content) {
                prop_assert!(deflated(&content) as f64 > content.len() as f64 * 0.97, "{} {}", deflated(&content), content.len());
            }
        }
    }
}
