//! From an action to the log of its job: what the action type's link begins with, the result of the job ends.

use crate::job::{ID, INPUT, World, source};
use crate::job_service::JobService;
use crate::run::samstep;
use crate::s3_server::{Answer, Fault};
use crate::worker::{Services, child_of, signal, wait_until};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::Stdio;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What ECS tells of a container that logs to CloudWatch (task metadata endpoint, version 4), as far as it matters.
fn container() -> Value {
    json!({
        "Name": "worker",
        "Labels": {"com.amazonaws.ecs.task-arn": "arn:aws:ecs:us-east-1:111122223333:task/main/0d4e7a526b0f"},
        "LogDriver": "awslogs",
        "LogOptions": {
            "awslogs-group": "/samstep/worker",
            "awslogs-region": "us-east-1",
            "awslogs-stream": "worker/worker/0d4e7a526b0f",
        },
    })
}

/// Serves the metadata of a container at the address that it returns.
fn metadata_endpoint() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/v4/0d4e", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut first = String::new();
            BufReader::new(&stream).read_line(&mut first).unwrap();
            assert_eq!(first, "GET /v4/0d4e HTTP/1.1\r\n");
            let body = container().to_string();
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        }
    });
    address
}

/// The address to which the console leads from a job's action, when its type was made by the command.
fn address(jobs: &JobService, id: &str) -> String {
    let definition: Value = serde_json::from_str(&samstep(["action-type"]).end().ok().stdout).unwrap();
    let template = definition["settings"]["executionUrlTemplate"].as_str().unwrap();
    let result = jobs.result(id).unwrap();
    let details = result.get("executionDetails").unwrap_or(&result["failureDetails"]);
    template.replace("{ExternalExecutionId}", details["externalExecutionId"].as_str().unwrap())
}

/// Asserts that an address is that of the stream from about now on.
#[track_caller]
fn assert_leads_to_stream(address: &str, name: &str) {
    let (place, start) = address.rsplit_once("$3Fstart$3D").expect(name);
    let stream = "https://console.aws.amazon.com/cloudwatch/home?region=us-east-1#logsV2:log-groups/log-group/\
                  $252Fsamstep$252Fworker/log-events/worker$252Fworker$252F0d4e7a526b0f";
    assert_eq!(place, stream, "{name}");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    let ago = now.checked_sub(start.parse().unwrap()).expect(name);
    assert!(ago < 60_000, "{name}: {ago} ms");
}

#[test]
fn on_ecs_each_result_leads_to_the_stream_of_its_worker() {
    let services = Services::new();
    let good = services.queue(1, &[]);
    let bad = services.queue(2, &[("S3Bukket", "x")]);
    let run = services.worker(&["--once"]).env("ECS_CONTAINER_METADATA_URI_V4", metadata_endpoint());
    run.end().ok();
    assert_leads_to_stream(&address(&services.jobs, &good), "success");
    assert_leads_to_stream(&address(&services.jobs, &bad), "failure");
}

#[test]
fn the_result_of_a_process_that_was_killed_leads_there_too() {
    let services = Services::new();
    let id = services.queue(1, &[]);
    services.s3.fault(Fault::new("GET", INPUT, Answer::Late(Duration::from_secs(600))));
    let run = services.worker(&["--once"]).env("ECS_CONTAINER_METADATA_URI_V4", metadata_endpoint());
    let mut worker = run.command().stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_until(Duration::from_secs(30), || !services.s3.requests().is_empty());
    signal(child_of(worker.id()).unwrap(), "KILL");
    assert!(worker.wait().unwrap().success());
    assert_leads_to_stream(&address(&services.jobs, &id), "killed");
}

#[test]
fn in_a_build_it_leads_to_the_build_and_elsewhere_it_is_the_job() {
    let rows = [
        (vec![("CODEBUILD_BUILD_ID", "package:0d4e")], "codebuild/home?region=us-east-1#/builds/package:0d4e/view/new"),
        (vec![("ECS_CONTAINER_METADATA_URI_V4", "http://127.0.0.1:1/v4/0d4e")], ID),
        (vec![], ID),
    ];
    for (variables, expected) in rows {
        let world = World::new(&[], &source());
        let run = variables.iter().fold(world.run(), |run, (name, value)| run.env(name, value));
        run.end().ok();
        assert_eq!(address(&world.jobs, ID), format!("https://console.aws.amazon.com/{expected}"), "{variables:?}");
    }
}
