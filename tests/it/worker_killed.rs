//! Workers and their processes are killed while they hold a job: it still gets exactly one result.
//!
//! `SAMSTEP_CHAOS_ROUNDS=20 cargo test worker_killed` repeats each test.

use crate::job::{INPUT, OUTPUT};
use crate::job_service::{Answer as JobAnswer, Fault as JobFault, JobState};
use crate::s3_server::{Answer, Fault};
use crate::worker::{Services, children_of, signal, wait_until};
use std::process::Child;
use std::time::Duration;

/// Longer than any test waits.
const NEVER: Duration = Duration::from_secs(600);
/// After this time a call is carried out whose caller was killed.
const IN_FLIGHT: Duration = Duration::from_millis(500);
const PATIENCE: Duration = Duration::from_secs(60);

/// Which processes are killed.
#[derive(Debug, Clone, Copy)]
enum Killed {
    Worker,
    Process,
    Both,
}

fn rounds() -> usize {
    std::env::var("SAMSTEP_CHAOS_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

/// Two jobs at a time: on a machine of two cores, more take longer than the limits allow.
fn each<T: Sync>(rows: &[T], check: impl Fn(&T) + Sync) {
    for _ in 0..rounds() {
        for pair in rows.chunks(2) {
            let check = &check;
            std::thread::scope(|scope| pair.iter().for_each(|row| drop(scope.spawn(move || check(row)))));
        }
    }
}

/// A worker whose calls time out soon, on a queue that offers a job again after a while.
fn start(services: &Services) -> Child {
    services.jobs.offer_again_after(Duration::from_secs(1));
    // A process that is killed may hold its record until the second search of the next worker, after ten seconds.
    services.start(&["--drain", "0", "--cli-read-timeout", "2", "--linger", "60"])
}

fn kill(killed: Killed, worker: &mut Child) {
    let children = children_of(worker.id());
    assert_eq!(children.len(), 1);
    if let Killed::Worker | Killed::Both = killed {
        worker.kill().unwrap();
    }
    if let Killed::Process | Killed::Both = killed {
        signal(children[0], "KILL");
    }
    if let Killed::Worker | Killed::Both = killed {
        worker.wait().unwrap();
    }
}

/// The failure type of the job, once it has ended with the worker that is left or with a new one. Nothing is then left on
/// the disk.
#[track_caller]
fn settle(services: &Services, id: &str, left: Option<Child>, name: &str) -> Option<String> {
    let before = calls(services, "PollForJobs");
    let mut worker = left.unwrap_or_else(|| start(services));
    let is_ended = || services.jobs.states()[id] == JobState::Ended;
    wait_until(PATIENCE, || is_ended() && calls(services, "PollForJobs") > before);
    // The process of a killed worker may not have removed its files yet; the last worker does.
    signal(worker.id(), "TERM");
    assert!(worker.wait().unwrap().success(), "{name}");
    wait_until(PATIENCE, || {
        services.worker(&["--once", "--linger", "0"]).end().ok();
        services.job_files().is_empty()
    });
    assert_eq!(services.jobs.results()[id], 1, "{name}");
    services.jobs.result(id).unwrap()["failureDetails"]["type"].as_str().map(str::to_owned)
}

/// The number of calls of an operation so far.
fn calls(services: &Services, operation: &str) -> usize {
    services.jobs.calls().iter().filter(|call| call.operation.starts_with(operation)).count()
}

#[test]
fn a_job_is_not_lost_if_its_processes_are_killed_while_it_is_acknowledged() {
    let answers: [(&str, Vec<JobAnswer>); 4] = [
        ("the call is carried out later", vec![JobAnswer::Late(IN_FLIGHT)]),
        ("the call is carried out", vec![JobAnswer::LateAfter(NEVER)]),
        ("after a lost call", vec![JobAnswer::ResetBefore, JobAnswer::Late(IN_FLIGHT)]),
        ("after a lost answer", vec![JobAnswer::ResetAfter, JobAnswer::LateAfter(NEVER)]),
    ];
    let all = [Killed::Worker, Killed::Process, Killed::Both];
    let rows: Vec<_> = answers.iter().flat_map(|row| all.map(|killed| (row, killed))).collect();
    each(&rows, |((name, answers), killed)| {
        let services = Services::new();
        let id = services.queue(1, &[]);
        for answer in answers {
            services.jobs.fault(JobFault::new("AcknowledgeJob", 1, answer.clone()));
        }
        let mut worker = start(&services);
        wait_until(PATIENCE, || calls(&services, "AcknowledgeJob") == answers.len());
        kill(*killed, &mut worker);
        let name = format!("{name}, {killed:?}");
        let (left, expected) = match killed {
            // The process goes on without its worker.
            Killed::Worker => (None, None),
            Killed::Process => (Some(worker), Some("SystemUnavailable")),
            Killed::Both => (None, Some("SystemUnavailable")),
        };
        assert_eq!(settle(&services, &id, left, &name).as_deref(), expected, "{name}");
    });
}

#[test]
fn a_job_is_not_lost_if_its_process_is_stopped_and_orphaned() {
    let steps = [("AcknowledgeJob", None), ("Put", None), ("GET", Some(INPUT))];
    each(&steps, |(step, path)| {
        let services = Services::new();
        let id = services.queue(1, &[]);
        match path {
            None => services.jobs.fault(JobFault::new(step, 1, JobAnswer::Late(IN_FLIGHT))),
            Some(path) => services.s3.fault(Fault::new(step, *path, Answer::Late(IN_FLIGHT))),
        }
        let mut worker = start(&services);
        wait_until(PATIENCE, || match path {
            None => calls(&services, step) > 0,
            Some(_) => !services.s3.requests().is_empty(),
        });
        let process = children_of(worker.id())[0];
        signal(process, "STOP");
        worker.kill().unwrap();
        worker.wait().unwrap();
        // The kernel sends both to a stopped process group that is orphaned; not where its new parent is in its session.
        signal(process, "HUP");
        signal(process, "CONT");
        assert_eq!(settle(&services, &id, None, step), None, "{step}: the process goes on");
    });
}

#[test]
fn a_job_is_not_lost_if_its_process_and_its_worker_are_killed_together() {
    let (late, done) = (JobAnswer::Late(NEVER), JobAnswer::LateAfter(NEVER));
    let unavailable = Some("SystemUnavailable");
    let rows = [
        ("fetching the input artifact", Step::Request("GET", INPUT), unavailable),
        ("uploading code", Step::Request("PUT", "/code/"), unavailable),
        ("storing the output artifact", Step::Request("PUT", OUTPUT), unavailable),
        ("putting the result", Step::Put(late), unavailable),
        ("after the result was put", Step::Put(done), None),
    ];
    each(&rows, |(name, step, expected)| {
        let services = Services::new();
        let id = services.queue(1, &[]);
        step.begin(&services);
        let mut worker = start(&services);
        wait_until(PATIENCE, || step.is_reached(&services));
        kill(Killed::Both, &mut worker);
        assert!(!services.job_files().is_empty(), "{name}");
        services.s3.no_more_faults();
        assert_eq!(settle(&services, &id, None, name).as_deref(), *expected, "{name}");
    });
}

#[test]
fn a_process_that_is_killed_after_the_next_worker_began_is_reported_soon() {
    let (services, step) = (Services::new(), Step::Request("PUT", "/code/"));
    let id = services.queue(1, &[]);
    step.begin(&services);
    let mut worker = start(&services);
    wait_until(PATIENCE, || step.is_reached(&services));
    let process = children_of(worker.id())[0];
    worker.kill().unwrap();
    worker.wait().unwrap();
    let next = services.start(&["--drain", "0", "--linger", "100"]);
    let polls = calls(&services, "PollForJobs");
    wait_until(PATIENCE, || calls(&services, "PollForJobs") > polls + 1);
    signal(process, "KILL");
    services.s3.no_more_faults();
    assert_eq!(settle(&services, &id, Some(next), "held at the start").as_deref(), Some("SystemUnavailable"));
}

/// A step of a job that never ends.
enum Step {
    Request(&'static str, &'static str),
    Put(JobAnswer),
}

impl Step {
    fn begin(&self, services: &Services) {
        match self {
            Self::Request(method, path) => services.s3.fault(Fault::new(method, *path, Answer::Late(NEVER))),
            Self::Put(answer) => services.jobs.fault(JobFault::new("Put", 1, answer.clone())),
        }
    }

    fn is_reached(&self, services: &Services) -> bool {
        match self {
            Self::Request(method, path) => {
                services.s3.requests().iter().any(|it| it.method == *method && it.path.contains(path))
            }
            Self::Put(_) => calls(services, "Put") > 0,
        }
    }
}

#[test]
fn a_worker_leaves_the_records_of_other_queues_and_of_living_processes() {
    let services = Services::new();
    let id = services.queue(1, &[]);
    services.jobs.add_type("Build/Other/1", None);
    services.s3.fault(Fault::new("GET", INPUT, Answer::Late(NEVER)));
    let mut worker = start(&services);
    wait_until(PATIENCE, || !services.s3.requests().is_empty());
    let others = || services.worker(&["--once", "--linger", "0"]).end().ok();
    others();
    assert_eq!((services.jobs.results()[&id], services.job_files().len()), (0, 2), "the process lives");
    kill(Killed::Both, &mut worker);
    services.worker(&["--action-type", "Build/Other/1", "--once", "--linger", "0"]).end().ok();
    assert_eq!((services.jobs.results()[&id], services.job_files().len()), (0, 2), "another queue");
    let ended = others();
    assert!(
        ended.stderr.contains(&format!("The process of job {id} ended: it was killed together")),
        "{}",
        ended.stderr
    );
    assert_eq!((services.jobs.results()[&id], services.job_files().len()), (1, 0));
}

#[test]
fn a_folder_of_another_user_is_not_used() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let (services, elsewhere) = (Services::new(), tempfile::tempdir().unwrap());
    let id = services.queue(1, &[]);
    let user = std::process::Command::new("id").arg("-u").output().unwrap().stdout;
    let name = format!("samstep-worker-{}", String::from_utf8(user).unwrap().trim());
    let private = services.folder.path().join(name);
    symlink(elsewhere.path(), &private).unwrap();
    let ended = services.worker(&["--once"]).end();
    assert!(ended.code == 2 && ended.cause().contains("is not a folder of this user alone"), "{}", ended.stderr);
    std::fs::remove_file(&private).unwrap();
    std::fs::create_dir(&private).unwrap();
    std::fs::set_permissions(&private, std::fs::Permissions::from_mode(0o777)).unwrap();
    assert_eq!(services.worker(&["--once"]).end().code, 2);
    assert_eq!((services.jobs.calls().len(), std::fs::read_dir(elsewhere.path()).unwrap().count()), (0, 0));
    std::fs::remove_dir(&private).unwrap();
    services.worker(&["--once"]).end().ok();
    assert_eq!(services.jobs.results()[&id], 1);
}
