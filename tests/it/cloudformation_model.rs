//! The fake CloudFormation against AWS's own tools: its parameters are those of botocore's model, botocore knows every
//! member of its answers, and the stock AWS CLI deploys with it.

use crate::cloudformation::{CloudFormation, Script, table};
use crate::codedeploy::{Routing, Shift};
use crate::stock_clients::drive;
use serde_json::json;

const HOOK: &str = "00000000-0000-4000-8000-0000000000aa";

/// A change set with everything that an answer may hold.
fn full() -> Script {
    let history = format!(
        "0 / CREATE_IN_PROGRESS User Initiated
         0 Data AWS::CloudFormation::Stack CREATE_IN_PROGRESS Resource creation Initiated
         0 Data/ CREATE_IN_PROGRESS
         0 Data/Table AWS::DynamoDB::Table CREATE_COMPLETE properties={{\"TableName\":\"t\"}}
         0 Queue AWS::SQS::Queue CREATE_IN_PROGRESS hook=Org::Guard::Check,HOOK_COMPLETE_FAILED,WARN,{HOOK} as a warning
         0 / CREATE_COMPLETE"
    );
    let detail = json!([{
        "Target": {"Attribute": "Properties", "Name": "QueueName", "RequiresRecreation": "Always"},
        "Evaluation": "Static", "ChangeSource": "ParameterReference", "CausingEntity": "Name",
    }]);
    let script = Script::plays(&history).nesting("Add", "Data", Script::default());
    let script = script.changing("Modify Queue AWS::SQS::Queue Conditional").with("Details", detail);
    let script =
        script.with("PolicyAction", json!("ReplaceAndDelete")).with("BeforeContext", json!("{\"a\":\"b<c>&d\"}"));
    script.exports("Url", "https://example.com/?a=1&b=<2>", "url")
}

fn failing() -> Script {
    let finding = json!({
        "EventType": "VALIDATION_ERROR", "OperationType": "CREATE_CHANGESET", "OperationStatus": "FAILED",
        "LogicalResourceId": "Bucket", "ResourceType": "AWS::S3::Bucket", "ValidationName": "NAME_CONFLICT_VALIDATION",
        "ValidationStatus": "FAILED", "ValidationStatusReason": "taken", "ValidationPath": "/Resources/Bucket/Properties",
        "ValidationFailureMode": "FAIL",
    });
    let hook = json!({
        "HookResultId": HOOK, "TypeName": "Org::Guard::Check", "Status": "HOOK_COMPLETE_FAILED", "FailureMode": "FAIL",
        "HookStatusReason": "no encryption", "InvocationPoint": "PRE_PROVISION",
    });
    Script::fails("The following hook(s) failed: [Org::Guard::Check]").finding(finding).hook(hook)
}

fn service() -> CloudFormation {
    let service = CloudFormation::start();
    service.then_for("full", full());
    service.then(failing());
    let created = "0 / CREATE_IN_PROGRESS\n0 / CREATE_COMPLETE";
    service.then_for("cli", Script::plays(created).changing("Add Queue AWS::SQS::Queue"));
    service.then(
        Script::plays("0 / UPDATE_IN_PROGRESS\n0 / UPDATE_COMPLETE").changing("Modify Queue AWS::SQS::Queue False"),
    );
    service.then(Script::empty());
    service.imports("url", &["shop"]);
    service.hook_result(json!({
        "HookResultId": HOOK, "TypeName": "Org::Guard::Check", "Status": "HOOK_COMPLETE_FAILED", "FailureMode": "FAIL",
        "Annotations": [{
            "AnnotationName": "Encryption", "Status": "FAILED", "StatusMessage": "off", "RemediationMessage": "switch it on",
            "RemediationLink": "https://example.com", "SeverityLevel": "HIGH",
        }],
    }));
    service.has("failed", "UPDATE_FAILED");
    service.then_for("shifting", Script::default().shifting(Shift::of("Hello", Routing::AllAtOnce)));
    service
}

#[test]
#[ignore = "installs boto3 and the AWS CLI from PyPI"]
fn stock_clients_take_the_fake_for_cloudformation() {
    let service = service();
    drive("cloudformation_model.py", &[service.url(), &table().to_string()]);
}
