//! Which events of a stack belong to the operation that is watched.
//!
//! An operation is known by its token, never by time. Between its first row and its end rows of another token belong to
//! it too: another party cancelled it, or deleted the stack. What starts after its end is another operation.

use super::stacks::StackEvent;
use super::status::{Direction, Progress, Standing, Status};

/// The operation that is watched, as far as its rows are known.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Segment {
    /// Its token; `None` when the newest operation is followed until its token is known.
    token: Option<String>,
    has_begun: bool,
    /// The last row of the stack itself that is final.
    end: Option<StackEvent>,
    /// The row of another operation that started afterwards.
    successor: Option<StackEvent>,
    /// The first row that deletes the stack with another token.
    deleted_by_other: bool,
}

impl Segment {
    pub fn new(token: Option<String>) -> Self {
        Self { token, ..Self::default() }
    }

    /// Whether a row of the watched stack belongs to the operation. Rows come in order of time.
    pub fn accept(&mut self, event: &StackEvent) -> bool {
        let is_own = self.token.is_some() && event.token == self.token;
        if !is_own && (!self.has_begun || self.successor.is_some()) {
            return false;
        }
        self.has_begun = true;
        if is_root(event) && !is_review(event) {
            self.accept_root(event, is_own);
        }
        self.successor.is_none() || is_own
    }

    fn accept_root(&mut self, event: &StackEvent, is_own: bool) {
        let progress = event.status.progress();
        match progress {
            Progress::Ended(_) => self.end = Some(event.clone()),
            Progress::Running(direction) if !is_own && self.is_successor(direction, event) => {
                self.successor = Some(event.clone());
            }
            Progress::Running(Direction::Removal) => {
                self.deleted_by_other |= !is_own;
                self.end = None;
            }
            // A rollback or a clean-up after a row that looked final.
            Progress::Running(_) => self.end = None,
        }
    }

    /// Whether a row with a status of this direction starts another operation. Rows may lack their token.
    fn is_successor(&self, direction: Direction, event: &StackEvent) -> bool {
        match direction {
            Direction::Forward => event.token.is_some() || self.end.is_some(),
            Direction::Removal | Direction::Back => self.end.is_some(),
            Direction::CleanUp => false,
        }
    }

    /// Takes the operation that starts with this row as the one to watch.
    pub fn begin_with(&mut self, event: &StackEvent) {
        self.token.clone_from(&event.token);
        self.has_begun = true;
    }

    pub fn has_begun(&self) -> bool {
        self.has_begun
    }

    /// Whether it is the token of the operation.
    pub fn is_token(&self, token: Option<&str>) -> bool {
        self.token.is_some() && token == self.token.as_deref()
    }

    pub fn token(&self) -> Option<&String> {
        self.token.as_ref()
    }

    /// The final status, once its row is there.
    pub fn end(&self) -> Option<&Status> {
        self.end.as_ref().map(|event| &event.status)
    }

    /// Whether another operation started afterwards.
    pub fn has_successor(&self) -> bool {
        self.successor.is_some()
    }

    /// Whether another party deleted the stack meanwhile.
    pub fn is_deleted_by_other(&self) -> bool {
        self.deleted_by_other
    }
}

/// Whether a row is about the stack itself. The logical id may be an older name or differ from an alias.
pub fn is_root(event: &StackEvent) -> bool {
    event.physical_id.as_deref() == Some(event.stack_id.as_str())
}

/// Whether a row of the stack itself starts an operation.
pub fn is_start(event: &StackEvent) -> bool {
    is_creation_or_update(event) || is_running(event, Direction::Removal)
}

/// Whether a row of the stack itself starts a creation, an update or an import.
pub fn is_creation_or_update(event: &StackEvent) -> bool {
    is_running(event, Direction::Forward) && !is_review(event)
}

/// Whether a row says that the stack has a change set and nothing else: no operation runs.
pub fn is_review(event: &StackEvent) -> bool {
    is_root(event) && event.status.standing() == Standing::Review
}

fn is_running(event: &StackEvent, direction: Direction) -> bool {
    is_root(event) && event.status.progress() == Progress::Running(direction)
}

