//! Edits as values, and the splices that make them in the style of the text around them.

use std::collections::BTreeMap;

use super::layout;
use super::scalar;
use super::splice::Splice;
use super::tree::{Kind, Layout, NodeId, Record, Style, Tree};

/// Changes to a template. Edits inside a replaced value are ignored; of two replacements of one node the later counts.
#[derive(Debug, Clone, Default)]
pub struct Edits {
    replaced: BTreeMap<NodeId, NewValue>,
    /// By mapping, in the order of the calls.
    inserted: BTreeMap<NodeId, Vec<(String, NewValue)>>,
}

/// A value to write. Collections are written as one line that is valid in YAML and JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewValue {
    Text(String),
    Sequence(Vec<NewValue>),
    Mapping(Vec<(String, NewValue)>),
}

impl Edits {
    /// Replaces a node and its tag by a value. A string keeps the node's style of quoting.
    pub fn replace(&mut self, node: NodeId, value: NewValue) {
        self.replaced.insert(node, value);
    }

    /// Adds an entry at the end of a mapping, or makes a mapping of a null. The key must not be in it yet.
    /// Changes nothing on any other node.
    pub fn insert(&mut self, mapping: NodeId, key: &str, value: NewValue) {
        self.inserted.entry(mapping).or_default().push((key.to_owned(), value));
    }
}

impl NewValue {
    fn to_flow(&self) -> String {
        match self {
            Self::Text(text) => scalar::json_string(text),
            Self::Sequence(items) => {
                let items: Vec<String> = items.iter().map(Self::to_flow).collect();
                format!("[{}]", items.join(", "))
            }
            Self::Mapping(entries) => flow_mapping(entries),
        }
    }

    /// As a value on its own; a string in the given style.
    fn written(&self, style: Style) -> String {
        match self {
            Self::Text(text) => scalar::write(text, style),
            Self::Sequence(_) | Self::Mapping(_) => self.to_flow(),
        }
    }
}

fn flow_mapping(entries: &[(String, NewValue)]) -> String {
    let entry = |(key, value): &(String, NewValue)| format!("{}: {}", scalar::json_string(key), value.to_flow());
    format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
}

/// The splices that make edits in a text.
pub fn splices(text: &str, tree: &Tree, edits: &Edits) -> Vec<Splice> {
    let gone = |id: NodeId| edits.replaced.contains_key(&id);
    let inside_gone = |id: NodeId| tree.ancestors(id).any(gone);
    let writer = Writer { text, tree };
    let mut splices = Vec::new();
    for (node, value) in edits.replaced.iter().filter(|(node, _)| !inside_gone(**node)) {
        writer.replace(*node, value, &mut splices);
    }
    for (mapping, entries) in edits.inserted.iter().filter(|(id, _)| !gone(**id) && !inside_gone(**id)) {
        writer.insert(*mapping, entries, &mut splices);
    }
    splices
}

struct Writer<'t> {
    text: &'t str,
    tree: &'t Tree,
}

