//! What a log shows of deployments that fail: the last line is the cause.

use super::ends::changes;
use super::{QUEUE, log_of, options, play, script_with};
use crate::deploy::{Annotation, DeployOptions, Finding, FindingKind, Gates, HookResult, Scope, Status};
use crate::testing::stacks::{FakeStacks, Play, Script};
use insta::assert_snapshot;
use std::time::Duration;

const EXISTS: &str = "Resource handler returned message: \"already exists\" (HandlerErrorCode: AlreadyExists)";

/// A nested stack whose queue fails, and what is cancelled beside it.
pub fn nested() -> Play {
    let child = Play::new().makes("Topic", "AWS::SNS::Topic", (1, 30)).fails("Queue", QUEUE, (2, 5), EXISTS);
    Play::new().makes("Table", "AWS::DynamoDB::Table", (1, 90)).nests("Child", 1, child)
}

#[tokio::test]
async fn a_nested_failure_is_told_at_its_line() {
    let fake = FakeStacks::playing(nested());
    assert_snapshot!(log_of(&play(&fake, &options()).await), @r#"
    exit 1
    --- stdout
    --- stderr
    Computing the changes of the new stack app  arn:aws:cloudformation:eu-west-1:111122223333:changeSet/samstep-20261130t120000-1a2b3c4d5e6f-0/0000
    Changes: no resource to change
    Deploying app  arn:aws:cloudformation:eu-west-1:111122223333:stack/app/0000
    14:13:23Z  CREATE_IN_PROGRESS    app                       User Initiated
    14:13:24Z  CREATE_IN_PROGRESS    Table                     AWS::DynamoDB::Table
    14:13:24Z  CREATE_IN_PROGRESS    Child                     AWS::CloudFormation::Stack
    14:13:24Z  CREATE_IN_PROGRESS    Table                     AWS::DynamoDB::Table  Resource creation Initiated
    14:13:24Z  CREATE_IN_PROGRESS    Child                     AWS::CloudFormation::Stack  Resource creation Initiated
    14:13:25Z  CREATE_IN_PROGRESS    Child/Topic               AWS::SNS::Topic
    14:13:26Z  CREATE_IN_PROGRESS    Child/Topic               AWS::SNS::Topic  Resource creation Initiated
    14:13:26Z  CREATE_IN_PROGRESS    Child/Queue               AWS::SQS::Queue
    14:13:27Z  CREATE_IN_PROGRESS    Child/Queue               AWS::SQS::Queue  Resource creation Initiated
    14:13:29Z  CREATE_FAILED         Child/Queue               AWS::SQS::Queue  Resource handler returned message: "already exists" (HandlerErrorCode: AlreadyExists)
    14:13:30Z  CREATE_FAILED         Child/Topic               AWS::SNS::Topic  Resource creation cancelled
    14:13:56Z  CREATE_FAILED         Child                     AWS::CloudFormation::Stack  Embedded stack arn:aws:cloudformation:eu-west-1:111122223333:stack/app/0000-Child/nested was not successfully created: The following resource(s) failed to create: [Queue].
    14:13:57Z  CREATE_FAILED         Table                     AWS::DynamoDB::Table  Resource creation cancelled
    14:13:57Z  ROLLBACK_IN_PROGRESS  app                       The following resource(s) failed to create: [Child].
    14:13:58Z  DELETE_IN_PROGRESS    Table                     AWS::DynamoDB::Table
    14:13:58Z  DELETE_IN_PROGRESS    Child                     AWS::CloudFormation::Stack
    14:13:59Z  DELETE_COMPLETE       Table                     AWS::DynamoDB::Table
    14:13:59Z  DELETE_COMPLETE       Child                     AWS::CloudFormation::Stack
    14:14:01Z  ROLLBACK_COMPLETE     app
    Deployment of app failed: ROLLBACK_COMPLETE after 43 s; nothing is deployed: the new stack was rolled back and is empty
    Physical id of Child/Queue: app-Child-Queue-1A2B
    Cancelled as a consequence: 2 other resources
    Console: https://eu-west-1.console.aws.amazon.com/cloudformation/home?region=eu-west-1#/stacks/events?stackId=arn%3Aaws%3Acloudformation%3Aeu-west-1%3A111122223333%3Astack%2Fapp%2F0000
     --> child.yaml:2:3
      |
    2 |   Queue:
      |   ^^^^^
      |
      = help: correct it, then deploy with --replace-failed-stack
    error: child.yaml:2:3: Child/Queue (AWS::SQS::Queue) could not be created: Resource handler returned message: "already exists" (HandlerErrorCode: AlreadyExists)
    "#);
}

#[tokio::test]
async fn failures_that_do_not_follow_from_each_other_are_all_told() {
    let fails =
        Play::new().fails("Queue", QUEUE, (1, 5), EXISTS).fails("Table", "AWS::DynamoDB::Table", (1, 5), "no key");
    let fake = FakeStacks::playing(fails);
    fake.has("app", "UPDATE_COMPLETE");
    assert_snapshot!(log_of(&play(&fake, &options()).await), @r#"
    exit 1
    --- stdout
    --- stderr
    Computing the changes of app  arn:aws:cloudformation:eu-west-1:111122223333:changeSet/samstep-20261130t120000-1a2b3c4d5e6f-0/0000
    Changes: no resource to change
    Deploying app  arn:aws:cloudformation:eu-west-1:111122223333:stack/app/0000
    14:13:23Z  UPDATE_IN_PROGRESS    app                       User Initiated
    14:13:24Z  UPDATE_IN_PROGRESS    Queue                     AWS::SQS::Queue
    14:13:24Z  UPDATE_IN_PROGRESS    Table                     AWS::DynamoDB::Table
    14:13:28Z  UPDATE_FAILED         Queue                     AWS::SQS::Queue  Resource handler returned message: "already exists" (HandlerErrorCode: AlreadyExists)
    14:13:28Z  UPDATE_FAILED         Table                     AWS::DynamoDB::Table  no key
    14:13:29Z  UPDATE_ROLLBACK_IN_PROGRESS  app                       The following resource(s) failed to update: [Queue, Table].
    14:13:30Z  UPDATE_IN_PROGRESS    Queue                     AWS::SQS::Queue
    14:13:30Z  UPDATE_IN_PROGRESS    Table                     AWS::DynamoDB::Table
    14:13:31Z  UPDATE_COMPLETE       Queue                     AWS::SQS::Queue
    14:13:31Z  UPDATE_COMPLETE       Table                     AWS::DynamoDB::Table
    14:13:32Z  UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS  app
    14:13:33Z  UPDATE_ROLLBACK_COMPLETE  app
    Deployment of app failed: UPDATE_ROLLBACK_COMPLETE after 14 s; the previous version is serving
    Physical id of Queue: app-Queue-1A2B
    Console: https://eu-west-1.console.aws.amazon.com/cloudformation/home?region=eu-west-1#/stacks/events?stackId=arn%3Aaws%3Acloudformation%3Aeu-west-1%3A111122223333%3Astack%2Fapp%2F0000
    error: Table (AWS::DynamoDB::Table) could not be updated: no key
     --> template.yaml:6:3
      |
    6 |   Table:
      |   ^^^^^

     --> template.yaml:2:3
      |
    2 |   Queue:
      |   ^^^^^
    error: template.yaml:2:3: Queue (AWS::SQS::Queue) could not be updated: Resource handler returned message: "already exists" (HandlerErrorCode: AlreadyExists) (and 1 more problem)
    "#);
}

#[tokio::test]
async fn early_validation_is_told_at_the_property() {
    let finding = |id: &str, path: &str, check: &str, reason: &str| Finding {
        logical_id: Some(id.to_owned()),
        resource_type: Some(QUEUE.to_owned()),
        check: Some(check.to_owned()),
        path: Some(path.to_owned()),
        reason: Some(reason.to_owned()),
        kind: FindingKind::Validation,
        fails: true,
        ..Finding::default()
    };
    let findings = vec![
        finding("Queue", "/Resources/Queue/Properties/FifoQueue", "PROPERTY_VALIDATION", "expected type: Boolean"),
        finding("Table", "/Resources/Table", "NAME_CONFLICT_VALIDATION", "the table app exists"),
    ];
    let failed = "The following hook(s)/validation failed: [AWS::EarlyValidation::PropertyValidation].";
    let fake = FakeStacks::with(Script { findings, ..Script::fails(failed) });
    assert_snapshot!(log_of(&play(&fake, &options()).await), @"
    exit 1
    --- stdout
    --- stderr
    Computing the changes of the new stack app  arn:aws:cloudformation:eu-west-1:111122223333:changeSet/samstep-20261130t120000-1a2b3c4d5e6f-0/0000
    Deployment of app failed after 3 s
    Console: https://eu-west-1.console.aws.amazon.com/cloudformation/home?region=eu-west-1#/stacks/events?stackId=arn%3Aaws%3Acloudformation%3Aeu-west-1%3A111122223333%3Astack%2Fapp%2F0000
    error: Table (AWS::SQS::Queue) failed (NAME_CONFLICT_VALIDATION) at /Resources/Table: the table app exists
     --> template.yaml:5:18
      |
    5 |       FifoQueue: !Ref IsFifo
      |                  ^^^^^^^^^^^
    error: template.yaml:5:18: Queue (AWS::SQS::Queue) failed (PROPERTY_VALIDATION) at /Resources/Queue/Properties/FifoQueue: expected type: Boolean (and 1 more problem)
    ");
}

#[tokio::test]
async fn a_hook_is_told_with_its_annotations_and_what_they_advise() {
    let fails = Play::new().fails_by_hook("Queue", QUEUE, (1, 4), "Acme::Queues::Encrypted", "not compliant");
    let fake = FakeStacks::playing(fails);
    fake.answers_hook(HookResult {
        id: "invocation-Queue".to_owned(),
        status: Status::new("HOOK_COMPLETE_FAILED"),
        annotations: vec![Annotation {
            name: "encryption".to_owned(),
            failed: true,
            message: Some("the queue is not encrypted".to_owned()),
            remedy: Some("Set KmsMasterKeyId.".to_owned()),
            link: Some("https://example.com/rules/7".to_owned()),
            severity: Some("HIGH".to_owned()),
        }],
        ..HookResult::default()
    });
    assert_snapshot!(log_of(&play(&fake, &options()).await), @"
    exit 1
    --- stdout
    --- stderr
    Computing the changes of the new stack app  arn:aws:cloudformation:eu-west-1:111122223333:changeSet/samstep-20261130t120000-1a2b3c4d5e6f-0/0000
    Changes: no resource to change
    Deploying app  arn:aws:cloudformation:eu-west-1:111122223333:stack/app/0000
    14:13:23Z  CREATE_IN_PROGRESS    app                       User Initiated
    14:13:24Z  CREATE_IN_PROGRESS    Queue                     AWS::SQS::Queue
    14:13:24Z  CREATE_IN_PROGRESS    Queue                     AWS::SQS::Queue  Resource creation Initiated
    14:13:27Z  CREATE_IN_PROGRESS    Queue                     AWS::SQS::Queue  hook Acme::Queues::Encrypted HOOK_COMPLETE_FAILED: not compliant
    14:13:27Z  CREATE_FAILED         Queue                     AWS::SQS::Queue  The following hook(s) failed: [Acme::Queues::Encrypted]
    14:13:28Z  ROLLBACK_IN_PROGRESS  app                       The following resource(s) failed to create: [Queue].
    14:13:29Z  DELETE_IN_PROGRESS    Queue                     AWS::SQS::Queue
    14:13:30Z  DELETE_COMPLETE       Queue                     AWS::SQS::Queue
    14:13:32Z  ROLLBACK_COMPLETE     app
    Deployment of app failed: ROLLBACK_COMPLETE after 14 s; nothing is deployed: the new stack was rolled back and is empty
    Console: https://eu-west-1.console.aws.amazon.com/cloudformation/home?region=eu-west-1#/stacks/events?stackId=arn%3Aaws%3Acloudformation%3Aeu-west-1%3A111122223333%3Astack%2Fapp%2F0000
     --> template.yaml:2:3
      |
    2 |   Queue:
      |   ^^^^^
      |
      = help: Set KmsMasterKeyId. https://example.com/rules/7; correct it, then deploy with --replace-failed-stack
    error: template.yaml:2:3: Queue (AWS::SQS::Queue) failed (hook Acme::Queues::Encrypted): encryption [HIGH]: the queue is not encrypted
    ");
}

#[tokio::test]
async fn the_reason_in_the_row_of_the_stack_is_the_cause_if_no_resource_failed() {
    let turned =
        Play::new().makes("Queue", QUEUE, (1, 5)).turned(6, "Export vpc cannot be deleted as it is in use by shop");
    let fake = FakeStacks::playing(turned);
    fake.has("app", "UPDATE_COMPLETE");
    assert_snapshot!(log_of(&play(&fake, &options()).await), @"
    exit 1
    --- stdout
    --- stderr
    Computing the changes of app  arn:aws:cloudformation:eu-west-1:111122223333:changeSet/samstep-20261130t120000-1a2b3c4d5e6f-0/0000
    Changes: no resource to change
    Deploying app  arn:aws:cloudformation:eu-west-1:111122223333:stack/app/0000
    14:13:23Z  UPDATE_IN_PROGRESS    app                       User Initiated
    14:13:24Z  UPDATE_IN_PROGRESS    Queue                     AWS::SQS::Queue
    14:13:28Z  UPDATE_COMPLETE       Queue                     AWS::SQS::Queue
    14:13:30Z  UPDATE_ROLLBACK_IN_PROGRESS  app                       Export vpc cannot be deleted as it is in use by shop
    14:13:31Z  UPDATE_IN_PROGRESS    Queue                     AWS::SQS::Queue
    14:13:32Z  UPDATE_COMPLETE       Queue                     AWS::SQS::Queue
    14:13:33Z  UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS  app
    14:13:34Z  UPDATE_ROLLBACK_COMPLETE  app
    Deployment of app failed: UPDATE_ROLLBACK_COMPLETE after 14 s; the previous version is serving
    Console: https://eu-west-1.console.aws.amazon.com/cloudformation/home?region=eu-west-1#/stacks/events?stackId=arn%3Aaws%3Acloudformation%3Aeu-west-1%3A111122223333%3Astack%2Fapp%2F0000
    error: the stack app failed (UPDATE_ROLLBACK_IN_PROGRESS): Export vpc cannot be deleted as it is in use by shop
    ");
}

#[tokio::test]
async fn a_rollback_that_fails_names_what_is_left_and_the_one_call_to_make() {
    let fails = Play::new().makes("Table", "AWS::DynamoDB::Table", (1, 3)).fails("Queue", QUEUE, (2, 9), EXISTS);
    let fake = FakeStacks::playing(fails.rollback_fails("Table", "The table is being changed"));
    fake.has("app", "UPDATE_COMPLETE");
    assert_snapshot!(log_of(&play(&fake, &options()).await), @r#"
    exit 1
    --- stdout
    --- stderr
    Computing the changes of app  arn:aws:cloudformation:eu-west-1:111122223333:changeSet/samstep-20261130t120000-1a2b3c4d5e6f-0/0000
    Changes: no resource to change
    Deploying app  arn:aws:cloudformation:eu-west-1:111122223333:stack/app/0000
    14:13:23Z  UPDATE_IN_PROGRESS    app                       User Initiated
    14:13:24Z  UPDATE_IN_PROGRESS    Table                     AWS::DynamoDB::Table
    14:13:25Z  UPDATE_IN_PROGRESS    Queue                     AWS::SQS::Queue
    14:13:26Z  UPDATE_COMPLETE       Table                     AWS::DynamoDB::Table
    14:13:32Z  UPDATE_FAILED         Queue                     AWS::SQS::Queue  Resource handler returned message: "already exists" (HandlerErrorCode: AlreadyExists)
    14:13:33Z  UPDATE_ROLLBACK_IN_PROGRESS  app                       The following resource(s) failed to update: [Queue].
    14:13:34Z  UPDATE_IN_PROGRESS    Table                     AWS::DynamoDB::Table
    14:13:35Z  UPDATE_FAILED         Table                     AWS::DynamoDB::Table  The table is being changed
    14:13:36Z  UPDATE_ROLLBACK_FAILED  app
    Deployment of app failed: UPDATE_ROLLBACK_FAILED after 17 s; resources of the previous and the new version are mixed: the rollback failed
    Physical id of Queue: app-Queue-1A2B
    Left behind: Table (AWS::DynamoDB::Table) app-Table-1A2B: The table is being changed
    Console: https://eu-west-1.console.aws.amazon.com/cloudformation/home?region=eu-west-1#/stacks/events?stackId=arn%3Aaws%3Acloudformation%3Aeu-west-1%3A111122223333%3Astack%2Fapp%2F0000
     --> template.yaml:2:3
      |
    2 |   Queue:
      |   ^^^^^
      |
      = help: remove what blocks the rollback, then: aws cloudformation continue-update-rollback --stack-name arn:aws:cloudformation:eu-west-1:111122223333:stack/app/0000 (to skip them: --resources-to-skip Table)
    error: template.yaml:2:3: Queue (AWS::SQS::Queue) could not be updated: Resource handler returned message: "already exists" (HandlerErrorCode: AlreadyExists)
    "#);
}

#[tokio::test]
async fn a_change_set_that_fails_is_told_by_its_reason() {
    let reason = "Transform AWS::Serverless-2016-10-31 failed with: Invalid Serverless Application Specification \
                  document. Number of errors found: 1.";
    assert_snapshot!(log_of(&play(&FakeStacks::with(Script::fails(reason)), &options()).await), @"
    exit 1
    --- stdout
    --- stderr
    Computing the changes of the new stack app  arn:aws:cloudformation:eu-west-1:111122223333:changeSet/samstep-20261130t120000-1a2b3c4d5e6f-0/0000
    Deployment of app failed after 3 s
    Console: https://eu-west-1.console.aws.amazon.com/cloudformation/home?region=eu-west-1#/stacks/events?stackId=arn%3Aaws%3Acloudformation%3Aeu-west-1%3A111122223333%3Astack%2Fapp%2F0000
    error: the stack app failed (change set FAILED): Transform AWS::Serverless-2016-10-31 failed with: Invalid Serverless Application Specification document. Number of errors found: 1.
    ");
}

#[tokio::test]
async fn a_plan_that_a_gate_refuses_is_shown() {
    let fake = FakeStacks::with(script_with(Play::new(), changes()));
    fake.has("app", "UPDATE_COMPLETE");
    let gates = Gates { replacement: Scope::Everything, ..Gates::default() };
    assert_snapshot!(log_of(&play(&fake, &DeployOptions { gates, ..options() }).await), @"
    exit 4
    --- stdout
    --- stderr
    Computing the changes of app  arn:aws:cloudformation:eu-west-1:111122223333:changeSet/samstep-20261130t120000-1a2b3c4d5e6f-0/0000
    Changes: 1 to add, 1 to replace, 1 that may be replaced, 1 to change, 1 to remove
      Replace      Queue   AWS::SQS::Queue        ReplaceAndDelete  by FifoQueue ← IsFifo, Tags  template.yaml:2:3
      Remove       Old     AWS::S3::Bucket        Retain
      May replace  Table   AWS::DynamoDB::Table   by KeySchema  template.yaml:6:3
      Modify       Answer  AWS::Lambda::Function  by Code  template.yaml:12:3
      Add          Topic   AWS::SNS::Topic
    Deployment of app was refused after 3 s
    Console: https://eu-west-1.console.aws.amazon.com/cloudformation/home?region=eu-west-1#/stacks/events?stackId=arn%3Aaws%3Acloudformation%3Aeu-west-1%3A111122223333%3Astack%2Fapp%2F0000
    error: the change set may replace Table (AWS::DynamoDB::Table), which --refuse-replacement refuses
     --> template.yaml:6:3
      |
    6 |   Table:
      |   ^^^^^
      |
      = help: if it is intended, deploy without --refuse-replacement

     --> template.yaml:2:3
      |
    2 |   Queue:
      |   ^^^^^
      |
      = help: if it is intended, deploy without --refuse-replacement
    error: template.yaml:2:3: the change set would replace Queue (AWS::SQS::Queue), which --refuse-replacement refuses (and 1 more problem)
    ");
}

#[tokio::test]
async fn a_deadline_lists_what_is_open() {
    let slow = |play: Play, id: &str| play.makes(id, "AWS::RDS::DBInstance", (1, 5000));
    let fake = FakeStacks::playing(["Slow", "Slower"].into_iter().fold(Play::new(), slow));
    let options = DeployOptions { timeout: Duration::from_secs(100), ..options() };
    assert_snapshot!(log_of(&play(&fake, &options).await), @"
    exit 124
    --- stdout
    --- stderr
    Computing the changes of the new stack app  arn:aws:cloudformation:eu-west-1:111122223333:changeSet/samstep-20261130t120000-1a2b3c4d5e6f-0/0000
    Changes: no resource to change
    Deploying app  arn:aws:cloudformation:eu-west-1:111122223333:stack/app/0000
    14:13:23Z  CREATE_IN_PROGRESS    app                       User Initiated
    14:13:24Z  CREATE_IN_PROGRESS    Slow                      AWS::RDS::DBInstance
    14:13:24Z  CREATE_IN_PROGRESS    Slower                    AWS::RDS::DBInstance
    14:13:24Z  CREATE_IN_PROGRESS    Slow                      AWS::RDS::DBInstance  Resource creation Initiated
    14:13:24Z  CREATE_IN_PROGRESS    Slower                    AWS::RDS::DBInstance  Resource creation Initiated
    Still deploying app, 1 min 7 s so far: Slow (AWS::RDS::DBInstance) CREATE_IN_PROGRESS since 14:13:24Z (1 min 2 s); Slower (AWS::RDS::DBInstance) CREATE_IN_PROGRESS since 14:13:24Z (1 min 2 s)
    Deployment of app is not over: CREATE_IN_PROGRESS after 1 min 40 s
    Still open: Slow (AWS::RDS::DBInstance) CREATE_IN_PROGRESS since 14:13:24Z
    Still open: Slower (AWS::RDS::DBInstance) CREATE_IN_PROGRESS since 14:13:24Z
    Console: https://eu-west-1.console.aws.amazon.com/cloudformation/home?region=eu-west-1#/stacks/events?stackId=arn%3Aaws%3Acloudformation%3Aeu-west-1%3A111122223333%3Astack%2Fapp%2F0000
      help: watch it: samstep deploy --follow arn:aws:cloudformation:eu-west-1:111122223333:stack/app/0000
    error: the deployment of app did not end within 100 s: Slow (AWS::RDS::DBInstance) and 1 more is CREATE_IN_PROGRESS for 95 s; CloudFormation goes on
    ");
}
