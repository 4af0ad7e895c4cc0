//! New values in place of local paths; every other byte stays as it was.

use super::locations::Locations;
use super::mappings::Mappings;
use super::stamp::{Stamp, stamp_resources};
use crate::facts::Failure;
use crate::package::discovery::Slot;
use crate::package::plan::PlannedTemplate;
use crate::template::{Edits, NewValue};

/// The text of a template with the locations of its artifacts.
pub fn rewrite(planned: &PlannedTemplate, locations: &impl Locations, stamp: Stamp) -> Result<String, Failure> {
    let mut edits = Edits::default();
    let mut mappings = Mappings::read(planned)?;
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

fn nest(keys: &[String], value: NewValue) -> NewValue {
    keys.iter().rev().fold(value, |value, key| NewValue::Mapping(vec![(key.clone(), value)]))
}
