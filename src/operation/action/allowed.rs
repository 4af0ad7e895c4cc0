//! What an operator allows the authors of pipelines to name: a worker uses its role for nothing else.

use crate::cli::AllowArguments;
use crate::facts::{Failure, FailureKind};
use crate::settings::{BucketChoice, Encryption, PackageSettings};

/// Checks what an action would reach with the host's role, before any call.
pub fn check(settings: &PackageSettings, allowed: &AllowArguments) -> Result<(), Failure> {
    for target in &settings.targets {
        match &target.bucket {
            Some(BucketChoice::Named(bucket)) => {
                check_value("bucket", bucket, ("--allow-bucket", &allowed.allow_bucket))?
            }
            Some(BucketChoice::Managed) if !allowed.allow_bucket.is_empty() => {
                return Err(refused("managed bucket", "", "--allow-bucket"));
            }
            Some(BucketChoice::Managed) | None => {}
        }
    }
    if let Some(role) = &settings.aws.role_arn {
        check_value("role", role, ("--allow-role", &allowed.allow_role))?;
    }
    match &settings.objects.encryption {
        Some(Encryption::Kms { key_id: Some(key) } | Encryption::KmsDsse { key_id: Some(key) }) => {
            check_value("key", key, ("--allow-key", &allowed.allow_key))
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

fn check_value(kind: &str, value: &str, (flag, patterns): (&str, &[String])) -> Result<(), Failure> {
    let is_allowed = patterns.is_empty() || patterns.iter().any(|pattern| matches(pattern, value));
    if is_allowed { Ok(()) } else { Err(refused(kind, value, flag)) }
}

fn refused(kind: &str, value: &str, flag: &str) -> Failure {
    let what = format!("{kind} {value}");
    Failure::new(FailureKind::Permission, format!("the worker does not allow the {}", what.trim_end()))
        .with_hint(format!("name another, or ask the worker's operator for a wider {flag}"))
}

/// `*` matches any text, every other character itself.
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
