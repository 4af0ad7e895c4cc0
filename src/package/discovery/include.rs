//! Files outside of resources: `AWS::Include`, and the metadata for the Serverless Application Repository.

use super::finder::{Finder, Search};
use super::properties::{INCLUDE, REPOSITORY_METADATA, REPOSITORY_PROPERTIES};
use super::transform::transforms;
use crate::template::Node;

impl<'t> Finder<'t> {
    pub fn repository_metadata(&mut self) {
        let metadata = self.root.get("Metadata").and_then(|metadata| metadata.get(REPOSITORY_METADATA));
        let Some(holder) = metadata else { return };
        for row in REPOSITORY_PROPERTIES {
            let logical_id = REPOSITORY_METADATA;
            let search = Search { logical_id, row, loops: &[], holder, in_branch: false, asset: None };
            self.descend(search, holder, &[row.path]);
        }
    }

    /// `Fn::Transform` with the name `AWS::Include`, wherever it stands, and `Transform` at the top.
    pub fn includes(&mut self) {
        self.root.get("Transform").into_iter().for_each(|value| self.include(value));
        let mut open = vec![self.root];
        while let Some(node) = open.pop() {
            match node.intrinsic() {
                Some(intrinsic) if !node.is_mapping() => {
                    if intrinsic.name == "Fn::Transform" {
                        self.include(intrinsic.argument);
                    }
                    open.push(intrinsic.argument);
                }
                Some(_) | None => {
                    let transform = node.entries().find(|(key, _)| key.as_str() == Some("Fn::Transform"));
                    if let Some((_, argument)) = transform {
                        self.include(argument);
                    }
                    open.extend(node.entries().map(|(_, value)| value));
                    open.extend(node.items());
                }
            }
        }
    }

    /// The includes of a transform or a list of them.
    fn include(&mut self, value: Node<'t>) {
        let is_include = |it: &Node<'_>| it.get("Name").and_then(Node::as_str) == Some(INCLUDE.resource_type);
        for transform in transforms(value).filter(is_include) {
            let (logical_id, holder) = (INCLUDE.resource_type, transform);
            let search = Search { logical_id, row: &INCLUDE, loops: &[], holder, in_branch: true, asset: None };
            self.descend(search, transform, &INCLUDE.path.split('.').collect::<Vec<_>>());
        }
    }
}
