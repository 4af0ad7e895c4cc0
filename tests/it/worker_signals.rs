//! Signals at each step of a job to the worker, to the process of the job, and to `samstep job` alone. An acknowledged job
//! gets exactly one result; a job that was not acknowledged is offered again.

use crate::job::{ID, INPUT, OUTPUT, World, source};
use crate::job_service::{Answer as JobAnswer, Fault as JobFault, JobService, JobState};
use crate::s3_server::{Answer, Fault, S3Server};
use crate::worker::{PATIENCE, Services, child_of, signal, wait_until};
use std::process::{Child, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Longer than any test waits.
const NEVER: Duration = Duration::from_secs(600);
/// Long enough to send a signal meanwhile.
const SHORT_DELAY: Duration = Duration::from_millis(1500);

/// A step of a job that lasts until a signal.
#[derive(Clone, Copy)]
enum Held {
    /// This call to the job service.
    Call(&'static str, JobAnswerKind),
    /// Requests to S3 of this method whose path contains this text.
    Request(&'static str, &'static str),
}

/// How a call lasts.
#[derive(Clone, Copy)]
enum JobAnswerKind {
    /// Its answer is late.
    Late(Duration),
    /// It is carried out, and its answer is late.
    LateAfter(Duration),
}

impl Held {
    fn begin(self, s3: &S3Server, jobs: &JobService) {
        match self {
            Self::Call(operation, JobAnswerKind::Late(delay)) => {
                jobs.fault(JobFault::new(operation, 1, JobAnswer::Late(delay)));
            }
            Self::Call(operation, JobAnswerKind::LateAfter(delay)) => {
                jobs.fault(JobFault::new(operation, 1, JobAnswer::LateAfter(delay)));
            }
            Self::Request(method, path) => s3.fault(Fault::new(method, path, Answer::Late(NEVER))),
        }
    }

    fn is_reached(self, s3: &S3Server, jobs: &JobService) -> bool {
        match self {
            Self::Call(operation, _) => jobs.calls().iter().any(|call| call.operation.starts_with(operation)),
            Self::Request(..) => self.is_reached_at(s3),
        }
    }

    fn is_reached_at(self, s3: &S3Server) -> bool {
        let Self::Request(method, path) = self else { return false };
        s3.requests().iter().any(|request| request.method == method && request.path.contains(path))
    }
}

const FETCHING: Held = Held::Request("GET", INPUT);
const UPLOADING: Held = Held::Request("PUT", "/code/");
const STORING: Held = Held::Request("PUT", OUTPUT);

fn put(kind: JobAnswerKind) -> Held {
    Held::Call("Put", kind)
}

/// Checks each row on a thread of its own, since most of their time is waiting.
fn each<T: Sync>(rows: &[T], check: impl Fn(&T) + Sync) {
    let check = &check;
    std::thread::scope(|scope| rows.iter().for_each(|row| drop(scope.spawn(move || check(row)))));
}

#[track_caller]
fn end(child: &mut Child, name: &str) -> ExitStatus {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        assert!(begun.elapsed() < PATIENCE, "{name}: it does not end");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The type of the failure that was put, if it was one.
fn failure_type(jobs: &JobService, id: &str) -> Option<String> {
    jobs.result(id).unwrap()["failureDetails"]["type"].as_str().map(str::to_owned)
}

#[test]
fn a_worker_that_is_terminated_at_any_step_leaves_each_job_with_one_result_or_to_others() {
    const UNAVAILABLE: Option<&str> = Some("SystemUnavailable");
    let late = JobAnswerKind::Late(SHORT_DELAY);
    let rows = [
        ("polling", Held::Call("PollForJobs", JobAnswerKind::Late(NEVER)), JobState::Queued, None),
        ("acknowledging", Held::Call("AcknowledgeJob", late), JobState::Ended, UNAVAILABLE),
        ("fetching the input artifact", FETCHING, JobState::Ended, UNAVAILABLE),
        ("uploading code", UPLOADING, JobState::Ended, UNAVAILABLE),
        ("storing the output artifact", STORING, JobState::Ended, UNAVAILABLE),
        ("putting the result", put(late), JobState::Ended, None),
        ("after the result was put", put(JobAnswerKind::LateAfter(SHORT_DELAY)), JobState::Ended, None),
    ];
    each(&rows, |(name, step, state, expected)| {
        let services = Services::new();
        let (id, other) = (services.queue(1, &[]), services.queue(2, &[]));
        step.begin(&services.s3, &services.jobs);
        let mut worker = services.start(&["--concurrency", "1", "--drain", "0"]);
        wait_until(PATIENCE, || step.is_reached(&services.s3, &services.jobs));
        signal(worker.id(), "TERM");
        assert!(end(&mut worker, name).success(), "{name}");
        assert_eq!(services.jobs.states()[&id], *state, "{name}");
        assert_eq!(services.jobs.results()[&other], 0, "{name}");
        if *state == JobState::Ended {
            assert_eq!(
                (services.jobs.results()[&id], failure_type(&services.jobs, &id).as_deref()),
                (1, *expected),
                "{name}"
            );
        }
        if *expected == UNAVAILABLE {
            let failure = services.jobs.result(&id).unwrap()["failureDetails"].clone();
            assert!(failure["message"].as_str().unwrap().contains("the job worker had to end"), "{name}: {failure}");
        }
        services.s3.no_more_faults();
        services.worker(&["--once"]).end().ok();
        assert!(services.jobs.results().values().all(|results| *results == 1), "{name}: others do what is left");
    });
}

#[test]
fn sighup_and_sigquit_end_a_worker_as_sigterm_does() {
    each(&["HUP", "QUIT"], |name| {
        let services = Services::new();
        let id = services.queue(1, &[]);
        FETCHING.begin(&services.s3, &services.jobs);
        let mut worker = services.start(&["--drain", "0"]);
        wait_until(PATIENCE, || FETCHING.is_reached(&services.s3, &services.jobs));
        signal(worker.id(), name);
        assert!(end(&mut worker, name).success(), "{name}");
        let failure = failure_type(&services.jobs, &id);
        assert_eq!((services.jobs.results()[&id], failure.as_deref()), (1, Some("SystemUnavailable")), "{name}");
    });
}

#[test]
fn a_worker_that_was_started_with_sighup_ignored_survives_it() {
    let services = Services::new();
    let id = services.queue(1, &[]);
    Held::Call("Put", JobAnswerKind::Late(SHORT_DELAY)).begin(&services.s3, &services.jobs);
    let run = services.worker(&["--once"]).under(&["sh", "-c", "trap '' HUP; exec \"$0\" \"$@\""]);
    let mut worker = run.command().stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_until(PATIENCE, || put(JobAnswerKind::Late(SHORT_DELAY)).is_reached(&services.s3, &services.jobs));
    signal(worker.id(), "HUP");
    assert!(end(&mut worker, "ignored").success());
    assert_eq!((services.jobs.results()[&id], failure_type(&services.jobs, &id)), (1, None));
}

#[test]
fn a_worker_that_is_terminated_between_poll_and_acknowledgement_leaves_the_job_to_others() {
    let services = Services::new();
    let id = services.queue(1, &[]);
    let agent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let uri = format!("http://{}/api", agent.local_addr().unwrap());
    let mut command = services.worker(&["--drain", "0"]).env("ECS_AGENT_URI", uri).command();
    let mut worker = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // The worker asks for protection before it acknowledges, and is answered after it was terminated.
    let (asked, _) = agent.accept().unwrap();
    signal(worker.id(), "TERM");
    std::thread::sleep(SHORT_DELAY);
    drop(asked);
    drop(agent);
    assert!(end(&mut worker, "between").success());
    assert_eq!((services.jobs.states()[&id], services.jobs.results()[&id]), (JobState::Dispatched, 0));
    services.worker(&["--once"]).end().ok();
    assert_eq!(services.jobs.results()[&id], 1);
}

#[test]
fn a_process_that_is_killed_at_any_step_is_reported_once_by_its_parent() {
    let killed = Some(("SystemUnavailable", "signal: 9"));
    let rows = [
        ("fetching the input artifact", FETCHING, killed),
        ("uploading code", UPLOADING, killed),
        ("storing the output artifact", STORING, killed),
        ("putting the result", put(JobAnswerKind::Late(NEVER)), killed),
        ("after the result was put", put(JobAnswerKind::LateAfter(NEVER)), None),
    ];
    each(&rows, |(name, step, expected)| {
        let services = Services::new();
        let id = services.queue(1, &[]);
        step.begin(&services.s3, &services.jobs);
        let mut worker = services.start(&["--once"]);
        wait_until(PATIENCE, || step.is_reached(&services.s3, &services.jobs));
        signal(child_of(worker.id()).unwrap(), "KILL");
        assert!(end(&mut worker, name).success(), "{name}");
        assert_eq!(services.jobs.results()[&id], 1, "{name}");
        let failure = &services.jobs.result(&id).unwrap()["failureDetails"];
        assert_eq!(failure["type"].as_str(), expected.map(|(failure_type, _)| failure_type), "{name}: {failure}");
        let message = failure["message"].as_str().unwrap_or_default();
        assert!(message.contains(expected.map_or("", |(_, message)| message)), "{name}: {failure}");
    });
}

#[test]
fn a_worker_that_may_not_poll_any_more_still_ends_its_jobs_with_the_signal() {
    let services = Services::new();
    let id = services.queue(1, &[]);
    FETCHING.begin(&services.s3, &services.jobs);
    let mut worker = services.start(&["--once", "--concurrency", "2", "--drain", "0"]);
    wait_until(PATIENCE, || FETCHING.is_reached(&services.s3, &services.jobs));
    services.jobs.fault(JobFault::new("PollForJobs", 1, JobAnswer::Error(400, "AccessDeniedException")));
    let polls = || services.jobs.calls().iter().filter(|call| call.operation == "PollForJobs").count();
    let before = polls();
    wait_until(PATIENCE, || polls() > before);
    std::thread::sleep(SHORT_DELAY);
    signal(worker.id(), "TERM");
    assert_eq!(end(&mut worker, "refused").code(), Some(77));
    assert_eq!(
        (services.jobs.results()[&id], failure_type(&services.jobs, &id).as_deref()),
        (1, Some("SystemUnavailable"))
    );
}

#[test]
fn a_claim_that_is_not_answered_keeps_no_job_from_its_end() {
    let services = Services::new();
    let (running, claimed) = (services.queue(1, &[]), "00000000-0000-4000-8000-000000000002");
    FETCHING.begin(&services.s3, &services.jobs);
    let mut worker = services.start(&["--concurrency", "2", "--drain", "0"]);
    wait_until(PATIENCE, || FETCHING.is_reached(&services.s3, &services.jobs));
    services.jobs.fault(JobFault::new("AcknowledgeJob", 1000, JobAnswer::Late(NEVER)));
    services.queue(2, &[]);
    let claims = || services.jobs.calls().iter().filter(|call| call.operation == "AcknowledgeJob").count();
    wait_until(PATIENCE, || claims() > 1);
    let begun = Instant::now();
    signal(worker.id(), "TERM");
    assert!(end(&mut worker, "claiming").success());
    assert!(begun.elapsed() < Duration::from_secs(25), "{:?}", begun.elapsed());
    let results = services.jobs.results();
    assert_eq!((results[&running], results[claimed], services.jobs.states()[claimed]), (1, 0, JobState::Dispatched));
}

#[test]
fn a_worker_with_jobs_is_well_whatever_becomes_of_its_polls() {
    let services = Services::new();
    services.queue(1, &[]);
    FETCHING.begin(&services.s3, &services.jobs);
    let mut worker = services.start(&["--concurrency", "2", "--drain", "0"]);
    wait_until(PATIENCE, || FETCHING.is_reached(&services.s3, &services.jobs));
    services.jobs.fault(JobFault::new("PollForJobs", 1000, JobAnswer::Error(400, "ThrottlingException")));
    std::thread::sleep(SHORT_DELAY);
    let alive = services.folder.path().join("alive");
    std::fs::remove_file(&alive).unwrap();
    wait_until(PATIENCE, || alive.exists());
    signal(worker.id(), "TERM");
    assert!(end(&mut worker, "throttled").success());
}

#[test]
fn no_process_that_holds_secrets_may_dump_its_memory() {
    let services = Services::new();
    services.queue(1, &[]);
    FETCHING.begin(&services.s3, &services.jobs);
    let mut worker = services.start(&["--drain", "0"]);
    wait_until(PATIENCE, || FETCHING.is_reached(&services.s3, &services.jobs));
    for process in [worker.id(), child_of(worker.id()).unwrap()] {
        let limits = std::fs::read_to_string(format!("/proc/{process}/limits")).unwrap();
        let core = limits.lines().find_map(|line| line.strip_prefix("Max core file size")).unwrap();
        assert_eq!(core.split_whitespace().collect::<Vec<_>>(), ["0", "0", "bytes"]);
    }
    signal(worker.id(), "TERM");
    assert!(end(&mut worker, "limits").success());
}

#[test]
fn nothing_of_a_job_whose_process_was_killed_is_left() {
    let services = Services::new();
    services.queue(1, &[]);
    UPLOADING.begin(&services.s3, &services.jobs);
    let mut worker = services.start(&[]);
    wait_until(PATIENCE, || UPLOADING.is_reached(&services.s3, &services.jobs));
    assert_eq!(services.job_files().len(), 2, "a record and a folder");
    signal(child_of(worker.id()).unwrap(), "KILL");
    wait_until(PATIENCE, || services.job_files().is_empty());
    signal(worker.id(), "TERM");
    assert!(end(&mut worker, "killed").success());
}

#[test]
fn the_process_of_a_job_survives_its_worker_and_reports_itself() {
    let services = Services::new();
    let id = services.queue(1, &[]);
    Held::Call("Put", JobAnswerKind::Late(SHORT_DELAY)).begin(&services.s3, &services.jobs);
    let mut worker = services.start(&[]);
    wait_until(PATIENCE, || put(JobAnswerKind::Late(SHORT_DELAY)).is_reached(&services.s3, &services.jobs));
    signal(worker.id(), "KILL");
    worker.wait().unwrap();
    wait_until(PATIENCE, || services.jobs.states()[&id] == JobState::Ended);
    assert_eq!((services.jobs.results()[&id], failure_type(&services.jobs, &id)), (1, None));
}

/// `samstep job` on the job of a world, and the file that it reads.
fn alone(world: &World) -> (Child, tempfile::NamedTempFile) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), world.job.to_string()).unwrap();
    let run = world.run_of(file.path().to_str().unwrap());
    (run.command().stdin(Stdio::null()).stderr(Stdio::null()).spawn().unwrap(), file)
}

