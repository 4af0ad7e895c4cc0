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
    /// The text of the line, without its line end. Empty where the line is longer than anybody reads.
    pub source_line: String,
    /// The marked bytes of `source_line`.
    pub marked: Range<usize>,
    /// What stands there, such as `Function.CodeUri`: the same in every run, whatever is wrong with it.
    pub subject: Option<String>,
}

/// Longest line that is kept with a place, in bytes: a template without line breaks may be asked for many places.
const QUOTED_LINE_BYTES: usize = 4096;

impl Place {
    /// Finds line and column of a byte range of `text`. A range that leaves its first line is cut at the line's end.
    pub fn in_text(path: &Path, text: &str, span: Range<usize>) -> Self {
        let before = &text.as_bytes()[..span.start.min(text.len())];
        Self::on_line(path, text, span, before.iter().filter(|byte| **byte == b'\n').count() + 1)
    }

    /// The same where it is known on which line, counted from 1, the range starts.
    pub fn on_line(path: &Path, text: &str, span: Range<usize>, line: usize) -> Self {
        let start = text.floor_char_boundary(span.start);
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let source_line = text[line_start..line_end].trim_end_matches('\r');
        let from = (start - line_start).min(source_line.len());
        let to = text.floor_char_boundary(span.end).saturating_sub(line_start).clamp(from, source_line.len());
        let column = source_line[..from].trim_start_matches('\u{feff}').chars().count() + 1;
        let (source_line, marked) = match source_line.len() {
            0..=QUOTED_LINE_BYTES => (source_line.to_owned(), from..to),
            _ => (String::new(), 0..0),
        };
        Self { path: path.to_path_buf(), line, column, source_line, marked, subject: None }
    }

    /// The same place without its line, which may hold what nobody should see.
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

#[cfg(test)]
mod tests {
    use super::Place;
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
    fn a_line_that_nobody_reads_is_not_kept() {
        let text = format!("{}x", "é".repeat(2048));
        let place = Place::in_text(Path::new("t.json"), &text, 4096..4097);
        assert_eq!((place.line, place.column, place.source_line.as_str(), place.marked), (1, 2049, "", 0..0));
    }
}
