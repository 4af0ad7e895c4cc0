//! The keys of one mapping: which of them are merge keys, and which are repeated by a later entry.

use super::tree::{Kind, NodeId, Overridden, Tree};
use std::collections::HashMap;

/// Notes merge keys, and keys whose entries do not count because the mapping has them again.
pub fn note_keys(tree: &mut Tree, text: &str, mapping: NodeId) {
    let Kind::Mapping { entries, .. } = &tree.record(mapping).kind else { return };
    let mut later = Keys::new(entries.len());
    let mut overridden = Vec::new();
    let mut has_merge = false;
    for (key, _) in entries.iter().rev() {
        if tree.is_merge_key(text, *key) {
            has_merge = true;
        } else if let Some(name) = tree.record(tree.target(*key)).text(text) {
            let counting = later.find_or_add(name, *key);
            overridden.extend(counting.map(|counting| Overridden { mapping, key: *key, counting }));
        }
    }
    tree.overridden.extend(overridden.into_iter().rev());
    tree.merges.extend(has_merge.then_some(mapping));
}

/// Keys by their text; hashed only where there are many.
enum Keys<'t> {
    Few(Vec<(&'t str, NodeId)>),
    Many(HashMap<&'t str, NodeId>),
}

impl<'t> Keys<'t> {
    const FEW: usize = 12;

    fn new(count: usize) -> Self {
        match count {
            0..=Self::FEW => Self::Few(Vec::with_capacity(count)),
            _ => Self::Many(HashMap::with_capacity(count)),
        }
    }

    /// The key that has this text already; otherwise adds this one.
    fn find_or_add(&mut self, name: &'t str, key: NodeId) -> Option<NodeId> {
        let found = match self {
            Self::Few(keys) => keys.iter().find(|(other, _)| *other == name).map(|(_, key)| *key),
            Self::Many(keys) => keys.get(name).copied(),
        };
        match self {
            _ if found.is_some() => {}
            Self::Few(keys) => keys.push((name, key)),
            Self::Many(keys) => drop(keys.insert(name, key)),
        }
        found
    }
}
