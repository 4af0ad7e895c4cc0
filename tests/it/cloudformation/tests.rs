//! Tests of the fake service.

use super::{Answer, CloudFormation, EXPIRED, Fault, Intrusion, Script, THROTTLED};
use serde_json::json;
use std::io::{Read, Write};
use std::net::TcpStream;

const TEMPLATE: &str =
    "Parameters: {Size: {Type: String, Default: S}, Key: {Type: String, NoEcho: true}}\nResources: {}";

/// Status and body of a call; status 0 when the connection ends without an answer.
fn call(service: &CloudFormation, action: &str, parameters: &[(&str, &str)]) -> (u16, String) {
    let encode = |text: &str| -> String { text.bytes().map(|byte| format!("%{byte:02x}")).collect() };
    let pairs = parameters.iter().map(|(name, value)| format!("&{name}={}", encode(value)));
    let body = format!("Action={action}&Version=2010-05-15{}", pairs.collect::<String>());
    let request = format!(
        "POST / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         authorization: AWS4-HMAC-SHA256 Credential=AKIA1/20260101/us-east-1/cloudformation/aws4_request\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(service.url().trim_start_matches("http://")).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    let status = answer.split(' ').nth(1).map_or(0, |status| status.parse().unwrap());
    (status, answer.split_once("\r\n\r\n").map_or("", |(_, body)| body).to_owned())
}

/// The text of the first element of this name.
fn element(body: &str, name: &str) -> String {
    let (_, rest) = body.split_once(&format!("<{name}>")).unwrap_or_else(|| panic!("no {name} in {body}"));
    rest.split('<').next().unwrap().to_owned()
}

fn elements(body: &str, name: &str) -> Vec<String> {
    body.split(&format!("<{name}>")).skip(1).map(|rest| rest.split('<').next().unwrap().to_owned()).collect()
}

/// Creates a change set with a token; returns its ARN.
fn create(service: &CloudFormation, kind: &str, token: &str) -> String {
    let parameters = creation(kind, token);
    let (status, body) = call(service, "CreateChangeSet", &parameters);
    assert_eq!(status, 200, "{body}");
    element(&body, "Id")
}

fn creation<'a>(kind: &'a str, token: &'a str) -> Vec<(&'static str, &'a str)> {
    vec![
        ("StackName", "app"),
        ("ChangeSetName", token),
        ("ChangeSetType", kind),
        ("ClientToken", token),
        ("TemplateBody", TEMPLATE),
        ("Parameters.member.1.ParameterKey", "Key"),
        ("Parameters.member.1.ParameterValue", "k"),
        ("IncludeNestedStacks", "true"),
    ]
}

const HISTORY: &str = "
    0 / CREATE_IN_PROGRESS User Initiated
    1 Queue AWS::SQS::Queue CREATE_IN_PROGRESS
    1 Data AWS::CloudFormation::Stack CREATE_IN_PROGRESS Resource creation Initiated
    2 Data/ CREATE_IN_PROGRESS
    2 Data/Table AWS::DynamoDB::Table CREATE_COMPLETE
    3 Queue AWS::SQS::Queue CREATE_COMPLETE
    4 / CREATE_COMPLETE
";

