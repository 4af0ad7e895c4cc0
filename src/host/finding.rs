//! Problems and warnings in one form, for hosts that list them.

use super::words;
use crate::facts::{Event, Failure, FailureKind, Place, Problem, Redactor, Reporter, Warning};
use std::sync::{Arc, Mutex, PoisonError};

/// Whether it ended the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    Error,
    Warning,
}

impl Severity {
    /// Its name in output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// A problem or a warning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub severity: Severity,
    /// Names the subject: the same in every run.
    pub name: String,
    pub message: String,
    pub hint: Option<String>,
    pub place: Option<Place>,
    /// The logical id of the resource that it is about.
    pub resource: Option<String>,
}

impl Finding {
    /// A warning in words.
    pub fn of_warning(warning: &Warning, redactor: &Redactor) -> Self {
        let Problem { message, hint, place } = words::problem(warning, redactor);
        let name = redactor.clean(&warning.name);
        Self { severity: Severity::Warning, name, message, hint, place, resource: warning.resource.clone() }
    }

    /// The problems of a failure. One without a subject is named after the kind of the failure.
    pub fn all(failure: &Failure, redactor: &Redactor) -> Vec<Self> {
        let problems = failure.problems.iter().cloned();
        problems.map(|problem| Self::of_problem(redactor.clean_problem(problem), failure.kind)).collect()
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

    fn warnings(&self) -> Vec<Problem> {
        let problem = |Finding { message, hint, place, .. }| Problem { message, hint, place };
        self.findings().into_iter().map(problem).collect()
    }
}
