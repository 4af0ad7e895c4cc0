//! The worker loop, with a queue and a runner by script.

use super::claim::Claim;
use super::{Clock, JobEnd, JobQueue, JobRunner, Monitor, Offer, Worker, WorkerOptions};
use crate::facts::{Event, Failure, FailureKind, Reason, Reporter, ServiceError, WorkerEvent};
use crate::interrupt::{Cancellation, cancellation};
use crate::job::JobId;
use crate::testing::recorder::Recorder;
use crate::worker::process::OnClaim;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::yield_now;

const TYPE: &str = "Build/Samstep/1";

fn id(number: u8) -> JobId {
    JobId::new(&format!("00000000-0000-4000-8000-{number:012}")).unwrap()
}

fn offer(number: u8) -> Offer {
    let (id, nonce) = (id(number), Some("1".to_owned()));
    Offer { id, nonce, action_type: Some(TYPE.to_owned()), document: "{}".to_owned() }
}

/// Everything that happened, in order.
type Log = Rc<RefCell<Vec<String>>>;

/// Offers these jobs in turn, and then no more.
struct Queue {
    log: Log,
    offers: RefCell<VecDeque<Vec<u8>>>,
}

impl JobQueue for Queue {
    async fn poll(&self, most: usize) -> Result<Vec<Offer>, ServiceError> {
        self.log.borrow_mut().push(format!("poll {most}"));
        let offers = self.offers.borrow_mut().pop_front();
        Ok(offers.unwrap_or_default().into_iter().map(offer).collect())
    }
}

/// How the run of a job goes.
#[derive(Clone)]
enum Run {
    Claims(Claim),
    /// Claims the job and is does not end it before it is stopped.
    Lasts,
    Panics,
}

struct Runner {
    log: Log,
    runs: Vec<(u8, Run)>,
}

impl JobRunner for Runner {
    async fn run(&self, offer: Offer, stop: Cancellation, on_claim: OnClaim) -> Option<JobEnd> {
        yield_now().await;
        let run = self.runs.iter().find(|(number, _)| id(*number) == offer.id).map(|(_, run)| run.clone());
        match run.unwrap() {
            Run::Claims(claim) => {
                let is_ours = claim == Claim::Ours;
                on_claim(claim);
                yield_now().await;
                is_ours.then(|| JobEnd::reported("Succeeded"))
            }
            Run::Lasts => {
                on_claim(Claim::Ours);
                let why = stop.wait().await.cause();
                self.log.borrow_mut().push(format!("stopped: {why}"));
                Some(JobEnd::reported("SystemUnavailable"))
            }
            Run::Panics => panic!("a bug"),
        }
    }

    async fn abandoned(&self, offer: &Offer, how: &str) -> Option<JobEnd> {
        assert!(how.contains("a bug"), "{how}");
        self.log.borrow_mut().push(format!("abandoned {}", offer.id));
        Some(JobEnd::reported("JobFailed"))
    }

    async fn recover(&self) {
        self.log.borrow_mut().push("recovered".to_owned());
    }
}

/// A second is ten turns of the other tasks.
struct Turns;

impl Clock for Turns {
    async fn sleep(&self, wait: Duration) {
        for _ in 0..wait.as_millis() / 100 {
            yield_now().await;
        }
    }

    fn chance(&self) -> f64 {
        0.5
    }
}

#[derive(Default)]
struct BusyMonitor {
    busy: Cell<bool>,
    changes: RefCell<Vec<bool>>,
}

impl Monitor for BusyMonitor {
    async fn heartbeat(&self) {}

    async fn set_busy(&self, is_busy: bool) {
        if self.busy.replace(is_busy) != is_busy {
            self.changes.borrow_mut().push(is_busy);
        }
    }
}

/// What a worker with two slots does that lingers for 20 s: its calls, its events but polls, and the changes of busy.
async fn work(
    offers: &[&[u8]],
    runs: &[(u8, Run)],
    cancel_after: Option<Duration>,
) -> (Vec<String>, Vec<Event>, Vec<bool>) {
    let log = Log::default();
    let queue = Queue { log: Rc::clone(&log), offers: RefCell::new(offers.iter().map(|it| it.to_vec()).collect()) };
    let (recorder, monitor) = (Arc::new(Recorder::default()), BusyMonitor::default());
    let options = WorkerOptions {
        action_type: TYPE.to_owned(),
        concurrency: 2,
        poll_interval: Duration::from_secs(10),
        linger: cancel_after.is_none().then_some(Duration::from_secs(15)),
        takes_jobs_for: None,
        drain: Duration::from_secs(5),
    };
    let reporter: Arc<dyn Reporter> = recorder.clone();
    let runner = Rc::new(Runner { log: Rc::clone(&log), runs: runs.to_vec() });
    let worker =
        Worker { queue: &queue, runner, clock: &Turns, monitor: &monitor, options: &options, reporter: &reporter };
    let (canceller, cancelled) = cancellation();
    let cancel = async {
        if let Some(time) = cancel_after {
            Turns.sleep(time).await;
            canceller.cancel(Failure::new(FailureKind::Temporary, "time is over"));
        }
    };
    let (ended, ()) = tokio::join!(worker.work(&cancelled), cancel);
    ended.unwrap();
    let is_other = |event: &Event| !matches!(event, Event::Worker(WorkerEvent::Polled { .. }));
    let events = recorder.events().into_iter().filter(is_other).collect();
    (log.take(), events, monitor.changes.take())
}

