//! The modes of CodePipeline's own action of CloudFormation, with its properties: what is called, and what the job reports.

use super::STACK;
use super::success::{created, updated};
use crate::cloudformation::{Call, CloudFormation, Script};
use crate::job::{ID, OUTPUT, World, files_of, zip};
use crate::job_service::JobState;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const ROLE: &str = "arn:aws:iam::111122223333:role/cloudformation";
const BUILD: &str = "orders/Build/xY7zW1v";
const TEMPLATE: &str = "Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: {Type: String}
  Version: {Type: String}
  Bucket: {Type: String}
  Key: {Type: String}
Resources:
  Queue: {Type: AWS::SQS::Queue}
";
const CONFIGURATION: &str = r#"{"Parameters": {"Stage": "prod", "Version": "0"}, "Tags": {"team": "orders"},
    "StackPolicy": {"Statement": [{"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}]}}"#;
const OVERRIDES: &str = r#"{"Version": {"Fn::GetParam": ["Build", "out/build.json", "Version"]},
    "Bucket": {"Fn::GetArtifactAtt": ["Build", "BucketName"]}, "Key": {"Fn::GetArtifactAtt": ["Build", "ObjectKey"]}}"#;

/// A pipeline whose action has two input artifacts.
struct Pipeline {
    world: World,
    stacks: CloudFormation,
    jobs: u32,
}

impl Pipeline {
    fn new() -> Self {
        let source = zip(&[("template.yaml", TEMPLATE.as_bytes()), ("prod.json", CONFIGURATION.as_bytes())]);
        let mut world = World::new(&[], &source);
        world.s3.put("artifacts", BUILD, &zip(&[("out/build.json", br#"{"Version": "1.4.2"}"#)]));
        let location = json!({"type": "S3", "s3Location": {"bucketName": "artifacts", "objectKey": BUILD}});
        let build = json!({"name": "Build", "revision": null, "location": location});
        world.job["data"]["inputArtifacts"].as_array_mut().unwrap().push(build);
        Self { world, stacks: CloudFormation::start(), jobs: 0 }
    }

    /// Runs an action of this mode with these properties more; returns its result and the calls that it made.
    fn act(&mut self, mode: &str, properties: &[(&str, &str)]) -> (Value, Vec<Call>) {
        self.act_as(mode, properties, |_| ())
    }

    fn act_as(&mut self, mode: &str, properties: &[(&str, &str)], change: impl Fn(&mut Value)) -> (Value, Vec<Call>) {
        self.jobs += 1;
        let id = format!("{}{:012}", &ID[..24], self.jobs);
        let mut job = self.world.job.clone();
        job["id"] = json!(id);
        let of_action = [("Operation", "deploy"), ("ActionMode", mode), ("StackName", STACK)];
        let all: BTreeMap<_, _> = of_action.iter().chain(properties).copied().collect();
        job["data"]["actionConfiguration"]["configuration"] = json!(all);
        change(&mut job["data"]);
        self.world.jobs.add(&job, JobState::InProgress);
        let before = self.stacks.calls().len();
        let run = self.world.run_of("-").input(job.to_string());
        let run = run.env("AWS_ENDPOINT_URL_CLOUDFORMATION", self.stacks.url()).env("SAM_CLI_POLL_DELAY", "0.01");
        let ended = run.end();
        let result = self.world.jobs.result(&id).unwrap_or_else(|| panic!("{}", ended.stderr));
        (result, self.stacks.calls().split_off(before))
    }
}

/// Every property that a mode with a template has.
fn full() -> Vec<(&'static str, &'static str)> {
    vec![
        ("TemplatePath", "SourceArtifact::template.yaml"),
        ("TemplateConfiguration", "SourceArtifact::prod.json"),
        ("ParameterOverrides", OVERRIDES),
        ("Capabilities", "CAPABILITY_IAM,CAPABILITY_AUTO_EXPAND"),
        ("RoleArn", ROLE),
        ("OutputFileName", "stack.json"),
    ]
}

/// The names of the calls that change something.
fn writes(calls: &[Call]) -> Vec<&str> {
    calls.iter().filter(|call| call.is_write()).map(|call| call.action.as_str()).collect()
}

#[track_caller]
fn creation(calls: &[Call]) -> &Call {
    let mut creations = calls.iter().filter(|call| call.action == "CreateChangeSet");
    let creation = creations.next().expect("a change set is created");
    assert_eq!(creations.next(), None);
    creation
}

#[track_caller]
fn assert_asks_for_everything(calls: &[Call], kind: &str) {
    let creation = creation(calls);
    assert_eq!((creation.get("ChangeSetType"), creation.get("RoleARN")), (Some(kind), Some(ROLE)));
    assert_eq!(creation.texts("Capabilities"), ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]);
    let parameters = creation.pairs("Parameters", "ParameterKey", "ParameterValue");
    let parameters: Vec<_> = parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(parameters, [("Bucket", "artifacts"), ("Key", BUILD), ("Stage", "prod"), ("Version", "1.4.2")]);
    assert_eq!(creation.pairs("Tags", "Key", "Value"), BTreeMap::from([("team".to_owned(), "orders".to_owned())]));
}

fn output_file(pipeline: &Pipeline, name: &str) -> Value {
    let files: BTreeMap<_, _> = files_of(&pipeline.world.s3.objects("artifacts")[OUTPUT]).into_iter().collect();
    serde_json::from_str(files.get(name).unwrap_or_else(|| panic!("{:?}", files.keys()))).unwrap()
}

#[test]
fn create_update_creates_a_stack_and_then_updates_it() {
    let mut pipeline = Pipeline::new();
    for (script, kind, status) in [(created(), "CREATE", "CREATE_COMPLETE"), (updated(), "UPDATE", "UPDATE_COMPLETE")] {
        pipeline.stacks.then(script);
        let (result, calls) = pipeline.act("CREATE_UPDATE", &full());
        assert_eq!(result["outputVariables"]["StackStatus"], status, "{result}");
        assert_asks_for_everything(&calls, kind);
        let mut writes = writes(&calls);
        writes.sort_unstable();
        assert_eq!(writes, ["CreateChangeSet", "ExecuteChangeSet", "SetStackPolicy"], "{kind}");
        let outputs = output_file(&pipeline, "stack.json");
        assert_eq!(outputs["QueueUrl"], result["outputVariables"]["QueueUrl"], "{outputs}");
    }
}

#[test]
fn replace_on_failure_deletes_a_stack_that_never_worked_and_create_update_does_not() {
    let mut pipeline = Pipeline::new();
    pipeline.stacks.has(STACK, "ROLLBACK_COMPLETE");
    let (result, calls) = pipeline.act("CREATE_UPDATE", &full());
    assert!(result["failureDetails"]["message"].as_str().unwrap().contains("ROLLBACK_COMPLETE"), "{result}");
    assert_eq!(writes(&calls), [""; 0]);
    pipeline.stacks.then(created());
    let (result, calls) = pipeline.act("REPLACE_ON_FAILURE", &full());
    assert_eq!(result["outputVariables"]["StackStatus"], "CREATE_COMPLETE", "{result}");
    assert_asks_for_everything(&calls, "CREATE");
    assert_eq!(writes(&calls)[..2], ["DeleteStack", "CreateChangeSet"]);
    pipeline.stacks.then(updated());
    let (result, calls) = pipeline.act("REPLACE_ON_FAILURE", &full());
    assert_eq!(result["outputVariables"]["StackStatus"], "UPDATE_COMPLETE", "{result}");
    assert!(!writes(&calls).contains(&"DeleteStack"), "a stack that works is updated");
}

#[test]
fn a_change_set_is_replaced_by_one_action_and_executed_by_another_without_artifacts() {
    let mut pipeline = Pipeline::new();
    pipeline.stacks.has(STACK, "UPDATE_COMPLETE");
    let named = ("ChangeSetName", "release");
    let replace: Vec<_> = full().into_iter().filter(|(name, _)| *name != "OutputFileName").chain([named]).collect();
    for expected in [vec!["CreateChangeSet"], vec!["CreateChangeSet", "DeleteChangeSet", "CreateChangeSet"]] {
        pipeline.stacks.then(updated());
        let (result, calls) = pipeline.act("CHANGE_SET_REPLACE", &replace);
        assert!(result["failureDetails"].is_null(), "{result}");
        assert_eq!(writes(&calls), expected);
        let creation = calls.iter().rfind(|call| call.action == "CreateChangeSet").unwrap();
        assert_eq!((creation.get("ChangeSetName"), creation.get("ChangeSetType")), (Some("release"), Some("UPDATE")));
        assert_eq!((pipeline.stacks.change_sets(), pipeline.stacks.executions(STACK)), (vec!["release".to_owned()], 0));
    }
    let (result, calls) = pipeline.act_as("CHANGE_SET_EXECUTE", &[named, ("RoleArn", ROLE)], |data| {
        (data["inputArtifacts"], data["outputArtifacts"]) = (json!([]), json!([]));
        data["artifactCredentials"] = Value::Null;
    });
    assert_eq!(result["outputVariables"]["StackStatus"], "UPDATE_COMPLETE", "{result}");
    assert!(result["outputVariables"]["QueueUrl"].is_string(), "{result}");
    assert_eq!(writes(&calls), ["ExecuteChangeSet"]);
}

#[test]
fn a_change_set_of_a_new_stack_is_executed_with_its_outputs_in_a_file() {
    let mut pipeline = Pipeline::new();
    pipeline.stacks.then(created());
    let named = ("ChangeSetName", "release");
    pipeline.act("CHANGE_SET_REPLACE", &[&full()[..5], &[named]].concat());
    assert_eq!(pipeline.stacks.status(STACK).as_deref(), Some("REVIEW_IN_PROGRESS"));
    let (result, calls) = pipeline.act("CHANGE_SET_EXECUTE", &[named, ("OutputFileName", "stack.json")]);
    assert_eq!(result["outputVariables"]["StackStatus"], "CREATE_COMPLETE", "{result}");
    assert_eq!(writes(&calls), ["ExecuteChangeSet"]);
    assert_eq!(output_file(&pipeline, "stack.json")["QueueUrl"], result["outputVariables"]["QueueUrl"]);
}

#[test]
fn an_empty_change_set_is_a_success_for_the_action_that_executes_it() {
    let mut pipeline = Pipeline::new();
    pipeline.stacks.has(STACK, "UPDATE_COMPLETE");
    pipeline.stacks.then(Script::empty());
    let named = ("ChangeSetName", "release");
    let (result, _) = pipeline.act("CHANGE_SET_REPLACE", &[&full()[..5], &[named]].concat());
    assert!(result["failureDetails"].is_null(), "{result}");
    let (result, calls) = pipeline.act("CHANGE_SET_EXECUTE", &[named]);
    assert!(result["failureDetails"].is_null(), "{result}");
    assert!(!writes(&calls).contains(&"ExecuteChangeSet"));
}

#[test]
fn what_an_action_may_not_ask_for_is_refused_before_any_call() {
    let bad = r#"{"Version": {"Fn::GetParam": ["Build", "out/build.json", "Missing"]}}"#;
    let rows: [(&str, &str, &[(&str, &str)], &str); 6] = [
        ("delete", "DELETE_ONLY", &[], "DELETE_ONLY is not supported"),
        ("no such mode", "CREATE_UPDAT", &[], "CREATE_UPDATE"),
        ("no template", "CREATE_UPDATE", &[], "has no TemplatePath"),
        ("no such key", "CREATE_UPDATE", &[full()[0], ("ParameterOverrides", bad)], "has no Missing"),
        (
            "no such artifact",
            "REPLACE_ON_FAILURE",
            &[full()[0], ("ParameterOverrides", r#"{"Key": {"Fn::GetArtifactAtt": ["Bild", "URL"]}}"#)],
            "no input artifact Bild",
        ),
        ("no such template", "CHANGE_SET_REPLACE", &[("TemplatePath", "Build::template.yaml")], "template.yaml"),
    ];
    for (name, mode, properties, expected) in rows {
        let mut pipeline = Pipeline::new();
        let (result, calls) = pipeline.act(mode, properties);
        let details = &result["failureDetails"];
        assert_eq!((&details["type"], calls.len()), (&json!("ConfigurationError"), 0), "{name}: {result}");
        assert!(details["message"].as_str().unwrap().contains(expected), "{name}: {details}");
    }
}
