//! CloudFormation: what requests say, and what becomes of answers that the SDK's enums do not know.

use super::{Service, response};
use crate::aws::cloudformation::CloudFormation;
use crate::deploy::{
    ChangeSetKind, ChangeSetRequest, ExecuteRequest, Express, FailuresOf, FindingKind, ParameterValue,
    RollbackTriggers, StackRequest, Stacks, TemplateText,
};
use crate::facts::{ChangeAction, Reason, Replacement, Secret};
use std::collections::BTreeMap;
use std::time::Duration;

const STACK: &str = "arn:aws:cloudformation:eu-west-1:111122223333:stack/app/1";
const SET: &str = "arn:aws:cloudformation:eu-west-1:111122223333:changeSet/set/1";

/// A successful answer.
fn answer(action: &str, result: &str) -> String {
    response(200, "", &format!("<{action}Response><{action}Result>{result}</{action}Result></{action}Response>"))
}

fn refusal(status: u16, code: &str, message: &str) -> String {
    let error = format!("<Type>Sender</Type><Code>{code}</Code><Message>{message}</Message>");
    response(status, "", &format!("<ErrorResponse><Error>{error}</Error><RequestId>R1</RequestId></ErrorResponse>"))
}

async fn client(service: &Service) -> CloudFormation {
    CloudFormation::new(&service.config().await)
}

async fn answering(action: &str, result: &str) -> (Service, CloudFormation) {
    let service = Service::start([answer(action, result)]).await;
    let client = client(&service).await;
    (service, client)
}

fn request() -> ChangeSetRequest {
    ChangeSetRequest {
        stack: "app".to_owned(),
        name: "set".to_owned(),
        token: "token".to_owned(),
        kind: ChangeSetKind::Create,
        description: None,
        template: TemplateText::Body("Resources: {}".to_owned()),
        parameters: Vec::new(),
        tags: None,
        capabilities: None,
        role_arn: None,
        topics: None,
        triggers: None,
        deletes_on_failure: false,
        includes_nested: false,
        imports_existing: false,
        reverts_drift: false,
        express: None,
    }
}

/// The form of a request, without what the protocol adds.
async fn sent(request: &ChangeSetRequest) -> Vec<String> {
    let (service, client) = answering("CreateChangeSet", &format!("<Id>{SET}</Id><StackId>{STACK}</StackId>")).await;
    let ids = client.create_change_set(request).await.unwrap();
    assert_eq!((ids.change_set.as_str(), ids.stack.as_str()), (SET, STACK));
    let requests = service.requests();
    let (_, form) = requests[0].split_once("\r\n\r\n").unwrap();
    form.split('&').filter(|pair| !pair.starts_with("version=")).map(str::to_owned).collect()
}

#[tokio::test]
async fn what_is_not_given_is_not_sent() {
    let expected = [
        "action=createchangeset",
        "stackname=app",
        "templatebody=resources%3a%20%7b%7d",
        "changesetname=set",
        "clienttoken=token",
        "changesettype=create",
    ];
    assert_eq!(sent(&request()).await, expected);
}

#[tokio::test]
async fn what_is_given_is_sent() {
    let names = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
    let full = ChangeSetRequest {
        kind: ChangeSetKind::Update,
        template: TemplateText::Url("https://b/k".to_owned()),
        parameters: vec![
            ("A".to_owned(), ParameterValue::Given(Secret::new("1"))),
            ("B".to_owned(), ParameterValue::Previous),
        ],
        tags: Some(BTreeMap::new()),
        capabilities: names(&["CAPABILITY_IAM"]),
        topics: names(&["topic"]),
        triggers: Some(RollbackTriggers { alarms: vec!["alarm".to_owned()], minutes: Some(5) }),
        deletes_on_failure: true,
        includes_nested: true,
        imports_existing: true,
        reverts_drift: true,
        express: Some(Express { disables_rollback: false }),
        ..request()
    };
    let form = sent(&full).await;
    for expected in [
        "changesettype=update",
        "templateurl=https%3a%2f%2fb%2fk",
        "parameters.member.1.parametervalue=1",
        "parameters.member.2.usepreviousvalue=true",
        "tags=",
        "capabilities.member.1=capability_iam",
        "notificationarns.member.1=topic",
        "rollbackconfiguration.rollbacktriggers.member.1.type=aws%3a%3acloudwatch%3a%3aalarm",
        "rollbackconfiguration.monitoringtimeinminutes=5",
        "onstackfailure=delete",
        "includenestedstacks=true",
        "importexistingresources=true",
        "deploymentmode=revert_drift",
        "deploymentconfig.mode=express",
        "deploymentconfig.disablerollback=false",
    ] {
        assert!(form.iter().any(|pair| pair == expected), "{expected} in {form:?}");
    }
}

