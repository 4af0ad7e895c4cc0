//! Stories of traffic shifts in nested stacks, in many steps, and in groups where others deploy too.

use super::shifts::{ALIAS, failing, lines, shown, updated_by, updating, without_repetition};
use super::{Process, options, tell, tell_with};
use crate::deploy::{DeployOptions, Lines, Until, Work};
use crate::facts::{Routing, ShiftState};
use crate::shift::Creator;
use crate::template::Template;
use crate::testing::stacks::{FakeShift, FakeStacks, Op, Play, canary};
use std::time::Duration;

fn nested() -> FakeStacks {
    let child = Play::new().makes("HelloAliaslive", ALIAS, (10, 335));
    let fake = updated_by(&[], Play::new().nests("Child", 1, child));
    fake.shifts_aliases("app-Child", &["Hello"]);
    fake.shifts(canary("Hello"));
    fake
}

#[tokio::test]
async fn a_linear_shift_shows_each_of_its_ten_steps() {
    let fake = updating(&["Hello"], 590);
    fake.shifts_by(Routing::Linear { percent: 10, interval: Duration::from_secs(60) });
    let weights = (0..10_u8).map(|step| (30 + 60 * u64::from(step), 10 * (step + 1))).collect();
    fake.shifts(FakeShift { weights, end: (575, ShiftState::Succeeded), ..canary("Hello") });
    let told = tell(&fake, &options()).await;
    let mut weights: Vec<_> = shown(&told).iter().map(|shift| shift.weight).collect();
    weights.dedup();
    assert_eq!(weights, [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
    assert_eq!(told.verdict().shifts[0].steps.len(), 10);
}

#[tokio::test]
async fn an_alias_of_a_nested_stack_is_shown_by_each_process() {
    for process in [Process::Same, Process::New] {
        let told = tell_with(&nested(), &options(), None, process).await;
        assert_eq!(told.end(), "Deployed");
        let shift = &told.verdict().shifts[0];
        assert_eq!((shift.path.join("/").as_str(), shift.weight), ("Child/HelloAliaslive", 100));
        assert!(shift.stack_id.contains("Child"), "{}", shift.stack_id);
        assert_eq!(without_repetition(lines(&told)).last().map(String::as_str), Some("Hello Succeeded 100"));
    }
}

#[tokio::test]
async fn the_shifts_of_an_operation_that_is_followed_are_shown() {
    let fake = updating(&["Hello"], 335);
    fake.shifts(canary("Hello"));
    tell(&fake, &DeployOptions { until: Until::Executed, ..options() }).await;
    fake.pass(Duration::from_secs(60));
    let told = tell(&fake, &DeployOptions { work: Work::Follow, ..options() }).await;
    assert_eq!(without_repetition(lines(&told)), ["Hello Running 10", "Hello Succeeded 100"]);
}

#[tokio::test]
async fn a_deployment_of_another_party_is_not_shown_as_that_of_the_stack() {
    let fake = updating(&["Hello"], 335);
    fake.shifts(FakeShift { id: "d-OTHER", creator: Creator::Other("user".to_owned()), at: 1, ..canary("Hello") });
    fake.shifts(canary("Hello"));
    let told = tell(&fake, &options()).await;
    let ids: Vec<_> = told.verdict().shifts.iter().map(|shift| shift.deployment_id.as_str()).collect();
    assert_eq!(ids, ["d-CANARY001"]);
}

#[tokio::test]
async fn a_conflicting_deployment_leaves_the_reason_of_the_row() {
    let reason = "A conflicting deployment is in progress: d-OTHER (AWSCodeDeploy)";
    let fake = updated_by(&["Hello"], Play::new().fails("HelloAliaslive", ALIAS, (10, 12), reason));
    fake.shifts(FakeShift { id: "d-OTHER", creator: Creator::Other("user".to_owned()), at: 1, ..canary("Hello") });
    fake.has_busy_groups();
    let told = tell(&fake, &options()).await;
    assert_eq!(told.verdict().causes[0].reason.as_deref(), Some(reason));
    assert_eq!((told.warnings().len(), lines(&told).len()), (1, 0));
}

#[tokio::test]
async fn the_rollback_of_a_shift_is_a_shift_of_its_own() {
    let fake = failing(105);
    let end = (100, ShiftState::Failed);
    fake.shifts(FakeShift { weights: vec![(15, 10)], end, ..canary("Hello") });
    let back =
        FakeShift { id: "d-BACK", creator: Creator::CloudFormationRollback, versions: ("42", "41"), ..canary("Hello") };
    fake.shifts(FakeShift { at: 108, weights: vec![(108, 100)], end: (109, ShiftState::Succeeded), ..back });
    let told = tell(&fake, &options()).await;
    let shifts = told.verdict().shifts.iter().map(|it| (it.deployment_id.as_str(), it.is_rollback));
    assert_eq!(shifts.collect::<Vec<_>>(), [("d-CANARY001", false), ("d-BACK", true)]);
    assert_eq!(told.verdict().causes.len(), 1);
}

#[tokio::test]
async fn a_failed_shift_is_a_problem_at_the_line_of_its_function() {
    let text = "Resources:\n  Hello:\n    Type: AWS::Serverless::Function\n";
    let template = Template::parse("template.yaml", text.as_bytes().to_vec()).unwrap();
    let fake = failing(105);
    fake.shifts(FakeShift { weights: vec![(30, 10)], end: (100, ShiftState::Failed), ..canary("Hello") });
    let told = tell_with(&fake, &options(), Some(Lines { root: &template, nested: &[] }), Process::Same).await;
    assert!(told.cause().starts_with("template.yaml:2:3: HelloAliaslive (AWS::Lambda::Alias)"), "{}", told.cause());
}

#[tokio::test]
async fn nothing_is_asked_while_no_alias_is_open() {
    let fake = updated_by(&["Hello"], Play::new().makes("Queue", "AWS::SQS::Queue", (1, 300)));
    let told = tell(&fake, &options()).await;
    assert_eq!(told.end(), "Deployed");
    assert_eq!(
        [Op::Template, Op::PhysicalIds, Op::ListDeployments, Op::DescribeDeployments].map(|op| fake.calls(op)),
        [1, 1, 1, 0]
    );
}
