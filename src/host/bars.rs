//! Bars on a terminal.

use super::screen::Screen;
use super::words::{self, Detail};
use crate::event::{Event, Reporter};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::OnceLock;

const READING: &str = "{prefix:>9} {bar:30} {bytes}/{total_bytes}";
const UPLOADING: &str = "{prefix:>9} {bar:30} {bytes}/{total_bytes}  {bytes_per_sec}";

/// Shows how far reading and uploading have come, with what is said above the bars. Bars hold no text of the user's.
pub struct BarReporter {
    screen: Screen,
    bars: MultiProgress,
    reading: OnceLock<ProgressBar>,
    uploading: OnceLock<ProgressBar>,
}

impl BarReporter {
    /// Bars on stderr, which must be a terminal.
    pub fn new(screen: Screen) -> Self {
        let bars = MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(10));
        Self { screen, bars, reading: OnceLock::new(), uploading: OnceLock::new() }
    }

    fn bar(&self, template: &str, prefix: &'static str) -> ProgressBar {
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        self.bars.add(ProgressBar::new(0).with_style(style.progress_chars("=> ")).with_prefix(prefix))
    }

    fn reading(&self) -> &ProgressBar {
        self.reading.get_or_init(|| self.bar(READING, "Reading"))
    }

    fn uploading(&self) -> &ProgressBar {
        self.uploading.get_or_init(|| self.bar(UPLOADING, "Uploading"))
    }

    fn draw(&self, event: &Event) {
        match event {
            Event::ReadStarted { bytes, .. } => self.reading().set_length(*bytes),
            Event::ReadAdvanced { bytes } => self.reading().inc(*bytes),
            Event::ReadFinished => self.reading().finish_and_clear(),
            Event::UploadStarted { bytes, .. } => self.uploading().inc_length(*bytes),
            Event::UploadAdvanced { bytes } => self.uploading().inc(*bytes),
            Event::Discovered { .. }
            | Event::Reused { .. }
            | Event::UploadFinished { .. }
            | Event::FileWritten { .. }
            | Event::FileRemoved { .. }
            | Event::JobStarted { .. }
            | Event::ArtifactFetched { .. }
            | Event::ArtifactStored { .. }
            | Event::ResultPut { .. }
            | Event::ResultAlreadyPut { .. }
            | Event::ResultDelayed { .. }
            | Event::Worker(_)
            | Event::Warning(_) => {}
        }
    }
}

impl Reporter for BarReporter {
    fn report(&self, event: Event) {
        self.draw(&event);
        if let Some(line) = words::of(&event, Detail::Objects) {
            self.bars.suspend(|| self.screen.line(&line));
        }
    }
}

impl Drop for BarReporter {
    /// Leaves no half-drawn bar behind, whatever way the run ends.
    fn drop(&mut self) {
        for bar in [self.reading.get(), self.uploading.get()].into_iter().flatten() {
            bar.finish_and_clear();
        }
    }
}
