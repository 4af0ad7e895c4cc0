//! How others spell a text: with letters escaped for a URL, for JSON, or for HTML and XML. Each tool escapes other letters,
//! so every letter may stand as it is or escaped.

/// A text without one of these holds nothing that is escaped.
const ESCAPES: [char; 4] = ['%', '\\', '&', '+'];
/// Letters with a name in HTML or XML.
const ENTITIES: [(char, &str); 6] =
    [('&', "&amp;"), ('<', "&lt;"), ('>', "&gt;"), ('"', "&quot;"), ('\'', "&apos;"), ('\'', "&#39;")];
/// Letters with an escape of one letter in JSON.
const JSON: [(char, &str); 8] = [
    ('"', "\\\""),
    ('\\', "\\\\"),
    ('/', "\\/"),
    ('\n', "\\n"),
    ('\r', "\\r"),
    ('\t', "\\t"),
    ('\u{8}', "\\b"),
    ('\u{c}', "\\f"),
];

/// Bytes of a number in HTML or XML, with the mark of a hexadecimal one.
const LONGEST_NUMBER: usize = 10;

/// Whether anything in a text may be escaped.
pub fn may_escape(text: &str) -> bool {
    text.contains(ESCAPES)
}

/// The text with `other` in place of each word that it spells. Of two words at one place the first counts.
pub fn replace_spelled(text: &str, words: &[String], other: &str) -> String {
    let starts = Starts::of(words);
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, after)) = next_word(rest, words, &starts) {
        out = out + before + other;
        rest = after;
    }
    out + rest
}

/// Whether a text spells one of the words.
pub fn spells(text: &str, words: &[String]) -> bool {
    next_word(text, words, &Starts::of(words)).is_some()
}

/// What comes before the next word, and what after it.
fn next_word<'t>(text: &'t str, words: &[String], starts: &Starts) -> Option<(&'t str, &'t str)> {
    text.char_indices().filter(|(at, letter)| starts.may_start(&text[*at..], *letter)).find_map(|(at, _)| {
        let after = words.iter().find_map(|word| after_word(&text[at..], word))?;
        Some((&text[..at], after))
    })
}

/// The first letters of words: few places of a text can start one.
struct Starts {
    letters: Vec<char>,
    /// Whether an ASCII letter is one of them.
    is_first: [bool; 128],
}

impl Starts {
    fn of(words: &[String]) -> Self {
        let mut letters: Vec<_> = words.iter().filter_map(|word| word.chars().next()).collect();
        letters.sort_unstable();
        letters.dedup();
        let is_first = std::array::from_fn(|ascii| letters.iter().any(|letter| *letter as usize == ascii));
        Self { letters, is_first }
    }

    fn may_start(&self, text: &str, letter: char) -> bool {
        let is_first = self.is_first.get(letter as usize).copied();
        is_first.unwrap_or_else(|| self.letters.contains(&letter))
            || (ESCAPES.contains(&letter) && self.letters.iter().any(|first| after_letter(text, *first).is_some()))
    }
}

/// What follows the word that a text begins with.
fn after_word<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    text.strip_prefix(word).or_else(|| word.chars().try_fold(text, after_letter))
}

fn after_letter(text: &str, letter: char) -> Option<&str> {
    match text.as_bytes().first()? {
        b'%' => after_percent(text, letter),
        b'\\' => after_json(text, letter),
        b'&' => after_entity(text, letter),
        b'+' if letter == ' ' => Some(&text[1..]),
        _ => None,
    }
    .or_else(|| text.strip_prefix(letter))
}

/// `%C3%A9`, in either case.
fn after_percent(text: &str, letter: char) -> Option<&str> {
    letter.encode_utf8(&mut [0; 4]).bytes().try_fold(text, |text, byte| {
        let digits = text.strip_prefix('%')?.get(..2)?;
        (u8::from_str_radix(digits, 16) == Ok(byte)).then(|| &text[3..])
    })
}

/// `\"` and `\u00e9`; the second half of a pair is another one.
fn after_json(text: &str, letter: char) -> Option<&str> {
    if let Some(after) = JSON.iter().filter(|(it, _)| *it == letter).find_map(|(_, escape)| text.strip_prefix(escape)) {
        return Some(after);
    }
    letter.encode_utf16(&mut [0; 2]).iter().try_fold(text, |text, unit| {
        let digits = text.strip_prefix("\\u")?.get(..4)?;
        (u16::from_str_radix(digits, 16) == Ok(*unit)).then(|| &text[6..])
    })
}

/// `&amp;` and `&#xe9;`.
fn after_entity(text: &str, letter: char) -> Option<&str> {
    let named = ENTITIES.iter().filter(|(it, _)| *it == letter).find_map(|(_, entity)| text.strip_prefix(entity));
    named.or_else(|| {
        let text = text.strip_prefix("&#")?;
        let end = text.bytes().take(LONGEST_NUMBER).position(|byte| byte == b';')?;
        let (digits, after) = (&text[..end], &text[end + 1..]);
        let number = match digits.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => digits.parse(),
        };
        (number == Ok(u32::from(letter))).then_some(after)
    })
}

#[cfg(test)]
mod tests {
    use super::replace_spelled;

    fn without(text: &str, word: &str) -> String {
        replace_spelled(text, &[word.to_owned()], "*")
    }

    #[test]
    fn a_word_is_found_however_its_letters_are_escaped() {
        let rows = [
            ("as it is", "x p@ß w\"/<!> y", "x * y"),
            ("for a URL", "u:p%40%C3%9F%20w%22%2F%3C%21%3E@host", "u:*@host"),
            ("by encodeURIComponent", "p%40%C3%9F%20w%22%2F%3C!%3E", "*"),
            ("by Python's quote", "p%40%c3%9f%20w%22/%3c%21%3e", "*"),
            ("for a form", "a=p%40%C3%9F+w%22%2F%3C%21%3E&b", "a=*&b"),
            ("in JSON", "{\"k\":\"p@ß w\\\"/<!>\"}", "{\"k\":\"*\"}"),
            ("in JSON of Python", "\"p@\\u00df w\\\"/<!>\"", "\"*\""),
            ("in JSON of Go", "\"p@ß w\\\"/\\u003c!\\u003e\"", "\"*\""),
            ("in JSON of PHP", "\"p@\\u00DF w\\\"\\/<!>\"", "\"*\""),
            ("in XML", "<a>p@ß w&quot;/&lt;!&gt;</a>", "<a>*</a>"),
            ("by numbers", "p&#64;&#xdf;&#32;w&#34;/&#x3C;!>", "*"),
            ("another word", "p%40%C3%9F%20w%22%2F%3C%22%3E \\u00 % & +", "p%40%C3%9F%20w%22%2F%3C%22%3E \\u00 % & +"),
        ];
        for (name, text, expected) in rows {
            assert_eq!(without(text, "p@ß w\"/<!>"), expected, "{name}");
        }
    }

    #[test]
    fn a_word_that_looks_escaped_is_found_as_it_is() {
        for word in ["a%2Fb", "a\\nb", "a&amp;b", "a+b", "\u{1d11e}%"] {
            assert_eq!(without(&format!("x {word} y"), word), "x * y");
        }
        assert_eq!(without("a%252Fb \\ud834\\udd1e", "a%2Fb"), "* \\ud834\\udd1e");
        assert_eq!(without("\"\\ud834\\udd1e%25\"", "\u{1d11e}%"), "\"*\"");
    }
}
