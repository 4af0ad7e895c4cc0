//! A service that throttles, fails, loses answers and shows what was.

use super::{options, tell};
use crate::deploy::{DeployOptions, OnFailure};
use crate::facts::{DeployEvent, FailureKind};
use crate::testing::stacks::{FakeStacks, Intrusion, Op, Play, Script, Wrong};
use std::time::Duration;

const QUEUE: &str = "AWS::SQS::Queue";

fn well() -> Play {
    Play::new().makes("Queue", QUEUE, (1, 20)).gives("Url", "u")
}

fn badly() -> Play {
    Play::new().makes("Role", "AWS::IAM::Role", (1, 3)).fails("Queue", QUEUE, (1, 20), "exists")
}

/// Both endings on a new and on an old stack, each with the verdict that it has to have.
fn endings() -> Vec<(FakeStacks, &'static str, &'static str)> {
    let existing = |play| {
        let fake = FakeStacks::playing(play);
        fake.has("app", "UPDATE_COMPLETE");
        fake
    };
    vec![
        (FakeStacks::playing(well()), "Deployed", "CREATE_COMPLETE"),
        (FakeStacks::playing(badly()), "1", "ROLLBACK_COMPLETE"),
        (existing(well()), "Deployed", "UPDATE_COMPLETE"),
        (existing(badly()), "1", "UPDATE_ROLLBACK_COMPLETE"),
    ]
}

/// Every ending has its verdict, and a failure its cause, whatever is wrong with the service.
async fn verdicts_stand(name: &str, wrong: impl Fn(&FakeStacks)) {
    for (fake, end, status) in endings() {
        wrong(&fake);
        let told = tell(&fake, &options()).await;
        assert_eq!(told.end(), end, "{name}, {status}: {:?}", told.outcome);
        assert_eq!(told.verdict().status.as_deref(), Some(status), "{name}");
        if end == "1" {
            assert!(told.cause().contains("exists"), "{name}, {status}: {}", told.cause());
        } else {
            assert_eq!(told.verdict().outputs.len(), 1, "{name}, {status}");
        }
        assert_eq!(fake.executed().len(), 1, "{name}");
    }
}

#[tokio::test]
async fn single_failed_calls_change_no_verdict() {
    for op in [Op::Stack, Op::Create, Op::ChangeSet, Op::Execute, Op::Events] {
        for wrong in [Wrong::Throttled, Wrong::Unavailable, Wrong::Cut, Wrong::Lost] {
            for number in 0..4 {
                let name = format!("{op:?} {number} {wrong:?}");
                verdicts_stand(&name, |fake| fake.breaks(op, number..number + 1, wrong)).await;
            }
        }
    }
}

#[tokio::test]
async fn throttling_throughout_changes_no_verdict() {
    for op in [Op::Stack, Op::ChangeSet, Op::Events] {
        verdicts_stand(&format!("{op:?}"), |fake| fake.breaks_during(op, 4..90, Wrong::Throttled)).await;
    }
    verdicts_stand("all", |fake| {
        for op in [Op::Stack, Op::Events] {
            fake.breaks_during(op, 10..200, Wrong::Throttled);
        }
    })
    .await;
}

#[tokio::test]
async fn the_last_polls_being_throttled_changes_no_verdict() {
    for from in [18, 20, 22, 24, 26, 28, 30] {
        verdicts_stand(&format!("events from {from}"), |fake| {
            fake.breaks_during(Op::Events, from..80, Wrong::Throttled)
        })
        .await;
        verdicts_stand(&format!("status from {from}"), |fake| {
            fake.breaks_during(Op::Stack, from..80, Wrong::Throttled)
        })
        .await;
    }
}

#[tokio::test]
async fn a_stale_status_changes_no_verdict() {
    for seconds in [1, 3, 8, 20] {
        verdicts_stand(&format!("status {seconds} s late"), |fake| fake.shows_status_late(seconds)).await;
        verdicts_stand(&format!("events {seconds} s late"), |fake| fake.shows_events_late(seconds)).await;
    }
    verdicts_stand("both late", |fake| {
        fake.shows_status_late(7);
        fake.shows_events_late(4);
    })
    .await;
}

