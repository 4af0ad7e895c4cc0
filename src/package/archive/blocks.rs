//! The blocks of a deflate stream (RFC 1951), walked without unpacking, so that streams that were compressed apart
//! can be joined into one.

use super::huffman::{Codes, peek};

/// Makes a whole stream a prefix: its last block is no longer final, and an empty stored block takes it to a byte
/// boundary, as zlib's sync flush does. The stream begins at `start`; what precedes it is left alone.
///
/// `None`, with nothing changed, when the bytes are not one deflate stream.
pub fn reopen(bytes: &mut Vec<u8>, start: usize) -> Option<()> {
    let last = last_block(&bytes[start..])?;
    bytes[start + last.header / 8] &= !(1 << (last.header % 8));
    // The empty block's header is three zero bits; the padding of the stream's last byte may hold them.
    let end = start * 8 + last.end;
    bytes.truncate(end.div_ceil(8));
    bytes.resize((end + 3).div_ceil(8), 0);
    bytes.extend_from_slice(&[0x00, 0x00, 0xFF, 0xFF]);
    Some(())
}

/// Appends content as it is, in stored blocks: a whole stream, or a prefix of one. `out` ends at a byte boundary of the
/// stream, as it does behind each prefix.
pub fn store(content: &[u8], is_last: bool, out: &mut Vec<u8>) {
    let blocks = content.chunks(usize::from(u16::MAX));
    out.reserve_exact(content.len() + 5 * blocks.len());
    let last = blocks.len().wrapping_sub(1);
    for (nth, block) in blocks.enumerate() {
        let length = block.len() as u16;
        out.push(u8::from(is_last && nth == last));
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend_from_slice(block);
    }
}

/// Where the final block of a stream is, in bits from the stream's start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct LastBlock {
    /// The bit that says that it is final.
    header: usize,
    /// The first bit behind the block.
    end: usize,
}

fn last_block(stream: &[u8]) -> Option<LastBlock> {
    let mut codes = Codes::new();
    let mut header = 0;
    loop {
        let bits = peek(stream, header);
        let body = header + 3;
        let end = match bits >> 1 & 3 {
            0 => end_of_stored(stream, body)?,
            1 => codes.fixed().end_of_block(stream, body)?,
            2 => codes.read(stream, body).and_then(|body| codes.end_of_block(stream, body))?,
            _ => return None,
        };
        if bits & 1 == 1 {
            return Some(LastBlock { header, end });
        }
        header = end;
    }
}

fn end_of_stored(stream: &[u8], body: usize) -> Option<usize> {
    let at = body.div_ceil(8);
    let length = stream.get(at..at + 2)?;
    let end = at + 4 + usize::from(u16::from_le_bytes([length[0], length[1]]));
    (end <= stream.len()).then_some(end * 8)
}

#[cfg(test)]
mod tests {
    use super::{last_block, reopen, store};
    use flate2::read::DeflateDecoder;
    use libdeflater::{CompressionLvl, Compressor};
    use proptest::prelude::*;
    use std::io::Read;

    fn deflated(bytes: &[u8], level: i32) -> Vec<u8> {
        let mut compressor = Compressor::new(CompressionLvl::new(level).unwrap());
        let mut stream = vec![0; compressor.deflate_compress_bound(bytes.len())];
        let length = compressor.deflate_compress(bytes, &mut stream).unwrap();
        stream.truncate(length);
        stream
    }

    /// Compresses each part on its own and joins the streams behind a prefix that is none of theirs.
    fn joined(parts: &[&[u8]], level: i32) -> Vec<u8> {
        let mut bytes = b"prefix".to_vec();
        for (nth, part) in parts.iter().enumerate() {
            let start = bytes.len();
            bytes.extend(deflated(part, level));
            if nth + 1 < parts.len() {
                reopen(&mut bytes, start).unwrap();
            }
        }
        bytes.split_off(6)
    }

    fn inflated(stream: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        DeflateDecoder::new(stream).read_to_end(&mut bytes).unwrap();
        bytes
    }

    /// Bytes without a pattern, the same in every run.
    fn noise(bytes: usize) -> Vec<u8> {
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 32) as u8
        };
        (0..bytes).map(|_| next()).collect()
    }

    #[test]
    fn joined_streams_hold_the_joined_content() {
        let text: Vec<u8> =
            (0..60_000u32).flat_map(|n| format!("line {} of {}\n", n, n * n % 977).into_bytes()).collect();
        let few: Vec<u8> = noise(400_000).iter().map(|byte| byte & 0x8F).collect();
        let rows: [(&str, &[&[u8]]); 7] = [
            ("nothing at all", &[b"", b""]),
            ("one byte each", &[b"a", b"b", b"c"]),
            ("text", &[&text, b"", &text]),
            ("highly compressible", &[&[0; 1_000_000], &[7; 70_000], b"x"]),
            ("incompressible", &[&noise(1_000_000), &noise(65_535), &noise(3)]),
            ("mixed", &[&text, &noise(300_000), &[0; 300_000], &text]),
            ("literals of few values", &[&few, &few]),
        ];
        for (name, parts) in rows {
            for level in [1, 6, 12] {
                assert!(inflated(&joined(parts, level)) == parts.concat(), "{name}, level {level}");
            }
        }
    }

    #[test]
    fn stored_content_joins_with_streams() {
        let (text, noise) = (b"a word and a word ".repeat(5000), noise(200_000));
        let (mut stored_last, mut stored_first) = (deflated(&text, 6), Vec::new());
        reopen(&mut stored_last, 0).unwrap();
        store(&noise, true, &mut stored_last);
        assert!(inflated(&stored_last) == [&text[..], &noise].concat());
        store(&noise, false, &mut stored_first);
        stored_first.extend(deflated(&text, 6));
        assert!(inflated(&stored_first) == [&noise[..], &text].concat());
    }

    #[test]
    fn what_is_not_a_stream_is_left_alone() {
        let whole = deflated(&noise(500).repeat(9), 6);
        let rows: [(&str, &[u8]); 4] = [
            ("empty", b""),
            ("reserved block type", &[0b111]),
            ("cut short", &whole[..whole.len() / 2]),
            ("stored block cut short", &[1, 9, 0, 0xF6, 0xFF, 1]),
        ];
        for (name, stream) in rows {
            let mut bytes = stream.to_vec();
            assert_eq!(reopen(&mut bytes, 0), None, "{name}");
            assert_eq!(bytes, stream, "{name}");
        }
    }

    /// Parts of every kind: noise, long repeats, words.
    fn part() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..3000),
            (any::<u8>(), 0usize..40_000).prop_map(|(byte, times)| vec![byte; times]),
            (proptest::collection::vec("[a-f]{1,9}", 1..40), 1usize..400)
                .prop_map(|(words, times)| words.join(" ").repeat(times).into_bytes()),
            (0usize..200_000).prop_map(noise),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_parts_can_be_joined(parts in proptest::collection::vec(part(), 1..5), level in 1i32..=9) {
            let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
            prop_assert!(inflated(&joined(&parts, level)) == parts.concat());
        }

        #[test]
        fn no_bytes_make_the_walk_fall_over(bytes: Vec<u8>) {
            let _ = last_block(&bytes);
        }
    }
}
