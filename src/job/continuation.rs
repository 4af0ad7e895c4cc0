//! Work that goes on elsewhere: a job ends with a continuation token, and CodePipeline queues another one with it.
//!
//! The token is read by anybody who may read jobs, and whichever worker comes first goes on with it.

use super::redact::Redactor;
use crate::failure::{Explain, FailureKind};
use serde_json::{Value, json};

/// What the wire takes (`continuationToken`), in bytes; it counts characters, which are never more.
const TOKEN_LIMIT: usize = 2048;
/// How tokens are written. A change of their shape is a new number.
const VERSION: u64 = 1;

/// A step that is not done, and waits for something that goes on without it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspension {
    /// What the step needs to go on, in its own words; no secret.
    pub state: String,
    /// How far it is, in percent.
    pub percent_complete: u8,
    /// One line on what is waited for.
    pub summary: String,
    /// Something that leads a person to what goes on, in place of this run.
    pub external_execution_id: Option<String>,
}

/// What an earlier job of the same action execution left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Continuation {
    /// How many jobs came before this one.
    pub hop: u64,
    /// What the step said of itself.
    pub state: String,
}

/// Why work cannot be continued, or cannot be left to another job.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ContinuationError {
    /// A token that was not made here.
    #[error("the job's continuation token is not one of samstep")]
    Foreign,
    /// A token of another version of this program.
    #[error("the job's continuation token has version {0}; this samstep reads version {VERSION}")]
    Version(u64),
    /// The step would leave a secret where others read it.
    #[error("the step would leave a secret in the continuation token")]
    Secret,
    /// The step has more to say than a token holds.
    #[error("the continuation token would have {0} bytes; a job takes {TOKEN_LIMIT}")]
    TooLong(usize),
}

impl Explain for ContinuationError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Foreign | Self::Version(_) => FailureKind::Usage,
            Self::Secret | Self::TooLong(_) => FailureKind::Internal,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Version(_) => {
                Some("let workers of one version finish what they began, then retry the stage".to_owned())
            }
            Self::Foreign => Some("retry the stage, so that the action begins anew".to_owned()),
            Self::Secret | Self::TooLong(_) => None,
        }
    }
}

impl Suspension {
    /// The token for the next job; `before` is what this one continued.
    pub fn token(&self, before: Option<&Continuation>, redactor: &Redactor) -> Result<String, ContinuationError> {
        let hop = before.map_or(0, |before| before.hop) + 1;
        let token = json!({"samstep": VERSION, "hop": hop, "state": self.state}).to_string();
        // Escapes of JSON may hide a secret in the token, hence the state itself is looked at too.
        if redactor.redact(&self.state) != self.state || redactor.redact(&token) != token {
            return Err(ContinuationError::Secret);
        }
        if token.len() > TOKEN_LIMIT {
            return Err(ContinuationError::TooLong(token.len()));
        }
        Ok(token)
    }
}

impl Continuation {
    /// Reads a token that came back.
    pub fn parse(token: &str) -> Result<Self, ContinuationError> {
        let token: Value = serde_json::from_str(token).map_err(|_| ContinuationError::Foreign)?;
        match token["samstep"].as_u64() {
            Some(VERSION) => {}
            Some(version) => return Err(ContinuationError::Version(version)),
            None => return Err(ContinuationError::Foreign),
        }
        let read = || Some(Self { hop: token["hop"].as_u64()?, state: token["state"].as_str()?.to_owned() });
        read().ok_or(ContinuationError::Foreign)
    }
}

#[cfg(test)]
mod tests {
    use super::{Continuation, ContinuationError, Redactor, Suspension};
    use crate::secret::Secret;

    fn suspension(state: &str) -> Suspension {
        Suspension {
            state: state.to_owned(),
            percent_complete: 5,
            summary: "waits".to_owned(),
            external_execution_id: None,
        }
    }

    #[test]
    fn what_is_left_is_found_again_one_hop_on() {
        let redactor = Redactor::default();
        let first = Continuation::parse(&suspension("é\"").token(None, &redactor).unwrap()).unwrap();
        assert_eq!(first, Continuation { hop: 1, state: "é\"".to_owned() });
        let second = Continuation::parse(&suspension("b").token(Some(&first), &redactor).unwrap()).unwrap();
        assert_eq!(second, Continuation { hop: 2, state: "b".to_owned() });
    }

    #[test]
    fn a_token_holds_no_secret_and_no_more_than_the_wire_takes() {
        let redactor = Redactor::new([Secret::new("hunter\"22")]);
        let rows = [
            ("a secret", "with hunter\"22".to_owned(), ContinuationError::Secret),
            ("too long", "x".repeat(2048), ContinuationError::TooLong(2080)),
        ];
        for (name, state, expected) in rows {
            assert_eq!(suspension(&state).token(None, &redactor), Err(expected), "{name}");
        }
    }

    #[test]
    fn a_token_of_another_is_refused() {
        let rows = [
            ("no JSON", "arn:aws:states:eu-west-1", ContinuationError::Foreign),
            ("another's JSON", r#"{"v":1}"#, ContinuationError::Foreign),
            ("a later version", r#"{"samstep":2,"hop":1,"state":""}"#, ContinuationError::Version(2)),
            ("no state", r#"{"samstep":1,"hop":1}"#, ContinuationError::Foreign),
        ];
        for (name, token, expected) in rows {
            assert_eq!(Continuation::parse(token), Err(expected), "{name}");
        }
    }
}
