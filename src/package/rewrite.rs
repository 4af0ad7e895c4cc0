//! Locations → packaged template: new values in place of local paths, every other byte as it was.

use super::found::Slot;
use super::mappings::Mappings;
use super::plan::{Item, PlannedTemplate};
use crate::facts::{Explain, FailureKind, Place, S3Endpoint, S3Location};
use crate::template::{Edits, NewValue, Node};
use std::path::{Path, PathBuf};

/// The largest template that CloudFormation reads from S3, in bytes (quota "template body size in an S3 object").
const MAX_TEMPLATE_BYTES: usize = 1_048_576;

/// Where things are.
pub trait Locations {
    /// The object of a thing.
    fn of(&self, item: &Item) -> S3Location;
    /// The endpoint whose URLs CloudFormation fetches.
    fn endpoint(&self) -> &S3Endpoint;
}

/// What cannot be written into a template.
#[derive(Debug, thiserror::Error)]
pub enum RewriteError {
    /// A loop's values do not make keys of a mapping.
    #[error("{logical_id}.{property}: {value:?} cannot be a key of a mapping, which takes letters, digits, - and _")]
    MappingKey {
        /// The resource.
        logical_id: String,
        /// The property.
        property: String,
        /// The value of a loop variable.
        value: String,
    },
    /// Two rounds would look their locations up under one key.
    #[error("{logical_id}.{property}: two rounds of its loops have the same key {key} in a mapping")]
    SameKey {
        /// The resource.
        logical_id: String,
        /// The property.
        property: String,
        /// The key that the values of the loop variables make.
        key: String,
    },
    /// The section for the mapping of a loop is an intrinsic function or a list.
    #[error("Mappings is not a mapping, and {logical_id}.{property} needs one in it for the rounds of its loops")]
    NoMappings {
        /// The resource.
        logical_id: String,
        /// The property.
        property: String,
        /// Where the section stands.
        place: Box<Place>,
    },
    /// CloudFormation would refuse it.
    #[error("{}: once packaged, the template has {bytes} bytes, and CloudFormation reads at most {MAX_TEMPLATE_BYTES}", path.display())]
    TooLarge {
        /// The template.
        path: PathBuf,
        /// Its size once packaged.
        bytes: usize,
    },
}

impl Explain for RewriteError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::MappingKey { .. } | Self::SameKey { .. } | Self::NoMappings { .. } => FailureKind::Usage,
            Self::TooLarge { .. } => FailureKind::Failed,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::MappingKey { .. } => None,
            Self::SameKey { .. } => Some("use values without - in one of the loops".to_owned()),
            Self::NoMappings { .. } => Some("write a transform in it as Fn::Transform: {...}".to_owned()),
            Self::TooLarge { .. } => {
                Some("move resources into nested stacks, or move inline code into files".to_owned())
            }
        }
    }

    fn place(&self) -> Option<&Place> {
        match self {
            Self::NoMappings { place, .. } => Some(place),
            Self::MappingKey { .. } | Self::SameKey { .. } | Self::TooLarge { .. } => None,
        }
    }

    fn subject(&self) -> Option<String> {
        match self {
            Self::MappingKey { logical_id, property, .. }
            | Self::SameKey { logical_id, property, .. }
            | Self::NoMappings { logical_id, property, .. } => Some(format!("{logical_id}.{property}")),
            Self::TooLarge { .. } => None,
        }
    }
}

/// The text of a template with the locations of its artifacts.
pub fn rewrite(planned: &PlannedTemplate, locations: &impl Locations, stamp: Stamp) -> Result<String, RewriteError> {
    let mut edits = Edits::default();
    let mut mappings = Mappings::of(planned)?;
    for artifact in &planned.artifacts {
        let value = mappings.value(artifact, locations)?;
        match &artifact.slot {
            Slot::Value(node) => edits.replace(*node, value),
            Slot::NewKeys(mapping, keys) => {
                let (first, rest) = keys.split_first().expect("a slot has at least one key");
                edits.insert(*mapping, first, nest(rest, value));
            }
        }
    }
    mappings.insert(planned.template.root(), &mut edits);
    if stamp == Stamp::SamResourceId {
        stamp_resources(planned.template.root(), &mut edits);
    }
    Ok(planned.template.apply(&edits))
}

/// The text that a template became, if CloudFormation reads so much.
pub fn check_size(template: &Path, text: String) -> Result<String, RewriteError> {
    match text.len() {
        bytes if bytes > MAX_TEMPLATE_BYTES => Err(RewriteError::TooLarge { path: template.to_path_buf(), bytes }),
        _ => Ok(text),
    }
}

/// Whether resources are marked with their ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stamp {
    /// Nothing is added.
    Nothing,
    /// `Metadata.SamResourceId`, which `sam sync` and `sam list` look for.
    SamResourceId,
}

fn nest(keys: &[String], value: NewValue) -> NewValue {
    keys.iter().rev().fold(value, |value, key| NewValue::Mapping(vec![(key.clone(), value)]))
}

fn stamp_resources(root: Node<'_>, edits: &mut Edits) {
    let resources = root.get("Resources").into_iter().flat_map(Node::entries);
    for (key, resource) in resources {
        let Some(id) = key.as_str().filter(|id| !id.starts_with("Fn::") && resource.is_mapping()) else { continue };
        let id = || NewValue::Text(id.to_owned());
        let metadata = || NewValue::Mapping(vec![("SamResourceId".to_owned(), id())]);
        match resource.get("Metadata") {
            None => edits.insert(resource.id(), "Metadata", metadata()),
            Some(present) if present.is_null() => edits.replace(present.id(), metadata()),
            Some(present) if present.is_mapping() && present.get("SamResourceId").is_none() => {
                edits.insert(present.id(), "SamResourceId", id());
            }
            Some(_) => {}
        }
    }
}
