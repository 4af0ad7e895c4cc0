//! Service endpoints: custom ones from flags, variables and the profile, and the default endpoint of S3.

use crate::facts::{Failure, FailureKind, S3Endpoint, check_endpoint, is_confidential};
use aws_config::SdkConfig;
use aws_sdk_s3::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

/// The endpoint rules' name for S3 without a region: `https://s3.amazonaws.com`, signed for us-east-1.
pub const NO_REGION: &str = "aws-global";

/// The ids of the services in use, under which their endpoints are configured.
const SERVICES: [&str; 7] =
    [S3, "CloudFormation", "CloudWatch", "CodeDeploy", "CodePipeline", "ServerlessApplicationRepository", "STS"];
const S3: &str = "S3";
/// The variable for all services; the one for a single service ends in its id.
const VARIABLE: &str = "AWS_ENDPOINT_URL";
/// The same in a profile.
const KEY: &str = "endpoint_url";

/// The custom endpoint of S3: the flag, `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`, or the
/// profile, in the order of the SDK.
pub fn custom(config: &SdkConfig) -> Option<String> {
    let general = config.endpoint_url().map(str::to_owned);
    if config.get_origin("endpoint_url").is_client_config() {
        return general;
    }
    configured_for(config, S3).or(general)
}

/// The endpoint of a service in the environment and the profile, or their endpoint of all services.
fn configured_for(config: &SdkConfig, id: &str) -> Option<String> {
    let key = ServiceConfigKey::builder().service_id(id).env(VARIABLE).profile(KEY).build();
    config.service_config()?.load_config(key.ok()?)
}

/// Ignores empty endpoints, as the AWS CLI does.
pub fn ignore_empty(config: SdkConfig) -> SdkConfig {
    let general = config.endpoint_url().filter(|url| !url.is_empty()).map(str::to_owned);
    let mut builder = config.to_builder().service_config(NonEmpty(config));
    builder.set_endpoint_url(general);
    builder.build()
}

/// A service configuration without empty values.
#[derive(Debug)]
struct NonEmpty(SdkConfig);

impl LoadServiceConfig for NonEmpty {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        self.0.service_config()?.load_config(key).filter(|value| !value.is_empty())
    }
}

/// Checks that custom endpoints are URLs, and that plain HTTP stays in a private network.
pub fn check(config: &SdkConfig) -> Result<(), Failure> {
    let general = config.endpoint_url().map(str::to_owned);
    if config.get_origin(KEY).is_client_config() {
        return general.map_or(Ok(()), |url| check_url("--endpoint-url", &url));
    }
    let specific = SERVICES.iter().map(|id| (Some(*id), configured_for(config, id)));
    let urls = [(None, general)].into_iter().chain(specific).filter_map(|(id, url)| Some((id, url?)));
    urls.into_iter().try_for_each(|(id, url)| check_url(&origin(id, &url), &url))
}

fn check_url(origin: &str, url: &str) -> Result<(), Failure> {
    match (check_endpoint(url), is_confidential(url)) {
        (Err(_), _) => Err(not_a_url(origin, url)),
        (Ok(_), false) => Err(unencrypted(origin, url)),
        (Ok(_), true) => Ok(()),
    }
}

fn unencrypted(origin: &str, url: &str) -> Failure {
    let message = format!("{origin} is {url}, which would carry session tokens without encryption");
    let hint = "use https://; http:// is accepted for this machine and for private networks";
    Failure::new(FailureKind::Usage, message).with_hint(hint)
}

fn not_a_url(origin: &str, url: &str) -> Failure {
    Failure::new(FailureKind::Usage, format!("{origin} is {url:?}, which is not the URL of an endpoint"))
        .with_hint("write it as https://host[:port], or remove it")
}

/// The variable or the key that sets an endpoint.
fn origin(id: Option<&str>, url: &str) -> String {
    let own = id.map(|id| format!("{VARIABLE}_{}", id.to_uppercase()));
    let variable =
        own.into_iter().chain([VARIABLE.to_owned()]).find(|name| std::env::var(name).is_ok_and(|it| it == url));
    variable.unwrap_or_else(|| format!("{KEY} of the profile"))
}

/// The endpoint of S3, from which CloudFormation fetches: the custom one, else AWS's in the partition and region, FIPS and
/// dual-stack as configured.
pub async fn resolve(config: &SdkConfig) -> Result<S3Endpoint, Failure> {
    if let Some(url) = custom(config) {
        return Ok(S3Endpoint::new(&url));
    }
    let params = Params::builder()
        .region(config.region().map_or(NO_REGION, AsRef::as_ref))
        .use_fips(config.use_fips().unwrap_or_default())
        .use_dual_stack(config.use_dual_stack().unwrap_or_default())
        .build()
        .map_err(|error| no_s3_endpoint(&error.to_string()))?;
    let endpoint = DefaultResolver::new().resolve_endpoint(&params).await;
    let endpoint = endpoint.map_err(|error| no_s3_endpoint(&error.to_string()))?;
    Ok(S3Endpoint::new(endpoint.url()))
}

fn no_s3_endpoint(reason: &str) -> Failure {
    Failure::new(FailureKind::Usage, format!("cannot find the S3 endpoint: {reason}"))
}
