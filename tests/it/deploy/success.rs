//! Deployments that succeed: what is said, and what is asked of CloudFormation.

use super::{STACK, Site, said};
use crate::cloudformation::Script;

const CREATED: &str = "
    0 / CREATE_IN_PROGRESS User Initiated
    1 Queue AWS::SQS::Queue CREATE_IN_PROGRESS
    2 Queue AWS::SQS::Queue CREATE_IN_PROGRESS Resource creation Initiated
    4 Queue AWS::SQS::Queue CREATE_COMPLETE
    5 / CREATE_COMPLETE
";
const UPDATED: &str = "
    0 / UPDATE_IN_PROGRESS User Initiated
    1 Queue AWS::SQS::Queue UPDATE_IN_PROGRESS
    3 Queue AWS::SQS::Queue UPDATE_COMPLETE
    4 / UPDATE_COMPLETE_CLEANUP_IN_PROGRESS
    5 / UPDATE_COMPLETE
";
const URL: &str = "https://sqs.us-east-1.amazonaws.com/111122223333/app-Queue";

pub fn created() -> Script {
    Script::plays(CREATED).changing("Add Queue AWS::SQS::Queue").gives("QueueUrl", URL)
}

pub fn updated() -> Script {
    Script::plays(UPDATED).changing("Modify Queue AWS::SQS::Queue False").gives("QueueUrl", URL)
}

