//! The properties of resources, inside loops too.

use super::asset::Asset;
use super::finder::{Finder, Search};
use super::found::Slot;
use super::image;
use super::loops::{Loop, PREFIX};
use super::problem;
use super::properties::{GLOBAL_CODE, RESOURCE_PROPERTIES};
use crate::template::Node;
use std::sync::Arc;

/// The section that takes the place of a logical id in messages.
const GLOBALS: &str = "Globals";

/// A resource with the loops around it, outermost first.
struct Resource<'t, 'a> {
    logical_id: &'a str,
    node: Node<'t>,
    loops: &'a [Arc<Loop>],
}

impl<'t> Finder<'t> {
    pub fn resources(&mut self) {
        let Some(resources) = self.root.get("Resources") else { return };
        if resources.is_mapping() {
            self.resources_below(resources, &[]);
        } else if resources.intrinsic().is_none() {
            self.fail(problem::wrong_shape("Resources", "a mapping", resources));
        }
    }

    fn resources_below(&mut self, resources: Node<'t>, loops: &[Arc<Loop>]) {
        for (key, value) in resources.entries() {
            let Some(logical_id) = key.as_str() else { continue };
            if !logical_id.starts_with("Fn::") {
                self.resource(&Resource { logical_id, node: value, loops });
            } else if let Some((of_loop, body)) = self.loop_reader.read(logical_id, value) {
                let inner: Vec<_> = loops.iter().cloned().chain([Arc::new(of_loop)]).collect();
                self.resources_below(body, &inner);
            } else if logical_id.starts_with(PREFIX) {
                let expected = "a list of a loop variable, a collection and a mapping";
                self.fail(problem::wrong_shape(logical_id, expected, value));
            }
        }
    }

    fn resource(&mut self, resource: &Resource<'t, '_>) {
        let Some(resource_type) = resource.node.get("Type").and_then(Node::as_str) else { return };
        let rows = || RESOURCE_PROPERTIES.iter().filter(move |row| row.resource_type == resource_type);
        if rows().next().is_none() {
            return;
        }
        let properties = resource.node.get("Properties").filter(|properties| !properties.is_null());
        if properties.is_some_and(has_inline_code) {
            return;
        }
        let package_type = properties.and_then(|properties| properties.get("PackageType"));
        if let Some(properties) = properties.filter(|_| package_type.and_then(Node::as_str) == Some("Image")) {
            return image::check(resource.logical_id, properties).into_iter().for_each(|warning| self.warn(warning));
        }
        self.inherits_global_code |= resource_type == GLOBAL_CODE.resource_type && properties.is_none_or(has_no_code);
        let Some(properties) = properties else { return };
        // Code may be missing where only a deployment knows that the package is an image.
        let in_branch = package_type.is_some_and(|it| it.as_str().is_none());
        let asset = Asset::read(resource.node);
        for row in rows() {
            let (logical_id, loops) = (resource.logical_id, resource.loops);
            let search = Search { logical_id, row, loops, holder: properties, in_branch };
            match asset.filter(|asset| asset.property == row.path) {
                Some(asset) if asset.is_open(properties) => self.asset(search, properties, asset),
                Some(_) | None => self.descend(search, properties, &row.path.split('.').collect::<Vec<_>>()),
            }
        }
    }

    /// A property of a template that the CDK made: the metadata holds the path.
    fn asset(&mut self, search: Search<'_>, properties: Node<'t>, asset: Asset<'t>) {
        let (node, missing) = asset.value(properties);
        let slot = match missing.as_slice() {
            [] => Slot::Value(node.id()),
            keys => Slot::NewKeys(node.id(), keys.iter().map(|key| (*key).to_owned()).collect()),
        };
        self.text(search, slot, asset.path, asset.path.as_str().unwrap_or_default());
    }

    /// The code of all functions that have none of their own.
    pub fn global_code(&mut self) {
        let Some(globals) = self.root.get(GLOBALS).filter(|_| self.inherits_global_code) else { return };
        let search = Search { logical_id: GLOBALS, row: &GLOBAL_CODE, loops: &[], holder: globals, in_branch: true };
        self.descend(search, globals, &["Function", "CodeUri"]);
    }
}

fn has_no_code(properties: Node<'_>) -> bool {
    properties.get("CodeUri").is_none_or(|code| code.is_null() || code.as_str() == Some(""))
}

fn has_inline_code(properties: Node<'_>) -> bool {
    properties.get("InlineCode").is_some_and(|code| !code.is_null())
}
