//! `samstep job`: from the JSON of a job to its one result, with two sets of credentials against two services.

use crate::job_service::{Answer as JobAnswer, Fault as JobFault, JobService};
use crate::run::{Ended, Run, samstep};
use crate::s3_server::{Answer, Fault, HOST, JOB, S3Server};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};
use zip::write::{SimpleFileOptions, ZipWriter};

pub const ID: &str = "0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11";
const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1b2c3d4e-0000-4444-8888-9999aaaabbbb";
pub const INPUT: &str = "orders/SourceArti/aB3dE9z";
pub const OUTPUT: &str = "orders/PackagedAr/Qw7Rt2Y";
const TOKEN: &str = "job-session-token-5c7e9a1b";
const EXTERNAL_ID: &str = "external-id-2f4a6c8e";

pub const TEMPLATE: &str = "\
# the order service
Parameters:
  Stage: {Type: String, AllowedValues: [dev, prod]}
  Password: {Type: String, NoEcho: true, Default: ''}
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler   # kept
      Runtime: python3.13
      CodeUri: src/
";

/// The two services, and the job that is in progress.
pub struct World {
    pub s3: S3Server,
    pub jobs: JobService,
    pub job: Value,
}

impl World {
    /// With these properties of the action and this input artifact.
    pub fn new(properties: &[(&str, &str)], input: &[u8]) -> Self {
        let s3 = S3Server::with_bucket("artifacts");
        s3.bucket("code");
        s3.demand_kms("artifacts");
        s3.put("artifacts", INPUT, input);
        let job = job(properties);
        Self { s3, jobs: JobService::with_job(&job), job }
    }

    /// The run of the job, not started yet; the job comes on standard input.
    pub fn run(&self) -> Run {
        self.run_of("-").input(self.job.to_string())
    }

    /// The run of the job in a file.
    pub fn run_of(&self, file: &str) -> Run {
        let run = samstep(["job", "--job-file", file, "--debug"]).against(&self.s3);
        run.env("AWS_ENDPOINT_URL_CODEPIPELINE", self.jobs.url())
    }

    /// The one result, and what it is.
    #[track_caller]
    pub fn result(&self, operation: &str) -> Value {
        let calls = self.jobs.calls();
        let operations: Vec<_> = calls.iter().map(|call| call.operation.as_str()).collect();
        assert_eq!(operations, [operation], "{calls:?}");
        assert_eq!(calls[0].access_key, HOST.access_key);
        self.jobs.result(ID).expect("the job has its result")
    }
}

pub fn job(properties: &[(&str, &str)]) -> Value {
    let artifact = |name: &str, key: &str| {
        let location = json!({"type": "S3", "s3Location": {"bucketName": "artifacts", "objectKey": key}});
        json!({"__type": "Artifact", "name": name, "revision": null, "location": location})
    };
    let properties: BTreeMap<_, _> = [("TemplatePath", "SourceArtifact::template.yaml"), ("S3Bucket", "code")]
        .iter()
        .chain(properties)
        .copied()
        .collect();
    json!({
        "id": ID,
        "nonce": "3",
        "accountId": "111122223333",
        "data": {
            "actionTypeId": {"category": "Build", "owner": "Custom", "provider": "Samstep", "version": "1"},
            "actionConfiguration": {"__type": "ActionConfiguration", "configuration": properties},
            "pipelineContext": {"pipelineName": "orders", "stage": {"name": "Package"}, "action": {"name": "Samstep"}},
            "inputArtifacts": [artifact("SourceArtifact", INPUT)],
            "outputArtifacts": [artifact("PackagedArtifact", OUTPUT)],
            "artifactCredentials": {
                "accessKeyId": JOB.access_key,
                "secretAccessKey": JOB.secret_key,
                "sessionToken": TOKEN
            },
            "encryptionKey": {"id": KEY, "type": "KMS"}
        }
    })
}

pub fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

pub fn source() -> Vec<u8> {
    zip(&[
        ("template.yaml", TEMPLATE.as_bytes()),
        ("src/app.py", b"def handler(event, context): return 1\n"),
        ("config/prod.json", br#"{"Parameters": {"Stage": "prod"}}"#),
    ])
}

/// The files of the output artifact, in their order.
pub fn output(world: &World) -> Vec<(String, String)> {
    files_of(&world.s3.objects("artifacts").remove(OUTPUT).expect("there is an output artifact"))
}

/// The files of an archive, in their order.
pub fn files_of(bytes: &[u8]) -> Vec<(String, String)> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let count = archive.len();
    let read = |index| {
        let (mut text, mut entry) = (String::new(), archive.by_index(index).unwrap());
        entry.read_to_string(&mut text).unwrap();
        (entry.name().unwrap().into_owned(), text)
    };
    (0..count).map(read).collect()
}

