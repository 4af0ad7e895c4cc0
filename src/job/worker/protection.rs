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
