//! The last rows of nested stacks, read when the operation is over.

use super::{options, tell};
use crate::testing::stacks::{FakeStacks, Op, Play, Wrong};

const QUEUE: &str = "AWS::SQS::Queue";
const QUEUES: usize = 30;

/// A nested stack of many rows, all of them written before the first look at it.
fn many_rows() -> FakeStacks {
    let child = (0..QUEUES).fold(Play::new(), |play, it| play.makes(&format!("Queue{it}"), QUEUE, (1, 3)));
    let fake = FakeStacks::playing(Play::new().nests("Child", 1, child));
    fake.pages_by(10);
    fake
}

#[tokio::test]
async fn a_nested_stack_without_a_final_row_is_read_to_its_cause() {
    let leaf = Play::new().fails("Table", "AWS::DynamoDB::Table", (1, 2), "no such key");
    let middle = Play::new().nests("Grandchild", 1, leaf);
    let fake = FakeStacks::playing(Play::new().nests("Child", 1, middle));
    fake.shows_failure_late("Grandchild", 100_000);
    let told = tell(&fake, &options()).await;
    let cause = &told.verdict().causes[0];
    assert_eq!(
        (cause.path.join("/").as_str(), cause.reason.as_deref()),
        ("Child/Grandchild/Table", Some("no such key"))
    );
}

#[tokio::test]
async fn pages_that_are_throttled_are_read_later_without_the_others_again() {
    let undisturbed = many_rows();
    tell(&undisturbed, &options()).await;
    let calls = undisturbed.calls(Op::Events);
    assert!(calls > 12, "the nested stack has several pages: {calls}");
    for first in 0..calls {
        let fake = many_rows();
        fake.breaks(Op::Events, first..first + 2, Wrong::Throttled);
        let told = tell(&fake, &options()).await;
        let created =
            told.shown().iter().filter(|row| row.starts_with("Child/Queue") && row.ends_with("_COMPLETE")).count();
        assert_eq!((told.end().as_str(), created), ("Deployed", QUEUES), "from call {first} on");
        assert!(fake.calls(Op::Events) <= calls + 3, "from call {first} on: {} calls", fake.calls(Op::Events));
    }
}

#[tokio::test]
async fn events_that_stay_throttled_are_given_up() {
    let fake = many_rows();
    fake.breaks(Op::Events, 6..1000, Wrong::Throttled);
    let told = tell(&fake, &options()).await;
    assert_eq!(told.end(), "Deployed");
    assert_eq!(told.missing(), ["cloudformation:DescribeStackEvents of nested stacks"]);
    assert!(fake.calls(Op::Events) < 60, "{} calls", fake.calls(Op::Events));
}
