//! Configuration, endpoints, roles, the queue of jobs and the managed bucket.

use super::{Service, response};
use crate::aws::cloud::{AwsCloud, AwsRegion};
use crate::aws::role::assume;
use crate::aws::{CodePipeline, S3Store, endpoint, load};
use crate::deploy::Stacks;
use crate::facts::{FailureKind, JobFailureType, Reason, S3Endpoint, S3Location, Secret};
use crate::job::{JobFailure, JobId, JobSuccess, Jobs};
use crate::operation::{Cloud, Region as _};
use crate::package::ObjectStore;
use crate::settings::{AwsSettings, ObjectSettings, UploadScope};
use crate::testing::jobs::JOB_ID;
use crate::testing::recorder::Recorder;
use aws_config::{Region, SdkConfig};
use std::time::Duration;

#[tokio::test]
async fn templates_are_fetched_from_the_endpoint_of_partition_and_region() {
    let rows = [
        (Some("us-east-1"), false, false, "https://s3.us-east-1.amazonaws.com"),
        (Some("cn-north-1"), false, false, "https://s3.cn-north-1.amazonaws.com.cn"),
        (Some("us-gov-west-1"), false, false, "https://s3.us-gov-west-1.amazonaws.com"),
        (Some("us-iso-east-1"), false, false, "https://s3.us-iso-east-1.c2s.ic.gov"),
        (Some("eusc-de-east-1"), false, false, "https://s3.eusc-de-east-1.amazonaws.eu"),
        (None, false, false, "https://s3.amazonaws.com"),
        (Some("us-west-2"), true, false, "https://s3-fips.us-west-2.amazonaws.com"),
        (Some("eu-west-1"), false, true, "https://s3.dualstack.eu-west-1.amazonaws.com"),
    ];
    for (region, fips, dual_stack, expected) in rows {
        let config = SdkConfig::builder().region(region.map(Region::new)).use_fips(fips).use_dual_stack(dual_stack);
        assert_eq!(endpoint::resolve(&config.build()).await.unwrap(), S3Endpoint::new(expected), "{region:?}");
    }
    let config = super::config("http://localhost:4566/").await;
    assert_eq!(endpoint::resolve(&config).await.unwrap(), S3Endpoint::new("http://localhost:4566"));
}

#[tokio::test]
async fn a_ca_bundle_must_hold_a_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let (missing, empty) = (folder.path().join("missing.pem"), folder.path().join("empty.pem"));
    std::fs::write(&empty, "hello").unwrap();
    let bundle = async |path| load(&AwsSettings { ca_bundle: Some(path), ..AwsSettings::default() }).await;
    let rows = [
        (missing, "cannot read the CA bundle ", "missing.pem: No such file or directory (os error 2)"),
        (empty, "cannot use the CA bundle ", "empty.pem: it holds no PEM certificate"),
    ];
    for (path, start, end) in rows {
        let failure = bundle(path).await.unwrap_err();
        assert!(failure.cause().starts_with(start) && failure.cause().ends_with(end), "{}", failure.cause());
        assert_eq!(failure.kind, FailureKind::Usage);
    }
}

#[tokio::test]
async fn plain_http_to_a_public_host_is_refused() {
    let load = async |url: &str| {
        let failure = load(&AwsSettings { endpoint_url: Some(url.to_owned()), ..AwsSettings::default() }).await.err();
        failure.map(|failure| (failure.kind, failure.cause()))
    };
    let cause = "--endpoint-url is http://s3.example.com, which would carry session tokens without encryption";
    assert_eq!(load("http://s3.example.com").await, Some((FailureKind::Usage, cause.to_owned())));
    assert_eq!(load("https://s3.example.com").await, None);
    assert_eq!(load("http://localstack:4566").await, None);
}

/// STS's answer with the credentials of a role.
fn session(key_id: &str) -> String {
    let keys = format!("<AccessKeyId>{key_id}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>");
    let rest = "<SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>";
    let result = format!("<AssumeRoleResult><Credentials>{keys}{rest}</Credentials></AssumeRoleResult>");
    response(200, "", &format!("<AssumeRoleResponse>{result}</AssumeRoleResponse>"))
}

