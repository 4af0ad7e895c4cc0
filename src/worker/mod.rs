//! The job worker: it polls for as many jobs as it has free slots, and hands each to a process that acknowledges it.

mod child;
mod claim;
mod clock;
mod health;
mod job_runner;
mod lambda;
mod log_place;
mod loopback;
mod lost_jobs;
mod messages;
mod monitor;
mod pace;
mod private_folder;
mod process;
mod process_runner;
mod protection;
mod queue;
mod record;
mod running;

pub use child::{Child, ResultWatch};
pub use clock::Clock;
pub use health::{StateFile, check as check_health};
pub use job_runner::JobRunner;
pub use lambda::{Function, RuntimeApi, serve};
pub use log_place::LogPlace;
pub use messages::{JobEnd, Message, parse_stop_order};
pub use process::JobProcess;
pub use process_runner::ProcessRunner;
pub use protection::TaskProtection;
pub use queue::{AcknowledgeJob, Acknowledgement, JobQueue, Offer};
pub use record::{Assignment, Records, keep_token};

use crate::facts::{Event, Failure, FailureKind, Reporter, ServiceError, WorkerEvent};
use crate::interrupt::{self, Cancellation, Canceller};
use crate::job::JobId;
use claim::Claim;
use futures_util::future::join_all;
use monitor::Monitor;
use pace::Pace;
use process::OnClaim;
use running::Running;
use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, LocalSet, spawn_local};

/// How often a worker without a free slot reports.
const FULL_REPORT_INTERVAL: Duration = Duration::from_secs(10);
/// How long the next poll waits for the claims of the last one.
const CLAIM_TIMEOUT: Duration = Duration::from_secs(30);
/// How long the first poll waits until the jobs of killed processes are reported.
const RECOVERY_TIMEOUT: Duration = Duration::from_secs(10);
/// Jobs of killed processes are looked for at the start, and this often: a process may be killed after its worker.
const RECOVERY_INTERVAL: Duration = Duration::from_secs(5 * 60);
/// The second search comes sooner: a process that was killed just before the start may still have held its record.
const SECOND_RECOVERY: Duration = Duration::from_secs(10);

#[derive(Debug, Clone)]
pub struct WorkerOptions {
    /// `Category/Provider/Version`; jobs of other types are left.
    pub action_type: String,
    /// Number of slots.
    pub concurrency: usize,
    /// Time between polls that find nothing.
    pub poll_interval: Duration,
    /// The worker ends after so long without a job.
    pub linger: Option<Duration>,
    /// The worker takes no job after so long, and ends once its jobs have.
    pub takes_jobs_for: Option<Duration>,
    /// Time for running jobs to end after the worker was cancelled.
    pub drain: Duration,
}

/// A worker with its surroundings.
pub struct Worker<'a, Q, R, C, M> {
    pub queue: &'a Q,
    pub runner: Rc<R>,
    pub clock: &'a C,
    pub monitor: &'a M,
    pub options: &'a WorkerOptions,
    pub reporter: &'a Arc<dyn Reporter>,
}

/// What ends a worker (`all`), and what ends its jobs some time later (`jobs`).
#[derive(Clone, Copy)]
struct Ends<'a> {
    all: &'a Cancellation,
    jobs: &'a Cancellation,
}

/// The search for jobs whose processes were killed.
struct Recovery {
    begun: Instant,
    /// Time from its beginning to the next one.
    interval: Duration,
    task: JoinHandle<()>,
}

