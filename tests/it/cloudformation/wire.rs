//! The AWS Query protocol over HTTP.

use super::call::{Call, Refusal};
use super::faults::Answer;
use super::state::State;
use super::{service, xml};
use crate::loopback::Answered;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::{Request, Response};
use std::sync::{Arc, Mutex};

const PAGE: &str = "<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>";

pub async fn answer(request: Request<Incoming>, state: Arc<Mutex<State>>) -> Answered {
    let (parts, body) = request.into_parts();
    let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("").to_owned();
    let (authorization, kind) = (header("authorization"), header("content-type"));
    let body = body.collect().await?.to_bytes();
    let call = match read_call(&authorization, &kind, &body) {
        Ok(call) => call,
        Err(refusal) => return Ok(refuse(&refusal)),
    };
    let (fault, result) = take(&call, &mut state.lock().unwrap());
    if let Some(Answer::Late(delay)) = fault {
        tokio::time::sleep(delay).await;
    }
    match (fault, result) {
        (Some(Answer::Error(status, code, message)), _) => Ok(refuse(&(status, code.to_owned(), message.to_owned()))),
        (Some(Answer::Html(status)), _) => Ok(reply(status, "text/html", PAGE.to_owned())),
        (Some(Answer::Cut | Answer::Lost), _) => Err("cut by script".into()),
        (Some(Answer::Late(_) | Answer::Meanwhile(_)) | None, Ok(result)) => {
            Ok(reply(200, "text/xml", xml::answer(&call.action, result.as_ref())))
        }
        (Some(Answer::Late(_) | Answer::Meanwhile(_)) | None, Err(refusal)) => Ok(refuse(&refusal)),
    }
}

/// Records a call, and carries it out unless it goes wrong before.
fn take(call: &Call, state: &mut State) -> (Option<Answer>, service::Answered) {
    state.calls.push(call.clone());
    let fault = state.fault_for(call);
    let result = match fault {
        Some(Answer::Error(..) | Answer::Html(_) | Answer::Cut) => Ok(None),
        Some(Answer::Lost | Answer::Late(_) | Answer::Meanwhile(_)) | None => state.handle(call),
    };
    (fault, result)
}

fn read_call(authorization: &str, kind: &str, body: &[u8]) -> Result<Call, Refusal> {
    let is_signed =
        authorization.starts_with("AWS4-HMAC-SHA256 ") && authorization.contains("/cloudformation/aws4_request");
    if !is_signed {
        let message = "not signed for cloudformation".to_owned();
        return Err((403, "MissingAuthenticationToken".to_owned(), message));
    }
    if !kind.starts_with("application/x-www-form-urlencoded") {
        return Err((400, "MalformedInput".to_owned(), format!("content type {kind}")));
    }
    let access_key = authorization.split("Credential=").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or("");
    Call::parse(&String::from_utf8_lossy(body), access_key)
}

fn reply(status: u16, kind: &str, body: String) -> Response<Full<Bytes>> {
    let builder = Response::builder().status(status).header("x-amzn-requestid", "REQ-CFN-1");
    builder.header("content-type", kind).body(Full::new(Bytes::from(body))).unwrap()
}

fn refuse(refusal: &Refusal) -> Response<Full<Bytes>> {
    reply(refusal.0, "text/xml", xml::refusal(refusal))
}
