//! The changes within nested stacks.

use super::{ENDPOINT, Story, given};
use crate::facts::{Ended, S3Endpoint, S3Location};
use crate::local::FolderStore;
use crate::package::{ObjectStore, Overwrite};
use bytes::Bytes;

const HEAD: &str = "Parameters: {Stage: {Type: String, Default: dev}, Zones: {Type: CommaDelimitedList, Default: a}}\n";

impl Story {
    /// Puts a template into a bucket; returns its URL.
    async fn upload(&self, key: &str, template: &str) -> String {
        let location = S3Location::new("code", key);
        let store = FolderStore::new(self.folder.path().join("buckets"));
        store.put(&location, Bytes::from(template.to_owned()), Overwrite::Always).await.unwrap();
        location.url(&S3Endpoint::new(ENDPOINT))
    }
}

fn root(url: &str) -> String {
    let parameters = "{Stage: !Ref Stage, Zones: !Ref Zones, Topic: !Ref Always}";
    format!(
        "{HEAD}Resources:\n  Always: {{Type: AWS::SNS::Topic}}\n  Child:\n    Type: AWS::CloudFormation::Stack\n    \
         Properties: {{TemplateURL: '{url}', Parameters: {parameters}}}\n"
    )
}

fn child(resources: &str) -> String {
    format!(
        "Parameters: {{Stage: {{Type: String}}, Zones: {{Type: CommaDelimitedList}}, Topic: {{Type: String}}, Size: \
         {{Type: Number, Default: 1}}}}\nResources:\n{resources}"
    )
}

const QUEUES: &str = "  Named: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref Stage}}
  Zoned: {Type: AWS::SQS::Queue, Properties: {QueueName: !Join ['', !Ref Zones]}}
  Topical: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref Topic, DelaySeconds: !Ref Size}}
";

#[tokio::test]
async fn a_nested_stack_has_changes_of_its_own() {
    let story = Story::new();
    let url = story.upload("1.template", &child(QUEUES)).await;
    let first = story.deploy(&root(&url)).await;
    assert_eq!(first.plan(), ["Add Always", "Add Child", "Add Child/Named", "Add Child/Zoned", "Add Child/Topical"]);
    let changed = story.deploy_with(&root(&url), |new| new.parameters = given(&[("Stage", "prod")])).await;
    assert_eq!(changed.plan(), ["Modify Child Parameters<-Stage", "Modify Child/Named QueueName<-Stage"]);
    let zones = given(&[("Stage", "prod"), ("Zones", "a,b")]);
    let changed = story.deploy_with(&root(&url), |new| new.parameters = zones).await;
    assert_eq!(changed.plan(), ["Modify Child Parameters<-Zones", "Modify Child/Zoned QueueName<-Zones"]);
    let other = QUEUES.replace("!Ref Size", "2").replace("Zoned", "New");
    let url = story.upload("2.template", &child(&other)).await;
    assert_eq!(
        story.deploy(&root(&url)).await.plan(),
        ["Modify Child TemplateURL", "Add Child/New", "Modify Child/Topical DelaySeconds", "Remove Child/Zoned"]
    );
}

#[tokio::test]
async fn nested_stacks_below_each_other_are_followed_and_one_that_names_itself_has_an_end() {
    let story = Story::new();
    let inner = story.upload("inner.template", "Resources: {Queue: {Type: AWS::SQS::Queue}}\n").await;
    let stack = |url: &str| {
        format!("Resources:\n  Child: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: '{url}'}}}}\n")
    };
    let middle = story.upload("middle.template", &stack(&inner)).await;
    assert_eq!(story.deploy(&stack(&middle)).await.plan(), ["Add Child", "Add Child/Child", "Add Child/Child/Queue"]);
    let story = Story::new();
    let itself = story.upload("itself.template", "").await;
    story.upload("itself.template", &stack(&itself)).await;
    assert_eq!(story.deploy(&stack(&itself)).await.plan().len(), 11);
}

#[tokio::test]
async fn a_template_that_names_itself_several_times_is_read_a_limited_number_of_times() {
    let story = Story::new();
    let itself = story.upload("itself.template", "").await;
    let stack =
        |id: &str| format!("  {id}: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: '{itself}'}}}}\n");
    let template = format!("Resources:\n{}{}{}", stack("A"), stack("B"), stack("C"));
    story.upload("itself.template", &template).await;
    let deployment = story.deploy(&template).await;
    assert_eq!(deployment.ended(), (&Ended::Deployed, "CREATE_COMPLETE"));
    assert_eq!(story.file().matches(":changeSet/").count() - 1, 200, "change sets of nested stacks");
}

#[tokio::test]
async fn a_template_that_is_elsewhere_leaves_the_changes_unknown() {
    let story = Story::new();
    let elsewhere = |name: &str| root(&format!("https://example.com/{name}"));
    let url = story.upload("1.template", &child(QUEUES)).await;
    let first = story.deploy(&elsewhere("a")).await;
    assert_eq!((first.plan().len(), first.verdict().plan.as_ref().unwrap().unknown.len()), (2, 0), "it is new");
    for template in [root(&url), elsewhere("b")] {
        let changed = story.deploy(&template).await;
        assert_eq!(changed.plan(), ["Modify Child TemplateURL"]);
        assert_eq!(changed.verdict().plan.as_ref().unwrap().unknown, ["Child"]);
    }
}
