//! Tests of the fake service.

use super::{Answer, Fault, JobService, JobState};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;

const ID: &str = "0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11";

/// Status and body of a call; status 0 when the connection ends without an answer.
fn call(service: &JobService, operation: &str, input: &Value) -> (u16, String) {
    let body = input.to_string();
    let mut stream = TcpStream::connect(service.url().trim_start_matches("http://")).unwrap();
    let request = format!(
        "POST / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/x-amz-json-1.1\r\n\
         x-amz-target: CodePipeline_20150709.{operation}\r\ncontent-length: {}\r\n\
         authorization: AWS4-HMAC-SHA256 Credential=AKIA1/20260101/eu-west-1/codepipeline/aws4_request\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    let status = answer.split(' ').nth(1).map_or(0, |status| status.parse().unwrap());
    (status, answer.split_once("\r\n\r\n").map_or("", |(_, body)| body).to_owned())
}

fn service() -> JobService {
    JobService::with_job(&json!({"id": ID, "nonce": "3", "data": {}}))
}

#[test]
fn a_job_takes_one_result() {
    let service = service();
    let failure = json!({"jobId": ID, "failureDetails": {"type": "JobFailed", "message": "no"}});
    let details = call(&service, "GetJobDetails", &json!({"jobId": ID}));
    assert_eq!(details, (200, json!({"jobDetails": {"id": ID, "data": {}}}).to_string()));
    assert_eq!(call(&service, "PutJobFailureResult", &failure), (200, String::new()));
    let (status, body) = call(&service, "PutJobSuccessResult", &json!({"jobId": ID}));
    assert!(status == 400 && body.contains("#InvalidJobStateException"), "{body}");
    assert_eq!(service.result(ID), Some(failure));
    let operations: Vec<_> =
        service.calls().iter().map(|call| format!("{} {}", call.access_key, call.operation)).collect();
    assert_eq!(operations, ["AKIA1 GetJobDetails", "AKIA1 PutJobFailureResult", "AKIA1 PutJobSuccessResult"]);
}

#[test]
fn a_queued_job_takes_no_result_and_an_unknown_one_neither() {
    let service = JobService::start();
    service.add(&json!({"id": ID}), JobState::Queued);
    let rows = [(ID, "#InvalidJobStateException"), ("00000000-0000-0000-0000-000000000000", "#JobNotFoundException")];
    for (id, code) in rows {
        let (status, body) = call(&service, "PutJobSuccessResult", &json!({"jobId": id}));
        assert!(status == 400 && body.contains(code), "{body}");
    }
}

#[test]
fn the_limits_of_the_model_hold() {
    let (success, failure) = ("PutJobSuccessResult", "PutJobFailureResult");
    let details = |details: Value| json!({"jobId": ID, "executionDetails": details});
    let failed = |details: Value| json!({"jobId": ID, "failureDetails": details});
    let variables = |size: usize| json!({"jobId": ID, "outputVariables": {"a": "x".repeat(size)}});
    let rows = [
        ("the longest summary", success, details(json!({"summary": "é".repeat(2048)})), ""),
        ("a longer summary", success, details(json!({"summary": "é".repeat(2049)})), "#ValidationException"),
        ("an empty summary", success, details(json!({"summary": ""})), "#ValidationException"),
        ("percent", success, details(json!({"percentComplete": 101})), "#ValidationException"),
        ("unknown member", success, details(json!({"percent": 1})), "#ValidationException"),
        ("the largest variables", success, variables(122_879), ""),
        ("larger variables", success, variables(122_880), "#OutputVariablesSizeExceededException"),
        ("a variable's name", success, json!({"jobId": ID, "outputVariables": {"a.b": "c"}}), "#ValidationException"),
        (
            "token and variables",
            success,
            json!({"jobId": ID, "continuationToken": "t", "outputVariables": {"a": "b"}}),
            "#ValidationException",
        ),
        ("the id's pattern", success, json!({"jobId": ID.to_uppercase()}), "#ValidationException"),
        ("the longest message", failure, failed(json!({"type": "JobFailed", "message": "x".repeat(5000)})), ""),
        (
            "a longer message",
            failure,
            failed(json!({"type": "JobFailed", "message": "x".repeat(5001)})),
            "#ValidationException",
        ),
        ("no message", failure, failed(json!({"type": "JobFailed"})), "#ValidationException"),
        (
            "the partner's type",
            failure,
            failed(json!({"type": "PermissionsError", "message": "x"})),
            "#ValidationException",
        ),
        ("another operation", "StopPipelineExecution", json!({}), "#UnknownOperationException"),
    ];
    for (name, operation, input, code) in rows {
        let (status, body) = call(&service(), operation, &input);
        let expected = if code.is_empty() { 200 } else { 400 };
        assert!(status == expected && body.contains(code), "{name}: {status} {body}");
    }
}

#[test]
fn answers_go_wrong_by_script() {
    let service = service();
    service.fault(Fault::new("Put", 1, Answer::Error(400, "ThrottlingException")));
    service.fault(Fault::new("PutJobSuccess", 1, Answer::ResetBefore));
    service.fault(Fault::new("PutJobSuccess", 1, Answer::ResetAfter));
    let statuses: Vec<_> = (0..4).map(|_| call(&service, "PutJobSuccessResult", &json!({"jobId": ID})).0).collect();
    assert_eq!(statuses, [400, 0, 0, 400], "throttled, reset, done and reset, done already");
    assert!(service.result(ID).is_some());
}
