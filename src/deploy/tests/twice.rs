//! One job in two processes: the first is left at any step, and the second begins anew with the same names and tokens.

use super::{NONCE, options, tell, tell_as, with_change_set};
use crate::deploy::{Advance, Context, DeployOptions, OnFailure, advance, begin};
use crate::facts::DeployEvent;
use crate::testing::deploy::EmptyTemplate;
use crate::testing::recorder::Recorder;
use crate::testing::stacks::{FakeStacks, Op, Play, Script, Wrong};
use std::time::Duration;

const QUEUE: &str = "AWS::SQS::Queue";
/// More looks than a deployment here takes.
const LOOKS: usize = 25;

/// Advances a deployment so often, and leaves it as a process does that is killed. Returns whether it was over before.
async fn leave_after(fake: &FakeStacks, options: &DeployOptions, looks: usize) -> bool {
    let (template, recorder) = (EmptyTemplate, Recorder::default());
    let context = |now| Context { options, stacks: fake, template: &template, reporter: &recorder, lines: None, now };
    let mut phase = begin(&context(fake.now()), NONCE).unwrap();
    for _ in 0..looks {
        match advance(&context(fake.now()), phase).await {
            Ok(Advance::Pending(pending)) => {
                fake.pass(pending.wait);
                phase = pending.phase;
            }
            Ok(Advance::Done(_)) | Err(_) => return true,
        }
    }
    false
}

fn fake(exists: bool, play: Play) -> FakeStacks {
    let fake = FakeStacks::playing(play);
    if exists {
        fake.has("app", "UPDATE_COMPLETE");
    }
    fake
}

#[tokio::test]
async fn the_second_one_ends_as_the_stack_does_and_executes_nothing_again() {
    for (exists, looks) in [false, true].into_iter().flat_map(|exists| (1..LOOKS).map(move |looks| (exists, looks))) {
        let fake = fake(exists, Play::new().makes("Queue", QUEUE, (1, 30)).gives("Url", "u"));
        leave_after(&fake, &options(), looks).await;
        let told = tell(&fake, &options()).await;
        let name = format!("exists: {exists}, {looks} looks: {:?}", told.outcome);
        assert_eq!((told.end().as_str(), told.verdict().outputs.len()), ("Deployed", 1), "{name}");
        assert_eq!((fake.executed().len(), fake.created().len()), (1, 1), "{name}");
    }
}

#[tokio::test]
async fn the_second_one_has_the_cause_of_a_failure() {
    let modes = [OnFailure::Rollback, OnFailure::DoNothing, OnFailure::Delete];
    for (on_failure, exists) in modes.into_iter().flat_map(|mode| [(mode, false), (mode, true)]) {
        for looks in 1..LOOKS {
            let fake = fake(exists, Play::new().fails("Queue", QUEUE, (1, 30), "no such key"));
            let options = DeployOptions { on_failure, protection: Some(false), ..options() };
            let is_over = leave_after(&fake, &options, looks).await;
            if is_over && !exists && on_failure == OnFailure::Delete {
                // Nothing is left of the first one.
                continue;
            }
            let told = tell(&fake, &options).await;
            let name = format!("{on_failure:?}, exists: {exists}, {looks} looks: {:?}", told.outcome);
            assert_eq!((told.end().as_str(), fake.executed().len()), ("1", 1), "{name}");
            assert_eq!(fake.calls(Op::Protect), usize::from(exists), "only a stack that exists is set up: {name}");
            assert!(
                !told.has(|event| matches!(event, DeployEvent::ChangeSetCreated { is_new, .. } if *is_new == exists))
            );
            assert!(told.cause().contains("no such key"), "{name}");
        }
    }
}

#[tokio::test]
async fn failed_calls_change_no_verdict() {
    for op in [Op::Stack, Op::Events, Op::ChangeSet, Op::Execute] {
        for wrong in [Wrong::Throttled, Wrong::Unavailable, Wrong::Cut, Wrong::Lost] {
            let fake = fake(true, Play::new().makes("Queue", QUEUE, (1, 30)));
            leave_after(&fake, &options(), 5).await;
            let before = fake.calls(op);
            fake.breaks(op, before..before + 2, wrong);
            let told = tell(&fake, &options()).await;
            assert_eq!(
                (told.end().as_str(), fake.executed().len()),
                ("Deployed", 1),
                "{op:?} {wrong:?}: {:?}",
                told.outcome
            );
        }
    }
}

#[tokio::test]
async fn a_change_set_with_a_name_of_the_user_is_found_too() {
    let named = with_change_set(|new| new.name = Some("release".to_owned()));
    let fake = fake(false, Play::new().makes("Queue", QUEUE, (1, 30)));
    leave_after(&fake, &named, 5).await;
    assert_eq!(fake.executed().len(), 1, "it was executed");
    let told = tell(&fake, &named).await;
    assert_eq!((told.end().as_str(), fake.executed().len()), ("Deployed", 1));
}

#[tokio::test]
async fn an_operation_of_another_run_is_still_another_one() {
    let fake = fake(true, Play::new().makes("Queue", QUEUE, (1, 30)));
    leave_after(&fake, &options(), 5).await;
    let told = tell_as(&fake, &options(), "another-run").await;
    assert!(told.cause().contains("another operation runs on it"), "{}", told.cause());
    let patient = DeployOptions { wait_for_stack: Some(Duration::from_secs(300)), ..options() };
    fake.then(Script::plays(Play::new()));
    assert_eq!(tell_as(&fake, &patient, "another-run").await.end(), "Deployed");
    assert_eq!(fake.executed().len(), 2);
}