#[test]
fn a_change_set_becomes_a_stack_by_looking_at_it() {
    let service = CloudFormation::with(Script::plays(HISTORY).changing("Add Queue AWS::SQS::Queue").gives("Url", "u"));
    let set = create(&service, "CREATE", "one");
    assert_eq!(service.status("app").as_deref(), Some("REVIEW_IN_PROGRESS"));
    let (_, described) = call(&service, "DescribeChangeSet", &[("ChangeSetName", &set)]);
    let known = ["Status", "ExecutionStatus", "LogicalResourceId"].map(|name| element(&described, name));
    assert_eq!(known, ["CREATE_COMPLETE", "AVAILABLE", "Queue"]);
    let execution = [("ChangeSetName", set.as_str()), ("ClientRequestToken", "t"), ("DisableRollback", "false")];
    assert_eq!(call(&service, "ExecuteChangeSet", &execution).0, 200);
    assert_eq!(call(&service, "ExecuteChangeSet", &execution).0, 200, "the same token is the same execution");
    let (status, body) = call(&service, "ExecuteChangeSet", &[("ChangeSetName", &set), ("ClientRequestToken", "u")]);
    assert_eq!((status, element(&body, "Code").as_str()), (400, "InvalidChangeSetStatus"));
    let status = || element(&call(&service, "DescribeStacks", &[("StackName", "app")]).1, "StackStatus");
    let statuses: Vec<_> = std::iter::repeat_with(status).take(4).collect();
    assert_eq!(statuses, ["CREATE_IN_PROGRESS", "CREATE_IN_PROGRESS", "CREATE_IN_PROGRESS", "CREATE_COMPLETE"]);
    let (_, stack) = call(&service, "DescribeStacks", &[("StackName", "app")]);
    assert_eq!(
        (element(&stack, "OutputValue"), elements(&stack, "ParameterValue")),
        ("u".into(), vec!["****".into(), "S".into()])
    );
}

#[test]
fn events_come_newest_first_in_pages_and_late_ones_later() {
    let late = "0 / UPDATE_IN_PROGRESS\n1+9 Queue AWS::SQS::Queue UPDATE_COMPLETE\n2+never / UPDATE_COMPLETE";
    let service = CloudFormation::with(Script::plays(late));
    let stack = service.has("app", "CREATE_COMPLETE");
    service.add_history(&stack, &Script::plays("0 / CREATE_IN_PROGRESS\n1 / CREATE_COMPLETE"));
    service.pages_by(2);
    let set = create(&service, "UPDATE", "one");
    call(&service, "ExecuteChangeSet", &[("ChangeSetName", &set), ("ClientRequestToken", "t")]);
    let events = |page: Option<&str>| {
        let parameters: Vec<_> =
            [("StackName", stack.as_str())].into_iter().chain(page.map(|it| ("NextToken", it))).collect();
        call(&service, "DescribeStackEvents", &parameters).1
    };
    let first = events(None);
    assert_eq!(elements(&first, "ResourceStatus"), ["UPDATE_IN_PROGRESS", "CREATE_COMPLETE"]);
    assert_eq!(elements(&first, "ClientRequestToken"), ["t", "before"]);
    let second = events(Some(&element(&first, "NextToken")));
    assert_eq!(
        (elements(&second, "ResourceStatus"), second.contains("NextToken")),
        (vec!["CREATE_IN_PROGRESS".into()], false)
    );
    (0..9).for_each(|_| drop(events(None)));
    assert_eq!(elements(&events(None), "LogicalResourceId"), ["Queue", "app"], "the row after it stays away");
    assert_eq!(service.status("app").as_deref(), Some("UPDATE_COMPLETE"));
}

#[test]
fn nested_stacks_have_rows_of_their_own() {
    let service = CloudFormation::with(Script::plays(HISTORY).nesting("Add", "Data", Script::fails("no")));
    service.then(Script::plays(HISTORY));
    let set = create(&service, "CREATE", "one");
    let (_, failed) = call(&service, "DescribeChangeSet", &[("ChangeSetName", &set)]);
    let child = element(&failed, "StatusReason").split(' ').nth(3).unwrap().to_owned();
    let (_, below) = call(&service, "DescribeChangeSet", &[("ChangeSetName", &child)]);
    assert_eq!((element(&below, "StatusReason").as_str(), element(&below, "ParentChangeSetId")), ("no", set));
    let set = create(&service, "CREATE", "two");
    call(&service, "ExecuteChangeSet", &[("ChangeSetName", &set)]);
    call(&service, "DescribeStacks", &[]);
    let (_, rows) = call(&service, "DescribeStackEvents", &[("StackName", "app")]);
    let nested = elements(&rows, "PhysicalResourceId").into_iter().find(|id| id.contains("app-Data")).unwrap();
    let (_, rows) = call(&service, "DescribeStackEvents", &[("StackName", &nested)]);
    assert_eq!(elements(&rows, "LogicalResourceId"), ["Table", "app-Data"]);
}

