//! The report of one run, from its settings to its end.

use super::deploy::{self, LastVerdict};
use super::dialect::Dialect;
use super::failure::Order;
use super::finding::{Finding, Warnings};
use super::github::{self, Annotations, GitHubReporter};
use super::json::{self, JsonReporter};
use super::kind::HostKind;
use super::screen::Screen;
use super::terminal::TerminalReporter;
use super::text::TextReporter;
use super::{failure, files, log, shell, table, variables, words, worker};
use crate::facts::{
    Cell, ColorRule, Ended, Environment, Event, Failure, FailureKind, Form, Outcome, Problem, Redactor, Report,
    ReportSettings, Reporter, Secret, Show, Table, Verdict, Warning,
};
use crate::text::capital;
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// How a run is reported. Clones share the streams and what was reported.
#[derive(Clone)]
pub struct Session {
    kind: HostKind,
    environment: Environment,
    stdout: Screen,
    stderr: Screen,
    redactor: Redactor,
    settings: ReportSettings,
    warnings: Warnings,
    last_verdict: LastVerdict,
    annotations: Arc<Annotations>,
    started: Instant,
    /// Whether the group of shell assignments was opened.
    is_group_open: Arc<AtomicBool>,
}

impl Session {
    pub(super) fn new(
        environment: &Environment,
        settings: &ReportSettings,
        (stdout, stderr): (Screen, Screen),
        redactor: Redactor,
    ) -> Self {
        let session = Self {
            kind: HostKind::Plain,
            environment: environment.clone(),
            stdout,
            stderr,
            warnings: Warnings::new(redactor.clone()),
            last_verdict: LastVerdict::default(),
            redactor,
            settings: ReportSettings::default(),
            annotations: Arc::new(Annotations::new(environment)),
            started: Instant::now(),
            is_group_open: Arc::default(),
        };
        session.with(settings)
    }

    /// The same session with other settings.
    pub(super) fn with(&self, settings: &ReportSettings) -> Self {
        let has_terminal = self.environment.get("TERM") != Some("dumb");
        let kind = HostKind::detect(settings.host, &self.environment, io::stderr().is_terminal() && has_terminal);
        let is_colored = |is_terminal: bool| match settings.color {
            ColorRule::Always => true,
            ColorRule::Never => false,
            ColorRule::Auto if self.environment.get("NO_COLOR").is_some() => false,
            ColorRule::Auto => is_terminal || variables::FORCE_COLOR.iter().any(|name| self.environment.is_on(name)),
        };
        let dialect = match kind {
            HostKind::GitHub => Dialect::GitHub,
            HostKind::GitLab => Dialect::GitLab,
            HostKind::Terminal | HostKind::Plain | HostKind::CodeBuild | HostKind::Json => Dialect::Plain,
        };
        let shows_colors = kind.shows_colors() || (has_terminal && io::stderr().is_terminal());
        Self {
            kind,
            stderr: self.stderr.read_as(dialect, is_colored(shows_colors)),
            stdout: self.stdout.read_as(dialect.of_stdout(), is_colored(has_terminal && io::stdout().is_terminal())),
            settings: settings.clone(),
            ..self.clone()
        }
    }

    /// Opens the group of shell assignments, so that a killed run leaves no whole of it; hides secrets; prepares the
    /// files of results; starts the log.
    pub(super) fn open(&self, secrets: impl IntoIterator<Item = Secret>) -> Result<(), Failure> {
        self.hide(secrets);
        if self.settings.form == Form::Sh && !self.is_group_open.swap(true, Ordering::Relaxed) {
            self.stdout.write(shell::OPEN).map_err(|error| stdout_failure(&error))?;
        }
        files::prepare(&self.settings.files)?;
        if self.kind == HostKind::GitHub {
            github::check_outputs(&self.environment)?;
        }
        let is_github_debug =
            self.kind == HostKind::GitHub && self.environment.get(variables::RUNNER_DEBUG) == Some("1");
        if self.settings.debug || is_github_debug {
            log::start(&self.stderr);
        }
        Ok(())
    }

