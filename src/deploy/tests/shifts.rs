//! Stories of traffic shifts.

use super::{Process, Told, options, tell, tell_with};
use crate::deploy::DeployOptions;
use crate::facts::{
    ChangeAction, DeployEvent, Event, HookState, Replacement, Routing, ShiftError, ShiftState, TrafficShift,
};
use crate::testing::stacks::{FakeShift, FakeStacks, Op, Play, Script, canary, change};
use std::collections::BTreeSet;
use std::time::Duration;

pub use crate::facts::resource_types::ALIAS;

/// An update of one alias for each function, from second 10 to the given one.
pub fn updating(functions: &[&str], end: u64) -> FakeStacks {
    let play = functions
        .iter()
        .fold(Play::new(), |play, function| play.makes(&format!("{function}Aliaslive"), ALIAS, (10, end)));
    updated_by(functions, play)
}

pub fn updated_by(functions: &[&str], play: Play) -> FakeStacks {
    let changes = functions
        .iter()
        .map(|function| change(&format!("{function}Aliaslive"), ALIAS, ChangeAction::Modify, Some(Replacement::Never)));
    let fake = FakeStacks::with(changes.fold(Script::plays(play), Script::with));
    fake.has("app", "UPDATE_COMPLETE");
    fake.shifts_aliases("app", functions);
    fake
}

pub fn shown(told: &Told) -> Vec<&TrafficShift> {
    let shift = |event| match event {
        &Event::Deploy(DeployEvent::TrafficShift(ref shift)) => Some(shift.as_ref()),
        _ => None,
    };
    told.events.iter().filter_map(shift).collect()
}

/// Function, state and weight of each line.
pub fn lines(told: &Told) -> Vec<String> {
    shown(told).iter().map(|it| format!("{} {:?} {}", it.function, it.state, it.weight)).collect()
}

pub fn without_repetition(mut lines: Vec<String>) -> Vec<String> {
    lines.dedup();
    lines
}

#[tokio::test]
async fn a_canary_is_shown_from_its_beginning_to_its_end() {
    let fake = updating(&["Hello"], 335);
    fake.has_alarm("Errors", None);
    fake.shifts(canary("Hello"));
    let told = tell(&fake, &options()).await;
    assert_eq!(told.end(), "Deployed");
    assert_eq!(without_repetition(lines(&told)), ["Hello Running 0", "Hello Running 10", "Hello Succeeded 100"]);
    assert!(lines(&told).len() <= 9, "one line a minute at most while nothing changes: {:?}", lines(&told));
    let shift = &told.verdict().shifts[0];
    assert_eq!((shift.path.join("/").as_str(), shift.from.as_str(), shift.to.as_str()), ("HelloAliaslive", "41", "42"));
    assert_eq!(shift.routing, Some(Routing::Canary { percent: 10, interval: Duration::from_secs(300) }));
    assert_eq!(shift.steps.iter().map(|(_, weight)| *weight).collect::<Vec<_>>(), [10, 100]);
    assert_eq!(shift.alarms.len(), 1);
    assert_eq!(fake.calls(Op::Template), 2, "before the execution and once for all looks");
}

