//! CodeDeploy's answers in the words of the watch. A status that is not known passes as text.

use crate::aws::time::timestamp;
use crate::facts::{HookState, Routing, ShiftError, ShiftState};
use crate::shift::{Creator, Deployment, Group, LifecycleEvent, Target};
use aws_sdk_codedeploy::types as sdk;
use std::time::Duration;

const SECONDS_PER_MINUTE: u64 = 60;

pub fn group(found: sdk::DeploymentGroupInfo) -> Group {
    let alarms = found.alarm_configuration.filter(|configuration| configuration.enabled);
    let alarms = alarms.and_then(|configuration| configuration.alarms).unwrap_or_default();
    Group { alarms: alarms.into_iter().filter_map(|alarm| alarm.name).collect() }
}

pub fn deployment(found: sdk::DeploymentInfo) -> Option<Deployment> {
    Some(Deployment {
        id: found.deployment_id?,
        state: state(found.status.as_ref().map_or("", sdk::DeploymentStatus::as_str)),
        creator: creator(found.creator.as_ref().map_or("", sdk::DeploymentCreator::as_str)),
        configuration: found.deployment_config_name.unwrap_or_default(),
        created: found.create_time.map(timestamp).unwrap_or_default(),
        started: found.start_time.map(timestamp),
        completed: found.complete_time.map(timestamp),
        error: found.error_information.and_then(error),
        rollback_id: found.rollback_info.and_then(|rollback| rollback.rollback_deployment_id),
    })
}

fn state(status: &str) -> ShiftState {
    match status {
        "Created" | "Queued" | "Ready" => ShiftState::Waiting,
        "InProgress" | "Baking" => ShiftState::Running,
        "Succeeded" => ShiftState::Succeeded,
        "Failed" => ShiftState::Failed,
        "Stopped" => ShiftState::Stopped,
        other => ShiftState::Other(other.to_owned()),
    }
}

fn creator(creator: &str) -> Creator {
    match creator {
        "CloudFormation" => Creator::CloudFormation,
        "CloudFormationRollback" => Creator::CloudFormationRollback,
        "codeDeployRollback" => Creator::CodeDeployRollback,
        other => Creator::Other(other.to_owned()),
    }
}

fn error(found: sdk::ErrorInformation) -> Option<ShiftError> {
    let message = found.message.filter(|message| !message.is_empty());
    Some(ShiftError { code: found.code?.as_str().to_owned(), message })
}

/// `None` if it is no target on Lambda.
pub fn target(found: sdk::DeploymentTarget) -> Option<Target> {
    let target = found.lambda_target?;
    let events: Vec<_> = target.lifecycle_events.unwrap_or_default().into_iter().map(event).collect();
    let has_shifted = events.iter().any(|it| it.name == "AllowTraffic" && it.state == HookState::Succeeded);
    let function = target.lambda_function_info?;
    Some(Target {
        function: function.function_name.unwrap_or_default(),
        alias: function.function_alias.unwrap_or_default(),
        from: function.current_version.unwrap_or_default(),
        to: function.target_version.unwrap_or_default(),
        weight: percent(function.target_version_weight, has_shifted),
        events,
    })
}

/// `targetVersionWeight` as a whole percentage. The API reference calls it a percentage, and its sample of the same type
/// for ECS has 100.0. Weights of aliases in Lambda are fractions, so one between 0 and 1 is read as a fraction: CodeDeploy
/// has no percentage below 1. A weight of 1 means all once the traffic has shifted.
fn percent(weight: f64, has_shifted: bool) -> u8 {
    let is_fraction = weight < 1.0 || (has_shifted && weight <= 1.0);
    let percent = if is_fraction { weight * 100.0 } else { weight };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped; not a number is 0")]
    let percent = percent.round().clamp(0.0, 100.0) as u8;
    percent
}

fn event(found: sdk::LifecycleEvent) -> LifecycleEvent {
    let text = |text: Option<String>| text.filter(|text| !text.is_empty());
    let (message, log_tail) = match found.diagnostics {
        Some(diagnostics) => (failure(&diagnostics), text(diagnostics.log_tail)),
        None => (None, None),
    };
    LifecycleEvent {
        name: found.lifecycle_event_name.unwrap_or_default(),
        state: hook_state(found.status.as_ref().map_or("", sdk::LifecycleEventStatus::as_str)),
        began: found.start_time.map(timestamp),
        ended: found.end_time.map(timestamp),
        message,
        log_tail,
    }
}

fn hook_state(status: &str) -> HookState {
    match status {
        "Pending" => HookState::Pending,
        "InProgress" => HookState::Running,
        "Succeeded" => HookState::Succeeded,
        "Failed" => HookState::Failed,
        "Skipped" => HookState::Skipped,
        other => HookState::Other(other.to_owned()),
    }
}

fn failure(diagnostics: &sdk::Diagnostics) -> Option<String> {
    let code = diagnostics.error_code.as_ref().map(sdk::LifecycleErrorCode::as_str);
    let parts = [code, diagnostics.message.as_deref()].into_iter().flatten().filter(|part| !part.is_empty());
    (code != Some("Success")).then(|| parts.collect::<Vec<_>>().join(": ")).filter(|message| !message.is_empty())
}

/// `None` if it is no configuration for Lambda.
pub fn routing(found: sdk::DeploymentConfigInfo) -> Option<Routing> {
    let config =
        found.traffic_routing_config.filter(|_| found.compute_platform == Some(sdk::ComputePlatform::Lambda))?;
    match (config.r#type?.as_str(), config.time_based_canary, config.time_based_linear) {
        ("AllAtOnce", _, _) => Some(Routing::AllAtOnce),
        ("TimeBasedCanary", Some(canary), _) => {
            let percent = whole_percent(canary.canary_percentage);
            Some(Routing::Canary { percent, interval: minutes(canary.canary_interval) })
        }
        ("TimeBasedLinear", _, Some(linear)) => {
            let percent = whole_percent(linear.linear_percentage);
            Some(Routing::Linear { percent, interval: minutes(linear.linear_interval) })
        }
        _ => None,
    }
}

fn whole_percent(percent: i32) -> u8 {
    u8::try_from(percent.clamp(0, 100)).unwrap_or_default()
}

fn minutes(minutes: i32) -> Duration {
    Duration::from_secs(SECONDS_PER_MINUTE * u64::try_from(minutes).unwrap_or_default())
}
