//! The fake itself: it refuses what the service refuses, and time moves it.

use super::{BEGIN, FakeStacks, Intrusion, Op, Play, Script, Wrong, canary, change, request};
use crate::deploy::Refusal;
use crate::deploy::{ChangeSetIds, ChangeSetKind, ChangeSetRequest, ExecuteRequest, StackRequest, Stacks, refusal};
use crate::facts::{ChangeAction, ServiceError, ShiftState};
use crate::shift::Deployments;
use std::time::Duration;

fn execution(ids: &ChangeSetIds, token: &str) -> ExecuteRequest {
    let (change_set, stack) = (ids.change_set.clone(), ids.stack.clone());
    ExecuteRequest { change_set, stack, token: token.to_owned(), disables_rollback: Some(false) }
}

fn refused<T: std::fmt::Debug>(answer: Result<T, ServiceError>) -> Refusal {
    refusal(&answer.expect_err("it is refused"))
}

fn play() -> Play {
    Play::new().makes("Queue", "AWS::SQS::Queue", (1, 5)).gives("Url", "u")
}

#[tokio::test]
async fn a_change_set_becomes_a_stack_in_time() {
    let fake =
        FakeStacks::with(Script::plays(play()).with(change("Queue", "AWS::SQS::Queue", ChangeAction::Add, None)));
    assert_eq!(fake.stack("app").await.unwrap(), None);
    let ids = fake.create_change_set(&request("app", "a", ChangeSetKind::Create)).await.unwrap();
    assert_eq!(fake.status("app").as_deref(), Some("REVIEW_IN_PROGRESS"));
    let statuses = async || {
        let set = fake.change_set(&ids.change_set, None, None).await.unwrap();
        (set.status.to_string(), set.execution.to_string())
    };
    assert_eq!(statuses().await, ("CREATE_IN_PROGRESS".into(), "UNAVAILABLE".into()));
    assert_eq!(refused(fake.execute(&execution(&ids, "t")).await), Refusal::NotExecutable);
    fake.pass(Duration::from_secs(2));
    assert_eq!(statuses().await, ("CREATE_COMPLETE".into(), "AVAILABLE".into()));
    fake.execute(&execution(&ids, "t")).await.unwrap();
    fake.execute(&execution(&ids, "t")).await.expect("the same token is the same execution");
    assert_eq!(refused(fake.execute(&execution(&ids, "other")).await), Refusal::NotExecutable);
    fake.pass(Duration::from_secs(3));
    assert_eq!(statuses().await.1, "EXECUTE_IN_PROGRESS");
    assert_eq!(fake.stack("app").await.unwrap().unwrap().outputs, []);
    fake.pass(Duration::from_secs(5));
    let stack = fake.stack(&ids.stack).await.unwrap().unwrap();
    assert_eq!((stack.status.as_str(), stack.outputs.len()), ("CREATE_COMPLETE", 1));
    assert_eq!(statuses().await.1, "EXECUTE_COMPLETE");
    let rows = fake.events(&ids.stack, None).await.unwrap().items;
    assert_eq!((rows.len(), rows[0].status.as_str()), (5, "CREATE_COMPLETE"), "newest first");
    assert!(rows.iter().all(|row| row.token.as_deref() == Some("t")));
}

#[tokio::test]
async fn requests_that_do_not_fit_are_refused() {
    let fake = FakeStacks::playing(play());
    fake.then(Script::plays(play()));
    assert_eq!(refused(fake.create_change_set(&request("app", "a", ChangeSetKind::Update)).await), Refusal::NoStack);
    let ids = fake.create_change_set(&request("app", "a", ChangeSetKind::Create)).await.unwrap();
    let again = fake.create_change_set(&request("app", "a", ChangeSetKind::Create)).await.unwrap();
    assert_eq!(ids, again, "the same token gives the same change set");
    let same_name = ChangeSetRequest { name: "set-a".to_owned(), ..request("app", "b", ChangeSetKind::Create) };
    assert_eq!(refused(fake.create_change_set(&same_name).await), Refusal::Taken);
    assert_eq!(refused(fake.change_set("set-x", Some("app"), None).await), Refusal::NoChangeSet);
    assert_eq!(fake.change_set("set-a", Some("app"), None).await.unwrap().id, ids.change_set);
    let busy = fake.has("busy", "UPDATE_IN_PROGRESS");
    assert_eq!(refused(fake.create_change_set(&request(&busy, "c", ChangeSetKind::Update)).await), Refusal::StackBusy);
    let failed = fake.has("failed", "ROLLBACK_COMPLETE");
    assert_eq!(refused(fake.create_change_set(&request(&failed, "d", ChangeSetKind::Update)).await), Refusal::Other);
    assert_eq!(refused(fake.create_change_set(&request("failed", "e", ChangeSetKind::Create)).await), Refusal::Taken);
}

