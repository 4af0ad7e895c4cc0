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

#[cfg(test)]
mod tests {
    use super::{clock, duration};
    use crate::facts::Timestamp;
    use std::time::Duration;

    #[test]
    fn times_have_the_units_that_matter() {
        let rows = [(0, "0 s"), (59, "59 s"), (60, "1 min 0 s"), (3599, "59 min 59 s"), (3600, "1 h 0 min")];
        for (seconds, expected) in rows {
            assert_eq!(duration(Duration::from_secs(seconds)), expected);
        }
        assert_eq!(clock(Timestamp::from_millis(1_790_000_000_123)), "14:13:20Z");
    }
}
