//! The template configuration: the parameters, tags and stack policy that a stack is given beside its template.
//!
//! The CloudFormation action of CodePipeline takes it from an artifact, as a JSON object (CloudFormation user guide,
//! "CloudFormation artifacts"). It is the user's, or made of what a samconfig says of `sam deploy`:
//!
//! ```text
//! file ─parse───────▶ TemplateConfiguration ─check─▶ problems, warnings
//! samconfig ─from_deploy──▲                 └to_json─▶ file
//! ```

mod check;
mod error;
mod from_deploy;
mod parameters;
mod parse;
mod syntax;

pub use error::TemplateConfigurationError;
use error::{Origin, ValueFault};
pub use from_deploy::{DeployValue, DeployValues, PARAMETER_OVERRIDES, Spelling, TAGS};
pub use parameters::TemplateParameters;

use crate::facts::Place;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// What a stack is given beside its template.
#[derive(Clone, Default, PartialEq)]
pub struct TemplateConfiguration {
    /// Values for parameters, by name.
    pub parameters: BTreeMap<String, String>,
    /// The tags of the stack.
    pub tags: BTreeMap<String, String>,
    /// The stack policy, an object.
    pub stack_policy: Option<Value>,
    /// Where each of them is written, when that is known.
    places: Places,
}

/// Where things are written. No place shows the value of a parameter.
#[derive(Debug, Clone, Default, PartialEq)]
struct Places {
    parameters: BTreeMap<String, Place>,
    tags: BTreeMap<String, Place>,
    stack_policy: Option<Place>,
    /// The files of those that come of a samconfig, which may have no place.
    parameter_files: BTreeMap<String, PathBuf>,
    tag_files: BTreeMap<String, PathBuf>,
}

impl Places {
    fn origin_of_parameter(&self, name: &str) -> Origin {
        let file = self.parameter_files.get(name).filter(|_| !self.parameters.contains_key(name));
        Origin(file.map(|file| (PARAMETER_OVERRIDES, file.clone())))
    }

    fn origin_of_tag(&self, key: &str) -> Origin {
        let file = self.tag_files.get(key).filter(|_| !self.tags.contains_key(key));
        Origin(file.map(|file| (TAGS, file.clone())))
    }
}

impl TemplateConfiguration {
    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.parameters.is_empty() && self.tags.is_empty() && self.stack_policy.is_none()
    }

    /// The file: JSON with a final line break, without the parts of which there is nothing to say.
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

/// A value may be a secret: names alone.
impl fmt::Debug for TemplateConfiguration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TemplateConfiguration")
            .field("parameters", &self.parameters.keys())
            .field("tags", &self.tags)
            .field("stack_policy", &self.stack_policy)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
