//! The SDK's answers in the words of the deployment. Statuses pass as text.

use crate::aws::time::timestamp;
use crate::deploy::{
    Annotation, ChangeSet, DescribedChange, Finding, FindingKind, HookInvocation, HookResult, Stack, StackEvent, Status,
};
use crate::facts::{ChangeAction, ChangeCause, Replacement, StackChange, StackOutput};
use aws_sdk_cloudformation::operation::describe_change_set::DescribeChangeSetOutput;
use aws_sdk_cloudformation::operation::get_hook_result::GetHookResultOutput;
use aws_sdk_cloudformation::types::{
    self as sdk, AnnotationStatus, DeploymentConfigMode, EventType, HookFailureMode, OnStackFailure, ResourceAttribute,
    ValidationStatus,
};
use std::time::Duration;

fn status(text: Option<&str>) -> Status {
    Status::new(text.unwrap_or_default())
}

pub fn stack(stack: sdk::Stack) -> Stack {
    let minutes = stack.rollback_configuration.and_then(|it| it.monitoring_time_in_minutes).unwrap_or_default();
    let tags = stack.tags.unwrap_or_default().into_iter();
    let parameters = stack.parameters.unwrap_or_default().into_iter();
    Stack {
        id: stack.stack_id.unwrap_or_default(),
        name: stack.stack_name.unwrap_or_default(),
        status: status(stack.stack_status.as_ref().map(sdk::StackStatus::as_str)),
        status_reason: stack.stack_status_reason,
        parameters: parameters.filter_map(|parameter| parameter.parameter_key).collect(),
        tags: tags.filter_map(|tag| Some((tag.key?, tag.value.unwrap_or_default()))).collect(),
        outputs: stack.outputs.unwrap_or_default().into_iter().map(output).collect(),
        role_arn: stack.role_arn,
        is_protected: stack.enable_termination_protection.unwrap_or_default(),
        created_at: stack.creation_time.map(timestamp),
        updated_at: stack.last_updated_time.map(timestamp),
        operation_id: stack.last_operations.unwrap_or_default().into_iter().find_map(|it| it.operation_id),
        monitoring: Duration::from_secs(60 * u64::try_from(minutes).unwrap_or_default()),
    }
}

fn output(output: sdk::Output) -> StackOutput {
    StackOutput {
        key: output.output_key.unwrap_or_default(),
        value: output.output_value.unwrap_or_default(),
        description: output.description,
        export_name: output.export_name,
    }
}

pub fn change_set(described: DescribeChangeSetOutput) -> ChangeSet {
    let changes = described.changes.unwrap_or_default().into_iter();
    let mode = described.deployment_config.and_then(|config| config.mode);
    ChangeSet {
        status: status(described.status.as_ref().map(sdk::ChangeSetStatus::as_str)),
        execution: status(described.execution_status.as_ref().map(sdk::ExecutionStatus::as_str)),
        id: described.change_set_id.unwrap_or_default(),
        stack_id: described.stack_id.unwrap_or_default(),
        stack_name: described.stack_name.unwrap_or_default(),
        status_reason: described.status_reason,
        changes: changes.filter_map(|change| change.resource_change).map(change).collect(),
        deletes_on_failure: described.on_stack_failure == Some(OnStackFailure::Delete),
        express: mode == Some(DeploymentConfigMode::Express),
        next: described.next_token,
    }
}

fn change(change: sdk::ResourceChange) -> DescribedChange {
    let causes = change.details.unwrap_or_default().into_iter().filter_map(cause).collect();
    let text = |text: Option<String>| text.filter(|text| !text.is_empty());
    DescribedChange {
        change: StackChange {
            parents: Vec::new(),
            logical_id: change.logical_resource_id.unwrap_or_default(),
            physical_id: text(change.physical_resource_id),
            resource_type: change.resource_type.unwrap_or_default(),
            action: action(change.action.as_ref().map_or("", sdk::ChangeAction::as_str)),
            replacement: replacement(change.replacement.as_ref().map_or("", sdk::Replacement::as_str)),
            policy_action: change.policy_action.map(|policy| policy.as_str().to_owned()),
            causes,
            place: None,
        },
        nested: text(change.change_set_id),
    }
}

fn action(name: &str) -> ChangeAction {
    match name {
        "Add" => ChangeAction::Add,
        "Modify" => ChangeAction::Modify,
        "Remove" => ChangeAction::Remove,
        "Import" => ChangeAction::Import,
        "Dynamic" => ChangeAction::Dynamic,
        other => ChangeAction::Other(other.to_owned()),
    }
}

