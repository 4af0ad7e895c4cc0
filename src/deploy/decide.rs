//! What a deployment does with the stack that it finds.

use super::next_step;
use super::options::{DeployOptions, OnPaused};
use super::phase::{Create, PrepareKind};
use super::stacks::Stack;
use super::status::Standing;
use crate::facts::{Failure, FailureKind, Timestamp};

/// A late answer may show a stack as it was some seconds ago.
const LATE_ANSWERS: u32 = 6;

/// What to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// A change set that creates the stack.
    Create {
        /// Whether there is nothing yet, so that what this run leaves behind is its own.
        is_own_stack: bool,
    },
    Update {
        /// Whether a failure was kept, so that rollback has to stay disabled.
        is_paused: bool,
    },
    Prepare(PrepareKind),
    /// Another operation runs.
    Wait,
    /// The answer is older than what is known.
    LookAgain,
    Refuse(Failure),
}

/// Decides by the status of the stack.
pub fn decide(options: &DeployOptions, stack: Option<&Stack>, create: &Create, now: Timestamp) -> Decision {
    let Some(stack) = stack.filter(|stack| create.removed.as_ref() != Some(&stack.id)) else {
        return absent(options);
    };
    if create.left.as_ref() == Some(&stack.status) && create.stale < LATE_ANSWERS {
        return Decision::LookAgain;
    }
    match stack.status.standing() {
        Standing::Gone => absent(options),
        Standing::Review => Decision::Create { is_own_stack: false },
        Standing::Updatable => Decision::Update { is_paused: false },
        Standing::Remains => remains(options, stack),
        Standing::Paused if options.on_paused == OnPaused::Continue => Decision::Update { is_paused: true },
        Standing::Paused if options.on_paused == OnPaused::Rollback => Decision::Prepare(PrepareKind::Rollback),
        Standing::Paused if options.replaces_failed && stack.status.never_worked() => remains(options, stack),
        Standing::Paused => Decision::Refuse(paused(stack)),
        Standing::Stuck => Decision::Refuse(stuck(stack)),
        Standing::Busy => busy(options, stack, create, now),
    }
}

fn absent(options: &DeployOptions) -> Decision {
    match options.stack.starts_with("arn:") {
        false => Decision::Create { is_own_stack: true },
        true => Decision::Refuse(
            Failure::new(FailureKind::Usage, format!("there is no stack {}", options.stack))
                .with_hint("give the name of the stack instead of its ARN to create it"),
        ),
    }
}

fn refused(stack: &Stack, why: &str) -> Failure {
    Failure::new(FailureKind::Failed, format!("the stack {} is {}: {why}", stack.name, stack.status))
}

/// A stack that never worked, or that could not be deleted.
fn remains(options: &DeployOptions, stack: &Stack) -> Decision {
    if !stack.status.never_worked() {
        let failure = refused(stack, "it can only be deleted, and a stack that worked once is not deleted here");
        let hint = format!("if nothing in it is needed: aws cloudformation delete-stack --stack-name {}", stack.id);
        return Decision::Refuse(failure.with_hint(hint));
    }
    if stack.is_protected {
        let failure = refused(stack, "it has to be deleted first, and its termination protection is on");
        let hint = format!(
            "if it may be deleted: aws cloudformation update-termination-protection \
             --no-enable-termination-protection --stack-name {}",
            stack.id
        );
        return Decision::Refuse(failure.with_hint(hint));
    }
    if options.replaces_failed {
        return Decision::Prepare(PrepareKind::Delete);
    }
    let failure = refused(stack, "its creation failed, and CloudFormation cannot update what is left");
    Decision::Refuse(failure.with_hint("deploy with --replace-failed-stack to delete what is left and create it again"))
}

fn paused(stack: &Stack) -> Failure {
    refused(stack, "an operation failed and was kept as it was").with_hint(
        "deploy with --on-paused-failure continue to repair it, or with --on-paused-failure rollback to go back first",
    )
}

fn stuck(stack: &Stack) -> Failure {
    if !stack.status.can_continue_rollback() {
        let failure =
            refused(stack, "the rollback of an import failed, and CloudFormation has no call that continues it");
        return failure.with_hint(next_step::look_at_events(&stack.id));
    }
    refused(stack, "a rollback failed, and a person has to continue it").with_hint(format!(
        "remove what blocks the rollback, then: aws cloudformation continue-update-rollback --stack-name {}",
        stack.id
    ))
}

