//! Deployments to a folder, by the stage of real deployments.

mod folder;
mod nested;
mod plan;

use super::FolderStacks;
use crate::deploy::{
    Advance, Availability, Context, DeployOptions, NewChangeSet, PackagedTemplate, Pending, Phase, Stacks,
    TemplateFacts, TemplateText, Until, Work, advance, begin,
};
use crate::facts::{
    DeployEvent, Ended, Event, Failure, FailureKind, S3Endpoint, S3Location, Secret, Timestamp, Verdict,
};
use crate::local::FolderStore;
use crate::package::{ObjectStore, Overwrite};
use crate::template::Template;
use crate::testing::deploy;
use crate::testing::recorder::Recorder;
use bytes::Bytes;
use futures_util::future::{FutureExt, LocalBoxFuture};
use std::collections::BTreeMap;
use std::fs;
use tempfile::TempDir;

const QUEUE: &str = "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n";
const REGION: &str = "us-east-1";
const ENDPOINT: &str = "https://s3.us-east-1.amazonaws.com";

/// A folder with stacks and buckets.
struct Story {
    folder: TempDir,
}

/// A template as it is sent.
struct Sent(TemplateText);

impl PackagedTemplate for Sent {
    fn text(&self) -> LocalBoxFuture<'_, Result<Availability<TemplateText>, Failure>> {
        async { Ok(Availability::Ready(self.0.clone())) }.boxed_local()
    }
}

/// What a deployment was, and what it reported.
struct Deployment {
    outcome: Result<Verdict, Failure>,
    events: Vec<Event>,
}

impl Story {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn stacks(&self) -> FolderStacks {
        let store = FolderStore::new(self.folder.path().join("buckets"));
        FolderStacks::new(self.folder.path().join("stacks"), REGION, store, S3Endpoint::new(ENDPOINT))
    }

    /// The text of the file of the stack `app`.
    fn file(&self) -> String {
        fs::read_to_string(self.folder.path().join("stacks/us-east-1/app.json")).unwrap()
    }

    async fn deploy(&self, template: &str) -> Deployment {
        self.deploy_with(template, |_| {}).await
    }

    async fn deploy_with(&self, template: &str, change: impl FnOnce(&mut NewChangeSet)) -> Deployment {
        let mut new = deploy_change_set(template);
        change(&mut new);
        let options = DeployOptions { work: Work::Create(Box::new(new)), ..deploy::options("app") };
        self.run(&options, TemplateText::Body(template.to_owned())).await
    }

    async fn run(&self, options: &DeployOptions, template: TemplateText) -> Deployment {
        self.run_as("run-1", options, template).await
    }

    /// A run with this nonce. Each look is made by a process of its own, which begins anew with the folder and the text
    /// of the phase.
    async fn run_as(&self, nonce: &str, options: &DeployOptions, template: TemplateText) -> Deployment {
        let (recorder, template) = (Recorder::default(), Sent(template));
        let outcome = self.drive(nonce, options, &template, &recorder).await;
        Deployment { outcome, events: recorder.events() }
    }

    async fn drive(
        &self,
        nonce: &str,
        options: &DeployOptions,
        template: &Sent,
        recorder: &Recorder,
    ) -> Result<Verdict, Failure> {
        let mut phase: Option<Phase> = None;
        for _ in 0..100 {
            let stacks = self.stacks();
            let now = Timestamp::now();
            let context = Context { options, stacks: &stacks, template, reporter: recorder, lines: None, now };
            let current = match phase.take() {
                Some(phase) => serde_json::from_str(&serde_json::to_string(&phase).unwrap()).unwrap(),
                None => begin(&context, nonce)?,
            };
            phase = match advance(&context, current).await? {
                Advance::Done(verdict) => return Ok(*verdict),
                Advance::Pending(pending) => {
                    let Pending { phase, .. } = *pending;
                    Some(phase)
                }
            };
        }
        panic!("it never ends");
    }
}

fn deploy_change_set(template: &str) -> NewChangeSet {
    let parsed = Template::parse("t.yaml", template.as_bytes().to_vec()).unwrap();
    NewChangeSet { template: TemplateFacts::read(&parsed), ..deploy::new_change_set() }
}

fn given(values: &[(&str, &str)]) -> BTreeMap<String, Secret> {
    values.iter().map(|(name, value)| ((*name).to_owned(), Secret::new(*value))).collect()
}

impl Deployment {
    fn verdict(&self) -> &Verdict {
        self.outcome.as_ref().unwrap_or_else(|failure| panic!("it ended without a verdict: {failure:?}"))
    }

    /// How it ended, with the status of the stack.
    fn ended(&self) -> (&Ended, &str) {
        let verdict = self.verdict();
        (&verdict.ended, verdict.status.as_deref().unwrap_or_default())
    }

    fn failure(&self) -> &Failure {
        self.outcome.as_ref().expect_err("it is refused")
    }

