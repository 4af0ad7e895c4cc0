//! REST JSON over HTTP, the Query protocol for the one call of STS, and copies without a signature.

use super::faults::Answer;
use super::service::{ACCOUNT, Call, Refusal, State};
use crate::loopback::Answered;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::{Request, Response};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

pub async fn answer(request: Request<Incoming>, state: Arc<Mutex<State>>) -> Answered {
    let (parts, body) = request.into_parts();
    let authorization = parts.headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or("");
    let body = body.collect().await?.to_bytes();
    let path = parts.uri.path();
    if let Some(number) = path.strip_prefix("/copies/") {
        return Ok(copy(number, parts.uri.query(), authorization, &state.lock().unwrap()));
    }
    if body.starts_with(b"Action=GetCallerIdentity&") {
        return Ok(reply(200, "text/xml", identity()));
    }
    let read = read_call(parts.method.as_str(), path, parts.uri.query().unwrap_or(""), &body);
    let call = match read.and_then(|call| signed(authorization).map(|()| call)) {
        Ok(call) => call,
        Err(refusal) => return Ok(refuse(&refusal)),
    };
    let (fault, result) = take(&call, &mut state.lock().unwrap());
    match (fault, result) {
        (Some(Answer::Error(status, code, message)), _) => Ok(refuse(&(status, code, message.to_owned()))),
        (Some(Answer::Cut | Answer::Lost), _) => Err("cut by script".into()),
        (None, Ok((status, answer))) => Ok(reply(status, "application/json", answer.to_string())),
        (None, Err(refusal)) => Ok(refuse(&refusal)),
    }
}

/// Records a call, and carries it out unless it goes wrong before.
fn take(call: &Call, state: &mut State) -> (Option<Answer>, Result<(u16, Value), Refusal>) {
    state.calls.push(call.clone());
    let fault = state.fault_for(&call.operation);
    let result = match fault {
        Some(Answer::Error(..) | Answer::Cut) => Ok((200, Value::Null)),
        Some(Answer::Lost) | None => state.handle(call),
    };
    (fault, result)
}

/// A signed link refuses other credentials.
fn copy(number: &str, query: Option<&str>, authorization: &str, state: &State) -> Response<Full<Bytes>> {
    let is_signed = query == Some("X-Amz-Signature=5ecret") && authorization.is_empty();
    match number.parse().ok().filter(|_| is_signed).and_then(|number| state.copy(number)) {
        Some(text) => reply(200, "text/plain", text),
        None => reply(403, "text/xml", "<Error><Code>AccessDenied</Code></Error>".to_owned()),
    }
}

fn signed(authorization: &str) -> Result<(), Refusal> {
    let is_signed =
        authorization.starts_with("AWS4-HMAC-SHA256 ") && authorization.contains("/serverlessrepo/aws4_request");
    match is_signed {
        true => Ok(()),
        false => Err((403, "ForbiddenException", "not signed for serverlessrepo".to_owned())),
    }
}

fn read_call(method: &str, path: &str, query: &str, body: &[u8]) -> Result<Call, Refusal> {
    let segments: Vec<String> = path.trim_matches('/').split('/').map(decode).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let (operation, named): (&str, Vec<(&str, &str)>) = match (method, segments.as_slice()) {
        ("POST", ["applications"]) => ("CreateApplication", vec![]),
        ("GET", ["applications"]) => ("ListApplications", vec![]),
        ("GET", ["applications", id]) => ("GetApplication", vec![("applicationId", id)]),
        ("PATCH", ["applications", id]) => ("UpdateApplication", vec![("applicationId", id)]),
        ("GET", ["applications", id, "versions"]) => ("ListApplicationVersions", vec![("applicationId", id)]),
        ("PUT", ["applications", id, "versions", version]) => {
            ("CreateApplicationVersion", vec![("applicationId", id), ("semanticVersion", version)])
        }
        ("GET", ["applications", id, "dependencies"]) => ("ListApplicationDependencies", vec![("applicationId", id)]),
        ("POST", ["applications", id, "templates"]) => ("CreateCloudFormationTemplate", vec![("applicationId", id)]),
        ("GET", ["applications", id, "templates", template]) => {
            ("GetCloudFormationTemplate", vec![("applicationId", id), ("templateId", template)])
        }
        ("GET", ["applications", id, "policy"]) => ("GetApplicationPolicy", vec![("applicationId", id)]),
        ("PUT", ["applications", id, "policy"]) => ("PutApplicationPolicy", vec![("applicationId", id)]),
        _ => return Err((404, "UnknownOperationException", format!("{method} {path}"))),
    };
    let mut input: Value = match body {
        [] => json!({}),
        _ => serde_json::from_slice(body).map_err(|error| (400, "BadRequestException", error.to_string()))?,
    };
    for (name, value) in named {
        input[name] = json!(value);
    }
    for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        input[decode(name)] = json!(decode(value));
    }
    Ok(Call { operation: operation.to_owned(), input })
}

fn decode(text: &str) -> String {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at(2);
        bytes.push(u8::from_str_radix(digits, 16).expect("a percent sign and two digits"));
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).expect("UTF-8")
}

fn identity() -> String {
    format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
         <Arn>arn:aws:sts::{ACCOUNT}:assumed-role/ci/build</Arn><UserId>AROA:build</UserId>\
         <Account>{ACCOUNT}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
    )
}

fn reply(status: u16, kind: &str, body: String) -> Response<Full<Bytes>> {
    let builder = Response::builder().status(status).header("x-amzn-requestid", "REQ-SAR-1");
    builder.header("content-type", kind).body(Full::new(Bytes::from(body))).unwrap()
}

fn refuse((status, code, message): &Refusal) -> Response<Full<Bytes>> {
    let body = json!({"errorCode": status.to_string(), "message": message}).to_string();
    let mut response = reply(*status, "application/json", body);
    response.headers_mut().insert("x-amzn-errortype", code.parse().unwrap());
    response
}
