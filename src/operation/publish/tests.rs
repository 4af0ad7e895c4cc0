//! Publications of files on disk, by the operation, with everything that it calls in memory.

use super::advance;
use crate::cli::{CommandName, typed};
use crate::facts::{Environment, Failure, FailureKind, Redactor, Report, Reporter, S3Location};
use crate::interrupt::cancellation;
use crate::operation::{Advance, State, World};
use crate::settings::{Line, PublishSettings, Source};
use crate::testing::applications::arn;
use crate::testing::cloud::FakeCloud;
use crate::testing::recorder::Recorder;
use crate::testing::stacks::FakeStacks;
use std::fs;
use std::sync::Arc;
use tempfile::TempDir;

const TEMPLATE: &str = "\
Transform: AWS::Serverless-2016-10-31
Metadata:
  AWS::ServerlessRepo::Application:
    Name: orders
    Author: acme
    Description: Takes orders.
    ReadmeUrl: README.md
    SemanticVersion: 1.0.0
Resources:
  Take: # the function
    Type: AWS::Serverless::Function
    Properties: {CodeUri: code, Handler: index.handler, Runtime: nodejs22.x}
";

/// A folder with a template, and what is typed.
struct Story {
    folder: TempDir,
    cloud: FakeCloud,
    words: Vec<&'static str>,
    recorder: Arc<Recorder>,
}

