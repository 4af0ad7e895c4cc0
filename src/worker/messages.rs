//! What a worker and the process of a job write to each other, a line each.
//!
//! The process reads from standard input the job, so that no secret is in its arguments or variables, then the
//! assignment, and later perhaps the order to stop. It writes to standard output how far it is.

use super::claim::Claim;
use crate::facts::{Failure, FailureKind};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// How the order to stop begins; the reason follows.
const STOP: &str = "stop ";

/// A message of the process of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Message {
    /// AcknowledgeJob is called next. Whether it is carried out is unknown until the next message.
    Claiming,
    /// The job is this process's.
    Claimed,
    /// Another worker has the job. No result follows.
    Taken,
    /// The service does not know the job. No result follows.
    Gone,
    /// The job is left in the queue, with the reason. No result follows.
    Left(String),
    /// The call with the result failed and is retried.
    Delayed,
    /// The result was put.
    Put(String),
    /// The process ends next.
    Ended { ended: String, retries: u32 },
    /// The process ends next, and could not put the result.
    Unreported(String),
}

impl Message {
    /// One line without its end.
    pub fn to_line(&self) -> String {
        serde_json::to_string(self).expect("a message holds texts and numbers only")
    }

    /// `None` for a line that is no message.
    pub fn parse(line: &str) -> Option<Self> {
        serde_json::from_str(line).ok()
    }
}

/// How a job ended that another one continues.
pub const SUSPENDED: &str = "Suspended";

/// How a job ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobEnd {
    /// `Succeeded`, `Suspended`, or the job failure type.
    pub ended: String,
    /// Number of times its process repeated the call with the result.
    pub retries: u32,
    /// Whether the result was put.
    pub is_put: bool,
}

impl JobEnd {
    /// A job with a result.
    pub fn reported(ended: &str) -> Self {
        Self { ended: ended.to_owned(), retries: 0, is_put: true }
    }

    /// A job whose result could not be put.
    pub fn unreported(ended: &str) -> Self {
        Self { is_put: false, ..Self::reported(ended) }
    }
}

/// How far the process of a job is, by its messages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// Whether AcknowledgeJob was called, unless the claim is known.
    pub is_claiming: bool,
    /// The outcome of the claim.
    pub claim: Option<Claim>,
    /// Whether the process repeats the call with the result.
    pub is_delayed: bool,
    /// How the job ended, once its result was put.
    pub end: Option<JobEnd>,
    /// How it ended, if its result could not be put.
    pub unreported: Option<String>,
}

impl Progress {
    pub fn advance(&mut self, message: Message) {
        match message {
            Message::Claiming => self.is_claiming = true,
            Message::Claimed => self.claim = Some(Claim::Ours),
            Message::Taken => self.claim = Some(Claim::Taken),
            Message::Gone => self.claim = Some(Claim::Gone),
            Message::Left(why) => self.claim = Some(Claim::Left(why)),
            Message::Delayed => self.is_delayed = true,
            Message::Put(ended) => self.end = Some(JobEnd::reported(&ended)),
            Message::Ended { ended, retries } => self.end = Some(JobEnd { retries, ..JobEnd::reported(&ended) }),
            Message::Unreported(ended) => self.unreported = Some(ended),
        }
    }
}

/// The line that orders a process to stop and to fail its job like this. Another worker may do better: the job was not
/// at fault.
pub fn stop_order(failure: &Failure) -> String {
    let why = failure.problems.first().map_or_else(Default::default, |first| (&*first.message, first.hint.as_deref()));
    format!("{STOP}{}", json!(why))
}

/// The failure with which a line orders to stop, if it does.
pub fn parse_stop_order(line: &str) -> Option<Failure> {
    let (message, hint): (String, Option<String>) = serde_json::from_str(line.strip_prefix(STOP)?).ok()?;
    let failure = Failure::new(FailureKind::Temporary, message);
    Some(match hint {
        Some(hint) => failure.with_hint(hint),
        None => failure,
    })
}

#[cfg(test)]
mod tests {
    use super::{Claim, JobEnd, Message, Progress, parse_stop_order, stop_order};
    use crate::facts::{Failure, FailureKind};

    #[test]
    fn a_stop_order_is_one_line() {
        let why = Failure::new(FailureKind::Temporary, "time is\nover");
        for why in [why.clone().with_hint("take more"), why] {
            let order = stop_order(&why);
            assert!(!order.contains('\n'), "{order}");
            assert_eq!(parse_stop_order(&order), Some(why));
        }
        assert_eq!(["stop", "stop x", "", "{}"].map(parse_stop_order), [None, None, None, None]);
    }

    #[test]
    fn a_message_is_one_line() {
        let messages = [
            Message::Claiming,
            Message::Left("a\nb".to_owned()),
            Message::Ended { ended: "Succeeded".to_owned(), retries: 2 },
        ];
        for message in messages {
            let line = message.to_line();
            assert!(!line.contains('\n'), "{line}");
            assert_eq!(Message::parse(&line), Some(message));
        }
        assert_eq!(["", "claimed", "{\"put\":1}"].map(Message::parse), [None, None, None]);
    }

    #[test]
    fn messages_tell_how_far_a_process_is() {
        use Message::{Claimed, Claiming, Delayed, Ended, Gone, Left, Put, Taken, Unreported};
        let text = str::to_owned;
        let end = |ended: &str, retries| Some(JobEnd { retries, ..JobEnd::reported(ended) });
        let claiming = || Progress { is_claiming: true, ..Progress::default() };
        let after = |claim| Progress { claim: Some(claim), ..claiming() };
        let rows = [
            ("nothing", vec![], Progress::default()),
            ("claiming", vec![Claiming], claiming()),
            ("claimed", vec![Claiming, Claimed], after(Claim::Ours)),
            ("taken", vec![Claiming, Taken], after(Claim::Taken)),
            ("gone", vec![Claiming, Gone], after(Claim::Gone)),
            ("left", vec![Claiming, Left(text("no"))], after(Claim::Left(text("no")))),
            ("again", vec![Claiming, Claimed, Delayed], Progress { is_delayed: true, ..after(Claim::Ours) }),
            ("put", vec![Put(text("Suspended"))], Progress { end: end("Suspended", 0), ..Progress::default() }),
            (
                "ended",
                vec![Put(text("JobFailed")), Ended { ended: text("PermissionError"), retries: 1 }],
                Progress { end: end("PermissionError", 1), ..Progress::default() },
            ),
            (
                "unreported",
                vec![Unreported(text("JobFailed"))],
                Progress { unreported: Some(text("JobFailed")), ..Progress::default() },
            ),
        ];
        for (name, messages, expected) in rows {
            let mut progress = Progress::default();
            messages.into_iter().for_each(|message| progress.advance(message));
            assert_eq!(progress, expected, "{name}");
        }
    }
}
