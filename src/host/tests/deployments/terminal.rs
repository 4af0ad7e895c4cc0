//! What a terminal shows of a deployment.

use super::ends::changed;
use super::failures::nested;
use super::{QUEUE, Stage, options, play, script_with};
use crate::facts::{
    ChangeAction, DeployEvent, Event, Form, HostChoice, PackageEvent, Redactor, Reporter, RowOutcome, S3Location,
    ShiftState, StackRow, Timestamp, TrafficShift,
};
use crate::host::deploy::Live;
use crate::host::terminal::TerminalReporter;
use crate::host::tests::{Page, Paper};
use crate::host::words::Detail;
use crate::page::samples;
use crate::testing::stacks::{FakeStacks, Play};
use insta::assert_snapshot;
use std::time::Duration;

/// The lines of the region after each event that something is noticed from, at so many columns.
async fn regions(fake: &FakeStacks, width: usize) -> Vec<String> {
    let (mut live, mut regions) = (Live::default(), Vec::new());
    let mut now = Timestamp::from_millis(1_790_000_000_000);
    for event in play(fake, &options()).await.events {
        let Event::Deploy(event) = event else { continue };
        now = match &event {
            DeployEvent::Row(row) => row.time,
            DeployEvent::StillRunning(running) => running.now,
            _ => now,
        };
        live.note(&event, now);
        let lines = live.lines(now + Duration::from_millis(400), (24, width), &str::to_owned);
        assert!(lines.iter().all(|line| line.chars().count() <= width), "{width}: {lines:?}");
        regions.push(lines.join("\n"));
    }
    regions
}

#[test]
fn the_row_of_an_alias_shows_its_shift_only_while_that_goes_on() {
    let running = TrafficShift { state: ShiftState::Running, ended: None, ..samples::canary().shifts.remove(0) };
    let now = running.at;
    let row = StackRow {
        stack_id: running.stack_id.clone(),
        event_id: "1".to_owned(),
        path: running.path.join("/"),
        logical_id: running.path.join("/"),
        physical_id: None,
        resource_type: "AWS::Lambda::Alias".to_owned(),
        status: "UPDATE_IN_PROGRESS".to_owned(),
        detailed_status: None,
        reason: None,
        outcome: RowOutcome::Started,
        time: now,
    };
    let stopped = TrafficShift { state: ShiftState::Stopped, ended: Some(now), ..running.clone() };
    let row_after = |shift: TrafficShift| {
        let mut live = Live::default();
        let (stack, change_set, stack_id) = ("app".to_owned(), String::new(), running.stack_id.clone());
        live.note(&DeployEvent::ExecutionStarted { stack, change_set, stack_id }, now);
        live.note(&DeployEvent::TrafficShift(Box::new(shift)), now);
        live.note(&DeployEvent::Row(row.clone()), now);
        live.lines(now, (24, 200), &str::to_owned)[1].clone()
    };
    let (during, after) = (row_after(running.clone()), row_after(stopped));
    assert!(during.contains("% on version"), "{during}");
    assert!(after.contains("UPDATE_IN_PROGRESS") && !after.contains('%'), "{after}");
}

fn waiting() -> FakeStacks {
    let play = Play::new().makes("Answer", "AWS::Lambda::Function", (1, 3)).makes("Thing", "Custom::Thing", (4, 150));
    let many = (0..12).fold(play, |play, it| play.makes(&format!("QueueOfTheShop{it}"), QUEUE, (5, 140 + it)));
    let changes = (0..14).map(|it| changed(&format!("Resource{it}"), QUEUE, ChangeAction::Add)).collect();
    FakeStacks::with(script_with(many, changes))
}

