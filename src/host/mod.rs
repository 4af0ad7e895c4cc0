//! Who is watching: events, failures and results → words. The only files that write to stdout or stderr.

mod bars;
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
mod screen;
mod secrets;
mod shell;
mod text;
mod token;
mod variables;
mod words;
mod worker;

pub use panics::Panics;
pub use secrets::Secrets;

use crate::cli::{ColorRule, Environment, Form, ReportArguments, ResultArguments};
use crate::event::{Event, Outcome, Reporter, Warning};
use crate::failure::{Failure, FailureKind};
use crate::package::Manifest;
use crate::secret::Secret;
use dialect::Dialect;
use finding::{Finding, Warnings};
use github::{Annotations, GitHubReporter};
use json::JsonReporter;
use kind::HostKind;
use screen::Screen;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;
use text::TextReporter;

/// The report of one run, for whoever reads it.
pub struct Host {
    kind: HostKind,
    environment: Environment,
    stdout: Screen,
    stderr: Screen,
    secrets: Secrets,
    report: ReportArguments,
    results: ResultArguments,
    warnings: Warnings,
    annotations: Arc<Annotations>,
    /// Whether the form to `eval` was begun.
    is_open: bool,
}

impl Host {
    /// A host on the process's own streams, told by the environment alone until it is told more.
    pub fn new(environment: &Environment) -> Self {
        let secrets = Secrets::default();
        secrets.hide(variables::secrets(environment));
        let screen = |stream: Box<dyn Write + Send>| Screen::new(stream, false, secrets.clone());
        let mut host = Self {
            kind: HostKind::Plain,
            environment: environment.clone(),
            stdout: screen(Box::new(io::stdout())),
            stderr: screen(Box::new(io::stderr())),
            secrets: secrets.clone(),
            report: ReportArguments::default(),
            results: ResultArguments::default(),
            warnings: Warnings::default(),
            annotations: Arc::new(Annotations::new(environment)),
            is_open: false,
        };
        host.adopt(&ReportArguments::default(), &ResultArguments::default());
        host
    }

    /// Reports like this from now on. What was said, and what must not be, stays known.
    pub fn adopt(&mut self, report: &ReportArguments, results: &ResultArguments) {
        let has_terminal = term(&self.environment) != "dumb";
        self.kind = HostKind::detect(report.host, &self.environment, io::stderr().is_terminal() && has_terminal);
        let colored = |is_terminal: bool| match report.color {
            ColorRule::Always => true,
            ColorRule::Never => false,
            ColorRule::Auto => is_terminal && variables::value(&self.environment, "NO_COLOR").is_none(),
        };
        let dialect = match self.kind {
            HostKind::GitHub => Dialect::GitHub,
            HostKind::GitLab => Dialect::GitLab,
            HostKind::Terminal | HostKind::Plain | HostKind::CodeBuild | HostKind::Json => Dialect::Plain,
        };
        let seen = self.kind.shows_colors() || (has_terminal && io::stderr().is_terminal());
        self.stderr = self.stderr.read_as(dialect, colored(seen));
        self.stdout = self.stdout.read_as(Dialect::Plain, colored(has_terminal && io::stdout().is_terminal()));
        (self.report, self.results) = (report.clone(), results.clone());
    }

    /// Begins what standard output carries, so that a run that is killed leaves no whole of it.
    pub fn open(&mut self) -> Result<(), Failure> {
        if self.results.emit == Form::Sh && !self.is_open {
            self.stdout.write(shell::OPEN).map_err(stdout_failure)?;
            self.is_open = true;
        }
        Ok(())
    }

    /// Makes sure that the files of results can be written, and that none of an earlier run is left.
    pub fn prepare(&self) -> Result<(), Failure> {
        files::prepare(&self.results)
    }

    /// Hides texts from now on, here and in what GitHub shows of later steps.
    pub fn hide(&self, secrets: impl IntoIterator<Item = Secret>) {
        let secrets: Vec<_> = secrets.into_iter().collect();
        // Elsewhere the command would show what it is to hide.
        if self.kind == HostKind::GitHub && variables::says_yes(&self.environment, variables::GITHUB_ACTIONS) {
            let long = secrets.iter().filter(|secret| secret.expose().len() >= 4);
            long.for_each(|secret| self.stderr.confide(&github::mask(secret)));
        }
        self.secrets.hide(secrets);
    }

