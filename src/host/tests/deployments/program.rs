//! What a program reads of a deployment: the types and names of sam, and more fields.

use super::ends::changes;
use super::failures::nested;
use super::{QUEUE, Stage, options, planning, play, script_with};
use crate::deploy::{DeployOptions, Until};
use crate::facts::{Form, HostChoice};
use crate::testing::stacks::{FakeStacks, Play, Script};
use insta::assert_snapshot;
use serde_json::Value;

/// What stdout carries, an object a line.
async fn stdout_of(fake: &FakeStacks, options: &DeployOptions) -> String {
    let stage = Stage::new(HostChoice::Plain, Form::Json);
    stage.tell(&play(fake, options).await);
    stage.stdout.text()
}

#[tokio::test]
async fn a_success_is_events_outputs_and_a_result() {
    let works = Play::new().makes("Answer", "AWS::Lambda::Function", (1, 3)).makes("Thing", "Custom::Thing", (4, 80));
    let fake = FakeStacks::with(script_with(works.gives("Url", "https://q"), changes()));
    fake.has("app", "UPDATE_COMPLETE");
    assert_snapshot!(stdout_of(&fake, &options()).await, @r#"
    {"type":"deployment","status":"change_set_created","stack_name":"app","changeset_id":"arn:aws:cloudformation:eu-west-1:111122223333:changeSet/samstep-20261130t120000-1a2b3c4d5e6f-0/0000","is_new":false}
    {"type":"changeset","action":"Add","logical_id":"Topic","resource_type":"AWS::SNS::Topic","replacement":"N/A","path":"Topic","physical_id":null,"policy_action":null,"causes":[],"place":null}
    {"type":"changeset","action":"Modify","logical_id":"Answer","resource_type":"AWS::Lambda::Function","replacement":"False","path":"Answer","physical_id":null,"policy_action":null,"causes":[{"property":"Code","source":"ParameterReference","entity":null,"recreation":"Never"}],"place":{"file":"template.yaml","line":12,"column":3}}
    {"type":"changeset","action":"Modify","logical_id":"Queue","resource_type":"AWS::SQS::Queue","replacement":"True","path":"Queue","physical_id":null,"policy_action":"ReplaceAndDelete","causes":[{"property":"Tags","source":"ParameterReference","entity":null,"recreation":"Never"},{"property":"FifoQueue","source":"ParameterReference","entity":"IsFifo","recreation":"Always"}],"place":{"file":"template.yaml","line":2,"column":3}}
    {"type":"changeset","action":"Remove","logical_id":"Old","resource_type":"AWS::S3::Bucket","replacement":"N/A","path":"Old","physical_id":null,"policy_action":"Retain","causes":[],"place":null}
    {"type":"changeset","action":"Modify","logical_id":"Table","resource_type":"AWS::DynamoDB::Table","replacement":"Conditional","path":"Table","physical_id":null,"policy_action":null,"causes":[{"property":"KeySchema","source":"ParameterReference","entity":null,"recreation":"Conditionally"}],"place":{"file":"template.yaml","line":6,"column":3}}
    {"type":"deployment","status":"execution_started","stack_name":"app","stack_id":"arn:aws:cloudformation:eu-west-1:111122223333:stack/app/0000","changeset_id":"arn:aws:cloudformation:eu-west-1:111122223333:changeSet/samstep-20261130t120000-1a2b3c4d5e6f-0/0000"}
    {"type":"event","status":"UPDATE_IN_PROGRESS","detailed_status":null,"resource_type":"AWS::CloudFormation::Stack","logical_id":"app","reason":"User Initiated","timestamp":"2026-09-21T14:13:23.700Z","path":"app","physical_id":"arn:aws:cloudformation:eu-west-1:111122223333:stack/app/0000","stack_id":"arn:aws:cloudformation:eu-west-1:111122223333:stack/app/0000","event_id":"app-UPDATE_IN_PROGRESS-1790000003700-0"}
    {"type":"event","status":"UPDATE_IN_PROGRESS","detailed_status":null,"resource_type":"AWS::Lambda::Function","logical_id":"Answer","reason":"","timestamp":"2026-09-21T14:13:24.700Z","path":"Answer","physical_id":"app-Answer-1A2B","stack_id":"arn:aws:cloudformation:eu-west-1:111122223333:stack/app/0000","event_id":"app-UPDATE_IN_PROGRESS-1790000004700-1"}
    {"type":"event","status":"UPDATE_COMPLETE","detailed_status":null,"resource_type":"AWS::Lambda::Function","logical_id":"Answer","reason":"","timestamp":"2026-09-21T14:13:26.700Z","path":"Answer","physical_id":"app-Answer-1A2B","stack_id":"arn:aws:cloudformation:eu-west-1:111122223333:stack/app/0000","event_id":"app-UPDATE_COMPLETE-1790000006700-2"}
    {"type":"event","status":"UPDATE_IN_PROGRESS","detailed_status":null,"resource_type":"Custom::Thing","logical_id":"Thing","reason":"","timestamp":"2026-09-21T14:13:27.700Z","path":"Thing","physical_id":"app-Thing-1A2B","stack_id":"arn:aws:cloudformation:eu-west-1:111122223333:stack/app/0000","event_id":"app-UPDATE_IN_PROGRESS-1790000007700-3"}
    {"type":"heartbeat","stack_name":"app","activity":"changing","until":null,"seconds":69,"open":[{"path":"Thing","resource_type":"Custom::Thing","status":"UPDATE_IN_PROGRESS","since":"2026-09-21T14:13:27.700Z","waits_for":"custom_resource","waits_for_name":"Answer","log_group":"/aws/lambda/app-Answer-1A2B"}]}
    {"type":"event","status":"UPDATE_COMPLETE","detailed_status":null,"resource_type":"Custom::Thing","logical_id":"Thing","reason":"","timestamp":"2026-09-21T14:14:43.700Z","path":"Thing","physical_id":"app-Thing-1A2B","stack_id":"arn:aws:cloudformation:eu-west-1:111122223333:stack/app/0000","event_id":"app-UPDATE_COMPLETE-1790000083700-4"}
    {"type":"event","status":"UPDATE_COMPLETE_CLEANUP_IN_PROGRESS","detailed_status":null,"resource_type":"AWS::CloudFormation::Stack","logical_id":"app","reason":"","timestamp":"2026-09-21T14:14:43.700Z","path":"app","physical_id":"arn:aws:cloudformation:eu-west-1:111122223333:stack/app/0000","stack_id":"arn:aws:cloudformation:eu-west-1:111122223333:stack/app/0000","event_id":"app-UPDATE_COMPLETE_CLEANUP_IN_PROGRESS-1790000083700-5"}
    {"type":"event","status":"UPDATE_COMPLETE","detailed_status":null,"resource_type":"AWS::CloudFormation::Stack","logical_id":"app","reason":"","timestamp":"2026-09-21T14:14:45.700Z","path":"app","physical_id":"arn:aws:cloudformation:eu-west-1:111122223333:stack/app/0000","stack_id":"arn:aws:cloudformation:eu-west-1:111122223333:stack/app/0000","event_id":"app-UPDATE_COMPLETE-1790000085700-6"}
    {"type":"outputs","stack_outputs":[{"key":"Url","value":"https://q","description":null,"export_name":null}]}
    {"type":"result","status":"success","exit_code":0,"message":"deployed app (UPDATE_COMPLETE)","outputs":{"Url":"https://q"},"stack_name":"app","stack_id":"arn:aws:cloudformation:eu-west-1:111122223333:stack/app/0000","stack_status":"UPDATE_COMPLETE","region":"eu-west-1","changeset_id":"arn:aws:cloudformation:eu-west-1:111122223333:changeSet/samstep-20261130t120000-1a2b3c4d5e6f-0/0000","express":false,"seconds":85.944,"consequences":0,"left_behind":[],"open":[],"traffic_shifts":[],"serving":null,"next_step":null,"console":"https://eu-west-1.console.aws.amazon.com/cloudformation/home?region=eu-west-1#/stacks/events?stackId=arn%3Aaws%3Acloudformation%3Aeu-west-1%3A111122223333%3Astack%2Fapp%2F0000"}
    "#);
}

#[tokio::test]
async fn a_failure_is_a_result_with_its_causes() {
    let text = stdout_of(&FakeStacks::playing(nested()), &options()).await;
    let last: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert_snapshot!(format!("{last:#}"), @r#"
    {
      "type": "result",
      "status": "failure",
      "exit_code": 1,
      "error": {
        "type": "Failed",
        "message": "child.yaml:2:3: Child/Queue (AWS::SQS::Queue) could not be created: Resource handler returned message: \"already exists\" (HandlerErrorCode: AlreadyExists)",
        "resources": [
          {
            "path": "Child/Queue",
            "resource_type": "AWS::SQS::Queue",
            "physical_id": "app-Child-Queue-1A2B",
            "status": "CREATE_FAILED",
            "reason": "Resource handler returned message: \"already exists\" (HandlerErrorCode: AlreadyExists)",
            "code": "AlreadyExists",
            "property": null,
            "remedy": null,
            "place": {
              "file": "child.yaml",
              "line": 2,
              "column": 3
            },
            "timestamp": "2026-09-21T14:13:29.800Z"
          }
        ],
        "problems": [
          {
            "message": "Child/Queue (AWS::SQS::Queue) could not be created: Resource handler returned message: \"already exists\" (HandlerErrorCode: AlreadyExists)",
            "hint": "correct it, then deploy with --replace-failed-stack",
            "path": "child.yaml",
            "line": 2,
            "column": 3,
            "end_column": 8
          }
        ]
      },
      "stack_name": "app",
      "stack_id": "arn:aws:cloudformation:eu-west-1:111122223333:stack/app/0000",
      "stack_status": "ROLLBACK_COMPLETE",
      "region": "eu-west-1",
      "changeset_id": "arn:aws:cloudformation:eu-west-1:111122223333:changeSet/samstep-20261130t120000-1a2b3c4d5e6f-0/0000",
      "express": false,
      "seconds": 43.151,
      "consequences": 2,
      "left_behind": [],
      "open": [],
      "traffic_shifts": [],
      "serving": "nothing is deployed: the new stack was rolled back and is empty",
      "next_step": "correct it, then deploy with --replace-failed-stack",
      "console": "https://eu-west-1.console.aws.amazon.com/cloudformation/home?region=eu-west-1#/stacks/events?stackId=arn%3Aaws%3Acloudformation%3Aeu-west-1%3A111122223333%3Astack%2Fapp%2F0000"
    }
    "#);
}

#[tokio::test]
async fn each_end_has_the_status_of_sam() {
    let works = || Script::plays(Play::new().makes("Queue", QUEUE, (1, 3)));
    let rows = [
        (works(), options(), "success"),
        (Script::empty(), options(), "no_changes"),
        (works(), planning(), "changeset_created"),
        (works(), DeployOptions { until: Until::Executed, ..options() }, "detached"),
        (Script::fails("no"), options(), "failure"),
    ];
    for (script, options, expected) in rows {
        let fake = FakeStacks::with(script);
        fake.has("app", "UPDATE_COMPLETE");
        let text = stdout_of(&fake, &options).await;
        let last: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
        assert_eq!((&last["type"], &last["status"]), (&"result".into(), &expected.into()));
        assert_eq!((&last["stack_name"], &last["region"]), (&"app".into(), &"eu-west-1".into()), "{expected}");
        assert!(last["changeset_id"].is_string(), "{expected}: {last}");
    }
}

#[tokio::test]
async fn the_host_for_programs_has_the_same_lines_on_stderr_and_the_outputs_as_text() {
    let fake = || FakeStacks::playing(Play::new().makes("Queue", QUEUE, (1, 3)).gives("Url", "https://q"));
    let stage = Stage::new(HostChoice::Json, Form::Text);
    stage.tell(&play(&fake(), &options()).await);
    assert_eq!(stage.stderr.text(), stdout_of(&fake(), &options()).await);
    assert_eq!(stage.stdout.text(), "Output  Value\nUrl     https://q\n");
}