impl Story {
    fn new(words: &[&'static str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        file("template.yaml", TEMPLATE);
        file("README.md", "# Orders\n");
        fs::create_dir(folder.path().join("code")).unwrap();
        file("code/index.js", "exports.handler = () => {}\n");
        Self { folder, cloud: FakeCloud::new(FakeStacks::default()), words: words.to_vec(), recorder: Arc::default() }
    }

    fn settings(&self) -> Result<PublishSettings, Failure> {
        let typed = typed(CommandName::Publish, self.words.iter().map(Into::into))?;
        let line = Line { typed: &typed, folder: self.folder.path() };
        PublishSettings::resolve(&Source::Line(line), &Environment::default()).map(|resolved| resolved.settings)
    }

    async fn publish(&self, state: Option<State>) -> Result<Report, Failure> {
        let (settings, (_canceller, cancellation)) = (self.settings()?, cancellation());
        let reporter: Arc<dyn Reporter> = self.recorder.clone();
        let (cloud, redactor) = (&self.cloud, &Redactor::default());
        let world = World { cloud, reporter: &reporter, redactor, cancellation: &cancellation, job_id: None };
        match advance(&settings, &world, state).await? {
            Advance::Done(report) => Ok(report),
            Advance::Pending(pending) => panic!("{pending:?}"),
        }
    }

    async fn published(&self) -> Report {
        self.publish(None).await.unwrap_or_else(|failure| panic!("{failure:?}"))
    }

    fn writes(&self) -> usize {
        self.cloud.applications.calls().iter().filter(|op| op.is_write()).count()
    }
}

#[tokio::test]
async fn a_template_with_local_paths_is_packaged_first() {
    let story = Story::new(&["--s3-bucket", "code", "--s3-prefix", "app"]);
    let report = story.published().await;
    let template = story.cloud.applications.template_of("orders", "1.0.0");
    let uris = story.cloud.store.uris();
    assert_eq!(uris.len(), 1, "the readme is sent as a text: {uris:?}");
    let (head, rest) = TEMPLATE.split_once("Metadata:").unwrap();
    let (_, tail) = rest.split_once("Resources:").unwrap();
    assert_eq!(template, format!("{head}Resources:{tail}").replace("CodeUri: code", &format!("CodeUri: {}", uris[0])));
    assert_eq!(report.outcome.summary, "published orders 1.0.0: the application is new");
    let outputs: Vec<_> = report.outcome.outputs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let application = arn("orders");
    assert_eq!(
        outputs,
        [("ApplicationChange", "created"), ("ApplicationId", &application), ("ApplicationVersion", "1.0.0")]
    );
    let again = story.published().await;
    assert_eq!((again.outcome.outputs["ApplicationChange"].as_str(), story.writes()), ("unchanged", 1));
    assert_eq!(again.outcome.summary, "nothing to publish: orders 1.0.0 is what the repository has");
}

#[tokio::test]
async fn without_a_bucket_each_local_path_is_named() {
    let story = Story::new(&[]);
    let failure = story.publish(None).await.unwrap_err();
    let place = failure.problems[0].place.as_ref().unwrap();
    assert_eq!((failure.kind, place.line, place.column), (FailureKind::Usage, 12, 27));
    assert_eq!(failure.problems[0].message, "Take.CodeUri: the local path code cannot be published");
    assert!(story.cloud.applications.calls().is_empty());
}

#[tokio::test]
async fn a_packaged_template_needs_no_bucket() {
    let story = Story::new(&[]);
    let packaged = TEMPLATE.replace("CodeUri: code", "CodeUri: s3://code/abc");
    fs::write(story.folder.path().join("template.yaml"), packaged).unwrap();
    let missing = story.publish(None).await.unwrap_err();
    assert_eq!(
        (missing.cause().as_str(), story.writes()),
        ("s3://code/abc does not exist, and the template names it", 0)
    );
    story.cloud.store.insert(&S3Location::new("code", "abc"), "zip");
    assert_eq!(story.published().await.outcome.outputs["ApplicationChange"], "created");
}

#[tokio::test]
async fn a_dry_run_uploads_and_writes_nothing() {
    let story = Story::new(&["--s3-bucket", "code", "--dry-run", "--share", "111122223333,444455556666"]);
    let report = story.published().await;
    assert_eq!(report.outcome.summary, "nothing was written: this was a dry run; 2 writes would publish orders 1.0.0");
    assert_eq!((story.writes(), story.cloud.store.uris().len(), report.outcome.outputs.len()), (0, 0, 0));
}

#[tokio::test]
async fn a_dry_run_compares_what_would_be_uploaded() {
    let mut story = Story::new(&["--s3-bucket", "code"]);
    story.published().await;
    story.words.push("--dry-run");
    let same = story.published().await.outcome.summary;
    assert!(same.ends_with("orders 1.0.0 is what the repository has"), "{same}");
    fs::write(story.folder.path().join("code/index.js"), "changed").unwrap();
    let other = story.publish(None).await.unwrap_err();
    assert!(other.cause().ends_with("Resources.Take.Properties.CodeUri differs"), "{}", other.cause());
}

#[tokio::test]
async fn a_publication_is_never_continued() {
    let failure = Story::new(&[]).publish(Some(State("x".to_owned()))).await.unwrap_err();
    assert_eq!(failure.cause(), "the job continues one that published, which never leaves work to another");
}

#[test]
fn options_contradict_each_other_or_replace_a_lower_source() {
    let settings = |words: &[&'static str]| Story::new(words).settings().map_err(|failure| failure.cause());
    let both = settings(&["--allow-same-version", "--fail-on-same-version"]);
    assert_eq!(both.unwrap_err(), "--allow-same-version and --fail-on-same-version are both given");
    let rows = [
        ["--semantic-version", "1.0"],
        ["--application-id", "orders"],
        ["--share", "1111"],
        ["--share-organization", "o-1"],
    ];
    for words in rows {
        assert!(settings(&words).is_err(), "{words:?}");
    }
    let story = Story::new(&["--allow-same-version", "--public"]);
    let samconfig =
        "version = 0.1\n[default.publish.parameters]\nfail_on_same_version = true\nsemantic_version = '2.0.0'\n";
    fs::write(story.folder.path().join("samconfig.toml"), samconfig).unwrap();
    let options = story.settings().unwrap().options;
    assert_eq!(options.version.map(|version| version.to_string()).as_deref(), Some("2.0.0"));
    assert_eq!(options.same_version, crate::publish::SameVersion::Allow);
    assert!(options.sharing.is_some_and(|sharing| sharing.is_public));
}