#[test]
fn calls_that_do_not_fit_are_refused() {
    let service = CloudFormation::start();
    let busy = service.has("busy", "UPDATE_IN_PROGRESS");
    let failed = service.has("failed", "ROLLBACK_COMPLETE");
    let update = |stack| vec![("StackName", stack), ("ChangeSetName", "c"), ("TemplateBody", "Resources: {}")];
    let long = "x".repeat(51_201);
    let rows = [
        ("an unknown call", "CancelUpdateStack", vec![], "InvalidAction"),
        ("an unknown parameter", "DescribeStacks", vec![("Stack", "app")], "no parameter of"),
        ("no name", "DescribeChangeSet", vec![("StackName", "app")], "ChangeSetName is required"),
        ("a bad name", "DeleteChangeSet", vec![("ChangeSetName", "a_b")], "constraint"),
        (
            "half a tag",
            "CreateChangeSet",
            [update("app"), vec![("Tags.member.1.Key", "k")]].concat(),
            "Tags.Value is required",
        ),
        ("no stack", "CreateChangeSet", update("app"), "does not exist"),
        ("a busy stack", "CreateChangeSet", update(&busy), "UPDATE_IN_PROGRESS state and can not be updated"),
        ("a failed stack", "CreateChangeSet", update(&failed), "ROLLBACK_COMPLETE state and can not be updated"),
        (
            "an old name",
            "CreateChangeSet",
            [update("failed"), vec![("ChangeSetType", "CREATE")]].concat(),
            "already exists",
        ),
        ("no value", "CreateChangeSet", creation("CREATE", "c")[..5].to_vec(), "Parameters: [Key] must have values"),
        (
            "a long template",
            "CreateChangeSet",
            vec![("StackName", "a"), ("ChangeSetName", "c"), ("TemplateBody", &long)],
            "51200",
        ),
        (
            "no change set",
            "DescribeChangeSet",
            vec![("ChangeSetName", "x"), ("StackName", "busy")],
            "ChangeSetNotFound",
        ),
        ("a short name", "DescribeEvents", vec![("ChangeSetName", "c")], "must be the ARN"),
        ("half a target", "ListHookResults", vec![("TargetType", "STACK")], "go together"),
        (
            "no hook result",
            "GetHookResult",
            vec![("HookResultId", "00000000-0000-4000-8000-000000000000")],
            "HookResultNotFound",
        ),
        ("no import", "ListImports", vec![("ExportName", "url")], "is not imported by any stack"),
    ];
    for (name, action, parameters, expected) in rows {
        let (status, body) = call(&service, action, &parameters);
        assert!(status >= 400 && body.contains(expected), "{name}: {status} {body}");
    }
}

#[test]
fn tokens_make_calls_repeatable() {
    let service = CloudFormation::with(Script::plays("0 / UPDATE_IN_PROGRESS\n1 / UPDATE_FAILED"));
    let stack = service.has("app", "CREATE_COMPLETE");
    let set = create(&service, "UPDATE", "one");
    assert_eq!(create(&service, "UPDATE", "one"), set);
    let mut other = creation("UPDATE", "one");
    other.push(("Description", "d"));
    assert!(call(&service, "CreateChangeSet", &other).1.contains("TokenAlreadyExists"));
    call(&service, "ExecuteChangeSet", &[("ChangeSetName", &set)]);
    call(&service, "DescribeStacks", &[]);
    let rollback = [("StackName", stack.as_str()), ("ClientRequestToken", "r")];
    assert_eq!([(); 2].map(|()| call(&service, "RollbackStack", &rollback).0), [200, 200]);
    (0..3).for_each(|_| drop(call(&service, "DescribeStacks", &[])));
    assert_eq!(service.status("app").as_deref(), Some("UPDATE_ROLLBACK_COMPLETE"));
    call(&service, "DeleteStack", &[("StackName", &stack)]);
    (0..3).for_each(|_| drop(call(&service, "DescribeStacks", &[])));
    assert_eq!((service.status("app"), service.status(&stack).as_deref()), (None, Some("DELETE_COMPLETE")));
}