#[tokio::test]
async fn the_region_shows_open_resources_and_their_age_in_the_columns_there_are() {
    let longest = |regions: Vec<String>| {
        regions.into_iter().rfind(|region| region.contains("Thing") && region.contains("more")).unwrap()
    };
    assert_snapshot!(longest(regions(&waiting(), 200).await), @"
    2 min 27 s  app  CREATE_IN_PROGRESS  5 of 14 done
    2 min 19 s  Thing             waits for the function Answer, up to 1 h  CREATE_IN_PROGRESS  Custom::Thing
    2 min 18 s  QueueOfTheShop10  CREATE_IN_PROGRESS  AWS::SQS::Queue
    2 min 18 s  QueueOfTheShop11  CREATE_IN_PROGRESS  AWS::SQS::Queue
    2 min 18 s  QueueOfTheShop4   CREATE_IN_PROGRESS  AWS::SQS::Queue
    2 min 18 s  QueueOfTheShop5   CREATE_IN_PROGRESS  AWS::SQS::Queue
    2 min 18 s  QueueOfTheShop6   CREATE_IN_PROGRESS  AWS::SQS::Queue
    2 min 18 s  QueueOfTheShop7   CREATE_IN_PROGRESS  AWS::SQS::Queue
    2 min 18 s  QueueOfTheShop8   CREATE_IN_PROGRESS  AWS::SQS::Queue
                and 1 more
    ");
    assert_snapshot!(longest(regions(&waiting(), 80).await), @"
    2 min 27 s  app  CREATE_IN_PROGRESS  5 of 14 done
    2 min 19 s  Thing             waits for the function Answer, up to 1 h
    2 min 18 s  QueueOfTheShop10  CREATE_IN_PROGRESS  AWS::SQS::Queue
    2 min 18 s  QueueOfTheShop11  CREATE_IN_PROGRESS  AWS::SQS::Queue
    2 min 18 s  QueueOfTheShop4   CREATE_IN_PROGRESS  AWS::SQS::Queue
    2 min 18 s  QueueOfTheShop5   CREATE_IN_PROGRESS  AWS::SQS::Queue
    2 min 18 s  QueueOfTheShop6   CREATE_IN_PROGRESS  AWS::SQS::Queue
    2 min 18 s  QueueOfTheShop7   CREATE_IN_PROGRESS  AWS::SQS::Queue
    2 min 18 s  QueueOfTheShop8   CREATE_IN_PROGRESS  AWS::SQS::Queue
                and 1 more
    ");
    assert_snapshot!(longest(regions(&waiting(), 40).await), @"
    2 min 27 s  app  CREATE_IN_PROGRESS
    2 min 19 s  Thing
    2 min 18 s  QueueOfTheShop10
    2 min 18 s  QueueOfTheShop11
    2 min 18 s  QueueOfTheShop4
    2 min 18 s  QueueOfTheShop5
    2 min 18 s  QueueOfTheShop6
    2 min 18 s  QueueOfTheShop7
    2 min 18 s  QueueOfTheShop8
                and 1 more
    ");
}

#[tokio::test]
async fn the_region_goes_with_the_deployment() {
    let regions = regions(&FakeStacks::playing(Play::new().makes("Queue", QUEUE, (1, 3))), 60).await;
    assert_snapshot!(regions.join("\n--\n"), @"
            0 s  Computing the changes of app
    --

    --
            0 s  Deploying app
    --
            4 s  app  CREATE_IN_PROGRESS
    --
            5 s  app  CREATE_IN_PROGRESS
            0 s  Queue  CREATE_IN_PROGRESS  AWS::SQS::Queue
    --
            5 s  app  CREATE_IN_PROGRESS
            0 s  Queue  CREATE_IN_PROGRESS  AWS::SQS::Queue
    --
            7 s  app  CREATE_IN_PROGRESS
    --
            7 s  app  CREATE_COMPLETE
    --
    ");
}

/// What is written above the region.
async fn written(fake: &FakeStacks, width: u16) -> String {
    let stage = Stage::new(HostChoice::Terminal, Form::Text);
    let target = Paper::new(width).target();
    let screen = stage.stderr.screen(false, &Redactor::default());
    let terminal = TerminalReporter::on(target, Detail::Objects, move || (24, width), screen);
    let reporter = stage.session.reporter_with(Box::new(terminal));
    let code = stage.tell_through(reporter.as_ref(), &play(fake, &options()).await);
    stage.everything(code)
}

#[tokio::test]
async fn a_terminal_shows_what_is_done_and_then_the_cause_first() {
    assert_snapshot!(written(&FakeStacks::playing(nested()), 80).await, @r#"
    exit 1
    --- stdout
    --- stderr
    Changes: no resource to change
    14:13:23Z  CREATE_IN_PROGRESS    app                       User Initiated
    14:13:29Z  CREATE_FAILED         Child/Queue               AWS::SQS::Queue
        Resource handler returned message: "already exists" (HandlerErrorCode: AlreadyExists)
    14:13:30Z  CREATE_FAILED         Child/Topic               AWS::SNS::Topic
        Resource creation cancelled
    14:13:56Z  CREATE_FAILED  Child  AWS::CloudFormation::Stack
        Embedded stack arn:aws:cloudformation:eu-west-1:111122223333:stack/app/0000-Child/nested was not successfully created: The following resource(s) failed to create: [Queue].
    14:13:57Z  CREATE_FAILED         Table                     AWS::DynamoDB::Table
        Resource creation cancelled
    14:13:57Z  ROLLBACK_IN_PROGRESS  app
        The following resource(s) failed to create: [Child].
    14:13:59Z  DELETE_COMPLETE       Table                     AWS::DynamoDB::Table
    14:13:59Z  DELETE_COMPLETE  Child  AWS::CloudFormation::Stack
    14:14:01Z  ROLLBACK_COMPLETE     app
    error: Child/Queue (AWS::SQS::Queue) could not be created: Resource handler returned message: "already exists" (HandlerErrorCode: AlreadyExists)
     --> child.yaml:2:3
      |
    2 |   Queue:
      |   ^^^^^
      |
      = help: correct it, then deploy with --replace-failed-stack

    Deployment of app failed: ROLLBACK_COMPLETE after 43 s; nothing is deployed: the new stack was rolled back and is empty
    Physical id of Child/Queue: app-Child-Queue-1A2B
    Cancelled as a consequence: 2 other resources
    Console: https://eu-west-1.console.aws.amazon.com/cloudformation/home?region=eu-west-1#/stacks/events?stackId=arn%3Aaws%3Acloudformation%3Aeu-west-1%3A111122223333%3Astack%2Fapp%2F0000
    "#);
}

#[tokio::test]
async fn a_terminal_breaks_lines_between_their_parts() {
    let fake = FakeStacks::playing(Play::new().fails("Queue", QUEUE, (1, 3), "a reason of some words, whatever it is"));
    assert_snapshot!(written(&fake, 60).await, @"
    exit 1
    --- stdout
    --- stderr
    Changes: no resource to change
    14:13:23Z  CREATE_IN_PROGRESS  app  User Initiated
    14:13:26Z  CREATE_FAILED         Queue
        AWS::SQS::Queue  a reason of some words, whatever it is
    14:13:27Z  ROLLBACK_IN_PROGRESS  app
        The following resource(s) failed to create: [Queue].
    14:13:29Z  DELETE_COMPLETE  Queue  AWS::SQS::Queue
    14:13:31Z  ROLLBACK_COMPLETE     app
    error: Queue (AWS::SQS::Queue) could not be created: a reason of some words, whatever it is
     --> template.yaml:2:3
      |
    2 |   Queue:
      |   ^^^^^
      |
      = help: correct it, then deploy with --replace-failed-stack

    Deployment of app failed: ROLLBACK_COMPLETE after 11 s; nothing is deployed: the new stack was rolled back and is empty
    Physical id of Queue: app-Queue-1A2B
    Console: https://eu-west-1.console.aws.amazon.com/cloudformation/home?region=eu-west-1#/stacks/events?stackId=arn%3Aaws%3Acloudformation%3Aeu-west-1%3A111122223333%3Astack%2Fapp%2F0000
    ");
}

#[test]
fn an_upload_fits_the_terminal_and_is_whole_in_a_log() {
    let location = S3Location::new("b", "prefix/0123456789abcdef0123456789abcdef");
    let event = |source: &str| {
        let (location, source, resource) = (location.clone(), source.into(), Some("OrdersFunction".to_owned()));
        Event::Package(PackageEvent::UploadStarted { location, source, resource, bytes: 12_300_000, buckets: 1 })
    };
    let mut told = Vec::new();
    for width in [40, 60, 80, 200] {
        let page = Page::default();
        let screen = page.screen(false, &Redactor::default());
        let reporter = TerminalReporter::on(Paper::new(width).target(), Detail::Objects, move || (24, width), screen);
        reporter.report(event("src/functions/orders/handlers"));
        reporter.report(event("src/functions/日本語のパス日本語のパス日本語のパス日本語のパス日本語のパス"));
        told.push(page.text());
    }
    assert_snapshot!(told.join("\n"), @"
    Uploading src/funct…/handlers  (12.3 MB)
    Uploading src/funct…語のパス  (12.3 MB)

    Uploading src/functions/orders/handlers  (12.3 MB)
    Uploading src/functions/日本…のパス日本語のパス  (12.3 MB)

    Uploading src/functions/orders/handlers for OrdersFunction  (12.3 MB)
    Uploading src/functions/日本語のパス日…パス日本語のパス日本語のパス  (12.3 MB)

    Uploading to prefix/0123456789abcdef0123456789abcdef  (12.3 MB)  from src/functions/orders/handlers for OrdersFunction
    Uploading to prefix/0123456789abcdef0123456789abcdef  (12.3 MB)  from src/functions/日本語のパス日本語のパス日本語のパス日本語のパス日本語のパス for OrdersFunction
    ");
}
