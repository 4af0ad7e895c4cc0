//! A wrong clock. The SDK corrects for it when the error code says so, but a response to `HEAD` has no error code.

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::config::interceptors::InterceptorContext;
use aws_sdk_s3::config::retry::{ClassifyRetry, RetryAction};
use aws_sdk_s3::primitives::{DateTime, DateTimeFormat};
use std::time::{Duration, SystemTime};

/// From this difference on, the SDK treats the clock as wrong.
const SKEW_THRESHOLD: Duration = Duration::from_secs(4 * 60);

/// Retries at the service's time when a 403 without a body has a `Date` far from this machine's clock.
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
    let has_no_body = response.body().bytes().is_none_or(<[u8]>::is_empty);
    let date = response.headers().get("date").and_then(|date| DateTime::from_str(date, DateTimeFormat::HttpDate).ok());
    let difference = date.map(|date| (date.as_secs_f64() - DateTime::from(now).as_secs_f64()).abs());
    response.status().as_u16() == 403
        && has_no_body
        && difference.is_some_and(|seconds| seconds > SKEW_THRESHOLD.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::is_skewed;
    use aws_sdk_s3::config::http::HttpResponse;
    use aws_sdk_s3::primitives::SdkBody;
    use std::time::{Duration, SystemTime};

    #[test]
    fn only_a_403_without_a_body_and_with_a_distant_date_is_retried() {
        let date = "Thu, 01 Jan 1970 01:00:00 GMT";
        let rows = [
            ("an hour behind", 403, date, "", 0, true),
            ("an hour ahead", 403, date, "", 7200, true),
            ("in step", 403, date, "", 3400, false),
            ("with a body", 403, date, "<Error/>", 0, false),
            ("another status", 404, date, "", 0, false),
            ("no date", 403, "", "", 0, false),
        ];
        for (name, status, date, body, now, expected) in rows {
            let mut response = HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body));
            response.headers_mut().insert("date", date);
            let now = SystemTime::UNIX_EPOCH + Duration::from_secs(now);
            assert_eq!(is_skewed(&response, now), expected, "{name}");
        }
    }
}
