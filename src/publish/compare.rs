//! What the service has already, compared with what is published.

use super::application_id::ApplicationId;
use super::applications::{Applications, NamedObjects, StoredVersion};
use super::context::{Context, Release};
use super::metadata::{Document, MAX_DOCUMENT_BYTES};
use super::options::SameVersion;
use super::problem;
use super::same::{Comparison, compare};
use super::semantic_version::SemanticVersion;
use crate::facts::{Failure, PublishEvent, PublishWarning, Secret, ServiceError, Unchangeable};

/// Most bytes of a stored template that are read.
const MAX_STORED_BYTES: usize = 8 << 20;

/// Whether a version still has to be created. Fails if it exists and is another one.
pub async fn is_new_version<A: Applications, O>(
    ctx: &Context<'_, A, O>,
    id: &ApplicationId,
    version: &SemanticVersion,
    latest: Option<&StoredVersion>,
    release: &Release<'_>,
) -> Result<bool, Failure> {
    let Some(stored) = stored_version(ctx, id, version, latest).await? else { return Ok(true) };
    match ctx.options.same_version {
        SameVersion::Fail => return Err(problem::version_exists(id, version)),
        SameVersion::Allow => {
            let version = version.to_string();
            ctx.warn("SemanticVersion", PublishWarning::VersionNotCompared { version });
        }
        SameVersion::Compare => check_same(ctx, id, version, &stored, release).await?,
    }
    let ours = release.metadata.source_code_url.as_ref();
    if ours.is_some_and(|url| stored.source_code_url.as_ref() != Some(url)) {
        let warning = PublishWarning::CannotChange { key: "SourceCodeUrl", of: Unchangeable::Version };
        ctx.warn("SourceCodeUrl", warning);
    }
    Ok(false)
}

/// A version of an application that exists. The service may answer with another version than the one asked for.
async fn stored_version<A: Applications, O>(
    ctx: &Context<'_, A, O>,
    id: &ApplicationId,
    version: &SemanticVersion,
    latest: Option<&StoredVersion>,
) -> Result<Option<StoredVersion>, Failure> {
    let is_it = |stored: &StoredVersion| stored.version == version.as_str();
    if let Some(latest) = latest.filter(|latest| is_it(latest)) {
        return Ok(Some(latest.clone()));
    }
    let found = ctx.applications.application(id, Some(version)).await?;
    Ok(found.and_then(|application| application.version).filter(is_it))
}

async fn check_same<A: Applications, O>(
    ctx: &Context<'_, A, O>,
    id: &ApplicationId,
    version: &SemanticVersion,
    stored: &StoredVersion,
    release: &Release<'_>,
) -> Result<(), Failure> {
    let unreadable = |failure| problem::version_unreadable(id, version, failure);
    let fetched = ctx.applications.fetch(&stored.template, MAX_STORED_BYTES).await;
    let fetched = fetched.map_err(|error| unreadable(error.into()))?;
    match compare(release.template, fetched).map_err(unreadable)? {
        Comparison::Same => ctx.report(PublishEvent::VersionUnchanged { version: version.to_string() }),
        Comparison::SameExceptCode(properties) => {
            let warning = PublishWarning::CodeNotCompared { version: version.to_string(), properties };
            ctx.warn("SemanticVersion", warning);
        }
        Comparison::Different(path) => return Err(problem::version_differs(id, version, &path)),
    }
    Ok(())
}

/// Whether a readme or a licence is what the service has.
#[derive(Debug, PartialEq, Eq)]
pub enum DocumentState {
    Same,
    Different,
    /// Ours or the service's could not be read.
    Unknown(ServiceError),
}

/// Compares a document by content. Line ends at its end do not count.
pub async fn document_state<A: Applications, O: NamedObjects>(
    ctx: &Context<'_, A, O>,
    ours: &Document,
    stored: Option<&Secret>,
) -> DocumentState {
    let Some(stored) = stored else { return DocumentState::Different };
    let limit = MAX_DOCUMENT_BYTES as usize;
    let ours = match ours {
        Document::Body(text) => Ok(text.clone().into_bytes()),
        Document::Object(location) => ctx.objects.read(location, limit).await,
    };
    match (ours, ctx.applications.fetch(stored, limit).await) {
        (Ok(ours), Ok(stored)) if ours.trim_ascii_end() == stored.trim_ascii_end() => DocumentState::Same,
        (Ok(_), Ok(_)) => DocumentState::Different,
        (Err(error), _) | (_, Err(error)) => DocumentState::Unknown(error),
    }
}
