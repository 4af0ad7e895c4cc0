//! Transforms, which may bring sections and properties that are not in the text.

use super::properties::INCLUDE;
use crate::template::Node;

/// Each transform of a `Transform` or `Fn::Transform`, which may be one or a list.
pub fn transforms(value: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    std::iter::once(value).filter(|value| !value.is_sequence()).chain(value.items())
}

/// Whether a transform at the top may bring `Resources`: an include or a macro. The other transforms of AWS do not.
pub fn may_bring_resources(root: Node<'_>) -> bool {
    let sections = ["Transform", "Fn::Transform"].into_iter().filter_map(|key| root.get(key));
    sections.flat_map(transforms).any(|transform| {
        let name = transform.as_str().or_else(|| transform.get("Name")?.as_str());
        name.is_none_or(|name| name == INCLUDE.resource_type || !name.starts_with("AWS::"))
    })
}
