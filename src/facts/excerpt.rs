//! Some lines of a text file around a place.

/// Lines of a text, with one that is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// The number of the first line, counted from 1.
    pub first_line: usize,
    pub lines: Vec<String>,
    /// The number of the line that is meant.
    pub marked_line: usize,
}
