//! Requests over HTTP: recorded, carried out, or answered wrongly by script.

use super::call::Call;
use super::faults::Answer;
use super::protocol::{Protocol, reply};
use super::service;
use super::state::State;
use crate::loopback::Answered;
use http_body_util::BodyExt;
use hyper::Request;
use hyper::body::Incoming;
use std::sync::{Arc, Mutex};

const PAGE: &str = "<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>";

pub async fn answer(request: Request<Incoming>, state: Arc<Mutex<State>>) -> Answered {
    let (parts, body) = request.into_parts();
    let (protocol, body) = (Protocol::of(&parts), body.collect().await?.to_bytes());
    let call = match protocol.read_call(&parts, &body) {
        Ok(call) => call,
        Err(refusal) => return Ok(protocol.refuse(&refusal)),
    };
    let (fault, result) = take(&call, &mut state.lock().unwrap());
    if let Some(Answer::Late(delay)) = fault {
        tokio::time::sleep(delay).await;
    }
    match (fault, result) {
        (Some(Answer::Error(status, code, message)), _) => {
            Ok(protocol.refuse(&(status, code.to_owned(), message.to_owned())))
        }
        (Some(Answer::Html(status)), _) => Ok(reply(status, "text/html", PAGE)),
        (Some(Answer::Cut | Answer::Lost), _) => Err("cut by script".into()),
        (Some(Answer::Late(_) | Answer::Meanwhile(_)) | None, Ok(result)) => {
            Ok(protocol.answer(&call.action, result.as_ref()))
        }
        (Some(Answer::Late(_) | Answer::Meanwhile(_)) | None, Err(refusal)) => Ok(protocol.refuse(&refusal)),
    }
}

/// Records a call, and carries it out unless it goes wrong before.
fn take(call: &Call, state: &mut State) -> (Option<Answer>, service::Answered) {
    state.read_clock();
    state.calls.push(call.clone());
    let fault = state.fault_for(call);
    let result = match fault {
        Some(Answer::Error(..) | Answer::Html(_) | Answer::Cut) => Ok(None),
        Some(Answer::Lost | Answer::Late(_) | Answer::Meanwhile(_)) | None => state.handle(call),
    };
    (fault, result)
}
