//! Others do something to the stack meanwhile, or did something to it before.

use super::success::{created, updated};
use super::{STACK, Site};
use crate::cloudformation::{Answer, Fault, Intrusion, Script};

fn meanwhile(action: &'static str, intrusion: Intrusion) -> Fault {
    Fault::next(action, 1, Answer::Meanwhile(intrusion))
}

#[test]
fn a_racing_deployment_that_wins_is_named() {
    let rows = [
        (meanwhile("DescribeChangeSet", Intrusion::Deploy), 1, "deleted by another party"),
        (meanwhile("DescribeChangeSet", Intrusion::DeleteChangeSets), 1, "deleted by another party"),
        (meanwhile("ExecuteChangeSet", Intrusion::Deploy), 1, "deleted by another party"),
        (meanwhile("ExecuteChangeSet", Intrusion::Update), 4, "is obsolete"),
    ];
    for (fault, code, expected) in rows {
        let site = Site::new(updated());
        site.stacks.has(STACK, "CREATE_COMPLETE");
        let name = format!("{fault:?}");
        site.stacks.fault(fault);
        let ended = site.deploy(&[]);
        assert!(ended.code == code && ended.cause().contains(expected), "{name}: {} {}", ended.code, ended.stderr);
    }
}

#[test]
fn a_stack_that_is_deleted_meanwhile_is_a_failure() {
    let site = Site::new(updated());
    site.stacks.has(STACK, "CREATE_COMPLETE");
    site.stacks.fault(meanwhile("DescribeStackEvents", Intrusion::DeleteStack).after(1));
    let ended = site.deploy(&[]);
    assert!(ended.code == 1 && ended.cause().contains("deleted by another party"), "{}: {}", ended.code, ended.stderr);
}

#[test]
fn a_stack_that_appears_meanwhile_is_updated() {
    let site = Site::new(updated());
    site.stacks.fault(meanwhile("CreateChangeSet", Intrusion::Create(STACK)));
    site.deploy(&[]).ok();
    let kinds: Vec<_> =
        site.stacks.calls_of("CreateChangeSet").iter().map(|call| call.parameters["ChangeSetType"].clone()).collect();
    assert_eq!(kinds, ["CREATE", "UPDATE"]);
}

#[test]
fn a_stack_that_cannot_be_deployed_is_refused_before_anything_is_written() {
    let rows = [
        ("ROLLBACK_COMPLETE", "--replace-failed-stack"),
        ("ROLLBACK_FAILED", "--replace-failed-stack"),
        ("DELETE_FAILED", "DELETE_FAILED"),
        ("CREATE_FAILED", "--on-paused-failure"),
        ("UPDATE_FAILED", "--on-paused-failure"),
        ("UPDATE_ROLLBACK_FAILED", "continue-update-rollback"),
        ("IMPORT_ROLLBACK_FAILED", "IMPORT_ROLLBACK_FAILED"),
        ("UPDATE_IN_PROGRESS", "--wait-for-stack"),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "--wait-for-stack"),
        ("DELETE_IN_PROGRESS", "--wait-for-stack"),
    ];
    for (status, expected) in rows {
        let site = Site::new(created());
        site.stacks.has(STACK, status);
        let ended = site.deploy(&[]);
        assert!(ended.code == 1 && ended.stderr.contains(expected), "{status}: {} {}", ended.code, ended.stderr);
        assert_eq!(site.stacks.writes(), [""; 0], "{status}");
    }
}

#[test]
fn what_a_failure_left_is_replaced_rolled_back_or_repaired_on_request() {
    let kept = vec!["--on-paused-failure", "continue"];
    let rolled_back = vec!["--on-paused-failure", "rollback"];
    let update = ["CreateChangeSet", "ExecuteChangeSet"];
    let rows = [
        ("ROLLBACK_COMPLETE", vec!["--replace-failed-stack"], "DeleteStack", "CREATE"),
        ("CREATE_FAILED", rolled_back.clone(), "RollbackStack", "CREATE"),
        ("UPDATE_FAILED", rolled_back, "RollbackStack", "UPDATE"),
        ("UPDATE_FAILED", kept.clone(), "", "UPDATE"),
    ];
    for (status, words, first, kind) in rows {
        let site = Site::new(if kind == "CREATE" { created() } else { updated() });
        let old = site.stacks.has(STACK, status);
        site.deploy(&words).ok();
        let expected: Vec<_> = [first].into_iter().filter(|it| !it.is_empty()).chain(update).collect();
        assert_eq!(site.stacks.writes(), expected, "{status} {words:?}");
        assert_eq!(site.stacks.calls_of("CreateChangeSet")[0].get("ChangeSetType"), Some(kind), "{status}");
        let removed = site.stacks.calls().into_iter().find(|call| call.action == first);
        assert!(removed.is_none_or(|call| call.get("StackName") == Some(&old)), "{status}");
        let disables = site.stacks.calls_of("ExecuteChangeSet")[0].get("DisableRollback").map(str::to_owned);
        assert_eq!(disables.as_deref(), Some(if words == kept { "true" } else { "false" }), "{status} {words:?}");
    }
}

#[test]
fn termination_protection_is_never_turned_off_to_replace_a_stack() {
    let site = Site::new(created());
    site.stacks.has_with(STACK, "ROLLBACK_COMPLETE", serde_json::json!({"EnableTerminationProtection": true}));
    let ended = site.deploy(&["--replace-failed-stack"]);
    assert!(ended.code == 1 && ended.cause().contains("protect"), "{}", ended.stderr);
    assert_eq!(site.stacks.writes(), [""; 0]);
}

#[test]
fn another_operation_is_waited_for_on_request() {
    let site = Site::new(updated());
    let stack = site.stacks.has(STACK, "CREATE_COMPLETE");
    site.stacks.intrude(&stack, &Intrusion::Update);
    site.stacks.looks_take(std::time::Duration::from_millis(200));
    let ended = site.deploy(&["--wait-for-stack", "10"]).ok();
    assert!(ended.stderr.contains("another operation"), "{}", ended.stderr);
}

#[test]
fn a_name_that_was_used_before_is_a_new_stack() {
    let site = Site::new(created());
    let old = site.stacks.has(STACK, "DELETE_COMPLETE");
    site.stacks.add_history(&old, &Script::plays("0 / DELETE_IN_PROGRESS\n1 / DELETE_COMPLETE"));
    let ended = site.deploy(&[]).ok();
    assert!(!ended.stderr.contains("DELETE_COMPLETE"), "{}", ended.stderr);
    assert_eq!(site.stacks.calls_of("CreateChangeSet")[0].get("ChangeSetType"), Some("CREATE"));
}
