//! The HTTP client of every call: the SDK's, with a CA bundle, a resolver that names the host, and bounded responses.

use crate::facts::{Failure, FailureKind, UNKNOWN_HOST};
use crate::text::{nearest_region, with_nearest_name};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, ConnectorBuilder};
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns, ResolveDnsError};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_types::sdk_config::SharedHttpClient;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use std::io;
use std::path::Path;

const PEM_MARK: &[u8] = b"-----BEGIN CERTIFICATE-----";
/// Bytes of a response body. The SDK keeps it in memory; the longest in use is a batch of jobs of 100 KB each.
pub const RESPONSE_LIMIT: usize = 8 << 20;
/// In the query of `GetObject`, whose successful response is streamed to the disk.
const GET_OBJECT: &str = "x-id=GetObject";

/// A client that trusts the certificates of `bundle` instead of the system's.
pub fn client(bundle: Option<&Path>) -> Result<SharedHttpClient, Failure> {
    let context = trusted(bundle)?;
    let client = Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = ConnectorBuilder::default().tls_provider(Provider::Rustls(CryptoMode::AwsLc));
        if let Some(context) = &context {
            connector.set_tls_context(context.clone());
        }
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(|it| it.sleep_impl()));
        connector.set_proxy_config(Some(ProxyConfig::from_env()));
        connector.build_with_resolver(Resolver)
    });
    Ok(SharedHttpClient::new(BoundedClient(client)))
}

/// The same without the SDK around it: no credentials, no retries, no time-outs. Reads the certificates of the system,
/// which takes some milliseconds, if there is no context.
pub fn connector(context: Option<TlsContext>) -> SharedHttpConnector {
    let mut connector = ConnectorBuilder::default().tls_provider(Provider::Rustls(CryptoMode::AwsLc));
    if let Some(context) = context {
        connector.set_tls_context(context);
    }
    connector.set_proxy_config(Some(ProxyConfig::from_env()));
    SharedHttpConnector::new(connector.build_with_resolver(Resolver))
}

/// A context with the certificates of `bundle`, if there is one.
pub fn trusted(bundle: Option<&Path>) -> Result<Option<TlsContext>, Failure> {
    bundle.map(trust).transpose()
}

fn trust(bundle: &Path) -> Result<TlsContext, Failure> {
    let pem = std::fs::read(bundle).map_err(|error| unreadable_bundle(bundle, &error))?;
    // The TLS stack panics on a file without certificates.
    if !pem.windows(PEM_MARK.len()).any(|window| window == PEM_MARK) {
        return Err(no_certificate(bundle));
    }
    let trust = TrustStore::empty().with_pem_certificate(pem);
    TlsContext::builder().with_trust_store(trust).build().map_err(|_| no_certificate(bundle))
}

fn unreadable_bundle(bundle: &Path, error: &io::Error) -> Failure {
    Failure::new(FailureKind::Usage, format!("cannot read the CA bundle {}", bundle.display()))
        .because(error)
        .with_hint(with_nearest_name(bundle, "name a file of PEM certificates"))
}

fn no_certificate(bundle: &Path) -> Failure {
    let message = format!("cannot use the CA bundle {}: it holds no PEM certificate", bundle.display());
    Failure::new(FailureKind::Usage, message)
}

/// The system's resolver, with errors that name the host.
#[derive(Debug, Clone, Copy)]
struct Resolver;

impl ResolveDns for Resolver {
    fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
        DnsFuture::new(async move {
            let found = tokio::net::lookup_host((name, 0)).await;
            let found = found.map_err(|cause| ResolveDnsError::new(UnknownHost::new(name, &cause)))?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// A host without an address. The cause is part of the message, not a source, because only the innermost error is shown.
#[derive(Debug, thiserror::Error)]
#[error("{UNKNOWN_HOST} {host}: {cause}")]
struct UnknownHost {
    host: String,
    cause: String,
}

impl UnknownHost {
    /// The likely cause is a misspelt region, if the host has one.
    fn new(host: &str, cause: &io::Error) -> Self {
        let region = host.split_once(".amazonaws.com").and_then(|(names, _)| names.rsplit('.').next());
        let near = region.and_then(|region| Some((region, nearest_region(region)?)));
        let cause = match near {
            Some((region, near)) => format!("no region {region} is known, the nearest is {near}"),
            None => cause.to_string(),
        };
        Self { host: host.to_owned(), cause }
    }
}

/// A response body of more than `RESPONSE_LIMIT` bytes. Not from AWS: a proxy or another endpoint sent it.
#[derive(Debug, thiserror::Error)]
#[error("the response is longer than {RESPONSE_LIMIT} bytes")]
pub struct ResponseTooLong;

/// Bounds the responses of a client.
#[derive(Debug)]
struct BoundedClient(SharedHttpClient);

impl HttpClient for BoundedClient {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(BoundedConnector(self.0.http_connector(settings, components)))
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.0.connector_metadata()
    }
}

#[derive(Debug)]
struct BoundedConnector(SharedHttpConnector);

impl HttpConnector for BoundedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let is_get_object = request.uri().contains(GET_OBJECT);
        let response = self.0.call(request);
        HttpConnectorFuture::new(async move {
            let response = response.await?;
            let is_stream = is_get_object && response.status().is_success();
            Ok(if is_stream { response } else { bounded(response) })
        })
    }
}

fn bounded(response: HttpResponse) -> HttpResponse {
    response.map(|body| {
        SdkBody::from_body_1_x(Limited::new(body, RESPONSE_LIMIT).map_err(
            |error| match error.is::<LengthLimitError>() {
                true => ResponseTooLong.into(),
                false => error,
            },
        ))
    })
}
