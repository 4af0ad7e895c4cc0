//! Runs the operations of the table as the work of jobs.

use super::Inputs;
use super::services::{Operations, Start};
use crate::facts::{Failure, Redactor, Reporter};
use crate::interrupt::Cancellation;
use crate::operation::action::{Action, ActionHost, Request};
use crate::operation::{Advance, Cloud, Patience, Pending, Row, World, drive};
use std::sync::Arc;

/// Runs operations for actions, with the host's own role.
pub struct ActionOperations<'a, C> {
    pub cloud: &'a C,
    pub host: ActionHost<'a>,
    pub redactor: &'a Redactor,
    pub cancellation: &'a Cancellation,
    /// How long a job waits before another one continues.
    pub patience: Patience,
}

impl<C: Cloud> Operations for ActionOperations<'_, C> {
    type Request = Request;

    fn parse(&self, row: &Row, action: Action<'_>) -> Result<Request, Failure> {
        (row.parse)(action)
    }

    async fn advance(
        &self,
        request: &Request,
        inputs: &Inputs,
        start: Start<'_>,
        reporter: &Arc<dyn Reporter>,
    ) -> Result<Advance, Failure> {
        let resolved = request.resolve(inputs, &self.host, self.redactor)?;
        resolved.warnings.into_iter().for_each(|warning| reporter.report(crate::facts::Event::Warning(warning)));
        let operation = resolved.settings;
        let (cloud, redactor, cancellation) = (self.cloud, self.redactor, self.cancellation);
        let Start { job_id, state, keep } = start;
        let world = World { cloud, reporter, redactor, cancellation, job_id: Some(job_id) };
        let run = operation.run(&world);
        let advance = async |state| {
            let advanced = run.advance(state).await?;
            if let Advance::Pending(pending) = &advanced {
                keep(pending);
            }
            Ok(advanced)
        };
        Ok(match drive(advance, tokio::time::sleep, cancellation, state, self.patience).await? {
            Advance::Pending(pending) => Advance::Pending(Pending { files: run.files_so_far(), ..pending }),
            done @ Advance::Done(_) => done,
        })
    }
}
