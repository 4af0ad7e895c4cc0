//! What can be wrong with a section or a property, with its place and the way out.

use super::loops::{Loop, MAX_ROUNDS};
use crate::facts::{Failure, FailureKind, Place};
use crate::template::Node;
use crate::text::nearest;
use std::sync::Arc;

/// The other sections of a template.
const SECTIONS: [&str; 11] = [
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Globals",
    "Hooks",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Rules",
    "Transform",
];

/// A section or property is not what CloudFormation takes.
pub fn wrong_shape(subject: &str, expected: &str, node: Node<'_>) -> Failure {
    problem(subject, format!("{subject} is not {expected}"), node)
}

/// A template without `Resources`, and without a transform that may bring them.
pub fn no_resources(root: Node<'_>) -> Failure {
    let message = "the template has no Resources section".to_owned();
    let keys = || root.entries().filter_map(|(key, _)| Some((key.as_str()?, key)));
    let unknown = keys().map(|(name, _)| name).filter(|name| !SECTIONS.contains(name)).map(str::to_owned);
    match nearest("Resources", unknown).and_then(|near| keys().find(|(name, _)| *name == near)) {
        Some((name, node)) => {
            problem("Resources", message, node).with_hint(format!("the nearest section is {name}; write Resources"))
        }
        None => problem("Resources", message, root).with_hint("check that this file is the template"),
    }
}

/// A resource whose key is null, such as `~`.
pub fn no_logical_id(key: Node<'_>) -> Failure {
    problem("Resources", "a resource has no logical id: its key is not a text".to_owned(), key)
        .with_hint("write its logical id before the colon")
}

/// `Resources:` without a value.
pub fn empty_resources(resources: Node<'_>) -> Failure {
    problem("Resources", "Resources is empty".to_owned(), resources)
        .with_hint("a template needs one resource at least; check the indentation of what follows")
}

/// The text of a property is neither a path nor a location that the property takes.
pub fn no_location(subject: &str, text: &str, node: Node<'_>) -> Failure {
    problem(subject, format!("{subject}: {text} is neither a local path nor an object in S3"), node)
        .with_hint("write a path relative to the template, or s3://bucket/key with the scheme in lower case")
}

/// A path depends on loops over values that only CloudFormation knows.
pub fn unknown_rounds(subject: &str, text: &str, loops: &[Arc<Loop>], node: Node<'_>) -> Failure {
    let unknown = loops.iter().filter(|it| it.values.is_none()).map(|it| it.name.as_str());
    let loops = unknown.collect::<Vec<_>>().join(" and ");
    let message = format!("{subject}: {text} depends on {loops}, whose values are not written in the template");
    problem(subject, message, node)
        .with_hint("write the values as a list of strings, or as text that a parameter has by default or is passed")
}

/// A path in one round of a loop, and in another a value that cannot stand in the same mapping.
pub fn mixed_rounds(subject: &str, text: &str, node: Node<'_>) -> Failure {
    problem(subject, format!("{subject}: {text} is not a local path, but other rounds of its loops have one"), node)
        .with_hint("split the loop: either all its rounds have a path, or no round")
}

/// A path has more rounds than a stack can have resources.
pub fn too_many_rounds(subject: &str, text: &str, count: usize, node: Node<'_>) -> Failure {
    let message =
        format!("{subject}: {text} stands for {count} paths, more than the {MAX_ROUNDS} resources of a stack");
    problem(subject, message, node)
        .with_hint("use fewer loop variables in the path, or split the loops over nested stacks")
}

/// The loops of a template together have more rounds than are evaluated.
pub fn too_many_in_template(subject: &str, text: &str, limit: usize, node: Node<'_>) -> Failure {
    let message =
        format!("{subject}: with {text}, the loops of the template stand for more than {limit} paths or 4 MiB");
    problem(subject, message, node)
        .with_hint(format!("split the loops over nested stacks: a stack has at most {MAX_ROUNDS} resources"))
}

fn problem(subject: &str, message: String, node: Node<'_>) -> Failure {
    let place = Place { subject: Some(subject.to_owned()), ..node.place() };
    Failure::new(FailureKind::Usage, message).at(place)
}
