//! Checks what a run would depend on, without writing anything anywhere: credentials, clock, region, bucket, key.

mod check;
mod probe;

pub use check::{Check, Status};
pub use probe::{BucketFacts, Identity, Probe};

use crate::facts::{Failure, FailureKind, Reason, ServiceError};
use crate::settings::{BucketChoice, DoctorSettings, Encryption};
use std::time::Duration;

/// S3 and most services refuse requests that are further from their time (`RequestTimeTooSkewed`).
const SKEW_LIMIT: Duration = Duration::from_secs(15 * 60);
/// A clock this far off still works and will not for long.
const SKEW_WARNING: Duration = Duration::from_secs(60);

/// Runs all checks that make sense; a failed one leaves out those that depend on it.
pub async fn diagnose(settings: &DoctorSettings, probe: &impl Probe) -> Vec<Check> {
    let mut checks = vec![samconfig(settings), region(probe.region()), Check::pass("endpoint", probe.endpoint())];
    match probe.identity().await {
        Ok(identity) => checks.extend([credentials(&identity), clock(identity.clock_offset)]),
        Err(error) => {
            checks.push(Check::of_error("credentials", &error));
            return checks;
        }
    }
    match &settings.bucket {
        Some(BucketChoice::Named(name)) => checks.extend(bucket(name, settings, probe).await),
        Some(BucketChoice::Managed) => {
            checks.push(Check::pass("bucket", "the managed bucket of sam, created by the first package if absent"));
        }
        None => checks.push(
            Check::warn("bucket", "no bucket is named")
                .with_hint("give --s3-bucket NAME; a template without local artifacts needs none"),
        ),
    }
    checks
}

fn samconfig(settings: &DoctorSettings) -> Check {
    Check::pass(
        "samconfig",
        settings.samconfig.as_ref().map_or_else(|| "none".to_owned(), |path| path.display().to_string()),
    )
}

fn region(region: Option<String>) -> Check {
    match region {
        Some(region) => Check::pass("region", region),
        None => Check::fail("region", "no region is set", FailureKind::Usage)
            .with_hint("give --region, or set AWS_REGION or a region in the profile"),
    }
}

fn credentials(identity: &Identity) -> Check {
    Check::pass("credentials", format!("{} in account {}", identity.arn, identity.account))
}

fn clock(offset: Option<Duration>) -> Check {
    let Some(offset) = offset else { return Check::warn("clock", "the service gave no time to compare with") };
    let apart = format!("{} s from the time of the service", offset.as_secs());
    match offset {
        _ if offset > SKEW_LIMIT => Check::fail("clock", apart, FailureKind::Usage),
        _ if offset > SKEW_WARNING => Check::warn("clock", apart),
        _ => return Check::pass("clock", apart),
    }
    .with_hint("set the clock of this machine, and keep it right with NTP")
}

async fn bucket(name: &str, settings: &DoctorSettings, probe: &impl Probe) -> Vec<Check> {
    let mut checks = match probe.bucket(name, settings.expected_bucket_owner.as_deref()).await {
        Ok(facts) => vec![
            found_bucket(name, &facts, probe.region().as_deref()),
            versioning(name, probe).await,
            encryption(name, probe).await,
        ],
        Err(error) => match unreachable_bucket(name, settings, &error) {
            check if check.failure().is_some() => return vec![check],
            check => vec![check],
        },
    };
    checks.push(prefix(name, settings.prefix.as_deref(), probe).await);
    if let Some(Encryption::Kms { key_id: Some(key) } | Encryption::KmsDsse { key_id: Some(key) }) =
        &settings.encryption
    {
        checks.push(match probe.key(key).await {
            Ok(()) => Check::pass("key", format!("{key} can encrypt")),
            Err(error) => Check::of_error("key", &error),
        });
    }
    checks
}

async fn versioning(name: &str, probe: &impl Probe) -> Check {
    match probe.versioning(name).await {
        Ok(true) => Check::pass("versioning", "on"),
        Ok(false) => Check::pass("versioning", "off: a template names objects without their version"),
        Err(error) => unknown("versioning", &error),
    }
}

async fn encryption(name: &str, probe: &impl Probe) -> Check {
    match probe.encryption(name).await {
        Ok(rule) => Check::pass("encryption", format!("the bucket's default is {rule}")),
        Err(error) => unknown("encryption", &error),
    }
}

fn found_bucket(name: &str, facts: &BucketFacts, region: Option<&str>) -> Check {
    match (&facts.region, region) {
        (Some(actual), Some(region)) if actual != region => {
            let message = format!("{name} is in {actual}, and the run in {region}");
            Check::fail("bucket", message, FailureKind::Usage).with_hint(format!(
                "run with --region {actual}, or name a bucket in {region}: Lambda reads code from its own region only"
            ))
        }
        (Some(actual), _) => Check::pass("bucket", format!("{name} in {actual}")),
        (None, _) => Check::pass("bucket", name),
    }
}

/// HeadBucket needs `s3:ListBucket`, which packaging does not.
fn unreachable_bucket(name: &str, settings: &DoctorSettings, error: &ServiceError) -> Check {
    match (&error.reason, &settings.expected_bucket_owner) {
        (Reason::NotFound, _) => Check::fail("bucket", format!("{name} does not exist"), FailureKind::Usage)
            .with_hint("create the bucket, or correct its name"),
        (Reason::AccessDenied, Some(owner)) => {
            Check::warn("bucket", format!("{name} cannot be looked at: another account than {owner} may own it"))
                .with_hint("allow s3:ListBucket, or check --expected-bucket-owner")
        }
        (Reason::AccessDenied, None) => Check::warn("bucket", format!("{name} exists, and may not be looked at"))
            .with_hint("allow s3:ListBucket to have it checked; packaging does not need it"),
        _ => Check::of_error("bucket", error),
    }
}

/// A HEAD of an object that does not exist: 404 with `s3:ListBucket`, 403 without it or without `s3:GetObject`.
async fn prefix(name: &str, prefix: Option<&str>, probe: &impl Probe) -> Check {
    let shown = format!("s3://{name}/{}", prefix.map(|prefix| format!("{prefix}/")).unwrap_or_default());
    match probe.object(name, prefix).await {
        Ok(()) => Check::pass("prefix", format!("{shown} can be read; writing is tried by the first upload only")),
        Err(error) if error.reason == Reason::AccessDenied => {
            Check::warn("prefix", format!("{shown} answers 403 to HEAD: unchanged artifacts would be uploaded again"))
                .with_hint("allow s3:GetObject on it, and s3:ListBucket on the bucket")
        }
        Err(error) => Check::of_error("prefix", &error),
    }
}

/// What a run works without.
fn unknown(name: &'static str, error: &ServiceError) -> Check {
    let message = match error.reason {
        Reason::AccessDenied => format!("not known: {} is not allowed", error.operation),
        _ => format!("not known: {error}"),
    };
    Check::warn(name, message)
}

/// The failure that the worst check is; `None` if none failed.
pub fn failure(checks: &[Check]) -> Option<Failure> {
    let failed = checks.iter().filter_map(|check| check.failure());
    Failure::all(failed.collect())
}

#[cfg(test)]
mod tests;
