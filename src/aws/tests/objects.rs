//! Requests to S3 and its responses.

use super::{Service, response, s3_error};
use crate::aws::session::{JobSession, RENEWAL_AGE};
use crate::aws::{CodePipeline, S3Store};
use crate::facts::{FailureKind, Redactor, S3Location, Secret};
use crate::job::{ArtifactCredentials, ArtifactStore, EncryptionKey, JobId};
use crate::package::{MultipartUpload, ObjectStore, Overwrite, Put};
use crate::settings::{Encryption, ObjectSettings};
use crate::testing::jobs::{JOB_ID, job};
use aws_config::SdkConfig;
use bytes::Bytes;
use std::time::Duration;
use tokio::io::AsyncWriteExt;

fn location() -> S3Location {
    S3Location::new("b", "p/k.zip")
}

async fn stored(service: &Service, objects: &ObjectSettings) -> Put {
    let store = S3Store::new(&service.config().await, objects);
    store.put(&location(), Bytes::from("hello"), Overwrite::IfAbsent).await.unwrap()
}

#[tokio::test]
async fn an_object_is_written_if_absent_and_with_its_checksum() {
    let service = Service::start([response(200, "x-amz-version-id: v7\r\n", "")]).await;
    assert_eq!(stored(&service, &ObjectSettings::default()).await, Put::Stored { version: Some("v7".into()) });
    let request = &service.requests()[0];
    for expected in [
        "put /b/p/k.zip",
        "if-none-match: *",
        "x-amz-server-side-encryption: aes256",
        "x-amz-checksum-sha256: lpjnul+wow4m6dsqxbninhswhlwfp0jecwqzypolmcq=",
    ] {
        assert!(request.contains(expected), "{expected} in {request}");
    }
    assert!(!request.contains("expected-bucket-owner") && !request.contains("x-amz-meta"), "{request}");
}

#[tokio::test]
async fn encryption_owner_and_metadata_are_as_the_settings_say() {
    let key = |key: &str| Some(key.to_owned());
    let rows = [
        (Encryption::Aes256, vec!["encryption: aes256"]),
        (Encryption::Kms { key_id: None }, vec!["encryption: aws:kms\r"]),
        (Encryption::Kms { key_id: key("alias/k") }, vec!["encryption: aws:kms\r", "aws-kms-key-id: alias/k"]),
        (Encryption::KmsDsse { key_id: key("k") }, vec!["encryption: aws:kms:dsse", "aws-kms-key-id: k"]),
        (Encryption::BucketDefault, vec![]),
    ];
    for (encryption, expected) in rows {
        let objects = ObjectSettings {
            encryption: Some(encryption.clone()),
            metadata: [("commit".to_owned(), "abc".to_owned())].into(),
            expected_bucket_owner: Some("111122223333".to_owned()),
        };
        let service = Service::start([response(200, "", "")]).await;
        stored(&service, &objects).await;
        let request = &service.requests()[0];
        assert_eq!(request.contains("server-side-encryption"), encryption != Encryption::BucketDefault);
        assert_eq!(request.contains("aws-kms-key-id"), expected.len() == 2, "{request}");
        for header in
            expected.into_iter().chain(["x-amz-expected-bucket-owner: 111122223333", "x-amz-meta-commit: abc"])
        {
            assert!(request.contains(header), "{header} in {request}");
        }
    }
}

#[tokio::test]
async fn a_lost_race_is_no_error_and_a_conflict_is_retried() {
    let lost = Service::start([s3_error(412, "PreconditionFailed")]).await;
    assert_eq!(stored(&lost, &ObjectSettings::default()).await, Put::AlreadyThere);
    let conflict = Service::start([s3_error(409, "ConditionalRequestConflict"), response(200, "", "")]).await;
    assert_eq!(stored(&conflict, &ObjectSettings::default()).await, Put::Stored { version: None });
    assert_eq!(conflict.requests().len(), 2);
}

