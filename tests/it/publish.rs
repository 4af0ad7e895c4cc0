//! What `samstep publish` asks of the repository, in which order, and what it says.

use crate::run::{Ended, Run, samstep};
use crate::s3_server::S3Server;
use crate::serverless_repo::{Answer, Fault, ServerlessRepo};
use serde_json::{Value, json};
use std::fs;

const TEMPLATE: &str = "\
Transform: AWS::Serverless-2016-10-31
Metadata:
  AWS::ServerlessRepo::Application:
    Name: orders
    Author: acme
    Description: Takes orders.
    LicenseUrl: LICENSE
    SpdxLicenseId: MIT
    ReadmeUrl: README.md
    SemanticVersion: 1.0.0
Resources:
  Take:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src
      Handler: app.handler
      Runtime: python3.13
";
const BUCKET: &str = "code";
const ARN: &str = "arn:aws:serverlessrepo:us-east-1:111122223333:applications/orders";

/// An application, the bucket of its code, and the repository.
struct Desk {
    folder: tempfile::TempDir,
    s3: S3Server,
    repository: ServerlessRepo,
}

impl Desk {
    fn new() -> Self {
        let (folder, s3) = (tempfile::tempdir().unwrap(), S3Server::with_bucket(BUCKET));
        let desk = Self { folder, s3, repository: ServerlessRepo::start() };
        fs::create_dir(desk.folder.path().join("src")).unwrap();
        desk.file("template.yaml", TEMPLATE)
            .file("LICENSE", "MIT")
            .file("README.md", "# Orders\n")
            .file("src/app.py", "pass\n")
    }

    fn file(self, name: &str, text: &str) -> Self {
        fs::write(self.folder.path().join(name), text).unwrap();
        self
    }

    /// The template with one text in place of another.
    fn changed(self, old: &str, new: &str) -> Self {
        let text = fs::read_to_string(self.folder.path().join("template.yaml")).unwrap();
        assert!(text.contains(old), "{old}");
        self.file("template.yaml", &text.replace(old, new))
    }

    fn run(&self, flags: &[&str]) -> Run {
        let run = samstep(["publish", "--s3-bucket", BUCKET].iter().chain(flags)).at(self.folder.path());
        run.against(&self.s3)
            .env("AWS_ENDPOINT_URL_SERVERLESSAPPLICATIONREPOSITORY", self.repository.url())
            .env("AWS_ENDPOINT_URL_STS", self.repository.url())
            .env("AWS_MAX_ATTEMPTS", "1")
    }

    #[track_caller]
    fn publish(&self, flags: &[&str]) -> Ended {
        self.run(flags).end().ok()
    }

    fn operations(&self) -> Vec<String> {
        self.repository.calls().into_iter().map(|call| call.operation).collect()
    }
}

