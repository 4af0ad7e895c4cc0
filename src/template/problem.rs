//! Why a text cannot be read as a template: one function for each reason, with its message, hint and place.

use super::limits::{MAX_BYTES, MAX_DEPTH, MAX_EXPANDED_VALUES, MAX_VALUES};
use crate::facts::{Failure, FailureKind, Place};
use std::io::{self, ErrorKind};
use std::path::Path;

const TOO_LARGE: &str = "CloudFormation accepts templates up to 1 MB; check that this file is the template";

fn refusal(message: String, hint: &str) -> Failure {
    Failure::new(FailureKind::Usage, message).with_hint(hint)
}

pub fn unreadable(path: &Path, error: &io::Error) -> Failure {
    let failure = Failure::new(FailureKind::Usage, format!("cannot read template {}", path.display())).because(error);
    match error.kind() {
        ErrorKind::NotFound => failure.with_hint("check the path; it is relative to the working directory"),
        ErrorKind::IsADirectory => failure.with_hint("name the template file, not its folder"),
        _ => failure,
    }
}

pub fn too_large(path: &Path) -> Failure {
    refusal(format!("template {} is larger than {} MiB", path.display(), MAX_BYTES >> 20), TOO_LARGE)
}

pub fn too_many_values(place: Place) -> Failure {
    refusal(format!("template has more than {MAX_VALUES} values"), TOO_LARGE).at(place)
}

pub fn foreign_encoding(path: &Path, encoding: &str) -> Failure {
    refusal(format!("template {} is encoded as {encoding}, not UTF-8", path.display()), "save the file as UTF-8")
}

pub fn not_utf8(byte: u8, offset: usize, place: Place) -> Failure {
    let line = place.line;
    let message = format!("template is not UTF-8 text: invalid byte 0x{byte:02X} at offset {offset} on line {line}");
    refusal(message, "save the file as UTF-8").at(place)
}

pub fn binary(offset: usize, place: Place) -> Failure {
    let message = format!("template is not text: NUL byte at offset {offset} on line {}", place.line);
    refusal(message, "check that this file is the template; if it is UTF-16 text, save it as UTF-8").at(place)
}

pub fn syntax(problem: &str, hint: Option<String>, place: Place) -> Failure {
    let failure = Failure::new(FailureKind::Usage, format!("cannot parse template: {problem}")).at(place);
    hint.into_iter().fold(failure, Failure::with_hint)
}

pub fn empty(path: &Path) -> Failure {
    refusal(format!("template {} is empty", path.display()), "a template needs at least a 'Resources' section")
}

pub fn several_documents(second: Place) -> Failure {
    let message = format!("template holds several YAML documents; the second starts on line {}", second.line);
    refusal(message, "keep one document per template: remove the '---' and what follows it").at(second)
}

pub fn not_a_mapping(found: &str, place: Place) -> Failure {
    let message = format!("template must be a mapping at the top, but is {found}");
    refusal(message, "a template starts with sections such as 'Resources:'").at(place)
}

/// A key that is a list, a mapping or an intrinsic function.
pub fn key_not_text(found: &str, hint: &str, place: Place) -> Failure {
    refusal(format!("a key must be a string, but is {found}"), hint).at(place)
}

pub fn too_deep(place: Place) -> Failure {
    let message = format!("template is nested deeper than {MAX_DEPTH} levels");
    refusal(message, "flatten the structure, or split the template into nested templates").at(place)
}

pub fn recursive_alias(name: &str, place: Place) -> Failure {
    let message = format!("alias '*{name}' stands inside the value that it refers to");
    refusal(message, "write the value out instead of using the alias").at(place)
}

pub fn too_many_aliases(place: Place) -> Failure {
    let limit = MAX_BYTES >> 20;
    let message = format!("aliases expand the template to more than {MAX_EXPANDED_VALUES} values or {limit} MiB");
    refusal(message, "use fewer aliases, or write the values out").at(place)
}

pub fn merge_not_a_mapping(place: Place) -> Failure {
    let message = "merge key '<<' needs a mapping or a list of mappings".to_owned();
    refusal(message, "write '<<: *anchor' where the anchor marks a mapping").at(place)
}
