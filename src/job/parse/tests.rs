//! Documents with a job, and documents with errors.

use super::{Job, JobError, Origin};
use crate::facts::{Failure, FailureKind};
use serde_json::{Value, json};

const ID: &str = "0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11";

/// A job in a response of PollForJobs, with the members that we ignore.
fn polled() -> Value {
    json!({
        "id": ID,
        "nonce": "3",
        "accountId": "111122223333",
        "data": {
            "actionTypeId": {"__type": "ActionTypeId", "category": "Build", "owner": "Custom", "provider": "P", "version": "1"},
            "actionConfiguration": {"__type": "x", "configuration": {"TemplatePath": "Source::t.yaml", "SecretToken": "tok-1"}},
            "pipelineContext": {
                "pipelineName": "orders",
                "stage": {"name": "Package"},
                "action": {"name": "Sam", "actionExecutionId": "4f3a"},
                "pipelineExecutionId": null
            },
            "inputArtifacts": [artifact("Source")],
            "outputArtifacts": [artifact("Packaged")],
            "artifactCredentials": {
                "__type": "AWSSessionCredentials",
                "accessKeyId": "ASIA1",
                "secretAccessKey": "wJalr",
                "sessionToken": "tok-2",
                "expirationTime": 1_789_900_000_000_u64
            },
            "continuationToken": null,
            "encryptionKey": {"id": "arn:aws:kms:eu-west-1:1:key/k", "type": "KMS"}
        }
    })
}

fn artifact(name: &str) -> Value {
    json!({
        "name": name,
        "revision": null,
        "location": {"type": "S3", "s3Location": {"bucketName": "artifacts", "objectKey": format!("p/{name}/x")}}
    })
}

/// The job with the value at a JSON pointer replaced, or removed.
fn with(pointer: &str, value: Option<Value>) -> Value {
    let mut job = polled();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = job.pointer_mut(parent).unwrap();
    match value {
        Some(value) => parent[key] = value,
        None => drop(parent.as_object_mut().unwrap().remove(key)),
    }
    job
}

fn parse(job: &Value) -> Result<Job, JobError> {
    Job::parse(Origin::Document("job.json"), serde_json::to_string_pretty(job).unwrap().as_bytes())
}

#[test]
fn every_envelope_holds_the_same_job() {
    let expected = parse(&polled()).unwrap();
    assert_eq!(expected.id.as_str(), ID);
    assert_eq!(expected.configuration.get("TemplatePath"), Some("Source::t.yaml"));
    assert_eq!(expected.inputs[0].location.uri(), "s3://artifacts/p/Source/x");
    assert_eq!(expected.pipeline.as_ref().unwrap().stage.as_deref(), Some("Package"));
    assert_eq!(expected.encryption_key.as_ref().unwrap().0, "arn:aws:kms:eu-west-1:1:key/k");
    let rows = [
        ("the answer of a poll", json!({"jobs": [polled()]})),
        ("job details", json!({"jobDetails": polled(), "__type": "x"})),
        ("an event of Lambda", json!({"CodePipeline.job": polled()})),
    ];
    for (name, envelope) in rows {
        assert_eq!(parse(&envelope).unwrap(), expected, "{name}");
    }
}