    /// What must never be shown. Clones learn what is hidden later.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// Starts the log of what happens inside, if it was asked for. Once it is started, it stays.
    pub fn start_log(&self) {
        let asked_of_github =
            self.kind == HostKind::GitHub && variables::value(&self.environment, variables::RUNNER_DEBUG) == Some("1");
        if self.report.debug || asked_of_github {
            log::start(&self.stderr);
        }
    }

    /// Who turns events into words on stderr, and into JSON on stdout when that was asked for.
    pub fn reporter(&self) -> Arc<dyn Reporter> {
        let words: Box<dyn Reporter> = match (self.kind, self.report.no_progressbar) {
            (HostKind::Json, _) => Box::new(JsonReporter(self.stderr.clone())),
            (HostKind::GitHub, _) => Box::new(GitHubReporter {
                text: self.lines(),
                screen: self.stderr.clone(),
                annotations: Arc::clone(&self.annotations),
            }),
            (HostKind::Terminal, false) => Box::new(bars::BarReporter::new(self.stderr.clone())),
            (HostKind::Terminal, true) | (HostKind::Plain | HostKind::CodeBuild | HostKind::GitLab, _) => {
                Box::new(self.lines())
            }
        };
        let mut readers: Vec<Box<dyn Reporter>> = vec![Box::new(self.warnings.clone()), words];
        if self.results.emit == Form::Json {
            readers.push(Box::new(JsonReporter(self.stdout.clone())));
        }
        Arc::new(Readers(readers))
    }

    fn lines(&self) -> TextReporter {
        match self.report.no_progressbar {
            true => TextReporter::quiet(self.stderr.clone()),
            false => TextReporter::new(self.stderr.clone()),
        }
    }

    /// The reporter of a job worker: the same words, and metrics on stdout.
    pub fn worker_reporter(&self, action_type: String, pool: Option<String>) -> Arc<dyn Reporter> {
        let below = Arc::new(TextReporter::quiet(self.stderr.clone()));
        Arc::new(worker::MetricReporter::new(self.stdout.clone(), worker::Queue { action_type, pool }, below))
    }

    /// Says what was noticed before there was a reporter.
    pub fn warn(&self, warnings: Vec<Warning>) {
        let reporter = self.reporter();
        warnings.into_iter().for_each(|warning| reporter.report(Event::Warning(warning)));
    }

    /// Shows help or the version.
    pub fn show(&self, text: &str) -> Result<(), Failure> {
        self.stdout.try_line(text.trim_end_matches('\n')).map_err(stdout_failure)
    }

    /// Writes the result to stdout, byte for byte: it is the user's own text and no report. Another form has no place
    /// for it.
    pub fn result(&self, text: &str) -> Result<(), Failure> {
        if self.results.emit != Form::Text {
            return Ok(());
        }
        let mut stdout = io::stdout().lock();
        stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(stdout_failure)
    }

    /// Writes a line for the process that started this one. A parent that is gone hears nothing.
    pub fn tell_parent(line: &str) {
        let mut stdout = io::stdout().lock();
        let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
    }

    /// Says that the packaged template is in a file, in the words of the peers, on stdout as they do. The region
    /// is where it is to be deployed, if that is known.
    pub fn packaged_to(&self, path: &Path, region: Option<&str>) -> Result<(), Failure> {
        match self.results.emit {
            Form::Text => self.stdout.try_line(&words::packaged_to(path, region)).map_err(stdout_failure),
            Form::Json | Form::Sh => Ok(()),
        }
    }

    /// Lists on stdout what a run would upload: that is the result of a dry run, which has no values for later steps.
    pub fn preview(&self, manifest: &Manifest) -> Result<(), Failure> {
        let said = match self.results.emit {
            Form::Text => self.stdout.try_line(&words::preview(manifest)),
            Form::Json => {
                let mut lines = json::preview(manifest).into_iter();
                lines.try_for_each(|line| json::say(&self.stdout, line))
            }
            Form::Sh => {
                self.stderr.line(&words::preview(manifest));
                self.stdout.write(shell::CLOSE)
            }
        };
        said.map_err(stdout_failure)
    }

