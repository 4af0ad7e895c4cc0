//! Runs each job in a process, which acknowledges and reports it. If the process ends before that, the worker does it in
//! its place.

use super::claim::Claim;
use super::job_runner::JobRunner;
use super::lost_jobs::{Lost, LostJobs, Share};
use super::messages::{JobEnd, Progress};
use super::process::{Exit, Handover, JobProcess, OnClaim};
use super::queue::{AcknowledgeJob, Offer};
use super::record::{Assignment, JobFolder, Records, remove_folder};
use crate::facts::{Redactor, Reporter};
use crate::interrupt::Cancellation;
use crate::job::Services;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// Runs jobs in processes.
pub struct ProcessRunner<S> {
    pub process: JobProcess,
    pub records: Records,
    /// To report in place of a process.
    pub services: S,
    /// `Category/Provider/Version` of the queue. Absent for Lambda invoke actions.
    pub action_type: Option<String>,
    /// Time for the service to deliver the job of a killed process again, if it does.
    pub redelivery_time: Duration,
    pub redactor: Redactor,
    /// What leads to the log of a job that begins now.
    pub external_id: Box<dyn Fn() -> Option<String>>,
    pub reporter: Arc<dyn Reporter>,
}

impl<S: Services<Jobs: AcknowledgeJob> + 'static> ProcessRunner<S> {
    fn lost_jobs(&self) -> LostJobs<'_, S> {
        LostJobs { services: &self.services, redactor: &self.redactor, reporter: &self.reporter }
    }

    fn assignment(&self, offer: &Offer, folder: &JobFolder) -> Assignment {
        Assignment {
            job_id: offer.id.to_string(),
            nonce: offer.nonce.clone(),
            action_type: self.action_type.clone(),
            external_execution_id: (self.external_id)(),
            record: folder.record.path().to_path_buf(),
        }
    }

    async fn run_in(
        &self,
        folder: &JobFolder,
        offer: &Offer,
        stop: &Cancellation,
        on_claim: &mut Option<OnClaim>,
    ) -> Exit {
        let assignment = self.assignment(offer, folder);
        let line = match assignment.to_line() {
            Ok(line) => line,
            Err(error) => return Exit { how: format!("its record cannot be named: {error}"), ..Exit::default() },
        };
        let given = Handover {
            document: &offer.document,
            assignment: &line,
            external_execution_id: assignment.external_execution_id.as_deref(),
            folder: &folder.path,
        };
        self.process.run(&given, stop, on_claim).await
    }

    /// How the job of a process ended. Reports it in place of the process if that did not. `kept` is the token that the
    /// process kept.
    async fn settle(
        &self,
        offer: &Offer,
        exit: Exit,
        kept: io::Result<Option<String>>,
        on_claim: Option<OnClaim>,
    ) -> Option<JobEnd> {
        let Exit { progress, how } = exit;
        if progress.end.is_some() {
            return progress.end;
        }
        let (claim, how) = self.settle_claim(offer, progress, how).await;
        let is_ours = claim == Claim::Ours;
        if let Some(on_claim) = on_claim {
            on_claim(claim);
        }
        match is_ours {
            true => {
                let (own, external_execution_id) = (offer.continuation_token(), (self.external_id)());
                let lost = Lost { how, kept, own, external_execution_id };
                Some(self.lost_jobs().report(&offer.id, lost).await)
            }
            false => None,
        }
    }

    /// The outcome of the claim of a process that ended, and how it ended.
    async fn settle_claim(&self, offer: &Offer, progress: Progress, how: String) -> (Claim, String) {
        match (&offer.nonce, progress.claim) {
            // No other worker is offered a job that needs no claim.
            (None, Some(Claim::Left(why))) => (Claim::Ours, why),
            (None, _) => (Claim::Ours, how),
            (Some(_), Some(claim)) => (claim, how),
            // The call may have been carried out, or may still be. The same call decides before the failure is put.
            (Some(nonce), None) if progress.is_claiming => (self.lost_jobs().claim_again(&offer.id, nonce).await, how),
            (Some(_), None) => (Claim::Left(format!("its process did not acknowledge it: {how}")), how),
        }
    }

    /// Removes the files of the job. The record of a job without its result stays, for the next worker.
    async fn clean_up(&self, offer: &Offer, folder: JobFolder, end: Option<&JobEnd>) {
        let is_due = end.is_some_and(|end| !end.is_put);
        let assignment = is_due.then(|| self.assignment(offer, &folder));
        let removed = tokio::task::spawn_blocking(move || remove(folder, assignment.as_ref()));
        // Where there are very many files, the rest is removed while other jobs run.
        if let Ok(Ok(Err(error))) = timeout(self.process.grace, removed).await {
            tracing::debug!(%error, "the folder of a job cannot be removed");
        }
    }
}

fn remove(folder: JobFolder, assignment: Option<&Assignment>) -> io::Result<()> {
    match assignment {
        None => folder.remove(),
        Some(assignment) => folder.record.write(assignment).and_then(|()| remove_folder(&folder.path)),
    }
}

impl<S: Services<Jobs: AcknowledgeJob> + 'static> JobRunner for ProcessRunner<S> {
    async fn run(&self, offer: Offer, stop: Cancellation, on_claim: OnClaim) -> Option<JobEnd> {
        let mut on_claim = Some(on_claim);
        let folder = match self.records.create() {
            Ok(folder) => folder,
            Err(error) => {
                let how = format!("it has no folder for temporary files: {error}");
                return self.settle(&offer, Exit { how, ..Exit::default() }, Ok(None), on_claim).await;
            }
        };
        let exit = self.run_in(&folder, &offer, &stop, &mut on_claim).await;
        let end = self.settle(&offer, exit, folder.record.token(), on_claim).await;
        self.clean_up(&offer, folder, end.as_ref()).await;
        end
    }

    async fn abandoned(&self, offer: &Offer, how: &str) -> Option<JobEnd> {
        let progress = Progress { is_claiming: true, ..Progress::default() };
        self.settle(offer, Exit { progress, how: how.to_owned() }, Ok(None), None).await
    }

    async fn recover(&self) {
        let share = Share { action_type: self.action_type.as_deref(), age: self.redelivery_time };
        self.lost_jobs().recover(&self.records, &share).await;
    }
}

#[cfg(all(test, unix))]
mod tests;
