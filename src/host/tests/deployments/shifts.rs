//! What hosts show of a deployment whose traffic CodeDeploy shifts.

use super::ends::changed;
use super::{Stage, log_of, options, play, script_with};
use crate::facts::{ChangeAction, Form, HookState, HostChoice, Replacement, ShiftError, ShiftState, StackChange};
use crate::testing::stacks::{FakeShift, FakeStacks, Play, canary};
use insta::assert_snapshot;
use serde_json::Value;

const ALIAS: &str = "AWS::Lambda::Alias";

/// An update of the alias of a function.
fn updating(play: Play) -> FakeStacks {
    let change = changed("AnswerAliaslive", ALIAS, ChangeAction::Modify);
    let fake =
        FakeStacks::with(script_with(play, vec![StackChange { replacement: Some(Replacement::Never), ..change }]));
    fake.has("app", "UPDATE_COMPLETE");
    fake.shifts_aliases("app", &["Answer"]);
    fake.has_alarm("Errors-High", None);
    fake
}

fn failing(end: u64) -> FakeStacks {
    updating(Play::new().fails("AnswerAliaslive", ALIAS, (10, end), "CodeDeploy deployment failed"))
}

fn error(code: &str, message: &str) -> Option<ShiftError> {
    Some(ShiftError { code: code.to_owned(), message: Some(message.to_owned()) })
}

