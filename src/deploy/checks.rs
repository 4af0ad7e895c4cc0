//! Everything that can be wrong with a request without asking CloudFormation, and the parameters that are sent.

use super::options::{DeployOptions, NewChangeSet, UnknownParameters, UnsetParameters, Work};
use super::stacks::{ParameterValue, Stack};
use crate::facts::{DeployWarning, Failure, FailureKind, Place, Secret};
use crate::text::nearest;

/// Limits of CloudFormation (user guide, "Understand CloudFormation quotas", and the API reference).
const NAME_CHARACTERS: usize = 128;
const PARAMETERS: usize = 200;
const PARAMETER_BYTES: usize = 4096;
const TAGS: usize = 50;
const TAG_KEY_CHARACTERS: usize = 128;
const TAG_VALUE_CHARACTERS: usize = 256;
const TOPICS: usize = 5;
const TRIGGERS: usize = 5;
const MONITORING_MINUTES: u16 = 180;
const CAPABILITIES: [&str; 3] = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"];

/// Checks a request before the first call. All that is wrong is in the failure; the rest are warnings.
pub fn check(options: &DeployOptions) -> Result<Vec<(String, DeployWarning)>, Failure> {
    let mut wrong = Vec::new();
    check_stack(&options.stack, &mut wrong);
    let mut warnings = Vec::new();
    if let Work::Create(new) = &options.work {
        check_change_set(new, &mut wrong);
        for (name, nearest) in unknown_parameters(new) {
            match new.unknown_parameters {
                UnknownParameters::Warn => warnings.push(unknown_parameter_warning(name, nearest)),
                UnknownParameters::Refuse => wrong.push(unknown_parameter(name, nearest)),
            }
        }
    }
    Failure::all(wrong).map_or(Ok(warnings), Err)
}

fn usage(message: impl Into<String>) -> Failure {
    Failure::new(FailureKind::Usage, message)
}

fn check_stack(stack: &str, wrong: &mut Vec<Failure>) {
    if !is_stack(stack) {
        let failure = usage(format!("the stack name `{stack}` is not one that CloudFormation takes"));
        wrong.push(failure.with_hint("a stack name has at most 128 letters, digits and `-`, and begins with a letter"));
    }
}

/// Whether a text is the name of a stack, as far as that can be known, or an ARN.
pub fn is_stack(text: &str) -> bool {
    text.starts_with("arn:") || is_name(text)
}

fn is_name(name: &str) -> bool {
    name.chars().count() <= NAME_CHARACTERS
        && name.starts_with(|it: char| it.is_ascii_alphabetic())
        && name.chars().all(|it| it.is_ascii_alphanumeric() || it == '-')
}

fn check_change_set(new: &NewChangeSet, wrong: &mut Vec<Failure>) {
    if let Some(name) = new.name.as_deref().filter(|name| !is_name(name)) {
        let failure = usage(format!("the change set name `{name}` is not one that CloudFormation takes"));
        wrong.push(failure.with_hint("it has at most 128 letters, digits and `-`, and begins with a letter"));
    }
    check_count("parameters", new.parameters.len().max(new.template.declared.len()), PARAMETERS, wrong);
    check_count("notification topics", new.topics.as_ref().map_or(0, Vec::len), TOPICS, wrong);
    check_values(new, wrong);
    check_tags(new, wrong);
    check_capabilities(new.capabilities.as_deref().unwrap_or_default(), wrong);
    if let Some(triggers) = &new.triggers {
        check_count("rollback alarms", triggers.alarms.len(), TRIGGERS, wrong);
        if let Some(minutes) = triggers.minutes.filter(|minutes| *minutes > MONITORING_MINUTES) {
            wrong.push(usage(format!(
                "rollback alarms are watched for {MONITORING_MINUTES} minutes at most, not {minutes}"
            )));
        }
    }
}

fn check_count(things: &str, count: usize, limit: usize, wrong: &mut Vec<Failure>) {
    if count > limit {
        wrong.push(usage(format!("{count} {things} are given, and CloudFormation takes {limit}")));
    }
}

/// Names a value by its parameter alone: it may be a secret.
fn check_values(new: &NewChangeSet, wrong: &mut Vec<Failure>) {
    let long = new.parameters.iter().filter(|(_, value)| value.expose().len() > PARAMETER_BYTES);
    wrong.extend(long.map(|(name, value)| {
        let bytes = value.expose().len();
        usage(format!(
            "the value of the parameter {name} has {bytes} bytes, and CloudFormation takes {PARAMETER_BYTES}"
        ))
    }));
}

