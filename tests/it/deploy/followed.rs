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
