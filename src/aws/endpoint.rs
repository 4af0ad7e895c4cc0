//! Under which URL S3 is reached.

use super::config::ConfigError;
use crate::facts::{S3Endpoint, check_endpoint};
use aws_config::SdkConfig;
use aws_sdk_s3::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

/// What the endpoint rules call S3 without a region: `https://s3.amazonaws.com`, signed for us-east-1.
pub const NO_REGION: &str = "aws-global";

/// The services that are called, by the ids under which their own endpoints are configured.
const SERVICES: [&str; 4] = [S3, "CloudFormation", "CodePipeline", "STS"];
const S3: &str = "S3";
/// The variable of every service's endpoint; that of one service has its id behind it.
const VARIABLE: &str = "AWS_ENDPOINT_URL";
/// The key of a profile for the same.
const KEY: &str = "endpoint_url";

/// The endpoint that the user gave instead of AWS's own: the flag, `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`, or the
/// profile, in the order of the SDK.
pub fn custom(config: &SdkConfig) -> Option<String> {
    let general = config.endpoint_url().map(str::to_owned);
    if config.get_origin("endpoint_url").is_client_config() {
        return general;
    }
    of_service(config, S3).or(general)
}

/// What the environment and the profile say of one service, or of all.
fn of_service(config: &SdkConfig, id: &str) -> Option<String> {
    let key = ServiceConfigKey::builder().service_id(id).env(VARIABLE).profile(KEY).build();
    config.service_config()?.load_config(key.ok()?)
}

/// The same configuration, in which an endpoint that is empty counts as none, as for the AWS CLI.
pub fn without_empty(config: SdkConfig) -> SdkConfig {
    let general = config.endpoint_url().filter(|url| !url.is_empty()).map(str::to_owned);
    let mut builder = config.to_builder().service_config(WithoutEmpty(config));
    builder.set_endpoint_url(general);
    builder.build()
}

/// The configuration of services, as it was loaded.
#[derive(Debug)]
struct WithoutEmpty(SdkConfig);

impl LoadServiceConfig for WithoutEmpty {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        self.0.service_config()?.load_config(key).filter(|value| !value.is_empty())
    }
}

/// Makes sure that the endpoints which the environment and the profile name are URLs.
pub fn check(config: &SdkConfig) -> Result<(), ConfigError> {
    if config.get_origin(KEY).is_client_config() {
        return Ok(());
    }
    let of_services = SERVICES.iter().map(|id| (Some(*id), of_service(config, id)));
    let urls = [(None, config.endpoint_url().map(str::to_owned))].into_iter().chain(of_services);
    let wrong = urls.filter_map(|(id, url)| Some((id, url?))).find(|(_, url)| check_endpoint(url).is_err());
    wrong.map_or(Ok(()), |(id, url)| Err(ConfigError::EndpointUrl { origin: origin(id, &url), url }))
}

/// Who named an endpoint.
fn origin(id: Option<&str>, url: &str) -> String {
    let own = id.map(|id| format!("{VARIABLE}_{}", id.to_uppercase()));
    let variable =
        own.into_iter().chain([VARIABLE.to_owned()]).find(|name| std::env::var(name).is_ok_and(|it| it == url));
    variable.unwrap_or_else(|| format!("{KEY} of the profile"))
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
