//! What cannot be written into a template, and the way out.

use crate::facts::{Failure, FailureKind, Place};
use crate::package::plan::Artifact;
use crate::template::Node;
use std::fmt::Display;
use std::path::Path;

/// The largest template that CloudFormation reads from S3, in bytes (quota "template body size in an S3 object").
pub const MAX_TEMPLATE_BYTES: usize = 1_048_576;

/// The value of a loop variable cannot be a key of a mapping.
pub fn mapping_key(artifact: &Artifact, value: &str) -> Failure {
    let message =
        format!("{}: {value:?} cannot be a key of a mapping, which takes letters, digits, - and _", subject(artifact));
    Failure::new(FailureKind::Usage, message)
}

/// Two rounds would look up their locations under one key.
pub fn same_key(artifact: &Artifact, key: &str) -> Failure {
    let message = format!("{}: two rounds of its loops have the same key {key} in a mapping", subject(artifact));
    Failure::new(FailureKind::Usage, message).with_hint("use values without - in one of the loops")
}

/// The section for the mapping of a loop is an intrinsic function or a list.
pub fn no_mappings(artifact: &Artifact, section: Node<'_>) -> Failure {
    let subject = subject(artifact);
    let message = format!("Mappings is not a mapping, and {subject} needs one in it for the rounds of its loops");
    Failure::new(FailureKind::Usage, message)
        .with_hint("write a transform in it as Fn::Transform: {...}")
        .at(Place { subject: Some(subject), ..section.place() })
}

/// CloudFormation would refuse the packaged template for its size.
pub fn too_large(template: &Path, bytes: impl Display) -> Failure {
    let message = format!(
        "{}: once packaged, the template has {bytes} bytes, and CloudFormation reads at most {MAX_TEMPLATE_BYTES}",
        template.display()
    );
    Failure::new(FailureKind::Failed, message)
        .with_hint("move resources into nested stacks, or move inline code into files")
}

fn subject(artifact: &Artifact) -> String {
    format!("{}.{}", artifact.logical_id, artifact.property)
}
