//! CodeDeploy and CloudWatch: what requests say, and what becomes of answers.

use super::{Service, response};
use crate::aws::cloudformation::CloudFormation;
use crate::aws::codedeploy::CodeDeploy;
use crate::aws::load;
use crate::deploy::Stacks;
use crate::facts::{AlarmState, HookState, Reason, Routing, ShiftAlarm, ShiftError, ShiftState, Timestamp};
use crate::settings::AwsSettings;
use crate::shift::{Creator, Deployments, Group, GroupName};
use aws_config::timeout::TimeoutConfig;
use minicbor::Encoder;
use minicbor::data::IanaTag;
use serde_json::{Value, json};
use std::time::Duration;

const CREATED_SECOND: u64 = 1_780_000_000;

fn answer(body: &Value) -> String {
    response(200, "content-type: application/x-amz-json-1.1\r\n", &body.to_string())
}

fn refusal(code: &str) -> String {
    let body = json!({"__type": code, "message": "no"}).to_string();
    response(400, "content-type: application/x-amz-json-1.1\r\n", &body)
}

async fn answering<const N: usize>(answers: [String; N]) -> (Service, CodeDeploy) {
    let service = Service::start(answers).await;
    let client = CodeDeploy::new(&service.config().await);
    (service, client)
}

/// The deployment waits for each answer.
#[tokio::test]
async fn shifts_and_alarms_are_read_with_a_timeout() {
    let rows = [(None, Duration::from_secs(20)), (Some(Duration::from_secs(7)), Duration::from_secs(7))];
    for (read_timeout, expected) in rows {
        let config = load(&AwsSettings { read_timeout, ..AwsSettings::default() }).await.unwrap();
        let stacks = CloudFormation::new(&config);
        let CodeDeploy { client, alarms } = stacks.deployments();
        let timeouts = [client.config().timeout_config(), alarms.client.config().timeout_config()];
        assert_eq!(timeouts.map(|it| it.and_then(TimeoutConfig::read_timeout)), [Some(expected); 2]);
    }
}

fn group() -> GroupName {
    GroupName { application: "app".to_owned(), group: "group".to_owned() }
}

/// The body of each request, in lower case.
fn bodies(service: &Service) -> Vec<Value> {
    let body = |request: &String| serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap();
    service.requests().iter().map(body).collect()
}

#[tokio::test]
async fn deployments_are_listed_by_the_time_of_their_creation_over_all_pages() {
    let pages = [json!({"deployments": ["d-2"], "nextToken": "n"}), json!({"deployments": ["d-1"]})];
    let (service, client) = answering(pages.map(|page| answer(&page))).await;
    let since = Timestamp::from_millis(1_780_000_000_250);
    assert_eq!(client.deployments(&group(), since).await.unwrap(), ["d-2", "d-1"]);
    let range = json!({"start": 1_780_000_000.25});
    let first = json!({"applicationname": "app", "deploymentgroupname": "group", "createtimerange": range});
    let mut second = first.clone();
    second["nexttoken"] = json!("n");
    assert_eq!(bodies(&service), [lower(&first), lower(&second)]);
    assert!(service.requests()[0].contains("x-amz-target: codedeploy_20141006.listdeployments"));
}

fn lower(value: &Value) -> Value {
    serde_json::from_str(&value.to_string().to_lowercase()).unwrap()
}

#[tokio::test]
async fn a_list_without_end_is_left_after_ten_pages() {
    let (service, client) = answering([answer(&json!({"deployments": ["d-1"], "nextToken": "n"}))]).await;
    assert_eq!(client.active(&group()).await.unwrap().len(), 10);
    assert_eq!(service.requests().len(), 10);
    let statuses = json!(["created", "queued", "inprogress", "baking", "ready"]);
    assert_eq!(bodies(&service)[0]["includeonlystatuses"], statuses);
    let (service, client) = answering([answer(&json!({"targetIds": [], "nextToken": "n"}))]).await;
    assert_eq!(client.target("d-1").await.unwrap(), None);
    assert_eq!(service.requests().len(), 10);
}

