//! Some lines of a text file around a place.

/// Consecutive lines, one of them marked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// The number of the first line, counted from 1.
    pub first_line: usize,
    pub lines: Vec<String>,
    /// The number of the marked line.
    pub marked_line: usize,
}