#[test]
fn lambda_hides_the_properties_in_user_parameters() {
    let configuration =
        json!({"FunctionName": "f", "UserParameters": r#"{"templatePath": "t.yaml", "forceUpload": true}"#});
    let mut job = with("/data/actionConfiguration/configuration", Some(configuration));
    let data = job["data"].as_object_mut().unwrap();
    data.remove("actionTypeId");
    data.remove("pipelineContext");
    let job = parse(&json!({"CodePipeline.job": job})).unwrap();
    assert_eq!(job.configuration.iter().collect::<Vec<_>>(), [("ForceUpload", "true"), ("TemplatePath", "t.yaml")]);
    assert_eq!(job.pipeline, None);
}

#[test]
fn what_is_optional_may_be_missing() {
    for pointer in [
        "/nonce",
        "/data/actionConfiguration",
        "/data/pipelineContext",
        "/data/inputArtifacts",
        "/data/outputArtifacts",
        "/data/artifactCredentials",
        "/data/encryptionKey",
    ] {
        assert!(parse(&with(pointer, None)).is_ok(), "{pointer}");
        assert!(parse(&with(pointer, Some(Value::Null))).is_ok(), "{pointer} null");
    }
}

#[test]
fn an_error_names_the_path_and_the_place_and_the_job() {
    let configuration = "/data/actionConfiguration/configuration";
    let rows = [
        ("no id", with("/id", None), "has no `id` (line 1, column 1)", false),
        (
            "bad id",
            with("/id", Some(json!("../../etc"))),
            "id is not a job id (a UUID in lower case) (line 2, column 9)",
            false,
        ),
        ("upper case id", with("/id", Some(json!(ID.to_uppercase()))), "id is not a job id", false),
        ("no data", with("/data", None), "has no `data`", true),
        ("list", json!([]), "must be an object, not a list (line 1, column 1)", false),
        ("no job", json!({"jobs": []}), "jobs holds 0 jobs; there must be one", false),
        ("two jobs", json!({"jobs": [polled(), polled()]}), "jobs holds 2 jobs; there must be one", false),
        ("partner", json!({"jobId": "x", "actionCredentials": {}}), "is an event of a partner integration", false),
        (
            "long value",
            with(&format!("{configuration}/Options"), Some(json!("x".repeat(1001)))),
            "data.actionConfiguration.configuration.Options is longer than 1000 characters",
            true,
        ),
        (
            "long name",
            with(&format!("{configuration}/{}", "k".repeat(51)), Some(json!("x"))),
            "data.actionConfiguration.configuration has a name longer than 50 characters",
            true,
        ),
        (
            "value not text",
            with(&format!("{configuration}/Options"), Some(json!({}))),
            "configuration.Options must be a string, not an object",
            true,
        ),
        (
            "artifact name",
            with("/data/inputArtifacts", Some(json!([artifact("../x")]))),
            "data.inputArtifacts[0].name is not the name of an artifact",
            true,
        ),
        (
            "artifact twice",
            with("/data/inputArtifacts", Some(json!([artifact("a"), artifact("a")]))),
            "data.inputArtifacts[1] names the artifact a a second time",
            true,
        ),
        (
            "no bucket",
            with("/data/inputArtifacts/0/location/s3Location/bucketName", None),
            "data.inputArtifacts[0].location.s3Location has no `bucketName`",
            true,
        ),
        (
            "empty key",
            with("/data/outputArtifacts/0/location/s3Location/objectKey", Some(json!(""))),
            "data.outputArtifacts[0].location.s3Location.objectKey is empty",
            true,
        ),
        (
            "other store",
            with("/data/inputArtifacts/0/location/type", Some(json!("Git"))),
            "data.inputArtifacts[0].location.type is not S3",
            true,
        ),
        (
            "half of the credentials",
            with("/data/artifactCredentials/sessionToken", None),
            "data.artifactCredentials has no `sessionToken`",
            true,
        ),
        ("key type", with("/data/encryptionKey/type", Some(json!("AES"))), "data.encryptionKey.type is not KMS", true),
        (
            "user parameters",
            with(configuration, Some(json!({"FunctionName": "f", "UserParameters": "t.yaml"}))),
            r#"UserParameters must be a JSON object with the properties, such as {"S3Prefix": "app"}: it is not valid JSON"#,
            true,
        ),
    ];
    for (name, job, expected, knows_job) in rows {
        let error = parse(&job).err().unwrap_or_else(|| panic!("{name}"));
        assert_eq!(error.job_id().is_some(), knows_job, "{name}");
        let failure = Failure::from(error);
        let cause = failure.cause();
        assert!(cause.starts_with("the job in job.json") && cause.contains(expected), "{name}: {cause}");
        assert_eq!(failure.kind, FailureKind::Usage, "{name}");
    }
}

#[test]
fn neither_errors_nor_debug_output_show_a_secret() {
    let wrong_shapes = ["/data/artifactCredentials", "/data/actionConfiguration/configuration"];
    for pointer in wrong_shapes {
        let error = parse(&with(pointer, Some(json!("wJalr tok-1 tok-2")))).unwrap_err();
        let text = format!("{error:?}");
        assert!(!text.contains("wJalr") && !text.contains("tok-"), "{text}");
    }
    let text = format!("{:?}", parse(&polled()).unwrap());
    assert!(!text.contains("wJalr") && !text.contains("tok-"), "{text}");
}

#[test]
fn the_secrets_of_a_job_are_known() {
    let options = json!({"TemplatePath": "t", "Options": r#"{"externalId": "ext-1"}"#, "SecretToken": "tok-1"});
    let job = parse(&with("/data/actionConfiguration/configuration", Some(options))).unwrap();
    let secrets = job.secrets();
    let exposed: Vec<_> = secrets.iter().map(|secret| secret.expose()).collect();
    assert_eq!(exposed, ["ASIA1", "wJalr", "tok-2", "tok-1", "ext-1"]);
}

#[test]
fn a_line_that_is_too_long_is_skipped_and_the_next_one_read() {
    let text = format!("{}\n{}\n", "x".repeat(usize::try_from(super::JOB_LIMIT).unwrap() + 2), polled());
    let mut stream = std::io::Cursor::new(text.into_bytes());
    let error = Failure::from(Job::read_line(&mut stream).unwrap_err());
    assert_eq!((error.cause().as_str(), &error.problems[0].hint), ("the job is larger than 4194304 bytes", &None));
    assert_eq!(Job::read_line(&mut stream).unwrap().id.as_str(), ID);
}

#[test]
fn a_job_of_the_service_has_no_document_that_a_reader_could_look_at() {
    let rows = [
        (with("/data/pipelineContext/pipelineName", None), "the job: data.pipelineContext has no `pipelineName`"),
        (json!({"id": ID}), "the job has no `data`"),
    ];
    for (job, expected) in rows {
        let failure = Failure::from(Job::parse(Origin::Service, job.to_string().as_bytes()).unwrap_err());
        assert_eq!((failure.cause().as_str(), &failure.problems[0].hint), (expected, &None));
    }
}
