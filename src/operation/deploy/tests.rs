//! Deployments of files on disk, by the operation, with everything that it calls in memory.

use super::DeployRun;
use crate::cli::{CommandName, typed};
use crate::deploy::{DeployOptions, NewChangeSet, TemplateText, Work};
use crate::facts::{Environment, Failure, FailureKind, Redactor, Report, Reporter, Role, Secret};
use crate::interrupt::cancellation;
use crate::operation::{Advance, State, World};
use crate::settings::{DeploySettings, Line, PackageSettings, Source};
use crate::testing::cloud::FakeCloud;
use crate::testing::deploy;
use crate::testing::recorder::Recorder;
use crate::testing::stacks::{FakeStacks, Play};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

const QUEUE: &str = "AWS::SQS::Queue";
const FUNCTION: &str = "Transform: AWS::Serverless-2016-10-31
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: code, Handler: index.handler, Runtime: nodejs22.x}
";

/// A folder with a template, and what is given besides it.
struct Story {
    folder: TempDir,
    cloud: FakeCloud,
    options: DeployOptions,
    words: Vec<&'static str>,
    redactor: Redactor,
    recorder: Arc<Recorder>,
}

impl Story {
    fn new(template: &str, stacks: FakeStacks) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("template.yaml"), template).unwrap();
        let (redactor, recorder) = (Redactor::default(), Arc::default());
        let (cloud, options) = (FakeCloud::new(stacks), deploy::options("app"));
        Self { folder, cloud, options, words: Vec::new(), redactor, recorder }
    }

    fn with_file(self, name: &str, text: &str) -> Self {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    fn with(mut self, change: impl FnOnce(&mut NewChangeSet)) -> Self {
        let Work::Create(new) = &mut self.options.work else { panic!("it creates no change set") };
        change(new);
        self
    }

    fn in_bucket(mut self) -> Self {
        self.words.extend(["--s3-bucket", "code"]);
        self
    }

    fn settings(&self) -> DeploySettings {
        let typed = typed(CommandName::Package, self.words.iter().map(Into::into)).unwrap();
        let line = Line { typed: &typed, folder: self.folder.path() };
        let package = PackageSettings::resolve(&Source::Line(line), &Environment::default()).unwrap().settings;
        DeploySettings {
            package: Some(package),
            options: self.options.clone(),
            outputs_file: Some("outputs.json".into()),
            changes_file: Some("changes.md".into()),
            report_file: None,
            aws: Default::default(),
        }
    }

    /// Deploys in one process, or in a process for each look.
    async fn deploy(&self, is_resumed: bool) -> Result<Report, Failure> {
        let (settings, (_canceller, cancellation)) = (self.settings(), cancellation());
        let reporter: Arc<dyn Reporter> = self.recorder.clone();
        let (cloud, redactor) = (&self.cloud, &self.redactor);
        let world = World { cloud, reporter: &reporter, redactor, cancellation: &cancellation, job_id: Some("job-1") };
        let (mut run, mut state): (_, Option<State>) = (DeployRun::new(&settings, &world), None);
        for _ in 0..1000 {
            if is_resumed {
                run = DeployRun::new(&settings, &world);
            }
            match run.advance(state.take()).await? {
                Advance::Done(report) => return Ok(report),
                Advance::Pending(pending) => {
                    self.cloud.stacks.pass(pending.wait);
                    state = Some(pending.state);
                }
            }
        }
        panic!("it never ends");
    }

    fn sent(&self) -> TemplateText {
        self.cloud.stacks.created().remove(0).template
    }
}

fn text_of(report: &Report, role: Role) -> &str {
    let made = report.files.iter().find(|made| made.role == role);
    made.map(|made| made.text.as_str()).unwrap_or_default()
}

#[tokio::test]
async fn a_template_with_code_is_packaged_and_deployed_in_one_run_or_in_many() {
    for is_resumed in [false, true] {
        let play = Play::new().makes("Hello", "AWS::Lambda::Function", (1, 30)).gives("Url", "https://x");
        let story = Story::new(FUNCTION, FakeStacks::playing(play)).with_file("code/index.js", "1").in_bucket();
        let report = story.deploy(is_resumed).await.unwrap();
        let TemplateText::Body(text) = story.sent() else { panic!("a small template is sent as it is") };
        let uris = story.cloud.store.uris();
        assert!(uris.len() == 1 && text.contains(&uris[0]), "{text}");
        assert_eq!((report.failure.as_ref(), report.outcome.outputs["Url"].as_str()), (None, "https://x"));
        assert_eq!(text_of(&report, Role::StackOutputs), "{\n  \"Url\": \"https://x\"\n}\n");
        assert!(text_of(&report, Role::Plan).starts_with("<!-- samstep deploy app -->"));
        assert_eq!(story.cloud.stacks.created().len(), 1, "one change set");
    }
}