fn replacement(name: &str) -> Option<Replacement> {
    match name {
        "True" => Some(Replacement::Always),
        "Conditional" => Some(Replacement::Conditional),
        "False" => Some(Replacement::Never),
        _ => None,
    }
}

/// Without the values before and after, which may be secrets.
fn cause(detail: sdk::ResourceChangeDetail) -> Option<ChangeCause> {
    let target = detail.target?;
    let attribute = target.attribute.as_ref().map(ResourceAttribute::as_str).unwrap_or_default();
    Some(ChangeCause {
        property: target.name.unwrap_or_else(|| attribute.to_owned()),
        source: detail.change_source.map(|source| source.as_str().to_owned()).unwrap_or_default(),
        entity: detail.causing_entity,
        recreation: target.requires_recreation.map(|recreation| recreation.as_str().to_owned()),
    })
}

pub fn event(event: sdk::StackEvent) -> StackEvent {
    let hook_status = event.hook_status.as_ref().map(sdk::HookStatus::as_str);
    let hook = hook_status.map(|hook_status| HookInvocation {
        name: event.hook_type.unwrap_or_default(),
        status: Status::new(hook_status),
        reason: event.hook_status_reason,
        invocation_id: event.hook_invocation_id,
        fails: event.hook_failure_mode != Some(HookFailureMode::Warn),
    });
    StackEvent {
        stack_id: event.stack_id.unwrap_or_default(),
        stack_name: event.stack_name.unwrap_or_default(),
        event_id: event.event_id.unwrap_or_default(),
        logical_id: event.logical_resource_id.unwrap_or_default(),
        physical_id: event.physical_resource_id,
        resource_type: event.resource_type.unwrap_or_default(),
        time: event.timestamp.map(timestamp).unwrap_or_default(),
        status: status(event.resource_status.as_ref().map(sdk::ResourceStatus::as_str)),
        detailed_status: event.detailed_status.map(|status| status.as_str().to_owned()),
        reason: event.resource_status_reason,
        token: event.client_request_token,
        hook,
    }
}

pub fn finding(event: sdk::OperationEvent) -> Finding {
    let kind = match &event.event_type {
        Some(EventType::ValidationError) => FindingKind::Validation,
        Some(EventType::ProvisioningError) => FindingKind::Provisioning,
        Some(EventType::HookInvocationError) => FindingKind::Hook,
        _ => FindingKind::Other,
    };
    let skipped = event.validation_status == Some(ValidationStatus::Skipped);
    let warns = |mode: Option<HookFailureMode>| mode == Some(HookFailureMode::Warn);
    let resource_status = event.resource_status.map(|status| status.as_str().to_owned());
    Finding {
        event_id: event.event_id.unwrap_or_default(),
        logical_id: event.logical_resource_id,
        physical_id: event.physical_resource_id,
        resource_type: event.resource_type,
        check: event.validation_name.or_else(|| event.hook_type.map(|name| format!("hook {name}"))).or(resource_status),
        path: event.validation_path,
        reason: event.validation_status_reason.or(event.hook_status_reason).or(event.resource_status_reason),
        kind,
        fails: !skipped && !warns(event.validation_failure_mode) && !warns(event.hook_failure_mode),
        time: event.timestamp.map(timestamp),
    }
}

pub fn hook_summary(hook: sdk::HookResultSummary) -> HookResult {
    HookResult {
        status: status(hook.status.as_ref().map(sdk::HookStatus::as_str)),
        id: hook.hook_result_id.unwrap_or_default(),
        name: hook.type_name.unwrap_or_default(),
        reason: hook.hook_status_reason,
        fails: hook.failure_mode != Some(HookFailureMode::Warn),
        logical_id: None,
        annotations: Vec::new(),
    }
}

pub fn hook_result(hook: GetHookResultOutput) -> HookResult {
    HookResult {
        status: status(hook.status.as_ref().map(sdk::HookStatus::as_str)),
        id: hook.hook_result_id.unwrap_or_default(),
        name: hook.type_name.unwrap_or_default(),
        reason: hook.hook_status_reason,
        fails: hook.failure_mode != Some(HookFailureMode::Warn),
        logical_id: None,
        annotations: hook.annotations.unwrap_or_default().into_iter().map(annotation).collect(),
    }
}

fn annotation(annotation: sdk::Annotation) -> Annotation {
    Annotation {
        name: annotation.annotation_name.unwrap_or_default(),
        failed: annotation.status == Some(AnnotationStatus::Failed),
        message: annotation.status_message,
        remedy: annotation.remediation_message,
        link: annotation.remediation_link,
        severity: annotation.severity_level.map(|level| level.as_str().to_owned()),
    }
}
