//! Pages of a stack's events, newest first: read as far back as needed, or as far as the calls of a look allow.

use super::stacks::{StackEvent, Stacks};
use crate::facts::ServiceError;

/// Newest rows of a stack that were read, while older ones were not.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Pages {
    /// Newest first.
    pub rows: Vec<StackEvent>,
    /// Leads to the older ones; `None` if all that is needed was read.
    pub next: Option<String>,
    /// Whether the last page had rows that were known, and older pages may have more of the operation.
    pub is_deep: bool,
    /// Whether an earlier look read the first page: newer rows may exist.
    pub is_continued: bool,
    /// Number of calls.
    pub calls: usize,
}

/// How far a page leads back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Older pages may hold needed rows.
    Newer,
    /// It has rows that were read before.
    Known,
    /// It has the beginning of the operation.
    Beginning,
}

/// Reads on after `pages`, at most `most` more. `reach` gets the newer rows and the rows of a page. After an error,
/// `pages` has what was read before it.
pub async fn read(
    stacks: &impl Stacks,
    stack: &str,
    pages: &mut Pages,
    most: usize,
    reach: impl Fn(&[StackEvent], &[StackEvent]) -> Reach,
) -> Result<(), ServiceError> {
    (pages.calls, pages.is_continued) = (0, pages.next.is_some());
    while pages.calls < most {
        let answer = stacks.events(stack, pages.next.as_deref()).await?;
        let reached = reach(&pages.rows, &answer.items);
        pages.calls += 1;
        pages.rows.extend(answer.items);
        pages.next = answer.next;
        if reached != Reach::Newer || pages.next.is_none() {
            pages.is_deep = reached == Reach::Known && pages.next.is_some();
            pages.next = None;
            break;
        }
    }
    Ok(())
}
