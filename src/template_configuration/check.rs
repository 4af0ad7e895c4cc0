//! A template configuration against its template and the limits of CloudFormation: all that is wrong, at once.

use super::parameters::is_elsewhere;
use super::{TemplateConfiguration, TemplateConfigurationError, TemplateParameters};
use crate::facts::{Explain, Warning, WarningKind};

/// Most characters of a tag's key (CloudFormation API 2010-05-15, `TagKey`).
const TAG_KEY: usize = 128;
/// Most characters of a tag's value; one must be there (same API, `TagValue`).
const TAG_VALUE: usize = 256;
/// Most bytes of a stack policy (same API, `StackPolicyBody`).
const STACK_POLICY: usize = 16_384;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// What CloudFormation would refuse, in the order of the file.
    pub problems: Vec<TemplateConfigurationError>,
    /// What it would take, and is likely not meant.
    pub warnings: Vec<Warning>,
}

impl TemplateConfiguration {
    /// Checks it against the parameters of the template that it goes with.
    pub fn check(&self, parameters: &TemplateParameters) -> Checked {
        let named = self.parameters.iter().filter_map(|(name, value)| self.parameter(name, value, parameters));
        let tags = self.tags.iter().filter_map(|(key, value)| self.tag(key, value));
        let secrets = self.parameters.iter().filter(|(name, value)| is_clear_secret(name, value, parameters));
        let warning = |name: &String| {
            let kind = WarningKind::SecretInClearText { parameter: name.clone() };
            Warning::new(format!("value of {name}"), kind).with_place(self.places.parameters.get(name).cloned())
        };
        let mut problems: Vec<_> = named.chain(tags).chain(self.large_policy()).collect();
        problems.sort_by_key(|problem| problem.place().map(|place| (place.line, place.column)));
        Checked { problems, warnings: secrets.map(|(name, _)| warning(name)).collect() }
    }

    fn parameter(
        &self,
        name: &str,
        value: &str,
        parameters: &TemplateParameters,
    ) -> Option<TemplateConfigurationError> {
        let (name, place) = (name.to_owned(), self.places.parameters.get(name).cloned());
        let origin = self.places.origin_of_parameter(&name);
        if parameters.is_unknown(&name) {
            let nearest = parameters.nearest(&name);
            return Some(TemplateConfigurationError::Undeclared { name, nearest, origin, place });
        }
        let fault = parameters.get(&name)?.fault(value)?;
        Some(TemplateConfigurationError::Value { name, fault, origin, place })
    }

    fn tag(&self, key: &str, value: &str) -> Option<TemplateConfigurationError> {
        let reserved = key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:"));
        let problem = match (key.chars().count(), value.chars().count()) {
            (0, _) => "has no key",
            (length, _) if length > TAG_KEY => "has a key of more than 128 characters",
            _ if reserved => "has a key that begins with aws:, which is reserved",
            (_, 0) => "has an empty value; CloudFormation wants a character at least",
            (_, length) if length > TAG_VALUE => "has a value of more than 256 characters",
            _ => return None,
        };
        let place = self.places.tags.get(key).cloned();
        let origin = self.places.origin_of_tag(key);
        Some(TemplateConfigurationError::Tag { key: key.to_owned(), problem, origin, place })
    }

    fn large_policy(&self) -> Option<TemplateConfigurationError> {
        let bytes = self.stack_policy.as_ref()?.to_string().len();
        let place = self.places.stack_policy.clone();
        let error = TemplateConfigurationError::StackPolicy { bytes, limit: STACK_POLICY, place };
        (bytes > STACK_POLICY).then_some(error)
    }
}

/// Whether a value is a secret that everybody can read who can read the file.
pub fn is_clear_secret(name: &str, value: &str, parameters: &TemplateParameters) -> bool {
    let is_secret = parameters.get(name).is_some_and(|parameter| parameter.is_secret());
    is_secret && !value.is_empty() && !is_elsewhere(value)
}
