//! The result of a job, within the limits of the API: if CodePipeline refuses a result, the pipeline waits for a day.

use super::suspended::Suspended;
use crate::facts::{Failure, JobFailureType, Outcome, Problem, Redactor};
use std::collections::BTreeMap;

/// Limits of `PutJobSuccessResult` and `PutJobFailureResult`, in characters. We count bytes, which are never fewer.
const SUMMARY_LIMIT: usize = 2048;
const MESSAGE_LIMIT: usize = 5000;
const EXTERNAL_ID_LIMIT: usize = 1500;
const VARIABLES_LIMIT: usize = 122_880;
const ELLIPSIS: &str = "…";

/// How a job ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobResult {
    Success(JobSuccess),
    Failure(JobFailure),
    /// CodePipeline queues another job that continues.
    Suspended(JobSuspension),
}

impl JobResult {
    /// The same result with a text that the service cannot refuse.
    #[must_use]
    pub fn minimal(&self) -> Self {
        match self {
            Self::Success(success) => Self::Success(success.minimal()),
            Self::Failure(failure) => Self::Failure(failure.minimal()),
            Self::Suspended(suspension) => Self::Suspended(suspension.minimal()),
        }
    }
}

/// The result of a job that another one continues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobSuspension {
    /// The continuation token of the next job, 1 to 2048 bytes, without secrets.
    pub token: String,
    /// As in `JobSuccess`.
    pub summary: String,
    /// As in `JobSuccess`.
    pub external_execution_id: Option<String>,
    /// 0 to 99.
    pub percent_complete: u8,
}

impl JobSuspension {
    pub fn new(suspended: &Suspended, external_id: Option<&str>, redactor: &Redactor) -> Self {
        let external_id = suspended.link.as_deref().or(external_id);
        Self {
            token: suspended.token.clone(),
            summary: limited(&one_line(&redactor.redact(&suspended.summary)), SUMMARY_LIMIT, "in progress"),
            external_execution_id: limited_id(external_id, redactor),
            percent_complete: suspended.percent.min(99),
        }
    }