#[test]
fn a_job_alone_that_is_terminated_at_any_step_is_reported_once() {
    let late = JobAnswerKind::Late(SHORT_DELAY);
    let unavailable = (143, Some("SystemUnavailable"));
    let rows = [
        ("fetching the input artifact", FETCHING, unavailable),
        ("uploading code", UPLOADING, unavailable),
        ("storing the output artifact", STORING, unavailable),
        ("putting the result", put(late), (0, None)),
        ("after the result was put", put(JobAnswerKind::LateAfter(SHORT_DELAY)), (0, None)),
    ];
    each(&rows, |(name, step, (code, expected))| {
        let world = World::new(&[], &source());
        step.begin(&world.s3, &world.jobs);
        let (mut child, _file) = alone(&world);
        wait_until(PATIENCE, || step.is_reached(&world.s3, &world.jobs));
        signal(child.id(), "TERM");
        assert_eq!(end(&mut child, name).code(), Some(*code), "{name}");
        assert_eq!((world.jobs.results()[ID], failure_type(&world.jobs, ID).as_deref()), (1, *expected), "{name}");
    });
}

#[test]
fn each_signal_has_its_exit_code() {
    let rows = [("INT", 130), ("TERM", 143), ("HUP", 129), ("QUIT", 131)];
    each(&rows, |(name, code)| {
        let world = World::new(&[], &source());
        FETCHING.begin(&world.s3, &world.jobs);
        let (mut child, _file) = alone(&world);
        wait_until(PATIENCE, || FETCHING.is_reached(&world.s3, &world.jobs));
        signal(child.id(), name);
        assert_eq!(end(&mut child, name).code(), Some(*code), "{name}");
        let failure = failure_type(&world.jobs, ID);
        assert_eq!((world.jobs.results()[ID], failure.as_deref()), (1, Some("SystemUnavailable")), "{name}");
    });
}

