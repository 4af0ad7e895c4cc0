//! A task of ECS that works must not be scaled in.

use super::{Attendant, StateFile};
use crate::facts::{Event, Reporter, WorkerEvent};
use crate::worker::loopback;
use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, Instant};

const PATH: &str = "/task-protection/v1/state";
/// It is renewed long before, and taken back when the last job ends: only what is left by a worker that cannot do so
/// lasts as long.
const MINUTES: u32 = 240;
const RENEWAL: Duration = Duration::from_secs(60 * 60);
/// From one that failed to the next.
const RETRY: Duration = Duration::from_secs(60);
const LIMIT: Duration = Duration::from_secs(5);

/// Tells the state file of polls and the agent of ECS of work.
pub struct TaskProtection {
    state: StateFile,
    /// `host[:port]` and path, of `ECS_AGENT_URI`.
    agent: Option<(String, String)>,
    protection: Cell<Protection>,
    reporter: Arc<dyn Reporter>,
}

/// What the agent is to do, and what it did.
#[derive(Clone, Copy, Default)]
struct Protection {
    is_busy: bool,
    held: Held,
    failed: Option<Instant>,
    is_told: bool,
}

/// Whether the task is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Held {
    #[default]
    No,
    Since(Instant),
    Unknown,
}

enum Answer {
    Done,
    /// Nothing has changed.
    Refused(String),
    /// Whether anything has changed is not known.
    Lost(String),
}

impl Protection {
    fn is_due(self, now: Instant) -> bool {
        let is_settled = match (self.is_busy, self.held) {
            (true, Held::Since(at)) => now.duration_since(at) < RENEWAL,
            (false, Held::No) => true,
            (true, Held::No) | (false, Held::Since(_)) | (_, Held::Unknown) => false,
        };
        !is_settled && self.failed.is_none_or(|at| now.duration_since(at) >= RETRY)
    }

    /// What is new is asked for at once.
    fn wish(self, is_busy: bool) -> Self {
        let failed = self.failed.filter(|_| self.is_busy == is_busy);
        Self { is_busy, failed, ..self }
    }

    fn after(self, answer: &Answer, now: Instant) -> Self {
        let failed = Self { failed: Some(now), is_told: true, ..self };
        match answer {
            Answer::Done => {
                let held = if self.is_busy { Held::Since(now) } else { Held::No };
                Self { held, failed: None, is_told: false, ..self }
            }
            Answer::Refused(_) => failed,
            Answer::Lost(_) => Self { held: Held::Unknown, ..failed },
        }
    }
}

impl TaskProtection {
    /// `agent_uri` is the variable `ECS_AGENT_URI`; elsewhere there is none.
    pub fn new(state: StateFile, agent_uri: Option<&str>, reporter: Arc<dyn Reporter>) -> Self {
        let agent = agent_uri.and_then(|uri| uri.strip_prefix("http://")).map(|uri| {
            let (host, path) = uri.split_once('/').unwrap_or((uri, ""));
            (host.to_owned(), format!("/{path}").trim_end_matches('/').to_owned() + PATH)
        });
        Self { state, agent, protection: Cell::default(), reporter }
    }