#[tokio::test]
async fn a_multipart_upload_is_encrypted_at_its_start_and_conditional_at_its_end() {
    let begun = "<InitiateMultipartUploadResult><UploadId>U1</UploadId></InitiateMultipartUploadResult>";
    let done = "<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>";
    let part = "etag: \"e1\"\r\nx-amz-checksum-crc64nvme: AAAAAAAAAAA=\r\n";
    let service = Service::start([response(200, "", begun), response(200, part, ""), response(200, "", done)]).await;
    let objects = ObjectSettings { encryption: Some(Encryption::Kms { key_id: None }), ..ObjectSettings::default() };
    let store = S3Store::new(&service.config().await, &objects);
    let upload = store.begin(&location()).await.unwrap();
    assert_eq!(upload, MultipartUpload { location: location(), id: "U1".into() });
    let part = store.put_part(&upload, 1, Bytes::from("hello")).await.unwrap();
    let put = store.complete(upload, vec![part], Overwrite::IfAbsent).await.unwrap();
    assert_eq!(put, Put::Stored { version: None });
    let requests = service.requests();
    let rows = [
        (0, "x-amz-server-side-encryption: aws:kms"),
        (0, "x-amz-checksum-algorithm: crc64nvme"),
        (0, "x-amz-checksum-type: full_object"),
        (1, "x-amz-checksum-crc64nvme: "),
        (2, "if-none-match: *"),
        (2, "<checksumcrc64nvme>aaaaaaaaaaa=</checksumcrc64nvme>"),
    ];
    for (request, expected) in rows {
        assert!(requests[request].contains(expected), "{expected} in {}", requests[request]);
    }
}

#[tokio::test]
async fn a_jobs_store_signs_with_the_jobs_session_and_encrypts_with_its_key() {
    let credentials = ArtifactCredentials {
        access_key_id: "ASIAJOB".to_owned(),
        secret_access_key: Secret::new("s"),
        session_token: Secret::new("session-1"),
    };
    let rows = [(Some(EncryptionKey("arn:aws:kms:k".to_owned())), true), (None, false)];
    for (key, names_key) in rows {
        let service = Service::start([response(200, "", "")]).await;
        let config = service.config().await;
        let store = S3Store::for_job(&config, session(&config, &credentials, RENEWAL_AGE), key.as_ref());
        store.put(&location(), Bytes::from("x"), Overwrite::Always).await.unwrap();
        let request = &service.requests()[0];
        for expected in ["credential=asiajob/", "x-amz-security-token: session-1", "encryption: aws:kms\r"] {
            assert!(request.contains(expected), "{expected} in {request}");
        }
        assert_eq!(request.contains("aws-kms-key-id: arn:aws:kms:k"), names_key);
        assert!(!request.contains("if-none-match"));
    }
}

