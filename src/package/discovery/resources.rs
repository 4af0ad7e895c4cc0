//! The properties of resources, inside loops too.

use super::asset::Asset;
use super::finder::{Finder, Search};
use super::image;
use super::loops::{Loop, PREFIX};
use super::problem;
use super::properties::{GLOBAL_CODE, RESOURCE_PROPERTIES};
use super::resource_type::nearest_type;
use super::transform::may_bring_resources;
use crate::facts::{Warning, WarningKind};
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
        match self.root.get("Resources") {
            Some(resources) if resources.is_mapping() => self.resources_below(resources, &[]),
            Some(resources) if resources.is_null() => self.fail(problem::empty_resources(resources)),
            Some(resources) if resources.intrinsic().is_none() => {
                self.fail(problem::wrong_shape("Resources", "a mapping", resources));
            }
            Some(_) => {}
            None if may_bring_resources(self.root) => {}
            None => self.fail(problem::no_resources(self.root)),
        }
    }

    fn resources_below(&mut self, resources: Node<'t>, loops: &[Arc<Loop>]) {
        for (key, value) in resources.entries() {
            let Some(logical_id) = key.as_str() else {
                self.fail(problem::no_logical_id(key));
                continue;
            };
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
            return self.warn_if_misspelt(resource);
        }
        let properties = resource.node.get("Properties").filter(|properties| !properties.is_null());
        if properties.is_some_and(has_inline_code) {
            return;
        }
        let package_type = properties.and_then(|properties| properties.get("PackageType"));
        if let Some(properties) = properties.filter(|_| package_type.and_then(Node::as_str) == Some("Image")) {
            return self.warn_of_image(resource, properties);
        }
        self.inherits_global_code |= resource_type == GLOBAL_CODE.resource_type && properties.is_none_or(has_no_code);
        let Some(properties) = properties else { return };
        // Code may be missing where only a deployment knows that the package is an image.
        let in_branch = package_type.is_some_and(|it| it.as_str().is_none());
        let asset = Asset::read(resource.node);
        for row in rows() {
            let (logical_id, loops) = (resource.logical_id, resource.loops);
            let asset = asset.filter(|asset| asset.property == row.path);
            let search = Search { logical_id, row, loops, holder: properties, in_branch, asset };
            if !self.descend(search, properties, &row.path.split('.').collect::<Vec<_>>()) {
                self.warn_if_left_alone(search);
            }
        }
    }

    /// Warns of an asset of the CDK whose property is inside an intrinsic.
    fn warn_if_left_alone(&mut self, search: Search<'_>) {
        let Some(asset) = search.asset else { return };
        let (logical_id, property) = (search.logical_id.to_owned(), search.row.path.to_owned());
        let path = asset.path.as_str().unwrap_or_default().to_owned();
        let kind = WarningKind::AssetLeftAlone { logical_id, property, path };
        let warning = Warning::new(search.subject(), kind).with_resource(search.logical_id);
        self.warn(warning.with_place(Some(asset.path.place())));
    }

    fn warn_of_image(&mut self, resource: &Resource<'t, '_>, properties: Node<'t>) {
        let warnings = image::check(resource.logical_id, resource.node, properties);
        warnings.into_iter().for_each(|warning| self.warn(warning));
    }

    /// Warns of a type that differs by one letter from one whose artifacts are packaged.
    fn warn_if_misspelt(&mut self, resource: &Resource<'t, '_>) {
        let Some((node, resource_type)) = resource.node.get("Type").and_then(|node| Some((node, node.as_str()?)))
        else {
            return;
        };
        let Some(nearest) = nearest_type(resource_type) else { return };
        let (logical_id, resource_type) = (resource.logical_id.to_owned(), resource_type.to_owned());
        let kind = WarningKind::ResourceTypeMisspelt { logical_id, resource_type, nearest };
        let warning = Warning::new(format!("type of {}", resource.logical_id), kind);
        self.warn(warning.with_resource(resource.logical_id).with_place(Some(node.place())));
    }

    /// The code of all functions that have none of their own.
    pub fn global_code(&mut self) {
        let Some(globals) = self.root.get(GLOBALS).filter(|_| self.inherits_global_code) else { return };
        let (logical_id, row, holder) = (GLOBALS, &GLOBAL_CODE, globals);
        let search = Search { logical_id, row, loops: &[], holder, in_branch: true, asset: None };
        self.descend(search, globals, &["Function", "CodeUri"]);
    }
}

fn has_no_code(properties: Node<'_>) -> bool {
    properties.get("CodeUri").is_none_or(|code| code.is_null() || code.as_str() == Some(""))
}

fn has_inline_code(properties: Node<'_>) -> bool {
    properties.get("InlineCode").is_some_and(|code| !code.is_null())
}
