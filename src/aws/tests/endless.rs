//! Responses without an end.

use super::{config, read_request};
use crate::aws::cloudformation::CloudFormation;
use crate::aws::http::RESPONSE_LIMIT;
use crate::aws::{AwsQueue, CodePipeline, S3Store};
use crate::deploy::Stacks;
use crate::facts::{ActionTypeId, Reason, S3Location, ServiceError};
use crate::job::ArtifactStore;
use crate::package::{ObjectStore, Overwrite};
use crate::settings::ObjectSettings;
use crate::worker::JobQueue;
use bytes::Bytes;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

const CHUNK: usize = 64 << 10;

/// Sends each request a body of `limit` bytes with a status.
struct Endless {
    url: String,
    /// The most bytes of one body that a client accepted.
    accepted: Arc<AtomicUsize>,
    requests: Arc<AtomicUsize>,
}

impl Endless {
    async fn start(status: u16, limit: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (accepted, requests) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (most, count) = (Arc::clone(&accepted), Arc::clone(&requests));
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                read_request(&mut stream).await;
                count.fetch_add(1, Ordering::Relaxed);
                let bytes = send_body(&mut stream, status, limit).await;
                most.fetch_max(bytes, Ordering::Relaxed);
            }
        });
        Self { url, accepted, requests }
    }
}

/// Returns the bytes sent when the client closed the connection.
async fn send_body(stream: &mut TcpStream, status: u16, limit: usize) -> usize {
    let head = format!("HTTP/1.1 {status} -\r\ncontent-type: text/xml\r\nconnection: close\r\n\r\n");
    let (chunk, mut sent) = (vec![b'x'; CHUNK], 0);
    stream.write_all(head.as_bytes()).await.unwrap();
    while sent < limit && stream.write_all(&chunk).await.is_ok() {
        sent += CHUNK;
    }
    stream.shutdown().await.ok();
    sent
}

fn is_too_long(error: &ServiceError) -> bool {
    error.reason == Reason::Network && error.message.as_deref() == Some("the response is longer than 8388608 bytes")
}

#[tokio::test]
async fn a_response_is_read_up_to_a_limit() {
    let location = S3Location::new("b", "k");
    for status in [200, 400, 500] {
        let service = Endless::start(status, usize::MAX).await;
        let config = config(&service.url).await;
        let store = S3Store::new(&config, &ObjectSettings::default());
        if status != 200 {
            let error = store.put(&location, Bytes::from("x"), Overwrite::Always).await.unwrap_err();
            assert!(is_too_long(&error), "PutObject, {status}: {error:?}");
            let folder = tempfile::tempdir().unwrap();
            let mut file = tokio::fs::File::create(folder.path().join("f")).await.unwrap();
            let failure = store.fetch(&location, &mut file, u64::MAX).await.unwrap_err();
            assert!(failure.cause().ends_with("the response is longer than 8388608 bytes"), "{}", failure.cause());
        }
        let action_type: ActionTypeId = "Build/samstep/1".parse().unwrap();
        let error = AwsQueue::new(CodePipeline::new(&config), action_type, None).poll(1).await.err().unwrap();
        assert!(is_too_long(&error), "PollForJobs, {status}: {error:?}");
        let error = CloudFormation::new(&config).stack("app").await.unwrap_err();
        assert!(is_too_long(&error), "DescribeStacks, {status}: {error:?}");
        // The socket buffers accept more than the client reads.
        let accepted = service.accepted.load(Ordering::Relaxed);
        assert!((RESPONSE_LIMIT..8 * RESPONSE_LIMIT).contains(&accepted), "{status}: {accepted}");
        assert!(service.requests.load(Ordering::Relaxed) >= 2, "{status}");
    }
}

#[tokio::test]
async fn an_object_is_longer_than_the_limit_of_other_responses() {
    let service = Endless::start(200, RESPONSE_LIMIT + CHUNK).await;
    let store = S3Store::new(&config(&service.url).await, &ObjectSettings::default());
    let folder = tempfile::tempdir().unwrap();
    let mut file = tokio::fs::File::create(folder.path().join("f")).await.unwrap();
    let fetched = store.fetch(&S3Location::new("b", "k"), &mut file, u64::MAX).await;
    assert_eq!(fetched, Ok((RESPONSE_LIMIT + CHUNK) as u64));
}
