//! Faults of the service, scripted or random.

use std::time::Duration;

/// A fault for the next calls of an operation.
#[derive(Debug, Clone)]
pub struct Fault {
    /// Such as `AcknowledgeJob`, or a prefix of several.
    pub operation: &'static str,
    /// The number of calls left.
    pub times: usize,
    pub answer: Answer,
}

/// What a call is answered in place of the right answer.
#[derive(Debug, Clone)]
pub enum Answer {
    /// This status and error code; the call is not carried out.
    Error(u16, &'static str),
    /// The connection is closed; the call is not carried out.
    ResetBefore,
    /// The call is carried out, and the connection is closed without an answer.
    ResetAfter,
    /// The right answer, late: the call is carried out then, also if its caller has ended.
    Late(Duration),
    /// The call is carried out at once, and the right answer is late.
    LateAfter(Duration),
}

impl Fault {
    /// For the next calls of an operation (`Put` covers both results).
    pub fn new(operation: &'static str, times: usize, answer: Answer) -> Self {
        Self { operation, times, answer }
    }
}

/// Random faults, the same ones for a seed.
#[derive(Debug)]
pub struct Chance {
    state: u64,
    percent: u64,
}

impl Chance {
    /// `percent` of the calls fail.
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

    /// The fault of the next call, if it has one.
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