impl Writer<'_> {
    fn replace(&self, id: NodeId, value: &NewValue, out: &mut Vec<Splice>) {
        let record = self.tree.record(id);
        let written = value.written(self.style_for(record));
        match &record.kind {
            Kind::Scalar { style: Style::Block, .. } => self.replace_block_scalar(record, written, out),
            Kind::Scalar { .. } if record.is_absent() => out.push(self.fill_absent(id, &written)),
            Kind::Sequence { layout: Layout::Block, .. } | Kind::Mapping { layout: Layout::Block, .. } => {
                self.replace_block_collection(id, written, out);
            }
            Kind::Scalar { .. } | Kind::Sequence { .. } | Kind::Mapping { .. } => {
                let span = record.full_span();
                out.push(Splice::new(span.clone(), layout::apart(self.text, span.end, written)));
            }
        }
    }

    fn style_for(&self, record: &Record) -> Style {
        match (self.tree.is_json, &record.kind) {
            (true, _) => Style::DoubleQuoted,
            (false, Kind::Scalar { style, .. }) => *style,
            (false, Kind::Sequence { .. } | Kind::Mapping { .. }) => Style::Plain,
        }
    }

    /// A comment after the header stays; the lines of content go.
    fn replace_block_scalar(&self, record: &Record, written: String, out: &mut Vec<Splice>) {
        let header = layout::block_header(self.text, record.span.start);
        out.push(Splice::new(record.full_span().start..header.end, layout::apart(self.text, header.end, written)));
        let content_end = self.content_end(record);
        let header_line_end = layout::line_end(self.text, header.end);
        if content_end > header_line_end {
            out.push(Splice::new(header_line_end..content_end, ""));
        }
    }

    /// Writes a missing value after its colon or dash.
    fn fill_absent(&self, id: NodeId, written: &str) -> Splice {
        let at = self.tree.record(id).span.start;
        let key_without_colon = self
            .tree
            .key_of(id)
            .filter(|key| layout::after_colon(self.text, self.tree.record(*key).span.end).is_none());
        match key_without_colon {
            None => Splice::new(at..at, layout::apart(self.text, at, format!(" {written}"))),
            Some(key) => self.fill_without_colon(id, key, written),
        }
    }

    /// `{a}` becomes `{a: value}`; `? a` gets a line `: value`.
    fn fill_without_colon(&self, id: NodeId, key: NodeId, written: &str) -> Splice {
        let record = self.tree.record(key);
        match self.tree.record(id).parent.map(|parent| &self.tree.record(parent).kind) {
            Some(Kind::Mapping { layout: Layout::Block, .. }) => {
                let at = layout::line_end(self.text, record.span.end);
                let start = layout::entry_start(self.text, record.full_span().start);
                Splice::new(at..at, format!("{}{}: {written}", layout::line_break(self.text, at), self.indent(start)))
            }
            _ => {
                let at = record.span.end;
                Splice::new(at..at, layout::apart(self.text, at, format!(": {written}")))
            }
        }
    }

    /// Writes the value in place of the tag or after the key, so that a comment there stays, and removes its lines.
    fn replace_block_collection(&self, id: NodeId, written: String, out: &mut Vec<Splice>) {
        let record = self.tree.record(id);
        let span = record.span.start..self.content_end(record);
        let head = match (&record.tag, self.tree.key_of(id)) {
            (Some(tag), _) => Some((tag.span.clone(), written.clone())),
            (None, Some(key)) => {
                layout::after_colon(self.text, self.tree.record(key).span.end).map(|at| (at..at, format!(" {written}")))
            }
            (None, None) => None,
        };
        match head {
            Some((head, written)) if layout::is_first_on_line(self.text, span.start) => {
                out.push(Splice::new(head.clone(), written));
                let line = layout::line_start(self.text, span.start);
                let previous_end = self.text[..line].trim_end_matches(['\n', '\r']).len();
                let apart = layout::apart(self.text, span.end, String::new());
                out.push(Splice::new(previous_end.max(head.end)..span.end, apart));
            }
            Some(_) | None => {
                let written = layout::apart(self.text, span.end, written);
                out.push(Splice::new(record.full_span().start..span.end, written));
            }
        }
    }

    /// The end of the last line of content, even if line ends after it belong to a block scalar.
    fn content_end(&self, record: &Record) -> usize {
        self.text[..record.span.end].trim_end_matches(['\n', '\r']).len().max(record.span.start)
    }

    fn insert(&self, id: NodeId, entries: &[(String, NewValue)], out: &mut Vec<Splice>) {
        let record = self.tree.record(id);
        match &record.kind {
            Kind::Mapping { entries: old, layout } => match old.last() {
                None => out.push(self.insert_first(record, entries)),
                Some(last) => self.insert_after(id, *layout, *last, entries, out),
            },
            Kind::Scalar { .. } if self.is_null(record) => {
                self.replace(id, &NewValue::Mapping(entries.to_vec()), out);
            }
            Kind::Scalar { .. } | Kind::Sequence { .. } => {}
        }
    }

    fn is_null(&self, record: &Record) -> bool {
        matches!(record.kind, Kind::Scalar { style: Style::Plain, .. })
            && record.tag.is_none()
            && record.text(self.text).is_some_and(scalar::is_null)
    }

    /// After the opening brace.
    fn insert_first(&self, record: &Record, entries: &[(String, NewValue)]) -> Splice {
        let at = record.span.start + 1;
        let inner = flow_mapping(entries);
        Splice::new(at..at, &inner[1..inner.len() - 1])
    }

    fn insert_after(
        &self,
        id: NodeId,
        layout: Layout,
        last: (NodeId, NodeId),
        entries: &[(String, NewValue)],
        out: &mut Vec<Splice>,
    ) {
        let rank = self.tree.depth(id);
        match layout {
            Layout::Block => out.push(self.insert_lines(id, last, entries, rank)),
            Layout::Flow => out.push(self.insert_in_braces(last, entries, rank)),
            Layout::Pair => {
                let start = self.tree.record(id).span.start;
                out.push(Splice::new(start..start, "{"));
                let mut splice = self.insert_in_braces(last, entries, rank);
                splice.text = format!("{}}}", splice.text.trim_end());
                out.push(splice);
            }
        }
    }

    /// New lines after the last line of content, or before the last entry if lines after it would become part of it.
    fn insert_lines(&self, id: NodeId, last: (NodeId, NodeId), entries: &[(String, NewValue)], rank: usize) -> Splice {
        let mapping = self.tree.record(id);
        let content_end = self.entry_end(last);
        let at = layout::line_end(self.text, content_end);
        let line_break = layout::line_break(self.text, at);
        let indent = self.indent(mapping.span.start);
        let styles = self.entry_styles(last);
        let lines: Vec<String> = entries.iter().map(|entry| written_entry(entry, styles, ": ")).collect();
        if self.swallows_lines(last.1) {
            let start = layout::entry_start(self.text, self.tree.record(last.0).full_span().start);
            let lines: String = lines.iter().map(|line| format!("{line}{line_break}{indent}")).collect();
            return Splice { range: start..start, text: lines, rank };
        }
        let text = lines.iter().map(|line| format!("{line_break}{indent}{line}")).collect();
        Splice { range: at..at, text, rank }
    }

    /// Whether a value ends in a block scalar to which a further line break would belong.
    fn swallows_lines(&self, id: NodeId) -> bool {
        self.tree.last_block_scalar(id).is_some_and(|record| {
            let header = layout::block_header(self.text, record.span.start);
            self.text[header].contains('+') || !self.text[record.span.end..].contains(['\n', '\r'])
        })
    }

    /// Right after the last value; on a new line if the last key begins its line.
    fn insert_in_braces(&self, last: (NodeId, NodeId), entries: &[(String, NewValue)], rank: usize) -> Splice {
        let at = self.entry_end(last);
        let key = self.tree.record(last.0).full_span();
        let key_start = layout::entry_start(self.text, key.start);
        let compact =
            self.text[key.end..self.tree.record(last.1).full_span().start.max(key.end)] == *":" && self.tree.is_json;
        let separator = match (layout::is_first_on_line(self.text, key_start), compact) {
            (true, _) => {
                let indent = layout::before_on_line(self.text, key_start);
                format!(",{}{indent}", layout::line_break(self.text, key_start))
            }
            (false, true) => ",".to_owned(),
            (false, false) => ", ".to_owned(),
        };
        let colon = if compact { ":" } else { ": " };
        let styles = self.entry_styles(last);
        let text: String =
            entries.iter().map(|entry| format!("{separator}{}", written_entry(entry, styles, colon))).collect();
        // Readers of YAML 1.1 refuse a comma right after a colon.
        let blank = if self.text[..at].ends_with(':') { " " } else { "" };
        Splice { range: at..at, text: layout::apart(self.text, at, format!("{blank}{text}")), rank }
    }

    fn entry_end(&self, (key, value): (NodeId, NodeId)) -> usize {
        self.tree.record(key).span.end.max(self.tree.record(value).span.end)
    }

    /// Keys have the style of their neighbour. Values are plain if possible, except in JSON.
    fn entry_styles(&self, (key, _): (NodeId, NodeId)) -> (Style, Style) {
        match &self.tree.record(key).kind {
            _ if self.tree.is_json => (Style::DoubleQuoted, Style::DoubleQuoted),
            Kind::Scalar { style, .. } => (*style, Style::Plain),
            Kind::Sequence { .. } | Kind::Mapping { .. } => (Style::Plain, Style::Plain),
        }
    }

    fn indent(&self, at: usize) -> String {
        " ".repeat(layout::before_on_line(self.text, at).chars().count())
    }
}

fn written_entry((key, value): &(String, NewValue), (key_style, value_style): (Style, Style), colon: &str) -> String {
    format!("{}{colon}{}", scalar::write(key, key_style), value.written(value_style))
}
