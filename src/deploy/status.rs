//! The only file that reads a status of CloudFormation.
//!
//! A status is kept as text: rows of the stack itself carry values that the SDK's enum of resource statuses lacks
//! (REVIEW_IN_PROGRESS, UPDATE_COMPLETE_CLEANUP_IN_PROGRESS and more).

use crate::facts::RowOutcome;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A status as the service spells it: of a stack, a resource, a change set, or of a change set's execution.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Status(String);

/// What can be done with a stack before a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It was deleted.
    Gone,
    /// It has a change set at most.
    Review,
    Updatable,
    /// It can only be deleted.
    Remains,
    /// A failure that was kept: to be repaired or rolled back.
    Paused,
    /// A rollback that failed: a person has to continue it.
    Stuck,
    Busy,
}

/// How far the operation is that gave a stack its status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    Running(Direction),
    Ended(End),
}

/// Where a running operation leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Forward,
    /// A rollback.
    Back,
    /// The outcome is settled; replaced resources are deleted.
    CleanUp,
    Removal,
}

/// How an operation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Succeeded,
    /// A new stack was rolled back: nothing but the empty stack is left.
    Emptied,
    /// The version before is back.
    Restored,
    /// A rollback failed.
    Stuck,
    /// Failed, and kept as it is.
    Kept,
    /// The stack was deleted.
    Removed,
    /// The stack could not be deleted.
    NotRemoved,
    /// A final status that this program does not know.
    Unknown,
}

/// How far a change set is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeSetProgress {
    Pending,
    Ready,
    Failed,
    Gone,
}

/// How far the execution of a change set is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Execution {
    Unavailable,
    Available,
    Running,
    Complete,
    Failed,
    /// Another operation changed the stack in between.
    Obsolete,
}

impl Status {
    /// Whether a resource is being updated, by the operation or by its rollback.
    pub fn is_updating(&self) -> bool {
        self.0 == "UPDATE_IN_PROGRESS"
    }

    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As the status of a stack that is to be deployed.
    pub fn standing(&self) -> Standing {
        match self.as_str() {
            "DELETE_COMPLETE" => Standing::Gone,
            "REVIEW_IN_PROGRESS" => Standing::Review,
            "CREATE_COMPLETE"
            | "UPDATE_COMPLETE"
            | "UPDATE_ROLLBACK_COMPLETE"
            | "IMPORT_COMPLETE"
            | "IMPORT_ROLLBACK_COMPLETE" => Standing::Updatable,
            "ROLLBACK_COMPLETE" | "ROLLBACK_FAILED" | "DELETE_FAILED" => Standing::Remains,
            "CREATE_FAILED" | "UPDATE_FAILED" => Standing::Paused,
            "UPDATE_ROLLBACK_FAILED" | "IMPORT_ROLLBACK_FAILED" => Standing::Stuck,
            // A status that appeared after this was written: the service decides.
            text if text.ends_with("_IN_PROGRESS") => Standing::Busy,
            _ => Standing::Updatable,
        }
    }

    /// Whether the creation of the stack failed: nothing in it ever served.
    pub fn never_worked(&self) -> bool {
        matches!(self.as_str(), "ROLLBACK_COMPLETE" | "ROLLBACK_FAILED" | "CREATE_FAILED")
    }

    /// Whether the stack is being created, or taken back from that.
    pub fn is_creating(&self) -> bool {
        matches!(self.as_str(), "CREATE_IN_PROGRESS" | "ROLLBACK_IN_PROGRESS")
    }