#[tokio::test]
async fn an_object_is_fetched_whole_or_not_at_all() {
    // CRC-32 of "hello" is 3610a686.
    let good = "x-amz-checksum-crc32: NhCmhg==\r\n";
    let cut = "HTTP/1.1 200 -\r\ncontent-length: 9\r\nconnection: close\r\n\r\nhello".to_owned();
    let chunked = "HTTP/1.1 200 -\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n5\r\nhello\r\n".to_owned();
    let endless = format!("{chunked}5\r\nhello\r\n0\r\n\r\n");
    let rows = [
        ("as it is", response(200, "", "hello"), Ok(5)),
        ("with a right checksum", response(200, good, "hello"), Ok(5)),
        ("with a wrong checksum", response(200, good, "hullo"), Err(FailureKind::Temporary)),
        ("cut short", cut, Err(FailureKind::Temporary)),
        ("cut short between chunks", chunked, Err(FailureKind::Temporary)),
        ("too large by its head", response(200, "", "hello, you"), Err(FailureKind::Input)),
        ("too large on the way", endless, Err(FailureKind::Input)),
        ("missing", s3_error(404, "NoSuchKey"), Err(FailureKind::Input)),
        ("forbidden", s3_error(403, "AccessDenied"), Err(FailureKind::Permission)),
    ];
    for (name, wire, expected) in rows {
        let service = Service::start([wire]).await;
        let store = S3Store::new(&service.config().await, &ObjectSettings::default());
        let folder = tempfile::tempdir().unwrap();
        let mut file = tokio::fs::File::create(folder.path().join("f")).await.unwrap();
        let fetched = store.fetch(&location(), &mut file, 9).await;
        assert_eq!(fetched.map_err(|failure| failure.kind), expected, "{name}");
        if expected.is_ok() {
            assert_eq!(std::fs::read(folder.path().join("f")).unwrap(), b"hello", "{name}");
        }
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_is_fetched_again_from_its_start() {
    let cut = "HTTP/1.1 200 -\r\ncontent-length: 9\r\nconnection: close\r\n\r\nhello".to_owned();
    let corrupt = response(200, "x-amz-checksum-crc32: NhCmhg==\r\n", "hullo");
    let rows = [
        ("the same", cut.clone(), response(200, "", "hello you"), Ok(9), "> hello you"),
        ("another, shorter one", cut.clone(), response(200, "", "hey"), Ok(3), "> hey"),
        ("with a wrong checksum", corrupt, response(200, "", "hello"), Ok(5), "> hello"),
        ("another, larger one", cut.clone(), response(200, "", "hello, you"), Err(FailureKind::Input), "> "),
        ("deleted since", cut.clone(), s3_error(404, "NoSuchKey"), Err(FailureKind::Input), "> "),
        ("broken again", cut.clone(), cut, Err(FailureKind::Temporary), "> hello"),
    ];
    for (name, first, second, expected, content) in rows {
        let service = Service::start([first, second]).await;
        let store = S3Store::new(&service.config().await, &ObjectSettings::default());
        let folder = tempfile::tempdir().unwrap();
        let mut file = tokio::fs::File::create(folder.path().join("f")).await.unwrap();
        file.write_all(b"> ").await.unwrap();
        let fetched = store.fetch(&location(), &mut file, 9).await;
        file.flush().await.unwrap();
        assert_eq!(fetched.map_err(|failure| failure.kind), expected, "{name}");
        assert_eq!(std::fs::read_to_string(folder.path().join("f")).unwrap(), content, "{name}");
        assert_eq!(service.requests().len(), 2, "{name}");
    }
}

fn session(config: &SdkConfig, credentials: &ArtifactCredentials, lifetime: Duration) -> JobSession {
    let job = JobId::new(JOB_ID).unwrap();
    JobSession::new(CodePipeline::new(config), job, credentials.clone(), lifetime, Redactor::default())
}

#[tokio::test]
async fn old_artifact_credentials_are_renewed_and_kept_if_there_are_no_new_ones() {
    let renewed = r#"{"jobDetails":{"data":{"artifactCredentials":{"accessKeyId":"ASIANEW","secretAccessKey":"s","sessionToken":"token-2"}}}}"#;
    let denied = response(400, "", r#"{"__type":"AccessDeniedException"}"#);
    let rows = [
        ("young", RENEWAL_AGE, response(200, "", ""), "token-1"),
        ("old", Duration::ZERO, response(200, "", renewed), "token-2"),
        ("old, and no new ones", Duration::ZERO, denied, "token-1"),
    ];
    for (name, lifetime, first, token) in rows {
        let service = Service::start([first, response(200, "", "")]).await;
        let credentials = job().credentials.unwrap();
        let config = service.config().await;
        let credentials = ArtifactCredentials { session_token: Secret::new("token-1"), ..credentials };
        let store = S3Store::for_job(&config, session(&config, &credentials, lifetime), None);
        store.put(&S3Location::new("b", "k"), Bytes::new(), Overwrite::Always).await.unwrap();
        let requests = service.requests();
        let put = requests.iter().find(|it| it.starts_with("put ")).unwrap();
        assert!(put.contains(&format!("x-amz-security-token: {token}")), "{name}: {put}");
        assert_eq!(requests.len(), if lifetime.is_zero() { 2 } else { 1 }, "{name}");
    }
}
