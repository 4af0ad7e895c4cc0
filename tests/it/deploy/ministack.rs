//! Real stacks: ministack makes resources, rolls back and keeps what it made.

use super::faults::each;
use crate::python;
use crate::run::{Ended, samstep};
use crate::s3_server::HOST;
use crate::worker::wait_until;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const PACKAGES: [&str; 2] = ["ministack==1.5.33", "aws-sam-translator==1.115.0"];
const BUCKET: &str = "code";

/// The emulator; it ends with the value.
struct Ministack {
    port: u16,
    process: Child,
}

impl Ministack {
    fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new(python::with(&PACKAGES).with_file_name("ministack"));
        command.env("GATEWAY_PORT", port.to_string()).env("BIND_HOST", "127.0.0.1");
        let process = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let stack = Self { port, process };
        wait_until(Duration::from_secs(60), || stack.request("GET /_ministack/health").is_some());
        stack.request(&format!("PUT /{BUCKET}")).unwrap();
        stack
    }

    fn request(&self, line: &str) -> Option<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        write!(stream, "{line} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        answer.contains(" 200 ").then_some(answer)
    }
}

impl Drop for Ministack {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// A folder whose template is deployed again and again as one stack.
struct Project<'a> {
    folder: tempfile::TempDir,
    server: &'a Ministack,
    name: &'static str,
}

impl<'a> Project<'a> {
    fn new(server: &'a Ministack, name: &'static str) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), server, name }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn deploy(&self, template: &str, words: &[&str]) -> Ended {
        std::fs::write(self.path().join("template.yaml"), template).unwrap();
        let own = ["deploy", "--stack-name", self.name];
        let run = samstep(own.iter().chain(words)).at(self.path()).signed_by(HOST).env("AWS_REGION", "us-east-1");
        let url = format!("http://127.0.0.1:{}", self.server.port);
        run.env("AWS_ENDPOINT_URL", url).env("SAM_CLI_POLL_DELAY", "0.1").end()
    }

    /// Deploys, and expects an exit code and a text.
    #[track_caller]
    fn expect(&self, template: &str, words: &[&str], code: i32, said: &str) -> Ended {
        let ended = self.deploy(template, words);
        let all = format!("{}{}", ended.stdout, ended.stderr);
        assert!(ended.code == code && all.contains(said), "{} {words:?}: {} {all}", self.name, ended.code);
        ended
    }
}

fn queue(seconds: u32) -> String {
    format!(
        "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n    Properties: {{VisibilityTimeout: {seconds}}}\n\
         Outputs:\n  QueueUrl: {{Value: !Ref Queue}}\n"
    )
}

/// A queue, and a resource that fails after a second.
fn failing(seconds: u32) -> String {
    let failing = "  Handle: {Type: AWS::CloudFormation::WaitConditionHandle}\n  Wait:\n    \
                   Type: AWS::CloudFormation::WaitCondition\n    Properties: {Handle: !Ref Handle, Timeout: '1'}\n";
    queue(seconds).replace("Outputs:", &format!("{failing}Outputs:"))
}

fn goes_on_and_on(server: &Ministack) {
    let project = Project::new(server, "lifecycle");
    let ended = project.expect(&queue(30), &["--outputs-file", "outputs.json"], 0, "CREATE_COMPLETE");
    assert!(ended.stdout.contains("QueueUrl"), "{}", ended.stdout);
    let outputs = std::fs::read_to_string(project.path().join("outputs.json")).unwrap();
    assert!(outputs.contains("lifecycle"), "{outputs}");
    project.expect(&queue(60), &[], 0, "UPDATE_COMPLETE");
    let unchanged = project.expect(&queue(60), &[], 0, "QueueUrl");
    assert!(!unchanged.stderr.contains("UPDATE_IN_PROGRESS"), "{}", unchanged.stderr);
    project.expect(&queue(60), &["--fail-on-empty-changeset"], 1, "nothing to change");
    project.expect(&queue(60), &["--tags", "team=shop"], 0, "UPDATE_COMPLETE");
}