#[tokio::test]
async fn a_group_names_its_alarms_unless_they_are_switched_off() {
    let info = |alarms: Value| {
        let group = json!({"deploymentConfigName": "Slow", "alarmConfiguration": alarms});
        answer(&json!({"deploymentGroupInfo": group}))
    };
    let with = |alarms: &[&str]| {
        let alarms = alarms.iter().map(|name| (*name).to_owned()).collect();
        Ok(Some(Group { alarms }))
    };
    let rows = [
        (info(json!({"enabled": true, "alarms": [{"name": "Errors"}, {"name": "Slow"}]})), with(&["Errors", "Slow"])),
        (info(json!({"enabled": false, "alarms": [{"name": "Errors"}]})), with(&[])),
        (info(Value::Null), with(&[])),
        (refusal("DeploymentGroupDoesNotExistException"), Ok(None)),
        (refusal("ApplicationDoesNotExistException"), Ok(None)),
        (refusal("AccessDeniedException"), Err(Reason::AccessDenied)),
        (refusal("ThrottlingException"), Err(Reason::Throttled)),
        (response(503, "", ""), Err(Reason::Unavailable)),
        (response(200, "content-type: text/html\r\n", "<!DOCTYPE html><html></html>"), Err(Reason::Network)),
    ];
    for (wire, expected) in rows {
        let (service, client) = answering([wire.clone()]).await;
        assert_eq!(client.group(&group()).await.map_err(|error| error.reason), expected, "{wire}");
        assert_eq!(service.requests().len(), 1, "the watch repeats the call, not the SDK: {wire}");
    }
}

#[tokio::test]
async fn an_error_names_the_action_and_the_group() {
    let (_, client) = answering([refusal("AccessDeniedException")]).await;
    let error = client.deployments(&group(), Timestamp::default()).await.unwrap_err();
    assert_eq!(
        (error.operation, error.resource.as_str()),
        ("codedeploy:ListDeployments", "deployment group app/group")
    );
}

#[tokio::test]
async fn a_deployment_is_read_with_a_status_and_a_code_that_the_sdk_does_not_know() {
    let stopped = json!({
        "deploymentId": "d-1", "status": "Stopped", "creator": "CloudFormation", "deploymentConfigName": "Slow",
        "createTime": CREATED_SECOND, "startTime": 1_780_000_001.5, "completeTime": 1_780_000_002,
        "errorInformation": {"code": "ALARM_ACTIVE", "message": "one alarm"},
        "rollbackInfo": {"rollbackDeploymentId": "d-2"},
    });
    let strange = json!({
        "deploymentId": "d-3", "status": "Melted", "creator": "someoneNew", "createTime": CREATED_SECOND,
        "errorInformation": {"code": "SOMETHING_NEW", "message": ""},
    });
    let (service, client) = answering([answer(&json!({"deploymentsInfo": [stopped, strange]}))]).await;
    let found = client.describe(&["d-1".to_owned(), "d-3".to_owned(), "d-9".to_owned()]).await.unwrap();
    let [stopped, strange] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((&stopped.state, stopped.rollback_id.as_deref()), (&ShiftState::Stopped, Some("d-2")));
    assert_eq!(stopped.started, Some(Timestamp::from_millis(1_780_000_001_500)));
    assert_eq!(stopped.completed.unwrap().since(stopped.created), Duration::from_secs(2));
    let error = ShiftError { code: "ALARM_ACTIVE".to_owned(), message: Some("one alarm".to_owned()) };
    assert_eq!(stopped.error, Some(error));
    assert_eq!(strange.state, ShiftState::Other("Melted".to_owned()));
    assert_eq!(
        (&stopped.creator, &strange.creator),
        (&Creator::CloudFormation, &Creator::Other("someoneNew".to_owned()))
    );
    assert_eq!(strange.error, Some(ShiftError { code: "SOMETHING_NEW".to_owned(), message: None }));
    assert_eq!(bodies(&service)[0], json!({"deploymentids": ["d-1", "d-3", "d-9"]}));
}

#[tokio::test]
async fn each_status_of_a_deployment_has_a_state() {
    let rows = [
        ("Created", ShiftState::Waiting),
        ("Queued", ShiftState::Waiting),
        ("Ready", ShiftState::Waiting),
        ("InProgress", ShiftState::Running),
        ("Baking", ShiftState::Running),
        ("Succeeded", ShiftState::Succeeded),
        ("Failed", ShiftState::Failed),
        ("Stopped", ShiftState::Stopped),
    ];
    for (status, expected) in rows {
        let info = json!({"deploymentId": "d-1", "status": status});
        let (_, client) = answering([answer(&json!({"deploymentsInfo": [info]}))]).await;
        assert_eq!(client.describe(&["d-1".to_owned()]).await.unwrap()[0].state, expected, "{status}");
    }
}

/// The answers to the two calls for the target of a deployment.
fn target(weight: &Value, events: &Value) -> [String; 2] {
    let function = json!({
        "functionName": "hello", "functionAlias": "live", "currentVersion": "41", "targetVersion": "42",
        "targetVersionWeight": weight,
    });
    let target = json!({"targetId": "hello:live", "lambdaFunctionInfo": function, "lifecycleEvents": events});
    let targets = json!([{"deploymentTargetType": "LambdaFunction", "lambdaTarget": target}]);
    [answer(&json!({"targetIds": ["hello:live"]})), answer(&json!({"deploymentTargets": targets}))]
}

