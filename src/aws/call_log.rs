//! Each attempt of a call in the log of `--debug`: what was asked of whom, and what came of it. Never a header of a
//! request: those carry the signature and the session.

use aws_sdk_s3::config::interceptors::{
    BeforeDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;
use aws_smithy_types::config_bag::{Storable, StoreReplace};

/// Logs what a client does.
#[derive(Debug)]
pub struct CallLog;

/// What was asked, for when it is answered: the request is gone by then.
#[derive(Debug)]
struct Asked {
    method: String,
    uri: String,
    target: Option<String>,
}

impl Storable for Asked {
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
            let asked = Asked { method: request.method().to_owned(), uri: request.uri().to_owned(), target };
            config.interceptor_state().store_put(asked);
        }
        Ok(())
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(Asked { method, uri, target }) = config.load::<Asked>() {
            let response = context.response();
            let id = ["x-amz-request-id", "x-amzn-requestid"].iter().find_map(|name| response.headers().get(name));
            tracing::debug!(method, uri, target, status = response.status().as_u16(), request_id = id, "answered");
        }
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let (None, Some(Asked { method, uri, target })) = (context.response(), config.load::<Asked>()) {
            tracing::debug!(method, uri, target, "not answered");
        }
        Ok(())
    }
}
