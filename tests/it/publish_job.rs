//! A job that publishes: as a process, in a worker, in a function, and in a rehearsal.

use crate::job::{INPUT, World, zip};
use crate::lambda::{FakeRuntime, event, function};
use crate::run::{Run, samstep};
use crate::serverless_repo::ServerlessRepo;
use crate::worker::Services;
use serde_json::{Value, json};
use std::fs;

const TEMPLATE: &str = "\
Transform: AWS::Serverless-2016-10-31
Metadata:
  AWS::ServerlessRepo::Application:
    {Name: orders, Author: acme, Description: Takes orders., LicenseUrl: LICENSE, SemanticVersion: 1.0.0}
Resources:
  Take:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src
      Handler: app.handler
";
const ARN: &str = "arn:aws:serverlessrepo:us-east-1:111122223333:applications/orders";
const PUBLISH: (&str, &str) = ("Operation", "publish");

fn source() -> Vec<u8> {
    zip(&[("template.yaml", TEMPLATE.as_bytes()), ("LICENSE", b"MIT"), ("src/app.py", b"pass\n")])
}

fn with(run: Run, repository: &ServerlessRepo) -> Run {
    run.env("AWS_ENDPOINT_URL_SERVERLESSAPPLICATIONREPOSITORY", repository.url())
        .env("AWS_ENDPOINT_URL_STS", repository.url())
}

fn variables(change: &str) -> Value {
    json!({"ApplicationChange": change, "ApplicationId": ARN, "ApplicationVersion": "1.0.0"})
}

#[test]
fn a_job_publishes_and_its_variables_name_application_and_version() {
    let (world, repository) = (World::new(&[PUBLISH], &source()), ServerlessRepo::start());
    with(world.run(), &repository).end().ok();
    assert_eq!(world.result("PutJobSuccessResult")["outputVariables"], variables("created"));
    assert_eq!(repository.writes(), ["CreateApplication"]);
    assert_eq!(repository.calls()[1].input["licenseBody"], "MIT");
    assert!(repository.template("orders", "1.0.0").contains("CodeUri: s3://code/"));
}

#[test]
fn a_job_that_is_refused_has_the_failure_type_of_its_cause() {
    let rows = [
        ("no bucket for code", vec![PUBLISH, ("S3Bucket", "")], "ConfigurationError"),
        ("no bucket that is allowed", vec![PUBLISH], "PermissionError"),
        ("no version", vec![PUBLISH, ("SemanticVersion", "1")], "ConfigurationError"),
    ];
    for (name, properties, expected) in rows {
        let (world, repository) = (World::new(&properties, &source()), ServerlessRepo::start());
        let mut job = world.job.clone();
        let configuration = &mut job["data"]["actionConfiguration"]["configuration"];
        configuration.as_object_mut().unwrap().retain(|_, value| value != "");
        let run =
            samstep(["job", "--job-file", "-", "--allow-bucket", if name.contains("allowed") { "x" } else { "*" }]);
        let run = run.against(&world.s3).env("AWS_ENDPOINT_URL_CODEPIPELINE", world.jobs.url());
        with(run.input(job.to_string()), &repository).end();
        let failure = &world.result("PutJobFailureResult")["failureDetails"];
        assert_eq!(failure["type"], expected, "{name}: {failure}");
        assert!(repository.writes().is_empty(), "{name}");
    }
}

#[test]
fn a_worker_publishes_each_job_once() {
    // Two concurrent jobs may both report "created"; the service has one application.
    for (concurrency, expected) in [("1", Some([json!("created"), json!("unchanged")])), ("2", None)] {
        let (services, repository) = (Services::new(), ServerlessRepo::start());
        services.s3.put("artifacts", INPUT, &source());
        let ids = [services.queue(1, &[PUBLISH]), services.queue(2, &[PUBLISH])];
        with(services.worker(&["--once", "--concurrency", concurrency]), &repository).end().ok();
        let mut changes =
            ids.map(|id| services.jobs.result(&id).unwrap()["outputVariables"]["ApplicationChange"].clone());
        changes.sort_by_key(Value::to_string);
        assert!(changes.contains(&json!("created")), "{changes:?}");
        assert!(expected.is_none_or(|expected| changes == expected), "{concurrency}");
        assert_eq!(repository.published(), [("orders".to_owned(), vec!["1.0.0".to_owned()])]);
    }
}

#[test]
fn a_function_publishes_a_job_once_however_often_it_is_delivered() {
    let (world, repository) = (World::new(&[PUBLISH], &source()), ServerlessRepo::start());
    let runtime = FakeRuntime::with(&[(event(&world), 60), (event(&world), 60)]);
    runtime.run(with(function(&world), &repository), 2);
    assert_eq!(world.result("PutJobSuccessResult")["outputVariables"], variables("created"));
    assert_eq!(repository.writes(), ["CreateApplication"]);
}

#[test]
fn a_rehearsal_checks_everything_and_writes_what_would_be_published() {
    let folder = tempfile::tempdir().unwrap();
    let application = folder.path().join("app");
    fs::create_dir_all(application.join("src")).unwrap();
    for (name, text) in [("template.yaml", TEMPLATE), ("LICENSE", "MIT"), ("src/app.py", "pass\n")] {
        fs::write(application.join(name), text).unwrap();
    }
    let words = ["rehearse", "app", "--operation", "publish", "--configuration", "S3Bucket=code"];
    let run =
        || samstep(words.iter().chain(&["--configuration", "Options={\"Share\": \"444455556666\"}"])).at(folder.path());
    let ended = run().end().ok();
    assert!(
        ended.stderr.contains("Nothing was published: what would be is in rehearsal/applications."),
        "{}",
        ended.stderr
    );
    let published = folder.path().join("rehearsal/applications/orders");
    let read = |name: &str| fs::read_to_string(published.join(name)).unwrap();
    let template = read("template.yaml");
    assert!(template.contains("CodeUri: s3://code/") && !template.contains("Metadata"), "{template}");
    let request: Value = serde_json::from_str(&read("CreateApplication.json")).unwrap();
    assert_eq!((&request["licenseBody"], &request["version"]["semanticVersion"]), (&json!("MIT"), &json!("1.0.0")));
    let policy: Value = serde_json::from_str(&read("PutApplicationPolicy.json")).unwrap();
    assert_eq!(policy["statements"][0]["principals"], json!(["444455556666"]));

    fs::write(application.join("template.yaml"), TEMPLATE.replace("acme", "Acme")).unwrap();
    let refused = run().end();
    assert_eq!((refused.code, published.exists()), (2, false), "{}", refused.stderr);
}
