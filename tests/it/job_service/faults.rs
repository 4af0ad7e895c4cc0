//! Answers that go wrong: by script, or by chance.

use std::time::Duration;

/// An answer that goes wrong, for the next calls of an operation.
#[derive(Debug, Clone)]
pub struct Fault {
    /// Such as `AcknowledgeJob`, or how several begin.
    pub operation: &'static str,
    /// How often it still comes.
    pub times: usize,
    /// What comes in place of the right answer.
    pub answer: Answer,
}

/// How an answer goes wrong.
#[derive(Debug, Clone)]
pub enum Answer {
    /// This status and error code; nothing is done.
    Error(u16, &'static str),
    /// The connection is closed before anything is done.
    ResetBefore,
    /// What is asked is done, and the connection is closed without an answer.
    ResetAfter,
    /// The right answer, late: what is asked is done then, also if nobody waits for the answer any more.
    Late(Duration),
    /// What is asked is done at once, and the right answer late.
    LateAfter(Duration),
}

impl Fault {
    /// For so many calls of an operation (`Put` covers both results).
    pub fn new(operation: &'static str, times: usize, answer: Answer) -> Self {
        Self { operation, times, answer }
    }
}

/// Faults that come by chance, the same ones for a seed.
#[derive(Debug)]
pub struct Chance {
    state: u64,
    percent: u64,
}

impl Chance {
    /// So many of a hundred calls.
    pub fn new(seed: u64, percent: u64) -> Self {
        Self { state: seed | 1, percent }
    }

    /// The next number (xorshift64).
    fn next(&mut self) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state
    }

    /// What goes wrong with the next call, if anything.
    pub fn fault(&mut self) -> Option<Answer> {
        if self.next() % 100 >= self.percent {
            return None;
        }
        Some(match self.next() % 5 {
            0 => Answer::Error(400, "ThrottlingException"),
            1 => Answer::Error(500, "InternalFailure"),
            2 => Answer::ResetBefore,
            3 => Answer::ResetAfter,
            _ => Answer::Late(Duration::from_millis(200)),
        })
    }
}