#[track_caller]
fn assert_no_secret(world: &World, ended: &Ended) {
    let calls: String = world.jobs.calls().iter().map(|call| call.input.to_string()).collect();
    let objects = world.s3.objects("artifacts").remove(OUTPUT).map(|_| format!("{:?}", output(world)));
    for (place, text) in [
        ("stdout", &ended.stdout),
        ("stderr", &ended.stderr),
        ("the result", &calls),
        ("the output artifact", &objects.unwrap_or_default()),
    ] {
        for secret in [JOB.secret_key, TOKEN, EXTERNAL_ID, HOST.secret_key] {
            assert!(!text.contains(secret), "{secret} is in {place}: {text}");
        }
    }
}

#[test]
fn a_job_becomes_an_output_artifact_and_one_success() {
    let asked = [("TemplateConfiguration", "SourceArtifact::config/prod.json"), ("S3Prefix", "orders")];
    let world = World::new(&asked, &source());
    let ended = world.run().end().ok();

    let files = output(&world);
    let names: Vec<_> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["packaged.yaml", "step-outputs.json", "manifest.json", "config/prod.json"]);
    let code = world.s3.objects("code").into_keys().collect::<Vec<_>>();
    assert_eq!(code.len(), 1, "{code:?}");
    assert_eq!(files[0].1, TEMPLATE.replace("src/", &format!("s3://code/{}", code[0])));

    let result = world.result("PutJobSuccessResult");
    let variables = &result["outputVariables"];
    assert_eq!((&variables["TemplateFile"], &variables["Bucket"]), (&json!("packaged.yaml"), &json!("code")));
    assert_eq!(result["executionDetails"]["percentComplete"], 100);
    let outputs: Value = serde_json::from_str(&files[1].1).unwrap();
    assert_eq!(&outputs, variables, "the file for Fn::GetParam holds the same values");
    assert!(files[2].1.contains("SourceArtifact::src"), "{}", files[2].1);
    assert_no_secret(&world, &ended);
}

#[test]
fn each_call_is_signed_by_whom_it_is_for_and_encrypted_as_the_job_says() {
    let world = World::new(&[], &source());
    world.run().end().ok();
    for request in world.s3.requests() {
        let is_artifact = request.path.starts_with("/artifacts/");
        let expected = if is_artifact { JOB.access_key } else { HOST.access_key };
        assert_eq!(request.access_key, expected, "{} {}", request.method, request.path);
        assert_eq!(request.header("x-amz-security-token") == TOKEN, is_artifact, "{}", request.path);
        assert!(!is_artifact || [INPUT, OUTPUT].iter().any(|key| request.path == format!("/artifacts/{key}")));
        if is_artifact && request.writes() {
            assert_eq!(request.header("x-amz-server-side-encryption"), "aws:kms");
            assert_eq!(request.header("x-amz-server-side-encryption-aws-kms-key-id"), KEY);
        }
    }
    assert!(world.s3.writes().iter().any(|write| write.starts_with("PUT /code/")));
}

