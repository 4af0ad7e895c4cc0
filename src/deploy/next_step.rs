//! The one thing to do after a failure.

use super::status::{End, Status};
use crate::facts::Cause;

/// The call that the status needs next; `None` if only the cause has to be fixed.
pub fn after(end: End, status: &Status, stack: &str, left: &[Cause], is_express: bool) -> Option<String> {
    match end {
        End::Succeeded | End::Restored | End::Removed | End::Unknown => None,
        End::Emptied => Some("correct it, then deploy with --replace-failed-stack".to_owned()),
        End::Kept if is_express => Some(
            "correct it, then deploy with --on-paused-failure continue: express stacks cannot be rolled back"
                .to_owned(),
        ),
        End::Kept => Some(format!(
            "correct it, then deploy with --on-paused-failure continue; or give up the change: aws cloudformation \
             rollback-stack --stack-name {stack}"
        )),
        End::Stuck if status.can_continue_rollback() => Some(format!(
            "remove what blocks the rollback, then: aws cloudformation continue-update-rollback --stack-name \
             {stack}{}",
            skipped(left)
        )),
        // A stack that worked before: it is not to be deleted.
        End::Stuck if !status.never_worked() => Some(look_at_events(stack)),
        End::Stuck => Some(format!("remove what blocks, then: aws cloudformation delete-stack --stack-name {stack}")),
        End::NotRemoved => Some(format!(
            "remove what blocks, then: aws cloudformation delete-stack --stack-name {stack} --deletion-mode \
             FORCE_DELETE_STACK"
        )),
    }
}

/// What helps where CloudFormation has no call that leads on.
pub fn look_at_events(stack: &str) -> String {
    format!("look at what blocks it: aws cloudformation describe-stack-events --stack-name {stack}")
}

/// The option that gives up the resources that block a rollback. A resource of a nested stack goes by
/// `NestedStackName.LogicalId`, which the rows do not have.
fn skipped(left: &[Cause]) -> String {
    let own: Vec<_> = left.iter().filter(|cause| cause.path.len() == 1).filter_map(Cause::resource).collect();
    match own.as_slice() {
        [] => String::new(),
        ids => format!(" (to skip them: --resources-to-skip {})", ids.join(" ")),
    }
}

#[cfg(test)]
mod tests {
    use super::after;
    use crate::deploy::status::{End, Progress, Status};

    #[test]
    fn each_failed_status_has_the_one_call_that_fits() {
        let rows = [
            ("ROLLBACK_COMPLETE", Some("--replace-failed-stack")),
            ("ROLLBACK_FAILED", Some("aws cloudformation delete-stack")),
            ("CREATE_FAILED", Some("aws cloudformation rollback-stack")),
            ("UPDATE_FAILED", Some("--on-paused-failure continue")),
            ("UPDATE_ROLLBACK_FAILED", Some("aws cloudformation continue-update-rollback")),
            ("IMPORT_ROLLBACK_FAILED", Some("aws cloudformation describe-stack-events")),
            ("UPDATE_ROLLBACK_COMPLETE", None),
            ("DELETE_FAILED", Some("FORCE_DELETE_STACK")),
            ("DELETE_COMPLETE", None),
        ];
        for (text, expected) in rows {
            let status = Status::new(text);
            let Progress::Ended(end) = status.progress() else { panic!("{text} is not final") };
            let step = after(end, &status, "arn", &[], false);
            assert_eq!(step.is_some(), expected.is_some(), "{text}: {step:?}");
            assert!(expected.is_none_or(|part| step.as_deref().unwrap().contains(part)), "{text}: {step:?}");
        }
        let express = after(End::Kept, &Status::new("UPDATE_FAILED"), "arn", &[], true).unwrap();
        assert!(!express.contains("rollback-stack"), "{express}");
    }
}
