//! Reports jobs whose processes ended without a result, so that no action stays in progress for a day.

use super::claim::{Claim, claim_again};
use super::messages::{JobEnd, SUSPENDED};
use super::queue::AcknowledgeJob;
use super::record::{Assignment, Record, Records, remove_folder};
use crate::facts::{Event, Failure, FailureKind, Redactor, Reporter, WorkerEvent};
use crate::job::{JobId, JobOptions, Services, reject, suspend_lost};
use futures_util::future::join_all;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How the words for the end of a process show that the kernel killed it.
const KILLED: &str = "signal: 9";
/// After so long, CodePipeline fails a custom action or an invoke action by itself.
const ACTION_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);

/// A job whose process ended without a result.
pub struct Lost {
    /// How the process ended.
    pub how: String,
    /// The continuation token that the process kept, or why it cannot be read.
    pub kept: io::Result<Option<String>>,
    /// The continuation token of the job itself.
    pub own: Option<String>,
    /// What leads to the log of the job.
    pub external_execution_id: Option<String>,
}

impl Lost {
    /// How the process ended, and the token from which another job continues.
    fn continued(self) -> (String, Option<String>) {
        match self.kept {
            Ok(kept) => (self.how, kept.or(self.own)),
            Err(error) => (format!("{}; its last state cannot be read: {error}", self.how), self.own),
        }
    }
}

/// Reports lost jobs.
pub struct LostJobs<'a, S> {
    pub services: &'a S,
    pub redactor: &'a Redactor,
    pub reporter: &'a Arc<dyn Reporter>,
}

/// The records that a worker recovers. Others are those of workers that may have another role or region.
pub struct Share<'a> {
    pub action_type: Option<&'a str>,
    /// Younger records are left.
    pub age: Duration,
}

impl<S: Services<Jobs: AcknowledgeJob>> LostJobs<'_, S> {
    /// Puts the result of a job whose process ended like this: another job continues from the last token, or it failed.
    /// If the process put a result after all, the service refuses this one.
    pub async fn report(&self, job: &JobId, lost: Lost) -> JobEnd {
        let external_execution_id = lost.external_execution_id.clone();
        let (how, token) = lost.continued();
        let event = WorkerEvent::ProcessLost { job_id: job.to_string(), how: how.clone() };
        self.reporter.report(Event::Worker(event));
        let options = JobOptions { external_execution_id, redactor: self.redactor.clone(), ..JobOptions::default() };
        let failure = failure_of(&how);
        if let Some(token) = token {
            let put = suspend_lost(job, &token, &failure, self.services, &options, self.reporter).await;
            match put {
                Some(Ok(())) => return JobEnd::reported(SUSPENDED),
                Some(Err(failure)) => return JobEnd::unreported(failure.kind.job_failure_type().name()),
                None => {}
            }
        }
        match reject(job, failure, self.services, &options, self.reporter).await {
            Ok(failure) => JobEnd::reported(failure.kind.job_failure_type().name()),
            Err(failure) => JobEnd::unreported(failure.kind.job_failure_type().name()),
        }
    }

    /// Acknowledges a job again after its process ended while it did.
    pub async fn claim_again(&self, job: &JobId, nonce: &str) -> Claim {
        claim_again(job, nonce, self.services.jobs(), async |wait| self.services.pause(wait).await).await
    }

    /// Reports the jobs whose processes and workers were killed, and removes their records and folders.
    pub async fn recover(&self, records: &Records, share: &Share<'_>) {
        match records.paths() {
            Ok(paths) => drop(join_all(paths.iter().map(|path| self.recover_record(path, share))).await),
            Err(error) => tracing::debug!(%error, "the records of jobs cannot be listed"),
        }
    }

    async fn recover_record(&self, path: &Path, share: &Share<'_>) {
        // A process or another worker may hold it.
        let Ok(record) = Record::hold_alone(path) else { return };
        let age = record.age();
        let is_over = match record.read() {
            _ if age > ACTION_TIMEOUT => true,
            Ok(None) => true,
            Ok(Some(assignment)) if assignment.action_type.as_deref() != share.action_type => return,
            Ok(Some(_)) if age < share.age => return,
            Ok(Some(assignment)) => self.recover_job(&assignment, record.token()).await,
            Err(error) => {
                tracing::debug!(%error, path = %path.display(), "a record cannot be read");
                false
            }
        };
        let removed = tokio::task::spawn_blocking(move || {
            remove_folder(&record.folder())?;
            if is_over { record.remove() } else { Ok(()) }
        });
        if let Ok(Err(error)) = removed.await {
            tracing::debug!(%error, path = %path.display(), "a record cannot be removed");
        }
    }

    /// Whether the job is over. One that this queue does not know may belong to another account or region.
    async fn recover_job(&self, assignment: &Assignment, kept: io::Result<Option<String>>) -> bool {
        let Some(job) = JobId::new(&assignment.job_id) else { return false };
        let claim = match &assignment.nonce {
            Some(nonce) => self.claim_again(&job, nonce).await,
            None => Claim::Ours,
        };
        match claim {
            Claim::Ours => {
                let external_execution_id = assignment.external_execution_id.clone();
                let how = "it was killed together with its worker".to_owned();
                let lost = Lost { how, kept, own: None, external_execution_id };
                self.report(&job, lost).await.is_put
            }
            Claim::Taken | Claim::Left(_) => true,
            Claim::Gone => false,
        }
    }
}

fn failure_of(how: &str) -> Failure {
    let hint = match how.contains(KILLED) {
        true => "a killed process often had too little memory: give the worker more, or fewer jobs at a time",
        false => "retry the stage: objects that were uploaded are reused",
    };
    Failure::new(FailureKind::Temporary, format!("the process of the job ended: {how}")).with_hint(hint)
}

#[cfg(test)]
mod tests;
