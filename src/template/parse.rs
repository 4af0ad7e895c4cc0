//! Text → tree: the parser's events with exact spans. Refuses what no template can mean.

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, Span, StructureStyle};
use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use super::advice;
use super::input::TemplateInput;
use super::keys;
use super::layout;
use super::limits::{MAX_DEPTH, MAX_KEY_CHARACTERS, MAX_VALUES};
use super::problem;
use super::source::Source;
use super::tree::{Kind, Layout, NodeId, Record, Style, Tag, TagMeaning, Tree};
use crate::facts::Failure;

/// Reads the only document of a text, whatever is at its top; a text without a document is null. Aliases become empty
/// scalars, with their targets beside them.
pub fn parse(source: &Source) -> Result<Tree, Failure> {
    let mut builder = Builder::new(source);
    let options = granit_parser::options! {
        emit_anchor_events: true,
        emit_comments: false,
        simple_key_max_lookahead: MAX_KEY_CHARACTERS,
        block_scalar_eof_without_line_feed: true,
    };
    for event in Parser::with_options(TemplateInput::new(source.text()), options) {
        let (event, span) = event.map_err(|error| syntax(source, &error))?;
        builder.take(event, &span)?;
    }
    builder.finish()
}

/// The mapping that every template has at its top.
pub fn check_mapping(source: &Source, tree: &Tree) -> Result<(), Failure> {
    let root = tree.record(Tree::ROOT);
    match (&root.kind, root.short_tag()) {
        (Kind::Mapping { .. }, None) => Ok(()),
        (Kind::Scalar { .. }, None) if root.is_absent() => Err(problem::empty(source.path())),
        (Kind::Scalar { .. } | Kind::Sequence { .. } | Kind::Mapping { .. }, _) => {
            Err(problem::not_a_mapping(root.noun(), source.place(root.full_span())))
        }
    }
}

fn syntax(source: &Source, error: &ScanError) -> Failure {
    let at = error.marker().byte_offset().unwrap_or_default();
    let place = source.place(at..at + 1);
    match error.kind() {
        ErrorKind::RecursionLimitExceeded => problem::too_deep(place),
        kind => problem::syntax(&kind.to_string(), advice::advice(source.text(), at, kind), place),
    }
}

struct Builder<'s> {
    source: &'s Source,
    tree: Tree,
    open: Vec<Open>,
    /// The end of the last token that was not an indicator.
    cursor: usize,
    last: NodeId,
    anchored: HashMap<usize, NodeId>,
    documents: usize,
}

/// A collection that has not ended.
struct Open {
    id: NodeId,
    key: Option<NodeId>,
}

impl<'s> Builder<'s> {
    fn new(source: &'s Source) -> Self {
        let tree = Tree { is_json: true, ..Tree::default() };
        Self { source, tree, open: Vec::new(), cursor: 0, last: Tree::ROOT, anchored: HashMap::new(), documents: 0 }
    }