#[tokio::test]
async fn a_status_of_the_time_before_is_no_end() {
    // Without rows the status alone decides, and for eight seconds it shows what was before the execution.
    for (fake, end, status) in endings() {
        fake.shows_status_late(8);
        fake.breaks(Op::Events, 0..1000, Wrong::Denied);
        let told = tell(&fake, &options()).await;
        assert_eq!((told.end().as_str(), told.verdict().status.as_deref()), (end, Some(status)), "{:?}", told.outcome);
        assert!(told.took >= Duration::from_secs(20), "{status}: {:?}", told.took);
    }
}

#[tokio::test]
async fn a_final_row_that_never_comes_does_not_hold_the_verdict() {
    for (fake, end, status) in endings() {
        fake.never_shows_final_rows();
        let told = tell(&fake, &options()).await;
        assert_eq!((told.end().as_str(), told.verdict().status.as_deref()), (end, Some(status)));
        assert!(told.took <= Duration::from_secs(150), "{:?}", told.took);
    }
}

#[tokio::test]
async fn rows_without_a_token_are_adopted() {
    for (fake, end, status) in endings() {
        fake.shows_no_tokens();
        let told = tell(&fake, &options()).await;
        assert_eq!((told.end().as_str(), told.verdict().status.as_deref()), (end, Some(status)));
        assert!(end != "1" || told.cause().contains("exists"), "{}", told.cause());
        assert!(!told.rows().is_empty());
    }
}

#[tokio::test]
async fn many_pages_of_events_are_read_once_each() {
    let mut play = Play::new();
    for number in 0..120 {
        play = play.makes(&format!("Queue{number}"), QUEUE, (1, 3));
    }
    let fake = FakeStacks::playing(play.fails("Last", QUEUE, (1, 4), "exists"));
    let stack = fake.has("app", "UPDATE_COMPLETE");
    fake.had(&stack, false, crate::testing::stacks::Mode::Rollback, &badly());
    fake.pages_by(20);
    let told = tell(&fake, &options()).await;
    assert!(told.cause().starts_with("Last"), "{}", told.cause());
    let mut ids: Vec<_> = told.rows().iter().map(|row| row.event_id.clone()).collect();
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!((ids.len(), count), (count, 4 + 2 * 121 + 2 * 121), "no row is missing or shown twice");
    assert!(fake.calls(Op::Events) < 40, "{} calls", fake.calls(Op::Events));
}

#[tokio::test]
async fn a_failure_whose_row_arrives_late_on_an_older_page_is_the_cause() {
    let queues = |play: Play| (0..60).fold(play, |play, it| play.makes(&format!("Queue{it}"), QUEUE, (1, 3)));
    let bad = || queues(Play::new()).fails("Bad", QUEUE, (1, 4), "exists");
    for (play, path) in [(bad(), "Bad"), (Play::new().nests("Child", 1, bad()), "Child/Bad")] {
        for seconds in [3, 8] {
            let fake = FakeStacks::playing(play.clone());
            let stack = fake.has("app", "UPDATE_COMPLETE");
            fake.had(&stack, false, crate::testing::stacks::Mode::Rollback, &badly());
            fake.pages_by(20);
            fake.shows_failure_late("Bad", seconds);
            let told = tell(&fake, &options()).await;
            let cause = &told.verdict().causes[0];
            let reason = cause.reason.as_deref();
            assert_eq!((cause.path.join("/").as_str(), reason), (path, Some("exists")), "{seconds} s late");
            let is_it = |row: &&&crate::facts::StackRow| row.path == path && row.status.ends_with("_FAILED");
            assert_eq!(told.rows().iter().filter(is_it).count(), 1, "{path}, {seconds} s late");
        }
    }
}

#[tokio::test]
async fn a_failure_whose_row_never_arrives_is_the_reason_of_the_stack() {
    let fake = FakeStacks::playing(badly());
    fake.shows_failure_late("Queue", 10_000);
    let told = tell(&fake, &options()).await;
    assert!(told.cause().ends_with("The following resource(s) failed to create: [Queue]."), "{}", told.cause());
    assert!(fake.now().since(fake.end("app")) <= Duration::from_secs(14), "{:?}", told.took);
}

