//! From a mapping down to the property that the table names, through the branches of `Fn::If`.

use super::finder::{Finder, Search};
use super::found::Slot;
use super::intrinsics::has_intrinsic;
use super::problem;
use super::properties::{GLOBAL_CODE, Missing};
use crate::template::Node;

impl<'t> Finder<'t> {
    /// Follows the keys down from a node. What is below an intrinsic belongs to CloudFormation, except the branches of
    /// `Fn::If` and what the rounds of a loop decide.
    ///
    /// Returns whether the end of the keys was reached, in one branch at least.
    pub fn descend(&mut self, search: Search<'_>, node: Node<'t>, keys: &[&str]) -> bool {
        if let Some(intrinsic) = node.intrinsic().filter(|intrinsic| intrinsic.name == "Fn::If") {
            return self.branches(Search { in_branch: true, ..search }, intrinsic.argument, keys);
        }
        match keys {
            [] => self.value(search, node),
            _ if node.intrinsic().is_some() => return false,
            ["**", rest @ ..] => self.descend_anywhere(search, node, rest),
            [key, rest @ ..] => match node.get(key) {
                Some(child) => return self.descend(Search { holder: node, ..search }, child, rest),
                None if node.is_mapping() && !has_intrinsic(node) => {
                    let keys = keys.iter().map(|key| (*key).to_owned()).collect();
                    return self.missing(search, Slot::NewKeys(node.id(), keys), node);
                }
                None => return false,
            },
        }
        true
    }

    fn branches(&mut self, search: Search<'_>, argument: Node<'t>, keys: &[&str]) -> bool {
        argument.items().skip(1).fold(false, |reached, branch| self.descend(search, branch, keys) | reached)
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
        let slot = Slot::Value(node.id());
        if let Some(asset) = search.asset.filter(|asset| asset.is_at(node, search.row.form)) {
            return self.text(search, slot, asset.path, asset.path.as_str().unwrap_or_default());
        }
        match node.as_str() {
            _ if node.intrinsic().is_some() => self.computed(search, node),
            Some(text) if !text.is_empty() => self.text(search, slot, node, text),
            None if node.is_sequence() => self.fail(problem::wrong_shape(&search.subject(), "a path", node)),
            None if !node.is_null() => self.stored(search, node, search.row.form.read_mapping(node)),
            Some(_) | None => {
                self.missing(search, slot, node);
            }
        }
    }

    /// A property without a value. Returns whether it may be missing there.
    fn missing(&mut self, search: Search<'_>, slot: Slot, near: Node<'t>) -> bool {
        if let Some(asset) = search.asset {
            if !search.in_branch {
                self.text(search, slot, asset.path, asset.path.as_str().unwrap_or_default());
            }
            return !search.in_branch;
        }
        let is_global = search.row.resource_type == GLOBAL_CODE.resource_type && self.has_global_code();
        if !search.in_branch && search.row.missing == Missing::TemplateFolder && !is_global {
            self.template_folder(search, slot, near);
        }
        true
    }

    fn has_global_code(&self) -> bool {
        let function = self.root.get("Globals").and_then(|globals| globals.get("Function"));
        function.and_then(|function| function.get("CodeUri")).is_some_and(|code| !code.is_null())
    }
}
