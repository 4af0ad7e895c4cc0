//! Times of the SDK.

use crate::facts::Timestamp;
use aws_sdk_codedeploy::primitives::DateTime;

/// A time before 1970 becomes 0.
pub fn timestamp(time: DateTime) -> Timestamp {
    Timestamp::from_millis(time.to_millis().ok().and_then(|millis| u64::try_from(millis).ok()).unwrap_or_default())
}

pub fn date_time(time: Timestamp) -> DateTime {
    DateTime::from_millis(i64::try_from(time.as_millis()).unwrap_or(i64::MAX))
}
