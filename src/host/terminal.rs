//! A terminal: the lines of the log, and below them what goes on at this moment.

use super::bars::{Bars, SPINNER, TICK};
use super::deploy::{self, Live};
use super::screen::Screen;
use super::width::{columns, shorten};
use super::words::{self, Detail, clean};
use crate::facts::{DeployEvent, Event, PackageEvent, Redactor, Reporter, RowOutcome, Timestamp};
use crate::text::human_bytes;
use console::Term;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::fmt::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// Columns of the spinner.
const SPINNER_COLUMNS: usize = 2;

/// Writes lines, and draws bars and open resources below them.
pub struct TerminalReporter {
    screen: Screen,
    detail: Detail,
    /// Rows and columns.
    size: Arc<dyn Fn() -> (u16, u16) + Send + Sync>,
    drawn: MultiProgress,
    bars: Bars,
    live: Arc<Mutex<Live>>,
    /// Draws `live` while it is active.
    region: Mutex<Option<ProgressBar>>,
}

impl TerminalReporter {
    /// Draws on stderr, if that is a terminal.
    pub fn new(screen: Screen) -> Self {
        Self::on(ProgressDrawTarget::stderr_with_hz(10), Detail::Objects, || Term::stderr().size(), screen)
    }

    /// Draws nothing, and writes no line for an object.
    pub fn quiet(screen: Screen) -> Self {
        Self::on(ProgressDrawTarget::hidden(), Detail::Quiet, || Term::stderr().size(), screen)
    }

    pub(super) fn on(
        target: ProgressDrawTarget,
        detail: Detail,
        size: impl Fn() -> (u16, u16) + Send + Sync + 'static,
        screen: Screen,
    ) -> Self {
        let drawn = MultiProgress::with_draw_target(target);
        let bars = Bars::new(drawn.clone());
        let size = Arc::new(size);
        Self { screen, detail, size, drawn, bars, live: Arc::default(), region: Mutex::default() }
    }

    /// What is drawn: it has to be cleared before anything else is written.
    pub fn drawn(&self) -> MultiProgress {
        self.drawn.clone()
    }

    fn note(&self, event: &DeployEvent) {
        self.bars.clear();
        let is_active = {
            let mut live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
            live.note(event, Timestamp::now());
            live.is_active()
        };
        let mut region = self.region.lock().unwrap_or_else(PoisonError::into_inner);
        if is_active {
            region.get_or_insert_with(|| self.start());
        } else if let Some(bar) = region.take() {
            bar.finish_and_clear();
        }
    }

    fn start(&self) -> ProgressBar {
        let bar = self.drawn.add(ProgressBar::new_spinner().with_style(self.style()));
        bar.enable_steady_tick(TICK);
        bar
    }

    fn style(&self) -> ProgressStyle {
        let (live, size) = (Arc::clone(&self.live), Arc::clone(&self.size));
        let redactor = self.screen.redactor().clone();
        let style =
            ProgressStyle::with_template("{spinner} {region}").unwrap_or_else(|_| ProgressStyle::default_spinner());
        style.tick_chars(SPINNER).with_key("region", move |_: &ProgressState, to: &mut dyn Write| {
            let (rows, width) = size();
            let room = usize::from(width).saturating_sub(SPINNER_COLUMNS);
            let lines = live.lock().unwrap_or_else(PoisonError::into_inner).lines(
                Timestamp::now(),
                (usize::from(rows), room),
                &|text| clean(text, &redactor),
            );
            // Writing to a string cannot fail.
            let _ = to.write_str(&lines.join("\n  "));
        })
    }

    /// Draws what has changed without waiting for the next tick.
    #[cfg(test)]
    pub(super) fn redraw(&self) {
        self.region.lock().unwrap_or_else(PoisonError::into_inner).iter().for_each(ProgressBar::force_draw);
    }

    fn line(&self, event: &Event) -> Option<String> {
        let width = if self.drawn.is_hidden() { usize::MAX } else { usize::from((self.size)().1) };
        let redactor = self.screen.redactor();
        match event {
            Event::Deploy(event) => self.deploy_lines(event, width),
            Event::Package(PackageEvent::UploadStarted { source, bytes, resource, .. }) => {
                let whole = words::lines(event, self.detail, redactor)?;
                let upload = Upload { source, bytes: *bytes, resource: resource.as_deref() };
                Some(if columns(&whole) <= width { whole } else { upload.line(width, redactor) })
            }
            Event::Package(_)
            | Event::Publish(_)
            | Event::File(_)
            | Event::Job(_)
            | Event::Worker(_)
            | Event::Warning(_) => words::lines(event, self.detail, redactor),
        }
    }

    fn deploy_lines(&self, event: &DeployEvent, width: usize) -> Option<String> {
        // What surrounds a failure follows its cause.
        let is_later = matches!(event, DeployEvent::Ended(verdict) if verdict.is_failed());
        if is_later || is_only_drawn(event) && !self.drawn.is_hidden() {
            return None;
        }
        let clean = |text: &str| clean(text, self.screen.redactor());
        let lines: Vec<_> = deploy::lines(event).iter().map(|line| line.folded(&clean, width)).collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    }
}

/// Whether the region shows all of an event.
fn is_only_drawn(event: &DeployEvent) -> bool {
    match event {
        DeployEvent::Row(row) => row.outcome == RowOutcome::Started && !deploy::is_of_stack(row),
        DeployEvent::ChangeSetCreated { .. } | DeployEvent::ExecutionStarted { .. } | DeployEvent::StillRunning(_) => {
            true
        }
        DeployEvent::StackBusy { .. }
        | DeployEvent::ReplacingStack { .. }
        | DeployEvent::RollingBack { .. }
        | DeployEvent::Planned { .. }
        | DeployEvent::TrafficShift(_)
        | DeployEvent::NothingShifts { .. }
        | DeployEvent::DetailMissing { .. }
        | DeployEvent::WatchDelayed { .. }
        | DeployEvent::Ended(_) => false,
    }
}

/// An upload in fewer columns than in a log.
struct Upload<'a> {
    source: &'a Path,
    bytes: u64,
    resource: Option<&'a str>,
}

impl Upload<'_> {
    /// Without the key, then without the resource, then with the middle of the path left out.
    fn line(&self, width: usize, redactor: &Redactor) -> String {
        let source = clean(&self.source.display().to_string(), redactor);
        let size = format!("  ({})", human_bytes(self.bytes));
        let resource = self.resource.map(|resource| format!(" for {}", clean(resource, redactor))).unwrap_or_default();
        let with_resource = format!("Uploading {source}{resource}{size}");
        if columns(&with_resource) <= width {
            return with_resource;
        }
        let room = width.saturating_sub("Uploading ".len() + columns(&size));
        format!("Uploading {}{size}", shorten(&source, room))
    }
}

impl Reporter for TerminalReporter {
    fn report(&self, event: Event) {
        match &event {
            Event::Package(event) => self.bars.draw(event),
            Event::Deploy(event) => self.note(event),
            Event::Publish(_) | Event::File(_) | Event::Job(_) | Event::Worker(_) | Event::Warning(_) => {}
        }
        if let Some(line) = self.line(&event) {
            self.screen.line(&line);
        }
    }
}

impl Drop for TerminalReporter {
    /// Clears what is drawn on every way out.
    fn drop(&mut self) {
        if let Some(bar) = self.region.get_mut().unwrap_or_else(PoisonError::into_inner).take() {
            bar.finish_and_clear();
        }
    }
}
