//! Many jobs, several workers, and everything going wrong by chance: each job gets exactly one result, and each job that
//! deploys the result of its stack.
//!
//! `SAMSTEP_CHAOS_JOBS=2000 cargo test chaos` runs longer; `SAMSTEP_CHAOS_SEED` makes other faults.

mod deployments;

use crate::job::INPUT;
use crate::job_service::JobState;
use crate::s3_server::{Answer, Fault};
use crate::worker::{Services, children_of, signal};
use deployments::{Deployments, Verdicts};
use std::collections::BTreeMap;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

const WORKERS: usize = 4;
/// Calls to the job service that go wrong, of a hundred.
const FAULTS: u64 = 8;
/// Between two strokes.
const PAUSE: Duration = Duration::from_secs(1);

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// What happens to a worker and its processes. A worker that has ended or was killed is started again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stroke {
    TerminateWorker,
    HangUpWorker,
    KillWorker,
    KillProcess,
    KillBoth,
    /// The worker is stopped for a while.
    StopWorker,
    /// The worker is killed while its processes are stopped.
    StopProcessesAndKillWorker,
}

const STROKES: [Stroke; 7] = [
    Stroke::TerminateWorker,
    Stroke::HangUpWorker,
    Stroke::KillWorker,
    Stroke::KillProcess,
    Stroke::KillBoth,
    Stroke::StopWorker,
    Stroke::StopProcessesAndKillWorker,
];

/// Signals processes at once. One that has ended by now is ignored.
fn signal_all(name: &str, processes: &[u32]) {
    let ids = processes.iter().map(u32::to_string);
    Command::new("kill").arg(format!("-{name}")).args(ids).output().unwrap();
}

fn start(services: &Services) -> Child {
    services.start(&["--concurrency", "2", "--drain", "0.5"])
}

/// Returns whether the worker must be started again.
fn strike(stroke: Stroke, worker: &mut Child) -> bool {
    let id = worker.id();
    let children = children_of(id);
    match stroke {
        Stroke::TerminateWorker | Stroke::HangUpWorker => {
            signal(id, if stroke == Stroke::TerminateWorker { "TERM" } else { "HUP" });
            assert!(worker.wait().unwrap().success(), "{stroke:?}");
            return true;
        }
        Stroke::KillProcess => {
            children.first().iter().for_each(|process| signal_all("KILL", &[**process]));
            return false;
        }
        Stroke::StopWorker => {
            signal(id, "STOP");
            std::thread::sleep(PAUSE);
            signal(id, "CONT");
            return false;
        }
        Stroke::KillWorker => signal_all("KILL", &[id]),
        Stroke::KillBoth => signal_all("KILL", &[children, vec![id]].concat()),
        Stroke::StopProcessesAndKillWorker => {
            signal_all("STOP", &children);
            signal_all("KILL", &[id]);
            worker.wait().unwrap();
            // As the kernel does where the new parent is in another session.
            signal_all("HUP", &children);
            signal_all("CONT", &children);
        }
    }
    worker.wait().unwrap();
    true
}

#[test]
#[expect(clippy::print_stdout, reason = "the count is what the test is for")]
fn each_job_gets_one_result_whatever_happens() {
    let (jobs, seed) = (number("SAMSTEP_CHAOS_JOBS", 300), number("SAMSTEP_CHAOS_SEED", 20_261_123));
    let services = Services::new();
    let numbers = || 0..usize::try_from(jobs).unwrap();
    for number in numbers().filter(|number| number % 2 == 1) {
        let property = if number % 5 == 4 { ("S3Bukket", "x") } else { ("S3Prefix", "app") };
        services.queue(number, &[property]);
    }
    let deployments = Deployments::queue(&services, numbers().filter(|number| number % 2 == 0));
    services.jobs.offer_again_after(Duration::from_secs(1));
    services.jobs.chaos(seed, FAULTS);
    services.s3.fault(Fault::new("GET", INPUT, Answer::Error(503, "SlowDown", Vec::new())).times(10));
    services.s3.fault(Fault::new("GET", INPUT, Answer::Reset).times(10));

    let mut workers: Vec<_> = (0..WORKERS).map(|_| start(&services)).collect();
    let mut strokes = BTreeMap::new();
    let (begun, limit) = (Instant::now(), Duration::from_secs(180 + jobs));
    let is_open = || services.jobs.states().values().any(|state| *state != JobState::Ended);
    for round in 0.. {
        if !is_open() {
            break;
        }
        assert!(begun.elapsed() < limit, "seed {seed}: {:?}", services.jobs.states());
        std::thread::sleep(PAUSE);
        // Each kind of stroke comes to each worker in turn; the seed decides where they begin.
        let at = usize::try_from(seed % 7).unwrap() + round;
        let (stroke, worker) = (STROKES[at % STROKES.len()], &mut workers[at % WORKERS]);
        if strike(stroke, worker) {
            *worker = start(&services);
        }
        *strokes.entry(stroke).or_insert(0) += 1;
    }
    for worker in &mut workers {
        signal(worker.id(), "TERM");
        worker.wait().unwrap();
    }
    let results = services.jobs.results();
    let count = |wanted: fn(usize) -> bool| results.values().filter(|results| wanted(**results)).count();
    let (lost, double) = (count(|results| results == 0), count(|results| results > 1));
    let Verdicts { deployed, wrong } = deployments.verdicts(&services);
    let (number, continued) = (deployments.len(), results.len() - numbers().len());
    let took = begun.elapsed().as_secs();
    println!(
        "{jobs} jobs, {lost} lost, {double} double, {took} s, seed {seed}, {strokes:?}; \
         {number} of them deployments, {deployed} deployed, {continued} continuations, {} wrong verdicts",
        wrong.len()
    );
    assert_eq!((lost, double, wrong), (0, 0, Vec::new()), "seed {seed}");
    assert!(deployed > 0 && continued > 0, "seed {seed}: deployments are continued by other jobs");
}