fn is_replaced_after_a_failed_creation(server: &Ministack) {
    let project = Project::new(server, "rolled-back");
    project.expect(&failing(30), &[], 1, "ROLLBACK_COMPLETE");
    project.expect(&queue(30), &[], 1, "--replace-failed-stack");
    project.expect(&queue(30), &["--replace-failed-stack"], 0, "CREATE_COMPLETE");
}

fn is_repaired_after_a_kept_failure(server: &Ministack) {
    let project = Project::new(server, "kept");
    project.expect(&failing(30), &["--on-failure", "DO_NOTHING"], 1, "CREATE_FAILED");
    project.expect(&queue(30), &[], 1, "--on-paused-failure");
    project.expect(&queue(40), &["--on-paused-failure", "continue"], 0, "COMPLETE");
}

fn is_deleted_after_a_failed_creation(server: &Ministack) {
    let project = Project::new(server, "deleted");
    project.expect(&failing(30), &["--on-failure", "DELETE"], 1, "Wait");
    project.expect(&queue(30), &[], 0, "CREATE_COMPLETE");
}

fn is_restored_after_a_failed_update(server: &Ministack) {
    for (name, words) in [("restored", &[] as &[&str]), ("restored-2", &["--on-failure", "DELETE"])] {
        let project = Project::new(server, name);
        project.expect(&queue(30), &[], 0, "CREATE_COMPLETE");
        project.expect(&failing(60), words, 1, "UPDATE_ROLLBACK_COMPLETE");
        project.expect(&queue(60), &[], 0, "UPDATE_COMPLETE");
    }
}

fn is_rolled_back_after_a_kept_update(server: &Ministack) {
    let project = Project::new(server, "paused");
    project.expect(&queue(30), &[], 0, "CREATE_COMPLETE");
    project.expect(&failing(60), &["--disable-rollback"], 1, "UPDATE_FAILED");
    project.expect(&queue(90), &["--on-paused-failure", "rollback"], 0, "UPDATE_COMPLETE");
}

fn has_nested_stacks_and_large_templates(server: &Ministack) {
    let project = Project::new(server, "nested");
    std::fs::write(project.path().join("child.yaml"), queue(30)).unwrap();
    let nested =
        "Resources:\n  Child:\n    Type: AWS::CloudFormation::Stack\n    Properties: {TemplateURL: child.yaml}\n";
    project.expect(nested, &["--s3-bucket", BUCKET], 0, "CREATE_COMPLETE");
    let project = Project::new(server, "large");
    let large = format!("Metadata: {{Text: {}}}\n{}", "a text that makes it long ".repeat(2000), queue(30));
    project.expect(&large, &[], 2, "--s3-bucket");
    project.expect(&large, &["--s3-bucket", BUCKET], 0, "CREATE_COMPLETE");
}

fn is_planned_and_applied(server: &Ministack) {
    let project = Project::new(server, "planned");
    let ended = project.expect(&queue(30), &["--no-execute-changeset"], 0, "1 to add");
    let all = format!("{}{}", ended.stdout, ended.stderr);
    let arn =
        all.split_whitespace().map(|word| word.trim_matches(['(', ')'])).find(|word| word.contains(":changeSet/"));
    project.expect(&queue(30), &["--execute", arn.unwrap()], 0, "CREATE_COMPLETE");
}

#[test]
#[ignore = "installs ministack from PyPI"]
fn real_stacks_are_deployed() {
    let server = Ministack::start();
    let scenarios: [fn(&Ministack); 8] = [
        goes_on_and_on,
        is_replaced_after_a_failed_creation,
        is_repaired_after_a_kept_failure,
        is_deleted_after_a_failed_creation,
        is_restored_after_a_failed_update,
        is_rolled_back_after_a_kept_update,
        has_nested_stacks_and_large_templates,
        is_planned_and_applied,
    ];
    each(&scenarios, |scenario| scenario(&server));
}
