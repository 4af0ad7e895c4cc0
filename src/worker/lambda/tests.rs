//! A function from its events to their answers, on a Runtime API that hands out events by script.

use super::{Function, RuntimeApi, serve};
use crate::facts::{Event, Failure, FailureKind, JobEvent, Reporter};
use crate::interrupt::{Cancellation, cancellation};
use crate::job::{
    Inputs, Job, JobFailure, JobId, JobOptions, JobResult, Operations, Origin, Services, Start, reject, run,
};
use crate::operation::action::Action;
use crate::operation::{Advance, Row};
use crate::package::zip_in_memory;
use crate::testing::artifacts::FakeArtifacts;
use crate::testing::jobs::{FakeJobs, job};
use crate::testing::recorder::Recorder;
use crate::worker::{JobEnd, Offer};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Where a function has its bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bug {
    Work,
    Reporter,
    Poll,
    /// No result can be put.
    Unput,
}

struct BuggyFunction {
    artifacts: FakeArtifacts,
    jobs: FakeJobs,
    bug: Bug,
    failures: Mutex<Vec<Failure>>,
}

impl Services for BuggyFunction {
    type Artifacts = FakeArtifacts;
    type Jobs = FakeJobs;

    async fn artifacts(&self, _: &Job) -> Result<FakeArtifacts, Failure> {
        Ok(self.artifacts.clone())
    }

    fn jobs(&self) -> &FakeJobs {
        &self.jobs
    }

    async fn pause(&self, _: Duration) {}
}

impl Operations for BuggyFunction {
    type Request = ();

    fn parse(&self, _: &Row, _: Action<'_>) -> Result<(), Failure> {
        Ok(())
    }

    async fn advance(&self, (): &(), _: &Inputs, _: Start<'_>, _: &Arc<dyn Reporter>) -> Result<Advance, Failure> {
        assert_ne!(self.bug, Bug::Work, "a bug at work");
        Err(Failure::new(FailureKind::Failed, "the work is not what is looked at"))
    }
}

/// A reporter with a bug.
struct Broken;

impl Reporter for Broken {
    fn report(&self, event: Event) {
        assert!(!matches!(event, Event::Job(JobEvent::Started { .. })), "a bug in the report");
    }
}

impl BuggyFunction {
    fn reporter(&self) -> Arc<dyn Reporter> {
        match self.bug {
            Bug::Reporter => Arc::new(Broken),
            Bug::Work | Bug::Poll | Bug::Unput => Arc::new(Recorder::default()),
        }
    }
}

impl Function for BuggyFunction {
    async fn work(&self, job: Offer, end: &Cancellation) -> JobEnd {
        if self.bug == Bug::Unput {
            return JobEnd::unreported("Succeeded");
        }
        let job = Job::parse(Origin::Service, job.document.as_bytes()).unwrap();
        let ended = run(&job, self, self, &JobOptions::default(), &self.reporter(), end.wait()).await;
        JobEnd::reported(ended.map_or_else(|failure| failure.kind.job_failure_type().name(), |_| "Succeeded"))
    }

    async fn reject(&self, job: &JobId, failure: Failure) -> Result<Failure, Failure> {
        reject(job, failure, self, &JobOptions::default(), &self.reporter()).await
    }

    async fn poll(&self, _: Duration, _: &Cancellation) -> Result<(), Failure> {
        assert_ne!(self.bug, Bug::Poll, "a bug in the worker");
        Ok(())
    }

    async fn pause(&self, _: Duration) {
        std::future::pending().await
    }

    fn fail(&self, failure: &Failure) {
        self.failures.lock().unwrap().push(failure.clone());
    }
}

