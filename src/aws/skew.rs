//! A clock that is wrong. The SDK goes by the clock of the service once an error's code tells it so, and the answer to
//! `HEAD` has no code.

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::config::interceptors::InterceptorContext;
use aws_sdk_s3::config::retry::{ClassifyRetry, RetryAction};
use aws_sdk_s3::primitives::{DateTime, DateTimeFormat};
use std::time::{Duration, SystemTime};

/// What the SDK takes for a wrong clock.
const SKEWED: Duration = Duration::from_secs(4 * 60);

/// One more attempt, at the service's time, when a refusal without words comes from another time.
#[derive(Debug)]
pub struct RetrySkewed;

impl ClassifyRetry for RetrySkewed {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        match context.response().is_some_and(|response| is_skewed(response, SystemTime::now())) {
            true => RetryAction::transient_error(),
            false => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "wrong clock"
    }
}

fn is_skewed(response: &HttpResponse, now: SystemTime) -> bool {
    let is_silent = response.body().bytes().is_none_or(<[u8]>::is_empty);
    let date = response.headers().get("date").and_then(|date| DateTime::from_str(date, DateTimeFormat::HttpDate).ok());
    let apart = date.map(|date| (date.as_secs_f64() - DateTime::from(now).as_secs_f64()).abs());
    response.status().as_u16() == 403 && is_silent && apart.is_some_and(|apart| apart > SKEWED.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::is_skewed;
    use aws_sdk_s3::config::http::HttpResponse;
    use aws_sdk_s3::primitives::SdkBody;
    use std::time::{Duration, SystemTime};

    #[test]
    fn only_a_refusal_without_words_and_of_another_time_is_asked_again() {
        let date = "Thu, 01 Jan 1970 01:00:00 GMT";
        let rows = [
            ("an hour behind", 403, date, "", 0, true),
            ("an hour ahead", 403, date, "", 7200, true),
            ("in time", 403, date, "", 3400, false),
            ("with words", 403, date, "<Error/>", 0, false),
            ("no refusal", 404, date, "", 0, false),
            ("no time", 403, "", "", 0, false),
        ];
        for (name, status, date, body, now, expected) in rows {
            let mut response = HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body));
            response.headers_mut().insert("date", date);
            let now = SystemTime::UNIX_EPOCH + Duration::from_secs(now);
            assert_eq!(is_skewed(&response, now), expected, "{name}");
        }
    }
}
