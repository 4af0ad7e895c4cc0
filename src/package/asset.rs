//! Assets of the CDK: the path stands in a resource's metadata, and an intrinsic where the property should name it.

use crate::template::Node;

/// What the CDK notes of an asset in a resource's metadata.
#[derive(Clone, Copy)]
pub struct Asset<'t> {
    /// Keys below `Properties`, with dots between.
    pub property: &'t str,
    /// The path, as the metadata has it.
    pub path: Node<'t>,
}

impl<'t> Asset<'t> {
    /// What the metadata of a resource says.
    pub fn of(resource: Node<'t>) -> Option<Self> {
        let metadata = resource.get("Metadata")?;
        let path = metadata.get("aws:asset:path").filter(|path| path.as_str().is_some())?;
        Some(Self { property: metadata.get("aws:asset:property")?.as_str()?, path })
    }

    /// The property's value, or the innermost mapping on the way to it with the keys that are missing there.
    pub fn value(&self, properties: Node<'t>) -> (Node<'t>, Vec<&'t str>) {
        let mut keys: Vec<&str> = self.property.rsplit('.').collect();
        let mut node = properties;
        while let Some(child) = keys.last().and_then(|key| node.get(key)) {
            node = child;
            keys.pop();
        }
        keys.reverse();
        (node, keys)
    }

    /// Whether the property still stands for the asset: the CDK writes intrinsics there, packaging a location.
    pub fn is_open(&self, properties: Node<'t>) -> bool {
        let (value, missing) = self.value(properties);
        !missing.is_empty() || holds_intrinsic(value)
    }
}

fn holds_intrinsic(value: Node<'_>) -> bool {
    value.intrinsic().is_some() || value.entries().any(|(_, value)| holds_intrinsic(value))
}