#[test]
fn packaging_ends_in_order_on_each_signal() {
    let rows = [("INT", 130), ("TERM", 143), ("HUP", 129), ("QUIT", 131)];
    each(&rows, |(name, code)| {
        let s3 = S3Server::with_bucket("code");
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("src")).unwrap();
        std::fs::write(folder.path().join("src/app.py"), "pass").unwrap();
        std::fs::write(folder.path().join("template.yaml"), crate::job::TEMPLATE).unwrap();
        s3.fault(Fault::new("PUT", "/code/", Answer::Late(NEVER)));
        let run = crate::run::samstep(["package", "--s3-bucket", "code", "--output-template-file", "out.yaml"]);
        let mut command = run.against(&s3).at(folder.path()).command();
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        wait_until(PATIENCE, || UPLOADING.is_reached_at(&s3));
        signal(child.id(), name);
        assert_eq!(end(&mut child, name).code(), Some(*code), "{name}");
        let mut stderr = String::new();
        std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut stderr).unwrap();
        assert!(stderr.lines().last().unwrap().contains(&format!("(SIG{name})")), "{stderr}");
        assert!(!folder.path().join("out.yaml").exists(), "{name}");
    });
}

#[test]
fn a_job_alone_that_is_terminated_twice_still_puts_its_result() {
    let world = World::new(&[], &source());
    FETCHING.begin(&world.s3, &world.jobs);
    let putting = put(JobAnswerKind::Late(SHORT_DELAY));
    putting.begin(&world.s3, &world.jobs);
    let (mut child, _file) = alone(&world);
    wait_until(PATIENCE, || FETCHING.is_reached(&world.s3, &world.jobs));
    signal(child.id(), "TERM");
    wait_until(PATIENCE, || putting.is_reached(&world.s3, &world.jobs));
    signal(child.id(), "TERM");
    assert_eq!(end(&mut child, "twice").code(), Some(143));
    assert_eq!((world.jobs.results()[ID], failure_type(&world.jobs, ID).as_deref()), (1, Some("SystemUnavailable")));
}

#[test]
fn a_job_that_waits_for_its_own_text_ends_with_the_signal() {
    let world = World::new(&[], &source());
    let mut command = world.run().command();
    let mut child = command.stdin(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    wait_until(PATIENCE, || is_listening(child.id()));
    signal(child.id(), "TERM");
    assert_eq!(end(&mut child, "reading").code(), Some(143));
    assert!(world.jobs.calls().is_empty(), "the job is unknown");
}

/// Whether a process catches SIGTERM by now.
fn is_listening(process: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).map(str::trim);
    caught.and_then(|mask| u64::from_str_radix(mask, 16).ok()).is_some_and(|mask| mask & (1 << 14) != 0)
}
