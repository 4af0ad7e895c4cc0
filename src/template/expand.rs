//! Aliases, anchors and merge keys written out where they are used, since CloudFormation takes none of them.

use std::collections::HashSet;
use std::ops::Range;

use super::error::{MAX_EXPANDED_NODES, TemplateError};
use super::layout;
use super::parse::is_merge_key;
use super::scalar;
use super::source::{MAX_BYTES, Source};
use super::splice::{self, Splice};
use super::tree::{Kind, Layout, MAX_DEPTH, NodeId, Record, Style, Tree};
use crate::facts::Place;

/// The same template without anchors, aliases and merge keys. Each place of use becomes one line of flow style; no
/// other byte changes.
pub fn expand(source: Source, tree: &Tree) -> Result<Source, TemplateError> {
    let mut expansion = Expansion { source: &source, tree, nodes: 0, bytes: 0 };
    let mut splices: Vec<Splice> =
        tree.anchors.iter().map(|(span, node)| expansion.without_anchor(span, *node)).collect();
    for mapping in &tree.merges {
        splices.extend(expansion.merged(*mapping)?);
    }
    let mut aliases: Vec<NodeId> = tree.aliases.keys().copied().collect();
    aliases.sort_by_key(|alias| alias.0);
    for alias in aliases {
        splices.push(expansion.alias(alias)?);
    }
    let (text, origins) = splice::apply(source.text(), splices);
    Ok(source.respliced(text, origins))
}

type Pair = (NodeId, NodeId);

struct Expansion<'t> {
    source: &'t Source,
    tree: &'t Tree,
    /// Nodes written so far, for all aliases together.
    nodes: usize,
    /// Bytes written so far.
    bytes: usize,
}

