//! Assets of the CDK: a resource's metadata holds the path, and the property a location that the CDK uploads to.

use crate::template::Node;

/// The asset of a resource, as its metadata describes it.
#[derive(Clone, Copy)]
pub struct Asset<'t> {
    /// Keys below `Properties`, with dots between.
    pub property: &'t str,
    pub path: Node<'t>,
}

impl<'t> Asset<'t> {
    /// Reads the metadata of a resource.
    pub fn read(resource: Node<'t>) -> Option<Self> {
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
