//! The template configuration: parameters, tags and stack policy of a stack, in a file beside its template.
//!
//! The CloudFormation action of CodePipeline reads it from an artifact, as a JSON object (CloudFormation user guide,
//! "CloudFormation artifacts"). The user writes it, or it is made from the settings of `sam deploy` in a samconfig:
//!
//! ```text
//! file ─parse───────▶ TemplateConfiguration ─check─▶ problems, warnings
//! samconfig ─from_deploy──▲                 └to_json─▶ file
//! ```

mod check;
mod configuration;
mod definition;
mod from_deploy;
mod merged;
mod parameters;
mod parse;
mod pattern;
mod problem;
mod syntax;
#[cfg(test)]
mod tests;

pub use configuration::{PARAMETER_OVERRIDES, TAGS, TemplateConfiguration, is_configuration};
pub use definition::ParameterDefinition;
pub use from_deploy::{DeployValue, DeployValues, Spelling, overrides, repeated_names, tags};
pub use merged::Merged;
pub use parameters::TemplateParameters;
pub use syntax::{Override, PairProblem, overrides as override_words, tags as tag_words};
