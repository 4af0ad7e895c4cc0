//! A run that stops half-way, and the same run again: one application, one version.

use super::Story;
use crate::facts::{Failure, FailureKind, PublishedChange, Signal};
use crate::interrupt::cancellation;
use crate::publish::Sharing;
use crate::testing::applications::{Op, Wrong};

fn shared(story: Story) -> Story {
    let accounts = ["444455556666".parse().unwrap()].into();
    story.asked(|options| options.sharing = Some(Sharing { accounts, ..Sharing::default() }))
}

/// A run with all writes of an application that exists.
async fn update() -> Story {
    shared(Story::published().await.with("1.0.0", "1.1.0").with("acme", "acme-2"))
}

/// The next call of an operation goes wrong.
fn breaks_next(story: &Story, op: Op, wrong: Wrong) {
    let before = story.fake.calls().iter().filter(|other| **other == op).count();
    story.fake.breaks(op, before + 1, wrong);
}

#[tokio::test]
async fn after_a_lost_answer_the_same_run_goes_on_from_there() {
    let thing = "the application with version 1.0.0";
    let (version, metadata, policy) = ("version 1.1.0", "the metadata (Author)", "sharing with account 444455556666");
    let rows = [
        (shared(Story::new()), Op::CreateApplication, format!("perhaps done: {thing}; not done: {policy}"), 1),
        (shared(Story::new()), Op::SetPolicy, format!("done: {thing}; perhaps done: {policy}"), 1),
        (update().await, Op::CreateVersion, format!("perhaps done: {version}; not done: {metadata}, {policy}"), 2),
        (update().await, Op::Update, format!("done: {version}; perhaps done: {metadata}; not done: {policy}"), 2),
        (update().await, Op::SetPolicy, format!("done: {version}, {metadata}; perhaps done: {policy}"), 2),
    ];
    for (story, op, progress, versions) in rows {
        breaks_next(&story, op, Wrong::Lost);
        let lost = story.run().await;
        assert_eq!(lost.failure().kind, FailureKind::Temporary, "{op:?}");
        assert!(
            lost.failure().cause().ends_with(&format!("connection reset by peer; {progress}")),
            "{:?}",
            lost.failure()
        );
        assert!(lost.hint().ends_with("run the same command again: it goes on from there"), "{}", lost.hint());

        let again = story.run().await;
        assert!(again.result.is_ok(), "{op:?}: {:?}", again.result);
        assert!(!again.writes().contains(&op), "{op:?} was carried out");
        let published = story.fake.published();
        assert_eq!((published.len(), published[0].1.len()), (1, versions), "{op:?}");
        assert!(story.run().await.writes().is_empty(), "{op:?}: nothing is left to do");
    }
}

#[tokio::test]
async fn after_a_refusal_the_same_run_goes_on_from_there() {
    let story = update().await;
    breaks_next(&story, Op::Update, Wrong::Bad("no"));
    let refused = story.run().await;
    let progress = "done: version 1.1.0; not done: the metadata (Author), sharing with account 444455556666";
    assert!(refused.failure().cause().ends_with(&format!("no (BadRequestException); {progress}")));
    assert_eq!(story.run().await.writes(), [Op::Update, Op::SetPolicy]);
}

#[tokio::test]
async fn a_conflict_after_a_retry_of_the_sdk_is_no_failure_if_the_content_is_the_same() {
    let story = shared(Story::new());
    breaks_next(&story, Op::CreateApplication, Wrong::Repeated);
    let told = story.run().await;
    assert_eq!(told.writes(), [Op::CreateApplication, Op::SetPolicy]);
    assert_eq!(told.publication().change, PublishedChange::Created);

    let story = update().await;
    breaks_next(&story, Op::CreateVersion, Wrong::Repeated);
    let told = story.run().await;
    assert_eq!(told.writes(), [Op::CreateVersion, Op::Update, Op::SetPolicy]);
    assert_eq!(told.publication().steps.len(), 3);
    assert_eq!(story.fake.published()[0].1, ["1.0.0", "1.1.0"]);
}

#[tokio::test]
async fn a_conflict_with_another_run_is_judged_by_the_content() {
    // Another run publishes between our look and our write: the first look finds nothing.
    let story = Story::published().await.with("Timeout: 5", "Timeout: 6");
    story.fake.misses_next(1);
    let told = story.run().await;
    assert_eq!(told.writes(), [Op::CreateApplication]);
    assert!(told.failure().cause().contains("is published already with another template"), "{:?}", told.failure());

    let story = Story::published().await.with("1.0.0", "1.1.0");
    story.fake.misses_next(1);
    let told = story.run().await;
    assert_eq!(told.writes(), [Op::CreateApplication, Op::CreateVersion]);
    assert_eq!(told.publication().change, PublishedChange::Updated, "the application was not created by this run");

    let story = Story::published().await;
    story.fake.misses_next(2);
    let told = story.run().await;
    assert_eq!(told.failure().kind, FailureKind::Temporary);
    assert!(told.failure().cause().ends_with("another look found nothing in the way"), "{:?}", told.failure());
}

#[tokio::test]
async fn a_signal_ends_the_run_with_what_was_done() {
    let signal = || Failure::new(FailureKind::Interrupted(Signal::Terminate), "interrupted by SIGTERM");
    let mut early = update().await;
    let (canceller, cancelled) = cancellation();
    canceller.cancel(signal());
    early.cancellation = cancelled;
    let told = early.run().await;
    assert_eq!((told.failure().cause().as_str(), told.writes().len()), ("interrupted by SIGTERM", 0));

    let mut late = update().await;
    breaks_next(&late, Op::Update, Wrong::Hangs);
    let (canceller, cancelled) = cancellation();
    late.cancellation = cancelled;
    let (told, ()) = tokio::join!(late.run(), async {
        while !late.fake.calls().ends_with(&[Op::Update]) {
            tokio::task::yield_now().await;
        }
        canceller.cancel(signal());
    });
    assert_eq!(
        told.failure().cause(),
        "interrupted by SIGTERM; done: version 1.1.0; perhaps done: the metadata (Author); not done: sharing with \
         account 444455556666"
    );
    assert!(late.run().await.failure().cause().starts_with("interrupted"), "a cancellation stays");
    late.cancellation = cancellation().1;
    assert_eq!(late.run().await.writes(), [Op::Update, Op::SetPolicy]);
}
