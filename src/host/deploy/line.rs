//! A line of a log as its parts, so that a terminal can break it between two of them.

use crate::host::width::columns;
use clap::builder::styling::{AnsiColor, Style};

pub const BAD: Style = AnsiColor::Red.on_default();
pub const CAREFUL: Style = AnsiColor::Yellow.on_default();
pub const GOOD: Style = AnsiColor::Green.on_default();

/// Columns between two parts.
const GAP: usize = 2;
/// Columns before the rest of a line that is broken.
const HANG: usize = 4;

/// A line. What it is made of is redacted and rid of controls when it is written.
#[derive(Debug, Clone, Default)]
pub struct Line {
    indent: usize,
    parts: Vec<Part>,
}

#[derive(Debug, Clone)]
struct Part {
    text: String,
    style: Style,
    /// Columns that it takes at least.
    width: usize,
}

impl Line {
    /// A line of one part.
    pub fn new(text: impl Into<String>) -> Self {
        Self::default().and(text)
    }

    /// An empty line that begins after some columns.
    pub fn indented(indent: usize) -> Self {
        Self { indent, parts: Vec::new() }
    }

    /// With one more part, unless it is empty.
    pub fn and(self, text: impl Into<String>) -> Self {
        self.column(text, Style::new(), 0)
    }

    /// With one more part that takes at least some columns.
    pub fn column(mut self, text: impl Into<String>, style: Style, width: usize) -> Self {
        let text = text.into();
        if !text.is_empty() || width > 0 {
            self.parts.push(Part { text, style, width });
        }
        self
    }

    /// The line as it is, however long.
    pub fn whole(&self, clean: &dyn Fn(&str) -> String) -> String {
        self.folded(clean, usize::MAX)
    }

    /// The line, broken between parts where it is longer than a terminal is wide. A part stays whole. Columns are given
    /// up where that saves a break.
    pub fn folded(&self, clean: &dyn Fn(&str) -> String, width: usize) -> String {
        let parts = self.parts.iter().map(|part| Part { width: 0, ..part.clone() }).collect();
        let (aligned, dense) = (self.aligned(clean, width), Self { parts, ..*self }.aligned(clean, width));
        let breaks = |text: &str| text.matches('\n').count();
        if breaks(&dense) < breaks(&aligned) { dense } else { aligned }
    }

    fn aligned(&self, clean: &dyn Fn(&str) -> String, width: usize) -> String {
        let (mut text, mut pad, mut used) = (String::new(), self.indent, 0);
        for part in &self.parts {
            let shown = clean(&part.text);
            let taken = columns(&shown);
            if used > 0 && used + pad + taken > width {
                text.push('\n');
                (pad, used) = (self.indent + HANG, 0);
            }
            if taken > 0 {
                let style = part.style;
                text += &format!("{:pad$}{style}{shown}{style:#}", "");
                (used, pad) = (used + pad + taken, 0);
            }
            pad += if taken.max(part.width) > 0 { part.width.saturating_sub(taken) + GAP } else { 0 };
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::Line;
    use clap::builder::styling::Style;

    #[test]
    fn a_line_is_broken_between_its_parts_alone() {
        let line = Line::indented(2).column("Add", Style::new(), 6).and("Queue").and("").and("a reason of many words");
        let rows = [
            (usize::MAX, "  Add     Queue  a reason of many words"),
            (39, "  Add     Queue  a reason of many words"),
            (38, "  Add  Queue  a reason of many words"),
            (35, "  Add     Queue\n      a reason of many words"),
            (10, "  Add\n      Queue\n      a reason of many words"),
        ];
        for (width, expected) in rows {
            assert_eq!(line.folded(&str::to_owned, width), expected, "{width}");
        }
        let rest = Line::new("a").column("", Style::new(), 5).and("b").and("");
        assert_eq!(rest.whole(&str::to_owned), "a         b");
    }
}