#[tokio::test]
async fn tokens_roles_and_rollback_are_sent_with_a_change() {
    let actions = ["ExecuteChangeSet", "ExecuteChangeSet", "DeleteStack", "RollbackStack"];
    let service = Service::start(actions.map(|action| answer(action, ""))).await;
    let client = client(&service).await;
    let (change_set, stack, token) = (SET.to_owned(), STACK.to_owned(), "t1".to_owned());
    let execution = ExecuteRequest { change_set, stack, token, disables_rollback: None };
    client.execute(&execution).await.unwrap();
    client.execute(&ExecuteRequest { disables_rollback: Some(false), ..execution }).await.unwrap();
    let role_arn = Some("arn:aws:iam::111122223333:role/r".to_owned());
    let removal = StackRequest { stack: STACK.to_owned(), role_arn, token: "t2".to_owned() };
    client.delete_stack(&removal).await.unwrap();
    client.roll_back(&removal).await.unwrap();
    let requests = service.requests();
    assert!(requests[0].contains("clientrequesttoken=t1") && !requests[0].contains("disablerollback"));
    assert!(requests[1].contains("disablerollback=false"));
    for (request, action) in requests[2..].iter().zip(["deletestack", "rollbackstack"]) {
        let is_complete = request.contains("clientrequesttoken=t2") && request.contains("role%2fr");
        assert!(is_complete && request.contains(&format!("action={action}")), "{request}");
    }
}

#[tokio::test]
async fn a_stack_is_read_with_a_status_that_the_sdk_does_not_know() {
    let stack = format!(
        "<Stacks><member><StackId>{STACK}</StackId><StackName>app</StackName><CreationTime>2026-01-01T00:00:00Z</CreationTime>\
         <StackStatus>SOMETHING_NEW_IN_PROGRESS</StackStatus><EnableTerminationProtection>true</EnableTerminationProtection>\
         <RollbackConfiguration><MonitoringTimeInMinutes>7</MonitoringTimeInMinutes></RollbackConfiguration>\
         <LastOperations><member><OperationId>op</OperationId></member></LastOperations>\
         <Tags><member><Key>k</Key><Value>v</Value></member></Tags></member></Stacks>"
    );
    let (service, client) = answering("DescribeStacks", &stack).await;
    let found = client.stack("alias").await.unwrap().unwrap();
    assert_eq!((found.id.as_str(), found.name.as_str()), (STACK, "app"), "an alias stands for the name");
    assert_eq!((found.status.as_str(), found.is_protected), ("SOMETHING_NEW_IN_PROGRESS", true));
    assert_eq!((found.monitoring, found.operation_id.as_deref()), (Duration::from_secs(420), Some("op")));
    assert_eq!((found.created_at.is_some(), found.updated_at), (true, None));
    assert!(service.requests()[0].contains("stackname=alias"));
}

#[tokio::test]
async fn an_absent_stack_is_none_and_any_other_refusal_an_error() {
    let rows = [
        (refusal(400, "ValidationError", "Stack with id app does not exist"), None),
        (refusal(400, "Throttling", "Rate exceeded"), Some(Reason::Throttled)),
        (refusal(403, "AccessDenied", "not authorized"), Some(Reason::AccessDenied)),
        (refusal(403, "ExpiredToken", "expired"), Some(Reason::ExpiredCredentials)),
        (refusal(500, "InternalFailure", "oops"), Some(Reason::Unavailable)),
        (response(502, "content-type: text/html\r\n", "<!DOCTYPE html><html></html>"), Some(Reason::Unavailable)),
        (response(200, "content-type: text/html\r\n", "<!DOCTYPE html><html></html>"), Some(Reason::Network)),
        (String::new(), Some(Reason::Network)),
    ];
    for (wire, expected) in rows {
        let service = Service::start([wire.clone()]).await;
        let answer = client(&service).await.stack("app").await;
        match expected {
            None => assert_eq!(answer.unwrap(), None),
            Some(reason) => assert_eq!(answer.unwrap_err().reason, reason, "{wire}"),
        }
        assert_eq!(service.requests().len(), 1, "the deployment repeats the call, not the SDK: {wire}");
    }
}

