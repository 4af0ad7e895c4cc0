//! Who is watching: events, failures and results → words. The only files that write to stdout or stderr.

mod bars;
mod failure;
mod heartbeat;
mod log;
mod panics;
mod progress;
mod screen;
mod secrets;
mod text;
mod words;

pub use panics::Panics;
pub use secrets::Secrets;

use crate::cli::{ColorRule, ReportArguments};
use crate::event::{Event, Outcome, Reporter, Warning};
use crate::failure::{Failure, FailureKind};
use crate::package::Manifest;
use screen::Screen;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;
use text::TextReporter;

/// The report of one run, for a terminal or a plain log.
pub struct Host {
    stdout: Screen,
    stderr: Screen,
    secrets: Secrets,
    report: ReportArguments,
    on_terminal: bool,
}

impl Host {
    /// A host on the process's own streams. `environment` tells of `NO_COLOR` and `TERM`.
    pub fn new(report: &ReportArguments, environment: &crate::cli::Environment) -> Self {
        let secrets = Secrets::default();
        let colored = |is_terminal: bool| match report.color {
            ColorRule::Always => true,
            ColorRule::Never => false,
            ColorRule::Auto => is_terminal && !has(environment, "NO_COLOR") && term(environment) != "dumb",
        };
        let on_terminal = io::stderr().is_terminal() && term(environment) != "dumb";
        Self {
            stdout: Screen::new(Box::new(io::stdout()), colored(io::stdout().is_terminal()), secrets.clone()),
            stderr: Screen::new(Box::new(io::stderr()), colored(io::stderr().is_terminal()), secrets.clone()),
            secrets,
            report: report.clone(),
            on_terminal,
        }
    }

    /// What must never be shown. May grow while the run goes on.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// Starts the log of what happens inside, if it was asked for. Once per process.
    pub fn start_log(&self) {
        if self.report.debug {
            log::start(&self.stderr);
        }
    }

    /// Who turns events into words on stderr: bars on a terminal, plain lines elsewhere.
    pub fn reporter(&self) -> Arc<dyn Reporter> {
        match (self.on_terminal, self.report.no_progressbar) {
            (_, true) => Arc::new(TextReporter::quiet(self.stderr.clone())),
            (true, false) => Arc::new(bars::BarReporter::new(self.stderr.clone())),
            (false, false) => Arc::new(TextReporter::new(self.stderr.clone())),
        }
    }

    /// Says what was noticed before there was a reporter.
    pub fn warn(&self, warnings: Vec<Warning>) {
        let reporter = TextReporter::quiet(self.stderr.clone());
        warnings.into_iter().for_each(|warning| reporter.report(Event::Warning(warning)));
    }

    /// Shows help or the version.
    pub fn show(&self, text: &str) -> Result<(), Failure> {
        self.stdout.try_line(text.trim_end_matches('\n')).map_err(stdout_failure)
    }

    /// Writes the result to stdout, byte for byte: it is the user's own text and no report.
    pub fn result(&self, text: &str) -> Result<(), Failure> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(stdout_failure)
    }

    /// Says that the packaged template is in a file, in the words of the peers, on stdout as they do.
    pub fn packaged_to(&self, path: &Path) -> Result<(), Failure> {
        self.stdout.try_line(&words::packaged_to(path)).map_err(stdout_failure)
    }

    /// Lists on stdout what a run would upload: that is the result of a dry run.
    pub fn preview(&self, manifest: &Manifest) -> Result<(), Failure> {
        self.stdout.try_line(&words::preview(manifest)).map_err(stdout_failure)
    }

    /// The last words of a run that ended well.
    pub fn succeed(&self, outcome: &Outcome) {
        self.stderr.line(&words::succeeded(outcome));
    }

    /// The last words of any other run. The last line is the cause.
    pub fn fail(&self, failure: &Failure) {
        self.stderr.line(&failure::render(failure));
    }
}

/// Whether a variable is set to anything.
fn has(environment: &crate::cli::Environment, name: &str) -> bool {
    environment.get(name).is_some_and(|value| !value.is_empty())
}

fn term(environment: &crate::cli::Environment) -> &str {
    environment.get("TERM").map(String::as_str).unwrap_or_default()
}

/// A reader that went away, or a full disk behind a redirection.
fn stdout_failure(error: io::Error) -> Failure {
    Failure::new(FailureKind::Failed, format!("the result cannot be written to standard output: {error}"))
}

#[cfg(test)]
mod tests;
