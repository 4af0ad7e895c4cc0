//! Every status as the starting point.

use super::{options, tell};
use crate::deploy::{DeployOptions, OnPaused, Work};
use crate::facts::{DeployEvent, FailureKind};
use crate::testing::stacks::{FakeStacks, Intrusion, Mode, Op, Play, Script, Wrong};
use std::time::Duration;

fn fake() -> FakeStacks {
    FakeStacks::playing(Play::new().makes("Queue", "AWS::SQS::Queue", (1, 5)).gives("Url", "u"))
}

#[tokio::test]
async fn the_remains_of_a_creation_are_refused_with_the_reason_or_replaced() {
    let history = Play::new().fails("Bucket", "AWS::S3::Bucket", (1, 4), "the name is taken");
    for status in ["ROLLBACK_COMPLETE", "ROLLBACK_FAILED"] {
        let fake = fake();
        let stack = fake.has("app", status);
        fake.had(&stack, true, Mode::Rollback, &history);
        let told = tell(&fake, &options()).await;
        assert_eq!((told.end().as_str(), fake.calls(Op::Create), fake.calls(Op::DeleteStack)), ("1", 0, 0));
        assert!(
            told.cause().contains("its creation failed") && told.cause().ends_with("(Bucket: the name is taken)"),
            "{}",
            told.cause()
        );
        assert!(told.hint().contains("--replace-failed-stack"), "{}", told.hint());
        let told = tell(&fake, &DeployOptions { replaces_failed: true, ..options() }).await;
        assert_eq!((told.end().as_str(), told.verdict().status.as_deref()), ("Deployed", Some("CREATE_COMPLETE")));
        assert_ne!(told.verdict().stack.id.as_ref(), Some(&stack), "it is another stack of the same name");
        assert!(told.has(|event| matches!(event, DeployEvent::ReplacingStack { .. })));
        assert_eq!(told.shown()[0], "app CREATE_IN_PROGRESS", "no row of the old stack is shown");
    }
}

#[tokio::test]
async fn protection_is_never_turned_off_and_a_stack_that_worked_is_never_deleted() {
    for (status, is_protected) in [
        ("ROLLBACK_COMPLETE", true),
        ("DELETE_FAILED", false),
        ("UPDATE_ROLLBACK_FAILED", false),
        ("UPDATE_FAILED", false),
    ] {
        let fake = fake();
        let stack = fake.has("app", status);
        fake.set(&stack, |it| *it.is_protected = is_protected);
        let told = tell(&fake, &DeployOptions { replaces_failed: true, ..options() }).await;
        assert_eq!(
            (told.end().as_str(), fake.calls(Op::DeleteStack), fake.calls(Op::Protect)),
            ("1", 0, 0),
            "{status}"
        );
        assert!(!told.hint().is_empty(), "{status}");
    }
}

#[tokio::test]
async fn a_kept_failure_is_refused_repaired_or_rolled_back() {
    let rows = [
        ("UPDATE_FAILED", OnPaused::Refuse, "1", None),
        ("UPDATE_FAILED", OnPaused::Continue, "Deployed", Some(Some(true))),
        ("UPDATE_FAILED", OnPaused::Rollback, "Deployed", Some(Some(false))),
        ("CREATE_FAILED", OnPaused::Refuse, "1", None),
        ("CREATE_FAILED", OnPaused::Continue, "Deployed", Some(Some(true))),
        ("CREATE_FAILED", OnPaused::Rollback, "Deployed", Some(Some(false))),
    ];
    for (status, on_paused, end, disables_rollback) in rows {
        let fake = fake();
        fake.has("app", status);
        fake.shows_status_late(3);
        let told = tell(&fake, &DeployOptions { on_paused, ..options() }).await;
        assert_eq!(told.end(), end, "{status} {on_paused:?}: {:?}", told.outcome);
        assert_eq!(fake.executed().first().map(|it| it.disables_rollback), disables_rollback, "{status} {on_paused:?}");
        let rolls_back = on_paused == OnPaused::Rollback;
        assert_eq!(fake.calls(Op::RollBack), usize::from(rolls_back), "{status} {on_paused:?}");
    }
}

