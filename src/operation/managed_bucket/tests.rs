use super::{MOST_DEPLOYMENTS, ManagedBucket, OUTPUT, STACK, TAG, find_or_create};
use crate::deploy::{ChangeSetKind, ChangeSetRequest, ExecuteRequest, Stacks};
use crate::facts::{Event, Failure, FailureKind, PackageEvent, StackOutput};
use crate::testing::recorder::Recorder;
use crate::testing::stacks::{FakeStacks, Intrusion, Op, Play, Script, Wrong, request};
use std::time::Duration;

const BUCKET: &str = "AWS::S3::Bucket";

fn creation() -> Play {
    Play::new().makes("SamCliSourceBucket", BUCKET, (1, 20)).gives(OUTPUT, "bkt")
}

async fn find(fake: &FakeStacks) -> Result<ManagedBucket, Failure> {
    find_reported(fake, &Recorder::default()).await
}

async fn find_reported(fake: &FakeStacks, recorder: &Recorder) -> Result<ManagedBucket, Failure> {
    find_or_create(fake, recorder, async |wait| fake.pass(wait)).await
}

fn found() -> Result<ManagedBucket, FailureKind> {
    Ok(ManagedBucket { name: "bkt".to_owned(), account: Some("111122223333".to_owned()) })
}

/// A stack with this status, a tag and an output.
fn with_stack(status: &str, tag: &str, output: &str) -> FakeStacks {
    let fake = FakeStacks::playing(creation());
    let stack = fake.has(STACK, status);
    let output = StackOutput { key: output.to_owned(), value: "bkt".to_owned(), description: None, export_name: None };
    fake.set(&stack, |it| {
        it.outputs.push(output);
        it.tags.insert(TAG.0.to_owned(), tag.to_owned());
    });
    fake
}

#[tokio::test]
async fn the_bucket_comes_from_the_stack_of_sam() {
    let rows = [
        ("there", with_stack("CREATE_COMPLETE", TAG.1, OUTPUT), found()),
        ("updated", with_stack("UPDATE_ROLLBACK_COMPLETE", TAG.1, OUTPUT), found()),
        ("a failed update", with_stack("UPDATE_ROLLBACK_FAILED", TAG.1, OUTPUT), found()),
        ("another owner", with_stack("CREATE_COMPLETE", "Me", OUTPUT), Err(FailureKind::Usage)),
        ("without the output", with_stack("CREATE_COMPLETE", TAG.1, "Other"), Err(FailureKind::Usage)),
        ("broken", with_stack("ROLLBACK_COMPLETE", TAG.1, OUTPUT), Err(FailureKind::Failed)),
    ];
    for (name, fake, expected) in rows {
        let recorder = Recorder::default();
        assert_eq!(find_reported(&fake, &recorder).await.map_err(|failure| failure.kind), expected, "{name}");
        assert_eq!((fake.total_calls(), recorder.events()), (1, Vec::new()), "{name}");
    }
}

#[tokio::test]
async fn a_denied_look_creates_nothing() {
    let fake = FakeStacks::playing(creation());
    fake.breaks(Op::Stack, 0..1, Wrong::Denied);
    assert_eq!(find(&fake).await.unwrap_err().kind, FailureKind::Permission);
    assert!(fake.created().is_empty());
}

#[tokio::test]
async fn a_missing_stack_is_deployed_with_the_tag_of_sam() {
    let (fake, recorder) = (FakeStacks::playing(creation()), Recorder::default());
    assert_eq!(find_reported(&fake, &recorder).await.map_err(|failure| failure.kind), found());
    assert_eq!(recorder.events(), [creating()]);
    let request = fake.created().remove(0);
    assert_eq!((request.tags.unwrap()[TAG.0].as_str(), request.deletes_on_failure), (TAG.1, true));
}

fn creating() -> Event {
    Event::Package(PackageEvent::CreatingBucket { stack: STACK.to_owned() })
}

#[tokio::test]
async fn a_run_whose_change_set_another_one_deletes_looks_again() {
    let (fake, recorder) = (FakeStacks::playing(creation()), Recorder::default());
    fake.then(Script::plays(creation()));
    fake.intrudes(1, Intrusion::DeleteChangeSets);
    assert_eq!(find_reported(&fake, &recorder).await.map_err(|failure| failure.kind), found());
    assert_eq!(fake.created().len(), 2);
    assert_eq!(recorder.events(), [creating()], "it is said once");
}

#[tokio::test]
async fn a_stack_under_way_is_waited_for() {
    let fake = FakeStacks::playing(creation());
    let first = deploy_elsewhere(&fake).await;
    fake.pass(Duration::from_secs(2));
    assert_eq!(find(&fake).await.map_err(|failure| failure.kind), found());
    assert_eq!(fake.executed(), [first], "the stack is followed, not deployed again");
}

/// Begins to create the stack, as another run would.
async fn deploy_elsewhere(fake: &FakeStacks) -> ExecuteRequest {
    let request = ChangeSetRequest { tags: super::change_set().tags, ..request(STACK, "other", ChangeSetKind::Create) };
    let ids = fake.create_change_set(&request).await.unwrap();
    fake.pass(Duration::from_secs(60));
    let request = ExecuteRequest {
        change_set: ids.change_set,
        stack: ids.stack,
        token: "other".to_owned(),
        disables_rollback: Some(false),
    };
    fake.execute(&request).await.unwrap();
    request
}

#[tokio::test]
async fn a_creation_that_fails_says_why() {
    let play = Play::new().fails("SamCliSourceBucket", BUCKET, (1, 5), "too many buckets");
    let fake = FakeStacks::playing(play.clone());
    (1..MOST_DEPLOYMENTS).for_each(|_| fake.then(Script::plays(play.clone())));
    let failure = find(&fake).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Failed);
    assert!(failure.cause().contains("too many buckets"), "{}", failure.cause());
}
