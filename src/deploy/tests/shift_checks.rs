//! What would stop a traffic shift, found before the execution.

use super::shifts::{ALIAS, updating};
use super::{options, tell};
use crate::deploy::DeployOptions;
use crate::facts::{ChangeAction, DeployEvent, DeployWarning, ShiftProblem};
use crate::testing::stacks::{FakeShift, FakeStacks, Op, Play, Script, Wrong, canary, change};

/// With `--refuse-unhealthy-shift`.
fn strict() -> DeployOptions {
    let mut strict = options();
    strict.gates.unhealthy_shift = true;
    strict
}

#[tokio::test]
async fn what_would_stop_a_shift_at_once_is_said_before() {
    let fake = updating(&["Hello"], 335);
    fake.has_alarm("Errors", Some(0));
    fake.has_busy_groups();
    fake.shifts(canary("Hello"));
    let told = tell(&fake, &options()).await;
    let problems: Vec<_> = told
        .warnings()
        .into_iter()
        .filter_map(|warning| match warning {
            DeployWarning::UnhealthyShift { problem, .. } => Some(problem.clone()),
            _ => None,
        })
        .collect();
    assert!(matches!(problems[..], [ShiftProblem::BusyGroup { .. }, ShiftProblem::FiringAlarm { .. }]), "{problems:?}");
    let fake = updating(&["Hello"], 335);
    fake.has_busy_groups();
    let told = tell(&fake, &strict()).await;
    assert_eq!((told.end().as_str(), fake.calls(Op::Execute)), ("4", 0));
    assert_eq!(
        told.cause(),
        "the traffic shift of HelloAliaslive would be stopped: deployment d-OTHER0001 of the group Hello is not over"
    );
}

#[tokio::test]
async fn a_new_alias_shifts_nothing_and_that_is_said() {
    let play = Play::new().makes("HelloAliaslive", ALIAS, (1, 5));
    let script = Script::plays(play).with(change("HelloAliaslive", ALIAS, ChangeAction::Add, None));
    let fake = FakeStacks::with(script);
    fake.shifts_aliases("app", &["Hello"]);
    let told = tell(&fake, &options()).await;
    assert_eq!(told.end(), "Deployed");
    let said =
        told.has(|event| matches!(event, DeployEvent::NothingShifts { aliases } if aliases == &["HelloAliaslive"]));
    assert!(said);
    assert_eq!(fake.calls(Op::ListDeployments), 0);
}

#[tokio::test]
async fn a_shift_that_cannot_be_checked_is_refused_if_a_healthy_one_is_required() {
    for (op, action) in [
        (Op::Template, "cloudformation:GetTemplate"),
        (Op::PhysicalIds, "cloudformation:ListStackResources"),
        (Op::ListDeployments, "codedeploy:ListDeployments"),
        (Op::Group, "codedeploy:GetDeploymentGroup"),
        (Op::Alarms, "cloudwatch:DescribeAlarms"),
    ] {
        for (wrong, remedy) in [(Wrong::Denied, format!("allow {action}")), (Wrong::Throttled, "deploy again".into())] {
            let fake = || {
                let fake = updating(&["Hello"], 335);
                fake.has_alarm("Errors", None);
                fake.shifts(canary("Hello"));
                fake.breaks(op, 0..1, wrong);
                fake
            };
            let (refusing, warning) = (fake(), fake());
            let told = tell(&refusing, &strict()).await;
            assert_eq!((told.end().as_str(), refusing.calls(Op::Execute)), ("4", 0), "{op:?} {wrong:?}");
            assert_eq!(
                told.cause(),
                format!("the traffic shift of HelloAliaslive could not be checked: {action} failed")
            );
            assert_eq!(told.hint(), format!("{remedy}, or deploy without --refuse-unhealthy-shift"));
            let told = tell(&warning, &options()).await;
            assert_eq!((told.end().as_str(), told.missing(), told.warnings().len()), ("Deployed", vec![action], 0));
        }
    }
}

#[tokio::test]
async fn an_alarm_that_cloudwatch_does_not_know_is_refused_if_a_healthy_shift_is_required() {
    let fake = || {
        let fake = updating(&["Hello"], 335);
        fake.lacks_alarm("Gone");
        fake.shifts(canary("Hello"));
        fake
    };
    let told = tell(&fake(), &strict()).await;
    let cause = "the traffic shift of HelloAliaslive could not be checked: CloudWatch gives no state of the alarm Gone";
    assert_eq!((told.end().as_str(), told.cause().as_str()), ("4", cause));
    let told = tell(&fake(), &options()).await;
    assert_eq!((told.end().as_str(), told.warnings().len()), ("Deployed", 0));
}

#[tokio::test]
async fn a_shift_with_nothing_against_it_is_deployed_although_a_healthy_one_is_required() {
    let fake = updating(&["Hello", "Other"], 335);
    fake.has_alarm("Errors", None);
    for (id, function) in [("d-ONE", "Hello"), ("d-TWO", "Other")] {
        fake.shifts(FakeShift { id, ..canary(function) });
    }
    let told = tell(&fake, &strict()).await;
    assert_eq!(told.end(), "Deployed");
    let before = fake.calls(Op::PhysicalIds);
    assert!(before <= 2, "once for the checks of both, once for the looks: {before}");
}
