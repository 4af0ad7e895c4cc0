//! The SDK's answers in the words of publishing and of deployments. Links are secrets: they may be signed.

use crate::facts::Secret;
use crate::operation::{ApplicationTemplate, DeployableVersion, NestedApplication, TemplateStatus};
use crate::publish::{Application, PolicyStatement, StoredVersion};
use crate::template_configuration::ParameterDefinition;
use aws_sdk_serverlessapplicationrepository::operation::get_application::GetApplicationOutput;
use aws_sdk_serverlessapplicationrepository::types as sdk;
use aws_sdk_serverlessapplicationrepository::types::{ApplicationPolicyStatement, Version};

pub fn application(found: GetApplicationOutput) -> Application {
    let link = |link: Option<String>| link.filter(|link| !link.is_empty()).map(Secret::new);
    Application {
        author: found.author.unwrap_or_default(),
        description: found.description.unwrap_or_default(),
        home_page_url: found.home_page_url,
        labels: found.labels.unwrap_or_default().into_iter().collect(),
        license: link(found.license_url),
        readme: link(found.readme_url),
        spdx_license_id: found.spdx_license_id,
        version: found.version.and_then(version),
    }
}

fn version(version: Version) -> Option<StoredVersion> {
    Some(StoredVersion {
        version: version.semantic_version?,
        template: Secret::new(version.template_url.unwrap_or_default()),
        source_code_url: version.source_code_url,
    })
}

/// A missing `resourcesSupported` counts as true.
pub fn deployable(version: Version) -> DeployableVersion {
    let capabilities = version.required_capabilities.unwrap_or_default();
    DeployableVersion {
        version: version.semantic_version.unwrap_or_default(),
        parameters: version.parameter_definitions.unwrap_or_default().into_iter().map(parameter).collect(),
        capabilities: capabilities.iter().map(|capability| capability.as_str().to_owned()).collect(),
        is_supported: version.resources_supported != Some(false),
    }
}

fn parameter(definition: sdk::ParameterDefinition) -> ParameterDefinition {
    // Zero stands for a limit that is not set.
    let length = |length: Option<i32>| length.and_then(|it| u64::try_from(it).ok()).filter(|length| *length > 0);
    ParameterDefinition {
        name: definition.name.unwrap_or_default(),
        kind: definition.r#type.unwrap_or_default(),
        no_echo: definition.no_echo == Some(true),
        has_default: definition.default_value.is_some(),
        allowed: definition.allowed_values.unwrap_or_default(),
        min_length: length(definition.min_length),
        max_length: length(definition.max_length),
    }
}

pub fn nested(dependency: sdk::ApplicationDependencySummary) -> NestedApplication {
    NestedApplication {
        id: dependency.application_id.unwrap_or_default(),
        version: dependency.semantic_version.unwrap_or_default(),
    }
}

pub fn template(id: Option<String>, status: Option<sdk::Status>, url: Option<String>) -> ApplicationTemplate {
    let status = TemplateStatus::read(status.as_ref().map(sdk::Status::as_str));
    ApplicationTemplate { id: id.unwrap_or_default(), status, url: Secret::new(url.unwrap_or_default()) }
}

pub fn statement(statement: ApplicationPolicyStatement) -> PolicyStatement {
    let set = |texts: Option<Vec<String>>| texts.unwrap_or_default().into_iter().collect();
    PolicyStatement {
        id: statement.statement_id,
        principals: set(statement.principals),
        organizations: set(statement.principal_org_ids),
        actions: set(statement.actions),
    }
}
