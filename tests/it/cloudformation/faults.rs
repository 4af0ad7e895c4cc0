//! Calls that go wrong by script, and what others do between two calls.

use std::time::Duration;

/// A fault for calls of an action.
#[derive(Debug, Clone)]
pub struct Fault {
    /// Such as `DescribeStacks`; every action if it is empty.
    pub action: &'static str,
    /// Calls that go right before.
    pub skip: usize,
    /// The number of calls left.
    pub times: usize,
    pub answer: Answer,
}

/// What a call is answered in place of the right answer.
#[derive(Debug, Clone)]
pub enum Answer {
    /// This status, error code and message; the call is not carried out.
    Error(u16, &'static str, &'static str),
    /// A page of HTML with this status, as a proxy sends it; the call is not carried out.
    Html(u16),
    /// The connection is closed; the call is not carried out.
    Cut,
    /// The call is carried out, and the connection is closed without an answer.
    Lost,
    /// The call is carried out, and the right answer is late.
    Late(Duration),
    /// Somebody else does this just before; then the call is carried out.
    Meanwhile(Intrusion),
}

/// What somebody else does to the stack that a call is about.
#[derive(Debug, Clone)]
pub enum Intrusion {
    /// Updates it, which makes its change sets obsolete.
    Update,
    /// Executes another change set, which deletes the others.
    Deploy,
    DeleteChangeSets,
    DeleteStack,
    /// Lets a stack of this name begin to exist.
    Create(&'static str),
}

pub const THROTTLED: Answer = Answer::Error(400, "Throttling", "Rate exceeded");
pub const UNAVAILABLE: Answer = Answer::Error(503, "ServiceUnavailable", "Service is unavailable. Please try again.");
pub const EXPIRED: Answer = Answer::Error(403, "ExpiredToken", "The security token included in the request is expired");

impl Fault {
    /// For every call of an action.
    pub fn always(action: &'static str, answer: Answer) -> Self {
        Self { action, skip: 0, times: usize::MAX, answer }
    }

    /// For the next calls of an action.
    pub fn next(action: &'static str, times: usize, answer: Answer) -> Self {
        Self { action, skip: 0, times, answer }
    }

    /// After so many calls that go right.
    pub fn after(self, skip: usize) -> Self {
        Self { skip, ..self }
    }

    /// Whether it is for this call; counts it.
    pub fn takes(&mut self, action: &str) -> bool {
        if self.times == 0 || !(self.action.is_empty() || self.action == action) {
            return false;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return false;
        }
        self.times -= 1;
        true
    }
}
