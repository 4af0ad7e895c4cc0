//! What a log shows of deployments that do not fail.

use super::{QUEUE, creating, log_of, options, planning, play, script_with};
use crate::deploy::{DeployOptions, TemplateFacts, Until, Work};
use crate::facts::{ChangeAction, ChangeCause, Replacement, StackChange};
use crate::testing::stacks::{FakeStacks, Play, Script};
use insta::assert_snapshot;

pub fn changed(id: &str, kind: &str, action: ChangeAction) -> StackChange {
    StackChange {
        parents: Vec::new(),
        logical_id: id.to_owned(),
        physical_id: None,
        resource_type: kind.to_owned(),
        action,
        replacement: None,
        policy_action: None,
        causes: Vec::new(),
        place: None,
    }
}

fn caused(property: &str, entity: Option<&str>, recreation: &str) -> ChangeCause {
    ChangeCause {
        property: property.to_owned(),
        source: "ParameterReference".to_owned(),
        entity: entity.map(str::to_owned),
        recreation: Some(recreation.to_owned()),
    }
}

/// Changes of every kind.
pub fn changes() -> Vec<StackChange> {
    let modified = |id: &str, kind: &str, replacement, causes| StackChange {
        replacement: Some(replacement),
        causes,
        ..changed(id, kind, ChangeAction::Modify)
    };
    let causes = vec![caused("Tags", None, "Never"), caused("FifoQueue", Some("IsFifo"), "Always")];
    let replaced = modified("Queue", QUEUE, Replacement::Always, causes);
    vec![
        changed("Topic", "AWS::SNS::Topic", ChangeAction::Add),
        modified("Answer", "AWS::Lambda::Function", Replacement::Never, vec![caused("Code", None, "Never")]),
        StackChange { policy_action: Some("ReplaceAndDelete".to_owned()), ..replaced },
        StackChange {
            policy_action: Some("Retain".to_owned()),
            ..changed("Old", "AWS::S3::Bucket", ChangeAction::Remove)
        },
        modified(
            "Table",
            "AWS::DynamoDB::Table",
            Replacement::Conditional,
            vec![caused("KeySchema", None, "Conditionally")],
        ),
    ]
}

