//! A task of ECS that works must not be scaled in.

use super::{Attendant, StateFile};
use crate::event::{Event, Reporter, WorkerEvent};
use crate::job::loopback;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const PATH: &str = "/task-protection/v1/state";
/// Longer than any job may take; it is taken back when the last one ends.
const MINUTES: u32 = 1440;
const LIMIT: Duration = Duration::from_secs(5);

/// Tells the state file of polls and the agent of ECS of work.
pub struct TaskProtection {
    state: StateFile,
    /// `host[:port]` and path, of `ECS_AGENT_URI`.
    agent: Option<(String, String)>,
    is_protected: AtomicBool,
    reporter: Arc<dyn Reporter>,
}

impl TaskProtection {
    /// `agent_uri` is the variable `ECS_AGENT_URI`; elsewhere there is none.
    pub fn new(state: StateFile, agent_uri: Option<&str>, reporter: Arc<dyn Reporter>) -> Self {
        let agent = agent_uri.and_then(|uri| uri.strip_prefix("http://")).map(|uri| {
            let (host, path) = uri.split_once('/').unwrap_or((uri, ""));
            (host.to_owned(), format!("/{path}").trim_end_matches('/').to_owned() + PATH)
        });
        Self { state, agent, is_protected: AtomicBool::new(false), reporter }
    }

    async fn protect(&self, (host, path): &(String, String), is_busy: bool) -> Result<(), String> {
        let body = match is_busy {
            true => format!(r#"{{"ProtectionEnabled":true,"ExpiresInMinutes":{MINUTES}}}"#),
            false => r#"{"ProtectionEnabled":false}"#.to_owned(),
        };
        let answer = loopback::ask(host, ("PUT", path), Some(&body), Some(LIMIT)).await;
        let answer = answer.map_err(|error| error.to_string())?;
        // The agent answers 200 to a refusal too, with `failure` or `error` in the body.
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        let is_refused = answer.status != 200 || text.contains("\"failure\"") || text.contains("\"error\"");
        if is_refused { Err(format!("{} {text}", answer.status)) } else { Ok(()) }
    }
}

impl Attendant for TaskProtection {
    async fn alive(&self) {
        self.state.touch();
    }

    async fn busy(&self, is_busy: bool) {
        let Some(agent) = &self.agent else { return };
        if self.is_protected.swap(is_busy, Ordering::Relaxed) == is_busy {
            return;
        }
        if let Err(why) = self.protect(agent, is_busy).await {
            self.reporter.report(Event::Worker(WorkerEvent::ProtectionFailed { why }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::TaskProtection;
    use crate::event::Reporter;
    use crate::job::worker::{Attendant, StateFile};
    use crate::testing::recorder::Recorder;
    use std::sync::Arc;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn a_task_is_protected_while_it_works_and_told_once() {
        let agent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("http://{}/api/1", agent.local_addr().unwrap());
        let served = tokio::spawn(async move {
            let mut asked = Vec::new();
            for _ in 0..2 {
                let (mut stream, _) = agent.accept().await.unwrap();
                let mut buffer = [0; 1024];
                let count = stream.read(&mut buffer).await.unwrap();
                asked.push(String::from_utf8_lossy(&buffer[..count]).into_owned());
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").await.unwrap();
            }
            asked
        });
        let reporter: Arc<dyn Reporter> = Arc::new(Recorder::default());
        let folder = tempfile::tempdir().unwrap();
        let state = StateFile::at(Some(&folder.path().join("alive")));
        let protection = TaskProtection::new(state, Some(&uri), reporter);
        for is_busy in [false, true, true, false, false] {
            protection.busy(is_busy).await;
        }
        let asked = served.await.unwrap();
        assert!(asked.iter().all(|it| it.starts_with("PUT /api/1/task-protection/v1/state HTTP/1.1\r\n")), "{asked:?}");
        assert!(asked[0].ends_with(r#"{"ProtectionEnabled":true,"ExpiresInMinutes":1440}"#), "{asked:?}");
        assert!(asked[1].ends_with(r#"{"ProtectionEnabled":false}"#), "{asked:?}");
    }
}
