//! A place in a text file, as errors and annotations show it.

use std::ops::Range;
use std::path::{Path, PathBuf};

/// A place in a text file, with the line itself so that it can be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file as the user named it.
    pub path: PathBuf,
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// The text of the line, without its line end; empty if the line is longer than 4096 bytes.
    pub source_line: String,
    /// The marked bytes of `source_line`.
    pub marked: Range<usize>,
    /// Names what stands there, such as `Function.CodeUri`: the same in every run, whatever the problem is.
    pub subject: Option<String>,
}

/// Longest line that is kept with a place, in bytes: a minified template may be asked for thousands of places.
const MAX_QUOTED_LINE_BYTES: usize = 4096;

impl Place {
    /// The place of a byte range in a small text; for many places of a large one, build a [`LineIndex`] once.
    pub fn in_text(path: &Path, text: &str, span: Range<usize>) -> Self {
        LineIndex::new(text).place(path, text, span)
    }

    /// The same place without its line, which may hold a secret.
    #[must_use]
    pub fn without_line(self) -> Self {
        Self { source_line: String::new(), marked: 0..0, ..self }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.path.display(), self.line, self.column)
    }
}

/// The lines of one text, so that a place costs the same wherever it is.
#[derive(Debug)]
pub struct LineIndex {
    line_starts: Vec<usize>,
    /// How many characters stand before each block of `BLOCK_BYTES`.
    characters: Vec<usize>,
}

/// One count of characters is kept for so many bytes: a column needs no look at more of its line than this.
const BLOCK_BYTES: usize = 4096;

impl LineIndex {
    /// Reads the text once.
    pub fn new(text: &str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let line_starts = std::iter::once(0).chain(breaks.map(|(at, _)| at + 1)).collect();
        let mut characters = Vec::with_capacity(text.len() / BLOCK_BYTES + 1);
        let mut count = 0;
        for block in text.as_bytes().chunks(BLOCK_BYTES) {
            characters.push(count);
            count += characters_in(block);
        }
        characters.push(count);
        Self { line_starts, characters }
    }

    /// The place of a byte range of that text. A range that leaves its first line is cut at the line's end.
    pub fn place(&self, path: &Path, text: &str, span: Range<usize>) -> Place {
        let start = text.floor_char_boundary(span.start);
        let line = self.line_starts.partition_point(|line_start| *line_start <= start);
        let line_start = self.line_starts[line - 1];
        let line_end = self.line_starts.get(line).map_or(text.len(), |next| next - 1);
        let content = text[line_start..line_end].trim_end_matches('\r');
        let from = (start - line_start).min(content.len());
        let to = text.floor_char_boundary(span.end).saturating_sub(line_start).clamp(from, content.len());
        let mark = usize::from(from > 0 && content.starts_with('\u{feff}'));
        let column = self.characters_before(text, line_start + from) - self.characters_before(text, line_start);
        let (source_line, marked) = match content.len() {
            0..=MAX_QUOTED_LINE_BYTES => (content.to_owned(), from..to),
            _ => (String::new(), 0..0),
        };
        Place { path: path.to_path_buf(), line, column: column - mark + 1, source_line, marked, subject: None }
    }

    fn characters_before(&self, text: &str, at: usize) -> usize {
        let block = at / BLOCK_BYTES;
        self.characters[block] + characters_in(&text.as_bytes()[block * BLOCK_BYTES..at])
    }
}

/// Counts the bytes that begin a character.
fn characters_in(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count()
}

#[cfg(test)]
mod tests {
    use super::{BLOCK_BYTES, LineIndex, Place};
    use std::path::Path;

    #[test]
    fn a_place_counts_lines_and_characters_from_one() {
        let text = "\u{feff}a: 1\r\né: [x, y]\r\n";
        let rows = [
            ("first line after a byte order mark", 3..4, (1, 1, "\u{feff}a: 1"), "a"),
            ("after a two-byte character", 14..15, (2, 5, "é: [x, y]"), "x"),
            ("past the line's end", 14..40, (2, 5, "é: [x, y]"), "x, y]"),
            ("past the text", 90..99, (3, 1, ""), ""),
        ];
        for (name, span, expected, marked) in rows {
            let place = Place::in_text(Path::new("t.yaml"), text, span);
            assert_eq!((place.line, place.column, place.source_line.as_str()), expected, "{name}");
            assert_eq!(&place.source_line[place.marked.clone()], marked, "{name}");
        }
    }

    #[test]
    fn a_line_of_more_than_4096_bytes_is_not_kept() {
        let text = format!("{}x", "é".repeat(2048));
        let place = Place::in_text(Path::new("t.json"), &text, 4096..4097);
        assert_eq!((place.line, place.column, place.source_line.as_str(), place.marked), (1, 2049, "", 0..0));
    }
    #[test]
    fn an_index_counts_as_a_look_at_the_whole_text_does() {
        let text = format!("é{}\nü{}\r\nx", "aé".repeat(BLOCK_BYTES), "b".repeat(BLOCK_BYTES - 3));
        let index = LineIndex::new(&text);
        for (at, _) in text.char_indices().step_by(7).chain([(text.len(), 'x')]) {
            let before = &text[..at];
            let line_start = before.rfind('\n').map_or(0, |at| at + 1);
            let expected =
                (before.matches('\n').count() + 1, before[line_start..].trim_end_matches('\r').chars().count() + 1);
            let place = index.place(Path::new("t"), &text, at..at + 1);
            assert_eq!((place.line, place.column), expected, "{at}");
        }
    }
}
