//! Cost: calls a minute, and many deployments under one quota.

use super::{Advance, Context, advance, begin, options, tell};
use crate::deploy::{DeployOptions, Phase};
use crate::facts::{Timestamp, Verdict};
use crate::testing::deploy::EmptyTemplate;
use crate::testing::recorder::Recorder;
use crate::testing::stacks::{FakeStacks, Play, Script};
use std::collections::BTreeMap;
use std::time::Duration;

const QUEUE: &str = "AWS::SQS::Queue";

#[tokio::test]
async fn a_long_deployment_makes_thirty_calls_a_minute_at_most() {
    let nested = (0..5).fold(Play::new(), |play, it| {
        play.nests(
            &format!("Child{it}"),
            1,
            Play::new().makes("Queue", QUEUE, (1, 300 + it)).makes("Last", QUEUE, (1, 700)),
        )
    });
    let fake = FakeStacks::playing(nested);
    let told = tell(&fake, &options()).await;
    assert_eq!(told.end(), "Deployed");
    let busiest = fake.calls_per_minute_while_executing("app");
    assert!((20..=30).contains(&busiest), "{busiest} calls in the busiest minute");
    assert!(fake.total_calls() <= 30 * (told.took.as_secs() as usize / 60 + 1), "{} calls", fake.total_calls());
    assert!(fake.now().since(fake.end("app")) <= Duration::from_secs(3));
}

#[tokio::test]
async fn fifty_deployments_under_a_quota_of_ten_calls_a_second_have_their_verdicts() {
    let fake = FakeStacks::default();
    fake.limits(10);
    let mut open = BTreeMap::<(Timestamp, usize), (DeployOptions, Phase)>::new();
    let recorder = Recorder::default();
    for number in 0..50 {
        let options = DeployOptions { stack: format!("app{number}"), ..options() };
        let context = context(&options, &fake, &recorder);
        let phase = begin(&context, &format!("run-{number}")).unwrap();
        let play = Play::new().makes("Queue", QUEUE, (1, 60));
        let play = if number % 2 == 0 { play } else { play.fails("Bad", QUEUE, (1, 70), "exists") };
        fake.then_for(&options.stack, Script::plays(play));
        open.insert((fake.now(), number), (options, phase));
    }
    let mut ended = BTreeMap::<usize, Verdict>::new();
    while let Some(((at, number), (options, phase))) = open.pop_first() {
        fake.pass(at.since(fake.now()));
        let context = context(&options, &fake, &recorder);
        match advance(&context, phase).await.unwrap_or_else(|failure| panic!("{number}: {failure:?}")) {
            Advance::Done(verdict) => {
                ended.insert(number, *verdict);
            }
            Advance::Pending(pending) => {
                open.insert((fake.now() + pending.wait, number), (options, pending.phase));
            }
        }
    }
    assert!(fake.has_throttled());
    assert_eq!(ended.len(), 50);
    for (number, verdict) in ended {
        let expected = if number % 2 == 0 { "CREATE_COMPLETE" } else { "ROLLBACK_COMPLETE" };
        assert_eq!(verdict.status.as_deref(), Some(expected), "{number}: {verdict:?}");
        assert_eq!(verdict.causes.len(), number % 2, "{number}: {verdict:?}");
    }
}

fn context<'a>(options: &'a DeployOptions, stacks: &'a FakeStacks, reporter: &'a Recorder) -> Context<'a, FakeStacks> {
    Context { options, stacks, template: &EmptyTemplate, reporter, lines: None, now: stacks.now() }
}
