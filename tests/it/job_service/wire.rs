//! The protocol awsJson1.1 over HTTP.

use super::faults::Answer;
use super::state::{Call, Refusal, State};
use crate::loopback::Answered;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::{Request, Response};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const TARGET: &str = "CodePipeline_20150709.";

/// With a clock of its own, the service checks the time of a signature and sends its time.
pub async fn answer(request: Request<Incoming>, state: Arc<Mutex<State>>) -> Answered {
    let Some(clock) = state.lock().unwrap().clock else { return answer_in_time(request, state).await };
    let signed_at = request.headers().get("x-amz-date").and_then(|value| value.to_str().ok()).unwrap_or("");
    let mut response = match clock.disagrees(signed_at) {
        true => refuse(&(400, "InvalidSignatureException", format!("Signature expired: {signed_at}"))),
        false => answer_in_time(request, state).await?,
    };
    response.headers_mut().insert("date", clock.date().parse()?);
    Ok(response)
}

async fn answer_in_time(request: Request<Incoming>, state: Arc<Mutex<State>>) -> Answered {
    let (parts, body) = request.into_parts();
    let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("").to_owned();
    let (target, authorization, kind) = (header("x-amz-target"), header("authorization"), header("content-type"));
    let body = body.collect().await?.to_bytes();
    let call = match read_call(&target, &authorization, &kind, &body) {
        Ok(call) => call,
        Err(refusal) => return Ok(refuse(&refusal)),
    };
    let fault = {
        let mut state = state.lock().unwrap();
        state.calls.push(call.clone());
        state.fault_for(&call)
    };
    match &fault {
        Some(Answer::Error(status, code)) => return Ok(refuse(&(*status, code, "scripted".to_owned()))),
        Some(Answer::ResetBefore) => return Err("reset by script".into()),
        Some(Answer::Late(_) | Answer::ResetAfter | Answer::LateAfter(_)) | None => {}
    }
    let answered = match fault {
        Some(Answer::Late(delay)) => tokio::spawn(handle_late(call, state, delay)).await?,
        _ => state.lock().unwrap().handle(&call),
    };
    if let Some(Answer::LateAfter(delay)) = fault {
        tokio::time::sleep(delay).await;
    }
    match (answered, fault) {
        (_, Some(Answer::ResetAfter)) => Err("reset by script".into()),
        (Ok(None), _) => Ok(reply(200, Bytes::new())),
        (Ok(Some(answer)), _) => Ok(reply(200, Bytes::from(answer.to_string()))),
        (Err(refusal), _) => Ok(refuse(&refusal)),
    }
}

/// On a task of its own, which outlives the connection.
async fn handle_late(call: Call, state: Arc<Mutex<State>>, delay: Duration) -> Result<Option<Value>, Refusal> {
    tokio::time::sleep(delay).await;
    state.lock().unwrap().handle(&call)
}

fn read_call(target: &str, authorization: &str, kind: &str, body: &[u8]) -> Result<Call, Refusal> {
    let operation = target.strip_prefix(TARGET).ok_or((400, "UnknownOperationException", target.to_owned()))?;
    let signed = authorization.starts_with("AWS4-HMAC-SHA256 ") && authorization.contains("/codepipeline/aws4_request");
    if !signed {
        return Err((403, "MissingAuthenticationTokenException", "not signed for codepipeline".to_owned()));
    }
    if kind != "application/x-amz-json-1.1" {
        return Err((400, "SerializationException", format!("content type {kind}")));
    }
    let input = serde_json::from_slice(body).map_err(|error| (400, "SerializationException", error.to_string()))?;
    let access_key = authorization.split("Credential=").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or("");
    Ok(Call { operation: operation.to_owned(), access_key: access_key.to_owned(), input })
}

fn reply(status: u16, body: Bytes) -> Response<Full<Bytes>> {
    let builder = Response::builder().status(status).header("x-amzn-requestid", "REQ-JOB-1");
    builder.header("content-type", "application/x-amz-json-1.1").body(Full::new(body)).unwrap()
}

fn refuse((status, code, message): &Refusal) -> Response<Full<Bytes>> {
    let body = json!({"__type": format!("com.amazonaws.codepipeline#{code}"), "message": message});
    reply(*status, Bytes::from(body.to_string()))
}
