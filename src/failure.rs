//! What a failure means outside: its kind decides the exit code and the type of a failed job.

use std::error::Error;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The kinds of failure. Each stage maps its own errors onto these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// The work was done and did not succeed.
    Failed,
    /// The request cannot be carried out as given: flag, configuration file, template.
    Usage,
    /// A gate that the user asked for said no.
    Refused,
    /// An input artifact is missing or is not an archive.
    Input,
    /// A bug in this program.
    Internal,
    /// Throttling, a server error or the network: the same run may succeed later.
    Temporary,
    /// The caller may not do this.
    Permission,
    /// Not finished in time.
    Deadline,
    /// A signal ended the run.
    Interrupted(Signal),
}

/// The signals that end a run in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGINT.
    Interrupt,
    /// SIGTERM.
    Terminate,
}

/// `failureDetails.type` of PutJobFailureResult (CodePipeline API, 2015-07-09).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobFailureType {
    /// The work failed.
    JobFailed,
    /// The action configuration or what it names is wrong.
    ConfigurationError,
    /// A call was denied.
    PermissionError,
    /// An input artifact cannot be had.
    RevisionUnavailable,
    /// The worker or a service is unavailable; a retry may help.
    SystemUnavailable,
}

impl JobFailureType {
    /// Its name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::JobFailed => "JobFailed",
            Self::ConfigurationError => "ConfigurationError",
            Self::PermissionError => "PermissionError",
            Self::RevisionUnavailable => "RevisionUnavailable",
            Self::SystemUnavailable => "SystemUnavailable",
        }
    }
}

impl FailureKind {
    /// The one table: exit code of the process and failure type of the job.
    const fn meaning(self) -> (u8, JobFailureType) {
        match self {
            Self::Failed => (1, JobFailureType::JobFailed),
            Self::Usage => (2, JobFailureType::ConfigurationError),
            Self::Refused => (4, JobFailureType::JobFailed),
            Self::Input => (66, JobFailureType::RevisionUnavailable),
            Self::Internal => (70, JobFailureType::JobFailed),
            Self::Temporary => (75, JobFailureType::SystemUnavailable),
            Self::Permission => (77, JobFailureType::PermissionError),
            Self::Deadline => (124, JobFailureType::JobFailed),
            Self::Interrupted(Signal::Interrupt) => (130, JobFailureType::SystemUnavailable),
            Self::Interrupted(Signal::Terminate) => (143, JobFailureType::SystemUnavailable),
        }
    }

    /// The status with which the process ends.
    pub const fn exit_code(self) -> u8 {
        self.meaning().0
    }

    /// The type under which CodePipeline files the failure.
    pub const fn job_failure_type(self) -> JobFailureType {
        self.meaning().1
    }
}

/// A place in a text file, with the line itself so that it can be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file as the user named it.
    pub path: PathBuf,
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// The text of the line, without its line end. Empty where the line is longer than anybody reads.
    pub source_line: String,
    /// The marked bytes of `source_line`.
    pub marked: Range<usize>,
    /// What stands there, such as `Function.CodeUri`: the same in every run, whatever is wrong with it.
    pub subject: Option<String>,
}

/// Longest line that is kept with a place, in bytes: a template without line breaks may be asked for many places.
const QUOTED_LINE_BYTES: usize = 4096;

impl Place {
    /// Finds line and column of a byte range of `text`. A range that leaves its first line is cut at the line's end.
    pub fn in_text(path: &Path, text: &str, span: Range<usize>) -> Self {
        let before = &text.as_bytes()[..span.start.min(text.len())];
        Self::on_line(path, text, span, before.iter().filter(|byte| **byte == b'\n').count() + 1)
    }

    /// The same where it is known on which line, counted from 1, the range starts.
    pub fn on_line(path: &Path, text: &str, span: Range<usize>, line: usize) -> Self {
        let start = floor_char_boundary(text, span.start);
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let source_line = text[line_start..line_end].trim_end_matches('\r');
        let from = (start - line_start).min(source_line.len());
        let to = floor_char_boundary(text, span.end).saturating_sub(line_start).clamp(from, source_line.len());
        let column = source_line[..from].trim_start_matches('\u{feff}').chars().count() + 1;
        let (source_line, marked) = match source_line.len() {
            0..=QUOTED_LINE_BYTES => (source_line.to_owned(), from..to),
            _ => (String::new(), 0..0),
        };
        Self { path: path.to_path_buf(), line, column, source_line, marked, subject: None }
    }

    /// The same place without its line, which may hold what nobody should see.
    #[must_use]
    pub fn without_line(self) -> Self {
        Self { source_line: String::new(), marked: 0..0, ..self }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.path.display(), self.line, self.column)
    }
}