#[tokio::test]
async fn calls_go_wrong_by_number_and_by_time() {
    let fake = FakeStacks::playing(play());
    fake.breaks(Op::Create, 0..1, Wrong::Lost);
    fake.breaks_during(Op::Stack, 5..10, Wrong::Throttled);
    let request = request("app", "a", ChangeSetKind::Create);
    assert!(fake.create_change_set(&request).await.unwrap_err().is_retryable());
    assert_eq!(fake.status("app").as_deref(), Some("REVIEW_IN_PROGRESS"), "only the answer was lost");
    assert!(fake.create_change_set(&request).await.is_ok());
    assert!(fake.stack("app").await.is_ok());
    fake.pass(Duration::from_secs(5));
    assert!(fake.stack("app").await.unwrap_err().is_retryable());
    fake.pass(Duration::from_secs(5));
    assert!(fake.stack("app").await.is_ok());
    fake.limits(2);
    let answers = [fake.stack("app").await.is_ok(), fake.stack("app").await.is_ok(), fake.stack("app").await.is_ok()];
    assert_eq!(answers, [true, false, false], "the look before counts in the same second");
}

#[tokio::test]
async fn somebody_else_and_late_answers_are_part_of_it() {
    let fake = FakeStacks::default();
    let stack = fake.has("app", "UPDATE_COMPLETE");
    fake.shows_status_late(3);
    fake.intrudes(10, Intrusion::Update);
    fake.pass(Duration::from_secs(12));
    let status = async || fake.stack("app").await.unwrap().unwrap().status.to_string();
    assert_eq!(
        (status().await.as_str(), fake.status("app").as_deref()),
        ("UPDATE_COMPLETE", Some("UPDATE_IN_PROGRESS"))
    );
    fake.pass(Duration::from_secs(3));
    assert_eq!(status().await, "UPDATE_IN_PROGRESS");
    fake.intrudes(30, Intrusion::Forget);
    fake.pass(Duration::from_secs(20));
    assert_eq!(fake.stack(&stack).await.unwrap(), None);
    assert_eq!(fake.now().since(BEGIN), Duration::from_secs(35));
}

#[tokio::test]
async fn a_deleted_stack_is_found_by_its_arn_alone() {
    let fake = FakeStacks::default();
    let stack = fake.has("app", "ROLLBACK_COMPLETE");
    let request = StackRequest { stack: stack.clone(), role_arn: None, token: "t".to_owned() };
    fake.set(&stack, |it| *it.is_protected = true);
    assert_eq!(refused(fake.delete_stack(&request).await), Refusal::Other);
    fake.set(&stack, |it| *it.is_protected = false);
    fake.delete_stack(&request).await.unwrap();
    fake.pass(Duration::from_secs(10));
    assert_eq!(fake.stack("app").await.unwrap(), None);
    assert_eq!(fake.stack(&stack).await.unwrap().unwrap().status.as_str(), "DELETE_COMPLETE");
}

/// State, end and weight of the canary.
async fn shifted(fake: &FakeStacks) -> (ShiftState, Option<Duration>, u8) {
    let deployment = fake.describe(&["d-CANARY001".to_owned()]).await.unwrap().remove(0);
    let weight = fake.target("d-CANARY001").await.unwrap().unwrap().weight;
    (deployment.state, deployment.completed.map(|end| end.since(BEGIN)), weight)
}

#[tokio::test]
async fn a_deployment_of_an_alias_shifts_in_time() {
    let fake = FakeStacks::default();
    fake.shifts(canary("Hello"));
    assert_eq!(shifted(&fake).await, (ShiftState::Running, None, 0));
    fake.pass(Duration::from_secs(30));
    assert_eq!(shifted(&fake).await, (ShiftState::Running, None, 10));
    fake.pass(Duration::from_secs(301));
    let end = (ShiftState::Succeeded, Some(Duration::from_secs(331)), 100);
    assert_eq!(shifted(&fake).await, end);
    fake.stop("d-CANARY001").await.unwrap();
    assert_eq!((shifted(&fake).await, fake.stopped_shifts().len()), (end, 0), "it was over");
}

#[tokio::test]
async fn a_deployment_that_is_stopped_leaves_the_traffic_where_it_is() {
    let fake = FakeStacks::default();
    fake.shifts(canary("Hello"));
    fake.pass(Duration::from_secs(60));
    fake.stop("d-CANARY001").await.unwrap();
    let stopped = (ShiftState::Stopped, Some(Duration::from_secs(60)), 10);
    assert_eq!(shifted(&fake).await, stopped);
    fake.pass(Duration::from_secs(300));
    fake.stop("d-CANARY001").await.unwrap();
    assert_eq!(shifted(&fake).await, stopped, "neither time nor a second stop changes it");
    assert_eq!(fake.stopped_shifts(), ["d-CANARY001"]);
}

#[tokio::test]
async fn before_an_execution_only_the_change_set_has_the_new_template() {
    let fake = FakeStacks::playing(play());
    fake.has("app", "UPDATE_COMPLETE");
    fake.shifts_aliases("app", &["Hello"]);
    let ids = fake.create_change_set(&request("app", "a", ChangeSetKind::Update)).await.unwrap();
    let shifts = async |change_set| fake.template(&ids.stack, change_set).await.unwrap().contains("HelloAliaslive");
    assert_eq!((shifts(Some(ids.change_set.as_str())).await, shifts(None).await), (true, false));
    assert_eq!(refused(fake.template(&ids.stack, Some("arn:gone")).await), Refusal::NoChangeSet);
    fake.pass(Duration::from_secs(2));
    fake.execute(&execution(&ids, "t")).await.unwrap();
    assert!(shifts(None).await);
}
