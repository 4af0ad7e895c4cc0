//! Finds what the parser's events leave out: colons, commas, dashes, block scalar headers, line ends, columns.

use std::ops::Range;

/// The first byte at or after `from`, the end of a token, that is neither blank, line end nor comment.
pub fn skip_trivia(text: &str, from: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = from;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => at += 1,
            b'#' if at == from || bytes[at - 1].is_ascii_whitespace() => at = line_end(text, at),
            _ => break,
        }
    }
    at
}

/// The first byte at or after `from` that is neither blank nor line end.
pub fn skip_whitespace(text: &str, from: usize) -> usize {
    let rest = &text[from..];
    from + rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len()
}

/// Whether only blanks follow before the line ends.
pub fn is_last_on_line(text: &str, at: usize) -> bool {
    let rest = text[at..].trim_start_matches([' ', '\t']);
    rest.is_empty() || rest.starts_with(['\r', '\n'])
}

/// The first byte at or after `from` that is not a blank.
pub fn skip_blanks(text: &str, from: usize) -> usize {
    let rest = &text[from..];
    from + rest.len() - rest.trim_start_matches([' ', '\t']).len()
}

/// The byte after the colon that follows a key; `None` for a key without one, as in `{a, b}`.
pub fn after_colon(text: &str, key_end: usize) -> Option<usize> {
    let at = skip_trivia(text, key_end);
    (text.as_bytes().get(at) == Some(&b':')).then_some(at + 1)
}

/// The comma after an entry in brackets.
pub fn comma(text: &str, entry_end: usize) -> Option<Range<usize>> {
    let at = skip_trivia(text, entry_end);
    (text.as_bytes().get(at) == Some(&b',')).then_some(at..at + 1)
}

/// The first of `wanted` after indicators, anchors, blanks and comments.
pub fn find_indicator(text: &str, from: usize, wanted: &[u8]) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = skip_trivia(text, from);
    loop {
        match bytes.get(at)? {
            byte if wanted.contains(byte) => return Some(at),
            b'&' => at += bytes[at..].iter().position(u8::is_ascii_whitespace)?,
            b'-' | b'?' | b':' | b',' | b'[' | b'{' => at += 1,
            _ => return None,
        }
        at = skip_trivia(text, at);
    }
}

/// The byte after the dash of an empty item. The parser reports such an item between its dash and the next token.
pub fn after_dash(text: &str, reported: usize) -> Option<usize> {
    let mut end = reported;
    loop {
        let start = line_start(text, end);
        if let Some(at) = dash_of_empty_item(&text[start..end]) {
            return Some(start + at + 1);
        }
        let line = text[start..end].trim_start();
        if start == 0 || !(line.is_empty() || line.starts_with('#') || line.starts_with('-')) {
            return None;
        }
        end = start - 1;
    }
}

/// The first dash on a line after which only blanks and a comment follow.
fn dash_of_empty_item(line: &str) -> Option<usize> {
    let before_ok = |at: usize| at == 0 || line[..at].ends_with([' ', '\t']);
    let after_ok =
        |rest: &str| rest.trim().is_empty() || (rest.starts_with([' ', '\t']) && rest.trim_start().starts_with('#'));
    line.match_indices('-').map(|(at, _)| at).find(|at| before_ok(*at) && after_ok(&line[at + 1..]))
}

/// The byte where an entry starts: its key, or the `?` before it.
pub fn entry_start(text: &str, key_start: usize) -> usize {
    let before = text[..key_start].trim_end_matches([' ', '\t']);
    match before.strip_suffix('?') {
        Some(rest) if rest.is_empty() || rest.ends_with([' ', '\t', '\n', '\r', '{', '[', ',']) => rest.len(),
        Some(_) | None => key_start,
    }
}

/// The header of a block scalar that starts at its `|` or `>`.
pub fn block_header(text: &str, start: usize) -> Range<usize> {
    let indicators = text[start..].bytes().take_while(|byte| b"|>+-0123456789".contains(byte)).count();
    start..start + indicators
}

/// The byte after the line end before `at`.
pub fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind(['\n', '\r']).map_or(0, |end| end + 1)
}

/// The byte before the line end after `at`.
pub fn line_end(text: &str, at: usize) -> usize {
    let rest = &text.as_bytes()[at..];
    rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).map_or(text.len(), |end| at + end)
}

/// The line break after `at`, or else the first of the text.
pub fn line_break(text: &str, at: usize) -> &str {
    let here = break_at(text, line_end(text, at));
    if !here.is_empty() {
        return here;
    }
    let first = break_at(text, line_end(text, 0));
    if first.is_empty() { "\n" } else { first }
}

fn break_at(text: &str, at: usize) -> &str {
    let rest = &text[at..];
    ["\r\n", "\n", "\r"].into_iter().find(|end| rest.starts_with(end)).unwrap_or("")
}

/// The text before `at` on its line.
pub fn before_on_line(text: &str, at: usize) -> &str {
    &text[line_start(text, at)..at]
}

/// Whether only blanks stand before `at` on its line. Looks at no more than these.
pub fn is_first_on_line(text: &str, at: usize) -> bool {
    let before = text[..at].trim_end_matches([' ', '\t']);
    before.is_empty() || before.ends_with(['\r', '\n'])
}

/// A value to write before `at`, with a blank if a comment follows directly.
pub fn apart(text: &str, at: usize, mut value: String) -> String {
    if text.as_bytes().get(at) == Some(&b'#') {
        value.push(' ');
    }
    value
}

#[cfg(test)]
mod tests {
    use super::{after_colon, after_dash, block_header, entry_start, find_indicator, line_break};

    #[test]
    fn punctuation_is_found_past_blanks_and_comments() {
        let rows = [
            ("colon at once", after_colon("a: 1", 1), Some(2)),
            ("colon on the next line", after_colon("? a # c:\n: 1", 3), Some(10)),
            ("no colon", after_colon("{a, b: 1}", 2), None),
            ("dash before a comment", after_dash("- # - x\n", 7), Some(1)),
            ("second dash", after_dash("- - # x\n", 7), Some(3)),
            ("dash two lines above", after_dash("-\n# c\n\n- x", 7), Some(1)),
            ("header after anchor and comment", find_indicator("a: &x # |\n >\n", 1, b"|>"), Some(11)),
            ("no header", find_indicator("a: b |", 1, b"|>"), None),
        ];
        for (name, found, expected) in rows {
            assert_eq!(found, expected, "{name}");
        }
    }

    #[test]
    fn entries_start_at_their_question_mark() {
        let rows = [("? a", 2, 0), ("{? a", 3, 1), ("b: ok?\na", 7, 7), ("  a", 2, 2)];
        for (text, key, expected) in rows {
            assert_eq!(entry_start(text, key), expected, "{text}");
        }
        assert_eq!(block_header("a: |2-  # x", 3), 3..6);
    }

    #[test]
    fn line_ends_are_taken_from_the_line_itself() {
        let rows = [("a\nb\r\nc", 2, "\r\n"), ("a\r\nb", 3, "\r\n"), ("a", 0, "\n"), ("a\nb", 0, "\n")];
        for (text, at, expected) in rows {
            assert_eq!(line_break(text, at), expected, "{text:?}");
        }
    }
}
