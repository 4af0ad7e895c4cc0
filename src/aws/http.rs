//! The HTTP client of every call: the SDK's own, but for whom it trusts and for what it says of a host without address.

use super::config::ConfigError;
use crate::facts::UNKNOWN_HOST;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, ConnectorBuilder};
use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns, ResolveDnsError};
use aws_types::sdk_config::SharedHttpClient;
use std::io;
use std::path::Path;

const PEM_MARK: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// A client that trusts the certificates of a file, or those of the system where none is given.
pub fn client(bundle: Option<&Path>) -> Result<SharedHttpClient, ConfigError> {
    let context = bundle.map(trust).transpose()?;
    Ok(Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = ConnectorBuilder::default().tls_provider(Provider::Rustls(CryptoMode::AwsLc));
        if let Some(context) = &context {
            connector.set_tls_context(context.clone());
        }
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(|it| it.sleep_impl()));
        connector.set_proxy_config(Some(ProxyConfig::from_env()));
        connector.build_with_resolver(Resolver)
    }))
}

fn trust(bundle: &Path) -> Result<TlsContext, ConfigError> {
    let pem = std::fs::read(bundle);
    let pem = pem.map_err(|source| ConfigError::CaBundle { path: bundle.to_path_buf(), source })?;
    // The TLS stack panics on a file without certificates.
    if !pem.windows(PEM_MARK.len()).any(|window| window == PEM_MARK) {
        return Err(ConfigError::NoCertificate { path: bundle.to_path_buf() });
    }
    let trust = TrustStore::empty().with_pem_certificate(pem);
    let context = TlsContext::builder().with_trust_store(trust).build();
    context.map_err(|_| ConfigError::NoCertificate { path: bundle.to_path_buf() })
}

/// The system's resolver. Its own errors do not name the host that was asked for.
#[derive(Debug, Clone, Copy)]
struct Resolver;

impl ResolveDns for Resolver {
    fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
        DnsFuture::new(async move {
            let found = tokio::net::lookup_host((name, 0)).await;
            let found = found.map_err(|cause| ResolveDnsError::new(UnknownHost { host: name.to_owned(), cause }))?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// A host that has no address. The cause is told here and is no source, since the innermost error is what is shown.
#[derive(Debug, thiserror::Error)]
#[error("{UNKNOWN_HOST} {host}: {cause}")]
struct UnknownHost {
    host: String,
    cause: io::Error,
}
