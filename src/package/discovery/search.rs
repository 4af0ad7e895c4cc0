//! From a mapping down to the property that the table names, through the branches of `Fn::If`.

use super::finder::{Finder, Search};
use super::found::Slot;
use super::passed::has_intrinsic;
use super::problem;
use super::properties::{GLOBAL_CODE, Missing};
use crate::template::Node;

impl<'t> Finder<'t> {
    /// Follows the keys down from a node. What is below an intrinsic belongs to CloudFormation, except the branches of
    /// `Fn::If` and what the rounds of a loop decide.
    pub fn descend(&mut self, search: Search<'_>, node: Node<'t>, keys: &[&str]) {
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
            None if node.is_sequence() => self.fail(problem::wrong_shape(&search.subject(), "a path", node)),
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
        self.template_folder(search, slot, near);
    }

    fn has_global_code(&self) -> bool {
        let function = self.root.get("Globals").and_then(|globals| globals.get("Function"));
        function.and_then(|function| function.get("CodeUri")).is_some_and(|code| !code.is_null())
    }
}