    /// As the status of a stack, or of its own row, during an operation.
    pub fn progress(&self) -> Progress {
        match self.as_str() {
            "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "IMPORT_COMPLETE" => Progress::Ended(End::Succeeded),
            "ROLLBACK_COMPLETE" => Progress::Ended(End::Emptied),
            "UPDATE_ROLLBACK_COMPLETE" | "IMPORT_ROLLBACK_COMPLETE" => Progress::Ended(End::Restored),
            "ROLLBACK_FAILED" | "UPDATE_ROLLBACK_FAILED" | "IMPORT_ROLLBACK_FAILED" => Progress::Ended(End::Stuck),
            "CREATE_FAILED" | "UPDATE_FAILED" => Progress::Ended(End::Kept),
            "DELETE_COMPLETE" => Progress::Ended(End::Removed),
            "DELETE_FAILED" => Progress::Ended(End::NotRemoved),
            "DELETE_IN_PROGRESS" => Progress::Running(Direction::Removal),
            text if text.ends_with("_CLEANUP_IN_PROGRESS") => Progress::Running(Direction::CleanUp),
            text if text.ends_with("ROLLBACK_IN_PROGRESS") => Progress::Running(Direction::Back),
            text if text.ends_with("_IN_PROGRESS") => Progress::Running(Direction::Forward),
            _ => Progress::Ended(End::Unknown),
        }
    }

    /// As the status of a resource in a stack event.
    pub fn outcome(&self) -> RowOutcome {
        match self.as_str() {
            "DELETE_SKIPPED" => RowOutcome::Skipped,
            text if text.ends_with("_FAILED") => RowOutcome::Failed,
            text if text.ends_with("_IN_PROGRESS") => RowOutcome::Started,
            _ => RowOutcome::Completed,
        }
    }

    /// Whether a resource could not be deleted, which fails no deployment.
    pub fn is_failed_deletion(&self) -> bool {
        self.as_str() == "DELETE_FAILED"
    }

    /// Whether a resource could not be changed: during a rollback, it could not be changed back.
    pub fn is_failed_update(&self) -> bool {
        matches!(self.as_str(), "UPDATE_FAILED" | "UPDATE_ROLLBACK_FAILED" | "IMPORT_ROLLBACK_FAILED")
    }

    /// Whether a rollback is complete.
    pub fn is_rolled_back(&self) -> bool {
        self.as_str().ends_with("ROLLBACK_COMPLETE")
    }

    /// Whether `ContinueUpdateRollback` is for it: nothing continues the rollback of a creation or of an import.
    pub fn can_continue_rollback(&self) -> bool {
        self.as_str() == "UPDATE_ROLLBACK_FAILED"
    }

