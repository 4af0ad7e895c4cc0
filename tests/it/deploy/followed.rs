//! An operation that goes on without its process, and is followed by another.

use super::success::{created, updated};
use super::{STACK, Site};
use crate::cloudformation::Script;

#[test]
fn a_detached_deployment_ends_when_the_execution_began_and_is_followed_to_its_end() {
    let site = Site::new(created());
    let ended = site.deploy(&["--detach"]).ok();
    assert!(ended.stderr.contains("--follow arn:"), "{}", ended.stderr);
    assert_eq!(site.stacks.status(STACK).as_deref(), Some("CREATE_IN_PROGRESS"));
    let followed = site.bare(&["--follow", STACK]).end().ok();
    assert!(followed.stderr.contains("CREATE_COMPLETE"), "{}", followed.stderr);
    assert_eq!(site.stacks.writes(), ["CreateChangeSet", "ExecuteChangeSet"]);
}

#[test]
fn a_failed_operation_is_followed_to_its_cause() {
    let history = "
        0 / UPDATE_IN_PROGRESS User Initiated
        1 Queue AWS::SQS::Queue UPDATE_FAILED no such key
        2 / UPDATE_ROLLBACK_IN_PROGRESS The following resource(s) failed to update: [Queue].
        3 / UPDATE_ROLLBACK_COMPLETE
    ";
    let site = Site::new(Script::plays(history));
    let stack = site.stacks.has(STACK, "CREATE_COMPLETE");
    site.deploy(&["--detach"]).ok();
    let ended = site.bare(&["--follow", &stack]).end();
    assert!(ended.code == 1 && ended.cause().contains("no such key"), "{}: {}", ended.code, ended.stderr);
}

#[test]
fn a_stack_that_is_not_there_cannot_be_followed() {
    let site = Site::new(updated());
    let ended = site.bare(&["--follow", "none"]).end();
    assert!(ended.code == 2 && ended.cause().contains("there is no stack none"), "{}", ended.stderr);
}

/// A stack that went through this before, and what is said of its newest operation.
fn follow(status: &str, history: &str) -> crate::run::Ended {
    let site = Site::new(updated());
    let stack = site.stacks.has(STACK, status);
    site.stacks.add_history(&stack, &Script::plays(history));
    site.bare(&["--follow", &stack]).end()
}

#[test]
fn a_rollback_that_is_tried_again_is_an_operation_of_its_own() {
    let history = "
        0 / UPDATE_IN_PROGRESS
        1 Queue AWS::SQS::Queue UPDATE_FAILED no such key
        2 / UPDATE_ROLLBACK_IN_PROGRESS The following resource(s) failed to update: [Queue].
        3 Queue AWS::SQS::Queue UPDATE_FAILED still no such key
        4 / UPDATE_ROLLBACK_FAILED The following resource(s) failed to update: [Queue].
        60 / UPDATE_ROLLBACK_IN_PROGRESS token=again User Initiated
        61 Queue AWS::SQS::Queue UPDATE_COMPLETE token=again
        62 / UPDATE_ROLLBACK_COMPLETE token=again
    ";
    let ended = follow("CREATE_COMPLETE", history);
    assert!(ended.stderr.contains("UPDATE_ROLLBACK_COMPLETE after 2 s"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("continue-update-rollback"), "{}", ended.stderr);
    assert_eq!(
        (ended.code, ended.cause()),
        (1, "error: the stack app failed (UPDATE_ROLLBACK_COMPLETE): the operation was a rollback that was asked for")
    );
}

#[test]
fn a_deletion_is_told_as_one() {
    let history = "
        0 / CREATE_IN_PROGRESS
        1 / CREATE_COMPLETE
        60 / DELETE_IN_PROGRESS token=deletion
        61 Queue AWS::SQS::Queue DELETE_COMPLETE token=deletion
        62 / DELETE_COMPLETE token=deletion
    ";
    let ended = follow("CREATE_COMPLETE", history);
    assert_eq!(
        (ended.code, ended.cause()),
        (1, "error: the stack app failed (DELETE_COMPLETE): the operation was a deletion that was asked for")
    );
}

#[test]
fn the_deletion_that_a_failed_creation_ends_with_has_the_cause_of_the_creation() {
    let history = "
        0 / CREATE_IN_PROGRESS
        1 Queue AWS::SQS::Queue CREATE_FAILED no such key
        2 / DELETE_IN_PROGRESS The following resource(s) failed to create: [Queue].
        3 Queue AWS::SQS::Queue DELETE_COMPLETE
        4 / DELETE_COMPLETE
    ";
    let ended = follow("REVIEW_IN_PROGRESS", history);
    assert!(ended.code == 1 && ended.cause().contains("no such key"), "{}: {}", ended.code, ended.stderr);
}
