//! What the search through one template knows and has found so far.

use super::asset::Asset;
use super::for_each::LoopReader;
use super::found::{ByRound, Discovery, Found, Referent, Slot, Stored};
use super::intrinsics::{leading_text, used_loops};
use super::looped::{Budget, Looped};
use super::loops::{Loop, PREFIX};
use super::passed::{Parent, Passed};
use super::problem;
use super::properties::{Content, Property};
use super::reference::{self, Reference};
use super::sections::Sections;
use crate::facts::{Failure, S3Location, Warning, WarningKind};
use crate::template::{Node, NodeId};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// The search through one template.
pub struct Finder<'t> {
    pub root: Node<'t>,
    /// What paths are relative to.
    pub folder: &'t Path,
    pub loop_reader: LoopReader<'t>,
    /// Whether a function has its code from `Globals`.
    pub inherits_global_code: bool,
    sections: &'t Sections<'t>,
    /// What a parent passes to the parameters of the template.
    passed: &'t Passed,
    /// Where the loops are that have a warning already.
    frozen: BTreeSet<NodeId>,
    budget: Budget,
    discovery: Discovery,
}

/// The property that is searched for.
#[derive(Clone, Copy)]
pub struct Search<'a> {
    pub logical_id: &'a str,
    pub row: &'static Property,
    pub loops: &'a [Arc<Loop>],
    /// The innermost mapping on the way to the property.
    pub holder: Node<'a>,
    /// Inside a branch of `Fn::If` a property may be missing on purpose.
    pub in_branch: bool,
    /// The asset of the CDK that the property stands for.
    pub asset: Option<Asset<'a>>,
}

impl Search<'_> {
    /// The property as messages name it.
    pub fn subject(&self) -> String {
        format!("{}.{}", self.logical_id, self.row.path)
    }
}

impl<'t> Finder<'t> {
    pub fn new(root: Node<'t>, folder: &'t Path, sections: &'t Sections<'t>, passed: &'t Passed) -> Self {
        Self {
            root,
            folder,
            loop_reader: LoopReader::new(sections, passed),
            inherits_global_code: false,
            sections,
            passed,
            frozen: BTreeSet::new(),
            budget: Budget::default(),
            discovery: Discovery::default(),
        }
    }

    /// All that was found, in the order of the text.
    pub fn finish(mut self) -> Discovery {
        self.discovery.found.sort_by_key(|found| found.slot.node());
        self.discovery
    }

    pub fn fail(&mut self, failure: Failure) {
        self.discovery.failures.push(failure);
    }

    pub fn warn(&mut self, warning: Warning) {
        self.discovery.warnings.push(warning);
    }

    /// Packages the folder of the template, as the peers do.
    pub fn template_folder(&mut self, search: Search<'_>, slot: Slot, near: Node<'_>) {
        let (logical_id, property) = (search.logical_id.to_owned(), search.row.path.to_owned());
        let kind = WarningKind::TemplateFolderPackaged { logical_id, property, folder: self.folder.to_path_buf() };
        let warning = Warning::new(search.subject(), kind).with_resource(search.logical_id);
        self.warn(warning.with_place(Some(near.place())));
        let referent = Referent::Path { path: self.folder.to_path_buf(), text: ".".to_owned() };
        self.found(search, slot, near, ByRound::Fixed(referent));
    }

    /// An intrinsic function in place of a value: known in each round of the loops whose variables it uses. Else a path
    /// that it makes is left behind, with a warning.
    pub fn computed(&mut self, search: Search<'_>, node: Node<'_>) {
        let loops = used_loops(node, search.loops);
        let is_known = !loops.is_empty() && self.looped(search, Slot::Value(node.id()), node, loops);
        let text = leading_text(node).filter(|text| text.starts_with("./") || text.starts_with("../"));
        let Some(text) = text.filter(|_| !is_known) else { return };
        let (logical_id, property) = (search.logical_id.to_owned(), search.row.path.to_owned());
        let kind = WarningKind::LocalPathLeft { logical_id, property, text };
        let warning = Warning::new(search.subject(), kind).with_resource(search.logical_id);
        self.warn(warning.with_place(Some(node.place())));
    }

    /// The text of a property, which stands at `node`.
    pub fn text(&mut self, search: Search<'_>, slot: Slot, node: Node<'_>, text: &str) {
        match reference::read(text, search.row.form, self.folder) {
            Reference::Final => self.stored(search, node, S3Location::from_uri(text)),
            Reference::Remote(location) => {
                self.stored(search, node, Some(location.clone()));
                self.found(search, slot, node, ByRound::Fixed(Referent::Object(location)));
            }
            Reference::Local(path) => match used_loops(node, search.loops) {
                loops if loops.is_empty() => {
                    let referent = Referent::Path { path, text: text.to_owned() };
                    self.found(search, slot, node, ByRound::Fixed(referent));
                }
                loops => {
                    self.looped(search, slot, node, loops);
                }
            },
            Reference::Unknown => self.fail(problem::no_location(&search.subject(), text, node)),
        }
    }

    /// An object that a property names; nothing if it is not known.
    pub fn stored(&mut self, search: Search<'_>, node: Node<'_>, location: Option<S3Location>) {
        let stored = |location| Stored { property: search.subject(), location, node: node.id() };
        self.discovery.objects.extend(location.map(stored));
    }

    /// Returns whether the rounds are known, or were refused.
    fn looped(&mut self, search: Search<'_>, slot: Slot, value: Node<'_>, loops: Vec<Arc<Loop>>) -> bool {
        let parameters = loops.iter().filter_map(|it| Some(Arc::clone(&it.parameter.as_ref()?.0)));
        self.discovery.consulted.extend(parameters);
        let (subject, form) = (search.subject(), search.row.form);
        let (folder, sections) = (self.folder, self.sections);
        match (Looped { subject, value, loops: &loops, form, folder, sections }).read(&mut self.budget) {
            Ok(None) => return false,
            Ok(Some(rounds)) => {
                loops.iter().for_each(|it| self.warn_if_frozen(it));
                self.found(search, slot, value, ByRound::PerRound { loops, rounds });
            }
            Err(failure) => self.fail(failure),
        }
        true
    }

    /// Warns once of a loop whose values are those that a parameter has now.
    fn warn_if_frozen(&mut self, of_loop: &Loop) {
        let (Some((parameter, near)), Some(values)) = (&of_loop.parameter, &of_loop.values) else { return };
        if self.frozen.insert(*near) {
            let name = format!("{PREFIX}{}", of_loop.name);
            let (parameter, values) = (parameter.name.clone(), values.to_vec());
            let kind = WarningKind::LoopFrozen { name: name.clone(), parameter, values };
            let place = self.root.template().node(*near).place();
            self.warn(Warning::new(name, kind).with_place(Some(place)));
        }
    }

    fn found(&mut self, search: Search<'_>, slot: Slot, near: Node<'_>, refers_to: ByRound<Referent>) {
        let parent = Parent { sections: self.sections, loops: search.loops, passed: self.passed };
        let passed = match search.row.content {
            Content::Template => Passed::read(search.holder, parent),
            Content::Zip | Content::AsIs => Passed::default(),
        };
        let (logical_id, row, near) = (search.logical_id.to_owned(), search.row, near.id());
        self.discovery.found.push(Found { logical_id, row, slot, refers_to, near, passed });
    }
}
