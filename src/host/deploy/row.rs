//! A stack event as a line.

use super::line::{BAD, GOOD, Line};
use crate::facts::{RowOutcome, StackRow};
use crate::text::clock;
use clap::builder::styling::Style;

/// Columns of most statuses.
pub const STATUS_COLUMNS: usize = 20;
/// Columns of most logical ids.
pub const PATH_COLUMNS: usize = 24;

/// Time, status, resource, type and reason. The status of the stack itself has no colour, because the verdict follows.
pub fn line(row: &StackRow) -> Line {
    let style = match row.outcome {
        _ if is_of_stack(row) => Style::new(),
        RowOutcome::Failed => BAD,
        RowOutcome::Completed => GOOD,
        RowOutcome::Started | RowOutcome::Skipped => Style::new(),
    };
    let detail = row.detailed_status.as_ref().map(|detail| format!(" ({detail})")).unwrap_or_default();
    let resource_type = if is_of_stack(row) { "" } else { &row.resource_type };
    Line::new(clock(row.time))
        .column(format!("{}{detail}", row.status), style, STATUS_COLUMNS)
        .column(row.path.as_str(), Style::new(), PATH_COLUMNS)
        .and(resource_type)
        .and(row.reason.clone().unwrap_or_default())
}

/// Whether a row is about the stack itself.
pub fn is_of_stack(row: &StackRow) -> bool {
    row.physical_id.as_deref() == Some(row.stack_id.as_str())
}