    /// The plan: an action and a resource each, with the properties that changed and what changed them.
    fn plan(&self) -> Vec<String> {
        let plan = self.verdict().plan.as_ref().expect("the plan was read");
        let lines = plan.changes.iter().map(|change| {
            let cause = |cause: &crate::facts::ChangeCause| match &cause.entity {
                Some(entity) => format!(" {}<-{entity}", cause.property),
                None => format!(" {}", cause.property),
            };
            let causes: String = change.causes.iter().map(cause).collect();
            format!("{} {}{causes}", change.action.name(), change.path())
        });
        lines.collect()
    }

    /// Resource and status of each row.
    fn rows(&self) -> Vec<String> {
        let row = |event: &Event| match event {
            Event::Deploy(DeployEvent::Row(row)) => Some(format!("{} {}", row.path, row.status)),
            _ => None,
        };
        self.events.iter().filter_map(row).collect()
    }

    fn outputs(&self) -> Vec<(&str, &str)> {
        self.verdict().outputs.iter().map(|output| (output.key.as_str(), output.value.as_str())).collect()
    }
}

#[tokio::test]
async fn a_first_deployment_is_recorded_and_says_that_nothing_is_created() {
    let story = Story::new();
    let template = format!(
        "{QUEUE}Outputs:\n  Name: {{Value: 'fixed', Export: {{Name: !Sub '${{AWS::StackName}}-name'}}}}\n  Arn: {{Value: !GetAtt Queue.Arn}}\n"
    );
    let deployment = story.deploy(&template).await;
    assert_eq!(deployment.ended(), (&Ended::Deployed, "CREATE_COMPLETE"));
    assert_eq!(deployment.plan(), ["Add Queue"]);
    assert_eq!(deployment.rows(), ["app CREATE_IN_PROGRESS", "Queue CREATE_COMPLETE", "app CREATE_COMPLETE"]);
    assert_eq!(deployment.outputs(), [("Name", "fixed"), ("Arn", "(known after a real deployment)")]);
    assert_eq!(deployment.verdict().outputs[0].export_name.as_deref(), Some("app-name"));
    assert_eq!(deployment.verdict().console, None);
    let says_so = |event: &Event| matches!(event, Event::Deploy(DeployEvent::Row(row)) if row.reason.as_deref().is_some_and(|it| it.contains("no resource is created")));
    assert!(deployment.events.iter().any(says_so));
}

#[tokio::test]
async fn an_update_shows_the_changes_since_the_last_deployment() {
    let story = Story::new();
    let first = "Resources:
  Changed: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: 1, QueueName: a}}
  Same: {Type: AWS::SQS::Queue}
  Gone: {Type: AWS::SQS::Queue}
  Kept: {Type: AWS::SQS::Queue, DeletionPolicy: Retain}
";
    story.deploy(first).await.verdict();
    let second = "Resources:
  New: {Type: AWS::SNS::Topic}
  Changed: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: 2, QueueName: a}}
  Same: {Type: AWS::SQS::Queue}
";
    let deployment = story.deploy(second).await;
    assert_eq!(deployment.ended(), (&Ended::Deployed, "UPDATE_COMPLETE"));
    assert_eq!(deployment.plan(), ["Add New", "Modify Changed DelaySeconds", "Remove Gone", "Remove Kept"]);
    assert_eq!(
        deployment.rows(),
        [
            "app UPDATE_IN_PROGRESS",
            "New CREATE_COMPLETE",
            "Changed UPDATE_COMPLETE",
            "Gone DELETE_COMPLETE",
            "Kept DELETE_SKIPPED",
            "app UPDATE_COMPLETE"
        ]
    );
}

#[tokio::test]
async fn an_unchanged_deployment_leaves_the_file_as_it_is() {
    let story = Story::new();
    let template = format!("{QUEUE}Outputs: {{Name: {{Value: a}}}}\n");
    story.deploy(&template).await.verdict();
    let before = story.deploy(&template).await;
    assert_eq!(before.ended(), (&Ended::NoChanges, "CREATE_COMPLETE"));
    assert_eq!(before.outputs(), [("Name", "a")]);
    let file = story.file();
    story.deploy(&template).await.verdict();
    assert_eq!(story.file(), file);
    let other_output = template.replace("Value: a", "Value: b");
    let deployment = story.deploy(&other_output).await;
    assert_eq!((deployment.ended(), deployment.plan().len()), ((&Ended::Deployed, "UPDATE_COMPLETE"), 0));
    let with_tag = |new: &mut NewChangeSet| new.tags = Some([("team".to_owned(), "blue".to_owned())].into());
    assert_eq!(story.deploy_with(&other_output, with_tag).await.ended().0, &Ended::Deployed, "a tag is a change");
    assert_eq!(story.deploy_with(&other_output, with_tag).await.ended().0, &Ended::NoChanges);
}

