//! Takes entries out of a mapping, with what sets them apart from the entries that stay.

use super::layout;
use super::splice::Splice;
use super::tree::{Layout, NodeId, Tree};
use std::ops::Range;

/// The entries of one mapping, and which of them stay: at least one.
pub struct Entries<'a> {
    pub text: &'a str,
    pub tree: &'a Tree,
    pub entries: &'a [(NodeId, NodeId)],
    pub layout: Layout,
    pub is_kept: &'a [bool],
}

impl Entries<'_> {
    /// Removes the entries that do not stay.
    pub fn removals(&self) -> Vec<Splice> {
        let last_kept = self.is_kept.iter().rposition(|kept| *kept).unwrap_or_default();
        let (before, after) = self.is_kept.split_at(last_kept);
        let removed = before.iter().enumerate().filter(|(_, kept)| !**kept);
        let mut splices: Vec<Splice> = removed.flat_map(|(index, _)| self.without_entry(index)).collect();
        match self.layout {
            _ if after.len() == 1 => {}
            Layout::Block => splices.extend((last_kept + 1..self.entries.len()).map(|index| self.without_lines(index))),
            Layout::Flow | Layout::Pair => {
                let end = self.span(self.entries.len() - 1).end;
                splices.push(Splice::new(self.span(last_kept).end..end, ""));
            }
        }
        splices
    }

    fn span(&self, index: usize) -> Range<usize> {
        self.tree.entry_span(self.text, self.entries[index])
    }

    /// An entry before one that stays. The next entry or comment moves to where this one began: a comment that kept its
    /// own column could become part of a block scalar above.
    fn without_entry(&self, index: usize) -> Vec<Splice> {
        let span = self.span(index);
        let comma = match self.layout {
            Layout::Block => None,
            Layout::Flow | Layout::Pair => layout::comma(self.text, span.end),
        };
        [Some(span), comma].into_iter().flatten().map(|span| self.closed_up(span)).collect()
    }

    /// Removes a span with the blanks and line ends after it.
    fn closed_up(&self, span: Range<usize>) -> Splice {
        let next = layout::skip_whitespace(self.text, span.end);
        let before = self.text.as_bytes()[..span.start].last();
        let is_apart = before.is_none_or(u8::is_ascii_whitespace);
        let text = if is_apart { String::new() } else { layout::apart(self.text, next, String::new()) };
        Splice::new(span.start..next, text)
    }

    /// An entry after the last one that stays, in block style: its lines go, or a comment takes its place.
    fn without_lines(&self, index: usize) -> Splice {
        let span = self.span(index);
        let next = layout::skip_whitespace(self.text, span.end);
        if self.text[next..].starts_with('#') {
            return self.closed_up(span);
        }
        let line = layout::line_start(self.text, span.start);
        if self.is_below_block_scalar(index) && next < self.text.len() {
            return Splice::new(line..layout::line_start(self.text, next), "");
        }
        let break_length = if self.text[..line].ends_with("\r\n") { 2 } else { 1 };
        Splice::new(line - break_length..span.end, "")
    }

    /// Whether the entry before ends in a block scalar, to which blank lines could belong.
    fn is_below_block_scalar(&self, index: usize) -> bool {
        let before = self.is_kept[..index].iter().rposition(|kept| *kept);
        before.is_some_and(|before| self.tree.last_block_scalar(self.entries[before].1).is_some())
    }
}
