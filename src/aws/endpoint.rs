//! Under which URL S3 is reached.

use super::config::ConfigError;
use crate::s3_location::S3Endpoint;
use aws_config::SdkConfig;
use aws_sdk_s3::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};
use aws_types::service_config::ServiceConfigKey;

/// What the endpoint rules call S3 without a region: `https://s3.amazonaws.com`, signed for us-east-1.
pub const NO_REGION: &str = "aws-global";

/// The endpoint that the user gave instead of AWS's own: the flag, `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`, or the
/// profile, in the order of the SDK.
pub fn custom(config: &SdkConfig) -> Option<String> {
    let general = config.endpoint_url().map(str::to_owned);
    if config.get_origin("endpoint_url").is_client_config() {
        return general;
    }
    let key = ServiceConfigKey::builder().service_id("S3").env("AWS_ENDPOINT_URL").profile("endpoint_url").build();
    let specific = key.ok().and_then(|key| config.service_config()?.load_config(key));
    specific.or(general)
}

/// The base of the URLs under which CloudFormation fetches: a custom endpoint as it is, otherwise AWS's own in the
/// partition and region, FIPS and dual-stack as configured.
pub async fn resolve(config: &SdkConfig) -> Result<S3Endpoint, ConfigError> {
    if let Some(url) = custom(config) {
        return Ok(S3Endpoint::new(&url));
    }
    let params = Params::builder()
        .region(config.region().map_or(NO_REGION, AsRef::as_ref))
        .use_fips(config.use_fips().unwrap_or_default())
        .use_dual_stack(config.use_dual_stack().unwrap_or_default())
        .build()
        .map_err(|error| ConfigError::Endpoint { reason: error.to_string() })?;
    let endpoint = DefaultResolver::new().resolve_endpoint(&params).await;
    let endpoint = endpoint.map_err(|error| ConfigError::Endpoint { reason: error.to_string() })?;
    Ok(S3Endpoint::new(endpoint.url()))
}
