//! The failures of an application that is to be deployed.

use super::capabilities::AUTO_EXPAND;
use super::repository::{DeployableVersion, NestedApplication, TemplateStatus};
use crate::facts::{Explain, Failure, FailureKind, Reason, ServiceError};
use crate::publish::ApplicationId;
use crate::text::nearest;

const SHARED_BY_OWNER: &str = "the owner of the application must share it with this account";

fn usage(message: impl Into<String>) -> Failure {
    Failure::new(FailureKind::Usage, message)
}

/// The service does not find it.
pub fn absent(id: &ApplicationId, region: Option<&str>) -> Failure {
    let message = format!("the application {id} does not exist, has no version, or is not shared with this account");
    match region.filter(|region| *region != id.region) {
        Some(_) => usage(message).with_hint(format!(
            "an application that is not public is found in its own region alone: give --region {}",
            id.region
        )),
        None => usage(message).with_hint(format!("check the ARN; {SHARED_BY_OWNER}")),
    }
}

/// A call that was denied: the service does not say whether by our role, or by the owner of the application.
pub fn refused(error: ServiceError) -> Failure {
    let hint = match (&error.reason, error.hint()) {
        (Reason::AccessDenied, Some(own)) => Some(format!("{own}; {SHARED_BY_OWNER}")),
        (_, own) => own,
    };
    match hint {
        Some(hint) => Failure::from(error).with_hint(hint),
        None => Failure::from(error),
    }
}

pub fn unknown_version(id: &ApplicationId, version: &str, latest: &str, all: Vec<String>) -> Failure {
    let near = nearest(version, all.into_iter()).filter(|near| near != latest);
    let near = near.map(|near| format!("did you mean {near}? ")).unwrap_or_default();
    usage(format!("the application {id} has no version {version}")).with_hint(format!("{near}the latest is {latest}"))
}

pub fn unsupported(id: &ApplicationId, version: &str, region: Option<&str>) -> Failure {
    let region = region.unwrap_or("this region");
    usage(format!("version {version} of {id} has resources of types that {region} does not have"))
        .with_hint("deploy it in another region with --region, or another version with --semantic-version")
}

/// The options that are missing, ready to copy.
pub fn capabilities(
    id: &ApplicationId,
    found: &DeployableVersion,
    missing: &[String],
    nested: &[NestedApplication],
) -> Failure {
    let names = missing.join(" ");
    let message = format!("version {} of {id} needs capabilities that are not given: {names}", found.version);
    let hint = format!("if it may do that, add --capabilities {names}");
    let within = nested.iter().map(|it| format!("{} {}", it.id, it.version)).collect::<Vec<_>>().join(", ");
    let is_about_nested = !within.is_empty() && missing.iter().any(|name| name == AUTO_EXPAND);
    usage(message).with_hint(match is_about_nested {
        true => format!("{hint}; {AUTO_EXPAND} lets it create the stacks of the applications within: {within}"),
        false => hint,
    })
}

/// A template that was asked for and does not come.
pub fn no_template(id: &ApplicationId, version: &str, status: &TemplateStatus) -> Failure {
    let link = if *status == TemplateStatus::Active { ", and it has no link" } else { "" };
    let status = status.name().unwrap_or("missing");
    let message = format!("{id} {version}: template status is {status}{link}");
    Failure::new(FailureKind::Temporary, message).with_hint("run the same command again")
}
