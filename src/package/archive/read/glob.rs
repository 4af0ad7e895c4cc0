//! Wildcard patterns as git matches them (`wildmatch.c` with WM_PATHNAME), without its recursion.

use super::byte_set::{self, ByteSet};

/// A compiled pattern.
#[derive(Debug)]
pub struct Glob(Box<[Token]>);

#[derive(Debug)]
enum Token {
    One(Single),
    Many(Wildcard),
    /// A bracket without its end, a class with an unknown name, or a backslash at the end: matches nothing.
    Never,
}

/// Matches one byte.
#[derive(Debug)]
enum Single {
    Byte(u8),
    /// `?`: any byte but `/`.
    Any,
    /// `[…]`, which never matches `/`.
    Set(Box<ByteSet>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wildcard {
    /// `*`: any bytes but `/`.
    Star,
    /// `**` at the end, or before an escaped `/`: any bytes.
    Everything,
    /// `**/`: nothing, or any bytes up to and including a `/`.
    Folders,
}

impl Single {
    fn matches(&self, byte: u8) -> bool {
        match self {
            Self::Byte(own) => *own == byte,
            Self::Any => byte != b'/',
            Self::Set(set) => byte != b'/' && set.contains(byte),
        }
    }
}

impl Glob {
    pub fn new(pattern: &[u8]) -> Self {
        let (mut tokens, mut at) = (Vec::new(), 0);
        while at < pattern.len() {
            let (token, length) = token(pattern, at);
            tokens.push(token);
            at += length;
        }
        Self(tokens.into())
    }

    /// Whether the pattern matches the whole text. Adds the steps that this took to `steps`.
    ///
    /// A wildcard first matches as little as possible. On a mismatch the last `*` matches more; if it cannot, the last
    /// `**` does. Earlier wildcards need no second try, because a later start never lets what follows them end earlier.
    pub fn matches(&self, text: &[u8], steps: &mut u64) -> bool {
        let (mut index, mut at) = (0, 0);
        let (mut star, mut folders): (Option<Retry>, Option<Retry>) = (None, None);
        loop {
            *steps += 1;
            match self.0.get(index) {
                Some(Token::Many(wildcard)) => {
                    index += 1;
                    let retry = Some(Retry { wildcard: *wildcard, index, at });
                    (star, folders) = if *wildcard == Wildcard::Star { (retry, folders) } else { (None, retry) };
                }
                Some(Token::One(single)) if text.get(at).is_some_and(|byte| single.matches(*byte)) => {
                    (index, at) = (index + 1, at + 1);
                }
                None if at == text.len() => return true,
                Some(Token::One(_) | Token::Never) | None => {
                    star = star.and_then(|star| star.next(text));
                    if star.is_none() {
                        folders = folders.and_then(|folders| folders.next(text));
                    }
                    let Some(retry) = star.or(folders) else { return false };
                    (index, at) = (retry.index, retry.at);
                }
            }
        }
    }
}

/// Where to go on when the text does not match: behind a wildcard that may match more.
#[derive(Clone, Copy)]
struct Retry {
    wildcard: Wildcard,
    index: usize,
    at: usize,
}

impl Retry {
    /// The same with more text matched by the wildcard.
    fn next(self, text: &[u8]) -> Option<Self> {
        let left = &text[self.at..];
        let more = match self.wildcard {
            Wildcard::Star => left.first().filter(|byte| **byte != b'/').map(|_| 1),
            Wildcard::Everything => left.first().map(|_| 1),
            Wildcard::Folders => left.iter().position(|byte| *byte == b'/').map(|slash| slash + 1),
        };
        more.map(|more| Self { at: self.at + more, ..self })
    }
}

/// The token at this index of the pattern, and its length there.
fn token(pattern: &[u8], at: usize) -> (Token, usize) {
    match pattern[at] {
        b'\\' => (pattern.get(at + 1).map_or(Token::Never, |byte| Token::One(Single::Byte(*byte))), 2),
        b'?' => (Token::One(Single::Any), 1),
        b'*' => stars(pattern, at),
        b'[' => byte_set::parse(&pattern[at + 1..])
            .map_or((Token::Never, 1), |(set, length)| (Token::One(Single::Set(Box::new(set))), 1 + length)),
        byte => (Token::One(Single::Byte(byte)), 1),
    }
}

/// Two or more stars match `/` only if they are all that is between two `/` or an end of the pattern.
fn stars(pattern: &[u8], at: usize) -> (Token, usize) {
    let length = pattern[at..].iter().take_while(|byte| **byte == b'*').count();
    let starts_component = at == 0 || pattern[at - 1] == b'/';
    match &pattern[at + length..] {
        [b'/', ..] if length > 1 && starts_component => (Token::Many(Wildcard::Folders), length + 1),
        [] | [b'\\', b'/', ..] if length > 1 && starts_component => (Token::Many(Wildcard::Everything), length),
        _ => (Token::Many(Wildcard::Star), length),
    }
}

#[cfg(test)]
mod tests {
    use super::Glob;

    #[test]
    fn wildcards_match_as_in_git() {
        let rows = [
            ("a*c", "abbc", true),
            ("a*c", "ab/c", false),
            ("a?c", "a/c", false),
            ("a**c", "ab/c", false),
            ("**/c", "c", true),
            ("**/c", "a/b/c", true),
            ("**/c", "a/bc", false),
            ("a/**/c", "a/c", true),
            ("a/**/c", "a/b/b/c", true),
            ("a/**", "a", false),
            ("a/**", "a/b/c", true),
            ("a/***", "a/b/c", true),
            ("**\\/c", "a/b/c", true),
            ("**\\/c", "c", false),
            ("a/**b", "a/x/b", false),
            ("**/a*b/*/c", "ab/x/axb/x/aab/y/c", true),
            ("**/a*b/*/d", "ab/x/axb/x/aab/y/c", false),
            ("[!a]", "/", false),
            ("[a-c]x", "bx", true),
            ("[", "[", false),
            ("\\[", "[", true),
            ("a\\", "a\\", false),
            ("a\\", "a", false),
            ("{a,b}", "a", false),
            ("{a,b}", "{a,b}", true),
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
        ];
        for (pattern, text, expected) in rows {
            assert_eq!(Glob::new(pattern.as_bytes()).matches(text.as_bytes(), &mut 0), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn the_steps_stay_below_length_times_length() {
        let rows = [
            ("*a".repeat(60) + "b", "a".repeat(250)),
            (format!("*{}b", "a".repeat(120)), "a".repeat(250)),
            ("**/".repeat(40) + "*a*b", "aa/".repeat(80)),
            ("*".repeat(4000), "a".repeat(250)),
        ];
        for (pattern, text) in rows {
            let mut steps = 0;
            Glob::new(pattern.as_bytes()).matches(text.as_bytes(), &mut steps);
            let bound = (pattern.len() * text.len()) as u64;
            assert!((1..=bound).contains(&steps), "{steps} steps for {pattern} on {text}");
        }
    }
}