impl<Q: JobQueue, R: JobRunner, C: Clock, M: Monitor> Worker<'_, Q, R, C, M> {
    /// Works until it is cancelled, or until it lingered.
    pub async fn work(&self, cancellation: &Cancellation) -> Result<(), Failure> {
        LocalSet::new().run_until(self.work_on_one_thread(cancellation)).await
    }

    /// One thread follows all jobs, since they are processes.
    async fn work_on_one_thread(&self, cancellation: &Cancellation) -> Result<(), Failure> {
        let mut running = Running::default();
        let (canceller, jobs) = interrupt::cancellation();
        let recovery = self.start_recovery(cancellation).await;
        let ended = self.serve(&mut running, recovery, Ends { all: cancellation, jobs: &jobs }).await;
        // Whatever ended the polls, cancellation still reaches the jobs that run.
        tokio::select! {
            biased;
            _ = cancellation.wait() => self.drain(&mut running, cancellation, &canceller).await,
            () = running.end() => {}
        }
        running.end().await;
        self.monitor.set_busy(false).await;
        ended
    }

    /// Before the first poll: the queue may offer a job again whose process was killed while it claimed it.
    async fn start_recovery(&self, cancellation: &Cancellation) -> Recovery {
        let mut recovery = self.recover(SECOND_RECOVERY);
        tokio::select! {
            _ = cancellation.wait() => {}
            () = self.clock.sleep(RECOVERY_TIMEOUT) => {}
            _ = &mut recovery.task => {}
        }
        recovery
    }

    fn recover(&self, interval: Duration) -> Recovery {
        let runner = Rc::clone(&self.runner);
        Recovery { begun: Instant::now(), interval, task: spawn_local(async move { runner.recover().await }) }
    }

    async fn serve(&self, running: &mut Running, mut recovery: Recovery, ends: Ends<'_>) -> Result<(), Failure> {
        let mut pace = Pace::new(self.options.poll_interval);
        let (begun, mut idle) = (Instant::now(), Duration::ZERO);
        loop {
            if recovery.task.is_finished() && recovery.begun.elapsed() > recovery.interval {
                recovery = self.recover(RECOVERY_INTERVAL);
            }
            self.wait_for_a_slot(running, ends.all).await;
            if self.options.takes_jobs_for.is_some_and(|limit| begun.elapsed() > limit) {
                return Ok(());
            }
            let free = self.options.concurrency.saturating_sub(running.len());
            let polled = tokio::select! {
                biased;
                _ = ends.all.wait() => return Ok(()),
                polled = self.queue.poll(free) => polled,
            };
            let (wait, unanswered) = match polled {
                Ok(offers) => {
                    let taken = self.start_jobs(offers, running, ends).await;
                    (pace.after_answer(taken, self.clock.chance()), None)
                }
                Err(error) => (self.wait_after_failure(&error, running, &mut pace).await?, Some(error)),
            };
            idle = if wait.is_zero() || !running.is_empty() { Duration::ZERO } else { idle + wait };
            match self.options.linger {
                // Without an answer, it is unknown whether jobs are queued.
                Some(linger) if idle > linger => return unanswered.map_or(Ok(()), |error| Err(error.into())),
                Some(_) | None => self.pause(running, wait, ends.all).await,
            }
        }
    }

    /// The wait after a failed poll. A worker that lingers ends if a retry cannot help.
    async fn wait_after_failure(
        &self,
        error: &ServiceError,
        running: &Running,
        pace: &mut Pace,
    ) -> Result<Duration, Failure> {
        let again = pace.after_failure(error, self.clock.chance());
        self.report(WorkerEvent::PollFailed { error: error.clone(), again });
        if !running.is_empty() {
            self.monitor.heartbeat().await;
        }
        match self.options.linger.is_some() && !error.is_retryable() {
            true => Err(error.clone().into()),
            false => Ok(again),
        }
    }

    /// Waits, but no longer than until a job ends: then a slot is free.
    async fn pause(&self, running: &mut Running, wait: Duration, cancellation: &Cancellation) {
        if wait.is_zero() {
            return;
        }
        tokio::select! {
            _ = cancellation.wait() => {}
            () = self.clock.sleep(wait) => {}
            true = running.next_end() => self.release_if_idle(running).await,
        }
    }

    async fn wait_for_a_slot(&self, running: &mut Running, cancellation: &Cancellation) {
        running.settle();
        while running.len() >= self.options.concurrency && !cancellation.is_cancelled() {
            self.monitor.heartbeat().await;
            self.report(WorkerEvent::Full { busy: running.len(), oldest: running.oldest() });
            self.pause(running, FULL_REPORT_INTERVAL, cancellation).await;
        }
        self.release_if_idle(running).await;
    }

    async fn release_if_idle(&self, running: &Running) {
        if running.is_empty() {
            self.monitor.set_busy(false).await;
        }
    }

    /// Fills the free slots. Returns how many jobs were taken, here or by other workers: the queue does not offer those
    /// again at once.
    async fn start_jobs(&self, offers: Vec<Offer>, running: &mut Running, ends: Ends<'_>) -> usize {
        let busy = running.len();
        let free = self.options.concurrency.saturating_sub(busy);
        self.monitor.heartbeat().await;
        self.report(WorkerEvent::Polled { jobs: offers.len(), free, busy, oldest: running.oldest() });
        let mut claims = Vec::new();
        for offer in offers.into_iter().take(free) {
            claims.extend(self.start_job(offer, running, ends).await);
        }
        let claimed = async { join_all(claims).await.into_iter().filter(|taken| *taken == Ok(true)).count() };
        tokio::select! {
            taken = claimed => taken,
            () = self.clock.sleep(CLAIM_TIMEOUT) => 0,
            _ = ends.all.wait() => 0,
        }
    }

    /// Returns whether the job was taken, once that is known; `None` if the job is left.
    async fn start_job(&self, offer: Offer, running: &mut Running, ends: Ends<'_>) -> Option<oneshot::Receiver<bool>> {
        if let Some(why) = self.why_left(&offer, running) {
            self.report(WorkerEvent::NotTaken { job_id: offer.id.to_string(), why });
            return None;
        }
        // The scheduler must not stop the host between the acknowledgement and the job.
        if running.is_empty() && !ends.all.is_cancelled() {
            self.monitor.set_busy(true).await;
        }
        // A job that is not acknowledged is offered to others.
        (!ends.all.is_cancelled()).then(|| self.begin(offer, running, ends.jobs.clone()))
    }

    fn why_left(&self, offer: &Offer, running: &Running) -> Option<String> {
        match &offer.action_type {
            Some(other) if *other != self.options.action_type => Some(format!("its action type is {other}")),
            Some(_) | None if running.has(&offer.id) => Some("it is being acknowledged here".to_owned()),
            Some(_) | None => None,
        }
    }

    fn begin(&self, offer: Offer, running: &mut Running, stop: Cancellation) -> oneshot::Receiver<bool> {
        let is_declined = Rc::new(Cell::new(false));
        let (on_claim, taken) = report_claim(&offer.id, self.reporter, &is_declined);
        let (runner, reporter) = (Rc::clone(&self.runner), Arc::clone(self.reporter));
        running.begin(offer.id.clone(), is_declined, async move {
            let (begun, job_id) = (Instant::now(), offer.id.to_string());
            let (for_run, same) = (Rc::clone(&runner), offer.clone());
            let run = spawn_local(async move { for_run.run(offer, stop, on_claim).await });
            let ended = match run.await {
                Ok(ended) => ended,
                Err(panic) => runner.abandoned(&same, &panic.to_string()).await,
            };
            if let Some(JobEnd { ended, retries, .. }) = ended {
                let event = WorkerEvent::JobEnded { job_id, ended, retries, took: begun.elapsed() };
                reporter.report(Event::Worker(event));
            }
        });
        taken
    }

    /// Lets jobs end for a while, then orders them to stop; each of them reports in a bounded time.
    async fn drain(&self, running: &mut Running, cancellation: &Cancellation, canceller: &Canceller) {
        self.report(WorkerEvent::Draining { running: running.len() });
        let failure = match cancellation.wait().await {
            Failure { kind: FailureKind::Interrupted(_), .. } => {
                Failure::new(FailureKind::Temporary, "the job worker had to end before the job was done")
                    .with_hint("retry the stage: another worker will take the job")
            }
            failure => failure,
        };
        tokio::select! {
            () = self.clock.sleep(self.options.drain) => canceller.cancel(failure),
            () = running.end() => {}
        }
    }

    fn report(&self, event: WorkerEvent) {
        self.reporter.report(Event::Worker(event));
    }
}

/// What to call with the outcome of a claim, and whether the job was taken, here or by another worker.
fn report_claim(
    id: &JobId,
    reporter: &Arc<dyn Reporter>,
    is_declined: &Rc<Cell<bool>>,
) -> (OnClaim, oneshot::Receiver<bool>) {
    let (sender, taken) = oneshot::channel();
    let (job_id, reporter, is_declined) = (id.to_string(), Arc::clone(reporter), Rc::clone(is_declined));
    let on_claim = move |claim: Claim| {
        is_declined.set(claim != Claim::Ours);
        let is_taken = matches!(claim, Claim::Ours | Claim::Taken);
        reporter.report(Event::Worker(match claim {
            Claim::Ours => WorkerEvent::JobBegan { job_id },
            Claim::Taken => WorkerEvent::AcknowledgementLost { job_id },
            Claim::Gone => WorkerEvent::NotTaken { job_id, why: "it is gone".to_owned() },
            Claim::Left(why) => WorkerEvent::NotTaken { job_id, why },
        }));
        // The worker may wait no longer.
        let _ = sender.send(is_taken);
    };
    (Box::new(on_claim), taken)
}

#[cfg(test)]
mod tests;
