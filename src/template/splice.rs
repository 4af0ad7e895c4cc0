//! Replaces pieces of a text so that every other byte stays, and maps spans of the new text to the old.

use std::cmp::Reverse;
use std::ops::Range;

/// One piece of the text and its replacement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Splice {
    /// Bytes of the old text; empty to insert.
    pub range: Range<usize>,
    pub text: String,
    /// Of two splices that start at the same byte, the higher rank comes first.
    pub rank: usize,
}

impl Splice {
    /// A splice that comes before others at the same byte.
    pub fn new(range: Range<usize>, text: impl Into<String>) -> Self {
        Self { range, text: text.into(), rank: usize::MAX }
    }
}

/// Where each part of a spliced text came from.
#[derive(Debug, Default)]
pub struct Origins(Vec<Segment>);

#[derive(Debug)]
struct Segment {
    start: usize,
    old: Range<usize>,
    copied: bool,
}

impl Origins {
    /// The span of the old text from which a span of the new text was copied, or which it replaced.
    pub fn origin(&self, span: Range<usize>) -> Range<usize> {
        let index = self.0.partition_point(|segment| segment.start <= span.start);
        let Some(segment) = index.checked_sub(1).and_then(|index| self.0.get(index)) else { return 0..0 };
        if !segment.copied {
            return segment.old.clone();
        }
        let start = (segment.old.start + (span.start - segment.start)).min(segment.old.end);
        start..(start + span.len()).min(segment.old.end)
    }
}

/// Applies splices in the order of the text. One that starts inside an earlier one is ignored.
pub fn apply(text: &str, mut splices: Vec<Splice>) -> (String, Origins) {
    splices.sort_by_key(|splice| (splice.range.start, Reverse(splice.rank)));
    let mut out = Spliced { text: String::with_capacity(text.len() + text.len() / 8), segments: Vec::new() };
    let mut done = 0;
    for splice in splices {
        if splice.range.start < done {
            continue;
        }
        out.push(&text[done..splice.range.start], done..splice.range.start, true);
        done = splice.range.end;
        out.push(&splice.text, splice.range, false);
    }
    out.push(&text[done..], done..text.len(), true);
    (out.text, Origins(out.segments))
}

struct Spliced {
    text: String,
    segments: Vec<Segment>,
}

impl Spliced {
    fn push(&mut self, piece: &str, old: Range<usize>, copied: bool) {
        if !piece.is_empty() {
            self.segments.push(Segment { start: self.text.len(), old, copied });
            self.text.push_str(piece);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Splice, apply};

    #[test]
    fn splices_change_their_ranges_and_nothing_else() {
        let rows: [(&str, Vec<Splice>, &str); 4] = [
            ("none", vec![], "abcdef"),
            ("any order", vec![Splice::new(4..5, "X"), Splice::new(0..1, "")], "bcdXf"),
            ("inside another", vec![Splice::new(1..5, "-"), Splice::new(2..3, "X")], "a-f"),
            (
                "same byte by rank",
                vec![
                    Splice { range: 6..6, text: "2".into(), rank: 1 },
                    Splice { range: 6..6, text: "1".into(), rank: 2 },
                ],
                "abcdef12",
            ),
        ];
        for (name, splices, expected) in rows {
            assert_eq!(apply("abcdef", splices).0, expected, "{name}");
        }
    }

    #[test]
    fn a_span_of_the_new_text_is_mapped_to_the_old() {
        let (text, origins) = apply("abcdef", vec![Splice::new(1..3, "XYZ"), Splice::new(4..4, "+")]);
        assert_eq!(text, "aXYZd+ef");
        let rows = [
            ("copied before", 0..1, 0..1),
            ("replaced", 2..3, 1..3),
            ("copied after", 4..5, 3..4),
            ("inserted", 5..6, 4..4),
            ("at the end", 7..8, 5..6),
        ];
        for (name, span, expected) in rows {
            assert_eq!(origins.origin(span), expected, "{name}");
        }
    }
}
