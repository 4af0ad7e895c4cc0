//! Likely mistakes: keys that are given twice, anchors that look like resource types, and what readers of YAML 1.1, such
//! as CloudFormation's, refuse or read as something else.

use super::source::Source;
use super::tree::{Kind, Layout, Overridden, Record, Style, Tree};
use crate::facts::{Warning, WarningKind};
use std::ops::Range;

/// Warnings of one kind about one template.
const MAX_LISTED: usize = 50;
/// Longest key or name in a warning, in bytes.
const MAX_NAME_BYTES: usize = 200;

/// All warnings about a text, kind by kind.
pub fn find(source: &Source, tree: &Tree) -> Vec<Warning> {
    let finder = Finder { source, text: source.text(), tree };
    let mut warnings = finder.keys_given_twice();
    warnings.extend(finder.type_anchors());
    if !tree.is_json {
        warnings.extend([finder.line_separator(), finder.tab(), finder.colon_in_brackets()].into_iter().flatten());
    }
    warnings
}

struct Finder<'t> {
    source: &'t Source,
    text: &'t str,
    tree: &'t Tree,
}

impl Finder<'_> {
    fn keys_given_twice(&self) -> Vec<Warning> {
        let overridden = &self.tree.overridden;
        let mut warnings: Vec<Warning> = overridden.iter().take(MAX_LISTED).map(|key| self.given_twice(key)).collect();
        if overridden.len() > MAX_LISTED {
            let kind = WarningKind::MoreKeysGivenTwice { count: overridden.len() - MAX_LISTED };
            let place = self.source.place(self.tree.record(overridden[MAX_LISTED].counting).full_span());
            warnings.push(Warning::new("more keys given twice", kind).with_place(Some(place)));
        }
        warnings
    }

    fn given_twice(&self, overridden: &Overridden) -> Warning {
        let place = |id| self.source.place(self.tree.record(id).full_span());
        let key = self.tree.record(self.tree.target(overridden.key)).text(self.text).unwrap_or_default();
        let path = self.tree.path(self.text, overridden.counting);
        let first = place(overridden.key);
        let kind = WarningKind::KeyGivenTwice { key: shortened(key), line: first.line, column: first.column };
        let warning = Warning::new(shortened(&path), kind).with_place(Some(place(overridden.counting)));
        match path.strip_prefix("Resources.").and_then(|rest| rest.split('.').next()) {
            Some(logical_id) => warning.with_resource(shortened(logical_id)),
            None => warning,
        }
    }

    /// `Type: &AWS::Lambda::Function` marks an empty value with an anchor.
    fn type_anchors(&self) -> Vec<Warning> {
        let anchors = self.tree.anchors.iter().map(|(span, _)| span.clone());
        let aliases = self.tree.aliases.keys().map(|id| self.tree.record(*id).span.clone());
        let mut spans: Vec<Range<usize>> =
            anchors.chain(aliases).filter(|span| self.text[span.clone()].contains("::")).collect();
        spans.sort_by_key(|span| span.start);
        let warning = |span: Range<usize>| {
            let written = shortened(&self.text[span.clone()]);
            let kind = WarningKind::TypeAsAnchor { written: written.clone() };
            Warning::new(written, kind).with_place(Some(self.source.place(span)))
        };
        spans.into_iter().take(MAX_LISTED).map(warning).collect()
    }

    /// YAML 1.1 ends a line at U+0085, U+2028 and U+2029.
    fn line_separator(&self) -> Option<Warning> {
        let separators = self.text.match_indices(['\u{85}', '\u{2028}', '\u{2029}']);
        let mut outside = separators.filter(|(at, _)| !self.is_quoted_at(*at));
        let (at, separator) = outside.next()?;
        let character = separator.chars().next()?;
        let kind = WarningKind::LineSeparator { character };
        Some(self.warning("line separator", kind, at..at + separator.len()))
    }

    /// YAML 1.1 separates values by spaces only.
    fn tab(&self) -> Option<Warning> {
        let mut from = 0;
        while let Some(at) = self.text[from..].find('\t').map(|found| from + found) {
            from = match self.record_at(at) {
                Some(record) if record.span.end > at && matches!(record.kind, Kind::Scalar { .. }) => record.span.end,
                _ if self.is_comment_at(at) => {
                    self.text[at..].find(['\n', '\r']).map_or(self.text.len(), |end| at + end)
                }
                _ => return Some(self.warning("tab", WarningKind::TabBetweenValues, at..at + 1)),
            };
        }
        None
    }

    /// In brackets, YAML 1.1 reads the `:` of `:x` as the end of a key, and a `?` as the start of one.
    fn colon_in_brackets(&self) -> Option<Warning> {
        let record = self.tree.records.iter().find(|record| self.is_colon_in_brackets(record))?;
        let written = shortened(&self.text[record.span.clone()]);
        Some(self.warning("colon in brackets", WarningKind::ColonInBrackets { written }, record.span.clone()))
    }

    fn is_colon_in_brackets(&self, record: &Record) -> bool {
        let is_plain = matches!(record.kind, Kind::Scalar { style: Style::Plain, .. });
        let parent = record.parent.filter(|_| is_plain && self.text[record.span.clone()].starts_with([':', '?']));
        parent.is_some_and(|parent| match self.tree.record(parent).kind {
            Kind::Sequence { layout, .. } | Kind::Mapping { layout, .. } => layout != Layout::Block,
            Kind::Scalar { .. } => false,
        })
    }

    fn warning(&self, name: &str, kind: WarningKind, span: Range<usize>) -> Warning {
        Warning::new(name, kind).with_place(Some(self.source.place(span)))
    }

    /// The last node that begins at or before a byte.
    fn record_at(&self, at: usize) -> Option<&Record> {
        let records = &self.tree.records;
        records[..records.partition_point(|record| record.span.start <= at)].last()
    }

    fn is_quoted_at(&self, at: usize) -> bool {
        self.record_at(at).is_some_and(|record| {
            let is_quoted =
                matches!(record.kind, Kind::Scalar { style: Style::SingleQuoted | Style::DoubleQuoted, .. });
            is_quoted && at < record.span.end
        })
    }

    /// Whether a `#` stands before a byte outside of values, on the same line.
    fn is_comment_at(&self, at: usize) -> bool {
        let token_end = self.record_at(at).map_or(0, |record| match record.kind {
            Kind::Scalar { .. } => record.span.end,
            Kind::Sequence { .. } | Kind::Mapping { .. } => record.span.start,
        });
        let before = &self.text[token_end.min(at)..at];
        before.rsplit(['\n', '\r']).next().is_some_and(|line| line.contains('#'))
    }
}

fn shortened(name: &str) -> String {
    match name.len() {
        0..=MAX_NAME_BYTES => name.to_owned(),
        _ => format!("{}…", &name[..name.floor_char_boundary(MAX_NAME_BYTES)]),
    }
}