/// As `pipeline/worker-*.yaml` set them where `CodeKeyArn` is given and `CodeRoleArns` is not.
#[test]
fn a_job_takes_its_hosts_key_and_names_no_other_and_no_role() {
    let key = "arn:aws:kms:eu-west-1:111122223333:key/code";
    let run = |properties: &[(&str, &str)]| {
        let world = World::new(properties, &source());
        let host = world.run().env("SAMSTEP_KMS_KEY_ID", key).env("SAMSTEP_ALLOW_KEY", key);
        (host.env("SAMSTEP_ALLOW_ROLE", "none").end(), world)
    };
    let (ended, world) = run(&[]);
    ended.ok();
    let requests = world.s3.requests();
    let write = requests.iter().find(|it| it.writes() && it.path.starts_with("/code/")).unwrap();
    assert_eq!(write.header("x-amz-server-side-encryption-aws-kms-key-id"), key);
    let role = "arn:aws:iam::111122223333:role/admin";
    for (property, value) in [("AssumeRoleArn", role), ("Options", r#"{"KmsKeyId": "alias/other"}"#)] {
        let (_, world) = run(&[(property, value)]);
        assert_eq!(world.result("PutJobFailureResult")["failureDetails"]["type"], "PermissionError", "{property}");
        assert!(!world.s3.writes().iter().any(|write| write.starts_with("PUT /code/")), "{property}");
    }
}

#[test]
fn without_a_key_the_managed_key_of_the_account_is_asked_for() {
    let mut world = World::new(&[], &source());
    world.job["data"]["encryptionKey"] = Value::Null;
    world.run().end().ok();
    let requests = world.s3.requests();
    let write = requests.iter().find(|it| it.writes() && it.path.ends_with(OUTPUT)).unwrap();
    assert_eq!(write.header("x-amz-server-side-encryption"), "aws:kms");
    assert_eq!(write.header("x-amz-server-side-encryption-aws-kms-key-id"), "");
}

#[test]
fn code_beside_the_artifacts_is_encrypted_as_they_are() {
    let (sse, key) = ("x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id");
    let rows: [(&[(&str, &str)], _, _); 5] = [
        (&[("S3Bucket", "")], "aws:kms", KEY),
        (&[("S3Bucket", "artifacts")], "aws:kms", KEY),
        (&[("S3Bucket", "auto")], "aws:kms", KEY),
        (&[("S3Bucket", "auto"), ("Sse", "aes256")], "AES256", ""),
        (&[("S3Bucket", "code")], "AES256", ""),
    ];
    for (properties, expected, expected_key) in rows {
        let mut world = World::new(properties, &source());
        let configuration = &mut world.job["data"]["actionConfiguration"]["configuration"];
        configuration.as_object_mut().unwrap().retain(|_, value| value != "");
        // The policy of the bucket refuses what is not encrypted so.
        world.run().end();
        let requests = world.s3.requests();
        let write = requests.iter().find(|it| it.writes() && it.access_key == HOST.access_key).unwrap();
        assert_eq!((write.header(sse), write.header(key)), (expected, expected_key), "{properties:?}");
    }
}

#[test]
fn each_envelope_is_understood() {
    let job = job(&[]);
    let mut event = job.clone();
    let properties = job["data"]["actionConfiguration"]["configuration"].to_string();
    event["data"]["actionConfiguration"]["configuration"] = json!({"FunctionName": "f", "UserParameters": properties});
    for envelope in [json!({"jobs": [job]}), json!({"jobDetails": job}), json!({"CodePipeline.job": event})] {
        let world = World { job: envelope, ..World::new(&[], &source()) };
        world.run().end().ok();
        world.result("PutJobSuccessResult");
    }
}

#[test]
fn each_class_of_failure_has_its_exit_code_and_its_type() {
    let world = |properties: &[(&str, &str)]| World::new(properties, &source());
    let holding = |input: &[u8]| World::new(&[], input);
    let failing = |method, path: &str, answer| {
        let world = World::new(&[("ExternalId", EXTERNAL_ID)], &source());
        world.s3.fault(Fault::new(method, path, answer));
        world
    };
    let denied = || Answer::Error(403, "AccessDenied", Vec::new());
    let missing = TEMPLATE.replace("src/", "nowhere/");
    let outside = TEMPLATE.replace("src/", "../../");
    let rows: Vec<(&str, World, i32, &str, &str)> = vec![
        ("unknown operation", world(&[("Operation", "deploi")]), 2, "ConfigurationError", "unknown operation `deploi`"),
        ("unknown property", world(&[("S3Bukket", "x")]), 2, "ConfigurationError", "S3Bukket"),
        ("the host's own", world(&[("EndpointUrl", "http://x")]), 2, "ConfigurationError", "sets EndpointUrl"),
        (
            "template not there",
            world(&[("TemplatePath", "t.yaml")]),
            2,
            "ConfigurationError",
            "t.yaml is not in the input artifact SourceArtifact",
        ),
        ("code not there", holding(&zip(&[("template.yaml", missing.as_bytes())])), 2, "ConfigurationError", "nowhere"),
        (
            "code outside",
            holding(&zip(&[("template.yaml", outside.as_bytes())])),
            2,
            "ConfigurationError",
            "lies outside the input artifact",
        ),
        (
            "template is no template",
            holding(&zip(&[("template.yaml", b"- a\n")])),
            2,
            "ConfigurationError",
            "SourceArtifact::template.yaml",
        ),
        (
            "input not there",
            failing("GET", INPUT, Answer::Error(404, "NoSuchKey", Vec::new())),
            66,
            "RevisionUnavailable",
            "cannot fetch the input artifact SourceArtifact",
        ),
        ("input no archive", holding(b"hello"), 66, "RevisionUnavailable", "is not an archive"),
        ("input damaged", holding(&source()[..200]), 66, "RevisionUnavailable", "the archive is damaged"),
        (
            "input leaves its folder",
            holding(&zip(&[("../x", b"")])),
            66,
            "RevisionUnavailable",
            "leaves the archive with `..`",
        ),
        ("input denied", failing("GET", INPUT, denied()), 77, "PermissionError", "s3:GetObject"),
        ("code denied", failing("PUT", "/code/", denied()), 77, "PermissionError", "s3:PutObject"),
        (
            "output denied",
            failing("PUT", OUTPUT, denied()),
            77,
            "PermissionError",
            "cannot store the output artifact PackagedArtifact",
        ),
    ];
    for (name, world, code, failure_type, message) in rows {
        let ended = world.run().end();
        assert_eq!((ended.code, ended.stdout.as_str()), (code, ""), "{name}: {}", ended.stderr);
        let details = world.result("PutJobFailureResult")["failureDetails"].clone();
        assert_eq!(details["type"], failure_type, "{name}: {details}");
        assert!(details["message"].as_str().unwrap().contains(message), "{name}: {details}");
        assert!(ended.cause().contains(message), "{name}: {}", ended.stderr);
        assert!(!world.s3.objects("artifacts").contains_key(OUTPUT), "{name}");
        assert_no_secret(&world, &ended);
    }
}

#[test]
fn a_samconfig_in_the_artifact_gives_defaults_and_reaches_nothing_of_the_host() {
    let samconfig = "\
version = 0.1
[default.package.parameters]
s3_prefix = 'from-samconfig'
resolve_s3 = true
profile = 'nobody'
endpoint_url = 'http://127.0.0.1:1'
output_template_file = 'nowhere/packaged.yaml'
manifest = 'nowhere/manifest.json'
dry_run = true
";
    let files: [(&str, &[u8]); 3] =
        [("template.yaml", TEMPLATE.as_bytes()), ("src/app.py", b""), ("samconfig.toml", samconfig.as_bytes())];
    let world = World::new(&[], &zip(&files));
    world.run().end().ok();
    assert!(world.s3.objects("code").keys().all(|key| key.starts_with("from-samconfig/")));
    assert_eq!(world.result("PutJobSuccessResult")["outputVariables"]["Uploaded"], "1");
}

#[test]
fn a_job_without_an_output_artifact_fails_before_anything_is_fetched() {
    let mut world = World::new(&[], &source());
    world.job["data"]["outputArtifacts"] = json!([]);
    let ended = world.run().end();
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert_eq!(world.result("PutJobFailureResult")["failureDetails"]["type"], "ConfigurationError");
    assert_eq!(world.s3.requests().len(), 0);
}

#[test]
fn a_job_that_cannot_be_read_is_reported_when_its_id_can_be() {
    let mut world = World::new(&[("S3Prefix", &"x".repeat(1001))], &source());
    let ended = world.run().end();
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    let message = world.result("PutJobFailureResult")["failureDetails"]["message"].clone();
    assert!(message.as_str().unwrap().contains("S3Prefix is longer than 1000 characters"), "{message}");

    world.job = json!({"id": "../x"});
    let ended = world.run().end();
    assert_eq!((ended.code, world.jobs.calls().len()), (2, 1), "{}", ended.stderr);
}

#[test]
fn the_result_is_put_whatever_the_service_does() {
    let rows = [
        ("throttled", JobAnswer::Error(400, "ThrottlingException")),
        ("failing", JobAnswer::Error(500, "InternalFailure")),
        ("reset", JobAnswer::ResetBefore),
        ("taken, and the answer lost", JobAnswer::ResetAfter),
        ("refused", JobAnswer::Error(400, "ValidationException")),
    ];
    for (name, answer) in rows {
        let world = World::new(&[], &source());
        world.jobs.fault(JobFault::new("Put", 1, answer));
        let ended = world.run().end();
        assert_eq!(ended.code, 0, "{name}: {}", ended.stderr);
        assert!(world.jobs.result(ID).is_some(), "{name}");
    }
}

#[test]
fn expired_artifact_credentials_are_had_anew_once() {
    const RENEWED: &str = "renewed-session-token-7d9f1c3b";
    let expired = || Answer::Error(400, "ExpiredToken", Vec::new());
    let rows = [("once", 1, 0), ("for good", usize::MAX, 77)];
    for (name, times, code) in rows {
        let world = World::new(&[], &source());
        world.s3.fault(Fault::new("PUT", OUTPUT, expired()).times(times));
        let credentials =
            json!({"accessKeyId": JOB.access_key, "secretAccessKey": JOB.secret_key, "sessionToken": RENEWED});
        world.jobs.renew_credentials(&credentials);
        let ended = world.run().end();
        let calls: Vec<_> = world.jobs.calls().into_iter().map(|call| call.operation).collect();
        assert_eq!(ended.code, code, "{name}: {calls:?} {}", ended.stderr);
        let put = if code == 0 { "PutJobSuccessResult" } else { "PutJobFailureResult" };
        assert_eq!(calls, ["GetJobDetails", put], "{name}");
        let puts: Vec<_> =
            world.s3.requests().into_iter().filter(|it| it.method == "PUT" && it.path.ends_with(OUTPUT)).collect();
        let tokens: Vec<_> = puts.iter().map(|put| put.header("x-amz-security-token")).collect();
        assert_eq!(tokens, [TOKEN, RENEWED], "{name}");
        assert!(!ended.stderr.contains(RENEWED), "{name}");
    }
}