    fn text(&self) -> &'s str {
        self.source.text()
    }

    fn take(&mut self, event: Event<'_>, span: &Span) -> Result<(), Failure> {
        let range = span.byte_range().unwrap_or_default();
        let tag = tag_of(&event, span).map(Box::new);
        self.cursor = self.cursor.max(tag.as_ref().map_or(0, |tag| tag.span.end));
        match event {
            Event::DocumentStart(..) => self.start_document(range),
            Event::Scalar(value, style, ..) => self.scalar(&value, style_of(style), tag, range),
            Event::SequenceStart(style, ..) => {
                let kind = Kind::Sequence { layout: self.layout(style, &range), items: Vec::new() };
                self.start(kind, tag, range)
            }
            Event::MappingStart(style, ..) => {
                let kind = Kind::Mapping { layout: self.layout(style, &range), entries: Vec::new() };
                self.start(kind, tag, range)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(range.end),
            Event::Anchor(id, _) => {
                self.anchored.insert(id, self.last);
                self.tree.anchors.push((range.clone(), self.last));
                self.cursor = self.cursor.max(range.end);
                Ok(())
            }
            Event::Alias(id) => self.alias(id, range),
            _ => Ok(()),
        }
    }

    fn start_document(&mut self, range: Range<usize>) -> Result<(), Failure> {
        self.documents += 1;
        self.cursor = self.cursor.max(range.end);
        match self.documents {
            1 => Ok(()),
            _ => Err(problem::several_documents(self.source.place(range))),
        }
    }

    fn layout(&self, style: StructureStyle, range: &Range<usize>) -> Layout {
        match style {
            StructureStyle::Block => Layout::Block,
            StructureStyle::Flow if self.text()[range.start..].starts_with(['{', '[']) && !range.is_empty() => {
                Layout::Flow
            }
            StructureStyle::Flow => Layout::Pair,
        }
    }

    fn start(&mut self, kind: Kind, tag: Option<Box<Tag>>, range: Range<usize>) -> Result<(), Failure> {
        if self.open.len() >= MAX_DEPTH {
            return Err(problem::too_deep(self.source.place(range)));
        }
        let (layout, is_sequence) = match &kind {
            Kind::Mapping { layout, .. } => (*layout, false),
            Kind::Sequence { layout, .. } => (*layout, true),
            Kind::Scalar { .. } => (Layout::Flow, false),
        };
        let start = match layout {
            Layout::Block if is_sequence => self.first_dash(range.start),
            Layout::Block | Layout::Flow | Layout::Pair => range.start,
        };
        self.tree.is_json &= layout == Layout::Flow && tag.is_none();
        self.cursor = self.cursor.max(range.end);
        let id = self.add(Record { kind, tag, span: start..range.end.max(start), parent: None })?;
        self.open.push(Open { id, key: None });
        Ok(())
    }

    /// The parser reports a list at its key's indentation after the first dash.
    fn first_dash(&self, reported: usize) -> usize {
        match self.text().as_bytes().get(reported) {
            Some(b'-') if self.value_key().is_none() => reported,
            _ => layout::find_indicator(self.text(), self.cursor, b"-").unwrap_or(reported),
        }
    }

    fn scalar(&mut self, value: &str, style: Style, tag: Option<Box<Tag>>, range: Range<usize>) -> Result<(), Failure> {
        let absent = style == Style::Plain && range.is_empty();
        let span = match style {
            Style::Block => self.block_scalar_span(range),
            Style::Plain if absent && tag.is_none() => self.absent_span(range.start),
            Style::Plain | Style::SingleQuoted | Style::DoubleQuoted => range,
        };
        let as_written = absent || self.text().get(span.clone()) == Some(value);
        let decoded = (!as_written).then(|| value.into());
        self.tree.is_json &= tag.is_none() && matches!(style, Style::Plain | Style::DoubleQuoted) && !absent;
        if !absent {
            self.cursor = self.cursor.max(span.end);
        }
        self.add(Record { kind: Kind::Scalar { style, decoded }, tag, span, parent: None }).map(drop)
    }

    /// From the header to the last line of content; with `+`, line ends after it belong to the content too.
    fn block_scalar_span(&self, content: Range<usize>) -> Range<usize> {
        let start = layout::find_indicator(self.text(), self.cursor, b"|>").unwrap_or(content.start);
        let header = layout::block_header(self.text(), start);
        let keeps_line_ends = self.text()[header.clone()].contains('+');
        // The parser's span includes the indentation of the next line.
        let next_line = layout::line_start(self.text(), content.end).max(content.start);
        let content = match self.text()[next_line..content.end].trim_start_matches(' ') {
            "" => content.start..next_line,
            _ => content,
        };
        let end = match self.text()[content.clone()].trim_end_matches(['\n', '\r']).len() {
            _ if keeps_line_ends && !content.is_empty() => content.end,
            0 => header.end,
            length => content.start + length,
        };
        start..end.max(header.end)
    }

    /// Right after the colon or dash that has no value.
    fn absent_span(&self, reported: usize) -> Range<usize> {
        let at = match (self.value_key(), self.open.last().map(|open| &self.tree.record(open.id).kind)) {
            (Some(key), _) => {
                let key_end = self.tree.record(key).span.end;
                layout::after_colon(self.text(), key_end).unwrap_or(key_end)
            }
            (None, Some(Kind::Sequence { layout: Layout::Block, .. })) => {
                layout::after_dash(self.text(), reported).unwrap_or(reported)
            }
            (None, _) => reported,
        };
        at..at
    }

    /// The key whose value comes next.
    fn value_key(&self) -> Option<NodeId> {
        self.open.last().and_then(|open| open.key)
    }

    fn alias(&mut self, anchor: usize, range: Range<usize>) -> Result<(), Failure> {
        let target = self.anchored.get(&anchor).copied().unwrap_or(Tree::ROOT);
        if self.open.iter().any(|open| open.id == target) {
            let name = self.text().get(range.start + 1..range.end).unwrap_or_default();
            return Err(problem::recursive_alias(name, self.source.place(range)));
        }
        self.cursor = self.cursor.max(range.end);
        let kind = Kind::Scalar { style: Style::Plain, decoded: None };
        self.tree.aliases.insert(NodeId(self.tree.records.len() as u32), target);
        self.add(Record { kind, tag: None, span: range, parent: None }).map(drop)
    }

    fn add(&mut self, mut record: Record) -> Result<NodeId, Failure> {
        if self.tree.records.len() >= MAX_VALUES {
            return Err(problem::too_many_values(self.source.place(record.full_span())));
        }
        let id = NodeId(self.tree.records.len() as u32);
        record.parent = self.open.last().map(|open| open.id);
        self.tree.records.push(record);
        self.last = id;
        self.attach(id)?;
        Ok(id)
    }

    fn attach(&mut self, id: NodeId) -> Result<(), Failure> {
        let Some(open) = self.open.last_mut() else { return Ok(()) };
        match (&mut self.tree.records[open.id.0 as usize].kind, open.key.take()) {
            (Kind::Sequence { items, .. }, _) => items.push(id),
            (Kind::Mapping { entries, .. }, Some(key)) => entries.push((key, id)),
            (Kind::Mapping { .. }, None) => {
                open.key = Some(id);
                return self.check_key(id);
            }
            (Kind::Scalar { .. }, _) => {}
        }
        Ok(())
    }

    fn check_key(&mut self, id: NodeId) -> Result<(), Failure> {
        let record = self.tree.record(id);
        match (&record.kind, record.short_tag()) {
            (Kind::Scalar { style, .. }, None) => {
                self.tree.is_json &= *style == Style::DoubleQuoted;
                Ok(())
            }
            (Kind::Scalar { .. }, Some(_)) | (Kind::Sequence { .. } | Kind::Mapping { .. }, _) => {
                let span = record.full_span();
                let hint = advice::of_key(self.text(), span.start);
                Err(problem::key_not_text(record.noun(), hint, self.source.place(span)))
            }
        }
    }

    fn end(&mut self, reported: usize) -> Result<(), Failure> {
        let Some(Open { id, .. }) = self.open.pop() else { return Ok(()) };
        let (layout, last) = match &self.tree.record(id).kind {
            Kind::Sequence { layout, items } => (*layout, items.last().copied()),
            Kind::Mapping { layout, entries } => (*layout, entries.last().map(|(key, value)| self.later(*key, *value))),
            Kind::Scalar { .. } => return Ok(()),
        };
        let end = match (layout, last) {
            (Layout::Block | Layout::Pair, Some(last)) => self.tree.record(last).span.end,
            (Layout::Flow, _) | (_, None) => reported,
        };
        let span = &mut self.tree.records[id.0 as usize].span;
        span.end = end.max(span.start);
        if layout == Layout::Flow {
            self.cursor = self.cursor.max(end);
        }
        keys::note_keys(&mut self.tree, self.source.text(), id);
        Ok(())
    }

    fn later(&self, key: NodeId, value: NodeId) -> NodeId {
        if self.tree.record(key).span.end > self.tree.record(value).span.end { key } else { value }
    }

    fn finish(mut self) -> Result<Tree, Failure> {
        if self.tree.records.is_empty() {
            let end = self.text().len();
            self.scalar("", Style::Plain, None, end..end)?;
        }
        self.tree.overridden.sort_by_key(|overridden| overridden.key);
        Ok(self.tree)
    }
}

fn style_of(style: ScalarStyle) -> Style {
    match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted => Style::SingleQuoted,
        ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
        ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
    }
}

fn tag_of(event: &Event<'_>, span: &Span) -> Option<Tag> {
    let tag = event.tag()?;
    let range = span.tag_span().and_then(|span| span.byte_range())?;
    let meaning = match tag.suffix_in_namespace("tag:yaml.org,2002:").map(Cow::into_owned) {
        Some(core) => TagMeaning::Core(core),
        None => local_tag(tag.handle(), tag.suffix()),
    };
    Some(Tag { span: range, meaning })
}

/// The tag `!` alone means "not resolved": a string, list or mapping as written.
fn local_tag(handle: &str, suffix: &str) -> TagMeaning {
    let full = format!("{handle}{suffix}");
    match full.strip_prefix('!').unwrap_or(&full) {
        "" => TagMeaning::Core("str".to_owned()),
        name => TagMeaning::Short(name.to_owned()),
    }
}