    /// Asks the agent when that is due. Trouble is told when it begins.
    async fn settle(&self) {
        let (protection, now) = (self.protection.get(), Instant::now());
        let Some(agent) = self.agent.as_ref().filter(|_| protection.is_due(now)) else { return };
        let answer = ask(agent, protection.is_busy).await;
        self.protection.set(protection.after(&answer, now));
        match answer {
            Answer::Refused(why) | Answer::Lost(why) if !protection.is_told => {
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
    let answer = match loopback::ask(host, ("PUT", path), Some(&body), Some(LIMIT)).await {
        Ok(answer) => answer,
        Err(error) => return Answer::Lost(error.to_string()),
    };
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    match answer.status {
        // It answers 200 to a refusal too, with `failure` or `error` in the body.
        200 if !text.contains("\"failure\"") && !text.contains("\"error\"") => Answer::Done,
        // It asks ECS in turn.
        status @ 500.. => Answer::Lost(format!("{status} {text}")),
        status => Answer::Refused(format!("{status} {text}")),
    }
}

impl Attendant for TaskProtection {
    async fn alive(&self) {
        self.state.touch();
        self.settle().await;
    }

    async fn busy(&self, is_busy: bool) {
        self.protection.set(self.protection.get().wish(is_busy));
        self.settle().await;
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, Held, Protection, RENEWAL, RETRY, TaskProtection};
    use crate::testing::recorder::Recorder;
    use crate::worker::{Attendant, StateFile};
    use std::sync::Arc;
    use std::time::{Duration, Instant};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    /// Tells the worker in turn that it is busy or not, and that it is alive; gives what the agent was asked, whose
    /// answers are these, and how often trouble was told.
    async fn asked(wishes: &[bool], answers: &'static [&str]) -> (Vec<String>, usize) {
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
        for is_busy in wishes {
            protection.busy(*is_busy).await;
            protection.alive().await;
        }
        (served.await.unwrap(), reporter.events().len())
    }

    #[tokio::test]
    async fn a_task_is_protected_while_it_works_and_told_once() {
        let (asked, told) = asked(&[false, true, true, false, false], &["{}", "{}"]).await;
        assert!(asked.iter().all(|it| it.starts_with("PUT /api/1/task-protection/v1/state HTTP/1.1\r\n")), "{asked:?}");
        assert!(asked[0].ends_with(r#"{"ProtectionEnabled":true,"ExpiresInMinutes":240}"#), "{asked:?}");
        assert!(asked[1].ends_with(r#"{"ProtectionEnabled":false}"#), "{asked:?}");
        assert_eq!(told, 0);
    }

    #[tokio::test]
    async fn a_refusal_is_told_once_and_the_next_job_tries_again() {
        const REFUSAL: &str = r#"{"error":{"Code":"AccessDeniedException"}}"#;
        let (asked, told) = asked(&[true, true, false, true, false, true], &[REFUSAL, REFUSAL, "{}"]).await;
        assert!(asked.iter().all(|it| it.contains(r#""ProtectionEnabled":true"#)), "{asked:?}");
        assert_eq!(told, 1);
    }

    #[test]
    fn the_agent_is_asked_when_there_is_reason_to() {
        let start = Instant::now();
        let (now, long_ago) = (start + RENEWAL * 2, start);
        let (lately, before) = (now - Duration::from_secs(1), now - RETRY);
        let rows = [
            ("idle", false, Held::No, None, false),
            ("work begins", true, Held::No, None, true),
            ("at work", true, Held::Since(lately), None, false),
            ("at work for long", true, Held::Since(long_ago), None, true),
            ("work is over", false, Held::Since(lately), None, true),
            ("nobody knows, at work", true, Held::Unknown, None, true),
            ("nobody knows, idle", false, Held::Unknown, None, true),
            ("just refused", true, Held::No, Some(lately), false),
            ("refused before", true, Held::No, Some(before), true),
            ("renewal just refused", true, Held::Since(long_ago), Some(lately), false),
            ("renewal refused before", true, Held::Since(long_ago), Some(before), true),
            ("release just failed", false, Held::Since(lately), Some(lately), false),
            ("release failed before", false, Held::Since(lately), Some(before), true),
        ];
        for (name, is_busy, held, failed, expected) in rows {
            let protection = Protection { is_busy, held, failed, is_told: failed.is_some() };
            assert_eq!(protection.is_due(now), expected, "{name}");
        }
    }

    #[test]
    fn only_an_answer_changes_what_is_known() {
        let (begun, now) = (Instant::now(), Instant::now() + RENEWAL);
        let (refused, lost) = (Answer::Refused(String::new()), Answer::Lost(String::new()));
        let rows = [
            ("protected", true, Held::No, &Answer::Done, Held::Since(now), false),
            ("renewed", true, Held::Since(begun), &Answer::Done, Held::Since(now), false),
            ("released", false, Held::Since(begun), &Answer::Done, Held::No, false),
            ("not protected", true, Held::No, &refused, Held::No, true),
            ("not released", false, Held::Since(begun), &refused, Held::Since(begun), true),
            ("protected or not", true, Held::No, &lost, Held::Unknown, true),
            ("released or not", false, Held::Since(begun), &lost, Held::Unknown, true),
        ];
        for (name, is_busy, held, answer, expected, has_failed) in rows {
            let known = Protection { is_busy, held, ..Protection::default() }.after(answer, now);
            assert_eq!(
                (known.held, known.failed.is_some(), known.is_told),
                (expected, has_failed, has_failed),
                "{name}"
            );
        }
    }

    #[test]
    fn a_new_wish_does_not_wait() {
        let now = Instant::now();
        let refused = Protection { is_busy: true, failed: Some(now), ..Protection::default() };
        assert!(!refused.wish(true).is_due(now) && refused.wish(false).wish(true).is_due(now));
    }
}
