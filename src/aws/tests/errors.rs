//! Every kind of response becomes a reason.

use super::{Service, config, response, s3_error};
use crate::aws::S3Store;
use crate::facts::{Explain, Failure, FailureKind, Reason, S3Location, ServiceError};
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
async fn a_failed_write_is_classified_by_its_code_or_else_its_status() {
    let elsewhere = response(
        301,
        "x-amz-bucket-region: us-west-2\r\n",
        "<Error><Code>PermanentRedirect</Code><Message>no</Message></Error>",
    );
    let rows = [
        (s3_error(404, "NoSuchBucket"), Reason::NotFound),
        (s3_error(400, "KMS.NotFoundException"), Reason::NotFound),
        (s3_error(400, "KMS.DisabledException"), Reason::NotFound),
        (s3_error(403, "AccessDenied"), Reason::AccessDenied),
        (s3_error(403, "InvalidAccessKeyId"), Reason::WrongCredentials),
        (s3_error(403, "SignatureDoesNotMatch"), Reason::WrongCredentials),
        (s3_error(400, "InvalidToken"), Reason::WrongCredentials),
        (s3_error(403, "InvalidObjectState"), Reason::InvalidState),
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
        (response(502, "", "<html>bad gateway</html>"), Reason::Unavailable),
        (response(403, "", ""), Reason::AccessDenied),
        (response(429, "", ""), Reason::Throttled),
    ];
    for (wire, expected) in rows {
        let service = Service::start([wire.clone()]).await;
        let error = put(&service.config().await).await.unwrap_err();
        assert_eq!(error.reason, expected, "{wire} gave {error}");
    }
}

#[tokio::test]
async fn an_error_names_action_object_message_and_request() {
    let service = Service::start([s3_error(403, "AccessDenied")]).await;
    let error = put(&service.config().await).await.unwrap_err();
    assert_eq!(error.to_string(), "s3:PutObject s3://b/k: no (AccessDenied) [request R1]");
}

#[tokio::test]
async fn a_denial_keeps_the_message_of_the_service_whole() {
    let message = format!(
        "User: arn:aws:sts::111122223333:assumed-role/build/{} is not authorized to perform: kms:GenerateDataKey on \
         resource: arn:aws:kms:eu-west-1:444455556666:key/k because no resource-based policy allows it",
        "s".repeat(2000)
    );
    let document = format!("<Error><Code>AccessDenied</Code><Message>{message}</Message></Error>");
    let service = Service::start([response(403, "", &document)]).await;
    let error = put(&service.config().await).await.unwrap_err();
    assert_eq!((error.reason, error.message), (Reason::AccessDenied, Some(message)));
}

#[tokio::test]
async fn a_kms_key_that_does_not_exist_is_a_wrong_request() {
    let service = Service::start([s3_error(400, "KMS.NotFoundException")]).await;
    let error = put(&service.config().await).await.unwrap_err();
    assert_eq!(Failure::from(error).kind, FailureKind::Usage);
}

#[tokio::test]
async fn responses_to_head_are_classified_without_a_body() {
    let rows = [
        (response(404, "", ""), Ok(false)),
        (response(200, "x-amz-version-id: v\r\n", ""), Ok(true)),
        (response(403, "", ""), Err(Reason::AccessDenied)),
        (response(400, "", ""), Err(Reason::Rejected)),
        (response(301, "x-amz-bucket-region: us-west-2\r\n", ""), Err(Reason::WrongRegion(Some("us-west-2".into())))),
        (response(500, "", ""), Err(Reason::Unavailable)),
        (response(503, "", ""), Err(Reason::Unavailable)),
    ];
    for (wire, expected) in rows {
        let service = Service::start([wire.clone()]).await;
        let store = S3Store::new(&service.config().await, &ObjectSettings::default());
        let looked = store.head(&S3Location::new("b", "k")).await;
        assert_eq!(looked.map(|found| found.is_some()).map_err(|error| error.reason), expected, "{wire}");
    }
}

#[tokio::test]
async fn a_missing_response_is_a_network_error_and_is_retried() {
    let closed = put(&config("http://127.0.0.1:1").await).await.unwrap_err();
    let service = Service::start([String::new()]).await;
    let cut = put(&service.config().await).await.unwrap_err();
    assert_eq!((closed.reason, cut.reason), (Reason::Network, Reason::Network));
    assert_eq!(service.requests().len(), 2, "it is retried");
    assert!(closed.message.is_some_and(|it| it.contains("refused")));
}

#[tokio::test]
async fn a_host_without_an_address_is_named() {
    let error = put(&config("https://nowhere.invalid").await).await.unwrap_err();
    assert_eq!(error.reason, Reason::Network);
    let message = error.message.clone().unwrap_or_default();
    assert!(message.starts_with("cannot find the host nowhere.invalid: "), "{message}");
    let hint = error.hint().unwrap_or_default();
    assert!(hint.starts_with("check how the region and any --endpoint-url or AWS_ENDPOINT_URL are spelled"), "{hint}");
}

#[tokio::test]
async fn missing_credentials_have_a_reason_of_their_own() {
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
    let service = Service::start([response(200, "", "")]).await;
    let config = service.config().await.into_builder();
    let config = config.credentials_provider(SharedCredentialsProvider::new(Nothing)).build();
    let error = put(&config).await.unwrap_err();
    assert_eq!((error.reason, service.requests().len()), (Reason::NoCredentials, 0), "{:?}", error.message);
}
