//! Checks parameter values against the template, and finds the secret ones.

use crate::deploy::NewChangeSet;
use crate::facts::{Failure, Secret};
use crate::template_configuration::TemplateParameters;

/// The values of `NoEcho` parameters; all values if it is not known which parameters those are.
pub fn secrets(new: &NewChangeSet, declared: Option<&TemplateParameters>) -> Vec<Secret> {
    let is_secret = |name: &str| declared.is_none_or(|it| it.get(name).is_some_and(|parameter| parameter.is_secret()));
    new.parameters.iter().filter(|(name, _)| is_secret(name)).map(|(_, value)| value.clone()).collect()
}

/// Refuses the values that CloudFormation would refuse, as far as that is known here, at the places of their parameters.
pub fn check(new: &NewChangeSet, declared: &TemplateParameters) -> Result<(), Failure> {
    let place = |name: &str| new.template.declared.iter().find(|it| it.name == name)?.place.clone();
    let refused = new.parameters.iter().filter_map(|(name, value)| {
        let failure = declared.refuse(name, value.expose())?;
        Some(place(name).into_iter().fold(failure, Failure::at))
    });
    Failure::all(refused.collect()).map_or(Ok(()), Err)
}