    fn minimal(&self) -> Self {
        Self { summary: "in progress".to_owned(), external_execution_id: None, ..self.clone() }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobSuccess {
    /// One line, 1 to 2048 bytes.
    pub summary: String,
    /// Replaces `{ExternalExecutionId}` in the action type's link; 1 to 1500 bytes.
    pub external_execution_id: Option<String>,
    /// 0 to 100.
    pub percent_complete: u8,
    /// `#{Namespace.Name}` for later actions; names of letters, digits, `@`, `-`, `_`; 122,880 bytes in all.
    pub output_variables: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobFailure {
    pub failure_type: JobFailureType,
    /// 1 to 5000 bytes; the first line is the cause.
    pub message: String,
    /// As in `JobSuccess`.
    pub external_execution_id: Option<String>,
}

impl JobSuccess {
    pub fn new(outcome: &Outcome, external_execution_id: Option<&str>, redactor: &Redactor) -> Self {
        Self {
            summary: limited(&one_line(&redactor.redact(&outcome.summary)), SUMMARY_LIMIT, "done"),
            external_execution_id: limited_id(external_execution_id, redactor),
            percent_complete: 100,
            output_variables: limited_variables(&outcome.outputs, redactor),
        }
    }

    fn minimal(&self) -> Self {
        Self {
            summary: "done".to_owned(),
            external_execution_id: None,
            percent_complete: 100,
            output_variables: BTreeMap::new(),
        }
    }
}

impl JobFailure {
    pub fn new(failure: &Failure, external_execution_id: Option<&str>, redactor: &Redactor) -> Self {
        let lines: Vec<_> = failure.problems.iter().map(|it| one_line(&redactor.redact(&describe(it)))).collect();
        Self {
            failure_type: failure.kind.job_failure_type(),
            message: limited(&lines.join("\n"), MESSAGE_LIMIT, "unspecified failure (see the log of the job worker)"),
            external_execution_id: limited_id(external_execution_id, redactor),
        }
    }

    fn minimal(&self) -> Self {
        Self {
            failure_type: self.failure_type,
            message: "the step failed (see the log of the job worker)".to_owned(),
            external_execution_id: None,
        }
    }
}

fn describe(problem: &Problem) -> String {
    let place = problem.place.as_ref().map_or_else(String::new, |place| format!("{place}: "));
    let hint = problem.hint.as_ref().map_or_else(String::new, |hint| format!(". Hint: {hint}"));
    format!("{place}{}{hint}", problem.message)
}

/// Replaces control characters and runs of spaces by one space.
fn one_line(text: &str) -> String {
    let words = text.split(|letter: char| letter.is_whitespace() || letter.is_control());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// At most `limit` bytes, cut between two characters; `default` if empty.
fn limited(text: &str, limit: usize, default: &str) -> String {
    match text {
        "" => default.to_owned(),
        text if text.len() <= limit => text.to_owned(),
        text => {
            let room = limit - ELLIPSIS.len();
            format!("{}{ELLIPSIS}", &text[..text.floor_char_boundary(room)])
        }
    }
}

fn limited_id(id: Option<&str>, redactor: &Redactor) -> Option<String> {
    let id = one_line(&redactor.redact(id?));
    (!id.is_empty()).then(|| limited(&id, EXTERNAL_ID_LIMIT, ""))
}

/// Variables with valid names. Leaves out the longest until the rest is within the limit.
fn limited_variables(outputs: &BTreeMap<String, String>, redactor: &Redactor) -> BTreeMap<String, String> {
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"@-_".contains(&byte))
    };
    let named = outputs.iter().filter(|(name, _)| is_name(name));
    let mut variables: BTreeMap<_, _> = named.map(|(name, value)| (name.clone(), redactor.redact(value))).collect();
    let size = |(name, value): (&String, &String)| name.len() + value.len();
    while variables.iter().map(size).sum::<usize>() > VARIABLES_LIMIT {
        let longest = variables.iter().max_by_key(|it| size((it.0, it.1))).map(|(name, _)| name.clone());
        longest.and_then(|name| variables.remove(&name));
    }
    variables
}

#[cfg(test)]
mod tests {
    use super::{JobFailure, JobSuccess, Redactor};
    use crate::facts::{Failure, FailureKind, JobFailureType, Outcome, Secret};
    use std::collections::BTreeMap;

    #[test]
    fn a_summary_is_one_line_within_its_limit_and_never_empty() {
        let rows = [
            ("as it is", "packaged 3".to_owned(), "packaged 3".to_owned()),
            ("empty", String::new(), "done".to_owned()),
            ("only control characters", "\0\r\n".to_owned(), "done".to_owned()),
            ("lines and escapes", "a\r\nb\t\u{1b}[31mc".to_owned(), "a b [31mc".to_owned()),
            ("at the limit", "x".repeat(2048), "x".repeat(2048)),
            ("one over the limit", "x".repeat(2049), format!("{}…", "x".repeat(2045))),
            ("cut between characters", "é".repeat(1025), format!("{}…", "é".repeat(1022))),
            ("a secret", "with hunter22".to_owned(), "with ****".to_owned()),
        ];
        let redactor = Redactor::default();
        redactor.hide([Secret::new("hunter22")]);
        for (name, summary, expected) in rows {
            let outcome = Outcome { summary, outputs: BTreeMap::new() };
            assert_eq!(JobSuccess::new(&outcome, None, &redactor).summary, expected, "{name}");
        }
    }

    #[test]
    fn variables_with_invalid_names_or_beyond_the_limit_are_left_out() {
        let outputs = BTreeMap::from([
            ("Bucket".to_owned(), "b".to_owned()),
            ("a.b".to_owned(), "not a name".to_owned()),
            ("Big".to_owned(), "x".repeat(122_880)),
            ("Small".to_owned(), "x".repeat(1000)),
        ]);
        let success = JobSuccess::new(&Outcome { summary: String::new(), outputs }, None, &Redactor::default());
        assert_eq!(success.output_variables.keys().collect::<Vec<_>>(), ["Bucket", "Small"]);
    }

    #[test]
    fn a_failure_has_a_line_for_each_problem_and_its_hint() {
        let first = Failure::new(FailureKind::Usage, "no\nfile").with_hint("make one");
        let both = Failure::all(vec![first, Failure::new(FailureKind::Failed, "key hunter22")]).unwrap();
        let redactor = Redactor::default();
        redactor.hide([Secret::new("hunter22")]);
        let failure = JobFailure::new(&both, Some("build/1 hunter22"), &redactor);
        assert_eq!(failure.failure_type, JobFailureType::ConfigurationError);
        assert_eq!(failure.message, "no file. Hint: make one\nkey ****");
        assert_eq!(failure.external_execution_id.as_deref(), Some("build/1 ****"));
    }

    #[test]
    fn a_failure_is_never_empty_nor_too_long() {
        let rows = [
            ("empty", String::new(), 51),
            ("at the limit", "x".repeat(5000), 5000),
            ("over the limit", "x".repeat(5001), 5000),
            ("wide characters", "𝄞".repeat(2000), 4999),
        ];
        for (name, message, length) in rows {
            let failure = Failure::new(FailureKind::Failed, message);
            let result = JobFailure::new(&failure, Some(""), &Redactor::default());
            assert_eq!((result.message.len(), result.external_execution_id), (length, None), "{name}");
        }
    }
}
