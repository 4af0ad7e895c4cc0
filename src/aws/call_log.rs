//! Logs each attempt of an API call for `--debug`: request line, status, request id. No headers: they carry the signature
//! and the session token.

use aws_sdk_s3::config::interceptors::{
    BeforeDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;
use aws_smithy_types::config_bag::{Storable, StoreReplace};

/// An interceptor that logs each attempt.
#[derive(Debug)]
pub struct CallLog;

/// Kept until the response arrives, because the request is gone by then.
#[derive(Debug)]
struct RequestLine {
    method: String,
    uri: String,
    /// `X-Amz-Target`, which names the operation of the JSON protocols.
    target: Option<String>,
}

impl Storable for RequestLine {
    type Storer = StoreReplace<Self>;
}

impl Intercept for CallLog {
    fn name(&self) -> &'static str {
        "call log"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if tracing::enabled!(tracing::Level::DEBUG) {
            let request = context.request();
            let target = request.headers().get("x-amz-target").map(str::to_owned);
            let line = RequestLine { method: request.method().to_owned(), uri: request.uri().to_owned(), target };
            config.interceptor_state().store_put(line);
        }
        Ok(())
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(RequestLine { method, uri, target }) = config.load::<RequestLine>() {
            let response = context.response();
            let id = ["x-amz-request-id", "x-amzn-requestid"].iter().find_map(|name| response.headers().get(name));
            tracing::debug!(method, uri, target, status = response.status().as_u16(), request_id = id, "response");
        }
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let (None, Some(RequestLine { method, uri, target })) = (context.response(), config.load::<RequestLine>()) {
            tracing::debug!(method, uri, target, "no response");
        }
        Ok(())
    }
}
