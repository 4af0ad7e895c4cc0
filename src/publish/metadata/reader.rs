//! Reads the section key by key and collects all that is wrong.

use super::keys::{LABELS, MAX_LABEL_CHARACTERS, MAX_LABELS, SEMANTIC_VERSION, SPDX_LICENSE_ID, TextKey, is_label};
use super::{license, problem};
use crate::facts::{Failure, S3Location};
use crate::publish::semantic_version::SemanticVersion;
use crate::template::Node;

pub struct Reader<'t> {
    pub section: Node<'t>,
    pub wrong: Vec<Failure>,
}

impl<'t> Reader<'t> {
    /// The value of a key, unless it is empty.
    fn value(&self, key: &str) -> Option<Node<'t>> {
        self.section.get(key).filter(|value| !value.is_null() && value.as_str() != Some(""))
    }

    /// The text of a key. An intrinsic function is refused, because nothing evaluates it before publishing.
    pub fn text(&mut self, key: &'static str) -> Option<(&'t str, Node<'t>)> {
        let value = self.value(key)?;
        match value.as_str() {
            Some(text) => Some((text, value)),
            None => {
                self.wrong.push(problem::no_text(key, value));
                None
            }
        }
    }

    pub fn required(&mut self, key: &TextKey) -> String {
        match self.value(key.name) {
            Some(_) => self.optional(key).unwrap_or_default(),
            None => {
                self.wrong.push(problem::missing(key.name, self.section));
                String::new()
            }
        }
    }

    pub fn optional(&mut self, key: &TextKey) -> Option<String> {
        let (text, node) = self.text(key.name)?;
        let characters = text.chars().count();
        if characters > key.max_characters {
            self.wrong.push(problem::too_long(key.name, characters, key.max_characters, node));
        } else if !(key.is_good)(text) {
            self.wrong.push(problem::wrong_shape(key.name, text, key.shape, node));
        }
        Some(text.to_owned())
    }

    pub fn version(&mut self) -> Option<SemanticVersion> {
        let (text, node) = self.text(SEMANTIC_VERSION)?;
        text.parse().map_err(|hint: String| self.wrong.push(problem::no_version(text, hint, node))).ok()
    }

    pub fn spdx_license_id(&mut self) -> Option<String> {
        let (text, node) = self.text(SPDX_LICENSE_ID)?;
        if !license::is_known(text) {
            self.wrong.push(problem::no_license(text, license::nearest_id(text), node));
        }
        Some(text.to_owned())
    }

    pub fn labels(&mut self) -> Option<Vec<String>> {
        let value = self.value(LABELS)?;
        if !value.is_sequence() {
            self.wrong.push(problem::no_list(LABELS, value));
            return None;
        }
        let labels: Vec<_> = value.items().collect();
        if labels.len() > MAX_LABELS {
            self.wrong.push(problem::too_many_labels(labels.len(), MAX_LABELS, value));
        }
        Some(labels.into_iter().filter_map(|label| self.label(label)).collect())
    }

    fn label(&mut self, node: Node<'_>) -> Option<String> {
        let Some(text) = node.as_str() else {
            self.wrong.push(problem::no_text("a label", node));
            return None;
        };
        let characters = text.chars().count();
        if characters > MAX_LABEL_CHARACTERS {
            self.wrong.push(problem::too_long("a label", characters, MAX_LABEL_CHARACTERS, node));
        } else if !is_label(text) {
            self.wrong.push(problem::wrong_shape("a label", text, "letters, digits and +-_:/@ without blanks", node));
        }
        Some(text.to_owned())
    }

    /// An object in S3.
    pub fn object(&mut self, key: &'static str) -> Option<S3Location> {
        let (text, node) = self.text(key)?;
        let location = S3Location::from_uri(text).filter(|location| !location.key.is_empty());
        if location.is_none() {
            self.wrong.push(problem::no_object(key, text, node));
        }
        location
    }
}
