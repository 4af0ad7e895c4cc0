//! Bracket expressions of a wildcard pattern, as git's `wildmatch.c` reads them.

use std::ops::RangeInclusive;

/// A set of bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ByteSet([u64; 4]);

impl ByteSet {
    pub fn contains(&self, byte: u8) -> bool {
        self.0[usize::from(byte >> 6)] >> (byte & 63) & 1 == 1
    }

    fn insert(&mut self, byte: u8) {
        self.0[usize::from(byte >> 6)] |= 1 << (byte & 63);
    }

    fn insert_range(&mut self, range: RangeInclusive<u8>) {
        range.for_each(|byte| self.insert(byte));
    }

    /// Adds the bytes of a class, if it is known. The classes are ASCII, and `space` lacks the vertical tab and the
    /// form feed (git's `sane_ctype`).
    fn insert_class(&mut self, name: &[u8]) -> Option<()> {
        let is_in: fn(u8) -> bool = match name {
            b"alnum" => |byte| byte.is_ascii_alphanumeric(),
            b"alpha" => |byte| byte.is_ascii_alphabetic(),
            b"blank" => |byte| matches!(byte, b' ' | b'\t'),
            b"cntrl" => |byte| byte.is_ascii_control(),
            b"digit" => |byte| byte.is_ascii_digit(),
            b"graph" => |byte| byte.is_ascii_graphic(),
            b"lower" => |byte| byte.is_ascii_lowercase(),
            b"print" => |byte| byte.is_ascii_graphic() || byte == b' ',
            b"punct" => |byte| byte.is_ascii_punctuation(),
            b"space" => |byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'),
            b"upper" => |byte| byte.is_ascii_uppercase(),
            b"xdigit" => |byte| byte.is_ascii_hexdigit(),
            _ => return None,
        };
        (0..=u8::MAX).filter(|byte| is_in(*byte)).for_each(|byte| self.insert(byte));
        Some(())
    }

    fn complement(self) -> Self {
        Self(self.0.map(|word| !word))
    }
}

/// The set of a bracket expression, given what follows its `[`, and the length up to and including its `]`.
///
/// `None` if it does not end or has a class with an unknown name.
pub fn parse(text: &[u8]) -> Option<(ByteSet, usize)> {
    let is_negated = matches!(text.first()?, b'!' | b'^');
    let (mut set, mut at) = (ByteSet::default(), usize::from(is_negated));
    // The byte before, where a range may start.
    let mut before = None;
    loop {
        let (length, single) = item(&text[at..], before, &mut set)?;
        (at, before) = (at + length, single);
        if *text.get(at)? == b']' {
            return Some((if is_negated { set.complement() } else { set }, at + 1));
        }
    }
}

/// Adds the next item: its length, and its byte if it is a single one.
fn item(text: &[u8], before: Option<u8>, set: &mut ByteSet) -> Option<(usize, Option<u8>)> {
    match (text, before) {
        ([b'-', end, rest @ ..], Some(start)) if *end != b']' => {
            let (end, length) = if *end == b'\\' { (rest.first()?, 3) } else { (end, 2) };
            set.insert_range(start..=*end);
            return Some((length, None));
        }
        ([b'[', b':', rest @ ..], _) => {
            let close = rest.iter().position(|byte| *byte == b']')?;
            if let Some(name) = rest[..close].strip_suffix(b":") {
                set.insert_class(name)?;
                return Some((close + 3, None));
            }
        }
        _ => {}
    }
    let (byte, length) = match text {
        [b'\\', escaped, ..] => (*escaped, 2),
        [b'\\'] | [] => return None,
        [byte, ..] => (*byte, 1),
    };
    set.insert(byte);
    Some((length, Some(byte)))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_bracket_holds_what_git_reads_in_it() {
        let rows: [(&str, Option<&str>); 18] = [
            ("ab]", Some("ab")),
            ("]a]", Some("]a")),
            ("a-c]", Some("abc")),
            ("a-]", Some("a-")),
            ("-a]", Some("-a")),
            ("a-c-e]", Some("abc-e")),
            ("c-a]", Some("c")),
            ("a\\-c]", Some("a-c")),
            ("\\]]", Some("]")),
            ("a-\\c]", Some("abc")),
            ("[:digit:]x]", Some("0123456789x")),
            ("[:space:]-a]", Some(" \t\n\r-a")),
            ("[:]", Some("[:")),
            ("[:ab]", Some("[:ab")),
            ("[:none:]]", None),
            ("[:alpha:", None),
            ("a", None),
            ("a\\", None),
        ];
        for (text, expected) in rows {
            let found = parse(text.as_bytes());
            let all = |members: &str| (0..=255).filter(|byte| members.as_bytes().contains(byte)).collect::<Vec<u8>>();
            let members = found.as_ref().map(|(set, _)| (0..=255).filter(|byte| set.contains(*byte)).collect());
            assert_eq!(members, expected.map(all), "{text}");
            assert_eq!(found.map_or(text.len(), |(_, length)| length), text.len(), "{text}");
        }
    }

    #[test]
    fn a_negated_bracket_holds_all_other_bytes() {
        for text in ["!a-c]", "^a-c]"] {
            let (set, _) = parse(text.as_bytes()).unwrap();
            let out: Vec<u8> = (0..=255).filter(|byte| !set.contains(*byte)).collect();
            assert_eq!(out, b"abc", "{text}");
        }
    }
}
