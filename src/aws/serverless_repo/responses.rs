//! The SDK's answers in the words of publishing. Links are secrets: they may be signed.

use crate::facts::Secret;
use crate::publish::{Application, PolicyStatement, StoredVersion};
use aws_sdk_serverlessapplicationrepository::operation::get_application::GetApplicationOutput;
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

pub fn statement(statement: ApplicationPolicyStatement) -> PolicyStatement {
    let set = |texts: Option<Vec<String>>| texts.unwrap_or_default().into_iter().collect();
    PolicyStatement {
        id: statement.statement_id,
        principals: set(statement.principals),
        organizations: set(statement.principal_org_ids),
        actions: set(statement.actions),
    }
}
