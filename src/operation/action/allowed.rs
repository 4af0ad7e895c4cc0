//! What an operator allows the authors of pipelines to name: a worker uses its role for nothing else.

use crate::cli::AllowArguments;
use crate::deploy::Work;
use crate::facts::{Failure, FailureKind};
use crate::publish::ApplicationId;
use crate::settings::{BucketChoice, DeploySettings, Encryption, PackageSettings};
use crate::text::matches_pattern;

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
    check_role(settings.aws.role_arn.as_deref(), allowed)?;
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

/// The same for an action that deploys: also its stack, the role of CloudFormation, and the capabilities of the template.
pub fn check_deployment(settings: &DeploySettings, allowed: &AllowArguments) -> Result<(), Failure> {
    match &settings.package {
        Some(package) => check(package, allowed)?,
        None => check_role(settings.aws.role_arn.as_deref(), allowed)?,
    }
    let options = &settings.options;
    check_role(options.role_arn.as_deref(), allowed)?;
    check_value("stack", stack_name(&options.stack), ("--allow-stack", &allowed.allow_stack))?;
    if let Some(application) = &settings.application {
        check_application(&application.id, allowed)?;
    }
    let capabilities = match &options.work {
        Work::Create(new) => new.capabilities.as_deref().unwrap_or_default(),
        Work::Execute(_) | Work::Follow => &[],
    };
    let pattern = ("--allow-capability", allowed.allow_capability.as_slice());
    capabilities.iter().try_for_each(|capability| check_value("capability", capability, pattern))
}

/// Checks the application that an action names.
pub fn check_application(id: &ApplicationId, allowed: &AllowArguments) -> Result<(), Failure> {
    check_value("application", &id.to_string(), ("--allow-application", &allowed.allow_application))
}

fn check_role(role: Option<&str>, allowed: &AllowArguments) -> Result<(), Failure> {
    role.map_or(Ok(()), |role| check_value("role", role, ("--allow-role", &allowed.allow_role)))
}

/// The name in `arn:aws:cloudformation:region:account:stack/name/id`, or the text itself.
fn stack_name(stack: &str) -> &str {
    let in_arn = stack.strip_prefix("arn:").and_then(|arn| arn.split_once(":stack/"));
    in_arn.map_or(stack, |(_, path)| path.split('/').next().unwrap_or(path))
}

fn check_value(kind: &str, value: &str, (flag, patterns): (&str, &[String])) -> Result<(), Failure> {
    let is_allowed = patterns.is_empty() || patterns.iter().any(|pattern| matches_pattern(pattern, value));
    if is_allowed { Ok(()) } else { Err(refused(kind, value, flag)) }
}

fn refused(kind: &str, value: &str, flag: &str) -> Failure {
    let what = format!("{kind} {value}");
    Failure::new(FailureKind::Permission, format!("the worker does not allow the {}", what.trim_end()))
        .with_hint(format!("name another, or ask the worker's operator for a wider {flag}"))
}

#[cfg(test)]
mod tests {
    use super::stack_name;

    #[test]
    fn a_stack_has_the_name_in_its_arn() {
        let arn = "arn:aws:cloudformation:eu-west-1:111122223333:stack/shop/0d4e";
        assert_eq!((stack_name(arn), stack_name("shop")), ("shop", "shop"));
    }
}
