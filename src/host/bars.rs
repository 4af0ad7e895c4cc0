//! Progress bars on a terminal.

use crate::facts::PackageEvent;
use crate::text::{duration, human_bytes};
use console::Term;
use indicatif::{MultiProgress, ProgressBar, ProgressState, ProgressStyle};
use std::fmt::Write;
use std::sync::OnceLock;
use std::time::Duration;

/// The bar takes the width that the rest leaves. On a narrow terminal there is a percentage in place of the numbers.
/// The spinner and the time move while a bar stands still: a part of an upload counts when the service has all of it.
const READING: &str = "{spinner} {prefix:>9} {wide_bar} {done} of {all}  {time}";
const UPLOADING: &str = "{spinner} {prefix:>9} {wide_bar} {done} of {all}  {pace}";
const NARROW: &str = "{spinner} {prefix:>9} {wide_bar} {percent:>3}%  {time}";
/// Columns below which the numbers leave no room for a bar.
const NARROW_COLUMNS: u16 = 72;
/// Between two drawings of what moves.
pub const TICK: Duration = Duration::from_millis(100);
/// The letters of a spinner; the last one is shown at its end.
pub const SPINNER: &str = r"|/-\ ";

/// A bar for reading and one for uploading. Bars hold no text of the user's.
pub struct Bars {
    drawn: MultiProgress,
    reading: OnceLock<ProgressBar>,
    uploading: OnceLock<ProgressBar>,
}

impl Bars {
    /// Bars on what else is drawn.
    pub fn new(drawn: MultiProgress) -> Self {
        Self { drawn, reading: OnceLock::new(), uploading: OnceLock::new() }
    }

    fn bar(&self, template: &str, prefix: &'static str) -> ProgressBar {
        let is_narrow = Term::stderr().size().1 < NARROW_COLUMNS;
        let style = style(if is_narrow { NARROW } else { template });
        let bar = self.drawn.add(ProgressBar::new(0).with_style(style).with_prefix(prefix));
        bar.enable_steady_tick(TICK);
        bar
    }

    fn reading(&self) -> &ProgressBar {
        self.reading.get_or_init(|| self.bar(READING, "Reading"))
    }

    fn uploading(&self) -> &ProgressBar {
        self.uploading.get_or_init(|| self.bar(UPLOADING, "Uploading"))
    }

    /// Ends the bars: something else goes on.
    pub fn clear(&self) {
        for bar in [self.reading.get(), self.uploading.get()].into_iter().flatten() {
            bar.finish_and_clear();
        }
    }

    /// Draws what an event says.
    pub fn draw(&self, event: &PackageEvent) {
        match event {
            PackageEvent::ReadStarted { bytes, .. } => self.reading().set_length(*bytes),
            PackageEvent::ReadAdvanced { bytes } => self.reading().inc(*bytes),
            PackageEvent::ReadFinished => self.reading().finish_and_clear(),
            PackageEvent::UploadStarted { bytes, .. } => self.uploading().inc_length(*bytes),
            PackageEvent::UploadAdvanced { bytes } => self.uploading().inc(*bytes),
            PackageEvent::Discovered { .. }
            | PackageEvent::CreatingBucket { .. }
            | PackageEvent::Reused { .. }
            | PackageEvent::UploadFinished { .. } => {}
        }
    }
}

/// A style that writes sizes as the log does.
fn style(template: &str) -> ProgressStyle {
    type Text = fn(&ProgressState) -> String;
    let sizes: [(&str, Text); 4] = [
        ("done", |state| human_bytes(state.pos())),
        ("all", |state| human_bytes(state.len().unwrap_or(0))),
        ("time", |state| duration(state.elapsed())),
        ("pace", pace),
    ];
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let style = sizes.into_iter().fold(style, |style, (key, text)| {
        style.with_key(key, move |state: &ProgressState, to: &mut dyn Write| {
            // Writing to a string cannot fail.
            let _ = to.write_str(&text(state));
        })
    });
    style.progress_chars("=> ").tick_chars(SPINNER)
}

/// Speed and time left, as soon as there is something to estimate them from.
fn pace(state: &ProgressState) -> String {
    match state.pos() {
        0 => duration(state.elapsed()),
        _ => format!("{}/s  {} left", human_bytes(state.per_sec() as u64), duration(state.eta())),
    }
}

impl Drop for Bars {
    /// Clears the bars on every way out.
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::{NARROW, READING, UPLOADING, style};
    use crate::host::tests::Paper;
    use indicatif::ProgressBar;
    use std::time::Duration;

    #[test]
    fn a_bar_has_the_sizes_of_the_lines_and_a_spinner_that_moves() {
        let rows = [
            (READING, 60, "Reading                               0 B of 5.2 MB  0 s"),
            (UPLOADING, 60, "Reading                               0 B of 5.2 MB  0 s"),
            (NARROW, 40, "Reading                      0%  0 s"),
        ];
        for (template, width, expected) in rows {
            let paper = Paper::new(width);
            let bar = ProgressBar::with_draw_target(Some(5_200_000), paper.target()).with_style(style(template));
            let bar = bar.with_prefix("Reading");
            let drawn = [(); 2].map(|()| {
                bar.tick();
                paper.take()
            });
            assert_eq!(drawn.map(|line| line.trim_start_matches(['|', '/', '-', '\\', ' ']).to_owned()), [expected; 2]);
        }
    }

    #[test]
    fn speed_and_time_left_are_shown_once_they_are_known() {
        let paper = Paper::new(80);
        let bar = ProgressBar::with_draw_target(Some(1000), paper.target()).with_style(style(UPLOADING));
        bar.set_elapsed(Duration::from_secs(75));
        bar.tick();
        assert!(paper.take().ends_with("0 B of 1.0 kB  1 min 15 s"));
        bar.set_position(500);
        bar.tick();
        let drawn = paper.take();
        assert!(drawn.contains("500 B of 1.0 kB  ") && drawn.ends_with(" left"), "{drawn}");
    }
}
