//! Control characters and direction marks are shown escaped: raw, they could change what a reader sees.

use std::ops::Range;

/// The text in one line: white space that ends lines becomes a space, other controls are escaped.
pub fn one_line(text: &str) -> String {
    let parts = text.split(is_line_space).filter(|part| !part.is_empty());
    parts.map(|part| escaped(part, 0..0).0).collect::<Vec<_>>().join(" ")
}

/// The text in one line, with a capital at its start.
pub fn capital(text: &str) -> String {
    let text = one_line(text);
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}", letters.as_str())
}

/// A quoted line with its controls escaped, tabs left out, and the range of its marked bytes afterwards.
pub fn escaped(line: &str, marked: Range<usize>) -> (String, Range<usize>) {
    let mut text = String::with_capacity(line.len());
    let (mut start, mut end) = (None, None);
    for (at, letter) in line.char_indices() {
        start = start.or((at >= marked.start).then_some(text.len()));
        end = end.or((at >= marked.end).then_some(text.len()));
        match is_control(letter) {
            true => text.extend(letter.escape_unicode()),
            false => text.push(letter),
        }
    }
    let range = start.unwrap_or(text.len())..end.unwrap_or(text.len());
    (text, range)
}

/// Line ends of any kind, and tabs.
fn is_line_space(letter: char) -> bool {
    matches!(letter, '\t'..='\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// C0 and C1 controls but the tab, and the marks that change the direction of text (Unicode, UAX #9).
pub fn is_control(letter: char) -> bool {
    let is_direction =
        matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    (letter.is_control() && letter != '\t') || is_direction
}

#[cfg(test)]
mod tests {
    use super::{escaped, one_line};

    #[test]
    fn controls_of_every_kind_are_escaped() {
        let rows = [
            ("plain é", "plain é"),
            ("a\r\nb\tc\u{2028}d\u{85}e", "a b c d e"),
            ("\u{1b}[31mred", "\\u{1b}[31mred"),
            ("\u{9b}2J", "\\u{9b}2J"),
            ("\u{202e}txt", "\\u{202e}txt"),
            ("\u{7}", "\\u{7}"),
            ("\n", ""),
        ];
        for (text, expected) in rows {
            assert_eq!(one_line(text), expected, "{text:?}");
        }
    }

    #[test]
    fn the_marks_of_a_line_follow_its_escapes() {
        let rows = [
            ("a: b", 3..4, "b"),
            ("\u{1b}a: bc", 4..6, "bc"),
            ("a: \u{9b}c", 3..6, "\\u{9b}c"),
            ("a: b\u{7}", 3..4, "b"),
            ("\ta", 1..2, "a"),
            ("ab", 2..2, ""),
        ];
        for (line, marked, expected) in rows {
            let (text, range) = escaped(line, marked);
            assert_eq!(&text[range], expected, "{line:?}");
        }
    }
}