fn busy(options: &DeployOptions, stack: &Stack, create: &Create, now: Timestamp) -> Decision {
    let waited = create.waits_since.map_or_else(Default::default, |since| now.since(since));
    match options.wait_for_stack {
        Some(limit) if waited < limit => Decision::Wait,
        Some(limit) => {
            let why = format!("another operation did not end within {} s", limit.as_secs());
            Decision::Refuse(Failure { kind: FailureKind::Deadline, ..refused(stack, &why) })
        }
        None => {
            let failure = refused(stack, "another operation runs on it");
            Decision::Refuse(failure.with_hint("deploy with --wait-for-stack to wait for its end"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Decision, decide};
    use crate::deploy::options::{DeployOptions, OnPaused};
    use crate::deploy::phase::{Create, PrepareKind};
    use crate::deploy::stacks::Stack;
    use crate::deploy::status::Status;
    use crate::facts::{FailureKind, Timestamp};
    use crate::testing::deploy::options;
    use std::time::Duration;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    fn stack(status: &str) -> Stack {
        let status = Status::new(status);
        Stack { id: "arn:stack".to_owned(), name: "app".to_owned(), status, ..Stack::default() }
    }

    fn name(decision: &Decision) -> String {
        match decision {
            Decision::Refuse(failure) => format!("refuse {}", failure.kind.exit_code()),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn each_status_is_a_starting_point() {
        let protected = |status| Stack { is_protected: true, ..stack(status) };
        let plain = options("app");
        let mut replaces = options("app");
        replaces.replaces_failed = true;
        let continues = DeployOptions { on_paused: OnPaused::Continue, ..plain.clone() };
        let rolls_back = DeployOptions { on_paused: OnPaused::Rollback, ..plain.clone() };
        let mut waits = options("app");
        waits.wait_for_stack = Some(Duration::from_secs(60));
        let create = |is_own_stack| format!("{:?}", Decision::Create { is_own_stack });
        let update = |is_paused| format!("{:?}", Decision::Update { is_paused });
        let prepare = |kind| format!("{:?}", Decision::Prepare(kind));
        let rows = [
            (&plain, None, create(true)),
            (&plain, Some(stack("DELETE_COMPLETE")), create(true)),
            (&plain, Some(stack("REVIEW_IN_PROGRESS")), create(false)),
            (&plain, Some(stack("CREATE_COMPLETE")), update(false)),
            (&plain, Some(stack("UPDATE_COMPLETE")), update(false)),
            (&plain, Some(stack("UPDATE_ROLLBACK_COMPLETE")), update(false)),
            (&plain, Some(stack("IMPORT_COMPLETE")), update(false)),
            (&plain, Some(stack("IMPORT_ROLLBACK_COMPLETE")), update(false)),
            (&plain, Some(stack("ROLLBACK_COMPLETE")), "refuse 1".to_owned()),
            (&replaces, Some(stack("ROLLBACK_COMPLETE")), prepare(PrepareKind::Delete)),
            (&replaces, Some(stack("ROLLBACK_FAILED")), prepare(PrepareKind::Delete)),
            (&replaces, Some(protected("ROLLBACK_COMPLETE")), "refuse 1".to_owned()),
            (&replaces, Some(stack("DELETE_FAILED")), "refuse 1".to_owned()),
            (&plain, Some(stack("CREATE_FAILED")), "refuse 1".to_owned()),
            (&replaces, Some(stack("CREATE_FAILED")), prepare(PrepareKind::Delete)),
            (&replaces, Some(stack("UPDATE_FAILED")), "refuse 1".to_owned()),
            (&continues, Some(stack("UPDATE_FAILED")), update(true)),
            (&rolls_back, Some(stack("UPDATE_FAILED")), prepare(PrepareKind::Rollback)),
            (&plain, Some(stack("UPDATE_ROLLBACK_FAILED")), "refuse 1".to_owned()),
            (&plain, Some(stack("IMPORT_ROLLBACK_FAILED")), "refuse 1".to_owned()),
            (&plain, Some(stack("UPDATE_IN_PROGRESS")), "refuse 1".to_owned()),
            (&waits, Some(stack("UPDATE_IN_PROGRESS")), "Wait".to_owned()),
            (&waits, Some(stack("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")), "Wait".to_owned()),
        ];
        for (options, stack, expected) in rows {
            let decision = decide(options, stack.as_ref(), &Create::default(), NOW);
            assert_eq!(name(&decision), expected, "{:?}", stack.map(|it| it.status));
        }
    }

    #[test]
    fn late_answers_and_long_waits_are_noticed() {
        let left = Create { left: Some(Status::new("UPDATE_FAILED")), ..Create::default() };
        let mut rolls_back = options("app");
        rolls_back.on_paused = OnPaused::Rollback;
        assert_eq!(decide(&rolls_back, Some(&stack("UPDATE_FAILED")), &left, NOW), Decision::LookAgain);
        let removed = Create { removed: Some("arn:stack".to_owned()), ..Create::default() };
        let decision = decide(&rolls_back, Some(&stack("ROLLBACK_COMPLETE")), &removed, NOW);
        assert_eq!(decision, Decision::Create { is_own_stack: true });
        let mut waits = options("app");
        waits.wait_for_stack = Some(Duration::from_secs(60));
        let waiting = Create { waits_since: Some(Timestamp::from_millis(940_000)), ..Create::default() };
        let Decision::Refuse(failure) = decide(&waits, Some(&stack("UPDATE_IN_PROGRESS")), &waiting, NOW) else {
            panic!("it waits for ever");
        };
        assert_eq!(failure.kind, FailureKind::Deadline);
    }
}
