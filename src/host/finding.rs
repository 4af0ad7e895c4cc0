//! Problems and warnings alike, for hosts that list them.

use super::words;
use crate::facts::{Event, Failure, FailureKind, Place, Problem, Redactor, Reporter, Warning};
use std::sync::{Arc, Mutex, PoisonError};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// It ended the run.
    Error,
    /// It did not.
    Warning,
}

impl Severity {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// Something that a user should look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// What it is about, in the words that every run has for it.
    pub name: String,
    /// What it is, in a sentence.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
    /// Where it is.
    pub place: Option<Place>,
    /// The logical id of the resource that it is about.
    pub resource: Option<String>,
}

impl Finding {
    /// A warning in words.
    pub fn of_warning(warning: &Warning, redactor: &Redactor) -> Self {
        let Problem { message, hint, place } = words::problem(warning, redactor);
        let name = redactor.named(&warning.name);
        Self { severity: Severity::Warning, name, message, hint, place, resource: warning.resource.clone() }
    }

    /// The problems of a failure. One that is about nothing with a name goes by the kind of the failure.
    pub fn all(failure: &Failure, redactor: &Redactor) -> Vec<Self> {
        let problems = failure.problems.iter().cloned();
        problems.map(|problem| Self::of_problem(redactor.name_problem(problem), failure.kind)).collect()
    }

    fn of_problem(problem: Problem, kind: FailureKind) -> Self {
        let Problem { message, hint, place } = problem;
        let name =
            place.as_ref().and_then(|place| place.subject.clone()).unwrap_or_else(|| words::kind(kind).to_owned());
        Self { severity: Severity::Error, name, message, hint, place, resource: None }
    }
}

/// The column after the last marked one, in characters counted from 1.
pub fn end_column(place: &Place) -> usize {
    place.column + place.source_line.get(place.marked.clone()).map_or(0, |marked| marked.chars().count())
}

/// The warnings of a run, in order. Clones share them.
#[derive(Clone, Default)]
pub struct Warnings {
    findings: Arc<Mutex<Vec<Finding>>>,
    redactor: Redactor,
}

impl Warnings {
    pub fn new(redactor: Redactor) -> Self {
        Self { findings: Arc::default(), redactor }
    }

    /// The warnings so far.
    pub fn findings(&self) -> Vec<Finding> {
        self.findings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Reporter for Warnings {
    fn report(&self, event: Event) {
        if let Event::Warning(warning) = &event {
            let finding = Finding::of_warning(warning, &self.redactor);
            self.findings.lock().unwrap_or_else(PoisonError::into_inner).push(finding);
        }
    }
}
