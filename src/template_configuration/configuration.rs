//! Parameters, tags and stack policy of a stack, each with its place, and the file that holds them.

use crate::facts::Place;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// The key of a samconfig with the values of parameters, some of which may be secrets.
pub const PARAMETER_OVERRIDES: &str = "parameter_overrides";
/// The key of a samconfig with the tags of the stack.
pub const TAGS: &str = "tags";

/// What a stack gets beside its template.
#[derive(Clone, Default, PartialEq)]
pub struct TemplateConfiguration {
    /// By name.
    pub parameters: BTreeMap<String, String>,
    pub tags: BTreeMap<String, String>,
    /// An object.
    pub stack_policy: Option<Value>,
    /// Where each of them is written, if known.
    pub(super) places: Places,
}

/// Where things are written. No place shows the value of a parameter.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Places {
    pub parameters: BTreeMap<String, Place>,
    pub tags: BTreeMap<String, Place>,
    pub stack_policy: Option<Place>,
    /// The files of those from a samconfig, which may have no place.
    pub parameter_files: BTreeMap<String, PathBuf>,
    pub tag_files: BTreeMap<String, PathBuf>,
}

impl Places {
    /// Ends a message about a parameter without a place: the key and the file that it comes from.
    pub fn origin_of_parameter(&self, name: &str) -> String {
        let file = self.parameter_files.get(name).filter(|_| !self.parameters.contains_key(name));
        origin(PARAMETER_OVERRIDES, file)
    }

    pub fn origin_of_tag(&self, key: &str) -> String {
        origin(TAGS, self.tag_files.get(key).filter(|_| !self.tags.contains_key(key)))
    }
}

fn origin(key: &str, file: Option<&PathBuf>) -> String {
    file.map_or_else(String::new, |file| format!(" ({key} of {})", file.display()))
}

impl TemplateConfiguration {
    /// Whether it has neither parameters nor tags nor a stack policy.
    pub fn is_empty(&self) -> bool {
        self.parameters.is_empty() && self.tags.is_empty() && self.stack_policy.is_none()
    }

    /// The file: JSON with a final line break, without empty parts.
    pub fn to_json(&self) -> String {
        let object = |texts: &BTreeMap<String, String>| {
            let entries = texts.iter().map(|(key, text)| (key.clone(), Value::from(text.as_str())));
            (!texts.is_empty()).then(|| Value::Object(entries.collect()))
        };
        let parts = [
            ("Parameters", object(&self.parameters)),
            ("Tags", object(&self.tags)),
            ("StackPolicy", self.stack_policy.clone()),
        ];
        let parts = parts.into_iter().filter_map(|(name, part)| Some((name.to_owned(), part?)));
        let file = Value::Object(parts.collect::<Map<_, _>>());
        format!("{file:#}\n")
    }
}

/// Whether a text is the file of a template configuration, and nothing else.
pub fn is_configuration(text: &str) -> bool {
    let parts: Result<Map<String, Value>, _> = serde_json::from_str(text);
    parts.is_ok_and(|parts| {
        !parts.is_empty() && parts.keys().all(|name| matches!(name.as_str(), "Parameters" | "Tags" | "StackPolicy"))
    })
}

/// Shows names only: a value may be a secret.
impl fmt::Debug for TemplateConfiguration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TemplateConfiguration")
            .field("parameters", &self.parameters.keys())
            .field("tags", &self.tags)
            .field("stack_policy", &self.stack_policy)
            .finish_non_exhaustive()
    }
}
