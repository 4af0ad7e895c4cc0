//! `ListDeployments` as the SDK spells it, and the codes that say that there is no such group.

use crate::aws::time::date_time;
use crate::facts::Timestamp;
use crate::shift::GroupName;
use aws_sdk_codedeploy::operation::list_deployments::builders::ListDeploymentsFluentBuilder;
use aws_sdk_codedeploy::types::{DeploymentStatus, TimeRange};

pub const NO_GROUP: [&str; 2] = ["ApplicationDoesNotExistException", "DeploymentGroupDoesNotExistException"];

/// The statuses of a deployment that is not over.
const ACTIVE: [DeploymentStatus; 5] = [
    DeploymentStatus::Created,
    DeploymentStatus::Queued,
    DeploymentStatus::InProgress,
    DeploymentStatus::Baking,
    DeploymentStatus::Ready,
];

fn of_group(builder: ListDeploymentsFluentBuilder, group: &GroupName) -> ListDeploymentsFluentBuilder {
    builder.application_name(&group.application).deployment_group_name(&group.group)
}

pub fn created_since(
    builder: ListDeploymentsFluentBuilder,
    group: &GroupName,
    since: Timestamp,
) -> ListDeploymentsFluentBuilder {
    of_group(builder, group).create_time_range(TimeRange::builder().start(date_time(since)).build())
}

pub fn active(builder: ListDeploymentsFluentBuilder, group: &GroupName) -> ListDeploymentsFluentBuilder {
    of_group(builder, group).set_include_only_statuses(Some(ACTIVE.to_vec()))
}
