//! The adapters against a scripted service on loopback.

mod clients;
mod deployments;
mod endless;
mod errors;
mod objects;
mod serverless_repo;
mod stacks;

use crate::settings::AwsSettings;
use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Sends one response to each request, each on its own connection, and repeats the last one.
struct Service {
    url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Service {
    async fn start<const N: usize>(responses: [impl Into<Vec<u8>>; N]) -> Self {
        let responses: [Vec<u8>; N] = responses.map(Into::into);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        tokio::spawn(async move {
            for count in 0.. {
                let (mut stream, _) = listener.accept().await.unwrap();
                let request = read_request(&mut stream).await;
                seen.lock().unwrap().push(request);
                stream.write_all(&responses[count.min(N - 1)]).await.unwrap();
                stream.shutdown().await.ok();
            }
        });
        Self { url, requests }
    }

    /// Heads and bodies in lower case.
    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    async fn config(&self) -> SdkConfig {
        config(&self.url).await
    }
}

async fn read_request(stream: &mut TcpStream) -> String {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&bytes).to_ascii_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            if head.contains("expect: 100-continue") && body.is_empty() {
                stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await.unwrap();
            }
            if body.len() >= length.unwrap_or(0) {
                return text;
            }
        }
        match stream.read(&mut buffer).await.unwrap() {
            0 => return String::from_utf8_lossy(&bytes).into_owned(),
            count => bytes.extend_from_slice(&buffer[..count]),
        }
    }
}

/// A response with these header lines and this body.
fn response(status: u16, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status} -\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

/// A response with the error document of S3.
fn s3_error(status: u16, code: &str) -> String {
    response(status, "x-amz-request-id: R1\r\n", &format!("<Error><Code>{code}</Code><Message>no</Message></Error>"))
}

async fn config(url: &str) -> SdkConfig {
    let settings = AwsSettings {
        region: Some("eu-west-1".to_owned()),
        endpoint_url: Some(url.to_owned()),
        ..AwsSettings::default()
    };
    let retry = RetryConfig::standard().with_max_attempts(2).with_initial_backoff(Duration::from_millis(1));
    let config = super::load(&settings).await.unwrap().into_builder().retry_config(retry);
    config.credentials_provider(credentials()).build()
}

fn credentials() -> SharedCredentialsProvider {
    SharedCredentialsProvider::new(Credentials::new("AKIATEST", "secret", None, None, "test"))
}