#[tokio::test]
async fn a_change_set_is_read_with_how_it_handles_a_failure() {
    let change = "<LogicalResourceId>Queue</LogicalResourceId><ResourceType>AWS::SQS::Queue</ResourceType>";
    let detail = "<Details><member><Target><Attribute>Properties</Attribute><Name>Name</Name>\
                  <RequiresRecreation>Conditionally</RequiresRecreation><BeforeValue>secret</BeforeValue></Target>\
                  <ChangeSource>DirectModification</ChangeSource></member></Details>";
    let listed = |members: &str| {
        format!("<member><Type>Resource</Type><ResourceChange>{change}{members}</ResourceChange></member>")
    };
    let described = format!(
        "<ChangeSetId>{SET}</ChangeSetId><StackId>{STACK}</StackId><Status>CREATE_COMPLETE</Status>\
         <ExecutionStatus>AVAILABLE</ExecutionStatus><OnStackFailure>DELETE</OnStackFailure>\
         <DeploymentConfig><Mode>EXPRESS</Mode></DeploymentConfig><NextToken>n</NextToken><Changes>{}{}{}</Changes>",
        listed(&format!("<Action>Modify</Action><Replacement>Conditional</Replacement>{detail}")),
        listed("<Action>SyncWithActual</Action><PolicyAction>Retain</PolicyAction><ChangeSetId></ChangeSetId>"),
        "<member><Type>Other</Type></member>",
    );
    let (service, client) = answering("DescribeChangeSet", &described).await;
    let found = client.change_set("set", Some("app"), Some("page")).await.unwrap();
    assert_eq!((found.deletes_on_failure, found.express, found.next.as_deref()), (true, true, Some("n")));
    let [modified, synced] = found.changes.as_slice() else { panic!("{:?}", found.changes) };
    assert_eq!(modified.change.replacement, Some(Replacement::Conditional));
    let causes = format!("{:?}", modified.change.causes);
    assert!(causes.contains("Conditionally") && !causes.contains("secret"), "{causes}");
    assert_eq!(synced.change.action, ChangeAction::Other("SyncWithActual".to_owned()));
    assert_eq!((synced.change.policy_action.as_deref(), &synced.nested), (Some("Retain"), &None));
    let form = &service.requests()[0];
    assert!(form.contains("stackname=app") && form.contains("nexttoken=page"), "{form}");
}

#[tokio::test]
async fn events_keep_their_statuses_and_their_hooks() {
    let row = |members: &str| {
        format!(
            "<member><StackId>{STACK}</StackId><EventId>e</EventId><StackName>app</StackName>\
             <Timestamp>2026-01-01T00:00:00.250Z</Timestamp>{members}</member>"
        )
    };
    let hook = "<HookType>Org::Guard::Check</HookType><HookStatus>HOOK_COMPLETE_FAILED</HookStatus>\
                <HookInvocationId>h1</HookInvocationId>";
    let rows = [
        row(
            "<ResourceStatus>UPDATE_COMPLETE_CLEANUP_IN_PROGRESS</ResourceStatus><ClientRequestToken>t</ClientRequestToken>",
        ),
        row(&format!("{hook}<HookFailureMode>WARN</HookFailureMode>")),
        row(&format!("{hook}<HookFailureMode>FAIL</HookFailureMode><HookStatusReason>no</HookStatusReason>")),
        row("<ResourceStatus>CREATE_COMPLETE</ResourceStatus><DetailedStatus>CONFIGURATION_COMPLETE</DetailedStatus>"),
    ];
    let (_, client) = answering("DescribeStackEvents", &format!("<StackEvents>{}</StackEvents>", rows.concat())).await;
    let page = client.events(STACK, None).await.unwrap();
    let [own, warned, failed, detailed] = page.items.as_slice() else { panic!("{:?}", page.items) };
    assert_eq!(own.status.as_str(), "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS");
    assert_eq!((own.token.as_deref(), own.time.as_millis() % 1000), (Some("t"), 250));
    assert_eq!((own.hook.is_none(), page.next), (true, None));
    let fails = [warned, failed].map(|event| event.hook.as_ref().unwrap().fails);
    assert_eq!(fails, [false, true]);
    assert_eq!(failed.hook.as_ref().unwrap().invocation_id.as_deref(), Some("h1"));
    assert_eq!(detailed.detailed_status.as_deref(), Some("CONFIGURATION_COMPLETE"));
}

