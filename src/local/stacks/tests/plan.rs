//! Which changes a plan has, and why.

use super::Story;
use crate::deploy::NewChangeSet;

const HEAD: &str = "Parameters:
  Stage: {Type: String, Default: dev}
  Size: {Type: Number, Default: 1}
  Zones: {Type: CommaDelimitedList, Default: 'a,b'}
Mappings:
  Sizes: {dev: {Delay: 1}, prod: {Delay: 1}, test: {Delay: 5}}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  IsOther: !And [!Not [!Condition IsProd], !Not [!Equals [!Ref Stage, dev]]]
  Circular: !Or [!Condition Circular, !Condition Circular]
";

/// The plan of a template after the same one with the stage `dev`.
async fn plan(resource: &str, change: impl Fn(&mut NewChangeSet)) -> Vec<String> {
    let template = format!("{HEAD}Resources:\n  Always: {{Type: AWS::SNS::Topic}}\n  Queue: {resource}\n");
    let story = Story::new();
    story.deploy(&template).await.verdict();
    story.deploy_with(&template, change).await.plan()
}

#[tokio::test]
async fn a_parameter_changes_the_resources_that_depend_on_it() {
    let queue = |properties: &str| format!("{{Type: AWS::SQS::Queue, Properties: {{{properties}}}}}");
    let rows: [(&str, String, &[(&str, &str)], &[&str]); 13] = [
        ("Ref", queue("QueueName: !Ref Stage"), &[("Stage", "prod")], &["Modify Queue QueueName<-Stage"]),
        ("Sub", queue("QueueName: !Sub 'q-${Stage}'"), &[("Stage", "prod")], &["Modify Queue QueueName<-Stage"]),
        ("a literal of Sub", queue("QueueName: !Sub 'q-${!Stage}'"), &[("Stage", "prod")], &[]),
        (
            "a variable of Sub",
            queue("QueueName: !Sub ['${A}', {A: !Ref Stage}]"),
            &[("Stage", "prod")],
            &["Modify Queue QueueName<-Stage"],
        ),
        (
            "beside a resource",
            queue("QueueName: !Sub '${Always.TopicName}-${Stage}'"),
            &[("Stage", "prod")],
            &["Modify Queue QueueName<-Stage"],
        ),
        (
            "a mapping with another value",
            queue("DelaySeconds: !FindInMap [Sizes, !Ref Stage, Delay]"),
            &[("Stage", "test")],
            &["Modify Queue DelaySeconds<-Stage"],
        ),
        (
            "a mapping with the same value",
            queue("DelaySeconds: !FindInMap [Sizes, !Ref Stage, Delay]"),
            &[("Stage", "prod")],
            &[],
        ),
        (
            "a condition",
            queue("DelaySeconds: !If [IsProd, 1, 2]"),
            &[("Stage", "prod")],
            &["Modify Queue DelaySeconds<-Stage"],
        ),
        ("a condition that stays", queue("DelaySeconds: !If [IsProd, 1, 2]"), &[("Stage", "test")], &[]),
        (
            "no value",
            queue("DelaySeconds: !If [IsOther, 1, !Ref 'AWS::NoValue']"),
            &[("Stage", "test")],
            &["Modify Queue DelaySeconds<-Stage"],
        ),
        ("a circular condition", queue("DelaySeconds: !If [Circular, 1, 2]"), &[("Stage", "test")], &[]),
        ("a list", queue("Zones: !Join ['-', !Ref Zones]"), &[("Zones", "a,c")], &["Modify Queue Zones<-Zones"]),
        ("another parameter", queue("QueueName: !Ref Stage"), &[("Size", "2")], &[]),
    ];
    for (name, resource, values, expected) in rows {
        let found = plan(&resource, |new| new.parameters = super::given(values)).await;
        assert_eq!(found, expected, "{name}");
    }
}

#[tokio::test]
async fn a_condition_adds_and_removes_resources() {
    let prod = |new: &mut NewChangeSet| new.parameters = super::given(&[("Stage", "prod")]);
    let other = |new: &mut NewChangeSet| new.parameters = super::given(&[("Stage", "test")]);
    assert_eq!(plan("{Type: AWS::SQS::Queue, Condition: IsProd}", prod).await, ["Add Queue"]);
    assert_eq!(plan("{Type: AWS::SQS::Queue, Condition: IsOther}", other).await, ["Add Queue"]);
    assert_eq!(plan("{Type: AWS::SQS::Queue, Condition: IsProd}", other).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_template_changes_its_resources() {
    let globals = |memory: u32| {
        format!(
            "Transform: AWS::Serverless-2016-10-31\nGlobals: {{Function: {{MemorySize: {memory}, Environment: {{Variables: {{A: '{memory}'}}}}}}}}\n"
        )
    };
    let function = |own: &str| {
        format!("Resources: {{F: {{Type: AWS::Serverless::Function, Properties: {{Role: arn, Handler: a.b{own}}}}}}}\n")
    };
    let queue = |rest: &str| format!("Resources: {{Q: {{Type: AWS::SQS::Queue{rest}}}}}\n");
    let each = |names: &str| {
        format!(
            "Transform: AWS::LanguageExtensions\nResources: {{'Fn::ForEach::Qs': [N, [{names}], {{'Q${{N}}': {{Type: AWS::SQS::Queue}}}}]}}\n"
        )
    };
    let rows: [(&str, String, String, &[&str]); 8] = [
        ("Globals", globals(1) + &function(""), globals(2) + &function(""), &["Modify F MemorySize", "Environment"]),
        (
            "Globals that the function overrides",
            globals(1) + &function(", MemorySize: 3, Environment: !Ref AWS::NoValue"),
            globals(2) + &function(", MemorySize: 3, Environment: !Ref AWS::NoValue"),
            &[],
        ),
        ("an attribute", queue(""), queue(", DeletionPolicy: Retain"), &["Modify Q DeletionPolicy"]),
        ("DependsOn", queue(""), queue(", DependsOn: []"), &[]),
        ("a property that goes", queue(", Properties: {A: 1}"), queue(""), &["Modify Q A"]),
        ("order and style", queue(", Properties: {A: 1, B: '2'}"), queue(", Properties: {\"B\": \"2\", A: 1}"), &[]),
        (
            "the same value written otherwise",
            queue(", Properties: {A: !Join ['', [a, b]]}"),
            queue(", Properties: {A: ab}"),
            &[],
        ),
        ("a loop", each("a"), each("a, b"), &["Modify Fn::ForEach::Qs Fn::ForEach"]),
    ];
    for (name, before, after, expected) in rows {
        let story = Story::new();
        story.deploy(&before).await.verdict();
        let found = story.deploy(&after).await.plan();
        assert_eq!(found.join(" "), expected.join(" "), "{name}");
    }
}
