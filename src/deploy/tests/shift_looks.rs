//! Which looks are made at traffic shifts: while one is under way, whatever other calls fail, and no more.

use super::shifts::{ALIAS, failing, lines, shown, updated_by, updating, without_repetition};
use super::{Process, options, tell, tell_with};
use crate::facts::ShiftState;
use crate::testing::stacks::{FakeShift, FakeStacks, Op, Play, Wrong, canary};
use std::time::Duration;

const QUEUE: &str = "AWS::SQS::Queue";

#[tokio::test]
async fn without_permission_the_deployment_goes_on_with_one_notice() {
    for (op, action) in [
        (Op::Template, "cloudformation:GetTemplate"),
        (Op::PhysicalIds, "cloudformation:ListStackResources"),
        (Op::ListDeployments, "codedeploy:ListDeployments"),
        (Op::DescribeDeployments, "codedeploy:BatchGetDeployments"),
        (Op::Target, "codedeploy:BatchGetDeploymentTargets"),
        (Op::Group, "codedeploy:GetDeploymentGroup"),
        (Op::Routing, "codedeploy:GetDeploymentConfig"),
        (Op::Alarms, "cloudwatch:DescribeAlarms"),
    ] {
        let fake = updating(&["Hello"], 335);
        fake.has_alarm("Errors", None);
        fake.shifts(canary("Hello"));
        fake.breaks(op, 0..1000, Wrong::Denied);
        let told = tell(&fake, &options()).await;
        assert_eq!((told.end().as_str(), told.missing()), ("Deployed", vec![action]), "{op:?}");
        assert!(fake.calls(op) <= 2, "{op:?}");
    }
}

#[tokio::test]
async fn failed_calls_change_no_verdict() {
    let all = [Op::Template, Op::PhysicalIds, Op::ListDeployments, Op::DescribeDeployments, Op::Target];
    let each = all.iter().map(std::slice::from_ref);
    for (ops, calls) in each.chain([all.as_slice()]).flat_map(|ops| [(ops, 0..2), (ops, 1..3)]) {
        for wrong in [Wrong::Throttled, Wrong::Unavailable, Wrong::Cut] {
            let fake = updating(&["Hello"], 335);
            fake.shifts(canary("Hello"));
            ops.iter().for_each(|op| fake.breaks(*op, calls.clone(), wrong));
            let told = tell(&fake, &options()).await;
            let name = format!("{ops:?} {calls:?} {wrong:?}");
            assert_eq!(told.end(), "Deployed", "{name}");
            assert_eq!(lines(&told).last().map(String::as_str), Some("Hello Succeeded 100"), "{name}");
        }
    }
}

/// An update of an alias whose row ends before its deployment does, and of a queue that takes longer.
fn beside_a_queue() -> FakeStacks {
    let play = Play::new().makes("HelloAliaslive", ALIAS, (10, 335)).makes("Queue", QUEUE, (1, 900));
    let fake = updated_by(&["Hello"], play);
    fake.shifts(FakeShift { end: (336, ShiftState::Succeeded), ..canary("Hello") });
    fake
}

#[tokio::test]
async fn a_shift_is_watched_to_its_end_although_the_row_of_its_alias_ended() {
    for process in [Process::Same, Process::New] {
        let told = tell_with(&beside_a_queue(), &options(), None, process).await;
        assert_eq!(without_repetition(lines(&told)).last().map(String::as_str), Some("Hello Succeeded 100"));
        let last = shown(&told)[lines(&told).len() - 1];
        let delay = last.at.since(last.ended.unwrap());
        assert!(delay < Duration::from_secs(24), "it ended {delay:?} before it was shown");
    }
}

#[tokio::test]
async fn a_deployment_that_is_over_is_not_read_again_although_its_target_is_forbidden() {
    let fake = beside_a_queue();
    fake.breaks(Op::Target, 0..1000, Wrong::Denied);
    let told = tell(&fake, &options()).await;
    assert_eq!((told.end().as_str(), lines(&told).len()), ("Deployed", 0));
    let calls = fake.calls(Op::DescribeDeployments);
    assert!((30..=40).contains(&calls), "{calls} calls");
}

#[tokio::test]
async fn the_percentage_counts_an_alias_by_its_weight_and_then_by_its_row() {
    let play = Play::new().makes("OneAliaslive", ALIAS, (10, 340)).makes("TwoAliaslive", ALIAS, (10, 900));
    let fake = updated_by(&["One", "Two", "Three"], play.makes("ThreeAliaslive", ALIAS, (10, 900)));
    fake.shifts(FakeShift { id: "d-ONE", ..canary("One") });
    let weights = vec![(30, 10), (880, 100)];
    fake.shifts(FakeShift { id: "d-TWO", weights, end: (890, ShiftState::Succeeded), ..canary("Two") });
    let mut percents = tell(&fake, &options()).await.percents;
    percents.dedup();
    // 95 % of 0, 10 + 10, 100 + 10, 100 + 100 and 300 hundredths of three resources.
    assert_eq!(percents, [0, 6, 34, 63, 95]);
}

#[tokio::test]
async fn a_deployment_that_fails_leaves_the_traffic_unless_it_is_taken_back() {
    for (rollback_id, expected) in [(None, (10, false)), (Some("d-BACK"), (0, true))] {
        for state in [ShiftState::Failed, ShiftState::Stopped] {
            let fake = failing(105);
            fake.shifts(FakeShift { rollback_id, weights: vec![(15, 10)], end: (100, state), ..canary("Hello") });
            let told = tell(&fake, &options()).await;
            let shift = &told.verdict().shifts[0];
            assert_eq!((shift.weight, shift.is_taken_back), expected, "{rollback_id:?} {:?}", shift.state);
        }
    }
}

#[tokio::test]
async fn an_alias_that_codedeploy_does_not_shift_takes_no_calls() {
    let alias = |policy: &str| format!("Resources: {{HelloAliaslive: {{Type: {ALIAS}{policy}}}}}\n");
    let computed = ", UpdatePolicy: {CodeDeployLambdaAliasUpdate: {ApplicationName: app, \
                    DeploymentGroupName: !If [IsLive, one, two]}}";
    for (policy, listings) in [("", 0), (computed, 1)] {
        let fake = updating(&["Hello"], 335);
        fake.has_template("app", alias(policy));
        assert_eq!(tell(&fake, &options()).await.end(), "Deployed");
        assert_eq!(
            [Op::Template, Op::PhysicalIds, Op::ListDeployments].map(|op| fake.calls(op)),
            [2, listings, 0],
            "{policy}"
        );
    }
}

#[tokio::test]
async fn a_last_look_that_fails_is_reported() {
    let fake = updating(&["Hello"], 335);
    fake.shifts(canary("Hello"));
    fake.breaks_during(Op::DescribeDeployments, 320..1000, Wrong::Throttled);
    let told = tell(&fake, &options()).await;
    assert_eq!((told.end().as_str(), told.missing()), ("Deployed", vec!["codedeploy:BatchGetDeployments"]));
    assert_eq!(told.verdict().shifts[0].state, ShiftState::Running, "as it was read last");
}