/// Hands out these events. Returns the answer to each: the last segment of the path, and the body.
async fn answers(function: &BuggyFunction, events: &[Value]) -> Vec<(String, Value)> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let api = RuntimeApi::new(&listener.local_addr().unwrap().to_string());
    let (_interrupter, cancellation) = cancellation();
    let runtime = async {
        let mut answers = Vec::new();
        for event in events {
            let event = event.to_string();
            let head = format!("lambda-runtime-aws-request-id: 1\r\ncontent-length: {}\r\n\r\n{event}", event.len());
            exchange(&listener, &format!("HTTP/1.1 200 OK\r\n{head}")).await;
            let request = exchange(&listener, "HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n").await;
            let (path, body) = (request.split(' ').nth(1).unwrap(), request.split("\r\n\r\n").nth(1).unwrap());
            answers.push((path.rsplit('/').next().unwrap().to_owned(), serde_json::from_str(body).unwrap()));
        }
        answers
    };
    tokio::select! {
        ended = serve(&api, function, &cancellation) => panic!("the function ended: {ended:?}"),
        answers = runtime => answers,
    }
}

/// Sends one answer. Returns the request, which is short and comes in one piece.
async fn exchange(listener: &TcpListener, answer: &str) -> String {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut buffer = [0; 4096];
    let count = stream.read(&mut buffer).await.unwrap();
    stream.write_all(answer.as_bytes()).await.unwrap();
    String::from_utf8_lossy(&buffer[..count]).into_owned()
}

fn function(bug: Bug) -> BuggyFunction {
    let input = zip_in_memory(&[("template.yaml".to_owned(), b"A: 1\n".to_vec())]);
    let artifacts = FakeArtifacts::with(&job().inputs[0].location, input);
    BuggyFunction { artifacts, jobs: FakeJobs::default(), bug, failures: Mutex::default() }
}

fn event(id: &str) -> Value {
    let artifact = |name: &str, key: &str| json!({"name": name, "location": {"type": "S3", "s3Location": {"bucketName": "artifacts", "objectKey": key}}});
    let properties = json!({"TemplatePath": "template.yaml"}).to_string();
    json!({"CodePipeline.job": {"id": id, "data": {
        "actionConfiguration": {"configuration": {"FunctionName": "f", "UserParameters": properties}},
        "inputArtifacts": [artifact("Source", "pipe/Source/aB3dE9z")],
        "outputArtifacts": [artifact("Packaged", "pipe/Packaged/Qw7Rt2Y")],
        "artifactCredentials": {"accessKeyId": "a", "secretAccessKey": "job/secret/key", "sessionToken": "t"},
    }}})
}

#[tokio::test]
async fn a_panic_over_a_job_is_its_one_failure_and_the_next_event_is_served() {
    for (bug, words) in [(Bug::Work, "a bug at work"), (Bug::Reporter, "a bug in the report")] {
        let function = function(bug);
        let ids = ["00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"];
        let answers = answers(&function, &ids.map(event)).await;
        for ((kind, answer), id) in answers.iter().zip(ids) {
            assert_eq!((kind.as_str(), answer), ("response", &json!({"jobId": id, "ended": "JobFailed"})), "{bug:?}");
        }
        let results = function.jobs.results();
        assert_eq!(results.len(), ids.len(), "{bug:?}: {results:?}");
        for result in results {
            let JobResult::Failure(JobFailure { message, .. }) = result else { panic!("{bug:?}: {result:?}") };
            assert!(message.contains("a bug in samstep stopped the job") && message.contains(words), "{message}");
        }
    }
}

#[tokio::test]
async fn a_panic_over_a_schedule_is_the_error_of_its_event_alone() {
    let schedule = json!({"source": "aws.events", "detail-type": "Scheduled Event"});
    let function = function(Bug::Poll);
    let answers = answers(&function, &[schedule, event("00000000-0000-4000-8000-000000000001")]).await;
    assert_eq!(answers[0].0, "error");
    assert!(answers[0].1["errorMessage"].as_str().unwrap().contains("a bug in the worker"), "{answers:?}");
    assert_eq!((answers[1].0.as_str(), function.jobs.results().len()), ("response", 1));
}

#[tokio::test]
async fn an_event_whose_job_has_no_result_comes_again() {
    let function = function(Bug::Unput);
    let event = event("00000000-0000-4000-8000-000000000001");
    for (kind, answer) in answers(&function, &[event.clone(), event]).await {
        assert_eq!(kind, "error");
        assert!(answer["errorMessage"].as_str().unwrap().starts_with("no result of the job 00000000-"), "{answer}");
    }
}
