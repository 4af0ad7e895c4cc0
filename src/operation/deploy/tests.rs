//! Deployments of files on disk, by the operation, with everything that it calls in memory.

use super::DeployRun;
use crate::cli::{CommandName, typed};
use crate::deploy::{DeployOptions, NewChangeSet, OnCancel, TemplateText, Work};
use crate::facts::{ChangeAction, Environment, Failure, FailureKind, Redactor, Report, Reporter, Role, Secret, Signal};
use crate::interrupt::cancellation;
use crate::operation::{Advance, DeployableVersion, Pending, State, TemplateStatus, World};
use crate::settings::{ApplicationSettings, DeploySettings, Line, PackageSettings, Source};
use crate::template_configuration::ParameterDefinition;
use crate::testing::applications::{Op, Wrong, arn};
use crate::testing::cloud::FakeCloud;
use crate::testing::deploy;
use crate::testing::recorder::Recorder;
use crate::testing::stacks::{self, FakeShift, FakeStacks, Play, Script, canary, change};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
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
    /// The application that is deployed in place of the template.
    application: Option<ApplicationSettings>,
    report_file: Option<PathBuf>,
    redactor: Redactor,
    recorder: Arc<Recorder>,
}

impl Story {
    fn new(template: &str, stacks: FakeStacks) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("template.yaml"), template).unwrap();
        let (redactor, recorder) = (Redactor::default(), Arc::default());
        let (cloud, options) = (FakeCloud::new(stacks), deploy::options("app"));
        Self { folder, cloud, options, words: Vec::new(), application: None, report_file: None, redactor, recorder }
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
            package: self.application.is_none().then_some(package),
            application: self.application.clone(),
            options: self.options.clone(),
            outputs_file: Some("outputs.json".into()),
            changes_file: Some("changes.md".into()),
            report_file: self.report_file.clone(),
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
    let rows = [
        ("Stage", "test", "is not one of its AllowedValues", "5:3"),
        ("Name", "Hunter2", "does not match its AllowedPattern", "2:3"),
        ("Zones", "a, B", "does not match its AllowedPattern", "3:3"),
        ("Count", "0", "is less than its MinValue of 1", "4:3"),
    ];
    let template = "Parameters:
  Name: {Type: String, NoEcho: true, AllowedPattern: '[a-z]+', Default: x}
  Zones: {Type: CommaDelimitedList, AllowedPattern: '[a-z]', Default: a}
  Count: {Type: Number, MinValue: 1, Default: 1}
  Stage: {Type: String, AllowedValues: [dev, prod], Default: dev}
Resources: {Queue: {Type: AWS::SQS::Queue}}
";
    for (name, value, problem, place) in rows {
        let story = Story::new(template, FakeStacks::playing(Play::new()));
        let story = story.with(|new| drop(new.parameters.insert(name.to_owned(), Secret::new(value))));
        let failure = story.deploy(false).await.unwrap_err();
        assert_eq!((failure.kind, story.cloud.stacks.total_calls()), (FailureKind::Usage, 0), "{name}");
        let told = failure.cause();
        assert!(
            told.ends_with(&format!("template.yaml:{place}: the value of the parameter {name} {problem}")),
            "{told}"
        );
        assert!(!format!("{failure:?}").contains("Hunter2"), "{failure:?}");
    }
}

/// A canary that is under way when the run is cancelled; returns how the run ended and the deployments that were stopped.
async fn cancelled_during_a_shift(
    arrange: impl FnOnce(&mut Story),
    job_id: Option<&str>,
) -> (Result<Advance, Failure>, Vec<String>) {
    cancelled_when(|_, pending| pending.summary.contains("10 %"), arrange, job_id).await
}