#[tokio::test]
async fn nested_stacks_with_many_pages_are_read_within_the_calls_of_a_minute() {
    let queues = |count: u64, play: Play| {
        (0..count).fold(play, |play, it| play.makes(&format!("Queue{it}"), QUEUE, (1, 40 + it / 10)))
    };
    let child = |play: Play, it: usize| play.nests(&format!("Child{it}"), 1, queues(300, Play::new()));
    let fake = FakeStacks::playing(queues(60, (0..4).fold(Play::new(), child)));
    let told = tell(&fake, &options()).await;
    assert_eq!(told.end(), "Deployed");
    let mut ids: Vec<_> = told.rows().iter().map(|row| row.event_id.clone()).collect();
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!((ids.len(), count), (count, 2 + 3 * 4 + 3 * (60 + 4 * 300)), "no row is missing or shown twice");
    let busiest = fake.calls_per_minute_while_executing("app");
    assert!((20..=30).contains(&busiest), "{busiest} calls in the busiest minute");
}

#[tokio::test]
async fn a_lost_answer_makes_nothing_twice() {
    for on_failure in [OnFailure::Rollback, OnFailure::Delete] {
        let fake = FakeStacks::playing(well());
        fake.breaks(Op::Create, 0..2, Wrong::Lost);
        fake.breaks(Op::Execute, 0..2, Wrong::Lost);
        let told = tell(&fake, &DeployOptions { on_failure, ..options() }).await;
        assert_eq!((told.end().as_str(), fake.created().len(), fake.executed().len()), ("Deployed", 1, 1));
        let tokens = fake.creation_tokens();
        assert!(tokens.len() == 3 && tokens.iter().all(|token| *token == tokens[0]), "{tokens:?}");
    }
    // The shell is our own although the second look finds it.
    let fake = FakeStacks::with(Script::fails("no"));
    fake.breaks(Op::Create, 0..1, Wrong::Lost);
    assert_eq!(tell(&fake, &options()).await.end(), "1");
    fake.pass(Duration::from_secs(10));
    assert_eq!(fake.status("app").as_deref(), Some("DELETE_COMPLETE"));
}

#[tokio::test]
async fn a_racing_deployment_wins_and_is_named() {
    for (intrusion, part) in
        [(Intrusion::Update, "is obsolete"), (Intrusion::Deployment, "was deleted by another party")]
    {
        let fake = FakeStacks::playing(well());
        fake.has("app", "UPDATE_COMPLETE");
        fake.breaks(Op::Execute, 0..2, Wrong::Cut);
        fake.intrudes(4, intrusion);
        let told = tell(&fake, &options()).await;
        assert!(told.cause().contains(part), "{}", told.cause());
        assert_eq!(fake.executed().len(), 0);
    }
}

#[tokio::test]
async fn what_nobody_continues_is_given_up_in_time() {
    for op in [Op::Stack, Op::Create, Op::ChangeSet, Op::Execute] {
        let fake = FakeStacks::playing(well());
        fake.has("app", "UPDATE_COMPLETE");
        fake.breaks(op, 0..10_000, Wrong::Cut);
        let told = tell(&fake, &options()).await;
        assert_eq!(told.failure().kind, FailureKind::Temporary, "{op:?}");
        assert!(told.took < Duration::from_secs(200), "{op:?}: {:?}", told.took);
        assert!(told.has(|event| matches!(event, DeployEvent::WatchDelayed { .. })));
    }
}

#[tokio::test]
async fn credentials_that_end_leave_the_way_to_go_on() {
    let fake = FakeStacks::playing(well());
    fake.has("app", "UPDATE_COMPLETE");
    fake.breaks_during(Op::Events, 8..9000, Wrong::Expired);
    let told = tell(&fake, &options()).await;
    assert_eq!(told.failure().kind, FailureKind::Temporary);
    assert!(told.cause().contains("CloudFormation goes on"), "{}", told.cause());
    assert!(told.hint().contains("samstep deploy --follow arn:"), "{}", told.hint());
    let fake = FakeStacks::playing(well());
    fake.breaks_during(Op::Events, 8..10, Wrong::Expired);
    assert_eq!(tell(&fake, &options()).await.end(), "Deployed", "they may be renewed");
}
