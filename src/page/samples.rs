//! Deployments to look at: what the tests read and what `.ci/pictures` draws.

use crate::facts::{
    AlarmState, Cause, ChangeAction, ChangeCause, Ended, Excerpt, Failure, FailureKind, HookState, PhaseKind, Place,
    Plan, Problem, Replacement, ResourceTimeline, Routing, ShiftAlarm, ShiftError, ShiftHook, ShiftState, Span,
    SpanState, StackChange, StackName, StackOutput, StackPhase, Timeline, Timestamp, TrafficShift, Verdict,
};
use std::time::Duration;

const BEGIN: u64 = 1_796_126_400_000;
const STACK: &str = "arn:aws:cloudformation:eu-west-1:111122223333:stack/orders/5f2c7e10-cf1a-11f0-8de9-0242ac120002";

pub fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis(BEGIN + 1000 * seconds)
}

/// A bar such as `2-14 Queue AWS::SQS::Queue CREATE_COMPLETE reason`; `*` before it marks the critical path, and a missing
/// end what is open.
fn resources(rows: &[&str]) -> Vec<ResourceTimeline> {
    let mut resources: Vec<ResourceTimeline> = Vec::new();
    for row in rows {
        let words: Vec<_> = row.trim_start_matches('*').splitn(5, ' ').collect();
        let (began, ended) = words[0].split_once('-').unwrap();
        let path: Vec<_> = words[1].split('/').map(str::to_owned).collect();
        let reason = words.get(4).map(|reason| (*reason).to_owned());
        let is_cancelled = reason.as_ref().is_some_and(|reason| reason.contains("cancelled"));
        let state = match words[3] {
            _ if ended.is_empty() => SpanState::Open,
            status if status.ends_with("_FAILED") && is_cancelled => SpanState::Cancelled,
            status if status.ends_with("_FAILED") => SpanState::Failed,
            _ => SpanState::Done,
        };
        let ended = (!ended.is_empty()).then(|| at(ended.parse().unwrap()));
        let (status, is_critical) = (words[3].to_owned(), row.starts_with('*'));
        let span = Span { status, state, began: at(began.parse().unwrap()), ended, reason, is_critical };
        match resources.iter_mut().find(|resource| resource.path == path) {
            Some(resource) => resource.spans.push(span),
            None => resources.push(ResourceTimeline {
                path,
                resource_type: words[2].to_owned(),
                physical_id: None,
                spans: vec![span],
            }),
        }
    }
    resources
}

fn phase(status: &str, kind: PhaseKind, began: u64, ended: u64) -> StackPhase {
    StackPhase { status: status.to_owned(), kind, began: at(began), ended: Some(at(ended)) }
}

fn timeline(seconds: u64, phases: Vec<StackPhase>, rows: &[&str]) -> Timeline {
    Timeline { began: at(0), until: at(seconds), phases, resources: resources(rows) }
}

pub fn place(line: usize, source_line: &str) -> Place {
    Place {
        path: "template.yaml".into(),
        line,
        column: 3,
        source_line: source_line.to_owned(),
        marked: 0..0,
        subject: None,
    }
}

fn change(
    path: &str,
    kind: &str,
    action: ChangeAction,
    replacement: Option<Replacement>,
    causes: &[&str],
) -> StackChange {
    let mut parents: Vec<_> = path.split('/').map(str::to_owned).collect();
    let logical_id = parents.pop().unwrap();
    let cause = |text: &&str| {
        let (property, entity) = text.split_once('←').map_or((*text, None), |(it, by)| (it, Some(by.to_owned())));
        ChangeCause { property: property.to_owned(), source: "DirectModification".to_owned(), entity, recreation: None }
    };
    StackChange {
        parents,
        place: Some(place(10 + 7 * logical_id.len(), "")),
        logical_id,
        physical_id: None,
        resource_type: kind.to_owned(),
        action,
        replacement,
        policy_action: (replacement == Some(Replacement::Always)).then(|| "ReplaceAndDelete".to_owned()),
        causes: causes.iter().map(cause).collect(),
    }
}

fn output(key: &str, value: &str, description: Option<&str>) -> StackOutput {
    let description = description.map(str::to_owned);
    StackOutput { key: key.to_owned(), value: value.to_owned(), description, export_name: None }
}