#[tokio::test]
async fn a_target_is_read_with_its_events() {
    let event = |name: &str, status: &str, diagnostics: Value| {
        json!({
            "lifecycleEventName": name, "status": status, "diagnostics": diagnostics, "startTime": CREATED_SECOND,
        })
    };
    let failed =
        json!({"errorCode": "ScriptFailed", "scriptName": "", "message": "assertion failed", "logTail": "line"});
    let events = json!([
        event(
            "BeforeAllowTraffic",
            "Succeeded",
            json!({"errorCode": "Success", "message": "Succeeded", "logTail": ""})
        ),
        event("AllowTraffic", "InProgress", Value::Null),
        event("AfterAllowTraffic", "Failed", failed),
        event("AfterAllowTraffic", "Unknown", json!({"errorCode": "UnknownError"})),
    ]);
    let (service, client) = answering(target(&json!(10.0), &events)).await;
    let found = client.target("d-1").await.unwrap().unwrap();
    assert_eq!((found.function.as_str(), found.alias.as_str(), found.weight), ("hello", "live", 10));
    assert_eq!((found.from.as_str(), found.to.as_str()), ("41", "42"));
    let [before, shift, failed, unknown] = found.events.as_slice() else { panic!("{:?}", found.events) };
    assert_eq!((&before.state, &before.message, &before.log_tail), (&HookState::Succeeded, &None, &None));
    assert_eq!((&shift.state, shift.ended), (&HookState::Running, None));
    assert_eq!(shift.began, Some(Timestamp::from_millis(1000 * CREATED_SECOND)));
    assert_eq!(failed.message.as_deref(), Some("ScriptFailed: assertion failed"));
    assert_eq!((&failed.state, failed.log_tail.as_deref()), (&HookState::Failed, Some("line")));
    assert_eq!(unknown.state, HookState::Other("Unknown".to_owned()));
    assert_eq!(unknown.message.as_deref(), Some("UnknownError"));
    assert_eq!(bodies(&service)[1], json!({"deploymentid": "d-1", "targetids": ["hello:live"]}));
}

#[tokio::test]
async fn a_weight_is_a_percentage_also_if_it_is_sent_as_a_fraction() {
    let shifted = json!([{"lifecycleEventName": "AllowTraffic", "status": "Succeeded"}]);
    let shifting = json!([{"lifecycleEventName": "AllowTraffic", "status": "InProgress"}]);
    let rows = [
        (json!(0.0), &shifting, 0),
        (json!(10), &shifting, 10),
        (json!(99.9), &shifting, 100),
        (json!(100.0), &shifted, 100),
        (json!(0.1), &shifting, 10),
        (json!(0.55), &shifting, 55),
        (json!(1.0), &shifting, 1),
        (json!(1.0), &shifted, 100),
        (json!(250.0), &shifted, 100),
        (json!(-3.0), &shifting, 0),
        (json!("NaN"), &shifting, 0),
    ];
    for (weight, events, expected) in rows {
        let (_, client) = answering(target(&weight, events)).await;
        assert_eq!(client.target("d-1").await.unwrap().unwrap().weight, expected, "{weight} {events}");
    }
}

#[tokio::test]
async fn a_deployment_that_has_not_started_or_is_not_for_lambda_has_no_target() {
    let ecs = json!({"deploymentTargets": [{"deploymentTargetType": "ECSTarget", "ecsTarget": {}}]});
    let rows = [
        ([refusal("DeploymentNotStartedException"), String::new()], Ok(None)),
        ([answer(&json!({"targetIds": ["service"]})), answer(&ecs)], Ok(None)),
        ([refusal("AccessDeniedException"), String::new()], Err(Reason::AccessDenied)),
    ];
    for (answers, expected) in rows {
        let (_, client) = answering(answers.clone()).await;
        assert_eq!(client.target("d-1").await.map_err(|error| error.reason), expected, "{answers:?}");
    }
}