    /// What could not be done to a resource.
    pub fn failed_verb(&self) -> &'static str {
        match self.as_str() {
            "CREATE_FAILED" => "could not be created",
            "UPDATE_FAILED" => "could not be updated",
            "DELETE_FAILED" => "could not be deleted",
            "IMPORT_FAILED" => "could not be imported",
            _ => "failed",
        }
    }

    /// As the status of a change set.
    pub fn change_set(&self) -> ChangeSetProgress {
        match self.as_str() {
            "CREATE_COMPLETE" => ChangeSetProgress::Ready,
            "FAILED" => ChangeSetProgress::Failed,
            text if text.starts_with("DELETE_") => ChangeSetProgress::Gone,
            _ => ChangeSetProgress::Pending,
        }
    }

    /// As the execution status of a change set.
    pub fn execution(&self) -> Execution {
        match self.as_str() {
            "AVAILABLE" => Execution::Available,
            "EXECUTE_IN_PROGRESS" => Execution::Running,
            "EXECUTE_COMPLETE" => Execution::Complete,
            "EXECUTE_FAILED" => Execution::Failed,
            "OBSOLETE" => Execution::Obsolete,
            _ => Execution::Unavailable,
        }
    }

    /// As the status of a hook.
    pub fn is_failed_hook(&self) -> bool {
        matches!(self.as_str(), "HOOK_COMPLETE_FAILED" | "HOOK_FAILED")
    }

    /// As the status of a hook that has not answered.
    pub fn is_open_hook(&self) -> bool {
        self.as_str() == "HOOK_IN_PROGRESS"
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{ChangeSetProgress, Direction, End, Execution, Progress, Standing, Status};
    use crate::facts::RowOutcome;

    #[test]
    fn each_stack_status_says_what_can_be_done_and_how_far_the_operation_is() {
        use Direction::{Back, CleanUp, Forward, Removal};
        use Progress::{Ended, Running};
        let table = [
            ("REVIEW_IN_PROGRESS", Standing::Review, Running(Forward)),
            ("CREATE_IN_PROGRESS", Standing::Busy, Running(Forward)),
            ("CREATE_COMPLETE", Standing::Updatable, Ended(End::Succeeded)),
            ("CREATE_FAILED", Standing::Paused, Ended(End::Kept)),
            ("ROLLBACK_IN_PROGRESS", Standing::Busy, Running(Back)),
            ("ROLLBACK_COMPLETE", Standing::Remains, Ended(End::Emptied)),
            ("ROLLBACK_FAILED", Standing::Remains, Ended(End::Stuck)),
            ("DELETE_IN_PROGRESS", Standing::Busy, Running(Removal)),
            ("DELETE_COMPLETE", Standing::Gone, Ended(End::Removed)),
            ("DELETE_FAILED", Standing::Remains, Ended(End::NotRemoved)),
            ("UPDATE_IN_PROGRESS", Standing::Busy, Running(Forward)),
            ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", Standing::Busy, Running(CleanUp)),
            ("UPDATE_COMPLETE", Standing::Updatable, Ended(End::Succeeded)),
            ("UPDATE_FAILED", Standing::Paused, Ended(End::Kept)),
            ("UPDATE_ROLLBACK_IN_PROGRESS", Standing::Busy, Running(Back)),
            ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", Standing::Busy, Running(CleanUp)),
            ("UPDATE_ROLLBACK_COMPLETE", Standing::Updatable, Ended(End::Restored)),
            ("UPDATE_ROLLBACK_FAILED", Standing::Stuck, Ended(End::Stuck)),
            ("IMPORT_IN_PROGRESS", Standing::Busy, Running(Forward)),
            ("IMPORT_COMPLETE", Standing::Updatable, Ended(End::Succeeded)),
            ("IMPORT_ROLLBACK_IN_PROGRESS", Standing::Busy, Running(Back)),
            ("IMPORT_ROLLBACK_COMPLETE", Standing::Updatable, Ended(End::Restored)),
            ("IMPORT_ROLLBACK_FAILED", Standing::Stuck, Ended(End::Stuck)),
            ("SOMETHING_NEW_IN_PROGRESS", Standing::Busy, Running(Forward)),
            ("SOMETHING_NEW_COMPLETE", Standing::Updatable, Ended(End::Unknown)),
        ];
        for (text, standing, progress) in table {
            let status = Status::new(text);
            assert_eq!((status.standing(), status.progress()), (standing, progress), "{text}");
        }
    }

    #[test]
    fn each_resource_status_has_an_outcome() {
        let table = [
            ("CREATE_IN_PROGRESS", RowOutcome::Started),
            ("CREATE_FAILED", RowOutcome::Failed),
            ("UPDATE_COMPLETE", RowOutcome::Completed),
            ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", RowOutcome::Started),
            ("DELETE_SKIPPED", RowOutcome::Skipped),
            ("IMPORT_ROLLBACK_FAILED", RowOutcome::Failed),
            ("EXPORT_COMPLETE", RowOutcome::Completed),
        ];
        for (text, outcome) in table {
            assert_eq!(Status::new(text).outcome(), outcome, "{text}");
        }
    }

    #[test]
    fn each_status_of_a_change_set_is_read() {
        let table = [
            ("CREATE_PENDING", ChangeSetProgress::Pending),
            ("CREATE_IN_PROGRESS", ChangeSetProgress::Pending),
            ("CREATE_COMPLETE", ChangeSetProgress::Ready),
            ("FAILED", ChangeSetProgress::Failed),
            ("DELETE_PENDING", ChangeSetProgress::Gone),
            ("DELETE_FAILED", ChangeSetProgress::Gone),
        ];
        for (text, progress) in table {
            assert_eq!(Status::new(text).change_set(), progress, "{text}");
        }
        let table = [
            ("UNAVAILABLE", Execution::Unavailable),
            ("AVAILABLE", Execution::Available),
            ("EXECUTE_IN_PROGRESS", Execution::Running),
            ("EXECUTE_COMPLETE", Execution::Complete),
            ("EXECUTE_FAILED", Execution::Failed),
            ("OBSOLETE", Execution::Obsolete),
        ];
        for (text, execution) in table {
            assert_eq!(Status::new(text).execution(), execution, "{text}");
        }
    }
}