fn verdict(ended: Ended, status: &str, seconds: u64) -> Verdict {
    Verdict {
        stack: StackName { name: "orders".to_owned(), id: Some(STACK.to_owned()) },
        ended,
        status: Some(status.to_owned()),
        took: Duration::from_secs(seconds),
        change_set: Some("arn:aws:cloudformation:eu-west-1:111122223333:changeSet/samstep-20261201t120000-1a2b3c4d5e6f-0/0e8e8a0e-4a1c-4d7e-9e57-2f1b4c3d5a6b".to_owned()),
        outputs: Vec::new(),
        is_express: false,
        plan: None,
        causes: Vec::new(),
        consequences: 0,
        left_behind: Vec::new(),
        open: Vec::new(),
        timeline: None,
        shifts: Vec::new(),
        serving: None,
        next_step: None,
        console: Some(format!(
            "https://eu-west-1.console.aws.amazon.com/cloudformation/home?region=eu-west-1#/stacks/events?stackId={STACK}"
        )),
    }
}

/// An update with a nested stack and a replacement.
pub fn success() -> Verdict {
    let rows = [
        "2-5 Alarms AWS::SNS::Topic UPDATE_COMPLETE",
        "*2-41 Table AWS::DynamoDB::Table UPDATE_COMPLETE",
        "172-176 Table AWS::DynamoDB::Table DELETE_COMPLETE",
        "2-31 HandlerRole AWS::IAM::Role CREATE_COMPLETE",
        "3-12 Queue AWS::SQS::Queue CREATE_COMPLETE",
        "*41-63 Handler AWS::Lambda::Function UPDATE_COMPLETE",
        "*63-168 Site AWS::CloudFormation::Stack UPDATE_COMPLETE",
        "*64-71 Site/Certificate AWS::CertificateManager::Certificate UPDATE_COMPLETE",
        "*71-163 Site/Distribution AWS::CloudFront::Distribution UPDATE_COMPLETE",
        "65-69 Site/Bucket AWS::S3::Bucket UPDATE_COMPLETE",
        "64-67 Site/Logs AWS::Logs::LogGroup CREATE_COMPLETE",
        "64-82 HandlerApi AWS::ApiGatewayV2::Api UPDATE_COMPLETE",
        "63-66 HandlerPermission AWS::Lambda::Permission UPDATE_COMPLETE",
    ];
    let phases = vec![
        phase("UPDATE_IN_PROGRESS", PhaseKind::Changing, 0, 170),
        phase("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", PhaseKind::CleaningUp, 170, 178),
    ];
    let (modify, never) = (ChangeAction::Modify, Some(Replacement::Never));
    let changes = vec![
        change("Alarms", "AWS::SNS::Topic", modify.clone(), never, &["Tags"]),
        change("Handler", "AWS::Lambda::Function", modify.clone(), never, &["Code", "Environment←Table"]),
        change("Queue", "AWS::SQS::Queue", ChangeAction::Add, None, &[]),
        change("Table", "AWS::DynamoDB::Table", modify.clone(), Some(Replacement::Always), &["KeySchema"]),
        change("Site", "AWS::CloudFormation::Stack", modify.clone(), never, &["TemplateURL"]),
        change(
            "Site/Distribution",
            "AWS::CloudFront::Distribution",
            modify,
            Some(Replacement::Conditional),
            &["Origins←Certificate"],
        ),
        change("OldRule", "AWS::Events::Rule", ChangeAction::Remove, None, &[]),
    ];
    Verdict {
        timeline: Some(timeline(178, phases, &rows)),
        plan: Some(Plan { changes, unknown: Vec::new() }),
        outputs: vec![
            output("Endpoint", "https://d111111abcdef8.cloudfront.net", Some("Where the shop is served")),
            output("QueueUrl", "https://sqs.eu-west-1.amazonaws.com/111122223333/orders-Queue-1A2B3C", None),
            output("TableName", "orders-Table-9Z8Y7X6W5V4U", Some("Orders by customer and day")),
        ],
        ..verdict(Ended::Deployed, "UPDATE_COMPLETE", 192)
    }
}