#[tokio::test]
async fn a_plan_is_executed_later_and_only_once() {
    let story = Story::new();
    let new = || Work::Create(Box::new(deploy_change_set(QUEUE)));
    let planning = DeployOptions { until: Until::Planned, work: new(), ..deploy::options("app") };
    let planned = story.run(&planning, TemplateText::Body(QUEUE.to_owned())).await;
    assert_eq!((&planned.verdict().ended, planned.plan()), (&Ended::Planned, vec!["Add Queue".to_owned()]));
    let change_set = planned.verdict().change_set.clone().unwrap();
    assert_eq!(story.stacks().stack("app").await.unwrap().unwrap().status.as_str(), "REVIEW_IN_PROGRESS");
    let applying = DeployOptions { work: Work::Execute(change_set), ..deploy::options("app") };
    let applied = story.run(&applying, TemplateText::Body(String::new())).await;
    assert_eq!(applied.ended(), (&Ended::Deployed, "CREATE_COMPLETE"));
    let again = story.run_as("run-2", &applying, TemplateText::Body(String::new())).await;
    assert!(again.failure().cause().contains("was executed already"), "{}", again.failure().cause());
}

#[tokio::test]
async fn what_cloudformation_refuses_is_refused_and_leaves_no_stack() {
    let role = "Resources: {R: {Type: AWS::IAM::Role, Properties: {RoleName: r}}}\n";
    let rows = [
        (
            "a capability",
            role,
            FailureKind::Usage,
            "the template needs a capability that is not given: CAPABILITY_NAMED_IAM",
        ),
        (
            "a parameter",
            "Parameters: {Stage: {Type: String}}\nResources: {Q: {Type: AWS::SQS::Queue}}\n",
            FailureKind::Usage,
            "t.yaml:1:14: the parameter Stage has no value and no default",
        ),
        (
            "a resource",
            "Parameters: {}\n",
            FailureKind::Failed,
            "cloudformation:CreateChangeSet app: Template format error: At least one Resources member must be defined. (ValidationError)",
        ),
    ];
    for (name, template, kind, cause) in rows {
        let story = Story::new();
        let deployment = story.deploy(template).await;
        let failure = deployment.failure();
        assert_eq!((failure.kind, failure.cause().as_str()), (kind, cause), "{name}");
        assert_eq!(story.stacks().stack("app").await.unwrap(), None, "{name}");
    }
    let story = Story::new();
    let allowed = |new: &mut NewChangeSet| new.capabilities = Some(vec!["CAPABILITY_NAMED_IAM".to_owned()]);
    assert_eq!(story.deploy_with(role, allowed).await.ended().0, &Ended::Deployed);
    let retyped = role.replace("Type: AWS::IAM::Role", "Type: AWS::SQS::Queue");
    let cause = story.deploy(&retyped).await.failure().cause();
    assert!(cause.contains("Update of resource type is not permitted.") && cause.contains("[R]"), "{cause}");
}

#[tokio::test]
async fn a_secret_parameter_is_in_no_file_and_its_change_is_noticed() {
    let template = "Parameters:
  Password: {Type: String, NoEcho: true}
Resources:
  Database: {Type: AWS::RDS::DBInstance, Properties: {MasterUserPassword: !Ref Password}}
Outputs:
  Secret: {Value: !Sub 'is ${Password}'}
";
    let story = Story::new();
    let deploy =
        async |value: &str| story.deploy_with(template, |new| new.parameters = given(&[("Password", value)])).await;
    let first = deploy("hunter2-first").await;
    assert_eq!(first.outputs(), [("Secret", "(known after a real deployment)")]);
    assert_eq!(deploy("hunter2-first").await.ended().0, &Ended::NoChanges);
    assert_eq!(deploy("hunter2-second").await.plan(), ["Modify Database MasterUserPassword<-Password"]);
    let kept = story.deploy(template).await;
    assert_eq!(kept.ended().0, &Ended::NoChanges, "the previous value is kept");
    let mut open = vec![story.folder.path().to_path_buf()];
    let mut files = 0;
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            files += 1;
            assert!(!fs::read_to_string(&path).unwrap().contains("hunter2"), "{}", path.display());
        }
    }
    assert_eq!(files, 2, "the stack and the key");
}

#[tokio::test]
async fn a_large_template_is_read_from_its_bucket() {
    let story = Story::new();
    let location = S3Location::new("code", "app/a b.template");
    let store = FolderStore::new(story.folder.path().join("buckets"));
    store.put(&location, Bytes::from(QUEUE), Overwrite::Always).await.unwrap();
    let options = DeployOptions { work: Work::Create(Box::new(deploy_change_set(QUEUE))), ..deploy::options("app") };
    let url = location.url(&S3Endpoint::new(ENDPOINT));
    let deployment = story.run(&options, TemplateText::Url(url)).await;
    assert_eq!(deployment.plan(), ["Add Queue"]);
    let elsewhere = story.run(&options, TemplateText::Url("https://example.com/t".to_owned())).await;
    assert!(elsewhere.failure().cause().contains("TemplateURL must be a supported URL."));
}