#[test]
fn a_new_application_is_packaged_and_published() {
    let desk = Desk::new();
    let ended = desk.publish(&[]);
    insta::assert_snapshot!(ended.stdout, @"
    Publish Succeeded
    https://us-east-1.console.aws.amazon.com/serverlessrepo/home?region=us-east-1#/published-applications/arn:aws:serverlessrepo:us-east-1:111122223333:applications~orders
    Unless it is public, the application can be deployed in us-east-1 only.
    ");
    insta::assert_snapshot!(ended.stderr, @"
    Found 1 artifact in template.yaml (1 object)
    Uploading to f99336afd7c927fbb351d56d67716df0  (5 B)  from src for Take
    arn:aws:serverlessrepo:us-east-1:111122223333:applications/orders is new
    Created the application with version 1.0.0
    Published orders 1.0.0: the application is new
    ");
    assert_eq!(desk.operations(), ["GetApplication", "CreateApplication"]);
    let input = &desk.repository.calls()[1].input;
    assert_eq!((&input["licenseBody"], &input["readmeBody"]), (&json!("MIT"), &json!("# Orders\n")));
    let template = desk.repository.template("orders", "1.0.0");
    let (head, rest) = TEMPLATE.split_once("Metadata:").unwrap();
    let (_, tail) = rest.split_once("Resources:").unwrap();
    let key = desk.s3.objects(BUCKET).into_keys().next().unwrap();
    assert_eq!(
        template,
        format!("{head}Resources:{tail}").replace("CodeUri: src", &format!("CodeUri: s3://{BUCKET}/{key}"))
    );
    let put = desk.s3.requests().into_iter().find(|it| it.writes()).unwrap();
    assert_eq!(put.header("x-amz-server-side-encryption"), "AES256");
}

#[test]
fn publishing_again_writes_nothing() {
    let desk = Desk::new();
    desk.publish(&[]);
    let again = desk.publish(&["--output", "json"]);
    assert_eq!(desk.repository.writes(), ["CreateApplication"]);
    let result: Value = serde_json::from_str(again.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(result["message"], "nothing to publish: orders 1.0.0 is what the repository has");
    let outputs = json!({"ApplicationChange": "unchanged", "ApplicationId": ARN, "ApplicationVersion": "1.0.0"});
    assert_eq!(result["outputs"], outputs);
    assert!(!again.stdout.contains("5ecret") && !again.stderr.contains("5ecret"), "links are not shown");
}

#[test]
fn an_update_writes_the_version_then_the_metadata_then_the_policy() {
    let desk = Desk::new();
    desk.publish(&[]);
    let desk =
        desk.changed("1.0.0", "1.1.0").changed("Takes orders.", "Takes all orders.").file("README.md", "# All\n");
    let ended = desk.publish(&["--share", "444455556666", "--share-organization", "o-a1b2c3d4e5"]);
    insta::assert_snapshot!(ended.stderr, @"
    Found 1 artifact in template.yaml (1 object)
    Found arn:aws:serverlessrepo:us-east-1:111122223333:applications/orders
    Created version 1.1.0
    Updated the metadata (Description, Readme)
    Shared with account 444455556666, organization o-a1b2c3d4e5
    Published orders 1.1.0
    ");
    assert_eq!(
        desk.repository.writes()[1..],
        ["CreateApplicationVersion", "UpdateApplication", "PutApplicationPolicy"]
    );
    assert_eq!(desk.repository.published(), [("orders".to_owned(), vec!["1.0.0".to_owned(), "1.1.0".to_owned()])]);
    assert_eq!(
        desk.repository.policy("orders"),
        json!([
            {"statementId": "SamstepAccounts", "principals": ["444455556666"], "actions": ["Deploy"]},
            {
                "statementId": "SamstepOrganizations", "principals": ["*"], "principalOrgIDs": ["o-a1b2c3d4e5"],
                "actions": ["Deploy", "UnshareApplication"],
            },
        ])
    );
}

#[test]
fn the_same_version_with_another_template_is_refused_before_any_write() {
    let desk = Desk::new();
    desk.publish(&[]);
    let desk = desk.changed("python3.13", "python3.14");
    let refused = desk.run(&[]).end();
    assert_eq!(refused.code, 1);
    let expected = format!(
        "error: version 1.0.0 of {ARN} is published already with another template: Resources.Take.Properties.Runtime differs"
    );
    assert_eq!(refused.cause(), expected);
    assert_eq!(desk.run(&["--fail-on-same-version"]).end().code, 1);
    desk.publish(&["--allow-same-version"]);
    assert_eq!(desk.repository.writes(), ["CreateApplication"]);
    assert_eq!(desk.run(&["--allow-same-version", "--fail-on-same-version"]).end().code, 2);
}

#[test]
fn code_that_the_repository_copied_is_not_called_unchanged() {
    let desk = Desk::new();
    desk.repository.copies_code();
    desk.publish(&[]);
    let again = desk.publish(&[]);
    assert!(again.stderr.contains("its code was not compared"), "{}", again.stderr);
}

#[test]
fn a_lost_answer_and_the_same_command_again_make_one_application_and_one_version() {
    for (operation, version) in [("CreateApplication", "1.0.0"), ("CreateApplicationVersion", "1.1.0")] {
        let desk = Desk::new();
        let desk = match version {
            "1.0.0" => desk,
            _ => {
                desk.publish(&[]);
                desk.changed("1.0.0", "1.1.0")
            }
        };
        desk.repository.fault(Fault::new(operation, 1, Answer::Lost));
        let lost = desk.run(&[]).end();
        assert_eq!(lost.code, 75, "{operation}: {}", lost.stderr);
        assert!(lost.cause().contains("perhaps done: "), "{}", lost.cause());
        desk.publish(&[]);
        let published = desk.repository.published();
        assert_eq!((published.len(), published[0].1.last().map(String::as_str)), (1, Some(version)));
        assert_eq!(desk.repository.writes().iter().filter(|it| *it == operation).count(), 1, "{operation}");
    }
}

#[test]
fn the_retry_of_a_lost_answer_finds_what_the_first_attempt_made() {
    let desk = Desk::new();
    desk.repository.fault(Fault::new("CreateApplication", 1, Answer::Lost));
    let ended = desk.run(&[]).env("AWS_MAX_ATTEMPTS", "3").end().ok();
    assert_eq!(desk.operations()[..3], ["GetApplication", "CreateApplication", "CreateApplication"]);
    assert_eq!(desk.repository.published().len(), 1);
    assert!(ended.stdout.starts_with("Publish Succeeded\n"), "{}", ended.stdout);
}

#[test]
fn each_refusal_has_its_exit_code_and_names_the_call() {
    let rows = [
        (Answer::Error(400, "BadRequestException", "The template is invalid"), 1),
        (Answer::Error(403, "ForbiddenException", "Forbidden"), 77),
        (Answer::Error(429, "TooManyRequestsException", "slow down"), 75),
        (Answer::Error(500, "InternalServerErrorException", "oops"), 75),
        (Answer::Cut, 75),
    ];
    for operation in ["GetApplication", "CreateApplication"] {
        for (answer, code) in rows {
            let desk = Desk::new();
            desk.repository.fault(Fault::new(operation, 1, answer));
            desk.repository.fault(Fault::new(
                "ListApplications",
                1,
                Answer::Error(403, "ForbiddenException", "Forbidden"),
            ));
            let ended = desk.run(&[]).end();
            assert_eq!(ended.code, code, "{operation} {answer:?}: {}", ended.stderr);
            assert!(
                ended.cause().starts_with(&format!("error: serverlessrepo:{operation} {ARN}: ")),
                "{}",
                ended.cause()
            );
            assert!(desk.repository.published().is_empty(), "{operation}");
        }
    }
}

#[test]
fn a_bucket_that_the_repository_may_not_read_is_answered_with_a_statement() {
    let desk = Desk::new();
    desk.repository.may_not_read(BUCKET);
    let ended = desk.run(&[]).end();
    assert_eq!(ended.code, 77);
    let (_, statement) = ended.stderr.split_once("add to the policy of the bucket code: ").unwrap();
    let statement: Value = serde_json::Deserializer::from_str(statement).into_iter().next().unwrap().unwrap();
    assert_eq!(statement["Condition"], json!({"StringEquals": {"aws:SourceAccount": "111122223333"}}));
    assert_eq!(statement["Resource"], "arn:aws:s3:::code/*");
}

#[test]
fn what_is_wrong_is_said_at_its_place_without_a_call() {
    let desk = Desk::new().changed("SemanticVersion: 1.0.0", "SemanticVersion: 1.0").changed("MIT", "Mit");
    let ended = desk.run(&[]).end();
    assert_eq!(ended.code, 2);
    insta::assert_snapshot!(ended.stderr, @"
    error: SpdxLicenseId is `Mit`, which SPDX does not list
     --> template.yaml:8:20
      |
    8 |     SpdxLicenseId: Mit
      |                    ^^^
      |
      = help: the nearest is MIT

      --> template.yaml:10:22
       |
    10 |     SemanticVersion: 1.0
       |                      ^^^
       |
       = help: 1.0 is a number to YAML: write all three parts, '1.0.0'
    error: template.yaml:10:22: SemanticVersion is `1.0`, which is not a semantic version (and 1 more problem)
    ");
    assert!(desk.operations().is_empty());
}

#[test]
fn no_output_replaces_a_file_that_is_published() {
    let desk = Desk::new().file("samconfig.toml", "version = 0.1\n").file("src/package.json", "{}");
    let read = |name: &str, role: &str| format!("cannot write {name}: this run reads it as {role}");
    let archived = |name: &str| {
        let problem = format!("cannot write {name}: it is a file of the artifact, and no earlier run wrote it");
        format!("template.yaml:15:16: Take.CodeUri: {problem}")
    };
    let rows = [
        ("template.yaml", read("template.yaml", "the template")),
        ("samconfig.toml", read("samconfig.toml", "the samconfig")),
        ("LICENSE", read("LICENSE", "LicenseUrl")),
        ("README.md", read("README.md", "ReadmeUrl")),
        ("src/app.py", archived("src/app.py")),
        ("src/package.json", archived("src/package.json")),
    ];
    for (name, expected) in rows {
        let before = fs::read_to_string(desk.folder.path().join(name)).unwrap();
        for flag in ["--output-json", "--junit"] {
            let ended = desk.run(&[flag, name]).end();
            assert_eq!((ended.code, ended.cause()), (2, format!("error: {expected}").as_str()), "{flag} {name}");
            assert_eq!(fs::read_to_string(desk.folder.path().join(name)).unwrap(), before);
        }
    }
    assert_eq!((desk.operations(), desk.s3.requests().len()), (Vec::<String>::new(), 0));
}

#[test]
fn a_dry_run_looks_and_writes_nothing() {
    let desk = Desk::new();
    let ended = desk.publish(&["--dry-run"]);
    insta::assert_snapshot!(ended.stderr, @"
    Found 1 artifact in template.yaml (1 object)
    arn:aws:serverlessrepo:us-east-1:111122223333:applications/orders is new
    Would create the application with version 1.0.0
    Nothing was written: this was a dry run; 1 write would publish orders 1.0.0
    ");
    assert!(ended.stdout.is_empty() && desk.repository.writes().is_empty(), "{}", ended.stdout);
    assert_eq!(desk.s3.objects(BUCKET).len(), 0);
}

#[test]
fn later_steps_get_application_and_version() {
    let desk = Desk::new();
    desk.publish(&["--output-json", "outputs.json", "--output-env", "outputs.env"]);
    let outputs: Value =
        serde_json::from_str(&fs::read_to_string(desk.folder.path().join("outputs.json")).unwrap()).unwrap();
    assert_eq!((&outputs["ApplicationId"], &outputs["ApplicationVersion"]), (&json!(ARN), &json!("1.0.0")));
    let env = fs::read_to_string(desk.folder.path().join("outputs.env")).unwrap();
    assert!(env.contains(ARN), "{env}");
}
