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
mod tests {
    use super::{Answer, Protected, ProtectionRequest, RENEWAL_INTERVAL, RETRY_INTERVAL, TaskProtection};
    use crate::testing::recorder::Recorder;
    use crate::worker::health::StateFile;
    use crate::worker::monitor::Monitor;
    use std::sync::Arc;
    use std::time::{Duration, Instant};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    /// Sets the worker busy or not in turn, each time with a heartbeat. Returns the requests to an agent that answers
    /// like this, and the number of reported failures.
    async fn asked(busy: &[bool], answers: &'static [&str]) -> (Vec<String>, usize) {
        let agent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("http://{}/api/1", agent.local_addr().unwrap());
        let served = tokio::spawn(async move {
            let mut asked = Vec::new();
            for answer in answers {
                let (mut stream, _) = agent.accept().await.unwrap();
                let mut buffer = [0; 1024];
                let count = stream.read(&mut buffer).await.unwrap();
                asked.push(String::from_utf8_lossy(&buffer[..count]).into_owned());
                let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", answer.len());
                stream.write_all((head + answer).as_bytes()).await.unwrap();
            }
            asked
        });
        let reporter = Arc::new(Recorder::default());
        let folder = tempfile::tempdir().unwrap();
        let state = StateFile::at(Some(&folder.path().join("alive")));
        let protection = TaskProtection::new(state, Some(&uri), reporter.clone());
        for is_busy in busy {
            protection.set_busy(*is_busy).await;
            protection.heartbeat().await;
        }
        (served.await.unwrap(), reporter.events().len())
    }

    #[tokio::test]
    async fn a_task_is_protected_while_it_works_and_asked_for_once() {
        let (asked, reported) = asked(&[false, true, true, false, false], &["{}", "{}"]).await;
        assert!(asked.iter().all(|it| it.starts_with("PUT /api/1/task-protection/v1/state HTTP/1.1\r\n")), "{asked:?}");
        assert!(asked[0].ends_with(r#"{"ProtectionEnabled":true,"ExpiresInMinutes":240}"#), "{asked:?}");
        assert!(asked[1].ends_with(r#"{"ProtectionEnabled":false}"#), "{asked:?}");
        assert_eq!(reported, 0);
    }

    #[tokio::test]
    async fn a_refusal_is_reported_once_and_the_next_job_tries_again() {
        const REFUSAL: &str = r#"{"error":{"Code":"AccessDeniedException"}}"#;
        let (asked, reported) = asked(&[true, true, false, true, false, true], &[REFUSAL, REFUSAL, "{}"]).await;
        assert!(asked.iter().all(|it| it.contains(r#""ProtectionEnabled":true"#)), "{asked:?}");
        assert_eq!(reported, 1);
    }

    #[test]
    fn the_agent_is_asked_when_there_is_reason_to() {
        let start = Instant::now();
        let (now, long_ago) = (start + RENEWAL_INTERVAL * 2, start);
        let (lately, before) = (now - Duration::from_secs(1), now - RETRY_INTERVAL);
        let rows = [
            ("idle", false, Protected::No, None, false),
            ("work begins", true, Protected::No, None, true),
            ("at work", true, Protected::Since(lately), None, false),
            ("at work for long", true, Protected::Since(long_ago), None, true),
            ("work is over", false, Protected::Since(lately), None, true),
            ("unknown, at work", true, Protected::Unknown, None, true),
            ("unknown, idle", false, Protected::Unknown, None, true),
            ("just refused", true, Protected::No, Some(lately), false),
            ("refused before", true, Protected::No, Some(before), true),
            ("renewal just refused", true, Protected::Since(long_ago), Some(lately), false),
            ("renewal refused before", true, Protected::Since(long_ago), Some(before), true),
            ("release just failed", false, Protected::Since(lately), Some(lately), false),
            ("release failed before", false, Protected::Since(lately), Some(before), true),
        ];
        for (name, is_busy, protected, failed, expected) in rows {
            let request = ProtectionRequest { is_busy, protected, failed, is_failure_reported: failed.is_some() };
            assert_eq!(request.is_due(now), expected, "{name}");
        }
    }

    #[test]
    fn only_an_answer_changes_what_is_known() {
        let (begun, now) = (Instant::now(), Instant::now() + RENEWAL_INTERVAL);
        let (refused, lost) = (Answer::Refused(String::new()), Answer::Lost(String::new()));
        let rows = [
            ("protected", true, Protected::No, &Answer::Done, Protected::Since(now), false),
            ("renewed", true, Protected::Since(begun), &Answer::Done, Protected::Since(now), false),
            ("released", false, Protected::Since(begun), &Answer::Done, Protected::No, false),
            ("not protected", true, Protected::No, &refused, Protected::No, true),
            ("not released", false, Protected::Since(begun), &refused, Protected::Since(begun), true),
            ("protected or not", true, Protected::No, &lost, Protected::Unknown, true),
            ("released or not", false, Protected::Since(begun), &lost, Protected::Unknown, true),
        ];
        for (name, is_busy, protected, answer, expected, has_failed) in rows {
            let known = ProtectionRequest { is_busy, protected, ..ProtectionRequest::default() }.after(answer, now);
            assert_eq!(
                (known.protected, known.failed.is_some(), known.is_failure_reported),
                (expected, has_failed, has_failed),
                "{name}"
            );
        }
    }

    #[test]
    fn a_change_does_not_wait() {
        let now = Instant::now();
        let refused = ProtectionRequest { is_busy: true, failed: Some(now), ..ProtectionRequest::default() };
        assert!(!refused.with_busy(true).is_due(now) && refused.with_busy(false).with_busy(true).is_due(now));
    }
}
