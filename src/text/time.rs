//! Times as people read them.

use crate::facts::Timestamp;
use std::time::Duration;

/// The time of day in UTC: `12:00:05Z`.
pub fn clock(time: Timestamp) -> String {
    let text = time.to_string();
    let of_day = text.split_once('T').map_or(text.as_str(), |(_, of_day)| of_day);
    format!("{}Z", of_day.split('.').next().unwrap_or(of_day))
}

/// `5 s`, `2 min 5 s`, `1 h 2 min`.
pub fn duration(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        seconds => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}

/// As [`duration`], without the unit that is zero: `5 min`.
pub fn short_duration(time: Duration) -> String {
    let text = duration(time);
    let short = text.strip_suffix(" 0 s").or_else(|| text.strip_suffix(" 0 min"));
    short.map_or_else(|| text.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::{clock, duration, short_duration};
    use crate::facts::Timestamp;
    use std::time::Duration;

    #[test]
    fn times_have_the_units_that_matter() {
        let rows = [
            (0, "0 s", "0 s"),
            (59, "59 s", "59 s"),
            (60, "1 min 0 s", "1 min"),
            (3599, "59 min 59 s", "59 min 59 s"),
            (3600, "1 h 0 min", "1 h"),
            (36_000, "10 h 0 min", "10 h"),
        ];
        for (seconds, expected, short) in rows {
            let time = Duration::from_secs(seconds);
            assert_eq!((duration(time).as_str(), short_duration(time).as_str()), (expected, short));
        }
        assert_eq!(clock(Timestamp::from_millis(1_790_000_000_123)), "14:13:20Z");
    }
}