#[tokio::test]
async fn another_operation_is_refused_or_waited_for() {
    let busy = || {
        let fake = fake();
        let stack = fake.has("app", "UPDATE_COMPLETE");
        fake.busy(&stack, 100);
        fake
    };
    let fake = busy();
    let told = tell(&fake, &options()).await;
    assert_eq!((told.end().as_str(), fake.calls(Op::Create)), ("1", 0));
    assert!(told.cause().contains("UPDATE_IN_PROGRESS: another operation runs on it (since 2026-"), "{}", told.cause());
    let fake = busy();
    let waits = |seconds| DeployOptions { wait_for_stack: Some(Duration::from_secs(seconds)), ..options() };
    let told = tell(&fake, &waits(300)).await;
    assert_eq!(told.end(), "Deployed");
    let waited =
        told.events.iter().filter(|event| matches!(event, crate::facts::Event::Deploy(DeployEvent::StackBusy { .. })));
    assert_eq!(waited.count(), 1, "it is said once");
    assert!(told.shown().iter().all(|row| !row.starts_with("Theirs")), "their rows are not ours");
    let told = tell(&busy(), &waits(30)).await;
    assert_eq!((told.failure().kind, told.took), (FailureKind::Deadline, Duration::from_secs(30)));
}

#[tokio::test]
async fn a_stack_that_appears_or_goes_between_two_calls_is_looked_at_again() {
    // The first look is answered before the stack of somebody else is there.
    let fake = fake();
    fake.breaks(Op::Create, 0..2, Wrong::Cut);
    fake.appears(1, "app");
    fake.shows_stacks_late(3);
    let told = tell(&fake, &options()).await;
    assert_eq!((told.end().as_str(), told.verdict().status.as_deref()), ("Deployed", Some("UPDATE_COMPLETE")));
    let fake = fake_update();
    fake.breaks(Op::Create, 0..2, Wrong::Cut);
    fake.intrudes(1, Intrusion::Forget);
    let told = tell(&fake, &options()).await;
    assert_eq!((told.end().as_str(), told.verdict().status.as_deref()), ("Deployed", Some("CREATE_COMPLETE")));
}

fn fake_update() -> FakeStacks {
    let fake = fake();
    fake.has("app", "UPDATE_COMPLETE");
    fake
}

#[tokio::test]
async fn a_stack_is_found_by_its_arn_too() {
    let fake = fake();
    let stack = fake.has("app", "UPDATE_COMPLETE");
    assert_eq!(tell(&fake, &DeployOptions { stack, ..options() }).await.verdict().stack.name, "app");
    let fake = FakeStacks::with(Script::empty());
    let told =
        tell(&fake, &DeployOptions { stack: "arn:aws:cloudformation:eu-west-1:1:stack/app/9".into(), ..options() })
            .await;
    assert_eq!(
        (told.end().as_str(), told.hint().as_str()),
        ("2", "give the name of the stack instead of its ARN to create it")
    );
}

#[tokio::test]
async fn a_denied_look_is_not_an_absent_stack() {
    let fake = fake_update();
    fake.breaks(Op::Stack, 0..9, Wrong::Denied);
    let told = tell(&fake, &options()).await;
    assert_eq!((told.failure().kind, fake.calls(Op::Create)), (FailureKind::Permission, 0));
}

#[tokio::test]
async fn a_stack_that_was_replaced_after_the_look_is_looked_at_again() {
    let fake = fake();
    let old = fake.has("app", "UPDATE_COMPLETE");
    fake.then(Script::plays(Play::new().makes("Queue", "AWS::SQS::Queue", (1, 5))));
    fake.takes_names_only();
    fake.replaces_before(1, "app");
    let told = tell(&fake, &options()).await;
    assert_eq!((told.end().as_str(), told.verdict().status.as_deref()), ("Deployed", Some("UPDATE_COMPLETE")));
    assert_ne!(told.verdict().stack.id.as_ref(), Some(&old));
    assert_eq!((fake.calls(Op::DeleteChangeSet), fake.executed().len()), (1, 1), "the first change set is removed");
    let created = fake.created();
    assert!(created.len() == 2 && created[0].token != created[1].token, "{created:?}");
}

#[tokio::test]
async fn a_stack_with_a_change_set_and_nothing_else_has_nothing_to_follow() {
    let follow = DeployOptions { work: Work::Follow, ..options() };
    let fake = FakeStacks::default();
    fake.has("app", "REVIEW_IN_PROGRESS");
    let told = tell(&fake, &follow).await;
    assert_eq!((told.end().as_str(), told.took < Duration::from_secs(30)), ("2", true), "{:?}", told.took);
    assert!(told.cause().starts_with("nothing runs on the stack app"), "{}", told.cause());
    let fake = FakeStacks::default();
    fake.has("app", "REVIEW_IN_PROGRESS");
    fake.intrudes(9, Intrusion::Update);
    assert_eq!(tell(&fake, &follow).await.end(), "Deployed", "what begins within some seconds is followed");
}
