//! `samstep` as a Lambda function, against a scripted Runtime API.

use crate::job::{ID, INPUT, World, source};
use crate::job_service::JobState;
use crate::s3_server::{Answer, Fault};
use crate::worker::{PATIENCE, Services, TYPE, child_of, signal, wait_until};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

#[derive(Default)]
struct State {
    events: VecDeque<(Value, Duration)>,
    /// Request id, `response` or `error`, and the body.
    answers: Vec<(String, String, Value)>,
}

/// The Runtime API of one sandbox. It does not answer once its events are used up.
pub struct FakeRuntime {
    host: String,
    state: Arc<Mutex<State>>,
    /// `/tmp` of the sandbox.
    folder: tempfile::TempDir,
}

impl FakeRuntime {
    /// With these events, each with its seconds of time.
    pub fn with(events: &[(Value, u64)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let events = events.iter().map(|(event, seconds)| (event.clone(), Duration::from_secs(*seconds))).collect();
        let state = Arc::new(Mutex::new(State { events, answers: Vec::new() }));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || serve(stream.unwrap(), &shared, number));
            }
        });
        Self { host, state, folder: tempfile::tempdir().unwrap() }
    }

    fn answers(&self) -> Vec<(String, String, Value)> {
        self.state.lock().unwrap().answers.clone()
    }

    /// Runs the function until every event is answered.
    pub fn run(&self, run: crate::run::Run, events: usize) -> String {
        self.wait(self.start(run), events)
    }

    fn start(&self, run: crate::run::Run) -> Child {
        let run = run.env("AWS_LAMBDA_RUNTIME_API", &self.host).env("TMPDIR", self.folder.path());
        let mut command = run.command();
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    }

    fn wait(&self, mut child: Child, events: usize) -> String {
        let begun = Instant::now();
        while self.answers().len() < events && begun.elapsed() < Duration::from_secs(30) {
            std::thread::sleep(Duration::from_millis(20));
        }
        std::thread::sleep(Duration::from_millis(100));
        child.kill().unwrap();
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        child.wait().unwrap();
        assert_eq!(self.answers().len(), events, "{stderr}");
        stderr
    }
}

