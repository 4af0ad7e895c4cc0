//! As whom an action calls AWS.

use super::context::ActionHost;
use crate::settings::AwsSettings;

/// The settings of an action on a host: its own role and region, else those of the host.
pub fn aws_settings(of_action: &AwsSettings, host: &ActionHost<'_>, session: &str) -> AwsSettings {
    let AwsSettings { region, role_arn, external_id, .. } = of_action.clone();
    // A role that an action names never gets the external id that the host has for its own.
    let (role_arn, external_id) = match role_arn {
        Some(role_arn) => (Some(role_arn), external_id),
        None => (host.aws.role_arn.clone(), host.aws.external_id.clone()),
    };
    let region = region.or_else(|| host.aws.region.clone());
    AwsSettings { region, role_arn, external_id, role_session: Some(session.to_owned()), ..host.aws.clone() }
}

/// The name under which the role of a job appears in CloudTrail.
pub fn session(job_id: &str) -> String {
    format!("samstep-{job_id}")
}