fn check_tags(new: &NewChangeSet, wrong: &mut Vec<Failure>) {
    let Some(tags) = &new.tags else { return };
    check_count("tags", tags.len(), TAGS, wrong);
    for (key, value) in tags {
        if key.is_empty() || key.chars().count() > TAG_KEY_CHARACTERS {
            wrong.push(usage(format!("the tag key `{key}` does not have 1 to {TAG_KEY_CHARACTERS} characters")));
        } else if key.to_ascii_lowercase().starts_with("aws:") {
            wrong.push(usage(format!("the tag key `{key}` is reserved for AWS")));
        } else if value.chars().count() > TAG_VALUE_CHARACTERS {
            wrong.push(usage(format!("the value of the tag {key} has more than {TAG_VALUE_CHARACTERS} characters")));
        }
    }
}

fn check_capabilities(given: &[String], wrong: &mut Vec<Failure>) {
    let unknown = given.iter().filter(|name| !CAPABILITIES.contains(&name.as_str()));
    wrong.extend(unknown.map(|name| {
        let near = nearest(name, CAPABILITIES.iter().map(ToString::to_string));
        let hint = near
            .map_or_else(|| format!("there are {}", CAPABILITIES.join(", ")), |near| format!("the nearest is {near}"));
        usage(format!("CloudFormation has no capability `{name}`")).with_hint(hint)
    }));
}

/// Given parameters that the template lacks, each with the nearest name that it has.
fn unknown_parameters(new: &NewChangeSet) -> Vec<(&str, Option<String>)> {
    let is_declared =
        |name: &str| new.template.declares_more || new.template.declared.iter().any(|declared| declared.name == name);
    let unknown = new.parameters.keys().filter(|name| !is_declared(name));
    let names = || new.template.declared.iter().map(|declared| declared.name.clone());
    unknown.map(|name| (name.as_str(), nearest(name, names()))).collect()
}

fn unknown_parameter(name: &str, nearest: Option<String>) -> Failure {
    let failure = usage(format!("the template has no parameter {name}"));
    match nearest {
        Some(nearest) => failure.with_hint(format!("did you mean {nearest}?")),
        None => failure,
    }
}

fn unknown_parameter_warning(name: &str, nearest: Option<String>) -> (String, DeployWarning) {
    (name.to_owned(), DeployWarning::UnknownParameter { parameter: name.to_owned(), nearest })
}

/// The parameters to send: those that are given, and those that keep the value of the stack. `stack` is the one that
/// is updated, if there is one.
pub fn parameters(new: &NewChangeSet, stack: Option<&Stack>) -> Result<Vec<(String, ParameterValue)>, Failure> {
    let (mut sent, mut missing) = (Vec::new(), Vec::new());
    for declared in &new.template.declared {
        let keeps = stack.is_some_and(|stack| stack.parameters.contains(&declared.name))
            && (new.unset_parameters == UnsetParameters::KeepPrevious || !declared.has_default);
        match new.parameters.get(&declared.name) {
            Some(value) => sent.push((declared.name.clone(), given(value))),
            None if keeps => sent.push((declared.name.clone(), ParameterValue::Previous)),
            None if declared.has_default => {}
            None => missing.push(missing_parameter(&declared.name, declared.place.clone(), new)),
        }
    }
    if new.template.declares_more {
        let is_declared = |name: &str| new.template.declared.iter().any(|declared| declared.name == name);
        let others = new.parameters.iter().filter(|(name, _)| !is_declared(name));
        sent.extend(others.map(|(name, value)| (name.clone(), given(value))));
    }
    Failure::all(missing).map_or(Ok(sent), Err)
}

fn given(value: &Secret) -> ParameterValue {
    ParameterValue::Given(value.clone())
}

fn missing_parameter(name: &str, place: Option<Place>, new: &NewChangeSet) -> Failure {
    let unknown = unknown_parameters(new).into_iter().map(|(name, _)| name.to_owned());
    let failure = usage(format!("the parameter {name} has no value and no default"));
    let failure = failure.with_hint(match nearest(name, unknown) {
        Some(given) => format!("{given} is given, which the template does not have: is it meant?"),
        None => format!("give it with --parameter-overrides {name}=VALUE"),
    });
    match place {
        Some(place) => failure.at(place),
        None => failure,
    }
}
