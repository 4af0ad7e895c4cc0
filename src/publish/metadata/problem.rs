//! What can be wrong with the metadata, with its place and the way out.

use super::keys::{DocumentKeys, SECTION};
use crate::facts::{Failure, FailureKind, Place};
use crate::template::{Node, Template};
use crate::text::human_bytes;

fn problem(key: &str, message: String, node: Node<'_>) -> Failure {
    let place = Place { subject: Some(format!("{SECTION}.{key}")), ..node.place() };
    Failure::new(FailureKind::Usage, message).at(place)
}

pub fn no_section(template: &Template) -> Failure {
    let message = format!("{}: the template has no Metadata.{SECTION}", template.path().display());
    Failure::new(FailureKind::Usage, message)
        .with_hint("describe the application there: at least Name, Author, Description and SemanticVersion")
}

pub fn no_mapping(section: Node<'_>) -> Failure {
    let message = format!("Metadata.{SECTION} is not a mapping");
    let place = Place { subject: Some(SECTION.to_owned()), ..section.place() };
    Failure::new(FailureKind::Usage, message).at(place)
}

pub fn missing(key: &str, section: Node<'_>) -> Failure {
    problem(key, format!("the metadata of the application has no {key}"), section)
        .with_hint(format!("write it below Metadata.{SECTION}"))
}

pub fn no_text(key: &str, node: Node<'_>) -> Failure {
    problem(key, format!("{key} is not a text"), node)
        .with_hint("write it out: intrinsic functions are not evaluated in the metadata of an application")
}

pub fn no_list(key: &str, node: Node<'_>) -> Failure {
    problem(key, format!("{key} is not a list"), node).with_hint(format!("write {key}: [one, two]"))
}

pub fn too_many_labels(count: usize, most: usize, node: Node<'_>) -> Failure {
    problem("Labels", format!("{count} labels are given, and the repository takes {most}"), node)
}

pub fn too_long(key: &str, characters: usize, most: usize, node: Node<'_>) -> Failure {
    problem(key, format!("{key} has {characters} characters, and the repository takes {most}"), node)
}

pub fn wrong_shape(key: &str, text: &str, shape: &str, node: Node<'_>) -> Failure {
    problem(key, format!("{key} is `{text}`, which is not {shape}"), node)
}

pub fn no_version(text: &str, hint: String, node: Node<'_>) -> Failure {
    problem("SemanticVersion", format!("SemanticVersion is `{text}`, which is not a semantic version"), node)
        .with_hint(hint)
}

pub fn no_license(text: &str, nearest: Option<String>, node: Node<'_>) -> Failure {
    let failure = problem("SpdxLicenseId", format!("SpdxLicenseId is `{text}`, which SPDX does not list"), node);
    failure.with_hint(match nearest {
        Some(nearest) => format!("the nearest is {nearest}"),
        None => "the ids are at https://spdx.org/licenses/".to_owned(),
    })
}

pub fn no_object(key: &str, text: &str, node: Node<'_>) -> Failure {
    problem(key, format!("{key} is `{text}`, which is not an object in S3"), node).with_hint(object_hint(text))
}

fn object_hint(text: &str) -> &'static str {
    match text.split_once("://") {
        Some(("s3", _)) => "write the key of the object too: s3://bucket/key",
        Some((scheme, _)) if scheme.eq_ignore_ascii_case("s3") => "write s3://bucket/key with the scheme in lower case",
        Some(_) | None => "upload it to a bucket, and write s3://bucket/key",
    }
}

pub fn no_file(key: &str, text: &str, reason: &str, node: Node<'_>) -> Failure {
    problem(key, format!("{key}: {text} cannot be read: {reason}"), node)
        .with_hint("name a UTF-8 file of at most 5 MB, relative to the template, or an object as s3://bucket/key")
}

pub fn two_documents(keys: &DocumentKeys, node: Node<'_>) -> Failure {
    let DocumentKeys { url, body } = keys;
    problem(url, format!("{url} and {body} are both given"), node).with_hint("leave one of them out")
}

pub fn too_large(key: &str, bytes: u64, most: u64, node: Node<'_>) -> Failure {
    let (bytes, most) = (human_bytes(bytes), human_bytes(most));
    problem(key, format!("{key} has {bytes}, and the repository takes {most}"), node)
}
