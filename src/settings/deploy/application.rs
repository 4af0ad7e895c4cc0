//! The application that is deployed in place of a template.

use crate::cli::{DeployArguments, template_flags};
use crate::facts::Failure;
use crate::publish::{ApplicationId, SemanticVersion};
use crate::settings::failure::refused;
use crate::settings::source::Source;

/// An application, and the version that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplicationSettings {
    pub id: ApplicationId,
    /// `None` for the latest.
    pub version: Option<SemanticVersion>,
}

/// The application, if a change set is created of one. It is packaged already, so that options about a template are
/// refused, unless a lower source gives them: a samconfig may be used with templates too. Likewise, a template that is
/// asked for replaces the application of a lower source.
pub fn resolve(arguments: &DeployArguments, source: &Source<'_>) -> Result<Option<ApplicationSettings>, Failure> {
    if arguments.execution.execute.is_some() || arguments.execution.follow.is_some() {
        return Ok(None);
    }
    let replaces = source.asks("template-file") && !source.asks("application-id");
    let Some(id) = arguments.application.application_id.as_ref().filter(|_| !replaces) else {
        return match source.asks("semantic-version") {
            true => Err(refused(
                "--semantic-version is given without --application-id",
                "name the application of which it is a version, or leave it out",
            )),
            false => Ok(None),
        };
    };
    match template_flags().find(|flag| source.asks(flag)) {
        Some(flag) => Err(refused(
            format!("an application is deployed (--application-id), and --{flag} is about a template"),
            "leave one of them out: the template and the code of an application are in the repository",
        )),
        None => {
            Ok(Some(ApplicationSettings { id: id.clone(), version: arguments.application.semantic_version.clone() }))
        }
    }
}