/// Where the newest operation starts in rows of a stack, oldest first.
pub fn newest_start(events: &[StackEvent]) -> Option<usize> {
    let mut start: Option<usize> = None;
    let mut is_at_rest = true;
    for (index, event) in events.iter().enumerate().filter(|(_, event)| is_root(event) && !is_review(event)) {
        let is_other = start.is_none_or(|start| event.token != events[start].token);
        let is_start = match event.status.progress() {
            Progress::Running(Direction::Forward) => true,
            // A creation that fails may end with the deletion of the stack.
            Progress::Running(Direction::Removal) => is_other || event.token.is_none(),
            // A rollback that was asked for: of a failure that was kept, or one more attempt.
            Progress::Running(Direction::Back) => is_at_rest && is_other,
            Progress::Running(Direction::CleanUp) | Progress::Ended(_) => false,
        };
        start = if is_start { Some(index) } else { start };
        is_at_rest = matches!(event.status.progress(), Progress::Ended(_));
    }
    start
}

#[cfg(test)]
mod tests {
    use super::Segment;
    use crate::deploy::stacks::StackEvent;
    use crate::deploy::status::Status;

    /// The ids of the rows that belong to the operation `ours`, its end, and whether another one followed.
    fn accepted(rows: &[(&str, &str)]) -> (Vec<usize>, Option<String>, bool, bool) {
        let mut segment = Segment::new(Some("ours".to_owned()));
        let mut accepted = Vec::new();
        for (index, (token, status)) in rows.iter().enumerate() {
            let (status, is_root) = match status.strip_prefix("res:") {
                Some(status) => (status, false),
                None => (*status, true),
            };
            let event = StackEvent {
                stack_id: "arn".to_owned(),
                physical_id: Some(if is_root { "arn" } else { "thing" }.to_owned()),
                status: Status::new(status),
                token: Some((*token).to_owned()),
                ..StackEvent::default()
            };
            if segment.accept(&event) {
                accepted.push(index);
            }
        }
        let end = segment.end().map(ToString::to_string);
        (accepted, end, segment.has_successor(), segment.is_deleted_by_other())
    }

    #[test]
    fn rows_belong_to_an_operation_by_token_until_its_end() {
        let rows: [(&str, &[(&str, &str)], _); 7] = [
            (
                "rows of the operation before are left out",
                &[("old", "UPDATE_COMPLETE"), ("ours", "UPDATE_IN_PROGRESS"), ("ours", "res:UPDATE_COMPLETE")],
                (vec![1, 2], None, false, false),
            ),
            (
                "a clean-up is not the end",
                &[
                    ("ours", "UPDATE_IN_PROGRESS"),
                    ("ours", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
                    ("ours", "UPDATE_COMPLETE"),
                ],
                (vec![0, 1, 2], Some("UPDATE_COMPLETE".to_owned()), false, false),
            ),
            (
                "a failure before the rollback is not the end",
                &[("ours", "UPDATE_FAILED"), ("ours", "UPDATE_ROLLBACK_IN_PROGRESS")],
                (vec![0, 1], None, false, false),
            ),
            (
                "somebody cancels",
                &[
                    ("ours", "UPDATE_IN_PROGRESS"),
                    ("them", "UPDATE_ROLLBACK_IN_PROGRESS"),
                    ("them", "UPDATE_ROLLBACK_COMPLETE"),
                ],
                (vec![0, 1, 2], Some("UPDATE_ROLLBACK_COMPLETE".to_owned()), false, false),
            ),
            (
                "another operation follows",
                &[
                    ("ours", "UPDATE_IN_PROGRESS"),
                    ("ours", "UPDATE_COMPLETE"),
                    ("them", "UPDATE_IN_PROGRESS"),
                    ("them", "res:UPDATE_FAILED"),
                    ("them", "UPDATE_ROLLBACK_COMPLETE"),
                ],
                (vec![0, 1], Some("UPDATE_COMPLETE".to_owned()), true, false),
            ),
            (
                "another operation follows although the final row is missing",
                &[("ours", "UPDATE_IN_PROGRESS"), ("them", "UPDATE_IN_PROGRESS"), ("them", "UPDATE_COMPLETE")],
                (vec![0], None, true, false),
            ),
            (
                "the stack is deleted meanwhile",
                &[("ours", "UPDATE_IN_PROGRESS"), ("them", "DELETE_IN_PROGRESS"), ("them", "DELETE_COMPLETE")],
                (vec![0, 1, 2], Some("DELETE_COMPLETE".to_owned()), false, true),
            ),
        ];
        for (name, rows, expected) in rows {
            assert_eq!(accepted(rows), expected, "{name}");
        }
    }
}
