//! Marks each resource with its logical id, as `sam package` does.

use crate::template::{Edits, NewValue, Node};

/// Whether resources are marked with their ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stamp {
    Nothing,
    /// `Metadata.SamResourceId`, which `sam sync` and `sam list` look for.
    SamResourceId,
}

/// Adds the mark where it is missing.
pub fn stamp_resources(root: Node<'_>, edits: &mut Edits) {
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
