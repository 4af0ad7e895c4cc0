//! Output: events, failures and reports become words. The only files that write to stdout or stderr.

mod bars;
mod deploy;
mod dialect;
mod dotenv;
mod failure;
mod files;
mod finding;
mod github;
mod heartbeat;
mod json;
mod junit;
mod kind;
mod log;
mod names;
mod panics;
mod progress;
mod publish;
mod screen;
mod session;
mod shell;
mod table;
mod terminal;
mod text;
mod token;
mod variables;
mod width;
mod words;
mod worker;

pub use panics::Panics;
pub use session::Session;

use crate::facts::{Environment, Failure, FailureKind, Redactor, Report, ReportSettings, Secret};
use screen::Screen;
use std::io::{self, Write};

/// The streams of the process, and who reads them.
pub struct Host {
    /// The report of the run, as far as its settings are known.
    session: Session,
}

impl Host {
    /// A host on the process's own streams. `settings` say how errors are reported until a session is opened.
    pub fn new(environment: &Environment, settings: &ReportSettings) -> Self {
        let redactor = Redactor::default();
        redactor.hide(variables::secrets(environment));
        let screen = |stream: Box<dyn Write + Send>| Screen::new(stream, redactor.clone());
        let streams = (screen(Box::new(io::stdout())), screen(Box::new(io::stderr())));
        Self { session: Session::new(environment, settings, streams, redactor) }
    }

    /// Reports as `settings` say from now on; called again when more of them are known. Checks that the files of results
    /// can be written, deletes those of an earlier run, and starts the log if it is asked for.
    pub fn session(
        &mut self,
        settings: &ReportSettings,
        secrets: impl IntoIterator<Item = Secret>,
    ) -> Result<Session, Failure> {
        self.session = self.session.with(settings);
        self.session.open(secrets)?;
        Ok(self.session.clone())
    }

    /// The session that was opened last.
    pub fn current(&self) -> &Session {
        &self.session
    }

    /// Removes secrets and names paths in everything that is written.
    pub fn redactor(&self) -> &Redactor {
        self.session.redactor()
    }

    /// Writes the end of the run and returns the exit code.
    pub fn end(self, ended: Result<Report, Failure>) -> u8 {
        self.session.end(ended)
    }

    /// Writes a line for the process that started this one. A parent that is gone is ignored.
    pub fn write_to_parent(line: &str) {
        let mut stdout = io::stdout().lock();
        let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
    }
}

/// Refuses to run after a failed phase: CodeBuild runs `post_build` then too.
pub fn check_build(environment: &Environment) -> Result<(), Failure> {
    let is_build = environment.get(variables::CODEBUILD_BUILD_ID).is_some();
    if is_build && environment.get(variables::CODEBUILD_BUILD_SUCCEEDING) == Some("0") {
        let failure =
            Failure::new(FailureKind::Failed, "nothing was done, because an earlier phase of this build failed");
        return Err(failure
            .with_hint("CODEBUILD_BUILD_SUCCEEDING is 0: run samstep in the build phase, which CodeBuild skips then"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