    /// Hides texts from now on, here and in what GitHub shows of later steps.
    pub fn hide(&self, secrets: impl IntoIterator<Item = Secret>) {
        let is_new = |secret: &Secret| !self.redactor.hides(secret);
        let secrets: Vec<_> = secrets.into_iter().filter(is_new).collect();
        // Elsewhere the command would show what it is to hide.
        if self.kind == HostKind::GitHub && self.environment.is_on(variables::GITHUB_ACTIONS) {
            let long = secrets.iter().filter(|secret| secret.expose().len() >= 4);
            long.for_each(|secret| self.stderr.mask(&github::mask(secret)));
        }
        self.redactor.hide(secrets);
    }

    pub fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// The reporter that turns events into words on stderr, and into JSON on stdout if that was asked for.
    pub fn reporter(&self) -> Arc<dyn Reporter> {
        let words: Box<dyn Reporter> = match (self.kind, self.settings.is_quiet) {
            (HostKind::Json, _) => Box::new(JsonReporter(self.stderr.clone())),
            (HostKind::GitHub, _) => Box::new(GitHubReporter {
                text: self.lines(),
                screen: self.stderr.clone(),
                annotations: Arc::clone(&self.annotations),
            }),
            (HostKind::Terminal, _) => Box::new(self.terminal()),
            (HostKind::Plain | HostKind::CodeBuild | HostKind::GitLab, _) => Box::new(self.lines()),
        };
        self.reporter_with(words)
    }

    /// A reporter with other words on stderr.
    pub(super) fn reporter_with(&self, words: Box<dyn Reporter>) -> Arc<dyn Reporter> {
        let kept: [Box<dyn Reporter>; 2] = [Box::new(self.warnings.clone()), Box::new(self.last_verdict.clone())];
        let mut readers: Vec<Box<dyn Reporter>> = kept.into_iter().chain([words]).collect();
        if self.settings.form == Form::Json {
            readers.push(Box::new(JsonReporter(self.stdout.clone())));
        }
        Arc::new(Readers(readers))
    }

    fn terminal(&self) -> TerminalReporter {
        if self.settings.is_quiet {
            return TerminalReporter::quiet(self.stderr.clone());
        }
        let terminal = TerminalReporter::new(self.stderr.clone());
        [&self.stdout, &self.stderr].into_iter().for_each(|screen| screen.draw_below(terminal.drawn()));
        terminal
    }

    fn lines(&self) -> TextReporter {
        match self.settings.is_quiet {
            true => TextReporter::quiet(self.stderr.clone()),
            false => TextReporter::new(self.stderr.clone()),
        }
    }

    /// The reporter of a job worker: the same words, and metrics on stdout.
    pub fn worker_reporter(&self, action_type: String, pool: Option<String>) -> Arc<dyn Reporter> {
        let below = Arc::new(TextReporter::quiet(self.stderr.clone()));
        Arc::new(worker::MetricReporter::new(self.stdout.clone(), worker::Queue { action_type, pool }, below))
    }

    /// Reports warnings that were noticed before there was a reporter.
    pub fn warn(&self, warnings: Vec<Warning>) {
        let reporter = self.reporter();
        warnings.into_iter().for_each(|warning| reporter.report(Event::Warning(warning)));
    }

    /// Writes a failure that does not end the process.
    pub fn fail(&self, failure: &Failure) {
        self.write_failure(failure, None);
    }

    /// On a terminal the cause comes first, then what surrounds it. Logs have that from the event, before the cause.
    fn write_failure(&self, failure: &Failure, verdict: Option<&Verdict>) {
        let text = || failure::render(failure, &self.redactor, self.order());
        match self.kind {
            HostKind::Json => drop(json::write_line(&self.stderr, json::failed(failure, &self.redactor, verdict))),
            HostKind::Terminal => {
                self.stderr.line(&text());
                let surroundings = verdict.filter(|verdict| verdict.is_failed()).map(deploy::end_lines);
                surroundings.iter().flatten().for_each(|line| {
                    self.stderr.line(&line.whole(&|text| words::clean(text, &self.redactor)));
                });
            }
            HostKind::Plain | HostKind::CodeBuild | HostKind::GitHub | HostKind::GitLab => self.stderr.line(&text()),
        }
    }