#[tokio::test]
async fn a_refused_deployment_has_uploaded_nothing() {
    let missing = format!("{FUNCTION}Parameters: {{Stage: {{Type: String}}}}\n");
    let rows = [
        ("a missing parameter", missing.as_str(), "CREATE_COMPLETE", 2),
        ("a stack that failed", FUNCTION, "ROLLBACK_COMPLETE", 1),
    ];
    for (name, template, status, code) in rows {
        let stacks = FakeStacks::playing(Play::new());
        stacks.has("app", status);
        let story = Story::new(template, stacks).with_file("code/index.js", "1").in_bucket();
        let failure = story.deploy(false).await.unwrap_err();
        assert_eq!((failure.kind.exit_code(), story.cloud.store.uris()), (code, Vec::new()), "{name}: {failure:?}");
        assert!(story.cloud.stacks.created().is_empty(), "{name}");
    }
}

#[tokio::test]
async fn a_large_template_goes_through_the_bucket() {
    let comment = "# padding\n".repeat(6000);
    let large = format!("{comment}Resources:\n  Queue: {{Type: AWS::SQS::Queue, Properties: {{QueueName: 'ü'}}}}\n");
    let story = || Story::new(&large, FakeStacks::playing(Play::new().makes("Queue", QUEUE, (1, 5))));
    let without_bucket = story().deploy(false).await.unwrap();
    assert_eq!(without_bucket.failure, None, "without its comments it is small enough");
    let kept = story().in_bucket();
    kept.deploy(false).await.unwrap();
    let TemplateText::Url(url) = kept.sent() else { panic!("it is sent with the request") };
    assert!(url.starts_with("https://s3.eu-west-1.amazonaws.com/code/") && url.ends_with(".template"), "{url}");
    assert_eq!(kept.cloud.store.uris().len(), 1);
    let mut resources = String::from("Resources:\n");
    (0..900).for_each(|at| {
        resources.push_str(&format!("  Queue{at}: {{Type: AWS::SQS::Queue, Properties: {{QueueName: queue-{at}}}}}\n"))
    });
    let failure = Story::new(&resources, FakeStacks::playing(Play::new())).deploy(false).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Usage);
    assert!(failure.cause().ends_with("CloudFormation takes 51200 without a bucket"), "{}", failure.cause());
}

#[tokio::test]
async fn a_secret_parameter_is_hidden_wherever_it_comes_back() {
    let template = "Parameters: {Token: {Type: String, NoEcho: true}}\nResources: {Queue: {Type: AWS::SQS::Queue}}\n";
    let play = Play::new().makes("Queue", QUEUE, (1, 5)).gives("Token", "is hunter22-hunter22");
    let story = Story::new(template, FakeStacks::playing(play));
    let story = story.with(|new| drop(new.parameters.insert("Token".to_owned(), Secret::new("hunter22-hunter22"))));
    let report = story.deploy(false).await.unwrap();
    assert!(!format!("{report:?}").contains("hunter22"), "{report:?}");
    assert_eq!(story.redactor.redact("hunter22-hunter22"), "****");
}

#[tokio::test]
async fn a_value_that_its_parameter_refuses_is_refused_before_any_call() {
    let template = "Parameters: {Stage: {Type: String, AllowedValues: [dev, prod]}}\nResources: {Queue: {Type: AWS::SQS::Queue}}\n";
    let story = Story::new(template, FakeStacks::playing(Play::new()));
    let story = story.with(|new| drop(new.parameters.insert("Stage".to_owned(), Secret::new("test"))));
    let failure = story.deploy(false).await.unwrap_err();
    assert_eq!((failure.kind, story.cloud.stacks.total_calls()), (FailureKind::Usage, 0));
    assert!(failure.cause().contains("Stage"), "{}", failure.cause());
}

#[tokio::test]
async fn a_failed_deployment_has_its_cause_its_line_and_its_files() {
    let template = "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n  Child:\n    Type: AWS::CloudFormation::Stack\n    Properties: {TemplateURL: child.yaml}\n";
    let child = "Resources:\n\n  Inner: {Type: AWS::SNS::Topic}\n";
    let play = Play::new().nests("Child", 1, Play::new().fails("Inner", "AWS::SNS::Topic", (1, 4), "exists"));
    let story = Story::new(template, FakeStacks::playing(play)).with_file("child.yaml", child).in_bucket();
    let report = story.deploy(false).await.unwrap();
    let failure = report.failure.as_ref().expect("it failed");
    let place = failure.problems[0].place.as_ref().map(|place| (place.path.file_name(), place.line));
    assert_eq!((failure.kind, place), (FailureKind::Failed, Some((Some("child.yaml".as_ref()), 3))), "{failure:?}");
    assert_eq!((text_of(&report, Role::StackOutputs), text_of(&report, Role::Plan).is_empty()), ("", false));
    assert_eq!(report.files[0].path.as_deref(), Some(Path::new("changes.md")));
}
