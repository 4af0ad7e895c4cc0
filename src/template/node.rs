//! A template and its nodes, as the other stages see them: text, mappings, lists, nulls and intrinsic functions.

use std::borrow::Cow;
use std::ops::Range;

use super::scalar;
use super::source::Source;
use super::tree::{Kind, NodeId, Record, Style, Tree};
use crate::facts::{Place, Warning};

/// A template: its text, and the tree over it.
#[derive(Debug)]
pub struct Template {
    pub(super) source: Source,
    pub(super) tree: Tree,
    pub(super) warnings: Vec<Warning>,
}

impl Template {
    /// The node at the top: of a template, a mapping.
    pub fn root(&self) -> Node<'_> {
        self.node(Tree::ROOT)
    }

    /// The node of an id that this template gave out.
    pub fn node(&self, id: NodeId) -> Node<'_> {
        Node { template: self, id, ignores_tag: false }
    }
}

/// A node of a template.
#[derive(Debug, Clone, Copy)]
pub struct Node<'t> {
    template: &'t Template,
    id: NodeId,
    /// Whether this is the argument of its short form.
    ignores_tag: bool,
}

/// An intrinsic function, in short or long form.
#[derive(Debug, Clone)]
pub struct Intrinsic<'t> {
    /// `Ref`, `Condition`, `Fn::If` and so on, whatever the form.
    pub name: Cow<'t, str>,
    /// The argument. For a short form it is the same node without its tag, and a scalar is always text.
    pub argument: Node<'t>,
}

impl<'t> Node<'t> {
    /// Names this node in plans and edits. The argument of a short form has the id of the short form.
    pub fn id(self) -> NodeId {
        self.id
    }

    /// The template that it is part of.
    pub fn template(self) -> &'t Template {
        self.template
    }

    /// Where it stands in the file on disk. A value from an alias or a merge key stands at that alias or key.
    pub fn place(self) -> Place {
        self.template.source.place(self.record().full_span())
    }

    /// The bytes of the text from its tag to its end.
    pub fn span(self) -> Range<usize> {
        self.record().full_span()
    }

    /// The decoded text of a scalar, unless it is tagged or null. `true`, `12` and dates are text as written.
    pub fn as_str(self) -> Option<&'t str> {
        let text = self.untagged()?.text(self.template.text())?;
        (!self.is_null()).then_some(text)
    }

    /// Whether it is null, as `Key:`, `~` and `null` are.
    pub fn is_null(self) -> bool {
        let Some(Record { kind: Kind::Scalar { style, .. }, .. }) = self.untagged() else { return false };
        match self.core_tag() {
            _ if self.ignores_tag => false,
            Some("null") => true,
            Some(_) => false,
            None => *style == Style::Plain && scalar::is_null(self.source_text()),
        }
    }

    /// Whether it is a mapping without a short form's tag.
    pub fn is_mapping(self) -> bool {
        self.untagged().is_some_and(|record| matches!(record.kind, Kind::Mapping { .. }))
    }

    /// Whether it is a list without a short form's tag.
    pub fn is_sequence(self) -> bool {
        self.untagged().is_some_and(|record| matches!(record.kind, Kind::Sequence { .. }))
    }

    /// The value of a key of a mapping.
    pub fn get(self, key: &str) -> Option<Node<'t>> {
        self.entries().find(|(name, _)| name.source_text() == key).map(|(_, value)| value)
    }

    /// Keys and values of a mapping, in order; nothing on any other node.
    pub fn entries(self) -> impl Iterator<Item = (Node<'t>, Node<'t>)> {
        self.is_mapping().then(|| self.pairs()).into_iter().flatten()
    }

    /// The items of a list, in order; nothing on any other node.
    pub fn items(self) -> impl Iterator<Item = Node<'t>> {
        self.is_sequence().then(|| self.children()).into_iter().flatten()
    }

    /// The intrinsic function that this node is: a short form with any tag, or a mapping with only the key `Ref`,
    /// `Condition` or `Fn::…`.
    pub fn intrinsic(self) -> Option<Intrinsic<'t>> {
        if let Some(name) = self.short_name() {
            return Some(Intrinsic { name, argument: self.without_tag() });
        }
        let mut entries = self.entries();
        let (key, argument) = entries.next()?;
        let name = key.source_text();
        let is_function = matches!(name, "Ref" | "Condition") || name.starts_with("Fn::");
        (entries.next().is_none() && is_function).then_some(Intrinsic { name: Cow::Borrowed(name), argument })
    }

    /// The long name of a short form's tag.
    pub(super) fn short_name(self) -> Option<Cow<'t, str>> {
        match self.record().short_tag().filter(|_| !self.ignores_tag)? {
            name @ ("Ref" | "Condition") => Some(Cow::Borrowed(name)),
            name => Some(Cow::Owned(format!("Fn::{name}"))),
        }
    }

    /// The same node as the argument of its short form.
    pub(super) fn without_tag(self) -> Self {
        Self { ignores_tag: self.record().short_tag().is_some(), ..self }
    }

    /// The name of one of YAML's own tags, such as `str`.
    pub(super) fn core_tag(self) -> Option<&'t str> {
        self.record().core_tag()
    }

    pub(super) fn kind(self) -> &'t Kind {
        &self.record().kind
    }

    /// The decoded text of any scalar; empty on collections.
    pub(super) fn source_text(self) -> &'t str {
        self.record().text(self.template.text()).unwrap_or_default()
    }

    /// Keys and values, whatever the tag.
    pub(super) fn pairs(self) -> impl Iterator<Item = (Node<'t>, Node<'t>)> {
        let entries: &[_] = match self.kind() {
            Kind::Mapping { entries, .. } => entries,
            Kind::Scalar { .. } | Kind::Sequence { .. } => &[],
        };
        entries.iter().map(move |(key, value)| (self.template.node(*key), self.template.node(*value)))
    }

    /// Items, whatever the tag.
    pub(super) fn children(self) -> impl Iterator<Item = Node<'t>> {
        let items: &[_] = match self.kind() {
            Kind::Sequence { items, .. } => items,
            Kind::Scalar { .. } | Kind::Mapping { .. } => &[],
        };
        items.iter().map(move |item| self.template.node(*item))
    }

    fn record(self) -> &'t Record {
        self.template.tree.record(self.id)
    }

    fn untagged(self) -> Option<&'t Record> {
        (self.ignores_tag || self.record().short_tag().is_none()).then(|| self.record())
    }
}
