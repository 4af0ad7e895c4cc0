//! Every answer has a name.

use super::{Service, answer, config, s3_error};
use crate::aws::S3Store;
use crate::facts::{Explain, Reason, S3Location, ServiceError};
use crate::package::{ObjectStore, Overwrite, Put};
use crate::settings::ObjectSettings;
use aws_config::SdkConfig;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use bytes::Bytes;

async fn put(config: &SdkConfig) -> Result<Put, ServiceError> {
    let store = S3Store::new(config, &ObjectSettings::default());
    store.put(&S3Location::new("b", "k"), Bytes::from("x"), Overwrite::IfAbsent).await
}

#[tokio::test]
async fn an_answer_to_a_write_is_told_by_its_code_or_else_its_status() {
    let elsewhere = answer(
        301,
        "x-amz-bucket-region: us-west-2\r\n",
        "<Error><Code>PermanentRedirect</Code><Message>no</Message></Error>",
    );
    let rows = [
        (s3_error(404, "NoSuchBucket"), Reason::NotFound),
        (s3_error(403, "AccessDenied"), Reason::AccessDenied),
        (s3_error(403, "InvalidAccessKeyId"), Reason::WrongCredentials),
        (s3_error(403, "SignatureDoesNotMatch"), Reason::WrongCredentials),
        (s3_error(400, "InvalidToken"), Reason::WrongCredentials),
        (s3_error(400, "ExpiredToken"), Reason::ExpiredCredentials),
        (elsewhere, Reason::WrongRegion(Some("us-west-2".into()))),
        (s3_error(400, "AuthorizationHeaderMalformed"), Reason::WrongRegion(None)),
        (s3_error(503, "SlowDown"), Reason::Throttled),
        (s3_error(500, "InternalError"), Reason::Unavailable),
        (s3_error(409, "ConditionalRequestConflict"), Reason::Unavailable),
        (s3_error(400, "BadDigest"), Reason::Corrupt),
        (s3_error(400, "RequestTimeout"), Reason::Network),
        (s3_error(400, "MetadataTooLarge"), Reason::Rejected),
        (s3_error(501, "NotImplemented"), Reason::Rejected),
        (answer(502, "", "<html>bad gateway</html>"), Reason::Unavailable),
        (answer(403, "", ""), Reason::AccessDenied),
        (answer(429, "", ""), Reason::Throttled),
    ];
    for (wire, expected) in rows {
        let service = Service::start([wire.clone()]).await;
        let error = put(&service.config().await).await.unwrap_err();
        assert_eq!(error.reason, expected, "{wire} gave {error}");
    }
}

#[tokio::test]
async fn an_error_tells_action_object_words_and_request() {
    let service = Service::start([s3_error(403, "AccessDenied")]).await;
    let error = put(&service.config().await).await.unwrap_err();
    assert_eq!(error.to_string(), "s3:PutObject s3://b/k: no (AccessDenied) [request R1]");
}

#[tokio::test]
async fn a_look_at_an_object_has_answers_without_a_body() {
    let rows = [
        (answer(404, "", ""), Ok(false)),
        (answer(200, "x-amz-version-id: v\r\n", ""), Ok(true)),
        (answer(403, "", ""), Err(Reason::AccessDenied)),
        (answer(400, "", ""), Err(Reason::Rejected)),
        (answer(301, "x-amz-bucket-region: us-west-2\r\n", ""), Err(Reason::WrongRegion(Some("us-west-2".into())))),
        (answer(500, "", ""), Err(Reason::Unavailable)),
        (answer(503, "", ""), Err(Reason::Unavailable)),
    ];
    for (wire, expected) in rows {
        let service = Service::start([wire.clone()]).await;
        let store = S3Store::new(&service.config().await, &ObjectSettings::default());
        let looked = store.head(&S3Location::new("b", "k")).await;
        assert_eq!(looked.map(|found| found.is_some()).map_err(|error| error.reason), expected, "{wire}");
    }
}

#[tokio::test]
async fn no_answer_at_all_is_the_networks_fault() {
    let closed = put(&config("http://127.0.0.1:1").await).await.unwrap_err();
    let service = Service::start([String::new()]).await;
    let cut = put(&service.config().await).await.unwrap_err();
    assert_eq!((closed.reason, cut.reason), (Reason::Network, Reason::Network));
    assert_eq!(service.requests().len(), 2, "and is asked for again");
    assert!(closed.message.is_some_and(|it| it.contains("refused")));
}

#[tokio::test]
async fn a_host_without_an_address_is_named() {
    let error = put(&config("http://nowhere.invalid").await).await.unwrap_err();
    assert_eq!(error.reason, Reason::Network);
    let message = error.message.clone().unwrap_or_default();
    assert!(message.starts_with("cannot find the host nowhere.invalid: "), "{message}");
    let hint = error.hint().unwrap_or_default();
    assert!(hint.starts_with("check how the region and any --endpoint-url or AWS_ENDPOINT_URL are spelled"), "{hint}");
}

#[tokio::test]
async fn missing_credentials_are_told_apart() {
    #[derive(Debug)]
    struct Nothing;
    impl ProvideCredentials for Nothing {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            future::ProvideCredentials::ready(Err(CredentialsError::not_loaded("nothing in the environment")))
        }
    }
    let service = Service::start([answer(200, "", "")]).await;
    let config = service.config().await.into_builder();
    let config = config.credentials_provider(SharedCredentialsProvider::new(Nothing)).build();
    let error = put(&config).await.unwrap_err();
    assert_eq!((error.reason, service.requests().len()), (Reason::NoCredentials, 0), "{:?}", error.message);
}