#[tokio::test]
async fn a_success_ends_with_its_outputs_and_the_time_it_took() {
    let works = Play::new().makes("Queue", QUEUE, (1, 8)).makes("Table", "AWS::DynamoDB::Table", (2, 20));
    let works = works.gives("QueueUrl", "https://sqs.eu-west-1.amazonaws.com/1/app-Queue").gives("Table", "app-Table");
    let adds = ["Queue", "Table"].map(|id| changed(id, QUEUE, ChangeAction::Add)).to_vec();
    let played = play(&FakeStacks::with(script_with(works, adds)), &options()).await;
    assert_snapshot!(log_of(&played), @"
    exit 0
    --- stdout
    Output    Value
    QueueUrl  https://sqs.eu-west-1.amazonaws.com/1/app-Queue
    Table     app-Table
    --- stderr
    Computing the changes of the new stack app  arn:aws:cloudformation:eu-west-1:111122223333:changeSet/samstep-20261130t120000-1a2b3c4d5e6f-0/0000
    Changes: 2 to add
      Add  Queue  AWS::SQS::Queue  template.yaml:2:3
      Add  Table  AWS::SQS::Queue  template.yaml:6:3
    Deploying app  arn:aws:cloudformation:eu-west-1:111122223333:stack/app/0000
    14:13:23Z  CREATE_IN_PROGRESS    app                       User Initiated
    14:13:24Z  CREATE_IN_PROGRESS    Queue                     AWS::SQS::Queue
    14:13:24Z  CREATE_IN_PROGRESS    Queue                     AWS::SQS::Queue  Resource creation Initiated
    14:13:25Z  CREATE_IN_PROGRESS    Table                     AWS::DynamoDB::Table
    14:13:25Z  CREATE_IN_PROGRESS    Table                     AWS::DynamoDB::Table  Resource creation Initiated
    14:13:31Z  CREATE_COMPLETE       Queue                     AWS::SQS::Queue
    14:13:43Z  CREATE_COMPLETE       Table                     AWS::DynamoDB::Table
    14:13:43Z  CREATE_COMPLETE       app
    Deployed app (CREATE_COMPLETE) in 25.2 s
    ");
}

#[tokio::test]
async fn resources_that_are_left_behind_are_a_warning() {
    let fake =
        FakeStacks::playing(Play::new().makes("Queue", QUEUE, (1, 3)).leaves("Bucket", "The bucket is not empty"));
    fake.has("app", "UPDATE_COMPLETE");
    assert_snapshot!(log_of(&play(&fake, &options()).await), @"
    exit 0
    --- stdout
    --- stderr
    Computing the changes of app  arn:aws:cloudformation:eu-west-1:111122223333:changeSet/samstep-20261130t120000-1a2b3c4d5e6f-0/0000
    Changes: no resource to change
    Deploying app  arn:aws:cloudformation:eu-west-1:111122223333:stack/app/0000
    14:13:23Z  UPDATE_IN_PROGRESS    app                       User Initiated
    14:13:24Z  UPDATE_IN_PROGRESS    Queue                     AWS::SQS::Queue
    14:13:26Z  UPDATE_COMPLETE       Queue                     AWS::SQS::Queue
    14:13:26Z  UPDATE_COMPLETE_CLEANUP_IN_PROGRESS  app
    14:13:27Z  DELETE_IN_PROGRESS    Bucket                    AWS::S3::Bucket
    14:13:27Z  DELETE_FAILED         Bucket                    AWS::S3::Bucket  The bucket is not empty
    14:13:28Z  UPDATE_COMPLETE       app                       Update successful. One or more resources could not be deleted.
    warning: app is deployed, but these old resources could not be deleted, and no stack has them now: Bucket app-Bucket-1A2B (The bucket is not empty); delete them by hand
    Deployed app (UPDATE_COMPLETE) in 9.4 s
    ");
}

#[tokio::test]
async fn a_custom_resource_that_does_not_answer_is_told_each_minute() {
    let waits = Play::new().makes("Answer", "AWS::Lambda::Function", (1, 3)).makes("Thing", "Custom::Thing", (4, 150));
    assert_snapshot!(log_of(&play(&FakeStacks::playing(waits), &options()).await), @"
    exit 0
    --- stdout
    --- stderr
    Computing the changes of the new stack app  arn:aws:cloudformation:eu-west-1:111122223333:changeSet/samstep-20261130t120000-1a2b3c4d5e6f-0/0000
    Changes: no resource to change
    Deploying app  arn:aws:cloudformation:eu-west-1:111122223333:stack/app/0000
    14:13:23Z  CREATE_IN_PROGRESS    app                       User Initiated
    14:13:24Z  CREATE_IN_PROGRESS    Answer                    AWS::Lambda::Function
    14:13:24Z  CREATE_IN_PROGRESS    Answer                    AWS::Lambda::Function  Resource creation Initiated
    14:13:26Z  CREATE_COMPLETE       Answer                    AWS::Lambda::Function
    14:13:27Z  CREATE_IN_PROGRESS    Thing                     Custom::Thing
    14:13:27Z  CREATE_IN_PROGRESS    Thing                     Custom::Thing  Resource creation Initiated
    Still deploying app, 1 min 9 s so far: Thing (Custom::Thing) CREATE_IN_PROGRESS since 14:13:27Z (1 min 2 s), waits for the function Answer (log group /aws/lambda/app-Answer-1A2B), up to 1 h
    Still deploying app, 2 min 10 s so far: Thing (Custom::Thing) CREATE_IN_PROGRESS since 14:13:27Z (2 min 3 s), waits for the function Answer (log group /aws/lambda/app-Answer-1A2B), up to 1 h
    14:15:53Z  CREATE_COMPLETE       Thing                     Custom::Thing
    14:15:53Z  CREATE_COMPLETE       app
    Deployed app (CREATE_COMPLETE) in 2 min 34 s
    ");
}

#[tokio::test]
async fn the_minutes_of_rollback_triggers_are_counted_down() {
    let mut works = Play::new().makes("Queue", QUEUE, (1, 3));
    works.monitoring = 150;
    let fake = FakeStacks::playing(works);
    fake.has("app", "UPDATE_COMPLETE");
    let triggers = crate::deploy::RollbackTriggers { alarms: vec!["arn:alarm".to_owned()], minutes: Some(2) };
    let options = creating(|new| new.triggers = Some(triggers));
    assert_snapshot!(log_of(&play(&fake, &options).await), @"
    exit 0
    --- stdout
    --- stderr
    Computing the changes of app  arn:aws:cloudformation:eu-west-1:111122223333:changeSet/samstep-20261130t120000-1a2b3c4d5e6f-0/0000
    Changes: no resource to change
    Deploying app  arn:aws:cloudformation:eu-west-1:111122223333:stack/app/0000
    14:13:23Z  UPDATE_IN_PROGRESS    app                       User Initiated
    14:13:24Z  UPDATE_IN_PROGRESS    Queue                     AWS::SQS::Queue
    14:13:26Z  UPDATE_COMPLETE       Queue                     AWS::SQS::Queue
    Still monitoring the rollback triggers of app (59 s left), 1 min 7 s so far
    Still monitoring the rollback triggers of app (0 s left), 2 min 8 s so far
    14:15:56Z  UPDATE_COMPLETE_CLEANUP_IN_PROGRESS  app
    14:15:58Z  UPDATE_COMPLETE       app
    Deployed app (UPDATE_COMPLETE) in 2 min 39 s
    ");
}

#[tokio::test]
async fn a_plan_has_what_is_replaced_first_with_its_cause_and_line() {
    let mut script = script_with(Play::new(), changes());
    script = script.nesting("Child", Script::plays(Play::new()));
    let fake = FakeStacks::with(script);
    fake.has("app", "UPDATE_COMPLETE");
    assert_snapshot!(log_of(&play(&fake, &planning()).await), @"
    exit 0
    --- stdout
    --- stderr
    Computing the changes of app  arn:aws:cloudformation:eu-west-1:111122223333:changeSet/samstep-20261130t120000-1a2b3c4d5e6f-0/0000
    Changes: 1 to add, 1 to replace, 1 that may be replaced, 2 to change, 1 to remove
      Replace      Queue   AWS::SQS::Queue             ReplaceAndDelete  by FifoQueue ← IsFifo, Tags  template.yaml:2:3
      Remove       Old     AWS::S3::Bucket             Retain
      May replace  Table   AWS::DynamoDB::Table        by KeySchema  template.yaml:6:3
      Modify       Answer  AWS::Lambda::Function       by Code  template.yaml:12:3
      Modify       Child   AWS::CloudFormation::Stack  template.yaml:8:3
      Add          Topic   AWS::SNS::Topic
    Execute it: samstep deploy --stack-name app --execute arn:aws:cloudformation:eu-west-1:111122223333:changeSet/samstep-20261130t120000-1a2b3c4d5e6f-0/0000
    Console: https://eu-west-1.console.aws.amazon.com/cloudformation/home?region=eu-west-1#/stacks/changesets/changes?stackId=arn%3Aaws%3Acloudformation%3Aeu-west-1%3A111122223333%3Astack%2Fapp%2F0000&changeSetId=arn%3Aaws%3Acloudformation%3Aeu-west-1%3A111122223333%3AchangeSet%2Fsamstep-20261130t120000-1a2b3c4d5e6f-0%2F0000
    Planned app in 3.0 s
    ");
}

#[tokio::test]
async fn nested_changes_that_are_not_known_are_told() {
    let unknown = Script::fails("Parameters: [Vpc] must have values");
    let script = Script::plays(Play::new()).nesting("Child", unknown);
    let fake = FakeStacks::with(script.clone());
    fake.then(script);
    fake.has("app", "UPDATE_COMPLETE");
    assert_snapshot!(log_of(&play(&fake, &planning()).await), @"
    exit 0
    --- stdout
    --- stderr
    Computing the changes of app  arn:aws:cloudformation:eu-west-1:111122223333:changeSet/samstep-20261130t120000-1a2b3c4d5e6f-0/0000
    warning: the changes of the nested stacks of app could not be computed; they are not shown
    Computing the changes of app  arn:aws:cloudformation:eu-west-1:111122223333:changeSet/samstep-20261130t120000-1a2b3c4d5e6f-1/0002
    Changes: 1 to change
      Modify  Child  AWS::CloudFormation::Stack  the changes of this nested stack are not known  template.yaml:8:3
    Execute it: samstep deploy --stack-name app --execute arn:aws:cloudformation:eu-west-1:111122223333:changeSet/samstep-20261130t120000-1a2b3c4d5e6f-1/0002
    Console: https://eu-west-1.console.aws.amazon.com/cloudformation/home?region=eu-west-1#/stacks/changesets/changes?stackId=arn%3Aaws%3Acloudformation%3Aeu-west-1%3A111122223333%3Astack%2Fapp%2F0000&changeSetId=arn%3Aaws%3Acloudformation%3Aeu-west-1%3A111122223333%3AchangeSet%2Fsamstep-20261130t120000-1a2b3c4d5e6f-1%2F0002
    Planned app in 6.0 s
    ");
}

#[tokio::test]
async fn an_unchanged_stack_is_told_with_what_was_not_compared() {
    let fake = FakeStacks::with(Script::empty());
    let stack = fake.has("app", "UPDATE_COMPLETE");
    let output = |key: &str| crate::facts::StackOutput {
        key: key.to_owned(),
        value: "v".to_owned(),
        description: None,
        export_name: None,
    };
    fake.set(&stack, |it| it.outputs.push(output("Url")));
    let references = vec!["{{resolve:ssm:/app/image}}".to_owned()];
    let options = creating(|new| new.template = TemplateFacts { references, ..TemplateFacts::default() });
    assert_snapshot!(log_of(&play(&fake, &options).await), @"
    exit 0
    --- stdout
    Output  Value
    Url     v
    --- stderr
    Computing the changes of app  arn:aws:cloudformation:eu-west-1:111122223333:changeSet/samstep-20261130t120000-1a2b3c4d5e6f-0/0000
    warning: CloudFormation does not compare the values behind {{resolve:ssm:/app/image}}; if one of them changed, change the template too, such as the version in the reference
    Nothing to change in app in 3.0 s
    ");
}

#[tokio::test]
async fn a_detached_run_says_how_to_watch_the_deployment() {
    let fake = FakeStacks::playing(Play::new().makes("Queue", QUEUE, (1, 90)));
    fake.has("app", "UPDATE_COMPLETE");
    let played = play(&fake, &DeployOptions { until: Until::Executed, ..options() }).await;
    assert_snapshot!(log_of(&played), @"
    exit 0
    --- stdout
    --- stderr
    Computing the changes of app  arn:aws:cloudformation:eu-west-1:111122223333:changeSet/samstep-20261130t120000-1a2b3c4d5e6f-0/0000
    Changes: no resource to change
    Deploying app  arn:aws:cloudformation:eu-west-1:111122223333:stack/app/0000
    Watch it: samstep deploy --follow arn:aws:cloudformation:eu-west-1:111122223333:stack/app/0000
    Console: https://eu-west-1.console.aws.amazon.com/cloudformation/home?region=eu-west-1#/stacks/events?stackId=arn%3Aaws%3Acloudformation%3Aeu-west-1%3A111122223333%3Astack%2Fapp%2F0000
    Started the deployment of app
    ");
}

#[tokio::test]
async fn a_stack_that_is_busy_is_waited_for() {
    let fake = FakeStacks::playing(Play::new().makes("Queue", QUEUE, (1, 3)));
    let stack = fake.has("app", "UPDATE_COMPLETE");
    fake.busy(&stack, 100);
    let waiting = DeployOptions { wait_for_stack: Some(std::time::Duration::from_secs(600)), ..options() };
    assert_snapshot!(log_of(&play(&fake, &waiting).await), @"
    exit 0
    --- stdout
    --- stderr
    Waiting for another operation on app (UPDATE_IN_PROGRESS)
    Computing the changes of app  arn:aws:cloudformation:eu-west-1:111122223333:changeSet/samstep-20261130t120000-1a2b3c4d5e6f-0/0000
    Changes: no resource to change
    Deploying app  arn:aws:cloudformation:eu-west-1:111122223333:stack/app/0000
    14:15:03Z  UPDATE_IN_PROGRESS    app                       User Initiated
    14:15:04Z  UPDATE_IN_PROGRESS    Queue                     AWS::SQS::Queue
    14:15:06Z  UPDATE_COMPLETE       Queue                     AWS::SQS::Queue
    14:15:06Z  UPDATE_COMPLETE_CLEANUP_IN_PROGRESS  app
    14:15:08Z  UPDATE_COMPLETE       app
    Deployed app (UPDATE_COMPLETE) in 1 min 49 s
    ");
}

#[tokio::test]
async fn an_obsolete_plan_is_refused_with_the_operation_that_overtook_it() {
    let fake = FakeStacks::playing(Play::new().makes("Queue", QUEUE, (1, 3)));
    fake.has("app", "UPDATE_COMPLETE");
    let planned = play(&fake, &planning()).await.ended.unwrap();
    fake.intrudes(20, crate::testing::stacks::Intrusion::Update);
    fake.pass(std::time::Duration::from_secs(40));
    let apply = DeployOptions { work: Work::Execute(planned.change_set.unwrap()), ..options() };
    assert_snapshot!(log_of(&play(&fake, &apply).await), @"
    exit 4
    --- stdout
    --- stderr
      help: make a new plan
    error: the change set arn:aws:cloudformation:eu-west-1:111122223333:changeSet/samstep-20261130t120000-1a2b3c4d5e6f-0/0000 of app is obsolete: the stack was changed since it was made (UPDATE_IN_PROGRESS at 2026-09-21T14:13:40.000Z, token theirs)
    ");
}
