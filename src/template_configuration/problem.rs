//! What can be wrong with a template configuration. No message holds the value of a parameter: it may be a secret.

use crate::facts::{Failure, FailureKind, Place};
use std::path::Path;

/// How many allowed values a hint lists.
const MAX_LISTED: usize = 10;

const SHAPE: &str =
    r#"write it as {"Parameters": {"Name": "text"}, "Tags": {"name": "text"}, "StackPolicy": {"Statement": []}}"#;

fn refusal(message: String, place: Option<Place>) -> Failure {
    let failure = Failure::new(FailureKind::Usage, message);
    place.into_iter().fold(failure, Failure::at)
}

/// Not JSON, or not of the shape that CodePipeline accepts.
pub fn shape(message: String, place: Place) -> Failure {
    refusal(message, Some(place)).with_hint(SHAPE)
}

pub fn too_many(count: usize, what: &str, limit: usize, place: Option<Place>) -> Failure {
    let message = format!("the template configuration has {count} {what}; CloudFormation accepts at most {limit}");
    refusal(message, place)
}

/// A parameter that the template does not have. `origin` names the file if there is no place.
pub fn undeclared(name: &str, nearest: Option<String>, origin: &str, place: Option<Place>) -> Failure {
    let hint = match nearest {
        Some(nearest) => format!("the nearest is {nearest}"),
        None => "declare it in the template, or remove it".to_owned(),
    };
    refusal(format!("the template declares no parameter {name}{origin}"), place).with_hint(hint)
}

/// A value that the declaration of its parameter excludes.
pub fn value(name: &str, fault: Fault, origin: &str, place: Option<Place>) -> Failure {
    let failure = refusal(format!("the value of the parameter {name} {}{origin}", fault.problem), place);
    fault.hint.into_iter().fold(failure, Failure::with_hint)
}

pub fn tag(key: &str, problem: &str, origin: &str, place: Option<Place>) -> Failure {
    refusal(format!("the tag {key:?} {problem}{origin}"), place)
}

pub fn stack_policy(bytes: usize, limit: usize, place: Option<Place>) -> Failure {
    refusal(format!("the stack policy has {bytes} bytes; CloudFormation accepts at most {limit}"), place)
}

/// A value of a samconfig that cannot be read without loss.
pub fn deploy(key: &str, file: &Path, problem: &str, hint: &str, place: Option<Place>) -> Failure {
    let origin = if place.is_some() { String::new() } else { format!(" of {}", file.display()) };
    refusal(format!("{key}{origin}: {problem}"), place).with_hint(hint)
}

/// What is wrong with a value, without the value.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    pub problem: String,
    pub hint: Option<String>,
}

impl Fault {
    pub fn new(problem: impl Into<String>) -> Self {
        Self { problem: problem.into(), hint: None }
    }

    pub fn not_allowed(allowed: &[String]) -> Self {
        let listed = allowed.iter().take(MAX_LISTED).map(String::as_str).collect::<Vec<_>>().join(", ");
        let more = if allowed.len() > MAX_LISTED { " and others" } else { "" };
        let hint = Some(format!("the template allows {listed}{more}"));
        Self { hint, ..Self::new("is not one of its AllowedValues") }
    }

    pub fn not_matching(pattern: &str, description: Option<&str>) -> Self {
        let hint = Some(description.map_or_else(|| format!("the template allows {pattern}"), str::to_owned));
        Self { hint, ..Self::new("does not match its AllowedPattern") }
    }

    pub fn not_numbers() -> Self {
        Self { hint: Some("write numbers with commas between".to_owned()), ..Self::new("is not a list of numbers") }
    }
}
