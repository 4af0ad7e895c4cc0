//! What several sources say about parameters or tags, merged for each name.

use super::syntax::Override;
use crate::facts::Warning;
use std::collections::BTreeMap;

/// What is said about each name.
#[derive(Debug, Default)]
pub struct Merged {
    pub values: BTreeMap<String, Override>,
    /// About names that one source gives different values.
    pub warnings: Vec<Warning>,
}

impl Merged {
    pub fn of_texts(texts: &BTreeMap<String, String>) -> Self {
        let values = texts.iter().map(|(name, text)| (name.clone(), Override::Value(text.clone())));
        Self { values: values.collect(), warnings: Vec::new() }
    }

    /// Adds what is said later, which counts.
    pub fn extend(&mut self, later: Self) {
        self.values.extend(later.values);
        self.warnings.extend(later.warnings);
    }

    /// The names that have values of their own.
    pub fn into_texts(self) -> BTreeMap<String, String> {
        let text = |(name, value)| match value {
            Override::Value(text) => Some((name, text)),
            Override::Previous => None,
        };
        self.values.into_iter().filter_map(text).collect()
    }
}
