//! Template → the properties in it that name something local, and those that only want another spelling.

use super::asset::Asset;
use super::discover_error::DiscoverError;
use super::found::{Discovery, Found, Named, Slot};
use super::intrinsics;
use super::loops::{self, Loop};
use super::parameters::{Passed, has_intrinsic};
use super::properties::{
    Content, GLOBAL_CODE, INCLUDE, Missing, Property, REPOSITORY_METADATA, REPOSITORY_PROPERTIES, RESOURCE_PROPERTIES,
};
use super::reference::{self, Reference};
use super::rounds::Looped;
use crate::facts::{Warning, WarningKind};
use crate::template::{Node, NodeId, Template};
use std::collections::BTreeSet;
use std::path::Path;

/// Finds all that is local in a template whose paths are relative to `folder`, and to whose parameters a parent passes
/// something.
pub fn discover(template: &Template, folder: &Path, passed: &Passed) -> Discovery {
    let (root, discovery) = (template.root(), Discovery::default());
    let mut finder = Finder { folder, root, passed, inherits_global_code: false, frozen: BTreeSet::new(), discovery };
    finder.repository_metadata();
    finder.includes(template.root());
    finder.resources();
    finder.global_code();
    finder.discovery.found.sort_by_key(|found| found.slot.node());
    finder.discovery
}

struct Finder<'t> {
    folder: &'t Path,
    root: Node<'t>,
    passed: &'t Passed,
    /// Whether a function takes its code from `Globals`.
    inherits_global_code: bool,
    /// Where the loops are that were warned of.
    frozen: BTreeSet<NodeId>,
    discovery: Discovery,
}

/// The property that is being looked for.
#[derive(Clone, Copy)]
struct Search<'a> {
    logical_id: &'a str,
    row: &'static Property,
    loops: &'a [Loop],
    /// The mapping that holds it, as far as it was followed down.
    holder: Node<'a>,
    /// Inside a branch of `Fn::If` a missing property is somebody's choice.
    in_branch: bool,
}

impl Search<'_> {
    fn what(&self) -> String {
        format!("{}.{}", self.logical_id, self.row.path)
    }
}

/// A resource with the loops around it.
struct Resource<'t, 'a> {
    logical_id: &'a str,
    node: Node<'t>,
    loops: &'a [Loop],
}

impl<'t> Finder<'t> {
    fn repository_metadata(&mut self) {
        let Some(metadata) = self.root.get("Metadata").and_then(|metadata| metadata.get(REPOSITORY_METADATA)) else {
            return;
        };
        for row in REPOSITORY_PROPERTIES {
            let search =
                Search { logical_id: REPOSITORY_METADATA, row, loops: &[], holder: metadata, in_branch: false };
            self.descend(search, metadata, &[row.path]);
        }
    }

