//! A page of HTML in place of an answer: a proxy sent it, and the call may not have reached the service.

use aws_sdk_s3::config::interceptors::BeforeDeserializationInterceptorContextRef;
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;

/// An interceptor that refuses a page with a successful status. The SDK takes it for the success of a call whose result
/// is empty, such as ExecuteChangeSet.
#[derive(Debug)]
pub struct NoHtmlPage;

#[derive(Debug, thiserror::Error)]
#[error("the answer is a page of HTML, which AWS does not send")]
struct HtmlPage;

impl Intercept for NoHtmlPage {
    fn name(&self) -> &'static str {
        "no HTML page"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        let kind = response.headers().get("content-type").unwrap_or_default();
        match response.status().is_success() && kind.starts_with("text/html") {
            true => Err(HtmlPage.into()),
            false => Ok(()),
        }
    }
}
