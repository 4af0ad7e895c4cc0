//! The tree over a template's text: what each node is and where exactly it stands. Hides the parser.

use std::collections::HashMap;
use std::ops::Range;

use super::layout;

/// Names one node of one template. The order of ids is that of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(super) u32);

/// All nodes of a document, in the order of the text.
#[derive(Debug, Default)]
pub struct Tree {
    pub records: Vec<Record>,
    /// Written as JSON: braces at the top, keys in double quotes, and no syntax that only YAML has.
    pub is_json: bool,
    /// `&name` tokens and the nodes that they mark, in the order of both.
    pub anchors: Vec<(Range<usize>, NodeId)>,
    /// Aliases (as empty scalars in `records`) and the nodes that they stand for.
    pub aliases: HashMap<NodeId, NodeId>,
    /// Mappings with a merge key.
    pub merges: Vec<NodeId>,
    /// Keys that a later entry of the same mapping repeats.
    pub overridden: Vec<Overridden>,
}

/// A key whose entry does not count, because the same mapping has the key again.
#[derive(Debug, Clone, Copy)]
pub struct Overridden {
    pub mapping: NodeId,
    pub key: NodeId,
    /// The last of the same keys.
    pub counting: NodeId,
}

/// One node.
#[derive(Debug)]
pub struct Record {
    pub kind: Kind,
    pub tag: Option<Box<Tag>>,
    /// The value without its tag. Block scalars start at `|` or `>`; block collections end with their last content.
    pub span: Range<usize>,
    pub parent: Option<NodeId>,
}

/// What a node is.
#[derive(Debug)]
pub enum Kind {
    /// Text; `decoded` only where it differs from the span's text.
    Scalar {
        style: Style,
        decoded: Option<Box<str>>,
    },
    Sequence {
        layout: Layout,
        items: Vec<NodeId>,
    },
    Mapping {
        layout: Layout,
        entries: Vec<(NodeId, NodeId)>,
    },
}

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    /// `|` or `>`.
    Block,
}

/// How a collection is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    Block,
    Flow,
    /// A mapping of one entry without braces inside `[…]`.
    Pair,
}

/// A tag as written, with its meaning.
#[derive(Debug)]
pub struct Tag {
    pub span: Range<usize>,
    pub meaning: TagMeaning,
}

/// The meaning of a tag.
#[derive(Debug, PartialEq, Eq)]
pub enum TagMeaning {
    /// A type of YAML itself, such as `!!str`, by its name.
    Core(String),
    /// A short form, by the name after the `!`.
    Short(String),
}

impl Tree {
    pub fn record(&self, id: NodeId) -> &Record {
        &self.records[id.0 as usize]
    }

    /// The node at the top.
    pub const ROOT: NodeId = NodeId(0);

    /// How many nodes are above this one.
    pub fn depth(&self, id: NodeId) -> usize {
        self.ancestors(id).count()
    }

    /// The nodes above this one, nearest first.
    pub fn ancestors(&self, id: NodeId) -> impl Iterator<Item = NodeId> {
        std::iter::successors(self.record(id).parent, |id| self.record(*id).parent)
    }

    /// The key to which a node is the value.
    pub fn key_of(&self, id: NodeId) -> Option<NodeId> {
        match &self.record(self.record(id).parent?).kind {
            Kind::Mapping { entries, .. } => {
                entries.binary_search_by_key(&id, |(_, value)| *value).ok().map(|index| entries[index].0)
            }
            Kind::Scalar { .. } | Kind::Sequence { .. } => None,
        }
    }

    /// The bytes of a key and its value, with a `?` before them.
    pub fn entry_span(&self, text: &str, (key, value): (NodeId, NodeId)) -> Range<usize> {
        let anchor =
            self.anchors.binary_search_by_key(&value, |(_, node)| *node).map_or(0, |at| self.anchors[at].0.end);
        let (key, value) = (self.record(key), self.record(value));
        layout::entry_start(text, key.full_span().start)..value.span.end.max(key.span.end).max(anchor)
    }

