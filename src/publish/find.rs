//! Finds the application by its ARN, never by an attempt to create it.

use super::application_id::ApplicationId;
use super::applications::{Application, Applications};
use super::context::Context;
use super::problem;
use crate::facts::{Failure, Reason, ServiceError};

/// The application that is published: the one that was named, else the caller's with this name.
pub async fn identify<A: Applications, O>(ctx: &Context<'_, A, O>, name: &str) -> Result<ApplicationId, Failure> {
    if let Some(id) = &ctx.options.application {
        return match ctx.applications.region() {
            Some(region) if region != id.region => Err(problem::other_region(id, &region)),
            Some(_) | None => Ok(id.clone()),
        };
    }
    let region = ctx.applications.region().ok_or_else(problem::no_region)?;
    let caller = ctx.applications.caller().await?;
    Ok(ApplicationId { partition: caller.partition, region, account: caller.account, name: name.to_owned() })
}

/// The application as the service has it; `None` if it does not exist.
pub async fn look_up<A: Applications, O>(
    ctx: &Context<'_, A, O>,
    id: &ApplicationId,
) -> Result<Option<Application>, Failure> {
    let found = match ctx.applications.application(id, None).await {
        Ok(found) => found,
        Err(error) if error.reason == Reason::AccessDenied => return denied(ctx, id, error).await,
        Err(error) => return Err(error.into()),
    };
    match (&found, &ctx.options.application) {
        (None, Some(id)) => Err(problem::absent(id)),
        (_, _) => Ok(found),
    }
}

/// A 403 may also be the answer for an application that does not exist. The list of the caller's own applications decides.
async fn denied<A: Applications, O>(
    ctx: &Context<'_, A, O>,
    id: &ApplicationId,
    error: ServiceError,
) -> Result<Option<Application>, Failure> {
    if ctx.options.application.is_some() {
        return Err(error.into());
    }
    match ctx.applications.own_applications().await {
        Ok(own) if own.contains(&id.to_string()) => Err(error.into()),
        Ok(_) => Ok(None),
        Err(listing) => Err(problem::lookup_denied(error, listing)),
    }
}
