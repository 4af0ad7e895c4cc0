//! Settings → what every client is made of. Reads files and the environment, never the network.

use super::{endpoint, http};
use crate::facts::{Explain, FailureKind};
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
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::web_identity_token::WebIdentityTokenCredentialsProvider;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_types::os_shim_internal::{Env, Fs};
use aws_types::sdk_config::SharedHttpClient;
use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// Attempts of one call, where the environment and the profile do not say.
const ATTEMPTS: u32 = 5;
/// A slow runner may be silent for this long in the middle of an upload.
const STALL_GRACE: Duration = Duration::from_secs(60);
/// A file of certificates, as the AWS CLI knows it and the SDK does not.
const CA_BUNDLE: &str = "AWS_CA_BUNDLE";
/// The name of an assumed role's session where the settings give none.
const ROLE_SESSION: &str = "samstep";

/// Why no client can be made.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The certificates cannot be read.
    #[error("cannot read the CA bundle {}", .path.display())]
    CaBundle {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// The file has no certificate in it.
    #[error("cannot use the CA bundle {}: it holds no PEM certificate", .path.display())]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// The files of profiles cannot be read.
    #[error("cannot read the profiles of AWS")]
    Profiles(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// No profile has the name.
    #[error("there is no profile {name} in ~/.aws/config or ~/.aws/credentials")]
    NoProfile {
        /// The name.
        name: String,
        /// The profiles that are there.
        known: BTreeSet<String>,
    },
    /// A variable or a profile names something else than a URL as the endpoint.
    #[error("{origin} is {url:?}, which is no URL of an endpoint")]
    EndpointUrl {
        /// Who names it.
        origin: String,
        /// What it names.
        url: String,
    },
    /// The region has no such endpoint.
    #[error("cannot find the S3 endpoint: {reason}")]
    Endpoint {
        /// Why not.
        reason: String,
    },
}

impl Explain for ConfigError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::CaBundle { .. }
            | Self::NoCertificate { .. }
            | Self::Profiles(_)
            | Self::NoProfile { .. }
            | Self::EndpointUrl { .. }
            | Self::Endpoint { .. } => FailureKind::Usage,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NoProfile { known, .. } if known.is_empty() => Some("there is none at all".to_owned()),
            Self::NoProfile { known, .. } => {
                Some(format!("there are: {}", known.iter().cloned().collect::<Vec<_>>().join(", ")))
            }
            Self::EndpointUrl { .. } => Some("write it as https://host[:port], or take it away".to_owned()),
            Self::CaBundle { .. } | Self::NoCertificate { .. } | Self::Profiles(_) | Self::Endpoint { .. } => None,
        }
    }
}

/// Loads the configuration: settings first, then the environment, then the profile.
///
/// Credentials are fetched by the first call that needs them and renewed before they expire. Proxies are those of
/// `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`. The region of the instance is not asked for.
pub async fn load(settings: &AwsSettings) -> Result<SdkConfig, ConfigError> {
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .region(region(settings))
        .timeout_config(timeouts(settings))
        .stalled_stream_protection(StalledStreamProtectionConfig::enabled().grace_period(STALL_GRACE).build());
    if let Some(url) = &settings.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    let bundle = settings.ca_bundle.clone().or_else(|| std::env::var_os(CA_BUNDLE).map(PathBuf::from));
    let bundle = bundle.filter(|bundle| !bundle.as_os_str().is_empty());
    let http = http::client(bundle.as_deref())?;
    if let Some(profile) = &settings.profile {
        check_profile(profile).await?;
        let credentials = credentials_of(profile, region(settings).region().await, http.clone());
        loader = loader.profile_name(profile).credentials_provider(credentials);
    }
    loader = loader.http_client(http);
    let config = endpoint::without_empty(more_attempts(loader.load().await));
    endpoint::check(&config)?;
    Ok(match &settings.role_arn {
        Some(role) => assume(config, role, settings).await,
        None => config,
    })
}

/// The SDK's sources of credentials but for the environment: keys there are not those of a profile that somebody named.
fn credentials_of(profile: &str, region: Option<Region>, http: SharedHttpClient) -> CredentialsProviderChain {
    let config = ProviderConfig::without_region().with_region(region).with_http_client(http);
    let of_profile = ProfileFileCredentialsProvider::builder().profile_name(profile).configure(&config).build();
    let of_token = WebIdentityTokenCredentialsProvider::builder().configure(&config).build();
    let of_container = EcsCredentialsProvider::builder().configure(&config).build();
    let of_instance = ImdsCredentialsProvider::builder().configure(&config).build();
    CredentialsProviderChain::first_try("Profile", of_profile)
        .or_else("WebIdentityToken", of_token)
        .or_else("EcsContainer", of_container)
        .or_else("Ec2InstanceMetadata", of_instance)
}

async fn check_profile(name: &str) -> Result<(), ConfigError> {
    let loaded = profile::load(&Fs::real(), &Env::real(), &Default::default(), Some(name.to_owned().into())).await;
    let profiles = loaded.map_err(|error| ConfigError::Profiles(error.into()))?;
    match profiles.get_profile(name) {
        Some(_) => Ok(()),
        None => {
            let known = profiles.profiles().filter(|known| !known.is_empty()).map(str::to_owned).collect();
            Err(ConfigError::NoProfile { name: name.to_owned(), known })
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

/// The SDK's own default of attempts is too few for a pipeline; what `AWS_MAX_ATTEMPTS` or the profile say stays.
fn more_attempts(config: SdkConfig) -> SdkConfig {
    let is_default = config.retry_config().is_none_or(|it| it.max_attempts() == RetryConfig::standard().max_attempts());
    if !is_default || std::env::var_os("AWS_MAX_ATTEMPTS").is_some() {
        return config;
    }
    let retry = config.retry_config().cloned().unwrap_or_else(RetryConfig::standard).with_max_attempts(ATTEMPTS);
    config.into_builder().retry_config(retry).build()
}

/// The same configuration, but as a role that its own credentials may assume.
pub(super) async fn assume(config: SdkConfig, role: &str, settings: &AwsSettings) -> SdkConfig {
    let session = settings.role_session.as_deref().unwrap_or(ROLE_SESSION);
    let mut provider = AssumeRoleProvider::builder(role).session_name(session).configure(&config);
    if let Some(id) = &settings.external_id {
        provider = provider.external_id(id.expose());
    }
    let provider = SharedCredentialsProvider::new(provider.build().await);
    config.into_builder().credentials_provider(provider).build()
}
