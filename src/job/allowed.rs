//! What an operator allows the authors of pipelines to name, so that a worker lends its role to nothing else.

use crate::cli::AllowArguments;
use crate::failure::{Explain, FailureKind};
use crate::settings::{BucketChoice, Encryption, PackageSettings};

/// A value that no pattern allows.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum NotAllowed {
    /// It matches no pattern of its kind.
    #[error("the worker does not allow the {kind} {value}")]
    Value {
        /// What it is.
        kind: &'static str,
        /// The value.
        value: String,
    },
    /// The managed bucket has no name before it is there.
    #[error("the worker does not allow the managed bucket")]
    ManagedBucket,
}

impl Explain for NotAllowed {
    fn kind(&self) -> FailureKind {
        FailureKind::Permission
    }

    fn hint(&self) -> Option<String> {
        let flag = match self {
            Self::Value { kind: "role", .. } => "--allow-role",
            Self::Value { kind: "key", .. } => "--allow-key",
            Self::Value { .. } | Self::ManagedBucket => "--allow-bucket",
        };
        Some(format!("name another, or ask the worker's operator for a wider {flag}"))
    }
}

/// Checks what a job would reach with the host's role, before anything is called.
pub fn check(settings: &PackageSettings, allowed: &AllowArguments) -> Result<(), NotAllowed> {
    for target in &settings.targets {
        match &target.bucket {
            Some(BucketChoice::Named(bucket)) => check_value("bucket", bucket, &allowed.allow_bucket)?,
            Some(BucketChoice::Managed) if !allowed.allow_bucket.is_empty() => return Err(NotAllowed::ManagedBucket),
            Some(BucketChoice::Managed) | None => {}
        }
    }
    if let Some(role) = &settings.aws.role_arn {
        check_value("role", role, &allowed.allow_role)?;
    }
    match &settings.objects.encryption {
        Some(Encryption::Kms { key_id: Some(key) } | Encryption::KmsDsse { key_id: Some(key) }) => {
            check_value("key", key, &allowed.allow_key)
        }
        Some(
            Encryption::Kms { key_id: None }
            | Encryption::KmsDsse { key_id: None }
            | Encryption::Aes256
            | Encryption::BucketDefault,
        )
        | None => Ok(()),
    }
}

fn check_value(kind: &'static str, value: &str, patterns: &[String]) -> Result<(), NotAllowed> {
    let is_allowed = patterns.is_empty() || patterns.iter().any(|pattern| matches(pattern, value));
    if is_allowed { Ok(()) } else { Err(NotAllowed::Value { kind, value: value.to_owned() }) }
}

/// `*` stands for any text, everything else for itself.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        match text.find(part) {
            Some(at) => text = &text[at + part.len()..],
            None => return false,
        }
    }
    text.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stands_for_any_text() {
        let rows = [
            ("code", "code", true),
            ("code", "code2", false),
            ("code-*", "code-eu", true),
            ("code-*", "xcode-eu", false),
            ("*", "", true),
            ("arn:aws:iam::*:role/deploy-*", "arn:aws:iam::111122223333:role/deploy-a", true),
            ("arn:aws:iam::*:role/deploy-*", "arn:aws:iam::111122223333:role/admin", false),
            ("a*a", "a", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
        ];
        for (pattern, text, expected) in rows {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
