//! The job worker: free slots first, then a poll for as many jobs, each acknowledged at once and run apart.

mod child;
mod claim;
mod health;
mod lambda;
mod lines;
mod log_place;
mod loopback;
mod pace;
mod protection;
mod queue;
mod running;

pub use child::{ChildRunner, JobProcess};
pub use health::{StateFile, check as check_health};
pub use lambda::{Function, RuntimeApi, serve};
pub use lines::{JobEnd, ResultWatch, stopped_by};
pub use log_place::LogPlace;
pub use protection::TaskProtection;
pub use queue::{Acknowledgement, JobQueue, Offer};

use crate::facts::{Event, Failure, FailureKind, Reporter, WorkerEvent};
use crate::interrupt::{self, Cancellation, Canceller};
use claim::Claim;
use pace::Pace;
use running::Running;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::LocalSet;

/// How often a worker whose slots are all taken says that it lives.
const TICK: Duration = Duration::from_secs(10);

/// What an acknowledgement may still take when the worker must end.
const LAST_WORD: Duration = Duration::from_secs(5);

/// Time as a worker needs it.
pub trait Clock {
    /// Waits.
    async fn sleep(&self, wait: Duration);

    /// Any number between 0 and 1.
    fn chance(&self) -> f64;
}

/// Who does a job that was acknowledged, and sees that it gets its result.
pub trait JobRunner: 'static {
    /// Does the job; `stop` asks it to end early.
    async fn run(&self, offer: Offer, stop: Cancellation) -> JobEnd;

    /// Reports a job whose run broke off without a word.
    async fn lost(&self, offer: &Offer, how: &str) -> JobEnd;
}

/// Who must know whether jobs run here, such as the scheduler of the container.
pub trait Attendant {
    /// A poll was answered, or jobs run here, whatever becomes of the polls.
    async fn alive(&self);

    /// Work begins, or all of it is over.
    async fn busy(&self, is_busy: bool);
}

/// How a worker works.
#[derive(Debug, Clone)]
pub struct WorkerOptions {
    /// `Category/Provider/Version`; jobs of other types are not taken.
    pub action_type: String,
    /// Jobs at the same time.
    pub concurrency: usize,
    /// Time between polls that find nothing.
    pub poll_interval: Duration,
    /// End when nothing came for so long.
    pub linger: Option<Duration>,
    /// Take no more jobs after so long, and end when those that run have ended.
    pub takes_jobs_for: Option<Duration>,
    /// Time that running jobs get when the worker must end.
    pub drain: Duration,
}

/// What a worker works with.
pub struct Worker<'a, Q, R, C, A> {
    /// Where jobs come from.
    pub queue: &'a Q,
    /// Who does them.
    pub runner: Rc<R>,
    /// Time.
    pub clock: &'a C,
    /// Who is told whether there is work.
    pub attendant: &'a A,
    /// How.
    pub options: &'a WorkerOptions,
    /// Who is told what happens.
    pub reporter: &'a Arc<dyn Reporter>,
}

