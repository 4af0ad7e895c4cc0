//! `samstep worker`: each job of the queue gets one result.

use crate::cloudformation::CloudFormation;
use crate::deploy::QUEUE;
use crate::job::{INPUT, OUTPUT, job, source, zip};
use crate::job_service::{Answer as JobAnswer, Fault as JobFault, JobService, JobState};
use crate::run::{Ended, Run, samstep};
use crate::s3_server::{Answer, Fault, JOB, S3Server};
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

pub const TYPE: &str = "Build/Samstep/1";
/// Time until a step is reached, or a process has ended, on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// Set in a function of Lambda, whose log CloudWatch reads.
pub const FUNCTION_NAME: &str = "AWS_LAMBDA_FUNCTION_NAME";

/// The object of the input artifact of deployments.
const DEPLOYED_INPUT: &str = "orders/SourceArti/cD4fG0h";

/// S3, CodePipeline and CloudFormation, and a folder for a worker.
pub struct Services {
    pub s3: S3Server,
    pub jobs: JobService,
    pub stacks: CloudFormation,
    pub folder: tempfile::TempDir,
}

impl Services {
    pub fn new() -> Self {
        let s3 = S3Server::with_bucket("artifacts");
        s3.bucket("code");
        s3.put("artifacts", INPUT, &source());
        s3.put("artifacts", DEPLOYED_INPUT, &zip(&[("template.yaml", QUEUE.as_bytes())]));
        let jobs = JobService::start();
        jobs.add_type(TYPE, None);
        Self { s3, jobs, stacks: CloudFormation::start(), folder: tempfile::tempdir().unwrap() }
    }

    /// Queues a job with these properties, without those that are empty. Returns its id.
    pub fn queue(&self, number: usize, properties: &[(&str, &str)]) -> String {
        self.queue_job(number, job(properties))
    }

    /// Queues a job that deploys a template of one queue.
    pub fn queue_deployment(&self, number: usize, properties: &[(&str, &str)]) -> String {
        let mut job = job(&[&[("Operation", "deploy")], properties].concat());
        job["data"]["inputArtifacts"][0]["location"]["s3Location"]["objectKey"] = json!(DEPLOYED_INPUT);
        self.queue_job(number, job)
    }

    fn queue_job(&self, number: usize, mut job: Value) -> String {
        let id = format!("00000000-0000-4000-8000-{number:012}");
        job["id"] = json!(id);
        let output = &mut job["data"]["outputArtifacts"][0]["location"]["s3Location"]["objectKey"];
        *output = json!(format!("{OUTPUT}-{number}"));
        let configuration = &mut job["data"]["actionConfiguration"]["configuration"];
        configuration.as_object_mut().unwrap().retain(|_, value| value != "");
        self.jobs.add(&job, JobState::Queued);
        id
    }

    /// A worker with short waits.
    pub fn worker(&self, more: &[&str]) -> Run {
        let state = self.folder.path().join("alive");
        let arguments = ["worker", "--action-type", TYPE, "--poll-interval", "0.1", "--linger", "0.5"];
        let run = samstep(arguments.iter().chain(more)).against(&self.s3);
        run.env("AWS_ENDPOINT_URL_CODEPIPELINE", self.jobs.url())
            .env("AWS_ENDPOINT_URL_CLOUDFORMATION", self.stacks.url())
            .env("SAM_CLI_POLL_DELAY", "0.05")
            .env("SAMSTEP_STATE_FILE", state)
            .env("TMPDIR", self.folder.path())
    }