fn began(number: u8) -> Event {
    Event::Worker(WorkerEvent::JobBegan { job_id: id(number).to_string() })
}

/// The kinds of events, without times.
fn ended(events: &[Event]) -> Vec<(String, String)> {
    let ended = events.iter().filter_map(|event| match event {
        Event::Worker(WorkerEvent::JobEnded { job_id, ended, .. }) => Some((job_id.clone(), ended.clone())),
        _ => None,
    });
    ended.collect()
}

#[tokio::test]
async fn a_worker_recovers_polls_for_free_slots_and_polls_again_at_once_after_a_job() {
    let (calls, events, busy) = work(&[&[1]], &[(1, Run::Claims(Claim::Ours))], None).await;
    assert_eq!(calls, ["recovered", "poll 2", "poll 1", "poll 2", "poll 2"]);
    assert_eq!((events.first(), ended(&events)), (Some(&began(1)), vec![(id(1).to_string(), "Succeeded".to_owned())]));
    assert_eq!(busy, [true, false]);
}

#[tokio::test]
async fn a_job_that_is_not_claimed_has_no_end_and_takes_no_slot() {
    let job_id = || id(1).to_string();
    let lost = WorkerEvent::AcknowledgementLost { job_id: job_id() };
    let not_taken = |why: &str| WorkerEvent::NotTaken { job_id: job_id(), why: why.to_owned() };
    let rows = [
        // It is not offered again, so the next poll follows at once.
        (Claim::Taken, lost, vec!["recovered", "poll 2", "poll 2", "poll 2"]),
        (Claim::Gone, not_taken("it is gone"), vec!["recovered", "poll 2", "poll 2"]),
        (Claim::Left("no".to_owned()), not_taken("no"), vec!["recovered", "poll 2", "poll 2"]),
    ];
    for (claim, event, expected) in rows {
        let (calls, events, busy) = work(&[&[1]], &[(1, Run::Claims(claim.clone()))], None).await;
        assert_eq!(
            (calls, events),
            (expected.into_iter().map(str::to_owned).collect(), vec![Event::Worker(event)]),
            "{claim:?}"
        );
        assert_eq!(busy, [true, false], "{claim:?}");
    }
}

#[tokio::test]
async fn a_job_that_is_offered_again_while_it_runs_is_left() {
    let (calls, events, _) = work(&[&[1], &[1]], &[(1, Run::Lasts)], Some(Duration::from_secs(20))).await;
    let why = "it is being acknowledged here".to_owned();
    let left = Event::Worker(WorkerEvent::NotTaken { job_id: id(1).to_string(), why });
    assert_eq!(events[..2], [began(1), left], "{calls:?}");
    assert_eq!(ended(&events).len(), 1);
}

#[tokio::test]
async fn a_job_whose_run_panics_is_abandoned() {
    let (calls, events, busy) = work(&[&[1]], &[(1, Run::Panics)], None).await;
    assert!(calls.contains(&format!("abandoned {}", id(1))), "{calls:?}");
    assert_eq!(ended(&events), [(id(1).to_string(), "JobFailed".to_owned())]);
    assert_eq!(busy, [true, false]);
}

#[tokio::test]
async fn a_cancelled_worker_stops_its_jobs_after_a_while() {
    let (calls, events, _) = work(&[&[1, 2]], &[(1, Run::Lasts), (2, Run::Lasts)], Some(Duration::from_secs(3))).await;
    assert_eq!(calls, ["recovered", "poll 2", "stopped: time is over", "stopped: time is over"]);
    let draining = Event::Worker(WorkerEvent::Draining { running: 2 });
    assert!(events.contains(&draining) && ended(&events).len() == 2, "{events:?}");
}

#[tokio::test]
async fn a_queue_that_refuses_ends_a_worker_that_lingers() {
    struct Refusing;
    impl JobQueue for Refusing {
        async fn poll(&self, _: usize) -> Result<Vec<Offer>, ServiceError> {
            let (operation, resource) = ("codepipeline:PollForJobs", TYPE.to_owned());
            let reason = Reason::AccessDenied;
            Err(ServiceError { operation, resource, reason, code: None, message: None, request_id: None })
        }
    }
    let options = WorkerOptions {
        action_type: TYPE.to_owned(),
        concurrency: 1,
        poll_interval: Duration::from_secs(10),
        linger: Some(Duration::from_secs(15)),
        takes_jobs_for: None,
        drain: Duration::ZERO,
    };
    let reporter: Arc<dyn Reporter> = Arc::new(Recorder::default());
    let runner = Rc::new(Runner { log: Log::default(), runs: Vec::new() });
    let monitor = BusyMonitor::default();
    let worker =
        Worker { queue: &Refusing, runner, clock: &Turns, monitor: &monitor, options: &options, reporter: &reporter };
    let (_canceller, cancelled) = cancellation();
    assert_eq!(worker.work(&cancelled).await.unwrap_err().kind, FailureKind::Permission);
}