#[test]
fn a_new_stack_is_created() {
    let site = Site::new(created().computing(2));
    let ended = site.deploy(&["--outputs-file", "outputs.json"]);
    insta::assert_snapshot!(said(&ended), @"
    exit code: 0
    --- stdout
    Output    Value
    QueueUrl  https://sqs.us-east-1.amazonaws.com/111122223333/app-Queue
    --- stderr
    Found 0 artifacts in template.yaml (0 objects)
    Computing the changes of the new stack app  arn:aws:cloudformation:us-east-1:111122223333:changeSet/samstep-NONCE-0/00000000-0000-4000-8000-000000000002
    Changes: 1 to add
      Add  Queue  AWS::SQS::Queue  template.yaml:2:3
    Deploying app  arn:aws:cloudformation:us-east-1:111122223333:stack/app/00000000-0000-4000-8000-000000000001
    12:00:05Z  CREATE_IN_PROGRESS    app                       User Initiated
    12:00:06Z  CREATE_IN_PROGRESS    Queue                     AWS::SQS::Queue
    12:00:07Z  CREATE_IN_PROGRESS    Queue                     AWS::SQS::Queue  Resource creation Initiated
    12:00:09Z  CREATE_COMPLETE       Queue                     AWS::SQS::Queue
    12:00:10Z  CREATE_COMPLETE       app
    Wrote outputs.json
    Deployed app (CREATE_COMPLETE) in N s
    ");
    let outputs: serde_json::Value = serde_json::from_str(&site.read("outputs.json")).unwrap();
    assert_eq!(outputs, serde_json::json!({"QueueUrl": URL}));
}

#[test]
fn an_old_resource_that_cannot_be_deleted_is_a_warning() {
    let history = "
        0 / UPDATE_IN_PROGRESS User Initiated
        1 Queue AWS::SQS::Queue UPDATE_COMPLETE
        2 / UPDATE_COMPLETE_CLEANUP_IN_PROGRESS
        3 Bucket AWS::S3::Bucket DELETE_IN_PROGRESS
        4 Bucket AWS::S3::Bucket DELETE_FAILED The bucket you tried to delete is not empty (Service: S3, Status Code: 409)
        5 / UPDATE_COMPLETE Update successful. One or more resources could not be deleted.
    ";
    let site = Site::new(Script::plays(history).changing("Remove Bucket AWS::S3::Bucket"));
    site.stacks.has(STACK, "CREATE_COMPLETE");
    insta::assert_snapshot!(said(&site.deploy(&[])), @"
    exit code: 0
    --- stdout
    --- stderr
    Found 0 artifacts in template.yaml (0 objects)
    Computing the changes of app  arn:aws:cloudformation:us-east-1:111122223333:changeSet/samstep-NONCE-0/00000000-0000-4000-8000-000000000002
    Changes: 1 to remove
      Remove  Bucket  AWS::S3::Bucket
    Deploying app  arn:aws:cloudformation:us-east-1:111122223333:stack/app/00000000-0000-4000-8000-000000000001
    12:00:04Z  UPDATE_IN_PROGRESS    app                       User Initiated
    12:00:05Z  UPDATE_COMPLETE       Queue                     AWS::SQS::Queue
    12:00:06Z  UPDATE_COMPLETE_CLEANUP_IN_PROGRESS  app
    12:00:07Z  DELETE_IN_PROGRESS    Bucket                    AWS::S3::Bucket
    12:00:08Z  DELETE_FAILED         Bucket                    AWS::S3::Bucket  The bucket you tried to delete is not empty (Service: S3, Status Code: 409)
    12:00:09Z  UPDATE_COMPLETE       app                       Update successful. One or more resources could not be deleted.
    warning: app is deployed, but these old resources could not be deleted, and no stack has them now: Bucket app-Bucket-1A2B3C (The bucket you tried to delete is not empty (Service: S3, Status Code: 409)); delete them by hand
    Deployed app (UPDATE_COMPLETE) in N s
    ");
}

#[test]
fn nothing_to_change_is_a_success_that_leaves_nothing_behind() {
    let site = Site::new(Script::empty());
    site.stacks.then(Script::empty());
    let outputs = serde_json::json!([{"OutputKey": "QueueUrl", "OutputValue": URL}]);
    site.stacks.has_with(STACK, "UPDATE_COMPLETE", serde_json::json!({"Outputs": outputs}));
    insta::assert_snapshot!(said(&site.deploy(&[])), @"
    exit code: 0
    --- stdout
    Output    Value
    QueueUrl  https://sqs.us-east-1.amazonaws.com/111122223333/app-Queue
    --- stderr
    Found 0 artifacts in template.yaml (0 objects)
    Computing the changes of app  arn:aws:cloudformation:us-east-1:111122223333:changeSet/samstep-NONCE-0/00000000-0000-4000-8000-000000000002
    Nothing to change in app in N s
    ");
    assert_eq!(site.deploy(&["--fail-on-empty-changeset"]).code, 1);
    assert_eq!(site.stacks.change_sets(), [""; 0]);
}

#[test]
fn after_the_first_answer_stack_and_change_set_go_by_their_arns() {
    let site = Site::new(created());
    site.deploy(&[]).ok();
    let calls = site.stacks.calls();
    let names: Vec<_> = calls.iter().map(|call| call.action.as_str()).collect();
    assert_eq!(names[..2], ["DescribeStacks", "CreateChangeSet"]);
    for call in &calls[2..] {
        let named = ["StackName", "ChangeSetName"].into_iter().filter_map(|name| call.get(name));
        assert!(named.clone().count() > 0 && named.clone().all(|name| name.starts_with("arn:")), "{call:?}");
    }
    assert_eq!(site.stacks.writes(), ["CreateChangeSet", "ExecuteChangeSet"]);
    assert!(!names.contains(&"GetTemplateSummary"), "{names:?}");
}

#[test]
fn what_is_not_given_is_not_sent_and_rollback_always_is() {
    let site = Site::new(created());
    site.deploy(&[]).ok();
    let created = &site.stacks.calls_of("CreateChangeSet")[0];
    for absent in ["Tags", "Capabilities", "NotificationARNs", "Parameters"] {
        assert!(!created.has_list(absent), "{absent} in {created:?}");
    }
    for absent in ["RoleARN", "OnStackFailure", "DeploymentConfig.Mode", "TemplateURL", "DisableValidation"] {
        assert_eq!(created.get(absent), None, "{absent}");
    }
    assert_eq!(created.get("ChangeSetType"), Some("CREATE"));
    assert!(created.get("Description").is_some_and(|text| text.contains("samstep")), "{created:?}");
    let executed = &site.stacks.calls_of("ExecuteChangeSet")[0];
    assert_eq!(executed.get("DisableRollback"), Some("false"));
    assert!(created.get("ClientToken").is_some() && executed.get("ClientRequestToken").is_some());
}

#[test]
fn what_is_given_is_sent() {
    let site = Site::new(updated());
    site.stacks.has(STACK, "CREATE_COMPLETE");
    let words = [
        ["--tags", "team=shop"],
        ["--capabilities", "CAPABILITY_IAM"],
        ["--notification-arns", "arn:aws:sns:us-east-1:111122223333:t"],
        ["--role-arn", "arn:aws:iam::111122223333:role/deploy"],
        ["--rollback-alarm", "arn:aws:cloudwatch:us-east-1:111122223333:alarm:a"],
        ["--monitoring-minutes", "5"],
        ["--on-failure", "DO_NOTHING"],
        ["--termination-protection", "on"],
    ];
    site.deploy(&words.concat()).ok();
    let created = &site.stacks.calls_of("CreateChangeSet")[0];
    assert_eq!(created.pairs("Tags", "Key", "Value").get("team").map(String::as_str), Some("shop"));
    assert_eq!(created.texts("Capabilities"), ["CAPABILITY_IAM"]);
    assert_eq!(created.get("RoleARN"), Some("arn:aws:iam::111122223333:role/deploy"));
    assert_eq!(created.get("RollbackConfiguration.MonitoringTimeInMinutes"), Some("5"));
    assert_eq!(created.items("RollbackConfiguration.RollbackTriggers").len(), 1);
    assert_eq!(created.get("ChangeSetType"), Some("UPDATE"));
    assert_eq!(site.stacks.calls_of("ExecuteChangeSet")[0].get("DisableRollback"), Some("true"));
    assert_eq!(site.stacks.writes()[1], "UpdateTerminationProtection", "an old stack is protected before");
}

#[test]
fn parameters_that_are_not_given_keep_their_values() {
    let template = "Parameters:\n  Size: {Type: String, Default: S}\n  Stage: {Type: String}\n  New: {Type: String, Default: n}\nResources:\n  Queue: {Type: AWS::SQS::Queue}\n";
    let site = Site::of(template, updated());
    let parameters = serde_json::json!({"Size": "L", "Stage": "prod", "Old": "o"});
    site.stacks.has_with(STACK, "CREATE_COMPLETE", serde_json::json!({"Parameters": parameters}));
    site.deploy(&["--parameter-overrides", "Stage=test"]).ok();
    let sent: Vec<_> = site.stacks.calls_of("CreateChangeSet")[0].items("Parameters");
    let words = |name: &str, value: &str| format!("ParameterKey={name} {value}");
    let found: Vec<_> = sent
        .iter()
        .map(|item| item.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(found, [words("Size", "UsePreviousValue=true"), words("Stage", "ParameterValue=test")]);
}

#[test]
fn a_large_template_goes_through_the_bucket() {
    let text = "a text that makes it long ".repeat(2000);
    let site = Site::of(&format!("Metadata: {{Text: {text}}}\n{}", super::QUEUE), created());
    let ended = site.deploy(&[]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert_eq!(site.stacks.writes(), [""; 0]);
    site.deploy(&["--s3-bucket", "code"]).ok();
    let created = &site.stacks.calls_of("CreateChangeSet")[0];
    assert_eq!(created.get("TemplateBody"), None);
    assert!(created.get("TemplateURL").is_some_and(|url| url.contains("/code/")), "{created:?}");
}

#[test]
fn a_stale_status_does_not_change_the_verdict() {
    let site = Site::new(updated().stale(3));
    site.stacks.has(STACK, "UPDATE_ROLLBACK_COMPLETE");
    let ended = site.deploy(&[]).ok();
    assert!(ended.stdout.contains(URL), "{}", ended.stdout);
}

#[test]
fn events_that_come_late_and_in_pages_are_shown_once() {
    let late = UPDATED.replace("1 Queue", "1+4 Queue").replace("5 / UPDATE_COMPLETE", "5+3 / UPDATE_COMPLETE");
    let site = Site::new(Script::plays(&late).changing("Modify Queue AWS::SQS::Queue False"));
    let stack = site.stacks.has(STACK, "CREATE_COMPLETE");
    site.stacks.add_history(&stack, &Script::plays(CREATED));
    site.stacks.pages_by(4);
    let ended = site.deploy(&[]).ok();
    let is_row = |line: &&str, status: &str, path: &str| line.split_whitespace().skip(1).take(2).eq([status, path]);
    let rows = |status: &str, path: &str| ended.stderr.lines().filter(|line| is_row(line, status, path)).count();
    let counts = [("UPDATE_IN_PROGRESS", "Queue"), ("UPDATE_COMPLETE", "Queue"), ("UPDATE_COMPLETE", STACK)];
    assert_eq!(counts.map(|(status, path)| rows(status, path)), [1; 3], "{}", ended.stderr);
    assert_eq!(rows("CREATE_COMPLETE", STACK), 0, "rows of an earlier operation are not shown");
}

#[test]
fn an_alias_stands_for_the_name_of_a_stack() {
    let site = Site::new(updated());
    site.stacks.has(STACK, "CREATE_COMPLETE");
    site.stacks.aliases("live", STACK);
    let ended = site.bare(&["--stack-name", "live"]).end().ok();
    assert!(ended.stderr.contains("UPDATE_COMPLETE"), "{}", ended.stderr);
}

#[test]
fn rollback_alarms_that_are_watched_delay_the_end_without_rows() {
    let watched = UPDATED.replace("4 / UPDATE_COMPLETE_CLEANUP", "40 / UPDATE_COMPLETE_CLEANUP");
    let site = Site::new(Script::plays(&watched.replace("5 / UPDATE_COMPLETE", "41 / UPDATE_COMPLETE")));
    site.stacks.has(STACK, "CREATE_COMPLETE");
    site.deploy(&["--monitoring-minutes", "1"]).ok();
}
