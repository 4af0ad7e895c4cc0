//! Many jobs, several workers, and everything going wrong by chance: each job gets exactly one result.
//!
//! `SAMSTEP_CHAOS_JOBS=10000 cargo test chaos` runs longer; `SAMSTEP_CHAOS_SEED` makes other faults.

use crate::job::INPUT;
use crate::job_service::JobState;
use crate::s3_server::{Answer, Fault};
use crate::worker::{Desk, signal};
use std::process::Child;
use std::time::{Duration, Instant};

const WORKERS: usize = 4;
/// Calls to the job service that go wrong, of a hundred.
const FAULTS: u64 = 8;
/// Between two strokes: a worker is terminated and started anew, and the process of a job is killed.
const PAUSE: Duration = Duration::from_secs(2);

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn start(desk: &Desk) -> Child {
    desk.start(&["--concurrency", "2", "--drain", "0.5"])
}

/// Ends a process of a job as a lack of memory would.
fn kill_a_job(worker: &Child) -> bool {
    let listed = std::process::Command::new("ps").args(["-o", "pid=", "--ppid", &worker.id().to_string()]).output();
    let listed = String::from_utf8(listed.unwrap().stdout).unwrap();
    let Some(process) = listed.split_whitespace().next() else { return false };
    std::process::Command::new("kill").args(["-KILL", process]).output().unwrap().status.success()
}

#[test]
#[expect(clippy::print_stdout, reason = "the count is what the test is for")]
fn each_job_gets_one_result_whatever_happens() {
    let (jobs, seed) = (number("SAMSTEP_CHAOS_JOBS", 500), number("SAMSTEP_CHAOS_SEED", 20_261_123));
    let desk = Desk::new();
    let ids: Vec<_> = (0..usize::try_from(jobs).unwrap())
        .map(|at| match at % 5 {
            4 => desk.queue(at, &[("S3Bukket", "x")]),
            _ => desk.queue(at, &[("S3Prefix", "app")]),
        })
        .collect();
    desk.jobs.chaos(seed, FAULTS);
    desk.s3.fault(Fault::new("GET", INPUT, Answer::Error(503, "SlowDown", Vec::new())).times(10));
    desk.s3.fault(Fault::new("GET", INPUT, Answer::Reset).times(10));

    let mut workers: Vec<_> = (0..WORKERS).map(|_| start(&desk)).collect();
    let (mut restarts, mut kills) = (0, 0);
    let (begun, limit) = (Instant::now(), Duration::from_secs(120 + jobs));
    let is_open = || desk.jobs.states().values().any(|state| *state != JobState::Ended);
    while is_open() {
        assert!(begun.elapsed() < limit, "{:?}", desk.jobs.states());
        std::thread::sleep(PAUSE);
        kills += usize::from(kill_a_job(&workers[(restarts + 1) % WORKERS]));
        let worker = &mut workers[restarts % WORKERS];
        signal(worker.id(), "TERM");
        assert!(worker.wait().unwrap().success());
        *worker = start(&desk);
        restarts += 1;
    }
    for worker in &mut workers {
        signal(worker.id(), "TERM");
        worker.wait().unwrap();
    }
    let results = desk.jobs.results();
    let wrong: Vec<_> = ids.iter().filter(|id| results[*id] != 1).collect();
    let took = begun.elapsed().as_secs();
    println!(
        "{jobs} jobs, {} results, {restarts} restarts, {kills} killed, {took} s, seed {seed}",
        results.values().sum::<usize>()
    );
    assert!(wrong.is_empty() && results.len() == ids.len(), "{wrong:?}");
}
