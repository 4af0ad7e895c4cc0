//! `CreateChangeSet` as the SDK spells it. What is not given is not sent: an empty list clears what the stack has.

use crate::deploy::{ChangeSetKind, ChangeSetRequest, Express, ParameterValue, RollbackTriggers, TemplateText};
use aws_sdk_cloudformation::operation::create_change_set::builders::CreateChangeSetFluentBuilder;
use aws_sdk_cloudformation::types::{
    Capability, ChangeSetType, DeploymentConfig, DeploymentConfigMode, DeploymentMode, OnStackFailure, Parameter,
    RollbackConfiguration, RollbackTrigger, Tag,
};

/// The type of a rollback trigger. The ARN of a composite alarm has the same form.
const ALARM: &str = "AWS::CloudWatch::Alarm";

pub fn create_change_set(
    builder: CreateChangeSetFluentBuilder,
    request: &ChangeSetRequest,
) -> CreateChangeSetFluentBuilder {
    let capabilities = |names: &Vec<String>| names.iter().map(|name| Capability::from(name.as_str())).collect();
    let builder = match &request.template {
        TemplateText::Body(text) => builder.template_body(text),
        TemplateText::Url(url) => builder.template_url(url),
    };
    builder
        .stack_name(&request.stack)
        .change_set_name(&request.name)
        .client_token(&request.token)
        .change_set_type(kind(request.kind))
        .set_description(request.description.clone())
        .set_parameters(parameters(&request.parameters))
        .set_tags(request.tags.as_ref().map(|tags| tags.iter().map(|(key, value)| tag(key, value)).collect()))
        .set_capabilities(request.capabilities.as_ref().map(capabilities))
        .set_role_arn(request.role_arn.clone())
        .set_notification_arns(request.topics.clone())
        .set_rollback_configuration(request.triggers.as_ref().map(triggers))
        .set_on_stack_failure(request.deletes_on_failure.then_some(OnStackFailure::Delete))
        .set_include_nested_stacks(request.includes_nested.then_some(true))
        .set_import_existing_resources(request.imports_existing.then_some(true))
        .set_deployment_mode(request.reverts_drift.then_some(DeploymentMode::RevertDrift))
        .set_deployment_config(request.express.map(express))
}

fn kind(kind: ChangeSetKind) -> ChangeSetType {
    match kind {
        ChangeSetKind::Create => ChangeSetType::Create,
        ChangeSetKind::Update => ChangeSetType::Update,
    }
}

fn parameters(parameters: &[(String, ParameterValue)]) -> Option<Vec<Parameter>> {
    let parameter = |(name, value): &(String, ParameterValue)| {
        let parameter = Parameter::builder().parameter_key(name);
        match value {
            ParameterValue::Given(value) => parameter.parameter_value(value.expose()).build(),
            ParameterValue::Previous => parameter.use_previous_value(true).build(),
        }
    };
    (!parameters.is_empty()).then(|| parameters.iter().map(parameter).collect())
}

fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build()
}

fn triggers(triggers: &RollbackTriggers) -> RollbackConfiguration {
    let trigger = |arn: &String| RollbackTrigger::builder().arn(arn).r#type(ALARM).build();
    RollbackConfiguration::builder()
        .set_rollback_triggers(Some(triggers.alarms.iter().map(trigger).collect()))
        .set_monitoring_time_in_minutes(triggers.minutes.map(i32::from))
        .build()
}

fn express(express: Express) -> DeploymentConfig {
    let config = DeploymentConfig::builder().mode(DeploymentConfigMode::Express);
    config.disable_rollback(express.disables_rollback).build()
}