pub fn warnings() -> Vec<Problem> {
    vec![Problem {
        message: "Handler.CodeUri: src/handler/bootstrap is not executable".to_owned(),
        hint: Some("run chmod +x src/handler/bootstrap".to_owned()),
        place: Some(place(44, "      CodeUri: src/handler")),
    }]
}

/// A new version that fails and is rolled back.
pub fn failure() -> Verdict {
    let reason = "Resource handler returned message: \"The provided execution role does not have permissions to call ReceiveMessage on SQS (Service: Lambda, Status Code: 400)\" (HandlerErrorCode: InvalidRequest)";
    let failed = format!("*34-58 Subscription AWS::Lambda::EventSourceMapping CREATE_FAILED {reason}");
    let rows = [
        "*2-34 Handler AWS::Lambda::Function UPDATE_COMPLETE",
        "*64-79 Handler AWS::Lambda::Function UPDATE_COMPLETE",
        "2-9 Queue AWS::SQS::Queue CREATE_COMPLETE",
        "*82-112 Queue AWS::SQS::Queue DELETE_COMPLETE",
        failed.as_str(),
        "82-84 Subscription AWS::Lambda::EventSourceMapping DELETE_COMPLETE",
        "34-60 Site AWS::CloudFormation::Stack UPDATE_FAILED Resource update cancelled",
        "64-80 Site AWS::CloudFormation::Stack UPDATE_COMPLETE",
        "36-59 Site/Distribution AWS::CloudFront::Distribution UPDATE_FAILED Resource update cancelled",
        "36-41 Site/Bucket AWS::S3::Bucket UPDATE_COMPLETE",
        "35-60 Table AWS::DynamoDB::Table UPDATE_FAILED Resource update cancelled",
        "64-70 Table AWS::DynamoDB::Table UPDATE_COMPLETE",
    ];
    let phases = vec![
        phase("UPDATE_IN_PROGRESS", PhaseKind::Changing, 0, 62),
        phase("UPDATE_ROLLBACK_IN_PROGRESS", PhaseKind::RollingBack, 62, 81),
        phase("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", PhaseKind::CleaningUp, 81, 114),
    ];
    let lines = [
        "  Subscription:",
        "    Type: AWS::Lambda::EventSourceMapping",
        "    Properties:",
        "      BatchSize: 10",
        "      EventSourceArn: !GetAtt Queue.Arn",
        "      FunctionName: !Ref Handler",
    ];
    let cause = Cause {
        path: vec!["Subscription".to_owned()],
        resource_type: Some("AWS::Lambda::EventSourceMapping".to_owned()),
        physical_id: None,
        status: "CREATE_FAILED".to_owned(),
        reason: Some(reason.to_owned()),
        code: Some("InvalidRequest".to_owned()),
        property: None,
        remedy: None,
        place: Some(place(57, lines[0])),
        excerpt: Some(Excerpt { first_line: 57, lines: lines.map(str::to_owned).into(), marked_line: 57 }),
        time: Some(at(58)),
    };
    let failure =
        Failure::new(FailureKind::Failed, "Subscription (AWS::Lambda::EventSourceMapping) could not be created");
    Verdict {
        causes: vec![cause],
        consequences: 3,
        timeline: Some(timeline(114, phases, &rows)),
        plan: success().plan,
        serving: Some("the previous version is serving"),
        ..verdict(Ended::Failed(failure), "UPDATE_ROLLBACK_COMPLETE", 131)
    }
}

fn hook(event: &str, state: HookState, began: u64, ended: u64) -> ShiftHook {
    let (began, ended) = (Some(at(began)), Some(at(ended)));
    ShiftHook { event: event.to_owned(), state, began, ended, message: None, log_tail: None }
}

