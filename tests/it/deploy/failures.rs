//! Deployments that fail: the cause in the last line, with its line in the template.

use super::{STACK, Site, said};
use crate::cloudformation::Script;
use serde_json::json;

const HOOK: &str = "00000000-0000-4000-8000-0000000000aa";
const EARLY: &str = "The following resource(s) failed validation: [Queue]. (AWS::EarlyValidation::PropertyValidation)";

#[test]
fn a_failure_three_stacks_deep_names_the_resource_and_its_line() {
    let history = "
        0 / CREATE_IN_PROGRESS User Initiated
        1 Bucket AWS::S3::Bucket CREATE_IN_PROGRESS Resource creation Initiated
        1 Network AWS::CloudFormation::Stack CREATE_IN_PROGRESS Resource creation Initiated
        2 Network/ CREATE_IN_PROGRESS User Initiated
        3 Network/Data AWS::CloudFormation::Stack CREATE_IN_PROGRESS Resource creation Initiated
        4 Network/Data/ CREATE_IN_PROGRESS User Initiated
        5 Network/Data/Table AWS::DynamoDB::Table CREATE_IN_PROGRESS
        6 Network/Data/Table AWS::DynamoDB::Table CREATE_FAILED Table already exists: orders (Service: DynamoDb, Status Code: 400, Request ID: R1) (RequestToken: T1, HandlerErrorCode: AlreadyExists)
        7 Network/Data/ CREATE_FAILED The following resource(s) failed to create: [Table].
        8 Network/Data AWS::CloudFormation::Stack CREATE_FAILED Embedded stack arn:data was not successfully created: The following resource(s) failed to create: [Table].
        9 Network/ CREATE_FAILED The following resource(s) failed to create: [Data].
        10 Network AWS::CloudFormation::Stack CREATE_FAILED Embedded stack arn:network was not successfully created: The following resource(s) failed to create: [Data].
        10 Bucket AWS::S3::Bucket CREATE_FAILED Resource creation cancelled
        11 / ROLLBACK_IN_PROGRESS The following resource(s) failed to create: [Network, Bucket]. Rollback requested by user.
        12 Network AWS::CloudFormation::Stack DELETE_COMPLETE
        13 Bucket AWS::S3::Bucket DELETE_COMPLETE
        14 / ROLLBACK_COMPLETE
    ";
    let nested = |id: &str, file: &str| {
        format!("  {id}:\n    Type: AWS::CloudFormation::Stack\n    Properties: {{TemplateURL: {file}}}\n")
    };
    let root = format!("Resources:\n  Bucket: {{Type: AWS::S3::Bucket}}\n{}", nested("Network", "network.yaml"));
    let site = Site::of(&root, Script::plays(history))
        .with("network.yaml", &format!("Resources:\n{}", nested("Data", "data.yaml")))
        .with("data.yaml", "Resources:\n  # The orders.\n  Table:\n    Type: AWS::DynamoDB::Table\n");
    let ended = site.deploy(&["--s3-bucket", "code", "--no-progressbar"]);
    insta::assert_snapshot!(said(&ended), @"
    exit code: 1
    --- stdout
    --- stderr
    Found 2 artifacts in template.yaml and 2 nested templates (2 objects)
    Computing the changes of the new stack app  arn:aws:cloudformation:us-east-1:111122223333:changeSet/samstep-NONCE-0/00000000-0000-4000-8000-000000000002
    Changes: no resource to change
    Deploying app  arn:aws:cloudformation:us-east-1:111122223333:stack/app/00000000-0000-4000-8000-000000000001
    12:00:03Z  CREATE_IN_PROGRESS    app                       User Initiated
    12:00:04Z  CREATE_IN_PROGRESS    Bucket                    AWS::S3::Bucket  Resource creation Initiated
    12:00:04Z  CREATE_IN_PROGRESS    Network                   AWS::CloudFormation::Stack  Resource creation Initiated
    12:00:06Z  CREATE_IN_PROGRESS    Network/Data              AWS::CloudFormation::Stack  Resource creation Initiated
    12:00:13Z  CREATE_FAILED         Network                   AWS::CloudFormation::Stack  Embedded stack arn:network was not successfully created: The following resource(s) failed to create: [Data].
    12:00:13Z  CREATE_FAILED         Bucket                    AWS::S3::Bucket  Resource creation cancelled
    12:00:14Z  ROLLBACK_IN_PROGRESS  app                       The following resource(s) failed to create: [Network, Bucket]. Rollback requested by user.
    12:00:15Z  DELETE_COMPLETE       Network                   AWS::CloudFormation::Stack
    12:00:16Z  DELETE_COMPLETE       Bucket                    AWS::S3::Bucket
    12:00:11Z  CREATE_FAILED         Network/Data              AWS::CloudFormation::Stack  Embedded stack arn:data was not successfully created: The following resource(s) failed to create: [Table].
    12:00:17Z  ROLLBACK_COMPLETE     app
    12:00:08Z  CREATE_IN_PROGRESS    Network/Data/Table        AWS::DynamoDB::Table
    12:00:09Z  CREATE_FAILED         Network/Data/Table        AWS::DynamoDB::Table  Table already exists: orders (Service: DynamoDb, Status Code: 400, Request ID: R1) (RequestToken: T1, HandlerErrorCode: AlreadyExists)
    Deployment of app failed: ROLLBACK_COMPLETE after N s; nothing is deployed: the new stack was rolled back and is empty
    Physical id of Network/Data/Table: app-Network-Data-Table-1A2B3C
    Cancelled as a consequence: 1 other resource
    Console: https://us-east-1.console.aws.amazon.com/cloudformation/home?region=us-east-1#/stacks/events?stackId=arn%3Aaws%3Acloudformation%3Aus-east-1%3A111122223333%3Astack%2Fapp%2F00000000-0000-4000-8000-000000000001
     --> data.yaml:3:3
      |
    3 |   Table:
      |   ^^^^^
      |
      = help: correct it, then deploy with --replace-failed-stack
    error: data.yaml:3:3: Network/Data/Table (AWS::DynamoDB::Table) could not be created: Table already exists: orders (Service: DynamoDb, Status Code: 400, Request ID: R1) (RequestToken: T1, HandlerErrorCode: AlreadyExists)
    ");
}

#[test]
fn early_validation_names_every_finding_at_its_property() {
    let finding = |path: &str, reason: &str| {
        json!({
            "EventType": "VALIDATION_ERROR", "LogicalResourceId": "Queue", "ResourceType": "AWS::SQS::Queue",
            "ValidationName": "PROPERTY_VALIDATION", "ValidationStatus": "FAILED", "ValidationFailureMode": "FAIL",
            "ValidationPath": path, "ValidationStatusReason": reason,
        })
    };
    let script = Script::fails(EARLY)
        .finding(finding("/Resources/Queue/Properties/VisibilityTimeout", "#: 30 is not of type string"))
        .finding(finding("/Resources/Queue/Properties", "extraneous key [Visibility] is not permitted"));
    let site = Site::new(script);
    insta::assert_snapshot!(said(&site.deploy(&[])), @"
    exit code: 1
    --- stdout
    --- stderr
    Found 0 artifacts in template.yaml (0 objects)
    Computing the changes of the new stack app  arn:aws:cloudformation:us-east-1:111122223333:changeSet/samstep-NONCE-0/00000000-0000-4000-8000-000000000002
    Deployment of app failed after N s
    Console: https://us-east-1.console.aws.amazon.com/cloudformation/home?region=us-east-1#/stacks/events?stackId=arn%3Aaws%3Acloudformation%3Aus-east-1%3A111122223333%3Astack%2Fapp%2F00000000-0000-4000-8000-000000000001
    error: Queue (AWS::SQS::Queue) failed (PROPERTY_VALIDATION) at /Resources/Queue/Properties: extraneous key [Visibility] is not permitted
     --> template.yaml:2:3
      |
    2 |   Queue:
      |   ^^^^^

     --> template.yaml:5:26
      |
    5 |       VisibilityTimeout: 30
      |                          ^^
    error: template.yaml:5:26: Queue (AWS::SQS::Queue) failed (PROPERTY_VALIDATION) at /Resources/Queue/Properties/VisibilityTimeout: #: 30 is not of type string (and 1 more problem)
    ");
    assert_eq!(site.stacks.writes(), ["CreateChangeSet", "DeleteChangeSet", "DeleteStack"], "the empty stack goes too");
}

#[test]
fn a_hook_that_fails_a_resource_is_the_cause_with_its_annotations() {
    let history = format!(
        "0 / UPDATE_IN_PROGRESS User Initiated
         1 Queue AWS::SQS::Queue UPDATE_IN_PROGRESS
         2 Queue AWS::SQS::Queue UPDATE_IN_PROGRESS hook=Org::Guard::Check,HOOK_IN_PROGRESS,FAIL,{HOOK}
         3 Queue AWS::SQS::Queue UPDATE_IN_PROGRESS hook=Org::Guard::Check,HOOK_COMPLETE_FAILED,FAIL,{HOOK} Hook failed
         3 Queue AWS::SQS::Queue UPDATE_FAILED The following hook(s) failed: [Org::Guard::Check]
         4 / UPDATE_ROLLBACK_IN_PROGRESS The following resource(s) failed to update: [Queue].
         5 Queue AWS::SQS::Queue UPDATE_COMPLETE
         6 / UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS
         7 / UPDATE_ROLLBACK_COMPLETE"
    );
    let site = Site::new(Script::plays(&history).changing("Modify Queue AWS::SQS::Queue False"));
    site.stacks.has(STACK, "CREATE_COMPLETE");
    site.stacks.hook_result(json!({
        "HookResultId": HOOK, "TypeName": "Org::Guard::Check", "Status": "HOOK_COMPLETE_FAILED", "FailureMode": "FAIL",
        "Annotations": [{
            "AnnotationName": "SQS_ENCRYPTION", "Status": "FAILED", "SeverityLevel": "HIGH",
            "StatusMessage": "the queue is not encrypted", "RemediationMessage": "set KmsMasterKeyId",
            "RemediationLink": "https://example.com/sqs",
        }],
    }));
    insta::assert_snapshot!(said(&site.deploy(&[])), @"
    exit code: 1
    --- stdout
    --- stderr
    Found 0 artifacts in template.yaml (0 objects)
    Computing the changes of app  arn:aws:cloudformation:us-east-1:111122223333:changeSet/samstep-NONCE-0/00000000-0000-4000-8000-000000000002
    Changes: 1 to change
      Modify  Queue  AWS::SQS::Queue  template.yaml:2:3
    Deploying app  arn:aws:cloudformation:us-east-1:111122223333:stack/app/00000000-0000-4000-8000-000000000001
    12:00:04Z  UPDATE_IN_PROGRESS    app                       User Initiated
    12:00:05Z  UPDATE_IN_PROGRESS    Queue                     AWS::SQS::Queue
    12:00:06Z  UPDATE_IN_PROGRESS    Queue                     AWS::SQS::Queue  hook Org::Guard::Check HOOK_IN_PROGRESS
    12:00:07Z  UPDATE_IN_PROGRESS    Queue                     AWS::SQS::Queue  hook Org::Guard::Check HOOK_COMPLETE_FAILED: Hook failed
    12:00:07Z  UPDATE_FAILED         Queue                     AWS::SQS::Queue  The following hook(s) failed: [Org::Guard::Check]
    12:00:08Z  UPDATE_ROLLBACK_IN_PROGRESS  app                       The following resource(s) failed to update: [Queue].
    12:00:09Z  UPDATE_COMPLETE       Queue                     AWS::SQS::Queue
    12:00:10Z  UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS  app
    12:00:11Z  UPDATE_ROLLBACK_COMPLETE  app
    Deployment of app failed: UPDATE_ROLLBACK_COMPLETE after N s; the previous version is serving
    Physical id of Queue: app-Queue-1A2B3C
    Console: https://us-east-1.console.aws.amazon.com/cloudformation/home?region=us-east-1#/stacks/events?stackId=arn%3Aaws%3Acloudformation%3Aus-east-1%3A111122223333%3Astack%2Fapp%2F00000000-0000-4000-8000-000000000001
     --> template.yaml:2:3
      |
    2 |   Queue:
      |   ^^^^^
      |
      = help: set KmsMasterKeyId https://example.com/sqs
    error: template.yaml:2:3: Queue (AWS::SQS::Queue) failed (hook Org::Guard::Check): SQS_ENCRYPTION [HIGH]: the queue is not encrypted
    ");
}

#[test]
fn a_hook_of_the_change_set_without_annotations_gives_its_own_reason() {
    let hook = json!({
        "HookResultId": HOOK, "TypeName": "Org::Guard::Check", "Status": "HOOK_COMPLETE_FAILED", "FailureMode": "FAIL",
        "HookStatusReason": "no owner tag",
    });
    let site = Site::new(Script::fails("The following hook(s) failed: [Org::Guard::Check]").hook(hook));
    let ended = site.deploy(&[]);
    assert!(ended.code == 1 && ended.cause().contains("no owner tag"), "{}", ended.stderr);
}

#[test]
fn an_export_in_use_is_found_in_the_row_of_the_stack_itself() {
    let history = "
        0 / UPDATE_IN_PROGRESS User Initiated
        1 Queue AWS::SQS::Queue UPDATE_COMPLETE
        2 / UPDATE_ROLLBACK_IN_PROGRESS Export app-url cannot be deleted as it is in use by shop
        3 Queue AWS::SQS::Queue UPDATE_COMPLETE
        4 / UPDATE_ROLLBACK_COMPLETE
    ";
    let site = Site::new(Script::plays(history).changing("Modify Queue AWS::SQS::Queue False"));
    let outputs = json!([{"OutputKey": "Url", "OutputValue": "u", "ExportName": "app-url"}]);
    site.stacks.has_with(STACK, "CREATE_COMPLETE", json!({"Outputs": outputs}));
    site.stacks.imports("app-url", &["shop"]);
    insta::assert_snapshot!(said(&site.deploy(&[])), @"
    exit code: 1
    --- stdout
    --- stderr
    Found 0 artifacts in template.yaml (0 objects)
    Computing the changes of app  arn:aws:cloudformation:us-east-1:111122223333:changeSet/samstep-NONCE-0/00000000-0000-4000-8000-000000000002
    Changes: 1 to change
      Modify  Queue  AWS::SQS::Queue  template.yaml:2:3
    warning: the export app-url goes, and other stacks import it: shop; CloudFormation fails such a change late; --refuse-export-change refuses it before
    Deploying app  arn:aws:cloudformation:us-east-1:111122223333:stack/app/00000000-0000-4000-8000-000000000001
    12:00:04Z  UPDATE_IN_PROGRESS    app                       User Initiated
    12:00:05Z  UPDATE_COMPLETE       Queue                     AWS::SQS::Queue
    12:00:06Z  UPDATE_ROLLBACK_IN_PROGRESS  app                       Export app-url cannot be deleted as it is in use by shop
    12:00:07Z  UPDATE_COMPLETE       Queue                     AWS::SQS::Queue
    12:00:08Z  UPDATE_ROLLBACK_COMPLETE  app
    Deployment of app failed: UPDATE_ROLLBACK_COMPLETE after N s; the previous version is serving
    Console: https://us-east-1.console.aws.amazon.com/cloudformation/home?region=us-east-1#/stacks/events?stackId=arn%3Aaws%3Acloudformation%3Aus-east-1%3A111122223333%3Astack%2Fapp%2F00000000-0000-4000-8000-000000000001
    error: the stack app failed (UPDATE_ROLLBACK_IN_PROGRESS): Export app-url cannot be deleted as it is in use by shop
    ");
}

#[test]
fn a_rollback_that_fails_needs_a_person() {
    let history = "
        0 / UPDATE_IN_PROGRESS User Initiated
        1 Queue AWS::SQS::Queue UPDATE_COMPLETE
        1 Topic AWS::SNS::Topic UPDATE_FAILED Invalid parameter: DisplayName (Service: Sns, Status Code: 400, Request ID: R1)
        2 / UPDATE_ROLLBACK_IN_PROGRESS The following resource(s) failed to update: [Topic].
        3 Topic AWS::SNS::Topic UPDATE_COMPLETE
        3 Queue AWS::SQS::Queue UPDATE_FAILED The specified queue does not exist (Service: Sqs, Status Code: 400, Request ID: R2)
        4 / UPDATE_ROLLBACK_FAILED The following resource(s) failed to update: [Queue].
    ";
    let site = Site::new(Script::plays(history).changing("Modify Topic AWS::SNS::Topic False"));
    site.stacks.has(STACK, "CREATE_COMPLETE");
    insta::assert_snapshot!(said(&site.deploy(&[])), @"
    exit code: 1
    --- stdout
    --- stderr
    Found 0 artifacts in template.yaml (0 objects)
    Computing the changes of app  arn:aws:cloudformation:us-east-1:111122223333:changeSet/samstep-NONCE-0/00000000-0000-4000-8000-000000000002
    Changes: 1 to change
      Modify  Topic  AWS::SNS::Topic
    Deploying app  arn:aws:cloudformation:us-east-1:111122223333:stack/app/00000000-0000-4000-8000-000000000001
    12:00:04Z  UPDATE_IN_PROGRESS    app                       User Initiated
    12:00:05Z  UPDATE_COMPLETE       Queue                     AWS::SQS::Queue
    12:00:05Z  UPDATE_FAILED         Topic                     AWS::SNS::Topic  Invalid parameter: DisplayName (Service: Sns, Status Code: 400, Request ID: R1)
    12:00:06Z  UPDATE_ROLLBACK_IN_PROGRESS  app                       The following resource(s) failed to update: [Topic].
    12:00:07Z  UPDATE_COMPLETE       Topic                     AWS::SNS::Topic
    12:00:07Z  UPDATE_FAILED         Queue                     AWS::SQS::Queue  The specified queue does not exist (Service: Sqs, Status Code: 400, Request ID: R2)
    12:00:08Z  UPDATE_ROLLBACK_FAILED  app                       The following resource(s) failed to update: [Queue].
    Deployment of app failed: UPDATE_ROLLBACK_FAILED after N s; resources of the previous and the new version are mixed: the rollback failed
    Physical id of Topic: app-Topic-1A2B3C
    Left behind: Queue (AWS::SQS::Queue) app-Queue-1A2B3C: The specified queue does not exist (Service: Sqs, Status Code: 400, Request ID: R2)
    Console: https://us-east-1.console.aws.amazon.com/cloudformation/home?region=us-east-1#/stacks/events?stackId=arn%3Aaws%3Acloudformation%3Aus-east-1%3A111122223333%3Astack%2Fapp%2F00000000-0000-4000-8000-000000000001
      help: remove what blocks the rollback, then: aws cloudformation continue-update-rollback --stack-name arn:aws:cloudformation:us-east-1:111122223333:stack/app/00000000-0000-4000-8000-000000000001 (to skip them: --resources-to-skip Queue)
    error: Topic (AWS::SNS::Topic) could not be updated: Invalid parameter: DisplayName (Service: Sns, Status Code: 400, Request ID: R1)
    ");
}

#[test]
fn a_custom_resource_names_its_log_stream() {
    let history = "
        0 / CREATE_IN_PROGRESS User Initiated
        1 Seed Custom::Seed CREATE_IN_PROGRESS
        2 Seed Custom::Seed CREATE_FAILED Received response status [FAILED] from custom resource. Message returned: no table orders. See the details in CloudWatch Log Stream: 2026/11/30/[$LATEST]abc (RequestId: R1)
        3 / ROLLBACK_IN_PROGRESS The following resource(s) failed to create: [Seed]. Rollback requested by user.
        4 / ROLLBACK_COMPLETE
    ";
    let template = "Resources:
  Seed:
    Type: Custom::Seed
    Properties: {ServiceToken: !GetAtt Seeder.Arn}
  Seeder:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.13, Handler: index.handler, Role: r, Code: {ZipFile: pass}}
";
    let site = Site::of(template, Script::plays(history));
    insta::assert_snapshot!(said(&site.deploy(&[])), @"
    exit code: 1
    --- stdout
    --- stderr
    Found 0 artifacts in template.yaml (0 objects)
    Computing the changes of the new stack app  arn:aws:cloudformation:us-east-1:111122223333:changeSet/samstep-NONCE-0/00000000-0000-4000-8000-000000000002
    Changes: no resource to change
    Deploying app  arn:aws:cloudformation:us-east-1:111122223333:stack/app/00000000-0000-4000-8000-000000000001
    12:00:03Z  CREATE_IN_PROGRESS    app                       User Initiated
    12:00:04Z  CREATE_IN_PROGRESS    Seed                      Custom::Seed
    12:00:05Z  CREATE_FAILED         Seed                      Custom::Seed  Received response status [FAILED] from custom resource. Message returned: no table orders. See the details in CloudWatch Log Stream: 2026/11/30/[$LATEST]abc (RequestId: R1)
    12:00:06Z  ROLLBACK_IN_PROGRESS  app                       The following resource(s) failed to create: [Seed]. Rollback requested by user.
    12:00:07Z  ROLLBACK_COMPLETE     app
    Deployment of app failed: ROLLBACK_COMPLETE after N s; nothing is deployed: the new stack was rolled back and is empty
    Physical id of Seed: app-Seed-1A2B3C
    Console: https://us-east-1.console.aws.amazon.com/cloudformation/home?region=us-east-1#/stacks/events?stackId=arn%3Aaws%3Acloudformation%3Aus-east-1%3A111122223333%3Astack%2Fapp%2F00000000-0000-4000-8000-000000000001
     --> template.yaml:2:3
      |
    2 |   Seed:
      |   ^^^^
      |
      = help: see the log stream 2026/11/30/[$LATEST]abc; correct it, then deploy with --replace-failed-stack
    error: template.yaml:2:3: Seed (Custom::Seed) could not be created: Received response status [FAILED] from custom resource. Message returned: no table orders. See the details in CloudWatch Log Stream: 2026/11/30/[$LATEST]abc (RequestId: R1)
    ");
}

#[test]
fn a_change_set_that_fails_says_what_is_missing() {
    let transform = "User: arn:aws:sts::111122223333:assumed-role/ci/x is not authorized to perform: \
                     cloudformation:CreateChangeSet on resource: \
                     arn:aws:cloudformation:us-east-1:aws:transform/Serverless-2016-10-31 because no identity-based \
                     policy allows it";
    let rows = [
        ("Requires capabilities : [CAPABILITY_NAMED_IAM]", 2, "CAPABILITY_NAMED_IAM"),
        (transform, 77, "transform/Serverless-2016-10-31"),
        (
            "Transform AWS::Serverless-2016-10-31 failed with: Invalid Serverless Application Specification document.",
            1,
            "Invalid Serverless",
        ),
    ];
    for (reason, code, expected) in rows {
        let site = Site::new(Script::fails(reason));
        let ended = site.deploy(&[]);
        assert!(ended.code == code && ended.cause().contains(expected), "{}: {}", ended.code, ended.stderr);
        assert_eq!(site.stacks.change_sets(), [""; 0]);
    }
}

#[test]
fn a_nested_change_set_that_fails_is_followed_to_its_reason() {
    let leaf = Script::fails("Template error: instance of Fn::GetAtt references undefined resource Table");
    let middle = Script::default().nesting("Add", "Data", leaf);
    let site = Site::new(Script::default().nesting("Add", "Network", middle));
    let ended = site.deploy(&[]);
    let cause = ended.cause();
    assert!(ended.code == 1 && cause.contains("Network/Data") && cause.contains("undefined resource Table"), "{cause}");
}

#[test]
fn nested_change_sets_that_cannot_be_computed_are_left_out() {
    let child = Script::fails("Parameters: [Vpc] must have values");
    let site = Site::new(Script::default().nesting("Modify", "Network", child));
    site.stacks.then(super::success::updated());
    site.stacks.has(STACK, "CREATE_COMPLETE");
    let ended = site.deploy(&[]).ok();
    assert!(ended.stderr.contains("nested"), "{}", ended.stderr);
    let nested: Vec<_> =
        site.stacks.calls_of("CreateChangeSet").iter().map(|call| call.is_set("IncludeNestedStacks")).collect();
    assert_eq!(nested, [true, false]);
}

#[test]
fn a_failure_is_kept_or_deleted_as_asked() {
    let kept = "0 / CREATE_IN_PROGRESS\n1 Queue AWS::SQS::Queue CREATE_FAILED no\n2 / CREATE_FAILED The following resource(s) failed to create: [Queue].";
    let deleted = "0 / CREATE_IN_PROGRESS\n1 Queue AWS::SQS::Queue CREATE_FAILED no\n2 / DELETE_IN_PROGRESS The following resource(s) failed to create: [Queue].\n3 / DELETE_COMPLETE";
    let rows = [
        (vec!["--on-failure", "DO_NOTHING"], kept, None, Some("true")),
        (vec!["--disable-rollback"], kept, None, Some("true")),
        (vec!["--on-failure", "DELETE"], deleted, Some("DELETE"), None),
        (vec!["--on-failure", "ROLLBACK"], kept, None, Some("false")),
    ];
    for (words, history, on_failure, disables) in rows {
        let site = Site::new(Script::plays(history).changing("Add Queue AWS::SQS::Queue"));
        let ended = site.deploy(&words);
        assert!(ended.code == 1 && ended.cause().contains("Queue"), "{words:?}: {}", ended.stderr);
        assert_eq!(site.stacks.calls_of("CreateChangeSet")[0].get("OnStackFailure"), on_failure, "{words:?}");
        assert_eq!(site.stacks.calls_of("ExecuteChangeSet")[0].get("DisableRollback"), disables, "{words:?}");
    }
}
