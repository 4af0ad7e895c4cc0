//! Configuration, endpoints, the queue of jobs and the managed bucket.

use super::{Service, answer};
use crate::aws::config::ConfigError;
use crate::aws::config::assume;
use crate::aws::managed_bucket::ManagedBucketError;
use crate::aws::{CodePipeline, S3Store, endpoint, load, managed_bucket};
use crate::facts::{Explain, FailureKind, JobFailureType, Reason, S3Endpoint, S3Location, Secret};
use crate::job::{JobFailure, JobId, JobSuccess, Jobs};
use crate::package::ObjectStore;
use crate::settings::{AwsSettings, ObjectSettings};
use crate::testing::jobs::JOB_ID;
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
    assert!(matches!(bundle(missing).await, Err(ConfigError::CaBundle { .. })));
    assert!(matches!(bundle(empty).await, Err(ConfigError::NoCertificate { .. })));
}

#[tokio::test]
async fn a_role_is_assumed_before_anything_else_is_called() {
    let session = "<AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>";
    let assumed = format!(
        "<AssumeRoleResponse><AssumeRoleResult><Credentials>{session}</Credentials></AssumeRoleResult></AssumeRoleResponse>"
    );
    let service = Service::start([answer(200, "", &assumed), answer(200, "", "")]).await;
    let settings = AwsSettings {
        external_id: Some(Secret::new("ext-1")),
        role_session: Some("samstep-job-1".to_owned()),
        ..AwsSettings::default()
    };
    let config = assume(service.config().await, "arn:aws:iam::1:role/r", &settings).await;
    let store = S3Store::new(&config, &ObjectSettings::default());
    store.head(&S3Location::new("b", "k")).await.unwrap();
    let requests = service.requests();
    for expected in ["action=assumerole", "externalid=ext-1", "rolesessionname=samstep-job-1", "credential=akiatest/"] {
        assert!(requests[0].contains(expected), "{expected} in {}", requests[0]);
    }
    assert!(requests[1].contains("credential=asiarole/"), "{}", requests[1]);
}

#[tokio::test]
async fn a_role_that_cannot_be_assumed_is_told_in_the_services_words() {
    let words = "User u is not authorized to perform: sts:AssumeRole on resource: r";
    let rows = [
        (refusal("AccessDenied", words), Reason::NoCredentials, words),
        (refusal("Throttling", "Rate exceeded"), Reason::Throttled, "Rate exceeded"),
        (String::new(), Reason::Network, "connection"),
    ];
    for (wire, expected, words) in rows {
        let service = Service::start([wire]).await;
        let config = assume(service.config().await, "arn:aws:iam::1:role/r", &AwsSettings::default()).await;
        let store = S3Store::new(&config, &ObjectSettings::default());
        let error = store.head(&S3Location::new("b", "k")).await.unwrap_err();
        assert_eq!((error.reason.clone(), error.to_string().contains(words)), (expected, true), "{error}");
    }
}

#[tokio::test]
async fn a_result_is_put_once_and_an_empty_answer_is_fine() {
    let service = Service::start([answer(200, "", "")]).await;
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
async fn an_answer_of_the_queue_is_not_waited_for_without_end() {
    let rows = [(None, Duration::from_secs(20)), (Some(Duration::from_secs(7)), Duration::from_secs(7))];
    for (read_timeout, expected) in rows {
        let config = load(&AwsSettings { read_timeout, ..AwsSettings::default() }).await.unwrap();
        let queue = CodePipeline::new(&config);
        assert_eq!(queue.client.config().timeout_config().unwrap().read_timeout(), Some(expected));
    }
}

#[tokio::test]
async fn a_result_that_is_refused_says_how() {
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
        let service = Service::start([answer(400, "", &body)]).await;
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
        "<StackName>s</StackName><CreationTime>2026-01-01T00:00:00Z</CreationTime><StackStatus>{status}</StackStatus>"
    );
    let result = format!(
        "<DescribeStacksResult><Stacks><member>{stack}{tags}{outputs}</member></Stacks></DescribeStacksResult>"
    );
    answer(200, "", &format!("<DescribeStacksResponse>{result}</DescribeStacksResponse>"))
}

fn refusal(code: &str, message: &str) -> String {
    answer(
        400,
        "",
        &format!("<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"),
    )
}

#[tokio::test]
async fn the_managed_bucket_is_that_of_sams_stack() {
    let denied = refusal("AccessDenied", "User is not authorized to perform: cloudformation:DescribeStacks");
    let rows: [(&str, String, Result<&str, FailureKind>); 6] = [
        ("there", stack("CREATE_COMPLETE", "AwsSamCli", "SourceBucket"), Ok("bkt")),
        ("updated", stack("UPDATE_ROLLBACK_COMPLETE", "AwsSamCli", "SourceBucket"), Ok("bkt")),
        ("of somebody else", stack("CREATE_COMPLETE", "Me", "SourceBucket"), Err(FailureKind::Usage)),
        ("without the output", stack("CREATE_COMPLETE", "AwsSamCli", "Other"), Err(FailureKind::Usage)),
        ("broken", stack("ROLLBACK_COMPLETE", "AwsSamCli", "SourceBucket"), Err(FailureKind::Failed)),
        ("forbidden", denied, Err(FailureKind::Permission)),
    ];
    for (name, wire, expected) in rows {
        let service = Service::start([wire]).await;
        let bucket = managed_bucket(&service.config().await).await;
        assert_eq!(bucket.as_deref().map_err(Explain::kind), expected, "{name}");
        assert!(service.requests().iter().all(|request| request.contains("action=describestacks")), "{name}");
    }
}

#[tokio::test]
async fn a_managed_bucket_that_is_not_there_is_made() {
    let absent = refusal("ValidationError", "Stack with id aws-sam-cli-managed-default does not exist");
    let created = "<CreateChangeSetResponse><CreateChangeSetResult/></CreateChangeSetResponse>";
    let described = "<DescribeChangeSetResponse><DescribeChangeSetResult><Status>CREATE_COMPLETE</Status></DescribeChangeSetResult></DescribeChangeSetResponse>";
    let executed = "<ExecuteChangeSetResponse><ExecuteChangeSetResult/></ExecuteChangeSetResponse>";
    let service = Service::start([
        absent.clone(),
        answer(200, "", created),
        answer(200, "", described),
        answer(200, "", executed),
        stack("CREATE_COMPLETE", "AwsSamCli", "SourceBucket"),
    ])
    .await;
    assert_eq!(managed_bucket(&service.config().await).await.unwrap(), "bkt");
    let created = &service.requests()[1];
    assert!(created.contains("changesetname=initialcreation") && created.contains("changesettype=create"), "{created}");
    let raced = Service::start([
        absent,
        refusal("AlreadyExistsException", "ChangeSet InitialCreation already exists"),
        stack("CREATE_COMPLETE", "AwsSamCli", "SourceBucket"),
    ])
    .await;
    assert_eq!(managed_bucket(&raced.config().await).await.unwrap(), "bkt");
}

#[tokio::test]
async fn a_managed_bucket_needs_a_region() {
    let error = managed_bucket(&SdkConfig::builder().build()).await.unwrap_err();
    assert!(matches!(error, ManagedBucketError::NoRegion));
}