#[tokio::test]
async fn a_role_is_assumed_before_any_other_call() {
    let assumed = session("ASIAROLE");
    let service = Service::start([assumed, response(200, "", "")]).await;
    let settings = AwsSettings {
        external_id: Some(Secret::new("ext-1")),
        role_session: Some("samstep-job-1".to_owned()),
        upload_scope: Some(UploadScope { bucket: "b".to_owned(), prefixes: vec![Some("app".to_owned())] }),
        ..AwsSettings::default()
    };
    let config = assume(service.config().await, "arn:aws:iam::1:role/r", &settings).await;
    let store = S3Store::new(&config, &ObjectSettings::default());
    store.head(&S3Location::new("b", "k")).await.unwrap();
    let requests = service.requests();
    for expected in [
        "action=assumerole",
        "externalid=ext-1",
        "rolesessionname=samstep-job-1",
        "credential=akiatest/",
        "policy=%7b",
        "arn%3aaws%3as3%3a%3a%3ab%2fapp%2f%2a",
    ] {
        assert!(requests[0].contains(expected), "{expected} in {}", requests[0]);
    }
    assert!(requests[1].contains("credential=asiarole/"), "{}", requests[1]);
}

#[tokio::test]
async fn the_session_of_a_role_is_limited_for_uploads_and_not_for_stacks() {
    let answers =
        [session("ASIAOBJECTS"), response(200, "", ""), session("ASIASTACKS"), stack("CREATE_COMPLETE", "", "Url")];
    let service = Service::start(answers).await;
    let settings = AwsSettings {
        role_arn: Some("arn:aws:iam::1:role/r".to_owned()),
        upload_scope: Some(UploadScope { bucket: "b".to_owned(), prefixes: vec![None] }),
        ..AwsSettings::default()
    };
    let region = AwsRegion::new(service.config().await, &settings).await.unwrap();
    region.objects(&ObjectSettings::default()).head(&S3Location::new("b", "k")).await.unwrap();
    region.stacks().stack("s").await.unwrap().expect("the stack exists");
    let requests = service.requests();
    let rows = [
        (0, "&policy=", true),
        (1, "credential=asiaobjects/", true),
        (2, "action=assumerole", true),
        (2, "&policy=", false),
        (3, "credential=asiastacks/", true),
    ];
    for (request, text, expected) in rows {
        assert_eq!(requests[request].contains(text), expected, "{text} in {}", requests[request]);
    }
}

#[tokio::test]
async fn one_session_serves_uploads_and_stacks_if_none_is_limited() {
    let service =
        Service::start([session("ASIAROLE"), response(200, "", ""), stack("CREATE_COMPLETE", "", "Url")]).await;
    let settings = AwsSettings { role_arn: Some("arn:aws:iam::1:role/r".to_owned()), ..AwsSettings::default() };
    let region = AwsRegion::new(service.config().await, &settings).await.unwrap();
    region.objects(&ObjectSettings::default()).head(&S3Location::new("b", "k")).await.unwrap();
    region.stacks().stack("s").await.unwrap().expect("the stack exists");
    let requests = service.requests();
    assert!(requests[2].contains("action=describestacks") && requests[2].contains("asiarole/"), "{}", requests[2]);
}

#[tokio::test]
async fn a_role_that_cannot_be_assumed_fails_with_the_message_of_the_service() {
    let message = "User u is not authorized to perform: sts:AssumeRole on resource: r";
    let rows = [
        (refusal("AccessDenied", message), Reason::NoCredentials, message),
        (refusal("Throttling", "Rate exceeded"), Reason::Throttled, "Rate exceeded"),
        (String::new(), Reason::Network, "connection"),
    ];
    for (wire, expected, message) in rows {
        let service = Service::start([wire]).await;
        let config = assume(service.config().await, "arn:aws:iam::1:role/r", &AwsSettings::default()).await;
        let store = S3Store::new(&config, &ObjectSettings::default());
        let error = store.head(&S3Location::new("b", "k")).await.unwrap_err();
        assert_eq!((error.reason.clone(), error.to_string().contains(message)), (expected, true), "{error}");
    }
}