fn shift(function: &str, steps: &[(u64, u8)]) -> TrafficShift {
    TrafficShift {
        stack_id: STACK.to_owned(),
        path: vec![format!("{function}Aliaslive")],
        function: format!("orders-{function}"),
        alias: "live".to_owned(),
        from: "41".to_owned(),
        to: "42".to_owned(),
        deployment_id: "d-4AVE7QF3D".to_owned(),
        configuration: "CodeDeployDefault.LambdaLinear10PercentEvery1Minute".to_owned(),
        routing: Some(Routing::Linear { percent: 10, interval: Duration::from_secs(60) }),
        is_rollback: false,
        is_taken_back: false,
        state: ShiftState::Succeeded,
        weight: steps.last().map_or(0, |(_, weight)| *weight),
        steps: steps.iter().map(|(time, weight)| (at(*time), *weight)).collect(),
        hooks: vec![hook("BeforeAllowTraffic", HookState::Succeeded, 32, 58)],
        alarms: vec![ShiftAlarm { name: "orders-errors".to_owned(), state: AlarmState::Ok, reason: None }],
        began: Some(at(30)),
        ended: None,
        expected_end: None,
        error: None,
        console: Some(
            "https://eu-west-1.console.aws.amazon.com/codesuite/codedeploy/deployments/d-4AVE7QF3D?region=eu-west-1"
                .to_owned(),
        ),
        at: at(620),
    }
}

/// Two functions that shift: one in ten steps, one as a canary.
pub fn canary() -> Verdict {
    let steps: Vec<_> = (0_u8..10).map(|step| (60 + 60 * u64::from(step), 10 * (step + 1))).collect();
    let checkout = TrafficShift {
        hooks: vec![
            hook("BeforeAllowTraffic", HookState::Succeeded, 32, 58),
            hook("AfterAllowTraffic", HookState::Succeeded, 601, 618),
        ],
        ended: Some(at(620)),
        ..shift("Checkout", &steps)
    };
    let refund = TrafficShift { ended: Some(at(362)), ..canary_of("Refund", &[(60, 10), (360, 100)]) };
    let rows = [
        "*2-26 CheckoutFunction AWS::Lambda::Function UPDATE_COMPLETE",
        "2-24 RefundFunction AWS::Lambda::Function UPDATE_COMPLETE",
        "*26-29 CheckoutVersion AWS::Lambda::Version CREATE_COMPLETE",
        "26-28 RefundVersion AWS::Lambda::Version CREATE_COMPLETE",
        "*30-622 CheckoutAliaslive AWS::Lambda::Alias UPDATE_COMPLETE",
        "30-364 RefundAliaslive AWS::Lambda::Alias UPDATE_COMPLETE",
    ];
    let phases = vec![phase("UPDATE_IN_PROGRESS", PhaseKind::Changing, 0, 624)];
    Verdict {
        shifts: vec![checkout, refund],
        timeline: Some(timeline(624, phases, &rows)),
        outputs: success().outputs,
        ..verdict(Ended::Deployed, "UPDATE_COMPLETE", 640)
    }
}

fn canary_of(function: &str, steps: &[(u64, u8)]) -> TrafficShift {
    TrafficShift {
        configuration: "CodeDeployDefault.LambdaCanary10Percent5Minutes".to_owned(),
        routing: Some(Routing::Canary { percent: 10, interval: Duration::from_secs(300) }),
        deployment_id: "d-9KQX2M7BC".to_owned(),
        ..shift(function, steps)
    }
}

