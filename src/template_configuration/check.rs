//! A template configuration against its template and the limits of CloudFormation: all problems at once.

use super::configuration::TemplateConfiguration;
use super::parameters::{TemplateParameters, is_elsewhere};
use super::problem;
use crate::facts::{Failure, Warning, WarningKind};

/// Most characters of a tag's key (CloudFormation API 2010-05-15, `TagKey`).
const TAG_KEY_CHARACTERS: usize = 128;
/// Most characters of a tag's value, which may not be empty (same API, `TagValue`).
const TAG_VALUE_CHARACTERS: usize = 256;
/// Most bytes of a stack policy (same API, `StackPolicyBody`).
const STACK_POLICY_BYTES: usize = 16_384;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// What CloudFormation would refuse, in the order of the file.
    pub problems: Vec<Failure>,
    /// What it would accept, and is probably not intended.
    pub warnings: Vec<Warning>,
}

impl TemplateConfiguration {
    /// Checks it against the parameters of its template.
    pub fn check(&self, parameters: &TemplateParameters) -> Checked {
        let named = self.parameters.iter().filter_map(|(name, value)| self.parameter(name, value, parameters));
        let tags = self.tags.iter().filter_map(|(key, value)| self.tag(key, value));
        let secrets = self.parameters.iter().filter(|(name, value)| is_clear_secret(name, value, parameters));
        let warning = |name: &String| {
            let kind = WarningKind::SecretInClearText { parameter: name.clone() };
            Warning::new(format!("value of {name}"), kind).with_place(self.places.parameters.get(name).cloned())
        };
        let mut problems: Vec<_> = named.chain(tags).chain(self.large_policy()).collect();
        problems.sort_by_key(position);
        Checked { problems, warnings: secrets.map(|(name, _)| warning(name)).collect() }
    }

    fn parameter(&self, name: &str, value: &str, parameters: &TemplateParameters) -> Option<Failure> {
        let place = self.places.parameters.get(name).cloned();
        let origin = self.places.origin_of_parameter(name);
        if parameters.is_unknown(name) {
            return Some(problem::undeclared(name, parameters.nearest(name), &origin, place));
        }
        let fault = parameters.get(name)?.fault(value)?;
        Some(problem::value(name, fault, &origin, place))
    }

    fn tag(&self, key: &str, value: &str) -> Option<Failure> {
        let reserved = key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:"));
        let problem = match (key.chars().count(), value.chars().count()) {
            (0, _) => "has no key",
            (length, _) if length > TAG_KEY_CHARACTERS => "has a key of more than 128 characters",
            _ if reserved => "has a key that begins with aws:, which is reserved",
            (_, 0) => "has an empty value; CloudFormation requires at least one character",
            (_, length) if length > TAG_VALUE_CHARACTERS => "has a value of more than 256 characters",
            _ => return None,
        };
        let place = self.places.tags.get(key).cloned();
        Some(problem::tag(key, problem, &self.places.origin_of_tag(key), place))
    }

    fn large_policy(&self) -> Option<Failure> {
        let bytes = self.stack_policy.as_ref()?.to_string().len();
        let place = self.places.stack_policy.clone();
        (bytes > STACK_POLICY_BYTES).then(|| problem::stack_policy(bytes, STACK_POLICY_BYTES, place))
    }
}

fn position(failure: &Failure) -> Option<(usize, usize)> {
    let place = failure.problems.first()?.place.as_ref()?;
    Some((place.line, place.column))
}

/// Whether a value is a secret that is readable in the file.
pub fn is_clear_secret(name: &str, value: &str, parameters: &TemplateParameters) -> bool {
    let is_secret = parameters.get(name).is_some_and(|parameter| parameter.is_secret());
    is_secret && !value.is_empty() && !is_elsewhere(value)
}