    pub fn start(&self, more: &[&str]) -> Child {
        let mut command = self.worker(more).command();
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// The records and folders of jobs that are left on the disk.
    pub fn job_files(&self) -> Vec<String> {
        job_files(self.folder.path())
    }

    fn failure(&self, id: &str) -> Value {
        self.jobs.result(id).unwrap()["failureDetails"].clone()
    }
}

/// The records and folders of jobs below a temporary folder.
pub fn job_files(temporary: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(temporary).unwrap().map(|entry| entry.unwrap().path());
    let private = entries.filter(|path| path.is_dir());
    let files = private.flat_map(|path| std::fs::read_dir(path).unwrap());
    files.map(|entry| entry.unwrap().path().display().to_string()).collect()
}

pub fn signal(process: u32, name: &str) {
    let sent = std::process::Command::new("kill").args([&format!("-{name}"), &process.to_string()]).status().unwrap();
    assert!(sent.success());
}

#[track_caller]
pub fn wait_until(limit: Duration, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < limit, "it took more than {limit:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn metrics(ended: &Ended) -> Vec<Value> {
    ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn sum(metrics: &[Value], name: &str) -> f64 {
    metrics.iter().filter_map(|line| line[name].as_f64()).sum()
}

#[test]
fn a_worker_that_runs_once_does_what_is_queued_and_ends() {
    let services = Services::new();
    let good: Vec<_> = (0..3).map(|number| services.queue(number, &[])).collect();
    let bad = services.queue(3, &[("S3Bukket", "x")]);
    let ended = services.worker(&["--once", "--concurrency", "2"]).env(FUNCTION_NAME, "worker").end().ok();
    assert!(good.iter().all(|id| services.jobs.result(id).unwrap()["executionDetails"]["percentComplete"] == 100));
    assert_eq!(services.failure(&bad)["type"], "ConfigurationError");
    let metrics = metrics(&ended);
    let counted = ["JobsStarted", "JobsSucceeded", "JobsFailed"].map(|name| sum(&metrics, name));
    assert_eq!(counted, [4.0, 3.0, 1.0], "{}", ended.stdout);
    assert!(metrics.iter().all(|line| line["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Samstep"));
    for (name, text) in [("stdout", &ended.stdout), ("stderr", &ended.stderr)] {
        assert!(!text.contains(JOB.secret_key), "{name}: {text}");
    }
    let polls: Vec<_> = services.jobs.calls().into_iter().filter(|call| call.operation == "PollForJobs").collect();
    assert!(polls.iter().all(|poll| poll.input["maxBatchSize"].as_u64().unwrap() <= 2), "only for free slots");
    let well = services.worker(&["--health"]).end();
    assert_eq!(well.code, 0, "{}", well.stderr);
}

#[test]
fn metrics_are_printed_where_cloudwatch_reads_them_or_as_asked() {
    let rows = [
        ("a machine", &[][..], &[][..], false),
        ("a function", &[], &[(FUNCTION_NAME, "unused")], true),
        ("a task of ECS", &[], &[("ECS_CONTAINER_METADATA_URI_V4", "unused")], true),
        ("a machine with an agent", &["--metrics"], &[], true),
        ("a machine with an agent, by a variable", &[], &[("SAMSTEP_METRICS", "true")], true),
        ("a function without them", &["--no-metrics"], &[(FUNCTION_NAME, "unused")], false),
        ("a function without them, by a variable", &[], &[(FUNCTION_NAME, "x"), ("SAMSTEP_METRICS", "false")], false),
        ("a line above a variable", &["--metrics"], &[("SAMSTEP_NO_METRICS", "true")], true),
    ];
    for (name, flags, variables, is_printed) in rows {
        let services = Services::new();
        services.queue(1, &[]);
        let run = services.worker(&[&["--once"], flags].concat());
        let run = variables.iter().fold(run, |run, (name, value)| run.env(name, value));
        let ended = run.end().ok();
        assert_eq!(!ended.stdout.is_empty(), is_printed, "{name}: {}", ended.stdout);
        assert!(ended.stderr.contains("ended after"), "{name}: {}", ended.stderr);
    }
}

#[test]
fn metrics_tell_of_the_oldest_job_and_of_results_that_were_put_again() {
    let services = Services::new();
    let id = services.queue(1, &[]);
    services.s3.fault(Fault::new("GET", INPUT, Answer::Late(Duration::from_secs(1))));
    services.jobs.fault(JobFault::new("Put", 1, JobAnswer::Error(500, "InternalFailure")));
    let ended = services.worker(&["--once"]).env("AWS_MAX_ATTEMPTS", "1").env(FUNCTION_NAME, "worker").end().ok();
    let metrics = metrics(&ended);
    let ages: Vec<_> = metrics.iter().filter_map(|line| line["OldestJobSeconds"].as_f64()).collect();
    let oldest = ages.iter().copied().fold(0.0, f64::max);
    assert!((0.5..30.0).contains(&oldest) && ages.last() == Some(&0.0), "{ages:?}");
    assert_eq!((services.jobs.results()[&id], sum(&metrics, "ReportRetries")), (1, 1.0), "{}", ended.stdout);
    assert!(ended.stderr.contains(&format!("Cannot put the result of job {id}")), "{}", ended.stderr);
}

#[test]
fn a_result_that_the_worker_puts_again_itself_is_counted_too() {
    let services = Services::new();
    let id = services.queue(1, &[]);
    services.s3.fault(Fault::new("GET", INPUT, Answer::Late(Duration::from_secs(600))));
    services.jobs.fault(JobFault::new("Put", 1, JobAnswer::Error(500, "InternalFailure")));
    let run = services.worker(&["--once"]).env("AWS_MAX_ATTEMPTS", "1").env(FUNCTION_NAME, "worker");
    let mut command = run.command();
    let worker = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    wait_until(Duration::from_secs(30), || !services.s3.requests().is_empty());
    signal(child_of(worker.id()).unwrap(), "KILL");
    let output = worker.wait_with_output().unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    let metrics: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((services.jobs.results()[&id], sum(&metrics, "ReportRetries")), (1, 1.0), "{lines}");
    assert_eq!(sum(&metrics, "ProcessesLost"), 1.0);
}

#[test]
fn an_acknowledgement_whose_answer_is_lost_is_tried_again_and_the_job_done() {
    let rows = [
        ("carried out", JobAnswer::ResetAfter),
        ("not carried out", JobAnswer::ResetBefore),
        ("failing", JobAnswer::Error(500, "InternalFailure")),
        ("throttled", JobAnswer::Error(400, "ThrottlingException")),
    ];
    for (name, answer) in rows {
        let services = Services::new();
        let id = services.queue(1, &[]);
        services.jobs.fault(JobFault::new("AcknowledgeJob", 1, answer));
        let ended = services.worker(&["--once"]).end().ok();
        assert_eq!(services.jobs.results()[&id], 1, "{name}: {}", ended.stderr);
        let nonces: Vec<_> =
            services.jobs.calls().into_iter().filter(|call| call.operation == "AcknowledgeJob").collect();
        assert_eq!((nonces.len(), &nonces[0].input), (2, &nonces[1].input), "{name}");
    }
}

#[test]
fn a_service_that_falls_silent_is_asked_again() {
    for operation in ["PollForJobs", "AcknowledgeJob", "PutJobSuccessResult"] {
        let services = Services::new();
        let id = services.queue(1, &[]);
        services.jobs.fault(JobFault::new(operation, 1, JobAnswer::Late(Duration::from_secs(600))));
        services.worker(&["--once", "--cli-read-timeout", "1"]).end().ok();
        assert_eq!(services.jobs.results()[&id], 1, "{operation}");
    }
}

#[test]
fn a_worker_that_runs_once_and_was_never_answered_does_not_end_well() {
    let services = Services::new();
    let id = services.queue(1, &[]);
    services.jobs.fault(JobFault::new("PollForJobs", 1000, JobAnswer::Error(500, "InternalFailure")));
    let ended = services.worker(&["--once"]).env("AWS_MAX_ATTEMPTS", "1").end();
    assert_eq!((ended.code, services.jobs.states()[&id]), (75, JobState::Queued), "{}", ended.stderr);
}

#[test]
fn a_job_that_another_worker_took_is_left_to_it() {
    let services = Services::new();
    let id = services.queue(1, &[]);
    services.jobs.fault(JobFault::new("AcknowledgeJob", 1, JobAnswer::Error(400, "InvalidNonceException")));
    let ended = services.worker(&["--once"]).end().ok();
    assert!(ended.stderr.contains("was taken by another worker"), "{}", ended.stderr);
    assert_eq!(services.jobs.results()[&id], 1, "it was offered again");
}

#[test]
fn a_job_that_cannot_be_taken_is_not_asked_for_all_the_time() {
    let rows = [("denied", "AccessDeniedException"), ("gone", "JobNotFoundException")];
    for (name, code) in rows {
        let services = Services::new();
        services.queue(1, &[]);
        services.jobs.fault(JobFault::new("AcknowledgeJob", usize::MAX, JobAnswer::Error(400, code)));
        let ended = services.worker(&["--once"]).end().ok();
        assert!(ended.stderr.contains("is not taken"), "{name}: {}", ended.stderr);
        let polls = services.jobs.calls().iter().filter(|call| call.operation == "PollForJobs").count();
        assert!((2..20).contains(&polls), "{name}: {polls} polls");
    }
}

#[test]
fn a_pool_is_polled_for_its_own_jobs() {
    let services = Services::new();
    services.jobs.add_type("Build/Pooled/1", Some("Pool"));
    let ids: Vec<_> = [(1, "arm64"), (2, "x86")]
        .iter()
        .map(|(number, pool)| {
            let mut job = job(&[("Pool", pool)]);
            let id = format!("00000000-0000-4000-8000-{number:012}");
            job["id"] = json!(id);
            job["data"]["actionTypeId"]["provider"] = json!("Pooled");
            services.jobs.add(&job, JobState::Queued);
            id
        })
        .collect();
    services.worker(&["--action-type", "Build/Pooled/1", "--pool", "arm64", "--once"]).end().ok();
    let results = services.jobs.results();
    assert_eq!(ids.iter().map(|id| results[id]).collect::<Vec<_>>(), [1, 0]);
}

#[test]
fn a_type_that_is_not_there_ends_a_worker_that_runs_once() {
    let services = Services::new();
    let ended = services.worker(&["--action-type", "Build/Other/1", "--once"]).end();
    assert!(ended.code == 2 && ended.cause().contains("ActionTypeNotFoundException"), "{}", ended.stderr);
    let never = services.worker(&["--health", "--state-file", "/nonexistent/alive"]).end();
    assert_eq!(never.code, 1, "{}", never.stderr);
}

#[test]
fn what_the_operator_does_not_allow_is_refused_before_anything_is_called() {
    let role = "arn:aws:iam::111122223333:role/admin";
    let key = "arn:aws:kms:us-east-1:111122223333:key/other";
    let rows: [(&str, &[(&str, &str)]); 4] = [
        ("bucket", &[("S3Bucket", "stolen")]),
        ("role", &[("AssumeRoleArn", role)]),
        ("key", &[("Sse", "kms"), ("KmsKeyId", key)]),
        ("managed bucket", &[("ResolveS3", "true"), ("S3Bucket", "")]),
    ];
    let allow =
        ["--once", "--allow-bucket", "code,other-*", "--allow-role", "*:role/deploy-*", "--allow-key", "*:key/mine"];
    for (name, properties) in rows {
        let services = Services::new();
        let id = services.queue(1, properties);
        services.worker(&allow).end().ok();
        let failure = services.failure(&id);
        assert_eq!(failure["type"], "PermissionError", "{name}: {failure}");
        assert!(failure["message"].as_str().unwrap().contains("does not allow the"), "{name}: {failure}");
        let host: Vec<_> = services.s3.requests().into_iter().filter(|it| it.access_key != JOB.access_key).collect();
        assert!(host.is_empty(), "{name}: {host:?}");
    }
}

/// The processes of the jobs that a worker runs.
pub fn children_of(worker: u32) -> Vec<u32> {
    let listed = std::process::Command::new("ps").args(["-o", "pid=", "--ppid", &worker.to_string()]).output().unwrap();
    String::from_utf8_lossy(&listed.stdout).split_whitespace().map(|id| id.parse().unwrap()).collect()
}

/// The process of the one job that a worker runs.
pub fn child_of(worker: u32) -> Option<u32> {
    children_of(worker).first().copied()
}

#[test]
fn a_worker_that_is_terminated_lets_its_jobs_end() {
    let services = Services::new();
    let id = services.queue(1, &[]);
    services.s3.fault(Fault::new("GET", INPUT, Answer::Late(Duration::from_secs(1))));
    let mut worker = services.start(&["--drain", "20"]);
    wait_until(Duration::from_secs(20), || !services.s3.requests().is_empty());
    signal(worker.id(), "TERM");
    assert!(worker.wait().unwrap().success());
    assert_eq!(services.jobs.result(&id).unwrap()["executionDetails"]["percentComplete"], 100);
}

#[test]
fn a_job_that_takes_too_long_is_reported() {
    let services = Services::new();
    let id = services.queue(1, &[]);
    services.s3.fault(Fault::new("GET", INPUT, Answer::Late(Duration::from_secs(60))));
    services.worker(&["--once", "--timeout", "0.5"]).end().ok();
    let failure = services.failure(&id);
    assert!(failure["message"].as_str().unwrap().contains("was not done within 0.5 s"), "{failure}");
}
