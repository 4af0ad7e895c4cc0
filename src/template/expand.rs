//! The text as CloudFormation accepts it: aliases, anchors and merge keys are written out where they are used, and of a
//! key that is given twice the last entry stays.

use std::collections::HashSet;
use std::ops::Range;

use super::entries::Entries;
use super::layout;
use super::limits::{MAX_BYTES, MAX_DEPTH, MAX_EXPANDED_VALUES};
use super::problem;
use super::scalar;
use super::source::Source;
use super::splice::{self, Splice};
use super::tree::{Kind, Layout, NodeId, Record, Style, Tree};
use crate::facts::{Failure, Place};

/// The same template without anchors, aliases, merge keys and overridden entries. An alias becomes one line of flow
/// style; no other byte changes.
pub fn expand(source: Source, tree: &Tree) -> Result<Source, Failure> {
    let mut expansion = Expansion::new(&source, tree);
    let mut splices = Vec::new();
    for mapping in expansion.rewritten_mappings() {
        splices.extend(expansion.rewritten(mapping)?);
    }
    splices.extend(tree.anchors.iter().map(|(span, node)| expansion.without_anchor(span, *node)));
    let mut aliases: Vec<NodeId> = tree.aliases.keys().copied().collect();
    aliases.sort();
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
    /// The keys of entries that do not count.
    overridden: HashSet<NodeId>,
    /// Values written so far, for all aliases together.
    values: usize,
    /// Bytes written so far.
    bytes: usize,
}

impl<'t> Expansion<'t> {
    fn new(source: &'t Source, tree: &'t Tree) -> Self {
        let overridden = tree.overridden.iter().map(|overridden| overridden.key).collect();
        Self { source, tree, overridden, values: 0, bytes: 0 }
    }

