//! The clock of a service that is not right, or is and ours is not.

use aws_sdk_s3::primitives::{DateTime, DateTimeFormat};
use std::time::SystemTime;

/// How far the time of a request may be off, in seconds; AWS allows from 5 to 15 minutes.
const TOLERANCE: f64 = 300.0;

/// A clock that goes so many seconds before ours, or behind.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    pub ahead: f64,
}

impl Clock {
    /// Its time, as in the header `Date`.
    pub fn date(self) -> String {
        DateTime::from_secs_f64(self.now()).fmt(DateTimeFormat::HttpDate).unwrap()
    }

    /// Whether a request with this `x-amz-date` is of another time.
    pub fn disagrees(self, amz_date: &str) -> bool {
        let signed = amz_date.get(..15).map(|text| {
            let (date, time) = text.split_once('T').unwrap();
            let spaced =
                format!("{}-{}-{}T{}:{}:{}Z", &date[..4], &date[4..6], &date[6..], &time[..2], &time[2..4], &time[4..]);
            DateTime::from_str(&spaced, DateTimeFormat::DateTime).unwrap().as_secs_f64()
        });
        signed.is_none_or(|signed| (self.now() - signed).abs() > TOLERANCE)
    }

    fn now(self) -> f64 {
        DateTime::from(SystemTime::now()).as_secs_f64() + self.ahead
    }
}

#[test]
fn a_request_of_another_time_is_noticed() {
    let rows = [(0.0, "20200101T000000Z", true), (0.0, "", true)];
    for (ahead, amz_date, expected) in rows {
        assert_eq!(Clock { ahead }.disagrees(amz_date), expected, "{amz_date}");
    }
    let then = DateTime::from_str("2020-01-01T00:00:00Z", DateTimeFormat::DateTime).unwrap().as_secs_f64();
    let clock = Clock { ahead: then - DateTime::from(SystemTime::now()).as_secs_f64() };
    assert!(clock.date().starts_with("Wed, 01 Jan 2020 00:0"), "{}", clock.date());
    assert!(!clock.disagrees("20200101T000200Z"));
}