    /// The node that an alias refers to; other nodes are returned as they are.
    pub fn target(&self, id: NodeId) -> NodeId {
        std::iter::successors(Some(id), |id| self.aliases.get(id).copied()).last().unwrap_or(id)
    }

    /// The keys and positions that lead to a node or a key, such as `Resources.F.Layers.0`.
    pub fn path(&self, text: &str, id: NodeId) -> String {
        let ids: Vec<NodeId> = std::iter::once(id).chain(self.ancestors(id)).collect();
        let steps = ids.windows(2).rev().map(|pair| self.step(text, pair[1], pair[0]));
        steps.collect::<Vec<_>>().join(".")
    }

    fn step(&self, text: &str, parent: NodeId, child: NodeId) -> String {
        match &self.record(parent).kind {
            Kind::Sequence { items, .. } => items.binary_search(&child).unwrap_or_default().to_string(),
            Kind::Mapping { .. } | Kind::Scalar { .. } => {
                let key = self.key_of(child).unwrap_or(child);
                self.record(self.target(key)).text(text).unwrap_or_default().to_owned()
            }
        }
    }

    /// The block scalar at the end of a value. Lines after it could become part of it.
    pub fn last_block_scalar(&self, id: NodeId) -> Option<&Record> {
        let record = self.record(id);
        match &record.kind {
            Kind::Scalar { style: Style::Block, .. } => Some(record),
            Kind::Sequence { layout: Layout::Block, items } => self.last_block_scalar(*items.last()?),
            Kind::Mapping { layout: Layout::Block, entries } => self.last_block_scalar(entries.last()?.1),
            Kind::Scalar { .. } | Kind::Sequence { .. } | Kind::Mapping { .. } => None,
        }
    }

    /// Whether the text has aliases, anchors, merge keys or keys that are given twice.
    pub fn needs_expansion(&self) -> bool {
        let Self { anchors, aliases, merges, overridden, records: _, is_json: _ } = self;
        !(anchors.is_empty() && aliases.is_empty() && merges.is_empty() && overridden.is_empty())
    }

    /// Whether a key is `<<` without quotes or tag.
    pub fn is_merge_key(&self, text: &str, key: NodeId) -> bool {
        let record = self.record(key);
        let is_plain = matches!(record.kind, Kind::Scalar { style: Style::Plain, .. }) && record.tag.is_none();
        is_plain && record.text(text) == Some("<<")
    }
}

impl Record {
    /// The span from the tag to the end of the value.
    pub fn full_span(&self) -> Range<usize> {
        let start = self.tag.as_ref().map_or(self.span.start, |tag| tag.span.start.min(self.span.start));
        start..self.span.end
    }

    /// The name of a short-form tag.
    pub fn short_tag(&self) -> Option<&str> {
        match &self.tag.as_ref()?.meaning {
            TagMeaning::Short(name) => Some(name),
            TagMeaning::Core(_) => None,
        }
    }

    /// The name of one of YAML's own tags.
    pub fn core_tag(&self) -> Option<&str> {
        match &self.tag.as_ref()?.meaning {
            TagMeaning::Core(name) => Some(name),
            TagMeaning::Short(_) => None,
        }
    }

    /// The decoded text of a scalar.
    pub fn text<'a>(&'a self, source: &'a str) -> Option<&'a str> {
        match &self.kind {
            Kind::Scalar { decoded: Some(decoded), .. } => Some(decoded),
            Kind::Scalar { decoded: None, .. } => source.get(self.span.clone()),
            Kind::Sequence { .. } | Kind::Mapping { .. } => None,
        }
    }

    /// Whether this is a scalar without any character or tag, such as the value of `Key:`.
    pub fn is_absent(&self) -> bool {
        matches!(self.kind, Kind::Scalar { style: Style::Plain, .. }) && self.span.is_empty() && self.tag.is_none()
    }

    /// The name of its kind in a message.
    pub fn noun(&self) -> &'static str {
        match (&self.kind, self.short_tag()) {
            (_, Some(_)) => "an intrinsic function",
            (Kind::Scalar { .. }, None) => "a single value",
            (Kind::Sequence { .. }, None) => "a list",
            (Kind::Mapping { .. }, None) => "a mapping",
        }
    }
}
