//! Lambda's Runtime API: events in, one answer each (`/2018-06-01/runtime/…` in the Lambda developer guide).

use crate::facts::{Failure, FailureKind};
use crate::worker::loopback;
use bytes::Bytes;
use hyper::{Method, Response};
use serde_json::{Value, json};
use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const BASE: &str = "/2018-06-01/runtime";
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// The Runtime API of one sandbox.
#[derive(Debug, Clone)]
pub struct RuntimeApi {
    /// `host:port`, from `AWS_LAMBDA_RUNTIME_API`.
    host: String,
}

/// One event.
pub struct Invocation {
    request_id: String,
    /// When the sandbox is frozen or killed, in milliseconds since 1970.
    deadline: u64,
    /// May hold credentials.
    pub event: Bytes,
}

impl Invocation {
    /// Time until the sandbox is frozen or killed.
    pub fn time_left(&self) -> Duration {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Duration::from_millis(self.deadline).saturating_sub(now)
    }
}

impl RuntimeApi {
    /// The API at `host:port`.
    pub fn new(host: &str) -> Self {
        Self { host: host.to_owned() }
    }

    /// Waits for the next event; the sandbox is frozen meanwhile.
    pub async fn next(&self) -> Result<Invocation, Failure> {
        let path = format!("{BASE}/invocation/next");
        let answer = loopback::send(&self.host, (Method::GET, &path), String::new(), None).await;
        let answer = answer.map_err(|error| unreachable(&self.host, &error))?;
        let Some(request_id) = header(&answer, "lambda-runtime-aws-request-id").filter(|_| answer.status() == 200)
        else {
            return Err(refused("invocation/next", answer.status().as_u16()));
        };
        let deadline = header(&answer, "lambda-runtime-deadline-ms").and_then(|it| it.parse().ok());
        let (request_id, deadline) = (request_id.to_owned(), deadline.unwrap_or(u64::MAX));
        Ok(Invocation { request_id, deadline, event: answer.into_body() })
    }

    /// Ends an invocation with success.
    pub async fn answer(&self, invocation: &Invocation, value: &Value) -> Result<(), Failure> {
        self.post(&format!("{BASE}/invocation/{}/response", invocation.request_id), value).await
    }

    /// Ends an invocation with an error. Lambda then retries an asynchronous one.
    pub async fn fail(&self, invocation: &Invocation, message: &str) -> Result<(), Failure> {
        let error = json!({"errorType": "Samstep", "errorMessage": message});
        self.post(&format!("{BASE}/invocation/{}/error", invocation.request_id), &error).await
    }

    async fn post(&self, path: &str, value: &Value) -> Result<(), Failure> {
        let answer = loopback::send(&self.host, (Method::POST, path), value.to_string(), Some(ANSWER_TIMEOUT)).await;
        match answer.map_err(|error| unreachable(&self.host, &error))?.status().as_u16() {
            200..=299 => Ok(()),
            status => Err(refused("an answer", status)),
        }
    }
}

fn header<'a>(answer: &'a Response<Bytes>, name: &str) -> Option<&'a str> {
    answer.headers().get(name)?.to_str().ok()
}

fn unreachable(host: &str, error: &io::Error) -> Failure {
    Failure::new(FailureKind::Temporary, format!("cannot reach the Lambda Runtime API at {host}: {error}"))
}

fn refused(request: &str, status: u16) -> Failure {
    Failure::new(FailureKind::Temporary, format!("the Lambda Runtime API answered {status} to {request}"))
}