fn stopped(error: &str, hooks: Vec<(&'static str, u64, u64, HookState)>) -> FakeShift {
    let error = ShiftError { code: error.to_owned(), message: Some("One or more alarms have been activated".into()) };
    FakeShift {
        hooks,
        weights: vec![(15, 10)],
        end: (100, ShiftState::Stopped),
        error: Some(error),
        rollback_id: Some("d-BACK"),
        ..canary("Hello")
    }
}

pub fn failing(end: u64) -> FakeStacks {
    let reason = "CodeDeploy Deployment Failed";
    updated_by(&["Hello"], Play::new().fails("HelloAliaslive", ALIAS, (10, end), reason))
}

#[tokio::test]
async fn an_alarm_that_stops_a_shift_is_the_cause() {
    let fake = failing(105);
    fake.has_alarm("Errors", Some(90));
    fake.shifts(stopped("ALARM_ACTIVE", Vec::new()));
    let told = tell(&fake, &options()).await;
    let cause = &told.verdict().causes[0];
    assert_eq!(cause.path, ["HelloAliaslive"]);
    assert_eq!(
        cause.reason.as_deref(),
        Some(
            "the traffic shift of Hello:live from version 41 to 42 was stopped; ALARM_ACTIVE: One or more alarms have \
             been activated; alarm Errors is in ALARM: Threshold Crossed: 3 errors in 1 minute"
        )
    );
    assert_eq!(cause.code.as_deref(), Some("ALARM_ACTIVE"));
    assert_eq!(told.verdict().shifts[0].weight, 0, "the traffic is back");
}

#[tokio::test]
async fn a_hook_that_fails_or_never_answers_is_the_cause() {
    let fake = failing(105);
    fake.shifts(stopped("HOOK_EXECUTION_FAILURE", vec![("BeforeAllowTraffic", 13, 40, HookState::Failed)]));
    let told = tell(&fake, &options()).await;
    let cause = &told.verdict().causes[0];
    assert!(
        cause
            .reason
            .as_deref()
            .unwrap()
            .ends_with("hook BeforeAllowTraffic failed: ScriptFailed: the hook answered Failed")
    );
    assert!(cause.remedy.as_deref().unwrap().starts_with("the log of the hook ends with: AssertionError: 500 != 200"));
    let fake = failing(3700);
    let hook = ("BeforeAllowTraffic", 13, 3613, HookState::Failed);
    let shift = FakeShift { end: (3620, ShiftState::Failed), weights: vec![], ..stopped("TIMEOUT", vec![hook]) };
    fake.shifts(shift);
    let patient = DeployOptions { timeout: Duration::from_secs(7200), ..options() };
    let told = tell(&fake, &patient).await;
    assert_eq!(told.verdict().causes[0].code.as_deref(), Some("TIMEOUT"));
    let running = shown(&told).into_iter().filter(|shift| shift.hooks[0].state == HookState::Running).count();
    assert!((56..=62).contains(&running), "one line a minute: {running}");
}

#[tokio::test]
async fn of_two_functions_one_goes_back_with_the_stack() {
    let play = Play::new().makes("OneAliaslive", ALIAS, (10, 335)).fails(
        "TwoAliaslive",
        ALIAS,
        (10, 340),
        "CodeDeploy Deployment Failed",
    );
    let fake = updated_by(&["One", "Two"], play);
    fake.shifts(FakeShift { id: "d-ONE", ..canary("One") });
    let error = ShiftError { code: "NEW_CODE".to_owned(), message: None };
    let end = (338, ShiftState::Failed);
    fake.shifts(FakeShift {
        id: "d-TWO",
        weights: vec![(30, 10)],
        end,
        error: Some(error),
        rollback_id: Some("d-BACK"),
        ..canary("Two")
    });
    let told = tell(&fake, &options()).await;
    let states: Vec<_> = told.verdict().shifts.iter().map(|it| (it.function.as_str(), it.weight)).collect();
    assert_eq!(states, [("One", 100), ("Two", 0)]);
    let reason = told.verdict().causes[0].reason.clone().unwrap();
    assert_eq!(reason, "the traffic shift of Two:live from version 41 to 42 failed; NEW_CODE");
}

#[tokio::test]
async fn a_shift_is_continued_in_a_new_process_without_a_line_twice() {
    let tell_once = async |process| {
        let fake = updating(&["One", "Two", "Three"], 335);
        for (id, function) in [("d-ONE", "One"), ("d-TWO", "Two"), ("d-THREE", "Three")] {
            fake.shifts(FakeShift { id, ..canary(function) });
        }
        tell_with(&fake, &options(), None, process).await
    };
    let (same, new) = (tell_once(Process::Same).await, tell_once(Process::New).await);
    assert_eq!((same.end(), new.end()), ("Deployed".to_owned(), "Deployed".to_owned()));
    let distinct_lines = [&same, &new].map(|told| lines(told).into_iter().collect::<BTreeSet<_>>());
    assert_eq!(distinct_lines[0], distinct_lines[1]);
    let ends = lines(&new).into_iter().filter(|line| line.contains("Succeeded")).count();
    assert_eq!(ends, 3);
    let shown = lines(&new).len();
    assert!(shown <= 3 * 9, "{shown} lines");
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "the counts are what the test is for")]
async fn a_long_shift_of_three_functions_takes_few_calls_and_lines() {
    let fake = updating(&["One", "Two", "Three"], 5500);
    fake.shifts_by(Routing::Linear { percent: 10, interval: Duration::from_secs(600) });
    for (id, function) in [("d-ONE", "One"), ("d-TWO", "Two"), ("d-THREE", "Three")] {
        let weights = (0..10_u8).map(|step| (15 + 600 * u64::from(step), 10 * (step + 1))).collect();
        fake.shifts(FakeShift { id, weights, end: (5420, ShiftState::Succeeded), ..canary(function) });
    }
    let patient = DeployOptions { timeout: Duration::from_secs(7200), ..options() };
    let told = tell(&fake, &patient).await;
    assert_eq!(told.end(), "Deployed");
    let ops = [Op::ListDeployments, Op::DescribeDeployments, Op::Target, Op::Group, Op::Routing, Op::Alarms];
    let calls: usize = ops.iter().map(|op| fake.calls(*op)).sum();
    let (minutes, lines) = (5500 / 60, lines(&told).len());
    println!("{} calls and {} lines a minute", calls / minutes, lines / minutes);
    assert!(calls <= 24 * minutes, "{calls} calls");
    assert!(lines <= 3 * (minutes + 12), "{lines} lines");
    let weights: Vec<_> = told.verdict().shifts[0].steps.iter().map(|(_, weight)| *weight).collect();
    assert_eq!(weights, (1..=10).map(|step| step * 10).collect::<Vec<u8>>());
}
