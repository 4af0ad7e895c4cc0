//! A list without repetitions.

use crate::facts::Place;
use std::collections::HashMap;

/// What equal values have in common: a text, and where it stands.
pub type Key = (String, Option<(usize, usize)>);

/// The key of a text at a place.
pub fn key(text: String, place: Option<&Place>) -> Key {
    (text, place.map(|place| (place.line, place.column)))
}

/// Values in the order of their insertion, each once. Only values with the same key are compared.
#[derive(Debug)]
pub struct Distinct<T> {
    values: Vec<T>,
    by_key: HashMap<Key, Vec<usize>>,
}

impl<T> Default for Distinct<T> {
    fn default() -> Self {
        Self { values: Vec::new(), by_key: HashMap::new() }
    }
}

impl<T: PartialEq> Distinct<T> {
    /// Adds a value unless it is there. Returns whether it was added.
    pub fn insert(&mut self, key: Key, value: T) -> bool {
        let equal_keys = self.by_key.entry(key).or_default();
        if equal_keys.iter().any(|index| self.values[*index] == value) {
            return false;
        }
        equal_keys.push(self.values.len());
        self.values.push(value);
        true
    }

    pub fn into_values(self) -> Vec<T> {
        self.values
    }
}

#[cfg(test)]
mod tests {
    use super::Distinct;

    #[test]
    fn a_value_is_kept_once_and_in_order() {
        let mut distinct = Distinct::default();
        let added = [("a", 2), ("b", 1), ("a", 2), ("a", 1), ("b", 2)]
            .map(|(key, value)| distinct.insert(super::key(key.to_owned(), None), value));
        assert_eq!(added, [true, true, false, true, true]);
        assert_eq!(distinct.into_values(), [2, 1, 1, 2]);
    }
}