/// A canary that an alarm stops.
pub fn stopped() -> Verdict {
    let reason = "Threshold Crossed: 3 out of the last 3 datapoints [14.0 (01/12/26 12:04:00), 11.0, 9.0] were greater than the threshold (5.0)";
    let alarm = |name: &str, state, reason: Option<&str>| ShiftAlarm {
        name: name.to_owned(),
        state,
        reason: reason.map(str::to_owned),
    };
    let message = "One or more alarms have been activated according to the Amazon CloudWatch metrics you selected, and the affected deployments have been stopped. Activated alarms: <orders-refund-errors>";
    let refund = TrafficShift {
        state: ShiftState::Stopped,
        is_taken_back: true,
        weight: 0,
        alarms: vec![
            alarm("orders-refund-errors", AlarmState::Alarm, Some(reason)),
            alarm("orders-latency", AlarmState::Ok, None),
        ],
        ended: Some(at(252)),
        error: Some(ShiftError { code: "ALARM_ACTIVE".to_owned(), message: Some(message.to_owned()) }),
        ..canary_of("Refund", &[(60, 10), (250, 0)])
    };
    let rows = [
        "*2-26 RefundFunction AWS::Lambda::Function UPDATE_COMPLETE",
        "*258-271 RefundFunction AWS::Lambda::Function UPDATE_COMPLETE",
        "*26-29 RefundVersion AWS::Lambda::Version CREATE_COMPLETE",
        "*29-254 RefundAliaslive AWS::Lambda::Alias UPDATE_FAILED CodeDeploy stopped the deployment: ALARM_ACTIVE",
        "*271-276 RefundAliaslive AWS::Lambda::Alias UPDATE_COMPLETE",
    ];
    let phases = vec![
        phase("UPDATE_IN_PROGRESS", PhaseKind::Changing, 0, 256),
        phase("UPDATE_ROLLBACK_IN_PROGRESS", PhaseKind::RollingBack, 256, 278),
    ];
    let cause = failure().causes.remove(0);
    let cause = Cause {
        path: vec!["RefundAliaslive".to_owned()],
        resource_type: Some("AWS::Lambda::Alias".to_owned()),
        status: "UPDATE_FAILED".to_owned(),
        reason: Some(format!(
            "the traffic shift of orders-Refund:live from version 41 to 42 was stopped; ALARM_ACTIVE; alarm orders-refund-errors is in ALARM: {reason}"
        )),
        place: Some(place(21, "  RefundFunction:")),
        excerpt: None,
        ..cause
    };
    Verdict {
        causes: vec![cause],
        shifts: vec![refund],
        timeline: Some(timeline(280, phases, &rows)),
        plan: None,
        took: Duration::from_secs(294),
        consequences: 0,
        ..failure()
    }
}

/// A run that left while a canary was under way.
pub fn running() -> Verdict {
    let canary =
        TrafficShift { state: ShiftState::Running, expected_end: Some(at(365)), ..canary_of("Checkout", &[(60, 10)]) };
    let rows = [
        "*2-26 CheckoutFunction AWS::Lambda::Function UPDATE_COMPLETE",
        "*26-29 CheckoutVersion AWS::Lambda::Version CREATE_COMPLETE",
        "*30- CheckoutAliaslive AWS::Lambda::Alias UPDATE_IN_PROGRESS",
    ];
    let mut phases = vec![phase("UPDATE_IN_PROGRESS", PhaseKind::Changing, 0, 0)];
    phases[0].ended = None;
    Verdict {
        shifts: vec![canary],
        timeline: Some(timeline(150, phases, &rows)),
        next_step: Some(format!("watch it: samstep deploy --follow {STACK}")),
        ..verdict(Ended::Detached, "UPDATE_IN_PROGRESS", 160)
    }
}

/// 500 resources in five levels of nested stacks.
pub fn large() -> Verdict {
    let mut rows = Vec::new();
    let kinds =
        ["AWS::SQS::Queue", "AWS::Lambda::Function", "AWS::IAM::Role", "AWS::DynamoDB::Table", "AWS::Logs::LogGroup"];
    let mut parent = String::new();
    for level in 0_u64..5 {
        for index in 0..99 {
            let begin = 2 + level * 60 + index % 13;
            let end = begin + 1 + (index * 37 + level * 11) % 29;
            rows.push(format!(
                "{}{begin}-{end} {parent}Worker{level}Number{index} {} CREATE_COMPLETE",
                if index % 33 == 12 { "*" } else { "" },
                kinds[(index % 5) as usize]
            ));
        }
        rows.push(format!(
            "*{}-{} {parent}Level{level} AWS::CloudFormation::Stack CREATE_COMPLETE",
            1 + level * 60,
            420 - level
        ));
        parent = format!("{parent}Level{level}/");
    }
    let words: Vec<_> = rows.iter().map(String::as_str).collect();
    let phases = vec![phase("CREATE_IN_PROGRESS", PhaseKind::Changing, 0, 422)];
    let timeline = timeline(422, phases, &words);
    let changes = timeline
        .resources
        .iter()
        .map(|resource| change(&resource.name(), &resource.resource_type, ChangeAction::Add, None, &[]));
    Verdict {
        plan: Some(Plan { changes: changes.collect(), unknown: Vec::new() }),
        timeline: Some(timeline),
        ..verdict(Ended::Deployed, "CREATE_COMPLETE", 431)
    }
}
