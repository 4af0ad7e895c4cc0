//! A packaged template becomes a version of an application in the Serverless Application Repository.
//!
//! ```text
//! template ─Draft::read─▶ metadata, template without its section ─(packaged by the caller)─▶ Release
//! Release ─find─▶ ARN ─plan: look, compare─▶ [Write] ─write─▶ Publication
//! ```
//!
//! Nothing is written before everything that can be checked was checked. A run that is repeated looks before it writes,
//! so that a lost answer makes no second application and no second version.

mod application_id;
mod applications;
mod compare;
mod context;
mod draft;
mod find;
mod metadata;
mod objects;
mod options;
mod plan;
mod problem;
mod same;
mod semantic_version;
mod sharing;
#[cfg(test)]
mod tests;
mod write;

pub use application_id::ApplicationId;
pub use applications::{
    Application, Applications, Caller, MetadataUpdate, NamedObjects, NewApplication, NewVersion, PolicyStatement,
    StoredVersion,
};
pub use context::{Context, Release};
pub use draft::Draft;
pub use metadata::{Document, Folders};
pub use options::{PublishOptions, SameVersion};
pub use semantic_version::SemanticVersion;
pub use sharing::{AccountId, OrganizationId, Sharing};

use crate::facts::{Failure, Publication, PublishEvent, PublishStep, PublishedChange};
use plan::Write;
use write::End;

/// Most bytes of a template: CloudFormation reads no more (quota "template body size in an object").
const MAX_TEMPLATE_BYTES: usize = 1 << 20;

/// Publishes a release. Looks again once if the service has something already that a look did not find.
pub async fn publish<A: Applications, O: NamedObjects>(
    ctx: &Context<'_, A, O>,
    release: &Release<'_>,
) -> Result<Publication, Failure> {
    let id = check(ctx, release).await?;
    let mut done = Vec::new();
    let writes = plan::plan(ctx, &id, release).await?;
    if let End::Conflict(write, error) = write::carry_out(ctx, &id, &writes, &mut done).await? {
        let again = plan::plan(ctx, &id, release).await?;
        if again.iter().any(|other| std::mem::discriminant(other) == std::mem::discriminant(&write)) {
            return Err(problem::conflict(error));
        }
        // What was in the way is what this run creates: the answer to an earlier attempt of the SDK was lost.
        if !again.iter().any(Write::is_creation) {
            done.push(write.step());
        }
        if let End::Conflict(_, error) = write::carry_out(ctx, &id, &again, &mut done).await? {
            return Err(problem::conflict(error));
        }
    }
    Ok(publication(ctx, &id, release, done))
}

/// Checks everything and reports what would be written.
pub async fn preview<A: Applications, O: NamedObjects>(
    ctx: &Context<'_, A, O>,
    release: &Release<'_>,
) -> Result<Publication, Failure> {
    let id = check(ctx, release).await?;
    let steps: Vec<_> = plan::plan(ctx, &id, release).await?.iter().map(Write::step).collect();
    steps.iter().for_each(|step| ctx.report(PublishEvent::Planned(step.clone())));
    Ok(publication(ctx, &id, release, steps))
}

async fn check<A: Applications, O: NamedObjects>(
    ctx: &Context<'_, A, O>,
    release: &Release<'_>,
) -> Result<ApplicationId, Failure> {
    if release.template.len() > MAX_TEMPLATE_BYTES {
        return Err(problem::template_too_large(release.template.len(), MAX_TEMPLATE_BYTES));
    }
    let id = find::identify(ctx, &release.metadata.name).await?;
    ctx.options.check_allowed(&id)?;
    objects::check(&release.objects, ctx.objects, ctx.reporter).await?;
    Ok(id)
}

fn publication<A, O>(
    ctx: &Context<'_, A, O>,
    id: &ApplicationId,
    release: &Release<'_>,
    steps: Vec<PublishStep>,
) -> Publication {
    let is_creation = |step: &PublishStep| matches!(step, PublishStep::CreateApplication { .. });
    let change = match steps.as_slice() {
        [] => PublishedChange::Unchanged,
        steps if steps.iter().any(is_creation) => PublishedChange::Created,
        _ => PublishedChange::Updated,
    };
    Publication {
        application: id.to_string(),
        version: release.metadata.version.as_ref().map(ToString::to_string),
        change,
        steps,
        console: id.console_page(),
        is_public: ctx.options.sharing.as_ref().is_some_and(|sharing| sharing.is_public),
    }
}
