//! What has to be written, in the order of the writes: the version first, because it is what can be refused.

use super::application_id::ApplicationId;
use super::applications::{
    Application, Applications, MetadataUpdate, NamedObjects, NewApplication, NewVersion, PolicyStatement,
};
use super::compare::{DocumentState, document_state, is_new_version};
use super::context::{Context, Release};
use super::find;
use super::metadata::Metadata;
use super::problem;
use super::semantic_version::SemanticVersion;
use super::sharing::Sharing;
use crate::facts::{Failure, PublishEvent, PublishStep, PublishWarning, Unchangeable};
use std::collections::BTreeSet;

/// A write with its request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    CreateApplication(Box<NewApplication>),
    CreateVersion(Box<NewVersion>),
    Update(Box<MetadataUpdate>),
    /// Whom our statements name, and all statements.
    Share(Vec<String>, Vec<PolicyStatement>),
}

impl Write {
    /// Whether it makes an application or a version, which the service has only once.
    pub fn is_creation(&self) -> bool {
        match self {
            Self::CreateApplication(_) | Self::CreateVersion(_) => true,
            Self::Update(_) | Self::Share(..) => false,
        }
    }

    pub fn step(&self) -> PublishStep {
        match self {
            Self::CreateApplication(new) => PublishStep::CreateApplication { version: new.version.version.to_string() },
            Self::CreateVersion(new) => PublishStep::CreateVersion { version: new.version.to_string() },
            Self::Update(update) => PublishStep::UpdateMetadata { keys: changed_keys(update) },
            Self::Share(with, _) => PublishStep::Share { with: with.clone() },
        }
    }
}

fn changed_keys(update: &MetadataUpdate) -> Vec<&'static str> {
    let MetadataUpdate { author, description, home_page_url, labels, readme } = update;
    let keys = [
        ("Author", author.is_some()),
        ("Description", description.is_some()),
        ("HomePageUrl", home_page_url.is_some()),
        ("Labels", labels.is_some()),
        ("Readme", readme.is_some()),
    ];
    keys.into_iter().filter(|(_, changes)| *changes).map(|(key, _)| key).collect()
}

/// What has to be written to an application.
pub async fn plan<A: Applications, O: NamedObjects>(
    ctx: &Context<'_, A, O>,
    id: &ApplicationId,
    release: &Release<'_>,
) -> Result<Vec<Write>, Failure> {
    let found = find::look_up(ctx, id).await?;
    ctx.report(PublishEvent::Found { application: id.to_string(), exists: found.is_some() });
    match found {
        None => create(ctx, release),
        Some(application) => update(ctx, id, &application, release).await,
    }
}

fn create<A, O>(ctx: &Context<'_, A, O>, release: &Release<'_>) -> Result<Vec<Write>, Failure> {
    let metadata = release.metadata;
    let version = metadata.version.as_ref().ok_or_else(|| problem::no_version(&metadata.name))?;
    if is_public(ctx.options.sharing.as_ref()) && metadata.license.is_none() {
        return Err(problem::not_public(&metadata.name, "a licence"));
    }
    let application = Write::CreateApplication(Box::new(new_application(metadata, new_version(version, release))));
    let policy = ctx.options.sharing.as_ref().and_then(|sharing| share(sharing, &[]));
    Ok(std::iter::once(application).chain(policy).collect())
}

async fn update<A: Applications, O: NamedObjects>(
    ctx: &Context<'_, A, O>,
    id: &ApplicationId,
    application: &Application,
    release: &Release<'_>,
) -> Result<Vec<Write>, Failure> {
    let mut writes = Vec::new();
    match &release.metadata.version {
        Some(version) => {
            if is_new_version(ctx, id, version, application.version.as_ref(), release).await? {
                writes.push(Write::CreateVersion(Box::new(new_version(version, release))));
            }
        }
        None => ctx.report(PublishEvent::NoVersion { application: id.to_string() }),
    }
    if is_public(ctx.options.sharing.as_ref()) {
        check_public(id, application, release.metadata)?;
    }
    let update = changed_metadata(ctx, application, release.metadata).await;
    if update != MetadataUpdate::default() {
        writes.push(Write::Update(Box::new(update)));
    }
    if let Some(sharing) = &ctx.options.sharing {
        writes.extend(share(sharing, &ctx.applications.policy(id).await?));
    }
    Ok(writes)
}

fn is_public(sharing: Option<&Sharing>) -> bool {
    sharing.is_some_and(|sharing| sharing.is_public)
}

fn check_public(id: &ApplicationId, application: &Application, metadata: &Metadata) -> Result<(), Failure> {
    if application.license.is_none() {
        return Err(problem::not_public_for_ever(id));
    }
    match application.version.is_none() && metadata.version.is_none() {
        true => Err(problem::not_public(&id.name, "a version")),
        false => Ok(()),
    }
}

fn share(sharing: &Sharing, present: &[PolicyStatement]) -> Option<Write> {
    sharing.policy(present).map(|statements| Write::Share(sharing.with(), statements))
}

fn new_version(version: &SemanticVersion, release: &Release<'_>) -> NewVersion {
    NewVersion {
        version: version.clone(),
        template: release.template.to_owned(),
        source_code_url: release.metadata.source_code_url.clone(),
        source_code_archive: release.metadata.source_code_archive.clone(),
    }
}

fn new_application(metadata: &Metadata, version: NewVersion) -> NewApplication {
    let metadata = metadata.clone();
    NewApplication {
        name: metadata.name,
        author: metadata.author,
        description: metadata.description,
        home_page_url: metadata.home_page_url,
        labels: metadata.labels,
        license: metadata.license,
        readme: metadata.readme,
        spdx_license_id: metadata.spdx_license_id,
        version,
    }
}

/// The keys whose values differ from what the service has. A key that the metadata does not have stays as it is.
async fn changed_metadata<A: Applications, O: NamedObjects>(
    ctx: &Context<'_, A, O>,
    application: &Application,
    metadata: &Metadata,
) -> MetadataUpdate {
    say_unchangeable(ctx, application, metadata).await;
    let differs = |ours: &String, stored: &String| (ours != stored).then(|| ours.clone());
    let home_page_url = metadata.home_page_url.clone().filter(|url| application.home_page_url.as_ref() != Some(url));
    let labels = metadata.labels.clone();
    let labels = labels.filter(|labels| labels.iter().cloned().collect::<BTreeSet<_>>() != application.labels);
    MetadataUpdate {
        author: differs(&metadata.author, &application.author),
        description: differs(&metadata.description, &application.description),
        home_page_url,
        labels,
        readme: match &metadata.readme {
            Some(readme) => match document_state(ctx, readme, application.readme.as_ref()).await {
                DocumentState::Same => None,
                DocumentState::Different => Some(readme.clone()),
                DocumentState::Unknown(error) => {
                    ctx.warn("Readme", PublishWarning::DocumentNotCompared { key: "Readme", error });
                    Some(readme.clone())
                }
            },
            None => None,
        },
    }
}

/// The service has no call that changes licence and SPDX id of an application.
async fn say_unchangeable<A: Applications, O: NamedObjects>(
    ctx: &Context<'_, A, O>,
    application: &Application,
    metadata: &Metadata,
) {
    let warn = |key| ctx.warn(key, PublishWarning::CannotChange { key, of: Unchangeable::Application });
    if metadata.spdx_license_id.is_some() && metadata.spdx_license_id != application.spdx_license_id {
        warn("SpdxLicenseId");
    }
    if let Some(license) = &metadata.license
        && document_state(ctx, license, application.license.as_ref()).await == DocumentState::Different
    {
        warn("License");
    }
}
