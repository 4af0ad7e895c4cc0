//! What a job that another one continues reports.

use crate::facts::Failure;
use crate::operation::Pending;

/// How a job leaves its work to another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspended {
    /// The continuation token of that job.
    pub token: String,
    /// 0 to 99; 0 if it is not known.
    pub percent: u8,
    /// One line on what the work waits for.
    pub summary: String,
    /// The rest of the action type's link, if it leads to something better than the log.
    pub link: Option<String>,
}

impl Suspended {
    /// A job whose work waits.
    pub fn waiting(token: String, pending: Pending) -> Self {
        let Pending { percent, summary, link, .. } = pending;
        Self { token, percent, summary, link }
    }

    /// A job that ended before its work did, for this reason.
    pub fn early(token: String, percent: u8, failure: &Failure) -> Self {
        Self { token, percent, summary: format!("another job continues: {}", failure.cause()), link: None }
    }
}
