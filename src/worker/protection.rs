//! Keeps ECS from scaling in a task whose worker runs jobs.

use super::health::StateFile;
use super::loopback;
use super::monitor::Monitor;
use crate::facts::{Event, Reporter, WorkerEvent};
use hyper::Method;
use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, Instant};

const PATH: &str = "/task-protection/v1/state";
/// How long the protection lasts if the worker is killed; one that lives renews and releases it.
const MINUTES: u32 = 240;
const RENEWAL_INTERVAL: Duration = Duration::from_secs(60 * 60);
const RETRY_INTERVAL: Duration = Duration::from_secs(60);
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// Writes the state file, and asks the agent of ECS to protect the task.
pub struct TaskProtection {
    state: StateFile,
    /// `host[:port]` and path, from `ECS_AGENT_URI`.
    agent: Option<(String, String)>,
    request: Cell<ProtectionRequest>,
    reporter: Arc<dyn Reporter>,
}

/// The protection that the worker needs, and what the agent answered.
#[derive(Clone, Copy, Default)]
struct ProtectionRequest {
    is_busy: bool,
    protected: Protected,
    /// Time of the last failure, if that was the last answer.
    failed: Option<Instant>,
    is_failure_reported: bool,
}

/// Whether the task is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Protected {
    #[default]
    No,
    Since(Instant),
    Unknown,
}

enum Answer {
    Done,
    /// Nothing has changed.
    Refused(String),
    /// Whether anything has changed is unknown.
    Lost(String),
}

impl ProtectionRequest {
    fn is_due(self, now: Instant) -> bool {
        let is_settled = match (self.is_busy, self.protected) {
            (true, Protected::Since(at)) => now.duration_since(at) < RENEWAL_INTERVAL,
            (false, Protected::No) => true,
            (true, Protected::No) | (false, Protected::Since(_)) | (_, Protected::Unknown) => false,
        };
        !is_settled && self.failed.is_none_or(|at| now.duration_since(at) >= RETRY_INTERVAL)
    }

    /// A change does not wait for the retry of an earlier request.
    fn with_busy(self, is_busy: bool) -> Self {
        let failed = self.failed.filter(|_| self.is_busy == is_busy);
        Self { is_busy, failed, ..self }
    }

    fn after(self, answer: &Answer, now: Instant) -> Self {
        let failed = Self { failed: Some(now), is_failure_reported: true, ..self };
        match answer {
            Answer::Done => {
                let protected = if self.is_busy { Protected::Since(now) } else { Protected::No };
                Self { protected, failed: None, is_failure_reported: false, ..self }
            }
            Answer::Refused(_) => failed,
            Answer::Lost(_) => Self { protected: Protected::Unknown, ..failed },
        }
    }
}

impl TaskProtection {
    /// `agent_uri` is the variable `ECS_AGENT_URI`, which is set in tasks of ECS.
    pub fn new(state: StateFile, agent_uri: Option<&str>, reporter: Arc<dyn Reporter>) -> Self {
        let agent = agent_uri.and_then(|uri| uri.strip_prefix("http://")).map(|uri| {
            let (host, path) = uri.split_once('/').unwrap_or((uri, ""));
            (host.to_owned(), format!("/{path}").trim_end_matches('/').to_owned() + PATH)
        });
        Self { state, agent, request: Cell::default(), reporter }
    }

    /// Asks the agent if that is due. Of repeated failures, only the first is reported.
    async fn settle(&self) {
        let (request, now) = (self.request.get(), Instant::now());
        let Some(agent) = self.agent.as_ref().filter(|_| request.is_due(now)) else { return };
        let answer = ask(agent, request.is_busy).await;
        self.request.set(request.after(&answer, now));
        match answer {
            Answer::Refused(why) | Answer::Lost(why) if !request.is_failure_reported => {
                self.reporter.report(Event::Worker(WorkerEvent::ProtectionFailed { why }));
            }
            Answer::Done | Answer::Refused(_) | Answer::Lost(_) => {}
        }
    }
}

async fn ask((host, path): &(String, String), is_busy: bool) -> Answer {
    let body = match is_busy {
        true => format!(r#"{{"ProtectionEnabled":true,"ExpiresInMinutes":{MINUTES}}}"#),
        false => r#"{"ProtectionEnabled":false}"#.to_owned(),
    };
    let answer = match loopback::send(host, (Method::PUT, path), body, Some(ANSWER_TIMEOUT)).await {
        Ok(answer) => answer,
        Err(error) => return Answer::Lost(error.to_string()),
    };
    let text = String::from_utf8_lossy(answer.body()).into_owned();
    match answer.status().as_u16() {
        // A refusal has the status 200 too, with `failure` or `error` in the body.
        200 if !text.contains("\"failure\"") && !text.contains("\"error\"") => Answer::Done,
        // The agent passes the request on to ECS, which may have carried it out.
        status @ 500.. => Answer::Lost(format!("{status} {text}")),
        status => Answer::Refused(format!("{status} {text}")),
    }
}

impl Monitor for TaskProtection {
    async fn heartbeat(&self) {
        self.state.touch();
        self.settle().await;
    }

    async fn set_busy(&self, is_busy: bool) {
        self.request.set(self.request.get().with_busy(is_busy));
        self.settle().await;
    }
}

#[cfg(test)]
mod tests;