    /// The last words of a run that ended well, and its values for later steps.
    pub fn succeed(&self, outcome: &Outcome, manifest: Option<&Manifest>) -> Result<(), Failure> {
        let redact = |text: &String| self.secrets.redact(text);
        let outputs = outcome.outputs.iter().map(|(name, value)| (redact(name), redact(value))).collect();
        let outcome = Outcome { summary: redact(&outcome.summary), outputs };
        let warnings = self.warnings.findings();
        files::write(&self.results, &outcome.outputs, &warnings, &self.secrets)?;
        if self.kind == HostKind::GitHub {
            let outputs = github::outputs(&outcome.outputs);
            github::append(&self.environment, variables::GITHUB_OUTPUT, |_| outputs)?;
            self.summarize(&words::capital(&outcome.summary), &warnings, manifest);
        }
        let said = match self.results.emit {
            Form::Text => Ok(()),
            Form::Json => json::say(&self.stdout, json::succeeded(&outcome)),
            Form::Sh => self.stdout.write(&(shell::assignments(&outcome.outputs) + shell::CLOSE)),
        };
        said.map_err(stdout_failure)?;
        match self.kind {
            HostKind::Json => drop(json::say(&self.stderr, json::succeeded(&outcome))),
            HostKind::Terminal | HostKind::Plain | HostKind::CodeBuild | HostKind::GitHub | HostKind::GitLab => {
                self.stderr.line(&words::succeeded(&outcome));
            }
        }
        Ok(())
    }

    /// The last words of any other run. The last line is the cause.
    pub fn fail(&self, failure: &Failure) {
        let problems = Finding::all(failure);
        let findings: Vec<Finding> = problems.iter().cloned().chain(self.warnings.findings()).collect();
        if let Err(error) = files::write_findings(&self.results, &findings, &self.secrets) {
            self.stderr.line(&failure::render(&error));
        }
        match self.results.emit {
            Form::Text => {}
            Form::Json => drop(json::say(&self.stdout, json::failed(failure))),
            Form::Sh => {
                let close = if self.is_open { shell::CLOSE } else { "" };
                let _ = self.stdout.write(&(shell::exit(failure.kind.exit_code()) + close));
            }
        }
        if self.kind == HostKind::GitHub {
            for problem in &problems {
                self.annotations.annotate(problem, &self.stderr);
            }
            self.summarize(&format!("samstep failed (exit code {})", failure.kind.exit_code()), &findings, None);
        }
        match self.kind {
            HostKind::Json => drop(json::say(&self.stderr, json::failed(failure))),
            HostKind::Terminal | HostKind::Plain | HostKind::CodeBuild | HostKind::GitHub | HostKind::GitLab => {
                self.stderr.line(&failure::render(failure));
            }
        }
    }

    /// A summary that cannot be written is no reason to fail.
    fn summarize(&self, title: &str, findings: &[Finding], manifest: Option<&Manifest>) {
        let (annotations, secrets) = (&*self.annotations, &self.secrets);
        let told = github::Summary { title, findings, manifest, annotations, secrets };
        let written =
            github::append(&self.environment, variables::GITHUB_STEP_SUMMARY, |there| github::summary(&told, there));
        if let Err(failure) = written {
            self.stderr.line(&format!("warning: {}", failure.cause()));
        }
    }
}

/// Each hears of everything.
struct Readers(Vec<Box<dyn Reporter>>);

impl Reporter for Readers {
    fn report(&self, event: Event) {
        if let Some((last, others)) = self.0.split_last() {
            others.iter().for_each(|reader| reader.report(event.clone()));
            last.report(event);
        }
    }
}

/// Why nothing may be packaged here, if so: CodeBuild runs `post_build` also after a phase that failed.
pub fn check_build(environment: &Environment) -> Result<(), Failure> {
    let is_build = variables::value(environment, variables::CODEBUILD_BUILD_ID).is_some();
    if is_build && variables::value(environment, variables::CODEBUILD_BUILD_SUCCEEDING) == Some("0") {
        let failure =
            Failure::new(FailureKind::Failed, "nothing was packaged, since an earlier phase of this build failed");
        return Err(failure.with_hint(
            "CODEBUILD_BUILD_SUCCEEDING is 0: run samstep in the build phase, which CodeBuild leaves out then",
        ));
    }
    Ok(())
}

fn term(environment: &Environment) -> &str {
    variables::value(environment, "TERM").unwrap_or_default()
}

/// A reader that went away, or a full disk behind a redirection.
fn stdout_failure(error: io::Error) -> Failure {
    Failure::new(FailureKind::Failed, format!("the result cannot be written to standard output: {error}"))
}

#[cfg(test)]
mod tests;