    fn order(&self) -> Order {
        match self.kind {
            HostKind::Terminal => Order::CauseFirst,
            HostKind::Plain | HostKind::CodeBuild | HostKind::GitHub | HostKind::GitLab | HostKind::Json => {
                Order::CauseLast
            }
        }
    }

    /// Writes a text to stdout, byte for byte: it is the user's own. Forms other than text have no place for it.
    pub fn print(&self, text: &str) -> Result<(), Failure> {
        if self.settings.form != Form::Text {
            return Ok(());
        }
        self.check_commands(text)?;
        let mut stdout = io::stdout().lock();
        stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(|error| stdout_failure(&error))
    }

    /// Prints a table of a run that then fails.
    pub fn print_table(&self, table: &Table) -> Result<(), Failure> {
        self.print_result(std::iter::once(table), &[]).map_err(|error| stdout_failure(&error))
    }

    /// Refuses a result that the runner of GitHub would execute, unless it goes to a file.
    fn check_commands(&self, text: &str) -> Result<(), Failure> {
        if self.kind != HostKind::GitHub || !Dialect::GitHub.has_command(text) || is_file(&io::stdout()) {
            return Ok(());
        }
        let message = "the result has a line that the runner of GitHub would execute as a command";
        Err(Failure::new(FailureKind::Failed, message).with_hint("write it to a file with --output-template-file"))
    }

    /// Writes the end of the run and returns the exit code.
    pub fn end(&self, ended: Result<Report, Failure>) -> u8 {
        let (ended, subject, tables) = match ended {
            Ok(Report { failure: Some(failure), subject, tables, .. }) => (Err(failure), subject, tables),
            Ok(report) => (self.end_well(&report), Vec::new(), Vec::new()),
            Err(failure) => (Err(failure), Vec::new(), Vec::new()),
        };
        let Err(failure) = ended else { return 0 };
        self.end_badly(&failure, &subject, &tables);
        failure.kind.exit_code()
    }

    /// Prints the result and its values for later steps. A command without an outcome, such as help, has none.
    fn end_well(&self, report: &Report) -> Result<(), Failure> {
        for made in report.files.iter().filter(|made| made.path.is_none()) {
            self.print(&made.text)?;
        }
        let tables = report.tables.iter().filter(|table| table.show == Show::Result);
        self.print_result(tables, &report.lines).map_err(|error| stdout_failure(&error))?;
        if report.outcome.summary.is_empty() {
            return Ok(());
        }
        let redact = |text: &String| self.redactor.redact(text);
        let outputs = report.outcome.outputs.iter().map(|(name, value)| (redact(name), redact(value))).collect();
        let outcome = Outcome { summary: redact(&report.outcome.summary), outputs };
        let warnings = self.warnings.findings();
        files::write(&self.settings.files, &outcome.outputs, &warnings, &self.redactor)?;
        let verdict = self.last_verdict.get();
        if self.kind == HostKind::GitHub {
            let outputs = github::outputs(&outcome.outputs);
            github::append(&self.environment, variables::GITHUB_OUTPUT, |_| outputs)?;
            let title = capital(&outcome.summary);
            self.summarize(&title, verdict.as_deref(), &report.subject, &warnings, &report.tables);
        }
        self.write_values(&outcome, verdict.as_deref()).map_err(|error| stdout_failure(&error))?;
        self.write_success(&outcome, verdict.as_deref());
        Ok(())
    }

    fn write_success(&self, outcome: &Outcome, verdict: Option<&Verdict>) {
        // What is still going on has taken no time yet.
        let is_over = verdict.is_none_or(|verdict| verdict.ended != Ended::Detached);
        let elapsed = match self.kind {
            HostKind::Json => return drop(json::write_line(&self.stderr, json::succeeded(outcome, verdict))),
            HostKind::Terminal => Some(self.started.elapsed()),
            HostKind::Plain | HostKind::CodeBuild | HostKind::GitHub | HostKind::GitLab => verdict.map(|it| it.took),
        };
        self.stderr.line(&words::succeeded(outcome, elapsed.filter(|_| is_over)));
    }