fn floor_char_boundary(text: &str, index: usize) -> usize {
    (0..=index.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// What the outside needs to know of a stage's error, beside its message.
pub trait Explain: Error {
    /// The kind of failure that this error is.
    fn kind(&self) -> FailureKind;

    /// How to mend it, when there is something to say.
    fn hint(&self) -> Option<String> {
        None
    }

    /// Where in a file it is.
    fn place(&self) -> Option<&Place> {
        None
    }

    /// What stands at its place, such as a property of a resource.
    fn subject(&self) -> Option<String> {
        None
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What was done to which thing and why it failed: a lowercase fragment of one line.
    pub message: String,
    /// How to mend it.
    pub hint: Option<String>,
    /// Where it is.
    pub place: Option<Place>,
}

/// Why a run ended without success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The kind of the first problem.
    pub kind: FailureKind,
    /// At least one, in the order of the template.
    pub problems: Vec<Problem>,
}

impl Failure {
    /// A failure of one problem without a place.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self { kind, problems: vec![Problem { message: message.into(), hint: None, place: None }] }
    }

    /// The same failure with advice on its first problem.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        if let Some(first) = self.problems.first_mut() {
            first.hint = Some(hint.into());
        }
        self
    }

    /// All of several failures as one, of the kind of the first. `None` when there is none.
    pub fn all(failures: Vec<Self>) -> Option<Self> {
        failures.into_iter().reduce(|mut all, next| {
            all.problems.extend(next.problems);
            all
        })
    }

    /// The same failure with each problem changed.
    #[must_use]
    pub fn map(self, change: impl FnMut(Problem) -> Problem) -> Self {
        Self { kind: self.kind, problems: self.problems.into_iter().map(change).collect() }
    }

    /// The cause in one line, with its place.
    pub fn cause(&self) -> String {
        let Some(first) = self.problems.first() else { return "unspecified failure".to_owned() };
        let place = first.place.as_ref().map_or_else(String::new, |place| format!("{place}: "));
        let more = match self.problems.len() {
            1 => String::new(),
            2 => " (and 1 more problem)".to_owned(),
            count => format!(" (and {} more problems)", count - 1),
        };
        format!("{place}{}{more}", first.message)
    }
}

impl<E: Explain> From<E> for Failure {
    fn from(error: E) -> Self {
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            message = format!("{message}: {cause}");
            source = cause.source();
        }
        let place = error.place().map(|place| Place { subject: error.subject(), ..place.clone() });
        let problem = Problem { message, hint: error.hint(), place };
        Self { kind: error.kind(), problems: vec![problem] }
    }
}

#[cfg(test)]
mod tests {
    use super::{Failure, FailureKind, JobFailureType, Place, Signal};
    use std::path::Path;

    #[test]
    fn each_kind_has_its_exit_code_and_job_failure_type() {
        let table = [
            (FailureKind::Failed, 1, JobFailureType::JobFailed),
            (FailureKind::Usage, 2, JobFailureType::ConfigurationError),
            (FailureKind::Refused, 4, JobFailureType::JobFailed),
            (FailureKind::Input, 66, JobFailureType::RevisionUnavailable),
            (FailureKind::Internal, 70, JobFailureType::JobFailed),
            (FailureKind::Temporary, 75, JobFailureType::SystemUnavailable),
            (FailureKind::Permission, 77, JobFailureType::PermissionError),
            (FailureKind::Deadline, 124, JobFailureType::JobFailed),
            (FailureKind::Interrupted(Signal::Interrupt), 130, JobFailureType::SystemUnavailable),
            (FailureKind::Interrupted(Signal::Terminate), 143, JobFailureType::SystemUnavailable),
        ];
        for (kind, code, job) in table {
            assert_eq!((kind.exit_code(), kind.job_failure_type()), (code, job), "{kind:?}");
        }
    }

    #[test]
    fn a_place_counts_lines_and_characters_from_one() {
        let text = "\u{feff}a: 1\r\né: [x, y]\r\n";
        let rows = [
            ("first line after a byte order mark", 3..4, (1, 1, "\u{feff}a: 1"), "a"),
            ("after a two-byte character", 14..15, (2, 5, "é: [x, y]"), "x"),
            ("past the line's end", 14..40, (2, 5, "é: [x, y]"), "x, y]"),
            ("past the text", 90..99, (3, 1, ""), ""),
        ];
        for (name, span, expected, marked) in rows {
            let place = Place::in_text(Path::new("t.yaml"), text, span);
            assert_eq!((place.line, place.column, place.source_line.as_str()), expected, "{name}");
            assert_eq!(&place.source_line[place.marked.clone()], marked, "{name}");
        }
    }

    #[test]
    fn a_line_that_nobody_reads_is_not_kept() {
        let text = format!("{}x", "é".repeat(2048));
        let place = Place::in_text(Path::new("t.json"), &text, 4096..4097);
        assert_eq!((place.line, place.column, place.source_line.as_str(), place.marked), (1, 2049, "", 0..0));
    }

    #[test]
    fn the_cause_counts_the_other_problems() {
        let one = Failure::new(FailureKind::Usage, "a");
        let two = Failure::all(vec![one.clone(), Failure::new(FailureKind::Failed, "b")]).unwrap();
        assert_eq!((one.cause().as_str(), two.cause().as_str()), ("a", "a (and 1 more problem)"));
        assert_eq!(two.kind, FailureKind::Usage);
    }
}
