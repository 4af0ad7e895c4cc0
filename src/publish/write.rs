//! Makes the writes of a plan, one after the other.

use super::application_id::ApplicationId;
use super::applications::Applications;
use super::context::Context;
use super::plan::Write;
use super::problem::{self, CONFLICT, Progress};
use crate::facts::{Failure, PublishEvent, PublishStep, ServiceError};

/// How the writes ended.
#[derive(Debug)]
pub enum End {
    Done,
    /// The service has something already that this write creates: an attempt whose answer was lost, or another run.
    Conflict(Write, ServiceError),
}

/// Makes the writes and appends to `done`. Stops at the first that fails, and on cancellation.
pub async fn carry_out<A: Applications, O>(
    ctx: &Context<'_, A, O>,
    id: &ApplicationId,
    writes: &[Write],
    done: &mut Vec<PublishStep>,
) -> Result<End, Failure> {
    for (index, write) in writes.iter().enumerate() {
        let open = |from: usize| writes[from..].iter().map(Write::step).collect();
        let before = ctx.cancellation.is_cancelled();
        let answer = tokio::select! {
            biased;
            failure = ctx.cancellation.wait() => {
                let (doubtful, open) = match before {
                    true => (None, open(index)),
                    false => (Some(write.step()), open(index + 1)),
                };
                return Err(problem::stopped(failure, &Progress { done, doubtful, open }));
            }
            answer = send(ctx.applications, id, write) => answer,
        };
        match answer {
            Ok(()) => {
                ctx.report(PublishEvent::Done(write.step()));
                done.push(write.step());
            }
            Err(error) if write.is_creation() && is_conflict(&error) => return Ok(End::Conflict(write.clone(), error)),
            Err(error) => {
                let (doubtful, open) = match problem::is_doubtful(&error) {
                    true => (Some(write.step()), open(index + 1)),
                    false => (None, open(index)),
                };
                return Err(problem::stopped(problem::refused(error, id), &Progress { done, doubtful, open }));
            }
        }
    }
    Ok(End::Done)
}

async fn send<A: Applications>(applications: &A, id: &ApplicationId, write: &Write) -> Result<(), ServiceError> {
    match write {
        Write::CreateApplication(new) => applications.create_application(id, new).await,
        Write::CreateVersion(new) => applications.create_version(id, new).await,
        Write::Update(update) => applications.update_application(id, update).await,
        Write::Share(_, statements) => applications.set_policy(id, statements).await,
    }
}

/// A 409. The text of the service need not name an ARN: "Application with name x already exists"
/// (amazon-archives/aws-serverlessrepo-python#34).
fn is_conflict(error: &ServiceError) -> bool {
    error.code.as_deref() == Some(CONFLICT)
}
