//! Settings → the configuration of every client. Reads files and the environment, not the network.

use super::credentials::checked;
use super::role::assume;
use super::{endpoint, http};
use crate::facts::{Failure, FailureKind};
use crate::settings::AwsSettings;
use aws_config::ecs::EcsCredentialsProvider;
use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::meta::region::{ProvideRegion, RegionProviderChain};
use aws_config::profile::{self, ProfileFileCredentialsProvider, ProfileFileRegionProvider};
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::web_identity_token::WebIdentityTokenCredentialsProvider;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_types::os_shim_internal::{Env, Fs};
use aws_types::sdk_config::SharedHttpClient;
use std::collections::BTreeSet;
use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

/// Attempts of one call, unless the environment or the profile sets them.
const ATTEMPTS: u32 = 5;
/// A slow runner may pause an upload for this long.
const STALL_GRACE: Duration = Duration::from_secs(60);
/// A variable of the AWS CLI that the SDK does not read.
const CA_BUNDLE: &str = "AWS_CA_BUNDLE";

/// Loads the configuration, with the credentials of the role that the settings name.
pub async fn load(settings: &AwsSettings) -> Result<SdkConfig, Failure> {
    Ok(with_role(load_own(settings).await?, settings).await)
}

/// The configuration with the credentials of the role that the settings name, if they name one.
pub async fn with_role(config: SdkConfig, settings: &AwsSettings) -> SdkConfig {
    match &settings.role_arn {
        Some(role) => assume(config, role, settings).await,
        None => config,
    }
}

/// Loads the configuration with the credentials that assume the role: settings first, then the environment, then the
/// profile.
///
/// The first call that needs credentials fetches them; they are renewed before they expire. Proxies come from
/// `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`. The instance metadata service is not asked for the region.
pub async fn load_own(settings: &AwsSettings) -> Result<SdkConfig, Failure> {
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .region(region(settings))
        .timeout_config(timeouts(settings))
        .stalled_stream_protection(StalledStreamProtectionConfig::enabled().grace_period(STALL_GRACE).build());
    if let Some(url) = &settings.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    let http = http::client(ca_bundle(settings).as_deref())?;
    if let Some(profile) = &settings.profile {
        check_profile(profile).await?;
        let credentials = profile_credentials(profile, region(settings).region().await, http.clone());
        loader = loader.profile_name(profile).credentials_provider(credentials);
    }
    loader = loader.http_client(http);
    let config = checked(endpoint::ignore_empty(more_attempts(loader.load().await)));
    endpoint::check(&config)?;
    Ok(config)
}

/// The file of certificates to trust instead of the system's.
pub fn ca_bundle(settings: &AwsSettings) -> Option<PathBuf> {
    let bundle = settings.ca_bundle.clone().or_else(|| std::env::var_os(CA_BUNDLE).map(PathBuf::from));
    bundle.filter(|bundle| !bundle.as_os_str().is_empty())
}

/// The SDK's credential providers except the environment: a profile that was named takes precedence over keys there.
fn profile_credentials(profile: &str, region: Option<Region>, http: SharedHttpClient) -> CredentialsProviderChain {
    let config = ProviderConfig::without_region().with_region(region).with_http_client(http);
    let profile_file = ProfileFileCredentialsProvider::builder().profile_name(profile).configure(&config).build();
    let web_identity = WebIdentityTokenCredentialsProvider::builder().configure(&config).build();
    let container = EcsCredentialsProvider::builder().configure(&config).build();
    let instance = ImdsCredentialsProvider::builder().configure(&config).build();
    CredentialsProviderChain::first_try("Profile", profile_file)
        .or_else("WebIdentityToken", web_identity)
        .or_else("EcsContainer", container)
        .or_else("Ec2InstanceMetadata", instance)
}

async fn check_profile(name: &str) -> Result<(), Failure> {
    let loaded = profile::load(&Fs::real(), &Env::real(), &Default::default(), Some(name.to_owned().into())).await;
    let profiles = loaded.map_err(|error| unreadable_profiles(&error))?;
    match profiles.get_profile(name) {
        Some(_) => Ok(()),
        None => {
            let known = profiles.profiles().filter(|known| !known.is_empty()).collect();
            Err(unknown_profile(name, &known))
        }
    }
}

fn region(settings: &AwsSettings) -> impl ProvideRegion + 'static {
    let mut profile = ProfileFileRegionProvider::builder();
    if let Some(name) = &settings.profile {
        profile = profile.profile_name(name);
    }
    RegionProviderChain::first_try(settings.region.clone().map(Region::new))
        .or_else(EnvironmentVariableRegionProvider::new())
        .or_else(profile.build())
}

fn timeouts(settings: &AwsSettings) -> TimeoutConfig {
    let mut timeouts = TimeoutConfig::builder();
    timeouts.set_connect_timeout(settings.connect_timeout);
    timeouts.set_read_timeout(settings.read_timeout);
    timeouts.build()
}

/// Raises the SDK's default number of attempts, unless `AWS_MAX_ATTEMPTS` or the profile sets it.
fn more_attempts(config: SdkConfig) -> SdkConfig {
    let is_default = config.retry_config().is_none_or(|it| it.max_attempts() == RetryConfig::standard().max_attempts());
    if !is_default || std::env::var_os("AWS_MAX_ATTEMPTS").is_some() {
        return config;
    }
    let retry = config.retry_config().cloned().unwrap_or_else(RetryConfig::standard).with_max_attempts(ATTEMPTS);
    config.into_builder().retry_config(retry).build()
}

fn unreadable_profiles(error: &dyn Error) -> Failure {
    Failure::new(FailureKind::Usage, "cannot read the AWS profiles").because(error)
}

fn unknown_profile(name: &str, known: &BTreeSet<&str>) -> Failure {
    let hint = match known.is_empty() {
        true => "there are no profiles".to_owned(),
        false => format!("there are: {}", known.iter().copied().collect::<Vec<_>>().join(", ")),
    };
    let message = format!("there is no profile {name} in ~/.aws/config or ~/.aws/credentials");
    Failure::new(FailureKind::Usage, message).with_hint(hint)
}