#[tokio::test]
async fn a_configuration_says_how_traffic_is_routed() {
    let config = |platform: &str, routing: Value| {
        answer(&json!({"deploymentConfigInfo": {"computePlatform": platform, "trafficRoutingConfig": routing}}))
    };
    let canary = json!({
        "type": "TimeBasedCanary", "timeBasedCanary": {"canaryPercentage": 10, "canaryInterval": 5},
    });
    let linear = json!({
        "type": "TimeBasedLinear", "timeBasedLinear": {"linearPercentage": 25, "linearInterval": 2},
    });
    let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
    let rows = [
        (config("Lambda", canary.clone()), Ok(Some(Routing::Canary { percent: 10, interval: minutes(5) }))),
        (config("Lambda", linear), Ok(Some(Routing::Linear { percent: 25, interval: minutes(2) }))),
        (config("Lambda", json!({"type": "AllAtOnce"})), Ok(Some(Routing::AllAtOnce))),
        (config("Lambda", json!({"type": "TimeBasedCanary"})), Ok(None)),
        (config("Lambda", json!({"type": "SomethingNew"})), Ok(None)),
        (config("ECS", canary), Ok(None)),
        (config("Server", Value::Null), Ok(None)),
        (refusal("DeploymentConfigDoesNotExistException"), Err(Reason::Rejected)),
    ];
    for (wire, expected) in rows {
        let (_, client) = answering([wire.clone()]).await;
        assert_eq!(client.routing("Slow").await.map_err(|error| error.reason), expected, "{wire}");
    }
}

#[tokio::test]
async fn a_deployment_is_stopped_with_rollback() {
    let (service, client) = answering([answer(&json!({"status": "Pending"}))]).await;
    client.stop("d-1").await.unwrap();
    assert_eq!(bodies(&service), [json!({"deploymentid": "d-1", "autorollbackenabled": true})]);
    let answers = ["DeploymentAlreadyCompletedException", "DeploymentDoesNotExistException"].map(refusal);
    let (_, client) = answering(answers).await;
    client.stop("d-1").await.expect("it is over already");
    let error = client.stop("d-1").await.unwrap_err();
    assert_eq!(error.code.as_deref(), Some("DeploymentDoesNotExistException"));
}

/// An answer of CloudWatch, which speaks CBOR.
fn cbor_answer(status: u16, body: &[u8]) -> Vec<u8> {
    let headers = "content-type: application/cbor\r\nsmithy-protocol: rpc-v2-cbor\r\n";
    let head = format!("HTTP/1.1 {status} -\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn write_alarm(encoder: &mut Encoder<Vec<u8>>, (name, state, reason): (&str, &str, &str)) {
    encoder.map(4).unwrap();
    for (member, text) in [("AlarmName", name), ("StateValue", state), ("StateReason", reason)] {
        encoder.str(member).unwrap().str(text).unwrap();
    }
    encoder.str("StateUpdatedTimestamp").unwrap().tag(IanaTag::Timestamp).unwrap().f64(1_780_000_000.25).unwrap();
}

#[tokio::test]
async fn alarms_are_read_of_both_types() {
    let mut encoder = Encoder::new(Vec::new());
    encoder.map(2).unwrap().str("MetricAlarms").unwrap().array(3).unwrap();
    let metric = [("Errors", "ALARM", "5 > 1"), ("Slow", "OK", ""), ("Odd", "SOMETHING_NEW", "?")];
    metric.into_iter().for_each(|alarm| write_alarm(&mut encoder, alarm));
    encoder.str("CompositeAlarms").unwrap().array(1).unwrap();
    write_alarm(&mut encoder, ("Any", "INSUFFICIENT_DATA", "no data"));
    let service = Service::start([cbor_answer(200, &encoder.into_writer())]).await;
    let client = CodeDeploy::new(&service.config().await);
    let alarm = |name: &str, state, reason: Option<&str>| ShiftAlarm {
        name: name.to_owned(),
        state,
        reason: reason.map(str::to_owned),
    };
    let expected = [
        alarm("Errors", AlarmState::Alarm, Some("5 > 1")),
        alarm("Slow", AlarmState::Ok, None),
        alarm("Odd", AlarmState::Unknown, Some("?")),
        alarm("Any", AlarmState::InsufficientData, Some("no data")),
    ];
    assert_eq!(client.alarms(&["Errors".to_owned()]).await.unwrap(), expected);
    let request = &service.requests()[0];
    for part in ["/operation/describealarms", "alarmnames", "metricalarm", "compositealarm", "maxrecords"] {
        assert!(request.contains(part), "{part} in {request}");
    }
}

#[tokio::test]
async fn a_denied_read_of_alarms_names_them() {
    let mut encoder = Encoder::new(Vec::new());
    encoder.map(2).unwrap().str("__type").unwrap().str("com.amazonaws.cloudwatch#AccessDenied").unwrap();
    encoder.str("message").unwrap().str("not authorized").unwrap();
    let service = Service::start([cbor_answer(403, &encoder.into_writer())]).await;
    let error = CodeDeploy::new(&service.config().await).alarms(&["Errors".to_owned()]).await.unwrap_err();
    assert_eq!((error.reason, error.operation), (Reason::AccessDenied, "cloudwatch:DescribeAlarms"));
    assert_eq!((error.resource.as_str(), error.message.as_deref()), ("alarms Errors", Some("not authorized")));
    assert_eq!(service.requests().len(), 1, "the watch repeats the call, not the SDK");
}