    fn text(&self) -> &'t str {
        self.source.text()
    }

    fn record(&self, id: NodeId) -> &'t Record {
        self.tree.record(id)
    }

    /// Removes `&name` with the blanks around it. If it marks an empty value, `null` takes its place.
    fn without_anchor(&self, span: &Range<usize>, node: NodeId) -> Splice {
        match self.record(node).is_absent() {
            true => Splice::new(span.clone(), "null"),
            false => Splice::new(self.anchor_and_blanks(span), ""),
        }
    }

    fn anchor_and_blanks(&self, span: &Range<usize>) -> Range<usize> {
        if layout::is_last_on_line(self.text(), span.end) {
            return self.text()[..span.start].trim_end_matches([' ', '\t']).len()..span.end;
        }
        span.start..layout::skip_blanks(self.text(), span.end)
    }

    fn alias(&mut self, alias: NodeId) -> Result<Splice, Failure> {
        let span = self.record(alias).span.clone();
        let mut out = String::new();
        self.write(alias, &mut out, 0)?;
        Ok(Splice::new(span, out))
    }

    /// Counts one written value against the limits.
    fn spend(&mut self, id: NodeId, depth: usize) -> Result<(), Failure> {
        let record = self.record(id);
        self.values += 1;
        self.bytes += match record.kind {
            Kind::Scalar { .. } => record.full_span().len() + 4,
            Kind::Sequence { .. } | Kind::Mapping { .. } => 4,
        };
        if depth > MAX_DEPTH {
            return Err(problem::too_deep(self.place(id)));
        }
        if self.values > MAX_EXPANDED_VALUES || self.bytes > MAX_BYTES {
            return Err(problem::too_many_aliases(self.place(id)));
        }
        Ok(())
    }

    /// Appends a node as one line of flow style.
    fn write(&mut self, id: NodeId, out: &mut String, depth: usize) -> Result<(), Failure> {
        let id = self.tree.target(id);
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

    fn written(&mut self, id: NodeId, depth: usize) -> Result<String, Failure> {
        let mut out = String::new();
        self.write(id, &mut out, depth)?;
        Ok(out)
    }

    fn written_pairs(&mut self, mapping: NodeId, depth: usize) -> Result<Vec<String>, Failure> {
        self.pairs(mapping, depth)?.into_iter().map(|pair| self.written_pair(pair, depth)).collect()
    }

    fn written_pair(&mut self, (key, value): Pair, depth: usize) -> Result<String, Failure> {
        Ok(format!("{}: {}", self.written(key, depth)?, self.written(value, depth)?))
    }

    /// One line that is safe inside brackets. Plain scalars are copied, so that `0512` and `1.10` stay what they are.
    fn scalar(&self, record: &Record, style: Style) -> String {
        let source = &self.text()[record.span.clone()];
        let text = record.text(self.text()).unwrap_or_default();
        let one_line = !source.contains(['\n', '\r']);
        match style {
            Style::Plain if source.is_empty() && record.tag.is_none() => "null".to_owned(),
            Style::Plain if one_line && scalar::is_plain_in_flow(source) => source.to_owned(),
            Style::SingleQuoted | Style::DoubleQuoted if one_line => source.to_owned(),
            Style::Plain | Style::SingleQuoted | Style::DoubleQuoted | Style::Block => scalar::json_string(text),
        }
    }

    /// The entries of a mapping after its merges: its own first, then those of each source that have other keys.
    fn pairs(&mut self, mapping: NodeId, depth: usize) -> Result<Vec<Pair>, Failure> {
        let (mut pairs, merges) = self.own_pairs(mapping);
        let mut seen: HashSet<&str> = pairs.iter().map(|(key, _)| self.key_text(*key)).collect();
        // The later of two merge keys wins, as in PyYAML.
        for merge in merges.iter().rev() {
            pairs.extend(self.merge_pairs(*merge, &mut seen, depth)?);
        }
        Ok(pairs)
    }

    /// The entries of a mapping that count, and the values of its merge keys.
    fn own_pairs(&self, mapping: NodeId) -> (Vec<Pair>, Vec<NodeId>) {
        let Kind::Mapping { entries, .. } = &self.record(mapping).kind else { return (Vec::new(), Vec::new()) };
        let counting = entries.iter().filter(|(key, _)| !self.overridden.contains(key));
        let (merges, own): (Vec<Pair>, Vec<Pair>) = counting.partition(|(key, _)| self.is_merge(*key));
        (own, merges.into_iter().map(|(_, value)| value).collect())
    }

    fn is_merge(&self, key: NodeId) -> bool {
        self.tree.is_merge_key(self.text(), key)
    }

    /// What one merge key adds to the keys seen so far. Of its sources the earlier wins.
    fn merge_pairs(&mut self, merge: NodeId, seen: &mut HashSet<&'t str>, depth: usize) -> Result<Vec<Pair>, Failure> {
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

    fn merge_sources(&self, merge: NodeId) -> Result<Vec<NodeId>, Failure> {
        let target = self.tree.target(merge);
        let sources = match &self.record(target).kind {
            Kind::Sequence { items, .. } => items.iter().map(|item| self.tree.target(*item)).collect(),
            Kind::Scalar { .. } | Kind::Mapping { .. } => vec![target],
        };
        let is_mapping = |id: &NodeId| matches!(self.record(*id).kind, Kind::Mapping { .. });
        let plain = self.record(target).short_tag().is_none()
            && sources.iter().all(|id| self.record(*id).short_tag().is_none());
        match plain && sources.iter().all(is_mapping) {
            true => Ok(sources),
            false => Err(problem::merge_not_a_mapping(self.place(merge))),
        }
    }

    fn place(&self, id: NodeId) -> Place {
        self.source.place(self.record(id).full_span())
    }

    fn key_text(&self, key: NodeId) -> &'t str {
        self.record(self.tree.target(key)).text(self.text()).unwrap_or_default()
    }

    /// The mappings that have merge keys or overridden entries.
    fn rewritten_mappings(&self) -> Vec<NodeId> {
        let overridden = self.tree.overridden.iter().map(|overridden| overridden.mapping);
        let mut mappings: Vec<NodeId> = overridden.chain(self.tree.merges.iter().copied()).collect();
        mappings.sort();
        mappings.dedup();
        mappings
    }

    /// Removes the entries of a mapping that do not count, and writes out its merge keys.
    fn rewritten(&mut self, mapping: NodeId) -> Result<Vec<Splice>, Failure> {
        let Kind::Mapping { layout, entries } = &self.record(mapping).kind else { return Ok(Vec::new()) };
        let (own, _) = self.own_pairs(mapping);
        let mut seen: HashSet<&str> = own.iter().map(|(key, _)| self.key_text(*key)).collect();
        let mut is_kept: Vec<bool> = entries.iter().map(|(key, _)| !self.overridden.contains(key)).collect();
        let mut splices = Vec::new();
        for (index, (key, value)) in entries.iter().enumerate().rev() {
            if !self.is_merge(*key) {
                continue;
            }
            let added = self.merge_pairs(*value, &mut seen, 0)?;
            let lines = added.into_iter().map(|pair| self.written_pair(pair, 0)).collect::<Result<Vec<_>, _>>()?;
            is_kept[index] = !lines.is_empty();
            if is_kept[index] {
                splices.push(self.entry_splice(entries[index], *layout, &lines));
            }
        }
        if !is_kept.contains(&true) {
            return Ok(vec![Splice::new(self.record(mapping).span.clone(), "{}")]);
        }
        let entries = Entries { text: self.text(), tree: self.tree, entries, layout: *layout, is_kept: &is_kept };
        splices.extend(entries.removals());
        Ok(splices)
    }

    /// Replaces a merge key and its value by the entries that they stand for.
    fn entry_splice(&self, pair: Pair, layout: Layout, lines: &[String]) -> Splice {
        let span = self.tree.entry_span(self.text(), pair);
        let written = match layout {
            Layout::Flow => lines.join(", "),
            Layout::Pair => format!("{{{}}}", lines.join(", ")),
            Layout::Block => {
                let indent = " ".repeat(self.column_without_anchors(span.start));
                lines.join(&format!("{}{indent}", layout::line_break(self.text(), span.end)))
            }
        };
        Splice::new(span.clone(), layout::apart(self.text(), span.end, written))
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
}