    /// `Fn::Transform` with the name `AWS::Include`, wherever it stands, and `Transform` at the top.
    fn includes(&mut self, root: Node<'t>) {
        if let Some(transform) = root.get("Transform") {
            self.include(transform);
            transform.items().for_each(|transform| self.include(transform));
        }
        let mut open = vec![root];
        while let Some(node) = open.pop() {
            match node.intrinsic() {
                Some(intrinsic) if !node.is_mapping() => {
                    if intrinsic.name == "Fn::Transform" {
                        self.include(intrinsic.argument);
                    }
                    open.push(intrinsic.argument);
                }
                _ => {
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

    fn include(&mut self, transform: Node<'t>) {
        if transform.get("Name").and_then(Node::as_str) == Some(INCLUDE.resource_type) {
            let (logical_id, holder) = (INCLUDE.resource_type, transform);
            let search = Search { logical_id, row: &INCLUDE, loops: &[], holder, in_branch: true };
            self.descend(search, transform, &["Parameters", "Location"]);
        }
    }

    fn resources(&mut self) {
        let Some(resources) = self.root.get("Resources") else { return };
        if resources.is_mapping() {
            self.resources_of(resources, &[]);
        } else if resources.intrinsic().is_none() {
            let (what, place) = ("Resources".to_owned(), Box::new(resources.place()));
            self.discovery.errors.push(DiscoverError::Shape { what, expected: "a mapping", place });
        }
    }

    fn resources_of(&mut self, resources: Node<'t>, loops: &[Loop]) {
        for (key, value) in resources.entries() {
            let Some(logical_id) = key.as_str() else { continue };
            if let Some((of_loop, body)) = loops::read(logical_id, value, self.passed) {
                let inner: Vec<Loop> = loops.iter().cloned().chain([of_loop]).collect();
                self.resources_of(body, &inner);
            } else if logical_id.starts_with(loops::PREFIX) {
                let place = Box::new(value.place());
                let expected = "a list of a loop variable, a collection and a mapping";
                self.discovery.errors.push(DiscoverError::Shape { what: logical_id.to_owned(), expected, place });
            } else if !logical_id.starts_with("Fn::") {
                self.resource(&Resource { logical_id, node: value, loops });
            }
        }
    }

    fn resource(&mut self, resource: &Resource<'t, '_>) {
        let Some(resource_type) = resource.node.get("Type").and_then(Node::as_str) else { return };
        let rows = || RESOURCE_PROPERTIES.iter().filter(move |row| row.resource_type == resource_type);
        if rows().next().is_none() {
            return;
        }
        let asset = Asset::of(resource.node);
        let properties = resource.node.get("Properties").filter(|properties| !properties.is_null());
        if properties.is_some_and(holds_its_own_code) {
            return;
        }
        let package_type = properties.and_then(|properties| properties.get("PackageType"));
        if let Some(properties) = properties.filter(|_| package_type.and_then(Node::as_str) == Some("Image")) {
            return self.image(resource, properties);
        }
        self.inherits_global_code |= resource_type == GLOBAL_CODE.resource_type && properties.is_none_or(names_no_code);
        // What only the deployment knows to be an image may well have no code.
        let in_branch = package_type.is_some_and(|it| it.as_str().is_none());
        let Some(properties) = properties else { return };
        for row in rows() {
            let (logical_id, loops) = (resource.logical_id, resource.loops);
            let search = Search { logical_id, row, loops, holder: properties, in_branch };
            match asset.filter(|asset| asset.property == row.path) {
                Some(asset) if asset.is_open(properties) => self.asset(search, properties, asset),
                Some(_) | None => self.descend(search, properties, &row.path.split('.').collect::<Vec<_>>()),
            }
        }
    }

    /// Images are packaged by other means; a local one is not passed over in silence.
    fn image(&mut self, resource: &Resource<'t, '_>, properties: Node<'t>) {
        let nested = properties.get("Code").and_then(|code| code.get("ImageUri"));
        let Some(uri) = properties.get("ImageUri").or(nested) else { return };
        if uri.as_str().is_some_and(|uri| !uri.contains(".dkr.ecr.") && !uri.contains("{{resolve:")) {
            let logical_id = resource.logical_id.to_owned();
            let warning = Warning::new(
                format!("image of {logical_id}"),
                WarningKind::ImageLeftAlone { logical_id: logical_id.clone() },
            );
            self.discovery.warnings.push(warning.with_resource(logical_id).with_place(Some(uri.place())));
        }
    }

    /// A property of a template that the CDK made: the path stands in the metadata.
    fn asset(&mut self, search: Search<'_>, properties: Node<'t>, asset: Asset<'t>) {
        let (node, missing) = asset.value(properties);
        let slot = match missing.as_slice() {
            [] => Slot::Value(node.id()),
            keys => Slot::NewKeys(node.id(), keys.iter().map(|key| (*key).to_owned()).collect()),
        };
        self.text(search, slot, asset.path, asset.path.as_str().unwrap_or_default());
    }

    fn global_code(&mut self) {
        let Some(globals) = self.root.get("Globals").filter(|_| self.inherits_global_code) else { return };
        let search = Search { logical_id: GLOBALS, row: &GLOBAL_CODE, loops: &[], holder: globals, in_branch: true };
        self.descend(search, globals, &["Function", "CodeUri"]);
    }

    /// Follows the keys down from a node. What is below an intrinsic is CloudFormation's, but for the branches of
    /// `Fn::If` and for what a loop's rounds tell.
    fn descend(&mut self, search: Search<'_>, node: Node<'t>, keys: &[&str]) {
        if let Some(intrinsic) = node.intrinsic() {
            if intrinsic.name == "Fn::If" {
                let search = Search { in_branch: true, ..search };
                intrinsic.argument.items().skip(1).for_each(|branch| self.descend(search, branch, keys));
            } else if keys.is_empty() {
                self.computed(search, node);
            }
            return;
        }
        match keys {
            [] => self.value(search, node),
            ["**", rest @ ..] => self.descend_anywhere(search, node, rest),
            [key, rest @ ..] => match node.get(key) {
                Some(child) => self.descend(Search { holder: node, ..search }, child, rest),
                None if node.is_mapping() && !has_intrinsic(node) => {
                    let keys = keys.iter().map(|key| (*key).to_owned()).collect();
                    self.missing(search, Slot::NewKeys(node.id(), keys), node);
                }
                None => {}
            },
        }
    }

    fn descend_anywhere(&mut self, search: Search<'_>, node: Node<'t>, keys: &[&str]) {
        for (key, value) in node.entries() {
            if key.as_str() == keys.first().copied() {
                self.descend(search, value, &keys[1..]);
            } else if value.is_mapping() || value.intrinsic().is_some() {
                self.descend(search, value, &[&["**"], keys].concat());
            }
        }
    }

    fn value(&mut self, search: Search<'_>, node: Node<'t>) {
        match node.as_str() {
            _ if node.is_null() => self.missing(search, Slot::Value(node.id()), node),
            Some("") => self.missing(search, Slot::Value(node.id()), node),
            Some(text) => self.text(search, Slot::Value(node.id()), node, text),
            None if node.is_sequence() => {
                let (what, place) = (search.what(), Box::new(node.place()));
                self.discovery.errors.push(DiscoverError::Shape { what, expected: "a path", place });
            }
            None => {}
        }
    }

    fn missing(&mut self, search: Search<'_>, slot: Slot, near: Node<'t>) {
        if search.in_branch || search.row.missing == Missing::Skip {
            return;
        }
        if search.row.resource_type == GLOBAL_CODE.resource_type && self.has_global_code() {
            return;
        }
        let (logical_id, property) = (search.logical_id.to_owned(), search.row.path.to_owned());
        let name = format!("{logical_id}.{property}");
        let folder = self.folder.to_path_buf();
        let warning = Warning::new(name, WarningKind::TemplateFolderPackaged { logical_id, property, folder });
        self.discovery.warnings.push(warning.with_resource(search.logical_id).with_place(Some(near.place())));
        self.found(search, slot, near, Named::Path(self.folder.to_path_buf()));
    }

    fn has_global_code(&self) -> bool {
        let function = self.root.get("Globals").and_then(|globals| globals.get("Function"));
        function.and_then(|function| function.get("CodeUri")).is_some_and(|code| !code.is_null())
    }

    /// An intrinsic function in the place of a value: known in each round of the loops whose variables it uses, or
    /// CloudFormation's.
    fn computed(&mut self, search: Search<'_>, node: Node<'t>) {
        let loops = intrinsics::used(node, search.loops);
        if !loops.is_empty() {
            self.looped(search, Slot::Value(node.id()), node, &loops);
        }
    }

    fn text(&mut self, search: Search<'_>, slot: Slot, node: Node<'t>, text: &str) {
        let loops = intrinsics::used(node, search.loops);
        match reference::read(text, search.row.form, self.folder) {
            Reference::Local(_) if !loops.is_empty() => self.looped(search, slot, node, &loops),
            Reference::Final => {}
            Reference::Remote(location) => self.found(search, slot, node, Named::Object(location)),
            Reference::Local(path) => self.found(search, slot, node, Named::Path(path)),
            Reference::Unknown => {
                let (what, text, place) = (search.what(), text.to_owned(), Box::new(node.place()));
                self.discovery.errors.push(DiscoverError::Unknown { what, text, place });
            }
        }
    }

    fn looped(&mut self, search: Search<'_>, slot: Slot, value: Node<'t>, loops: &[&Loop]) {
        self.discovery.consulted.extend(loops.iter().filter_map(|it| Some(it.parameter.as_ref()?.0.clone())));
        let looped = Looped { what: search.what(), value, loops, form: search.row.form, folder: self.folder };
        match looped.read() {
            Ok(None) => {}
            Ok(Some(rounds)) => {
                loops.iter().for_each(|it| self.warn_if_frozen(it));
                let loops = loops.iter().map(|it| (*it).clone()).collect();
                self.found(search, slot, value, Named::PathPerRound { loops, rounds });
            }
            Err(error) => self.discovery.errors.push(error),
        }
    }

    /// Warns once of a loop whose values are those that a parameter has now.
    fn warn_if_frozen(&mut self, of_loop: &Loop) {
        let (Some((parameter, near)), Some(values)) = (&of_loop.parameter, &of_loop.values) else { return };
        if self.frozen.insert(*near) {
            let name = format!("{}{}", loops::PREFIX, of_loop.name);
            let (parameter, values) = (parameter.name.clone(), values.clone());
            let kind = WarningKind::LoopFrozen { name: name.clone(), parameter, values };
            let place = self.root.template().node(*near).place();
            self.discovery.warnings.push(Warning::new(name, kind).with_place(Some(place)));
        }
    }

    fn found(&mut self, search: Search<'_>, slot: Slot, near: Node<'t>, names: Named) {
        let passed = match search.row.content {
            Content::Template => Passed::read(search.holder, search.loops, self.passed),
            Content::Zip | Content::AsIs => Passed::default(),
        };
        self.discovery.found.push(Found {
            logical_id: search.logical_id.to_owned(),
            property: search.row.path.to_owned(),
            slot,
            row: search.row,
            names,
            near: near.id(),
            passed,
        });
    }
}

const GLOBALS: &str = "Globals";

/// Whether a function takes its code from `Globals`, as far as its own text tells.
fn names_no_code(properties: Node<'_>) -> bool {
    properties.get("CodeUri").is_none_or(|code| code.is_null() || code.as_str() == Some(""))
}

fn holds_its_own_code(properties: Node<'_>) -> bool {
    properties.get("InlineCode").is_some_and(|code| !code.is_null())
}