async fn cancelled_when(
    is_time: impl Fn(&FakeStacks, &Pending) -> bool,
    arrange: impl FnOnce(&mut Story),
    job_id: Option<&str>,
) -> (Result<Advance, Failure>, Vec<String>) {
    const ALIAS: &str = "AWS::Lambda::Alias";
    let play = Play::new().makes("HelloAliaslive", ALIAS, (10, 335));
    let stacks =
        FakeStacks::with(Script::plays(play).with(change("HelloAliaslive", ALIAS, ChangeAction::Modify, None)));
    stacks.has("app", "UPDATE_COMPLETE");
    stacks.shifts_aliases("app", &["Hello"]);
    // The run goes by the real clock, so it looks once: when the row of the alias is there.
    stacks.shifts(FakeShift { at: 9, weights: vec![(9, 10)], ..canary("Hello") });
    let mut story = Story::new("Resources: {Queue: {Type: AWS::SQS::Queue}}\n", stacks);
    arrange(&mut story);
    let (settings, (canceller, cancellation)) = (story.settings(), cancellation());
    let reporter: Arc<dyn Reporter> = story.recorder.clone();
    let (cloud, redactor) = (&story.cloud, &story.redactor);
    let world = World { cloud, reporter: &reporter, redactor, cancellation: &cancellation, job_id };
    let (run, mut state): (_, Option<State>) = (DeployRun::new(&settings, &world), None);
    loop {
        let Ok(Advance::Pending(pending)) = run.advance(state.take()).await else { panic!("it ended") };
        story.cloud.stacks.pass(pending.wait);
        let is_time = is_time(&story.cloud.stacks, &pending);
        state = Some(pending.state);
        if is_time {
            break;
        }
    }
    canceller.cancel(terminated());
    (run.advance(state).await, story.cloud.stacks.stopped_shifts())
}

fn terminated() -> Failure {
    Failure::new(FailureKind::Interrupted(Signal::Terminate), "terminated by a signal")
}

fn failed(ended: Result<Advance, Failure>) -> Report {
    match ended {
        Ok(Advance::Done(report)) if report.failure.is_some() => report,
        other => panic!("it did not fail with a report: {other:?}"),
    }
}

fn cause(ended: Result<Advance, Failure>) -> String {
    failed(ended).failure.map(|failure| failure.cause()).unwrap_or_default()
}

#[tokio::test]
async fn a_cancelled_run_leaves_a_shift_or_stops_it_as_asked() {
    let (ended, stopped) = cancelled_during_a_shift(|story| story.options.on_cancel = OnCancel::Leave, None).await;
    let words = cause(ended);
    assert!(stopped.is_empty() && words.contains("CloudFormation goes on"), "{words}");
    let stop = |story: &mut Story| story.options.on_cancel = OnCancel::StopShift;
    let (ended, stopped) = cancelled_during_a_shift(stop, None).await;
    assert_eq!(stopped, ["d-CANARY001"]);
    let words = cause(ended);
    assert!(words.ends_with("; CodeDeploy stops d-CANARY001"), "{words}");
    let (ended, stopped) = cancelled_during_a_shift(stop, Some("job-1")).await;
    assert!(stopped.is_empty() && matches!(ended, Ok(Advance::Pending(_))), "the next job goes on");
}

#[tokio::test]
async fn a_shift_that_began_after_the_last_look_is_stopped_too() {
    let executed = |stacks: &FakeStacks, _: &Pending| {
        let is_executed = stacks.calls(stacks::Op::Execute) > 0;
        if is_executed {
            stacks.pass(Duration::from_secs(12));
        }
        is_executed
    };
    let stop = |story: &mut Story| story.options.on_cancel = OnCancel::StopShift;
    let (_, stopped) = cancelled_when(executed, stop, None).await;
    assert_eq!(stopped, ["d-CANARY001"]);
}

#[tokio::test]
async fn a_shift_that_cannot_be_stopped_is_said_with_the_error() {
    let deny = |story: &mut Story| {
        story.options.on_cancel = OnCancel::StopShift;
        story.cloud.stacks.breaks(stacks::Op::StopDeployment, 0..1, stacks::Wrong::Denied);
    };
    let (ended, stopped) = cancelled_during_a_shift(deny, None).await;
    assert!(stopped.is_empty());
    let words = cause(ended);
    let expected = "; could not stop d-CANARY001: codedeploy:StopDeployment d-CANARY001: User is not authorized \
                    (AccessDenied)";
    assert!(words.ends_with(expected), "{words}");
}