#[tokio::test]
async fn findings_say_whether_they_fail_the_operation() {
    let event = |members: &str| format!("<member><EventId>e</EventId>{members}</member>");
    let validation = "<EventType>VALIDATION_ERROR</EventType><ValidationName>PROPERTY_VALIDATION</ValidationName>\
                      <ValidationPath>/Resources/B/Properties/Name</ValidationPath>";
    let events = [
        event(&format!(
            "{validation}<ValidationStatus>FAILED</ValidationStatus><ValidationFailureMode>FAIL</ValidationFailureMode>"
        )),
        event(&format!("{validation}<ValidationStatus>SKIPPED</ValidationStatus>")),
        event(&format!("{validation}<ValidationFailureMode>WARN</ValidationFailureMode>")),
        event("<EventType>HOOK_INVOCATION_ERROR</EventType><HookType>Org::Guard::Check</HookType>"),
        event("<EventType>PROVISIONING_ERROR</EventType><ResourceStatus>CREATE_FAILED</ResourceStatus>"),
        event("<EventType>SOMETHING_NEW</EventType>"),
    ];
    let result = format!("<OperationEvents>{}</OperationEvents>", events.concat());
    let (service, client) = answering("DescribeEvents", &result).await;
    let found = client.failures(&FailuresOf::ChangeSet(SET.to_owned())).await.unwrap();
    assert_eq!(found.iter().map(|it| it.fails).collect::<Vec<_>>(), [true, false, false, true, true, true]);
    let [.., hook, provisioning, other] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(found[0].path.as_deref(), Some("/Resources/B/Properties/Name"));
    assert_eq!((hook.kind, hook.check.as_deref()), (FindingKind::Hook, Some("hook Org::Guard::Check")));
    assert_eq!((provisioning.kind, provisioning.check.as_deref()), (FindingKind::Provisioning, Some("CREATE_FAILED")));
    assert_eq!(other.kind, FindingKind::Other);
    let operation = FailuresOf::Operation { stack: STACK.to_owned(), id: "op".to_owned() };
    client.failures(&operation).await.unwrap();
    let forms = service.requests();
    assert!(
        forms[0].contains("filters.failedevents=true") && forms[0].contains("changesetname=arn%3a"),
        "{}",
        forms[0]
    );
    assert!(forms[1].contains("operationid=op") && !forms[1].contains("changesetname"), "{}", forms[1]);
}

#[tokio::test]
async fn hooks_are_listed_in_pages_and_read_with_their_annotations() {
    let summary = |id: &str, mode: &str| {
        format!(
            "<HookResults><member><HookResultId>{id}</HookResultId><TypeName>Org::Guard::Check</TypeName>\
             <Status>HOOK_COMPLETE_FAILED</Status><FailureMode>{mode}</FailureMode></member></HookResults>"
        )
    };
    let annotation = "<Annotations><member><AnnotationName>Encryption</AnnotationName><Status>FAILED</Status>\
                      <StatusMessage>off</StatusMessage><SeverityLevel>HIGH</SeverityLevel></member></Annotations>";
    let result = format!("<HookResultId>h1</HookResultId><HookStatusReason>no</HookStatusReason>{annotation}");
    let pages = [
        answer("ListHookResults", &format!("{}<NextToken>n</NextToken>", summary("h1", "FAIL"))),
        answer("ListHookResults", &summary("h2", "WARN")),
        answer("GetHookResult", &result),
    ];
    let service = Service::start(pages).await;
    let client = client(&service).await;
    let hooks = client.hooks(SET).await.unwrap();
    let known: Vec<_> = hooks.iter().map(|hook| (hook.id.as_str(), hook.fails)).collect();
    assert_eq!(known, [("h1", true), ("h2", false)]);
    let hook = client.hook("h1").await.unwrap();
    let annotation = &hook.annotations[0];
    assert_eq!((annotation.failed, annotation.severity.as_deref()), (true, Some("HIGH")));
    let forms = service.requests();
    assert!(forms[0].contains("targettype=change_set") && forms[1].contains("nexttoken=n"), "{forms:?}");
}

#[tokio::test]
async fn an_export_without_importers_is_no_error() {
    let rows = [
        (answer("ListImports", "<Imports><member>shop</member></Imports>"), Ok(vec!["shop".to_owned()])),
        (refusal(400, "ValidationError", "Export 'url' is not imported by any stack."), Ok(Vec::new())),
        (refusal(403, "AccessDenied", "not authorized"), Err(Reason::AccessDenied)),
    ];
    for (wire, expected) in rows {
        let service = Service::start([wire]).await;
        let found = client(&service).await.importers("url").await;
        assert_eq!(found.map_err(|error| error.reason), expected);
    }
}

#[tokio::test]
async fn a_page_of_html_is_no_success_of_a_call_without_a_result() {
    let page = response(200, "content-type: text/html; charset=utf-8\r\n", "<!DOCTYPE html><html></html>");
    let service = Service::start([page]).await;
    let (change_set, stack, token) = (SET.to_owned(), STACK.to_owned(), "t".to_owned());
    let execution = ExecuteRequest { change_set, stack, token, disables_rollback: None };
    let error = client(&service).await.execute(&execution).await.unwrap_err();
    assert_eq!((error.reason.clone(), error.is_retryable()), (Reason::Network, true), "{error}");
    assert!(error.to_string().contains("page of HTML"), "{error}");
}
