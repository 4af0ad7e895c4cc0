//! Tests of the stage as a whole.

mod documents;
mod edits;
mod expansion;
mod laws;
mod limits;
mod reading;
mod refusals;
mod repeated_keys;
mod warnings;
mod tolerance;

use super::{NewValue, NodeId, Template};

/// A template from text that must be good.
fn template(text: &str) -> Template {
    Template::parse("t.yaml", text.as_bytes().to_vec()).unwrap_or_else(|error| panic!("{error:?} in {text:?}"))
}

/// The node at a path of keys and indices, such as `Resources.F.0`.
fn find(template: &Template, path: &str) -> NodeId {
    let step = |node: super::Node<'_>, part: &str| match part.parse::<usize>() {
        Ok(index) if node.is_sequence() => node.items().nth(index).map(super::Node::id),
        _ => node.get(part).map(super::Node::id),
    };
    path.split('.').filter(|part| !part.is_empty()).fold(template.root().id(), |id, part| {
        step(template.node(id), part).unwrap_or_else(|| panic!("no {part} of {path} in {:?}", template.text()))
    })
}

fn text(value: &str) -> NewValue {
    NewValue::Text(value.to_owned())
}

fn location() -> NewValue {
    NewValue::Mapping(vec![("S3Bucket".to_owned(), text("b")), ("S3Key".to_owned(), text("k"))])
}
