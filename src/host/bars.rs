//! Progress bars on a terminal.

use super::screen::Screen;
use super::words::{self, Detail};
use crate::facts::{Event, PackageEvent, Reporter};
use crate::text::human_bytes;
use console::Term;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::fmt::Write;
use std::sync::OnceLock;
use std::time::Duration;

/// The bar takes the width that the rest leaves. On a narrow terminal there is a percentage in place of the numbers.
const READING: &str = "{prefix:>9} {wide_bar} {done} of {all}  {elapsed}";
const UPLOADING: &str = "{prefix:>9} {wide_bar} {done} of {all}  {speed}  {left}";
const NARROW: &str = "{prefix:>9} {wide_bar} {percent:>3}%";
/// Columns below which the numbers leave no room for a bar.
const NARROW_COLUMNS: u16 = 72;
const TICK: Duration = Duration::from_millis(100);

/// Draws a bar for reading and one for uploading below the lines of the log. Bars hold no text of the user's.
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
        let is_narrow = Term::stderr().size().1 < NARROW_COLUMNS;
        let style = style(if is_narrow { NARROW } else { template });
        let bar = self.bars.add(ProgressBar::new(0).with_style(style).with_prefix(prefix));
        bar.enable_steady_tick(TICK);
        bar
    }

    fn reading(&self) -> &ProgressBar {
        self.reading.get_or_init(|| self.bar(READING, "Reading"))
    }

    fn uploading(&self) -> &ProgressBar {
        self.uploading.get_or_init(|| self.bar(UPLOADING, "Uploading"))
    }

    fn draw(&self, event: &PackageEvent) {
        match event {
            PackageEvent::ReadStarted { bytes, .. } => self.reading().set_length(*bytes),
            PackageEvent::ReadAdvanced { bytes } => self.reading().inc(*bytes),
            PackageEvent::ReadFinished => self.reading().finish_and_clear(),
            PackageEvent::UploadStarted { bytes, .. } => self.uploading().inc_length(*bytes),
            PackageEvent::UploadAdvanced { bytes } => self.uploading().inc(*bytes),
            PackageEvent::Discovered { .. } | PackageEvent::Reused { .. } | PackageEvent::UploadFinished { .. } => {}
        }
    }
}

/// A style that writes sizes as the log does.
fn style(template: &str) -> ProgressStyle {
    type Text = fn(&ProgressState) -> String;
    let sizes: [(&str, Text); 5] = [
        ("done", |state| human_bytes(state.pos())),
        ("all", |state| human_bytes(state.len().unwrap_or(0))),
        ("speed", |state| format!("{}/s", human_bytes(state.per_sec() as u64))),
        ("elapsed", |state| format!("{} s", state.elapsed().as_secs())),
        ("left", |state| format!("{} s left", state.eta().as_secs())),
    ];
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let style = sizes.into_iter().fold(style, |style, (key, text)| {
        style.with_key(key, move |state: &ProgressState, to: &mut dyn Write| {
            // Writing to a string cannot fail.
            let _ = to.write_str(&text(state));
        })
    });
    style.progress_chars("=> ")
}

impl Reporter for BarReporter {
    fn report(&self, event: Event) {
        if let Event::Package(event) = &event {
            self.draw(event);
        }
        if let Some(line) = words::lines(&event, Detail::Objects, self.screen.redactor()) {
            self.bars.suspend(|| self.screen.line(&line));
        }
    }
}

impl Drop for BarReporter {
    /// Clears the bars on every way out.
    fn drop(&mut self) {
        for bar in [self.reading.get(), self.uploading.get()].into_iter().flatten() {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{READING, UPLOADING, style};
    use indicatif::{ProgressBar, ProgressDrawTarget, TermLike};
    use std::io;
    use std::sync::{Arc, Mutex};

    /// A terminal that only appends.
    #[derive(Debug, Clone, Default)]
    struct Paper(Arc<Mutex<String>>);

    impl TermLike for Paper {
        fn width(&self) -> u16 {
            80
        }

        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn write_line(&self, text: &str) -> io::Result<()> {
            self.write_str(text)
        }

        fn write_str(&self, text: &str) -> io::Result<()> {
            self.0.lock().unwrap().push_str(text);
            Ok(())
        }

        fn clear_line(&self) -> io::Result<()> {
            Ok(())
        }

        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_bar_has_the_sizes_of_the_lines() {
        for (template, end) in [(READING, "0 B of 5.2 MB  0 s"), (UPLOADING, "0 B of 5.2 MB  0 B/s  0 s left")] {
            let paper = Paper::default();
            let target = ProgressDrawTarget::term_like(Box::new(paper.clone()));
            let bar = ProgressBar::with_draw_target(Some(5_200_000), target).with_style(style(template));
            bar.tick();
            assert_eq!(paper.0.lock().unwrap().trim(), end);
        }
    }
}
