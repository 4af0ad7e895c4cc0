//! What an operator allows the authors of pipelines to name: a worker uses its role for nothing else.

use crate::cli::AllowArguments;
use crate::deploy::Work;
use crate::facts::Failure;
use crate::settings::{BucketChoice, DeploySettings, Encryption, PackageSettings};
use crate::text::Allowed;

/// Checks what an action would reach with the host's role, before any call.
pub fn check(settings: &PackageSettings, allowed: &AllowArguments) -> Result<(), Failure> {
    let buckets = Allowed::new("--allow-bucket", &allowed.allow_bucket);
    for target in &settings.targets {
        match &target.bucket {
            Some(BucketChoice::Named(bucket)) => buckets.check("bucket", bucket)?,
            Some(BucketChoice::Managed) => buckets.check_unnamed("managed bucket")?,
            None => {}
        }
    }
    check_role(settings.aws.role_arn.as_deref(), allowed)?;
    match &settings.objects.encryption {
        Some(Encryption::Kms { key_id: Some(key) } | Encryption::KmsDsse { key_id: Some(key) }) => {
            Allowed::new("--allow-key", &allowed.allow_key).check("key", key)
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
    Allowed::new("--allow-stack", &allowed.allow_stack).check("stack", stack_name(&options.stack))?;
    if let Some(application) = &settings.application {
        applications(allowed).check("application", &application.id.to_string())?;
    }
    let capabilities = match &options.work {
        Work::Create(new) => new.capabilities.as_deref().unwrap_or_default(),
        Work::Execute(_) | Work::Follow => &[],
    };
    let allowed = Allowed::new("--allow-capability", &allowed.allow_capability);
    capabilities.iter().try_for_each(|capability| allowed.check("capability", capability))
}

/// The applications that an action may deploy or publish.
pub fn applications(allowed: &AllowArguments) -> Allowed {
    Allowed::new("--allow-application", &allowed.allow_application)
}

fn check_role(role: Option<&str>, allowed: &AllowArguments) -> Result<(), Failure> {
    let roles = Allowed::new("--allow-role", &allowed.allow_role);
    role.map_or(Ok(()), |role| roles.check("role", role))
}

/// The name in `arn:aws:cloudformation:region:account:stack/name/id`, or the text itself.
fn stack_name(stack: &str) -> &str {
    let in_arn = stack.strip_prefix("arn:").and_then(|arn| arn.split_once(":stack/"));
    in_arn.map_or(stack, |(_, path)| path.split('/').next().unwrap_or(path))
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
