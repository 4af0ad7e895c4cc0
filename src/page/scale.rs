//! The time axis of a chart: times become percent of its width.

use super::html::Html;
use crate::facts::Timestamp;
use crate::text::short_duration;
use std::time::Duration;

/// Seconds between two ticks that people read easily.
const STEPS: [u64; 19] =
    [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 604_800];
/// Ticks beside the one at 0. A narrow screen shows the label of every second one.
const MOST_TICKS: u64 = 6;
/// A label that begins here would leave the chart.
const LAST_LABEL_PERCENT: f64 = 93.0;
/// The narrowest bar that can be seen.
const NARROWEST_PERCENT: f64 = 0.25;

/// A range of time.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    from: Timestamp,
    length: Duration,
}

impl Scale {
    /// Of at least a second.
    pub fn new(from: Timestamp, to: Timestamp) -> Self {
        Self { from, length: to.since(from).max(Duration::from_secs(1)) }
    }

    /// Where a time is, in percent of the width.
    pub fn at(&self, time: Timestamp) -> f64 {
        (self.share(time.since(self.from)) * 100.0).min(100.0)
    }

    /// Where a bar begins and how wide it is, in percent of the width.
    pub fn bar(&self, from: Timestamp, to: Timestamp) -> (f64, f64) {
        let (from, to) = (self.at(from), self.at(to));
        let width = (to - from).max(NARROWEST_PERCENT);
        (from.min(100.0 - width), width)
    }

    fn share(&self, time: Duration) -> f64 {
        time.as_secs_f64() / self.length.as_secs_f64()
    }

    /// The time between two ticks.
    pub fn step(&self) -> Duration {
        let is_enough = |step: &&u64| self.length <= Duration::from_secs(**step * MOST_TICKS);
        Duration::from_secs(*STEPS.iter().find(is_enough).unwrap_or(&STEPS[STEPS.len() - 1]))
    }

    /// The distance of two ticks in percent of the width.
    pub fn step_percent(&self) -> f64 {
        self.share(self.step()) * 100.0
    }

    /// Writes the labels of the ticks, as the first row of a chart.
    pub fn write_axis(&self, page: &mut Html<'_>) {
        page.raw("<div class=\"row axis\" aria-hidden=\"true\"><span class=\"n\"></span><svg class=\"bar\">");
        for tick in 0..=MOST_TICKS {
            let time = self.step() * u32::try_from(tick).unwrap_or_default();
            let percent = self.share(time) * 100.0;
            if percent > LAST_LABEL_PERCENT {
                break;
            }
            page.raw("<text y=\"12\" x=\"").percent(percent).raw(if tick == 0 { "\">" } else { "\" class=\"mid\">" });
            page.text(&label(time)).raw("</text>");
        }
        page.raw("</svg><span class=\"d\"></span></div>");
    }
}

/// A round time without the unit that is zero: `5 min`.
fn label(time: Duration) -> String {
    if time.is_zero() { "0".to_owned() } else { short_duration(time) }
}

#[cfg(test)]
mod tests {
    use super::{Scale, label};
    use crate::facts::Timestamp;
    use std::time::Duration;

    fn scale(seconds: u64) -> Scale {
        Scale::new(Timestamp::from_millis(5000), Timestamp::from_millis(5000 + 1000 * seconds))
    }

    #[test]
    fn times_become_percent_and_short_bars_stay_visible() {
        let scale = scale(10);
        let at = |seconds: u64| scale.at(Timestamp::from_millis(5000 + 1000 * seconds));
        assert_eq!((at(0), at(5), at(10), at(99)), (0.0, 50.0, 100.0, 100.0));
        let bar = |from, to| scale.bar(Timestamp::from_millis(from), Timestamp::from_millis(to));
        assert_eq!((bar(5000, 10_000), bar(15_000, 15_000)), ((0.0, 50.0), (99.75, 0.25)));
    }

    #[test]
    fn an_axis_has_few_ticks_at_round_times() {
        for (length, step, shown) in
            [(0, 1, "1 s"), (5, 1, "1 s"), (61, 15, "15 s"), (601, 120, "2 min"), (5400, 900, "15 min")]
        {
            let step = Duration::from_secs(step);
            assert_eq!((scale(length).step(), label(step).as_str()), (step, shown), "{length}");
        }
        assert_eq!(label(Duration::ZERO), "0");
    }
}
