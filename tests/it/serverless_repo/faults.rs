//! Answers that go wrong by script.

/// A fault for the next calls of an operation.
#[derive(Debug, Clone)]
pub struct Fault {
    /// Such as `CreateApplication`.
    pub operation: &'static str,
    /// The number of calls left.
    pub times: usize,
    pub answer: Answer,
}

/// What a call is answered in place of the right answer.
#[derive(Debug, Clone, Copy)]
pub enum Answer {
    /// This status, error code and message; the call is not carried out.
    Error(u16, &'static str, &'static str),
    /// The connection is closed; the call is not carried out.
    Cut,
    /// The call is carried out, and the connection is closed without an answer.
    Lost,
}

impl Fault {
    pub fn new(operation: &'static str, times: usize, answer: Answer) -> Self {
        Self { operation, times, answer }
    }
}