#[tokio::test]
async fn a_run_that_ends_early_ends_alike_with_and_without_a_page() {
    let roles = |report: &Report| report.files.iter().map(|made| made.role).collect::<Vec<_>>();
    let without = failed(cancelled_during_a_shift(|_| {}, None).await.0);
    let with_page = |story: &mut Story| story.report_file = Some("report.html".into());
    let with = failed(cancelled_during_a_shift(with_page, None).await.0);
    assert_eq!((roles(&without), roles(&with)), (vec![Role::Plan], vec![Role::Plan, Role::Page]));
    assert!(text_of(&with, Role::Page).contains("d-CANARY001"));
    assert_eq!((&without.failure, &without.tables), (&with.failure, &with.tables));
    assert!(without.outcome.outputs.keys().eq(with.outcome.outputs.keys()), "{:?}", without.outcome);
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

#[tokio::test]
async fn an_application_is_deployed_in_one_run_or_in_many() {
    for is_resumed in [false, true] {
        let play = Play::new().makes("Queue", QUEUE, (1, 30)).gives("Key", "is hunter22-hunter22");
        let story = Story::new("Resources: {}", FakeStacks::playing(play));
        let mut story =
            story.with(|new| drop(new.parameters.insert("Key".to_owned(), Secret::new("hunter22-hunter22"))));
        story.application = Some(ApplicationSettings { id: arn("orders").parse().unwrap(), version: None });
        let kind = "String".to_owned();
        let key = ParameterDefinition { name: "Key".to_owned(), kind, no_echo: true, ..ParameterDefinition::default() };
        let version = "1.2.0".to_owned();
        let offered = DeployableVersion { version, parameters: vec![key], is_supported: true, ..Default::default() };
        story.cloud.applications.offers("orders", offered);
        story.cloud.applications.prepares(&[
            TemplateStatus::Preparing,
            TemplateStatus::Preparing,
            TemplateStatus::Active,
        ]);
        let report = story.deploy(is_resumed).await.unwrap();
        assert_eq!((&report.failure, report.outcome.outputs["ApplicationVersion"].as_str()), (&None, "1.2.0"));
        assert!(matches!(story.sent(), TemplateText::Url(url) if url.starts_with("https://templates.example.com/0?")));
        assert!(!format!("{report:?}").contains("hunter22"), "{report:?}");
        let templates = story.cloud.applications.calls().into_iter().filter(|op| *op == Op::CreateTemplate).count();
        assert_eq!((templates, story.cloud.stacks.created().len()), (1, 1), "resumed: {is_resumed}");
    }
}

#[tokio::test]
async fn a_cancellation_ends_the_check_of_an_application() {
    let mut story = Story::new("Resources: {}", FakeStacks::playing(Play::new()));
    story.application = Some(ApplicationSettings { id: arn("orders").parse().unwrap(), version: None });
    let (version, capabilities) = ("1.2.0".to_owned(), vec!["CAPABILITY_AUTO_EXPAND".to_owned()]);
    let offered = DeployableVersion { version, capabilities, is_supported: true, ..Default::default() };
    story.cloud.applications.offers("orders", offered);
    story.cloud.applications.breaks(Op::Nested, 1, Wrong::Hangs);
    let (settings, (canceller, cancellation)) = (story.settings(), cancellation());
    let reporter: Arc<dyn Reporter> = story.recorder.clone();
    let (cloud, redactor) = (&story.cloud, &story.redactor);
    let world = World { cloud, reporter: &reporter, redactor, cancellation: &cancellation, job_id: None };
    let run = DeployRun::new(&settings, &world);
    let (ended, ()) = tokio::join!(run.advance(None), async {
        while !cloud.applications.calls().contains(&Op::Nested) {
            tokio::task::yield_now().await;
        }
        canceller.cancel(terminated());
    });
    assert_eq!(ended.unwrap_err(), terminated());
}