#[tokio::test]
async fn a_canary_that_succeeds() {
    let fake = updating(Play::new().makes("AnswerAliaslive", ALIAS, (10, 340)));
    let hooks = vec![("BeforeAllowTraffic", 13, 25, HookState::Succeeded)];
    fake.shifts(FakeShift { hooks, ..canary("Answer") });
    assert_snapshot!(log_of(&play(&fake, &options()).await), @"
    exit 0
    --- stdout
    --- stderr
    Computing the changes of app  arn:aws:cloudformation:eu-west-1:111122223333:changeSet/samstep-20261130t120000-1a2b3c4d5e6f-0/0000
    Changes: 1 to change
      Modify  AnswerAliaslive  AWS::Lambda::Alias
    Deploying app  arn:aws:cloudformation:eu-west-1:111122223333:stack/app/0000
    14:13:23Z  UPDATE_IN_PROGRESS    app                       User Initiated
    14:13:33Z  UPDATE_IN_PROGRESS    AnswerAliaslive           AWS::Lambda::Alias
    14:13:45Z  shift                 Answer:live               from version 41 to 42: 10 %, then 100 % after 5 min  BeforeAllowTraffic runs  1 alarm quiet  deployment d-CANARY001, https://eu-west-1.console.aws.amazon.com/codesuite/codedeploy/deployments/d-CANARY001?region=eu-west-1
    14:13:55Z  shift                 Answer:live               10 % on version 42, 4 min 57 s left  BeforeAllowTraffic succeeded (12 s)  1 alarm quiet
    14:14:59Z  shift                 Answer:live               10 % on version 42, 3 min 53 s left  1 alarm quiet
    14:16:02Z  shift                 Answer:live               10 % on version 42, 2 min 50 s left  1 alarm quiet
    14:17:05Z  shift                 Answer:live               10 % on version 42, 1 min 47 s left  1 alarm quiet
    14:18:09Z  shift                 Answer:live               10 % on version 42, 43 s left  1 alarm quiet
    14:18:56Z  shift                 Answer:live               100 % on version 42 after 5 min 19 s  1 alarm quiet
    14:19:03Z  UPDATE_COMPLETE       AnswerAliaslive           AWS::Lambda::Alias
    14:19:03Z  UPDATE_COMPLETE_CLEANUP_IN_PROGRESS  app
    14:19:05Z  UPDATE_COMPLETE       app
    Deployed app (UPDATE_COMPLETE) in 5 min 47 s
    ");
}

#[tokio::test]
async fn a_shift_that_an_alarm_stops() {
    let fake = failing(105);
    fake.has_alarm("Latency", Some(90));
    let end = (100, ShiftState::Stopped);
    let error = error(
        "ALARM_ACTIVE",
        "One or more alarms have been activated according to the Amazon CloudWatch metrics you selected, and the affected deployments have been stopped.",
    );
    let rollback_id = Some("d-BACK");
    fake.shifts(FakeShift { weights: vec![(30, 10)], end, error, rollback_id, ..canary("Answer") });
    assert_snapshot!(log_of(&play(&fake, &options()).await), @"
    exit 1
    --- stdout
    --- stderr
    Computing the changes of app  arn:aws:cloudformation:eu-west-1:111122223333:changeSet/samstep-20261130t120000-1a2b3c4d5e6f-0/0000
    Changes: 1 to change
      Modify  AnswerAliaslive  AWS::Lambda::Alias
    Deploying app  arn:aws:cloudformation:eu-west-1:111122223333:stack/app/0000
    14:13:23Z  UPDATE_IN_PROGRESS    app                       User Initiated
    14:13:33Z  UPDATE_IN_PROGRESS    AnswerAliaslive           AWS::Lambda::Alias
    14:13:45Z  shift                 Answer:live               from version 41 to 42: 10 %, then 100 % after 5 min  2 alarms quiet  deployment d-CANARY001, https://eu-west-1.console.aws.amazon.com/codesuite/codedeploy/deployments/d-CANARY001?region=eu-west-1
    14:13:55Z  shift                 Answer:live               10 % on version 42, 4 min 57 s left  2 alarms quiet
    14:14:59Z  shift                 Answer:live               10 % on version 42, 3 min 53 s left  alarm Latency is in ALARM: Threshold Crossed: 3 errors in 1 minute
    14:15:08Z  UPDATE_FAILED         AnswerAliaslive           AWS::Lambda::Alias  CodeDeploy deployment failed
    14:15:09Z  UPDATE_ROLLBACK_IN_PROGRESS  app                       The following resource(s) failed to update: [AnswerAliaslive].
    14:15:10Z  UPDATE_IN_PROGRESS    AnswerAliaslive           AWS::Lambda::Alias
    14:15:11Z  UPDATE_COMPLETE       AnswerAliaslive           AWS::Lambda::Alias
    14:15:12Z  UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS  app
    14:15:13Z  UPDATE_ROLLBACK_COMPLETE  app
    14:15:14Z  shift                 Answer:live               was stopped after 1 min 28 s: ALARM_ACTIVE: One or more alarms have been activated according to the Amazon CloudWatch metrics you selected, and the affected deployments have been stopped; traffic goes back to version 41  alarm Latency is in ALARM: Threshold Crossed: 3 errors in 1 minute  deployment d-CANARY001, https://eu-west-1.console.aws.amazon.com/codesuite/codedeploy/deployments/d-CANARY001?region=eu-west-1
    Deployment of app failed: UPDATE_ROLLBACK_COMPLETE after 1 min 54 s; the previous version is serving
    Physical id of AnswerAliaslive: app-AnswerAliaslive-1A2B
    Traffic of Answer:live goes back to version 41 (deployment d-CANARY001)
    Console: https://eu-west-1.console.aws.amazon.com/cloudformation/home?region=eu-west-1#/stacks/events?stackId=arn%3Aaws%3Acloudformation%3Aeu-west-1%3A111122223333%3Astack%2Fapp%2F0000
      help: see https://eu-west-1.console.aws.amazon.com/codesuite/codedeploy/deployments/d-CANARY001?region=eu-west-1
    error: AnswerAliaslive (AWS::Lambda::Alias) could not be updated: the traffic shift of Answer:live from version 41 to 42 was stopped; ALARM_ACTIVE: One or more alarms have been activated according to the Amazon CloudWatch metrics you selected, and the affected deployments have been stopped; alarm Latency is in ALARM: Threshold Crossed: 3 errors in 1 minute
    ");
}

#[tokio::test]
async fn a_shift_that_a_hook_stops() {
    let fake = failing(65);
    let hooks = vec![("BeforeAllowTraffic", 13, 55, HookState::Failed)];
    let error = error("HOOK_EXECUTION_FAILURE", "The deployment failed because a lifecycle event hook failed.");
    let (weights, end, rollback_id) = (Vec::new(), (60, ShiftState::Failed), Some("d-BACK"));
    fake.shifts(FakeShift { weights, hooks, end, error, rollback_id, ..canary("Answer") });
    assert_snapshot!(log_of(&play(&fake, &options()).await), @"
    exit 1
    --- stdout
    --- stderr
    Computing the changes of app  arn:aws:cloudformation:eu-west-1:111122223333:changeSet/samstep-20261130t120000-1a2b3c4d5e6f-0/0000
    Changes: 1 to change
      Modify  AnswerAliaslive  AWS::Lambda::Alias
    Deploying app  arn:aws:cloudformation:eu-west-1:111122223333:stack/app/0000
    14:13:23Z  UPDATE_IN_PROGRESS    app                       User Initiated
    14:13:33Z  UPDATE_IN_PROGRESS    AnswerAliaslive           AWS::Lambda::Alias
    14:13:45Z  shift                 Answer:live               from version 41 to 42: 10 %, then 100 % after 5 min  BeforeAllowTraffic runs  1 alarm quiet  deployment d-CANARY001, https://eu-west-1.console.aws.amazon.com/codesuite/codedeploy/deployments/d-CANARY001?region=eu-west-1
    14:14:27Z  shift                 Answer:live               failed after 48 s: HOOK_EXECUTION_FAILURE: The deployment failed because a lifecycle event hook failed; traffic goes back to version 41  BeforeAllowTraffic failed (42 s): ScriptFailed: the hook answered Failed  1 alarm quiet  deployment d-CANARY001, https://eu-west-1.console.aws.amazon.com/codesuite/codedeploy/deployments/d-CANARY001?region=eu-west-1
    14:14:28Z  UPDATE_FAILED         AnswerAliaslive           AWS::Lambda::Alias  CodeDeploy deployment failed
    14:14:29Z  UPDATE_ROLLBACK_IN_PROGRESS  app                       The following resource(s) failed to update: [AnswerAliaslive].
    14:14:30Z  UPDATE_IN_PROGRESS    AnswerAliaslive           AWS::Lambda::Alias
    14:14:31Z  UPDATE_COMPLETE       AnswerAliaslive           AWS::Lambda::Alias
    14:14:32Z  UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS  app
    14:14:33Z  UPDATE_ROLLBACK_COMPLETE  app
    Deployment of app failed: UPDATE_ROLLBACK_COMPLETE after 1 min 15 s; the previous version is serving
    Physical id of AnswerAliaslive: app-AnswerAliaslive-1A2B
    Traffic of Answer:live goes back to version 41 (deployment d-CANARY001)
    Console: https://eu-west-1.console.aws.amazon.com/cloudformation/home?region=eu-west-1#/stacks/events?stackId=arn%3Aaws%3Acloudformation%3Aeu-west-1%3A111122223333%3Astack%2Fapp%2F0000
      help: the log of the hook ends with: AssertionError: 500 != 200; see https://eu-west-1.console.aws.amazon.com/codesuite/codedeploy/deployments/d-CANARY001?region=eu-west-1
    error: AnswerAliaslive (AWS::Lambda::Alias) could not be updated: the traffic shift of Answer:live from version 41 to 42 failed; HOOK_EXECUTION_FAILURE: The deployment failed because a lifecycle event hook failed; hook BeforeAllowTraffic failed: ScriptFailed: the hook answered Failed
    ");
}

#[tokio::test]
async fn the_lines_of_a_shift_stand_in_the_group_of_the_deployment() {
    let fake = updating(Play::new().makes("AnswerAliaslive", ALIAS, (10, 340)));
    fake.shifts(canary("Answer"));
    let played = play(&fake, &options()).await;
    let stage = Stage::new(HostChoice::Github, Form::Text);
    stage.tell(&played);
    let text = stage.everything(0);
    let (begin, end) = (text.find("::group::").unwrap(), text.find("::endgroup::").unwrap());
    assert!(text.contains("Answer:live") && !text[..begin].contains("Answer:live"), "{text}");
    assert!(text.rfind("Answer:live").unwrap() < text.rfind("::endgroup::").unwrap() && begin < end, "{text}");
}

#[tokio::test]
async fn a_program_gets_an_object_for_each_line_of_a_shift() {
    let fake = updating(Play::new().makes("AnswerAliaslive", ALIAS, (10, 340)));
    fake.shifts(canary("Answer"));
    let played = play(&fake, &options()).await;
    let stage = Stage::new(HostChoice::Plain, Form::Json);
    stage.tell(&played);
    let text = stage.stdout.text();
    let objects = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let objects: Vec<_> = objects.filter(|object| object["type"] == "traffic_shift").collect();
    // The time of day and the weight.
    let of_object = |object: &Value| {
        let time = object["timestamp"].as_str().unwrap();
        (format!("{}Z", &time["2026-09-21T".len()..time.find('.').unwrap()]), object["weight"].as_u64().unwrap())
    };
    let of_line = |line: &str| {
        let weight = line.split_once(" % on version").map(|(before, _)| before.rsplit(' ').next().unwrap());
        (line.split(' ').next().unwrap().to_owned(), weight.map_or(0, |weight| weight.parse().unwrap()))
    };
    let log = log_of(&played);
    let lines: Vec<_> = log.lines().filter(|line| line.contains("Z  shift  ")).map(of_line).collect();
    assert_eq!(objects.iter().map(of_object).collect::<Vec<_>>(), lines);
    assert!(lines.len() > 5, "{log}");
    let fields = ["status", "function", "alias", "deployment_id", "from_version", "to_version", "weight", "eta"];
    let fields = fields.map(|field| objects.last().unwrap()[field].to_string()).join(" ");
    assert_eq!(fields, "\"succeeded\" \"Answer\" \"live\" \"d-CANARY001\" \"41\" \"42\" 100 null");
}