impl<'t> Expansion<'t> {
    fn text(&self) -> &'t str {
        self.source.text()
    }

    fn record(&self, id: NodeId) -> &'t Record {
        self.tree.record(id)
    }

    /// Takes `&name` away with the blanks that set it apart. Where it was all there was, `null` stays.
    fn without_anchor(&self, span: &Range<usize>, node: NodeId) -> Splice {
        match self.record(node).is_absent() {
            true => Splice::new(span.clone(), "null"),
            false => Splice::new(self.anchor_and_blanks(span), ""),
        }
    }

    fn anchor_and_blanks(&self, span: &Range<usize>) -> Range<usize> {
        let after = layout::skip_blanks(self.text(), span.end);
        if after < self.text().len() && after < layout::line_end(self.text(), after) {
            return span.start..after;
        }
        self.text()[..span.start].trim_end_matches([' ', '\t']).len()..span.end
    }

    fn alias(&mut self, alias: NodeId) -> Result<Splice, TemplateError> {
        let span = self.record(alias).span.clone();
        let mut out = String::new();
        self.write(alias, &mut out, 0)?;
        Ok(Splice::new(span, out))
    }

    /// The node itself, or what it stands for.
    fn target(&self, id: NodeId) -> NodeId {
        let mut id = id;
        while let Some(target) = self.tree.aliases.get(&id) {
            id = *target;
        }
        id
    }

    /// Counts one written node against the limits.
    fn spend(&mut self, id: NodeId, depth: usize) -> Result<(), TemplateError> {
        let record = self.record(id);
        self.nodes += 1;
        self.bytes += match record.kind {
            Kind::Scalar { .. } => record.full_span().len() + 4,
            Kind::Sequence { .. } | Kind::Mapping { .. } => 4,
        };
        if depth > MAX_DEPTH {
            return Err(TemplateError::TooDeep { place: self.place(id) });
        }
        if self.nodes > MAX_EXPANDED_NODES || self.bytes > MAX_BYTES {
            return Err(TemplateError::TooManyAliases { place: self.place(id) });
        }
        Ok(())
    }

    /// Appends a node as one line of flow style.
    fn write(&mut self, id: NodeId, out: &mut String, depth: usize) -> Result<(), TemplateError> {
        let id = self.target(id);
        self.spend(id, depth)?;
        let record = self.record(id);
        if let Some(tag) = &record.tag {
            out.push_str(&self.text()[tag.span.clone()]);
            out.push(' ');
        }
        match &record.kind {
            Kind::Scalar { style, .. } => out.push_str(&self.scalar(record, *style)),
            Kind::Sequence { items, .. } => {
                let parts = items.iter().map(|item| self.written(*item, depth + 1)).collect::<Result<Vec<_>, _>>()?;
                out.push_str(&format!("[{}]", parts.join(", ")));
            }
            Kind::Mapping { .. } => out.push_str(&format!("{{{}}}", self.written_pairs(id, depth + 1)?.join(", "))),
        }
        Ok(())
    }

    fn written(&mut self, id: NodeId, depth: usize) -> Result<String, TemplateError> {
        let mut out = String::new();
        self.write(id, &mut out, depth)?;
        Ok(out)
    }

    fn written_pairs(&mut self, mapping: NodeId, depth: usize) -> Result<Vec<String>, TemplateError> {
        self.pairs(mapping, depth)?.into_iter().map(|pair| self.written_pair(pair, depth)).collect()
    }

    fn written_pair(&mut self, (key, value): Pair, depth: usize) -> Result<String, TemplateError> {
        Ok(format!("{}: {}", self.written(key, depth)?, self.written(value, depth)?))
    }

    /// One line, safe inside brackets. Plain scalars are copied, so that `0512` and `1.10` stay what they are.
    fn scalar(&self, record: &Record, style: Style) -> String {
        let source = &self.text()[record.span.clone()];
        let text = record.text(self.text()).unwrap_or_default();
        let one_line = !source.contains(['\n', '\r']);
        match style {
            Style::Plain if source.is_empty() && record.tag.is_none() => "null".to_owned(),
            Style::Plain if one_line && is_plain_in_flow(source) => source.to_owned(),
            Style::SingleQuoted | Style::DoubleQuoted if one_line => source.to_owned(),
            Style::Plain | Style::SingleQuoted | Style::DoubleQuoted | Style::Block => scalar::json_string(text),
        }
    }

    /// The entries of a mapping after its merges: its own first, then of each source what is not there yet.
    fn pairs(&mut self, mapping: NodeId, depth: usize) -> Result<Vec<Pair>, TemplateError> {
        let (mut pairs, merges) = self.own_pairs(mapping);
        let mut seen: HashSet<&str> = pairs.iter().map(|(key, _)| self.key_text(*key)).collect();
        // The later of two merge keys wins, as in PyYAML.
        for merge in merges.iter().rev() {
            pairs.extend(self.merge_pairs(*merge, &mut seen, depth)?);
        }
        Ok(pairs)
    }

    /// The entries of a mapping as written, and the values of its merge keys.
    fn own_pairs(&self, mapping: NodeId) -> (Vec<Pair>, Vec<NodeId>) {
        let Kind::Mapping { entries, .. } = &self.record(mapping).kind else { return (Vec::new(), Vec::new()) };
        let (merges, own): (Vec<Pair>, Vec<Pair>) = entries.iter().partition(|(key, _)| self.is_merge(*key));
        (own, merges.into_iter().map(|(_, value)| value).collect())
    }

    fn is_merge(&self, key: NodeId) -> bool {
        is_merge_key(self.tree, key, self.text())
    }

    /// What one merge key adds to the keys that are there. Of its sources the earlier wins.
    fn merge_pairs(
        &mut self,
        merge: NodeId,
        seen: &mut HashSet<&'t str>,
        depth: usize,
    ) -> Result<Vec<Pair>, TemplateError> {
        self.spend(merge, depth)?;
        let mut added = Vec::new();
        for source in self.merge_sources(merge)? {
            for pair in self.pairs(source, depth + 1)? {
                self.spend(pair.0, depth)?;
                if seen.insert(self.key_text(pair.0)) {
                    added.push(pair);
                }
            }
        }
        Ok(added)
    }

    fn merge_sources(&self, merge: NodeId) -> Result<Vec<NodeId>, TemplateError> {
        let target = self.target(merge);
        let sources = match &self.record(target).kind {
            Kind::Sequence { items, .. } => items.iter().map(|item| self.target(*item)).collect(),
            Kind::Scalar { .. } | Kind::Mapping { .. } => vec![target],
        };
        let is_mapping = |id: &NodeId| matches!(self.record(*id).kind, Kind::Mapping { .. });
        let plain = self.record(target).short_tag().is_none()
            && sources.iter().all(|id| self.record(*id).short_tag().is_none());
        match plain && sources.iter().all(is_mapping) {
            true => Ok(sources),
            false => Err(TemplateError::MergeNotAMapping { place: self.place(merge) }),
        }
    }

    fn place(&self, id: NodeId) -> Place {
        self.source.place(self.record(id).full_span())
    }

    fn key_text(&self, key: NodeId) -> &'t str {
        self.record(self.target(key)).text(self.text()).unwrap_or_default()
    }

    /// Replaces the merge keys of one mapping by the entries that they stand for.
    fn merged(&mut self, mapping: NodeId) -> Result<Vec<Splice>, TemplateError> {
        let Kind::Mapping { layout, entries } = &self.record(mapping).kind else { return Ok(Vec::new()) };
        let (own, _) = self.own_pairs(mapping);
        let mut seen: HashSet<&str> = own.iter().map(|(key, _)| self.key_text(*key)).collect();
        let mut replaced = Vec::new();
        for (index, (key, value)) in entries.iter().enumerate().rev() {
            if !self.is_merge(*key) {
                continue;
            }
            let added = self.merge_pairs(*value, &mut seen, 0)?;
            let lines = added.into_iter().map(|pair| self.written_pair(pair, 0)).collect::<Result<Vec<_>, _>>()?;
            replaced.push((index, lines));
        }
        if own.is_empty() && replaced.iter().all(|(_, lines)| lines.is_empty()) {
            return Ok(vec![Splice::new(self.record(mapping).span.clone(), "{}")]);
        }
        let is_kept = |index: usize| !replaced.iter().any(|(other, lines)| *other == index && lines.is_empty());
        let kept: Vec<usize> = (0..entries.len()).filter(|index| is_kept(*index)).collect();
        Ok(replaced.iter().map(|(index, lines)| self.entry_splice(entries, *index, *layout, lines, &kept)).collect())
    }

    fn entry_span(&self, (key, value): Pair) -> Range<usize> {
        let (key, value) = (self.record(key), self.record(value));
        layout::entry_start(self.text(), key.full_span().start)..value.span.end.max(key.span.end)
    }

    fn entry_splice(&self, entries: &[Pair], index: usize, layout: Layout, lines: &[String], kept: &[usize]) -> Splice {
        let span = self.entry_span(entries[index]);
        match (layout, lines.is_empty()) {
            (_, true) => Splice::new(self.whole_entry(entries, index, layout, kept), ""),
            (Layout::Flow, false) => Splice::new(span, lines.join(", ")),
            (Layout::Pair, false) => Splice::new(span, format!("{{{}}}", lines.join(", "))),
            (Layout::Block, false) => {
                let indent = " ".repeat(self.column_without_anchors(span.start));
                let separator = format!("{}{indent}", layout::line_break(self.text(), span.end));
                Splice::new(span, lines.join(&separator))
            }
        }
    }

    /// How many characters stand before a byte on its line once anchors are gone.
    fn column_without_anchors(&self, at: usize) -> usize {
        let before = layout::before_on_line(self.text(), at);
        let line = at - before.len()..at;
        let first = self.tree.anchors.partition_point(|(span, _)| span.start < line.start);
        let anchors = self.tree.anchors[first..].iter().take_while(|(span, _)| span.start < line.end);
        let removed: usize = anchors.map(|(span, _)| self.text()[self.anchor_and_blanks(span)].chars().count()).sum();
        before.chars().count() - removed
    }

    /// An entry with what sets it apart from the entries that are kept, so that nothing is left of it.
    fn whole_entry(&self, entries: &[Pair], index: usize, layout: Layout, kept: &[usize]) -> Range<usize> {
        let span = self.entry_span(entries[index]);
        let line = layout::line_start(self.text(), span.start);
        if layout == Layout::Block && line > 0 && layout::is_first_on_line(self.text(), span.start) {
            // A comment stays on its line: behind the line before, it could be part of a block scalar.
            let after = layout::skip_blanks(self.text(), span.end);
            if after < layout::line_end(self.text(), after) {
                return span.start..after;
            }
            let break_length = if self.text()[..line].ends_with("\r\n") { 2 } else { 1 };
            return line - break_length..span.end;
        }
        let next = kept.iter().find(|other| **other > index);
        let previous = kept.iter().rfind(|other| **other < index);
        match (next, previous) {
            (Some(next), _) => span.start..self.entry_span(entries[*next]).start,
            (None, Some(previous)) => {
                let end = entries.last().map_or(span.end, |last| self.entry_span(*last).end);
                self.entry_span(entries[*previous]).end..end
            }
            (None, None) => span,
        }
    }
}

/// Whether a plain scalar stays one inside brackets, for readers of YAML 1.1 too: those end it at a question mark.
fn is_plain_in_flow(source: &str) -> bool {
    !source.contains([',', '[', ']', '{', '}', '"', '\'', '?'])
        && !source.ends_with(':')
        && !source.starts_with(':')
        && source
            .strip_prefix('-')
            .is_none_or(|rest| rest.starts_with(|next: char| !next.is_whitespace() && next != '-'))
}
