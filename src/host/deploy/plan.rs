//! A plan in lines: what is replaced or removed first, in columns.

use super::line::{BAD, CAREFUL, GOOD, Line};
use crate::facts::{ChangeKind, Plan, StackChange};
use clap::builder::styling::Style;

/// Longer names do not widen their column.
const WIDEST_COLUMN: usize = 48;

/// A heading with the counts, and a line for each change.
pub fn lines(plan: &Plan) -> Vec<Line> {
    let changes = plan.most_severe_first();
    let is_listed = |path: &&String| !changes.iter().any(|change| change.path() == **path);
    let widths = Widths::of(&changes);
    let rows = changes.iter().map(|change| widths.line(change, plan.unknown.contains(&change.path())));
    let unknown = plan.unknown.iter().filter(is_listed).map(|path| Line::indented(2).and(path.as_str()).and(UNKNOWN));
    let heading = Line::new(format!("Changes: {}", plan.summary()));
    std::iter::once(heading).chain(rows).chain(unknown).collect()
}

const UNKNOWN: &str = "the changes of this nested stack are not known";

struct Widths {
    action: usize,
    path: usize,
    resource_type: usize,
}

impl Widths {
    fn of(changes: &[&StackChange]) -> Self {
        let widest = |text: &dyn Fn(&StackChange) -> usize| {
            changes.iter().map(|change| text(change)).filter(|width| *width <= WIDEST_COLUMN).max().unwrap_or(0)
        };
        Self {
            action: widest(&|change| action(change).0.len()),
            path: widest(&|change| change.path().len()),
            resource_type: widest(&|change| change.resource_type.len()),
        }
    }

    fn line(&self, change: &StackChange, is_unknown: bool) -> Line {
        let (verb, style) = action(change);
        let place = change.place.as_ref().map(ToString::to_string).unwrap_or_default();
        Line::indented(2)
            .column(verb, style, self.action)
            .column(change.path(), Style::new(), self.path)
            .column(change.resource_type.as_str(), Style::new(), self.resource_type)
            .and(change.policy_action.clone().unwrap_or_default())
            .and(causes(change))
            .and(if is_unknown { UNKNOWN } else { "" })
            .and(place)
    }
}

fn action(change: &StackChange) -> (&str, Style) {
    let style = match change.kind() {
        ChangeKind::Replace | ChangeKind::Remove => BAD,
        ChangeKind::MayReplace | ChangeKind::Undecided => CAREFUL,
        ChangeKind::Add | ChangeKind::Import => GOOD,
        ChangeKind::Change => Style::new(),
    };
    (change.verb(), style)
}

/// The properties that change.
fn causes(change: &StackChange) -> String {
    let words = change.cause_words();
    if words.is_empty() { words } else { format!("by {words}") }
}