#[tokio::test]
async fn a_result_is_put_once_and_the_response_may_be_empty() {
    let service = Service::start([response(200, "", "")]).await;
    let queue = CodePipeline::new(&service.config().await);
    let job = JobId::new(JOB_ID).unwrap();
    let success = JobSuccess {
        summary: "Packaged 3".to_owned(),
        external_execution_id: Some("build/1".to_owned()),
        percent_complete: 100,
        output_variables: [("Bucket".to_owned(), "b".to_owned())].into(),
    };
    queue.put_success(&job, &success).await.unwrap();
    let failure = JobFailure {
        failure_type: JobFailureType::ConfigurationError,
        message: "no template".to_owned(),
        external_execution_id: None,
    };
    queue.put_failure(&job, &failure).await.unwrap();
    let requests = service.requests();
    let rows = [
        (0, "x-amz-target: codepipeline_20150709.putjobsuccessresult"),
        (0, r#""outputvariables":{"bucket":"b"}"#),
        (0, r#""summary":"packaged 3","externalexecutionid":"build/1","percentcomplete":100"#),
        (1, r#""type":"configurationerror","message":"no template""#),
        (1, JOB_ID),
    ];
    assert_eq!(requests.len(), 2);
    for (request, expected) in rows {
        assert!(requests[request].contains(expected), "{expected} in {}", requests[request]);
    }
    assert!(!requests[0].contains("continuationtoken"));
}

#[tokio::test]
async fn the_queue_has_a_read_timeout() {
    let rows = [(None, Duration::from_secs(20)), (Some(Duration::from_secs(7)), Duration::from_secs(7))];
    for (read_timeout, expected) in rows {
        let config = load(&AwsSettings { read_timeout, ..AwsSettings::default() }).await.unwrap();
        let queue = CodePipeline::new(&config);
        assert_eq!(queue.client.config().timeout_config().unwrap().read_timeout(), Some(expected));
    }
}

#[tokio::test]
async fn a_refused_result_has_a_reason() {
    let rows = [
        ("InvalidJobStateException", Reason::InvalidState),
        ("JobNotFoundException", Reason::NotFound),
        ("ValidationException", Reason::Rejected),
        ("OutputVariablesSizeExceededException", Reason::Rejected),
        ("ThrottlingException", Reason::Throttled),
        ("AccessDeniedException", Reason::AccessDenied),
    ];
    for (code, expected) in rows {
        let body = format!(r#"{{"__type":"{code}","message":"no"}}"#);
        let service = Service::start([response(400, "", &body)]).await;
        let failure = JobFailure {
            failure_type: JobFailureType::JobFailed,
            message: "m".to_owned(),
            external_execution_id: None,
        };
        let queue = CodePipeline::new(&service.config().await);
        let error = queue.put_failure(&JobId::new(JOB_ID).unwrap(), &failure).await.unwrap_err();
        assert_eq!(error.reason, expected, "{code}");
    }
}

fn stack(status: &str, tag: &str, output: &str) -> String {
    let tags = format!("<Tags><member><Key>ManagedStackSource</Key><Value>{tag}</Value></member></Tags>");
    let outputs =
        format!("<Outputs><member><OutputKey>{output}</OutputKey><OutputValue>bkt</OutputValue></member></Outputs>");
    let stack = format!(
        "<StackId>arn:aws:cloudformation:eu-west-1:111122223333:stack/s/1</StackId><StackName>s</StackName><CreationTime>2026-01-01T00:00:00Z</CreationTime><StackStatus>{status}</StackStatus>"
    );
    let result = format!(
        "<DescribeStacksResult><Stacks><member>{stack}{tags}{outputs}</member></Stacks></DescribeStacksResult>"
    );
    response(200, "", &format!("<DescribeStacksResponse>{result}</DescribeStacksResponse>"))
}

fn refusal(code: &str, message: &str) -> String {
    response(
        400,
        "",
        &format!("<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"),
    )
}

#[tokio::test]
async fn a_managed_bucket_needs_a_region() {
    let region = AwsRegion::new(SdkConfig::builder().build(), &AwsSettings::default()).await;
    let failure = region.unwrap().managed_bucket(&Recorder::default()).await.unwrap_err();
    assert_eq!(failure.cause(), "cannot find the managed bucket: no region is given");
    assert_eq!(failure.kind, FailureKind::Usage);
}

#[tokio::test]
async fn the_managed_bucket_must_belong_to_the_account_of_its_stack() {
    let rows = [(None, "111122223333"), (Some("444455556666"), "444455556666")];
    for (setting, expected) in rows {
        let ready = stack("CREATE_COMPLETE", "AwsSamCli", "SourceBucket");
        let service = Service::start([ready, response(200, "", "")]).await;
        let settings = AwsSettings {
            region: Some("eu-west-1".to_owned()),
            endpoint_url: Some(service.url.clone()),
            ..AwsSettings::default()
        };
        let region = AwsCloud.region(&settings).await.unwrap().with_credentials(super::credentials());
        let name = region.managed_bucket(&Recorder::default()).await.unwrap();
        let objects = ObjectSettings { expected_bucket_owner: setting.map(str::to_owned), ..ObjectSettings::default() };
        region.objects(&objects).head(&S3Location::new(name, "k")).await.unwrap();
        let request = &service.requests()[1];
        assert!(request.contains(&format!("x-amz-expected-bucket-owner: {expected}")), "{request}");
    }
}
