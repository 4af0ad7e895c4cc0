//! What a failure means outside: its kind decides the exit code and the type of a failed job.

use super::Place;
use std::error::Error;

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
    /// SIGHUP.
    Hangup,
    /// SIGQUIT.
    Quit,
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
            Self::Interrupted(Signal::Hangup) => (129, JobFailureType::SystemUnavailable),
            Self::Interrupted(Signal::Quit) => (131, JobFailureType::SystemUnavailable),
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

/// What the outside needs to know of a stage's error, beside its message.
pub trait Explain: Error {
    /// The kind of failure that this error is.
    fn kind(&self) -> FailureKind;

    /// How to fix it, if there is advice.
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
    /// How to fix it.
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

    /// The same failure with a place on its first problem.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        if let Some(first) = self.problems.first_mut() {
            first.place = Some(place);
        }
        self
    }

    /// The same failure with an error and its sources at the end of the first message.
    #[must_use]
    pub fn because(mut self, error: &dyn Error) -> Self {
        if let Some(first) = self.problems.first_mut() {
            first.message = with_sources(format!("{}: {error}", first.message), error);
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

fn with_sources(message: String, error: &dyn Error) -> String {
    std::iter::successors(error.source(), |cause| (*cause).source())
        .fold(message, |message, cause| format!("{message}: {cause}"))
}

impl<E: Explain> From<E> for Failure {
    fn from(error: E) -> Self {
        let message = with_sources(error.to_string(), &error);
        let place = error.place().map(|place| Place { subject: error.subject(), ..place.clone() });
        let problem = Problem { message, hint: error.hint(), place };
        Self { kind: error.kind(), problems: vec![problem] }
    }
}

#[cfg(test)]
mod tests {
    use super::{Failure, FailureKind, JobFailureType, Signal};

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
            (FailureKind::Interrupted(Signal::Hangup), 129, JobFailureType::SystemUnavailable),
            (FailureKind::Interrupted(Signal::Quit), 131, JobFailureType::SystemUnavailable),
        ];
        for (kind, code, job) in table {
            assert_eq!((kind.exit_code(), kind.job_failure_type()), (code, job), "{kind:?}");
        }
    }

    #[test]
    fn the_cause_counts_the_other_problems() {
        let one = Failure::new(FailureKind::Usage, "a");
        let two = Failure::all(vec![one.clone(), Failure::new(FailureKind::Failed, "b")]).unwrap();
        assert_eq!((one.cause().as_str(), two.cause().as_str()), ("a", "a (and 1 more problem)"));
        assert_eq!(two.kind, FailureKind::Usage);
    }
}
