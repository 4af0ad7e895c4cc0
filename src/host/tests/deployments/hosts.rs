//! What the hosts of pipelines show of a deployment.

use super::ends::{changed, changes};
use super::failures::nested;
use super::{QUEUE, Stage, options, play, script_with};
use crate::facts::{ChangeAction, Form, HostChoice, Redactor};
use crate::testing::stacks::{FakeStacks, Play};
use insta::assert_snapshot;

#[tokio::test]
async fn github_folds_events_annotates_the_cause_and_has_a_summary() {
    let fake = FakeStacks::with(script_with(nested(), changes()));
    fake.has("app", "UPDATE_COMPLETE");
    let stage = Stage::new(HostChoice::Github, Form::Text);
    let code = stage.tell(&play(&fake, &options()).await);
    assert_snapshot!(stage.everything(code), @r#"
    exit 1
    --- stdout
    --- stderr
    Computing the changes of app  arn:aws:cloudformation:eu-west-1:111122223333:changeSet/samstep-20261130t120000-1a2b3c4d5e6f-0/0000
    Changes: 1 to add, 1 to replace, 1 that may be replaced, 1 to change, 1 to remove
      Replace      Queue   AWS::SQS::Queue        ReplaceAndDelete  by FifoQueue ← IsFifo, Tags  template.yaml:2:3
      Remove       Old     AWS::S3::Bucket        Retain
      May replace  Table   AWS::DynamoDB::Table   by KeySchema  template.yaml:6:3
      Modify       Answer  AWS::Lambda::Function  by Code  template.yaml:12:3
      Add          Topic   AWS::SNS::Topic
    ::group::Deployment
    Deploying app  arn:aws:cloudformation:eu-west-1:111122223333:stack/app/0000
    14:13:23Z  UPDATE_IN_PROGRESS    app                       User Initiated
    14:13:24Z  UPDATE_IN_PROGRESS    Table                     AWS::DynamoDB::Table
    14:13:24Z  UPDATE_IN_PROGRESS    Child                     AWS::CloudFormation::Stack
    14:13:25Z  UPDATE_IN_PROGRESS    Child/Topic               AWS::SNS::Topic
    14:13:26Z  UPDATE_IN_PROGRESS    Child/Queue               AWS::SQS::Queue
    14:13:29Z  UPDATE_FAILED         Child/Queue               AWS::SQS::Queue  Resource handler returned message: "already exists" (HandlerErrorCode: AlreadyExists)
    14:13:30Z  UPDATE_FAILED         Child/Topic               AWS::SNS::Topic  Resource update cancelled
    14:13:56Z  UPDATE_FAILED         Child                     AWS::CloudFormation::Stack  Embedded stack arn:aws:cloudformation:eu-west-1:111122223333:stack/app/0000-Child/nested was not successfully created: The following resource(s) failed to create: [Queue].
    14:13:57Z  UPDATE_FAILED         Table                     AWS::DynamoDB::Table  Resource update cancelled
    14:13:57Z  UPDATE_ROLLBACK_IN_PROGRESS  app                       The following resource(s) failed to update: [Child].
    14:13:58Z  UPDATE_IN_PROGRESS    Table                     AWS::DynamoDB::Table
    14:13:58Z  UPDATE_IN_PROGRESS    Child                     AWS::CloudFormation::Stack
    14:13:59Z  UPDATE_COMPLETE       Table                     AWS::DynamoDB::Table
    14:13:59Z  UPDATE_COMPLETE       Child                     AWS::CloudFormation::Stack
    14:14:00Z  UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS  app
    14:14:01Z  UPDATE_ROLLBACK_COMPLETE  app
    ::endgroup::
    Deployment of app failed: UPDATE_ROLLBACK_COMPLETE after 43 s; the previous version is serving
    Physical id of Child/Queue: app-Child-Queue-1A2B
    Cancelled as a consequence: 2 other resources
    Console: https://eu-west-1.console.aws.amazon.com/cloudformation/home?region=eu-west-1#/stacks/events?stackId=arn%3Aaws%3Acloudformation%3Aeu-west-1%3A111122223333%3Astack%2Fapp%2F0000
    ::error file=child.yaml,line=2,endLine=2,col=3,endColumn=8,title=samstep::Child/Queue (AWS::SQS::Queue) could not be updated: Resource handler returned message: "already exists" (HandlerErrorCode: AlreadyExists)
     --> child.yaml:2:3
      |
    2 |   Queue:
      |   ^^^^^
    error: child.yaml:2:3: Child/Queue (AWS::SQS::Queue) could not be updated: Resource handler returned message: "already exists" (HandlerErrorCode: AlreadyExists)
    "#);
    assert_snapshot!(stage.file("github.summary"), @r#"
    ### Deployment of app failed: UPDATE\_ROLLBACK\_COMPLETE after 43 s

    - The previous version is serving
    - Physical id of Child/Queue: app-Child-Queue-1A2B
    - Cancelled as a consequence: 2 other resources
    - [Console](https://eu-west-1.console.aws.amazon.com/cloudformation/home?region=eu-west-1#/stacks/events?stackId=arn%3Aaws%3Acloudformation%3Aeu-west-1%3A111122223333%3Astack%2Fapp%2F0000)

    **error**: Child/Queue (AWS::SQS::Queue) could not be updated: Resource handler returned message: "already exists" (HandlerErrorCode: AlreadyExists)

    `child.yaml:2:3`

    ```
    Queue:
    ```

    **Changes: 1 to add, 1 to replace, 1 that may be replaced, 1 to change, 1 to remove**

    | Action | Resource | Cause |
    | --- | --- | --- |
    | Modify | `Queue` |  |
    | Remove | `Old` |  |
    | Modify | `Table` |  |
    | Modify | `Answer` |  |
    | Add | `Topic` |  |

    **Timeline**: 37 s (marked: the critical path; red: failed)

    ```mermaid
    gantt
    dateFormat x
    axisFormat %H:%M:%S
    todayMarker off
    section app
    32 s Child UPDATE_FAILED :crit, 1790000004700, 1790000036700
    1 s Child :active, 1790000038200, 1790000039200
    32 s Table UPDATE_FAILED :active, 1790000004700, 1790000037000
    1 s Table :done, 1790000038200, 1790000039200
    section Child
    4 s Topic UPDATE_FAILED :done, 1790000005800, 1790000010100
    3 s Queue UPDATE_FAILED :crit, 1790000006800, 1790000009800
    ```
    "#);
    assert_eq!(stage.file("github.output"), "");
}

#[tokio::test]
async fn github_has_the_outputs_of_a_stack_in_summary_and_outputs() {
    let works = Play::new().makes("Queue", QUEUE, (1, 3)).gives("QueueUrl", "https://q");
    let fake = FakeStacks::with(script_with(works, vec![changed("Queue", QUEUE, ChangeAction::Add)]));
    let stage = Stage::new(HostChoice::Github, Form::Text);
    stage.tell(&play(&fake, &options()).await);
    assert_snapshot!(stage.file("github.summary"), @r"
    ### Deployed app (CREATE\_COMPLETE)

    - [Console](https://eu-west-1.console.aws.amazon.com/cloudformation/home?region=eu-west-1#/stacks/events?stackId=arn%3Aaws%3Acloudformation%3Aeu-west-1%3A111122223333%3Astack%2Fapp%2F0000)

    **Changes: 1 to add**

    | Action | Resource | Cause |
    | --- | --- | --- |
    | Add | `Queue` |  |

    **Outputs**

    | Output | Value |
    | --- | --- |
    | `QueueUrl` | `https://q` |

    **Timeline**: 3 s (marked: the critical path)

    ```mermaid
    gantt
    dateFormat x
    axisFormat %H:%M:%S
    todayMarker off
    section app
    2 s Queue :active, 1790000004700, 1790000006700
    ```
    ");
    assert!(stage.file("github.output").starts_with("queue-url<<"), "{}", stage.file("github.output"));
}

#[tokio::test]
async fn gitlab_folds_events_and_codebuild_has_plain_lines() {
    let fake = || FakeStacks::playing(Play::new().fails("Queue", QUEUE, (1, 3), "no"));
    let stage = Stage::new(HostChoice::Gitlab, Form::Text);
    let code = stage.tell(&play(&fake(), &options()).await);
    let shown: Vec<_> = stage.everything(code).lines().map(without_time).collect();
    assert_snapshot!(shown.join("\n").replace('\u{1b}', "␛").replace('\r', "␍"), @"
    exit 1
    --- stdout
    --- stderr
    Computing the changes of the new stack app  arn:aws:cloudformation:eu-west-1:111122223333:changeSet/samstep-20261130t120000-1a2b3c4d5e6f-0/0000
    Changes: no resource to change
    ␛[0Ksection_start:TIME:samstep_1␍␛[0KDeployment
    Deploying app  arn:aws:cloudformation:eu-west-1:111122223333:stack/app/0000
    14:13:23Z  CREATE_IN_PROGRESS    app                       User Initiated
    14:13:24Z  CREATE_IN_PROGRESS    Queue                     AWS::SQS::Queue
    14:13:24Z  CREATE_IN_PROGRESS    Queue                     AWS::SQS::Queue  Resource creation Initiated
    14:13:26Z  CREATE_FAILED         Queue                     AWS::SQS::Queue  no
    14:13:27Z  ROLLBACK_IN_PROGRESS  app                       The following resource(s) failed to create: [Queue].
    14:13:28Z  DELETE_IN_PROGRESS    Queue                     AWS::SQS::Queue
    14:13:29Z  DELETE_COMPLETE       Queue                     AWS::SQS::Queue
    14:13:31Z  ROLLBACK_COMPLETE     app
    ␛[0Ksection_end:TIME:samstep_1␍␛[0K
    Deployment of app failed: ROLLBACK_COMPLETE after 11 s; nothing is deployed: the new stack was rolled back and is empty
    Physical id of Queue: app-Queue-1A2B
    Console: https://eu-west-1.console.aws.amazon.com/cloudformation/home?region=eu-west-1#/stacks/events?stackId=arn%3Aaws%3Acloudformation%3Aeu-west-1%3A111122223333%3Astack%2Fapp%2F0000
     --> template.yaml:2:3
      |
    2 |   Queue:
      |   ^^^^^
      |
      = help: correct it, then deploy with --replace-failed-stack
    error: template.yaml:2:3: Queue (AWS::SQS::Queue) could not be created: no
    ");
    let stage = Stage::new(HostChoice::Codebuild, Form::Text);
    let code = stage.tell(&play(&fake(), &options()).await);
    assert_snapshot!(stage.everything(code), @"
    exit 1
    --- stdout
    --- stderr
    Computing the changes of the new stack app  arn:aws:cloudformation:eu-west-1:111122223333:changeSet/samstep-20261130t120000-1a2b3c4d5e6f-0/0000
    Changes: no resource to change
    Deploying app  arn:aws:cloudformation:eu-west-1:111122223333:stack/app/0000
    14:13:23Z  CREATE_IN_PROGRESS    app                       User Initiated
    14:13:24Z  CREATE_IN_PROGRESS    Queue                     AWS::SQS::Queue
    14:13:24Z  CREATE_IN_PROGRESS    Queue                     AWS::SQS::Queue  Resource creation Initiated
    14:13:26Z  CREATE_FAILED         Queue                     AWS::SQS::Queue  no
    14:13:27Z  ROLLBACK_IN_PROGRESS  app                       The following resource(s) failed to create: [Queue].
    14:13:28Z  DELETE_IN_PROGRESS    Queue                     AWS::SQS::Queue
    14:13:29Z  DELETE_COMPLETE       Queue                     AWS::SQS::Queue
    14:13:31Z  ROLLBACK_COMPLETE     app
    Deployment of app failed: ROLLBACK_COMPLETE after 11 s; nothing is deployed: the new stack was rolled back and is empty
    Physical id of Queue: app-Queue-1A2B
    Console: https://eu-west-1.console.aws.amazon.com/cloudformation/home?region=eu-west-1#/stacks/events?stackId=arn%3Aaws%3Acloudformation%3Aeu-west-1%3A111122223333%3Astack%2Fapp%2F0000
     --> template.yaml:2:3
      |
    2 |   Queue:
      |   ^^^^^
      |
      = help: correct it, then deploy with --replace-failed-stack
    error: template.yaml:2:3: Queue (AWS::SQS::Queue) could not be created: no
    ");
    assert_snapshot!(stage.file("junit"), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites>
      <testsuite name="samstep" tests="1" failures="1" errors="0" skipped="0" time="0">
        <testcase classname="template.yaml" name="Queue" file="template.yaml" time="0">
          <failure message="Queue (AWS::SQS::Queue) could not be created: no" type="error">Queue (AWS::SQS::Queue) could not be created: no
    template.yaml:2:3
    help: correct it, then deploy with --replace-failed-stack</failure>
        </testcase>
      </testsuite>
    </testsuites>
    "#);
}

#[tokio::test]
async fn colours_follow_the_outcome_and_no_control_in_a_reason_reaches_the_reader() {
    let play_of = || Play::new().makes("Table", QUEUE, (1, 2)).fails("Queue", QUEUE, (1, 3), "no\u{1b}[2J\nway");
    let fake = FakeStacks::with(script_with(play_of(), changes()));
    fake.has("app", "UPDATE_COMPLETE");
    let stage = Stage::with(HostChoice::Plain, Form::Text, true, &Redactor::default());
    stage.tell(&play(&fake, &options()).await);
    let shown = stage.stderr.text();
    let has = |part: &str| assert!(shown.contains(part), "{part:?}: {shown:?}");
    has("  \u{1b}[31mReplace\u{1b}[0m      Queue");
    has("  \u{1b}[33mMay replace\u{1b}[0m  Table");
    has("Z  \u{1b}[32mUPDATE_COMPLETE\u{1b}[0m       Table");
    has("Z  \u{1b}[31mUPDATE_FAILED\u{1b}[0m         Queue");
    has(r"no\u{1b}[2J way");
    assert!(!shown.contains("\u{1b}[2J"));
}

/// A section mark of GitLab without the clock's time.
fn without_time(line: &str) -> String {
    let mut parts: Vec<_> = line.split(':').collect();
    if parts.first().is_some_and(|first| first.ends_with("section_start") || first.ends_with("section_end")) {
        parts[1] = "TIME";
    }
    parts.join(":")
}