fn serve(mut stream: TcpStream, state: &Mutex<State>, number: usize) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first).unwrap();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        match line.trim().split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => length = value.parse().unwrap(),
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let path: Vec<_> =
        first.split(' ').nth(1).unwrap().trim_start_matches("/2018-06-01/runtime/invocation/").split('/').collect();
    if path[0] == "next" {
        let next = state.lock().unwrap().events.pop_front();
        let Some((event, time)) = next else { return std::thread::sleep(Duration::from_secs(60)) };
        let deadline = (SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + time).as_millis();
        let event = event.to_string();
        let head = format!(
            "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: request-{number}\r\nLambda-Runtime-Deadline-Ms: {deadline}\r\n\
             Content-Length: {}\r\n\r\n{event}",
            event.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
    } else {
        let answer = (path[0].to_owned(), path[1].to_owned(), serde_json::from_slice(&body).unwrap());
        state.lock().unwrap().answers.push(answer);
        stream.write_all(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n").unwrap();
    }
}

/// The function, started without arguments as `bootstrap` is.
pub fn function(world: &World) -> crate::run::Run {
    let run = crate::run::samstep::<[&str; 0], &str>([]).against(&world.s3);
    run.env("AWS_ENDPOINT_URL_CODEPIPELINE", world.jobs.url()).env("AWS_LAMBDA_LOG_STREAM_NAME", "stream/1")
}

pub fn event(world: &World) -> Value {
    let mut job = world.job.clone();
    let properties = job["data"]["actionConfiguration"]["configuration"].to_string();
    job["data"]["actionConfiguration"]["configuration"] = json!({"FunctionName": "f", "UserParameters": properties});
    json!({"CodePipeline.job": job})
}

#[test]
fn a_job_is_done_once_however_often_it_is_delivered() {
    let world = World::new(&[], &source());
    let runtime = FakeRuntime::with(&[(event(&world), 60), (event(&world), 60)]);
    runtime.run(function(&world), 2);
    let result = world.result("PutJobSuccessResult");
    assert_eq!(result["executionDetails"]["externalExecutionId"], "stream/1");
    let answers = runtime.answers();
    assert!(answers.iter().all(|(_, kind, _)| kind == "response"), "{answers:?}");
    assert_eq!(answers[1].2["ended"], "already done");
}

#[test]
fn a_job_that_fails_is_reported_and_the_event_answered_well() {
    let rows = [("a property", vec![("S3Bukket", "x")], "ConfigurationError"), ("denied", vec![], "PermissionError")];
    for (name, properties, failure_type) in rows {
        let world = World::new(&properties, &source());
        if name == "denied" {
            world.s3.fault(Fault::new("PUT", "/code/", Answer::Error(403, "AccessDenied", Vec::new())));
        }
        let runtime = FakeRuntime::with(&[(event(&world), 60)]);
        runtime.run(function(&world), 1);
        assert_eq!(world.result("PutJobFailureResult")["failureDetails"]["type"], failure_type, "{name}");
        assert_eq!(runtime.answers()[0].1, "response", "{name}");
    }
}

#[test]
fn a_function_that_cannot_start_a_process_says_why_in_its_log_too() {
    let world = World::new(&[], &source());
    let runtime = FakeRuntime::with(&[(event(&world), 60)]);
    std::fs::remove_dir(runtime.folder.path()).unwrap();
    let log = runtime.run(function(&world), 1);
    let failure = world.result("PutJobFailureResult")["failureDetails"].clone();
    assert_eq!(failure["type"], "SystemUnavailable");
    assert!(log.contains("error: cannot create the folder "), "{log}");
}

#[test]
fn a_job_is_reported_before_the_time_of_the_function_is_over() {
    let world = World::new(&[], &source());
    world.s3.fault(Fault::new("GET", INPUT, Answer::Late(Duration::from_secs(60))));
    let runtime = FakeRuntime::with(&[(event(&world), 11)]);
    let begun = Instant::now();
    runtime.run(function(&world), 1);
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    let failure = world.result("PutJobFailureResult")["failureDetails"].clone();
    assert_eq!(failure["type"], "SystemUnavailable");
    assert!(failure["message"].as_str().unwrap().contains("raise the function's Timeout"), "{failure}");
    assert_eq!(runtime.answers()[0].1, "response");
}

#[test]
fn a_job_whose_process_is_killed_is_reported_and_the_next_event_served() {
    let world = World::new(&[], &source());
    world.s3.fault(Fault::new("GET", INPUT, Answer::Late(Duration::from_secs(60))));
    let mut other = event(&world);
    other["CodePipeline.job"]["id"] = json!("00000000-0000-4000-8000-000000000002");
    world.jobs.add(&other["CodePipeline.job"], JobState::InProgress);
    let runtime = FakeRuntime::with(&[(event(&world), 60), (other, 60)]);
    let function = runtime.start(function(&world));
    wait_until(PATIENCE, || !world.s3.requests().is_empty());
    signal(child_of(function.id()).unwrap(), "KILL");
    world.s3.no_more_faults();
    runtime.wait(function, 2);
    let failure = world.jobs.result(ID).unwrap()["failureDetails"].clone();
    assert_eq!(failure["type"], "SystemUnavailable");
    assert!(failure["message"].as_str().unwrap().contains("too little memory"), "{failure}");
    let ends: Vec<_> = runtime.answers().into_iter().map(|(_, kind, body)| (kind, body["ended"].clone())).collect();
    assert_eq!(
        ends,
        [("response".to_owned(), json!("SystemUnavailable")), ("response".to_owned(), json!("Succeeded"))]
    );
}

#[test]
fn a_job_that_was_lost_when_its_sandbox_was_reset_is_reported_after_the_next_one() {
    let world = World::new(&[], &source());
    world.s3.fault(Fault::new("GET", INPUT, Answer::Late(Duration::from_secs(60))));
    let mut other = event(&world);
    other["CodePipeline.job"]["id"] = json!("00000000-0000-4000-8000-000000000002");
    world.jobs.add(&other["CodePipeline.job"], JobState::InProgress);
    let runtime = FakeRuntime::with(&[(event(&world), 60), (other, 60)]);
    let mut reset = runtime.start(function(&world));
    wait_until(PATIENCE, || !world.s3.requests().is_empty());
    let process = child_of(reset.id()).unwrap();
    reset.kill().unwrap();
    signal(process, "KILL");
    reset.wait().unwrap();
    world.s3.no_more_faults();
    // Lambda delivers the event again for some minutes, and another sandbox may do the job.
    let files = crate::worker::job_files(runtime.folder.path());
    let record = files.iter().find(|file| file.ends_with(".job")).unwrap();
    let written = SystemTime::now() - Duration::from_secs(6 * 60);
    std::fs::File::options().write(true).open(record).unwrap().set_modified(written).unwrap();
    runtime.run(function(&world), 1);
    let failure = world.jobs.result(ID).unwrap()["failureDetails"].clone();
    assert_eq!(failure["type"], "SystemUnavailable", "{failure}");
    assert_eq!(runtime.answers()[0].2["ended"], "Succeeded");
    assert_eq!(crate::worker::job_files(runtime.folder.path()), [""; 0]);
}

#[test]
fn a_job_whose_process_hangs_is_reported_in_the_time_of_the_function() {
    let world = World::new(&[], &source());
    world.s3.fault(Fault::new("GET", INPUT, Answer::Late(Duration::from_secs(60))));
    let runtime = FakeRuntime::with(&[(event(&world), 12)]);
    let (begun, function) = (Instant::now(), runtime.start(function(&world)));
    wait_until(PATIENCE, || !world.s3.requests().is_empty());
    signal(child_of(function.id()).unwrap(), "STOP");
    runtime.wait(function, 1);
    assert!(begun.elapsed() < Duration::from_secs(12), "{:?}", begun.elapsed());
    let failure = world.result("PutJobFailureResult")["failureDetails"].clone();
    assert!(failure["message"].as_str().unwrap().contains("it did not end in time"), "{failure}");
}

#[test]
fn events_that_hold_no_job_are_refused_in_so_many_words() {
    let world = World::new(&[], &source());
    let rows = [
        (json!({"jobId": ID, "actionCredentials": {}}), "partner integration"),
        (json!({"a": 1}), "neither a CodePipeline job nor a schedule"),
        (json!({"source": "aws.events", "detail-type": "Scheduled Event"}), "no action type is set"),
        (json!({"CodePipeline.job": {"id": "../x"}}), "is not a job id"),
    ];
    let events: Vec<_> = rows.iter().map(|(event, _)| (event.clone(), 60)).collect();
    let runtime = FakeRuntime::with(&events);
    runtime.run(function(&world), rows.len());
    for ((_, kind, body), (_, message)) in runtime.answers().iter().zip(&rows) {
        assert_eq!(kind, "error", "{body}");
        assert!(body["errorMessage"].as_str().unwrap().contains(message), "{body}");
    }
    assert_eq!(world.jobs.calls().len(), 0);
}

#[test]
fn a_schedule_makes_the_function_a_worker_for_a_moment() {
    let services = Services::new();
    let id = services.queue(1, &[]);
    let run = crate::run::samstep::<[&str; 0], &str>([]).against(&services.s3);
    let run = run.env("AWS_ENDPOINT_URL_CODEPIPELINE", services.jobs.url()).env("SAMSTEP_ACTION_TYPE", TYPE);
    let run = run.env("SAMSTEP_LINGER", "0.3").env("TMPDIR", services.folder.path());
    let run = run.env("AWS_LAMBDA_LOG_GROUP_NAME", "/samstep/worker").env("AWS_LAMBDA_LOG_STREAM_NAME", "2026/[1]a");
    let runtime = FakeRuntime::with(&[(json!({"source": "aws.events", "detail-type": "Scheduled Event"}), 60)]);
    runtime.run(run, 1);
    assert_eq!((services.jobs.results()[&id], runtime.answers()[0].1.as_str()), (1, "response"));
    let result = services.jobs.result(&id).unwrap();
    let stream = "log-group/$252Fsamstep$252Fworker/log-events/2026$252F$255B1$255Da$3Fstart$3D";
    assert!(result["executionDetails"]["externalExecutionId"].as_str().unwrap().contains(stream), "{result}");
}

#[test]
fn a_function_takes_no_job_late_in_its_time() {
    let services = Services::new();
    let early: Vec<_> = [1, 2].map(|number| services.queue(number, &[])).into();
    let late = services.queue(3, &[]);
    services.s3.fault(Fault::new("GET", INPUT, Answer::Late(Duration::from_secs(2))).times(2));
    let run = crate::run::samstep::<[&str; 0], &str>([]).against(&services.s3);
    let run = run.env("AWS_ENDPOINT_URL_CODEPIPELINE", services.jobs.url()).env("SAMSTEP_ACTION_TYPE", TYPE);
    let run = run.env("TMPDIR", services.folder.path());
    let runtime = FakeRuntime::with(&[(json!({"source": "aws.events", "detail-type": "Scheduled Event"}), 25)]);
    runtime.run(run, 1);
    assert_eq!(runtime.answers()[0].1, "response");
    assert!(early.iter().all(|id| services.jobs.results()[id] == 1));
    assert_eq!((services.jobs.states()[&late], services.jobs.results()[&late]), (JobState::Queued, 0));
}

#[test]
fn in_a_build_on_lambda_compute_it_is_no_function() {
    let ended = crate::run::samstep(["--version"]).env("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:1").end().ok();
    assert!(ended.stdout.starts_with("samstep "), "{}", ended.stdout);
    let run = crate::run::samstep::<[&str; 0], &str>([]).env("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:1");
    assert_eq!(run.env("CODEBUILD_BUILD_ID", "p:1").end().code, 2);
}
