//! Lambda's Runtime API: events in, one answer each (`/2018-06-01/runtime/…`, documented in the Lambda developer
//! guide). What becomes of an event is the caller's.

use crate::facts::{Explain, FailureKind};
use crate::worker::loopback;
use serde_json::{Value, json};
use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const BASE: &str = "/2018-06-01/runtime";
/// How long an answer may take to be heard.
const LIMIT: Duration = Duration::from_secs(10);

/// The Runtime API of one sandbox.
#[derive(Debug, Clone)]
pub struct RuntimeApi {
    /// `host:port`, of `AWS_LAMBDA_RUNTIME_API`.
    host: String,
}

/// One event.
pub struct Invocation {
    /// By which it is answered.
    pub request_id: String,
    /// When the sandbox is frozen or killed, in milliseconds since 1970.
    deadline: u64,
    /// The event. May hold credentials.
    pub event: Vec<u8>,
}

/// The Runtime API does not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// No answer.
    #[error("cannot reach the Lambda Runtime API at {host}")]
    Unreachable {
        /// Where.
        host: String,
        /// Why not.
        source: io::Error,
    },
    /// An answer that the API does not have.
    #[error("the Lambda Runtime API answered {status} to {asked}")]
    Refused {
        /// The call.
        asked: &'static str,
        /// The status.
        status: u16,
    },
}

impl Explain for RuntimeError {
    fn kind(&self) -> FailureKind {
        FailureKind::Temporary
    }
}

impl Invocation {
    /// What is left until the sandbox ends.
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
    pub async fn next(&self) -> Result<Invocation, RuntimeError> {
        let answer = loopback::ask(&self.host, ("GET", &format!("{BASE}/invocation/next")), None, None).await;
        let answer = answer.map_err(|error| self.unreachable(error))?;
        let refused = RuntimeError::Refused { asked: "invocation/next", status: answer.status };
        let Some(request_id) = answer.header("lambda-runtime-aws-request-id").map(str::to_owned) else {
            return Err(refused);
        };
        let deadline = answer.header("lambda-runtime-deadline-ms").and_then(|it| it.parse().ok()).unwrap_or(u64::MAX);
        if answer.status == 200 { Ok(Invocation { request_id, deadline, event: answer.body }) } else { Err(refused) }
    }

    /// Ends an invocation well.
    pub async fn answer(&self, invocation: &Invocation, value: &Value) -> Result<(), RuntimeError> {
        self.post(&format!("{BASE}/invocation/{}/response", invocation.request_id), value).await
    }

    /// Ends an invocation with an error, which the caller of an asynchronous function never sees but its retries do.
    pub async fn fail(&self, invocation: &Invocation, message: &str) -> Result<(), RuntimeError> {
        let error = json!({"errorType": "Samstep", "errorMessage": message});
        self.post(&format!("{BASE}/invocation/{}/error", invocation.request_id), &error).await
    }

    async fn post(&self, path: &str, value: &Value) -> Result<(), RuntimeError> {
        let answer = loopback::ask(&self.host, ("POST", path), Some(&value.to_string()), Some(LIMIT)).await;
        match answer.map_err(|error| self.unreachable(error))?.status {
            200..=299 => Ok(()),
            status => Err(RuntimeError::Refused { asked: "an answer", status }),
        }
    }

    fn unreachable(&self, source: io::Error) -> RuntimeError {
        RuntimeError::Unreachable { host: self.host.clone(), source }
    }
}
