//! `sam publish` and `samstep publish` against the same fake: the requests are the same but for the order of an update, for
//! what does not differ, and for the text of the template.

use crate::python;
use crate::run::samstep;
use crate::s3_server::{HOST, S3Server};
use crate::serverless_repo::{Call, ServerlessRepo};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;

const SAM: [&str; 1] = ["aws-sam-cli==1.170.0"];
const TEMPLATE: &str = "\
Metadata:
  AWS::ServerlessRepo::Application:
    Name: orders
    Author: acme
    Description: Takes orders.
    Labels: [orders, shop]
    LicenseBody: Take it.
    SpdxLicenseId: MIT
    ReadmeBody: '# Orders'
    HomePageUrl: https://example.com
    SemanticVersion: 1.0.0
    SourceCodeUrl: https://example.com/code
Resources:
  Queue:
    Type: AWS::SQS::Queue
";

/// A repository, and how a tool publishes to it.
struct Side {
    repository: ServerlessRepo,
    s3: S3Server,
    is_sam: bool,
}

impl Side {
    fn new(is_sam: bool) -> Self {
        Self { repository: ServerlessRepo::start(), s3: S3Server::start(), is_sam }
    }

    /// The exit code, and the calls of this run.
    fn publish(&self, folder: &Path, flags: &[&str]) -> (i32, Vec<Call>) {
        let before = self.repository.calls().len();
        let code = if self.is_sam { self.sam(folder, flags) } else { self.samstep(folder, flags) };
        (code, self.repository.calls().split_off(before))
    }

    fn samstep(&self, folder: &Path, flags: &[&str]) -> i32 {
        let run = samstep(["publish"].iter().chain(flags)).at(folder).against(&self.s3);
        let run = run.env("AWS_ENDPOINT_URL_SERVERLESSAPPLICATIONREPOSITORY", self.repository.url());
        run.env("AWS_ENDPOINT_URL_STS", self.repository.url()).end().code
    }

    fn sam(&self, folder: &Path, flags: &[&str]) -> i32 {
        let mut command = Command::new(python::with(&SAM).with_file_name("sam"));
        command.args(["publish", "--template-file", "template.yaml"]).args(flags).current_dir(folder);
        command.env("AWS_ACCESS_KEY_ID", HOST.access_key).env("AWS_SECRET_ACCESS_KEY", HOST.secret_key);
        command.env("AWS_DEFAULT_REGION", "us-east-1").env("AWS_ENDPOINT_URL", self.repository.url());
        command.env("SAM_CLI_TELEMETRY", "0").output().unwrap().status.code().unwrap_or(-1)
    }
}

fn operations(calls: &[Call]) -> Vec<&str> {
    calls.iter().map(|call| call.operation.as_str()).collect()
}

/// The input of the call of an operation, with the template read.
fn input(calls: &[Call], operation: &str) -> Value {
    let mut input = calls.iter().rfind(|call| call.operation == operation).unwrap().input.clone();
    if let Some(text) = input["templateBody"].as_str() {
        input["templateBody"] = serde_yaml::from_str(text).unwrap();
    }
    input
}

#[test]
#[ignore = "installs the SAM CLI from PyPI"]
fn both_tools_send_the_same_but_for_what_the_page_lists() {
    let folder = tempfile::tempdir().unwrap();
    let write = |text: &str| fs::write(folder.path().join("template.yaml"), text).unwrap();
    let (sam, ours) = (Side::new(true), Side::new(false));
    let both = |flags: &[&str]| [&sam, &ours].map(|side| side.publish(folder.path(), flags));

    write(TEMPLATE);
    let [(theirs, created_by_sam), (own, created)] = both(&[]);
    assert_eq!((theirs, own), (0, 0));
    assert_eq!(operations(&created_by_sam), ["CreateApplication"], "it tries to create");
    assert_eq!(operations(&created), ["GetApplication", "CreateApplication"], "it looks first");
    assert_eq!(input(&created_by_sam, "CreateApplication"), input(&created, "CreateApplication"));

    write(&TEMPLATE.replace("Takes orders.", "Takes all orders."));
    let [(theirs, updated_by_sam), (own, updated)] = both(&["--semantic-version", "1.1.0"]);
    assert_eq!((theirs, own), (0, 0));
    assert_eq!(operations(&updated_by_sam), ["CreateApplication", "UpdateApplication", "CreateApplicationVersion"]);
    let writes: Vec<_> = operations(&updated).into_iter().filter(|it| *it != "GetApplication").collect();
    assert_eq!(writes, ["CreateApplicationVersion", "UpdateApplication"], "the version comes first");
    assert_eq!(input(&updated_by_sam, "CreateApplicationVersion"), input(&updated, "CreateApplicationVersion"));
    let (all, changed) = (input(&updated_by_sam, "UpdateApplication"), input(&updated, "UpdateApplication"));
    assert_eq!(all["description"], changed["description"]);
    let own_keys: Vec<_> = changed.as_object().unwrap().keys().collect();
    assert_eq!(own_keys, ["description", "applicationId"], "what does not differ is not sent");

    write(&TEMPLATE.replace("Queue:\n    Type: AWS::SQS::Queue", "Topic:\n    Type: AWS::SNS::Topic"));
    let [(theirs, _), (own, refused)] = both(&["--semantic-version", "1.1.0"]);
    assert_eq!((theirs, own), (0, 1), "another template under the same version");
    assert!(operations(&refused).iter().all(|operation| *operation == "GetApplication"));
    let [(theirs, _), (own, _)] = both(&["--semantic-version", "1.1.0", "--fail-on-same-version"]);
    assert_eq!((theirs, own), (1, 1));
}
