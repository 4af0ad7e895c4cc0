//! The continuation token: the state that a job passes to the next job of the same action execution.

use crate::facts::{Failure, FailureKind, Redactor};
use crate::operation::State;
use serde_json::{Value, json};

/// Bytes of a token (CodePipeline API, `continuationToken`).
const TOKEN_LIMIT: usize = 2048;
/// The version of the token's format.
const VERSION: u64 = 1;
/// Most consecutive jobs that may be lost: killed, or stopped by an unavailable service.
const MOST_CONSECUTIVE_LOSSES: u64 = 10;

/// The content of a continuation token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Continuation {
    /// Number of jobs before the one that continues.
    pub hop: u64,
    /// Number of consecutive jobs that were lost.
    pub losses: u64,
    /// The state of the operation.
    pub state: String,
}

impl Continuation {
    /// The continuation after a job that itself continued `before`.
    pub fn after(before: Option<&Self>, State(state): State) -> Self {
        Self { hop: before.map_or(0, |before| before.hop) + 1, losses: 0, state }
    }

    /// The continuation if the job, which itself continued `before`, ends early in this state.
    pub fn within(before: Option<&Self>, state: State) -> Self {
        Self { losses: before.map_or(0, |before| before.losses), ..Self::after(before, state) }
    }

    /// The continuation of a job that ended before its work did; `None` if that happened too often.
    fn after_loss(self) -> Option<Self> {
        let losses = self.losses + 1;
        (losses <= MOST_CONSECUTIVE_LOSSES).then_some(Self { losses, ..self })
    }

    /// The token for the next job.
    pub fn token(&self, redactor: &Redactor) -> Result<String, Failure> {
        let mut token = json!({"samstep": VERSION, "hop": self.hop, "state": self.state});
        if self.losses > 0 {
            token["losses"] = json!(self.losses);
        }
        let token = token.to_string();
        let internal = |message: String| Err(Failure::new(FailureKind::Internal, message));
        // JSON escapes may hide a secret in the token, so the state itself is checked too.
        if redactor.has_secret(&self.state) || redactor.has_secret(&token) {
            return internal("the continuation token would hold a secret".to_owned());
        }
        if token.len() > TOKEN_LIMIT {
            return internal(format!(
                "the continuation token would have {} bytes; the limit is {TOKEN_LIMIT}",
                token.len()
            ));
        }
        Ok(token)
    }

    /// The token for the job after one that ended before its work did; `None` if it cannot be continued.
    pub fn token_after_loss(self, redactor: &Redactor) -> Option<String> {
        self.after_loss()?.token(redactor).ok()
    }

    /// Reads the token of a job.
    pub fn parse(token: &str) -> Result<Self, Failure> {
        let token: Value = serde_json::from_str(token).map_err(|_| foreign())?;
        match token["samstep"].as_u64() {
            Some(VERSION) => {}
            Some(version) => return Err(other_version(version)),
            None => return Err(foreign()),
        }
        let losses = token["losses"].as_u64().unwrap_or_default();
        let read = || Some(Self { hop: token["hop"].as_u64()?, losses, state: token["state"].as_str()?.to_owned() });
        read().ok_or_else(foreign)
    }
}

fn foreign() -> Failure {
    Failure::new(FailureKind::Usage, "the job's continuation token is not one of samstep")
        .with_hint("retry the stage, so that the action starts again")
}

fn other_version(version: u64) -> Failure {
    let message = format!("the job's continuation token has version {version}; this samstep reads version {VERSION}");
    Failure::new(FailureKind::Usage, message)
        .with_hint("let workers of one version finish their jobs, then retry the stage")
}

#[cfg(test)]
mod tests {
    use super::Continuation;
    use crate::facts::{Redactor, Secret};
    use crate::operation::State;

    fn state(text: &str) -> State {
        State(text.to_owned())
    }

    #[test]
    fn a_continuation_is_read_back_one_hop_on() {
        let redactor = Redactor::default();
        let first = Continuation::after(None, state("é\""));
        assert_eq!(Continuation::parse(&first.token(&redactor).unwrap()), Ok(first.clone()));
        assert_eq!(first, Continuation { hop: 1, losses: 0, state: "é\"".to_owned() });
        let second = Continuation { hop: 2, losses: 0, state: "b".to_owned() };
        assert_eq!(Continuation::after(Some(&first), state("b")), second);
    }

    #[test]
    fn a_job_that_ends_early_is_continued_a_few_times() {
        let redactor = Redactor::default();
        let mut last = Continuation::after(None, state("a"));
        let mut losses = 0;
        while let Some(next) = Continuation::within(Some(&last), state("a")).after_loss() {
            losses += 1;
            assert_eq!(Continuation::parse(&next.token(&redactor).unwrap()), Ok(next.clone()));
            assert_eq!(next.losses, losses);
            last = next;
        }
        assert_eq!(losses, 10);
        assert_eq!(Continuation::after(Some(&last), state("b")).losses, 0, "a job that waited in order is no loss");
    }

    #[test]
    fn a_token_with_a_secret_or_over_the_limit_is_refused() {
        let redactor = Redactor::default();
        redactor.hide([Secret::new("hunter\"22")]);
        let rows = [
            ("a secret", "with hunter\"22".to_owned(), "the continuation token would hold a secret"),
            ("too long", "x".repeat(2048), "the continuation token would have 2080 bytes; the limit is 2048"),
        ];
        for (name, text, expected) in rows {
            let failure = Continuation::after(None, State(text)).token(&redactor).unwrap_err();
            assert_eq!(failure.cause(), expected, "{name}");
        }
    }

    #[test]
    fn a_foreign_token_is_refused() {
        let foreign = "the job's continuation token is not one of samstep";
        let later = "the job's continuation token has version 2; this samstep reads version 1";
        let rows = [
            ("no JSON", "arn:aws:states:eu-west-1", foreign),
            ("JSON of another tool", r#"{"v":1}"#, foreign),
            ("a later version", r#"{"samstep":2,"hop":1,"state":""}"#, later),
            ("no state", r#"{"samstep":1,"hop":1}"#, foreign),
        ];
        for (name, token, expected) in rows {
            assert_eq!(Continuation::parse(token).unwrap_err().cause(), expected, "{name}");
        }
    }
}