impl<Q: JobQueue, R: JobRunner, C: Clock, A: Attendant> Worker<'_, Q, R, C, A> {
    /// Works until `cancellation` says otherwise, or until nothing is left where that is asked for.
    pub async fn work(&self, cancellation: &Cancellation) -> Result<(), Failure> {
        LocalSet::new().run_until(self.work_here(cancellation)).await
    }

    /// Jobs are processes: one thread follows all of them.
    async fn work_here(&self, cancellation: &Cancellation) -> Result<(), Failure> {
        let mut running = Running::default();
        let (stopper, stop) = interrupt::cancellation();
        let ended = self.serve(&mut running, &stop, cancellation).await;
        // Whatever ended the polls: the jobs that run still hear the wish to end.
        tokio::select! {
            biased;
            _ = cancellation.wait() => self.drain(&mut running, cancellation, &stopper).await,
            () = running.end() => {}
        }
        running.end().await;
        self.attendant.busy(false).await;
        ended
    }

    async fn serve(
        &self,
        running: &mut Running,
        stop: &Cancellation,
        cancellation: &Cancellation,
    ) -> Result<(), Failure> {
        let mut pace = Pace::new(self.options.poll_interval);
        let (begun, mut idle) = (Instant::now(), Duration::ZERO);
        loop {
            self.wait_for_a_slot(running, cancellation).await;
            if self.options.takes_jobs_for.is_some_and(|limit| begun.elapsed() > limit) {
                return Ok(());
            }
            // A poll takes nothing yet; a claim that was begun is brought to its end.
            let free = self.options.concurrency.saturating_sub(running.len());
            let polled = tokio::select! {
                biased;
                _ = cancellation.wait() => return Ok(()),
                polled = self.queue.poll(free) => polled,
            };
            let (wait, unanswered) = match polled {
                Ok(offers) => {
                    let gone = self.fill(offers, running, (stop, cancellation)).await;
                    (pace.after_answer(gone, self.clock.chance()), None)
                }
                Err(error) => {
                    let again = pace.after_failure(&error, self.clock.chance());
                    self.say(WorkerEvent::PollFailed { error: error.clone(), again });
                    if !running.is_empty() {
                        self.attendant.alive().await;
                    }
                    if self.options.linger.is_some() && !error.is_retryable() {
                        return Err(error.into());
                    }
                    (again, Some(error))
                }
            };
            idle = if wait.is_zero() || !running.is_empty() { Duration::ZERO } else { idle + wait };
            match self.options.linger {
                // Whether nothing is queued, nobody knows.
                Some(linger) if idle > linger => return unanswered.map_or(Ok(()), |error| Err(error.into())),
                Some(_) | None => self.pause(running, wait, cancellation).await,
            }
        }
    }

    /// A wait, but no longer than until a job ends: then a slot is free again.
    async fn pause(&self, running: &mut Running, wait: Duration, cancellation: &Cancellation) {
        if wait.is_zero() {
            return;
        }
        tokio::select! {
            _ = cancellation.wait() => {}
            () = self.clock.sleep(wait) => {}
            true = running.next_end() => self.left(running).await,
        }
    }

    async fn wait_for_a_slot(&self, running: &mut Running, cancellation: &Cancellation) {
        running.settle();
        while running.len() >= self.options.concurrency && !cancellation.is_cancelled() {
            self.attendant.alive().await;
            self.say(WorkerEvent::Full { busy: running.len(), oldest: running.oldest() });
            self.pause(running, TICK, cancellation).await;
        }
        self.left(running).await;
    }

    async fn left(&self, running: &Running) {
        if running.is_empty() {
            self.attendant.busy(false).await;
        }
    }

    /// Fills the free slots. Tells how many jobs are offered no more, since somebody took them: the others would be
    /// offered at once again.
    async fn fill(
        &self,
        offers: Vec<Offer>,
        running: &mut Running,
        (stop, cancellation): (&Cancellation, &Cancellation),
    ) -> usize {
        let busy = running.len();
        let free = self.options.concurrency.saturating_sub(busy);
        self.attendant.alive().await;
        self.say(WorkerEvent::Polled { jobs: offers.len(), free, busy, oldest: running.oldest() });
        let mut gone = 0;
        for offer in offers.into_iter().take(free) {
            gone += usize::from(self.take(offer, running, (stop, cancellation)).await);
        }
        gone
    }

    /// Tells whether anybody took it.
    async fn take(
        &self,
        offer: Offer,
        running: &mut Running,
        (stop, cancellation): (&Cancellation, &Cancellation),
    ) -> bool {
        let job_id = offer.id.to_string();
        if let Some(other) = offer.action_type.as_ref().filter(|it| **it != self.options.action_type) {
            self.say(WorkerEvent::NotTaken { job_id, why: format!("its action type is {other}") });
            return false;
        }
        // The scheduler must not take the host away between the acknowledgement and the job.
        if running.is_empty() && !cancellation.is_cancelled() {
            self.attendant.busy(true).await;
        }
        // What is not acknowledged is offered to others.
        if cancellation.is_cancelled() {
            return false;
        }
        self.attendant.alive().await;
        let claimed = tokio::select! {
            claimed = claim::claim(&offer, self.queue, self.clock) => claimed,
            // It may have been heard. The jobs that run wait for their order to end.
            () = self.wished_for(LAST_WORD, cancellation) => Claim::Ours,
        };
        match claimed {
            Claim::Ours => {
                self.begin(offer, running, stop.clone());
                true
            }
            Claim::Lost => {
                self.say(WorkerEvent::AcknowledgementLost { job_id });
                true
            }
            Claim::NotTaken(why) => {
                self.say(WorkerEvent::NotTaken { job_id, why });
                false
            }
        }
    }

    /// Ends when the wish to end is so old.
    async fn wished_for(&self, time: Duration, cancellation: &Cancellation) {
        cancellation.wait().await;
        self.clock.sleep(time).await;
    }

    fn begin(&self, offer: Offer, running: &mut Running, stop: Cancellation) {
        let job_id = offer.id.to_string();
        self.say(WorkerEvent::JobBegan { job_id: job_id.clone() });
        let (runner, reporter) = (Rc::clone(&self.runner), Arc::clone(self.reporter));
        running.begin(async move {
            let begun = Instant::now();
            let (for_run, for_loss) = (Rc::clone(&runner), offer.clone());
            let run = tokio::task::spawn_local(async move { for_run.run(offer, stop).await });
            let ended = match run.await {
                Ok(ended) => ended,
                Err(error) => runner.lost(&for_loss, &error.to_string()).await,
            };
            let JobEnd { ended, retries, .. } = ended;
            let event = WorkerEvent::JobEnded { job_id, ended, retries, took: begun.elapsed() };
            reporter.report(Event::Worker(event));
        });
    }

    /// Lets jobs end for a while, then asks them to; each of them reports in a bounded time.
    async fn drain(&self, running: &mut Running, cancellation: &Cancellation, stopper: &Canceller) {
        self.say(WorkerEvent::Draining { running: running.len() });
        let failure = match cancellation.wait().await {
            Failure { kind: FailureKind::Interrupted(_), .. } => {
                Failure::new(FailureKind::Temporary, "the job worker had to end before the job was done")
                    .with_hint("retry the stage: another worker will take the job")
            }
            failure => failure,
        };
        tokio::select! {
            () = self.clock.sleep(self.options.drain) => stopper.cancel(failure),
            () = running.end() => {}
        }
    }

    fn say(&self, event: WorkerEvent) {
        self.reporter.report(Event::Worker(event));
    }
}