#[test]
fn answers_go_wrong_by_script_and_others_come_between() {
    let service = CloudFormation::with(Script::plays("0 / CREATE_IN_PROGRESS\n1 / CREATE_COMPLETE"));
    service.then(Script::empty());
    service.fault(Fault::next("DescribeStacks", 1, THROTTLED));
    service.fault(Fault::next("DescribeStacks", 1, Answer::Html(502)));
    service.fault(Fault::next("DescribeStacks", 1, Answer::Cut).after(1));
    service.fault(Fault::next("CreateChangeSet", 1, Answer::Lost));
    let statuses = [(); 4].map(|()| call(&service, "DescribeStacks", &[]).0);
    assert_eq!(statuses, [400, 502, 200, 0]);
    assert_eq!(call(&service, "CreateChangeSet", &creation("CREATE", "one")).0, 0);
    assert_eq!(service.change_sets(), ["one"], "only the answer was lost");
    let set = create(&service, "CREATE", "one");
    service.fault(Fault::next("ExecuteChangeSet", 1, Answer::Meanwhile(Intrusion::Update)));
    let (_, body) = call(&service, "ExecuteChangeSet", &[("ChangeSetName", &set)]);
    assert!(body.contains("current execution status of [OBSOLETE]"), "{body}");
    service.fault(Fault::next("DescribeChangeSet", 1, Answer::Meanwhile(Intrusion::Deploy)));
    assert!(call(&service, "DescribeChangeSet", &[("ChangeSetName", &set)]).1.contains("ChangeSetNotFound"));
    service.expire("AKIA1");
    assert!(call(&service, "DescribeStacks", &[]).1.contains("ExpiredToken"));
    assert!(matches!(EXPIRED, Answer::Error(403, "ExpiredToken", _)));
    assert_eq!(service.calls_of("ExecuteChangeSet").len(), 1);
    assert_eq!(service.writes(), ["CreateChangeSet", "CreateChangeSet", "ExecuteChangeSet"]);
}

#[test]
fn details_are_given_of_what_failed() {
    let finding = json!({"EventType": "VALIDATION_ERROR", "LogicalResourceId": "Bucket"});
    let hook = json!({"HookResultId": "00000000-0000-4000-8000-0000000000aa", "TypeName": "Org::Guard::Check"});
    let service = CloudFormation::with(Script::fails("hooks").finding(finding).hook(hook.clone()));
    service.hook_result(hook);
    service.imports("url", &["shop"]);
    service.has_with(
        "app",
        "CREATE_COMPLETE",
        json!({"Outputs": [{"OutputKey": "Url", "OutputValue": "u", "ExportName": "url"}]}),
    );
    let set = create(&service, "UPDATE", "one");
    let rows = [
        ("DescribeEvents", vec![("ChangeSetName", set.as_str())], "<LogicalResourceId>Bucket"),
        (
            "ListHookResults",
            vec![("TargetType", "CHANGE_SET"), ("TargetId", set.as_str())],
            "<TypeName>Org::Guard::Check",
        ),
        (
            "GetHookResult",
            vec![("HookResultId", "00000000-0000-4000-8000-0000000000aa")],
            "<TypeName>Org::Guard::Check",
        ),
        ("ListImports", vec![("ExportName", "url")], "<member>shop</member>"),
        ("ListExports", vec![], "<Name>url</Name>"),
    ];
    for (action, parameters, expected) in rows {
        let (status, body) = call(&service, action, &parameters);
        assert!(status == 200 && body.contains(expected), "{action}: {body}");
    }
}