    fn print_result<'t>(&self, mut tables: impl Iterator<Item = &'t Table>, lines: &[String]) -> io::Result<()> {
        match self.settings.form {
            Form::Text => {
                tables.try_for_each(|table| self.stdout.try_text(&table::plain(table)))?;
                lines.iter().try_for_each(|line| self.stdout.try_line(line.trim_end_matches('\n')))
            }
            Form::Json => tables
                .flat_map(|table| &table.rows)
                .filter(|row| !row.object.is_null())
                .try_for_each(|row| json::write_line(&self.stdout, row.object.clone())),
            Form::Sh => {
                tables.for_each(|table| drop(self.stderr.try_text(&table::plain(table))));
                Ok(())
            }
        }
    }

    fn write_values(&self, outcome: &Outcome, verdict: Option<&Verdict>) -> io::Result<()> {
        match self.settings.form {
            Form::Text => Ok(()),
            Form::Json => json::write_line(&self.stdout, json::succeeded(outcome, verdict)),
            Form::Sh => self.stdout.write(&(shell::assignments(&outcome.outputs) + shell::CLOSE)),
        }
    }

    /// The last line is the cause.
    fn end_badly(&self, failure: &Failure, subject: &[Cell], tables: &[Table]) {
        let verdict = self.last_verdict.get();
        let verdict = verdict.as_deref();
        let problems = Finding::all(failure, &self.redactor);
        let findings: Vec<Finding> = problems.iter().cloned().chain(self.warnings.findings()).collect();
        // A run that could not write them says so at its end.
        if let Err(error) = files::write_findings(&self.settings.files, &findings, &self.redactor)
            && error != *failure
        {
            self.stderr.line(&failure::render(&error, &self.redactor, self.order()));
        }
        match self.settings.form {
            Form::Text => {}
            Form::Json => drop(json::write_line(&self.stdout, json::failed(failure, &self.redactor, verdict))),
            Form::Sh => {
                let close = if self.is_group_open.load(Ordering::Relaxed) { shell::CLOSE } else { "" };
                let _ = self.stdout.write(&(shell::exit(failure.kind.exit_code()) + close));
            }
        }
        if self.kind == HostKind::GitHub {
            for problem in &problems {
                self.annotations.annotate(problem, &self.stderr);
            }
            let title = match verdict.filter(|verdict| verdict.is_failed()) {
                Some(verdict) => deploy::headline(verdict),
                None => format!("samstep failed (exit code {})", failure.kind.exit_code()),
            };
            self.summarize(&title, verdict, subject, &findings, tables);
        }
        self.write_failure(failure, verdict);
    }

    /// A summary that cannot be written is a warning: the run itself ended as it did.
    fn summarize(
        &self,
        title: &str,
        verdict: Option<&Verdict>,
        subject: &[Cell],
        findings: &[Finding],
        tables: &[Table],
    ) {
        let (annotations, redactor) = (&*self.annotations, &self.redactor);
        let (notes, link) =
            (verdict.map(deploy::page_notes).unwrap_or_default(), verdict.and_then(|it| it.console.as_deref()));
        let notes = &notes[..];
        let summary = github::Summary { title, subject, notes, link, findings, tables, verdict, annotations, redactor };
        let written = github::append(&self.environment, variables::GITHUB_STEP_SUMMARY, |there| summary.text(there));
        if let Err(failure) = written {
            self.stderr.line(&format!("warning: {}", failure.cause()));
        }
    }
}

/// A reader that went away, or a full disk behind a redirection.
fn stdout_failure(error: &io::Error) -> Failure {
    Failure::new(FailureKind::Failed, format!("the result cannot be written to standard output: {error}"))
}

/// Passes each event to several reporters.
struct Readers(Vec<Box<dyn Reporter>>);

impl Reporter for Readers {
    fn report(&self, event: Event) {
        if let Some((last, others)) = self.0.split_last() {
            others.iter().for_each(|reader| reader.report(event.clone()));
            last.report(event);
        }
    }

    fn warnings(&self) -> Vec<Problem> {
        self.0.iter().flat_map(|reader| reader.warnings()).collect()
    }
}

/// Whether a stream is a regular file, which no runner reads.
fn is_file(stream: &impl std::os::fd::AsFd) -> bool {
    rustix::fs::fstat(stream).is_ok_and(|found| rustix::fs::FileType::from_raw_mode(found.st_mode).is_file())
}
