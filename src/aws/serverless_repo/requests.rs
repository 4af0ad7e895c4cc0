//! Writes as the SDK spells them. What is not given is not sent.

use crate::publish::{Document, MetadataUpdate, NewApplication, NewVersion, PolicyStatement};
use aws_sdk_serverlessapplicationrepository::operation::create_application::builders::CreateApplicationFluentBuilder;
use aws_sdk_serverlessapplicationrepository::operation::create_application_version::builders::CreateApplicationVersionFluentBuilder;
use aws_sdk_serverlessapplicationrepository::operation::update_application::builders::UpdateApplicationFluentBuilder;
use aws_sdk_serverlessapplicationrepository::types::ApplicationPolicyStatement;
use std::collections::BTreeSet;

pub fn create_application(
    request: CreateApplicationFluentBuilder,
    new: &NewApplication,
) -> CreateApplicationFluentBuilder {
    let ((license_body, license_url), (readme_body, readme_url)) = (parts(&new.license), parts(&new.readme));
    let version = &new.version;
    request
        .name(&new.name)
        .author(&new.author)
        .description(&new.description)
        .set_home_page_url(new.home_page_url.clone())
        .set_labels(new.labels.clone())
        .set_license_body(license_body)
        .set_license_url(license_url)
        .set_readme_body(readme_body)
        .set_readme_url(readme_url)
        .set_spdx_license_id(new.spdx_license_id.clone())
        .semantic_version(version.version.as_str())
        .template_body(&version.template)
        .set_source_code_url(version.source_code_url.clone())
        .set_source_code_archive_url(version.source_code_archive.as_ref().map(|archive| archive.uri()))
}

pub fn create_version(
    request: CreateApplicationVersionFluentBuilder,
    new: &NewVersion,
) -> CreateApplicationVersionFluentBuilder {
    request
        .semantic_version(new.version.as_str())
        .template_body(&new.template)
        .set_source_code_url(new.source_code_url.clone())
        .set_source_code_archive_url(new.source_code_archive.as_ref().map(|archive| archive.uri()))
}

pub fn update(request: UpdateApplicationFluentBuilder, update: &MetadataUpdate) -> UpdateApplicationFluentBuilder {
    let (readme_body, readme_url) = parts(&update.readme);
    request
        .set_author(update.author.clone())
        .set_description(update.description.clone())
        .set_home_page_url(update.home_page_url.clone())
        .set_labels(update.labels.clone())
        .set_readme_body(readme_body)
        .set_readme_url(readme_url)
}

pub fn statement(statement: &PolicyStatement) -> ApplicationPolicyStatement {
    let list = |texts: &BTreeSet<String>| texts.iter().cloned().collect::<Vec<_>>();
    let organizations = list(&statement.organizations);
    ApplicationPolicyStatement::builder()
        .set_statement_id(statement.id.clone())
        .set_principals(Some(list(&statement.principals)))
        .set_principal_org_ids((!organizations.is_empty()).then_some(organizations))
        .set_actions(Some(list(&statement.actions)))
        .build()
}

/// Body and URL of a document.
fn parts(document: &Option<Document>) -> (Option<String>, Option<String>) {
    match document {
        Some(Document::Body(text)) => (Some(text.clone()), None),
        Some(Document::Object(location)) => (None, Some(location.uri())),
        None => (None, None),
    }
}
