//! The words for what happens while a stack is deployed.

mod json;
mod last_verdict;
mod line;
mod live;
mod plan;
mod row;
mod running;
mod shift;
mod verdict;
mod warning;

pub use json::{causes, objects, result_fields, result_status};
pub use last_verdict::LastVerdict;
pub use line::Line;
pub use live::Live;
pub use row::is_of_stack;
pub use verdict::{headline, lines as end_lines, page_notes};
pub use warning::sentence as warning;

use crate::facts::DeployEvent;
use crate::host::dialect::Section;

/// The section of a log that an event belongs to. What a reader looks for first stands outside.
pub fn section(event: &DeployEvent) -> Option<Section> {
    match event {
        DeployEvent::ChangeSetCreated { .. } | DeployEvent::Planned { .. } | DeployEvent::Ended(_) => None,
        DeployEvent::ApplicationChosen { .. }
        | DeployEvent::StackBusy { .. }
        | DeployEvent::ReplacingStack { .. }
        | DeployEvent::RollingBack { .. }
        | DeployEvent::ExecutionStarted { .. }
        | DeployEvent::Row(_)
        | DeployEvent::TrafficShift(_)
        | DeployEvent::NothingShifts { .. }
        | DeployEvent::StillRunning(_)
        | DeployEvent::DetailMissing { .. }
        | DeployEvent::WatchDelayed { .. } => Some(Section::Deployment),
    }
}

/// The lines about an event.
pub fn lines(event: &DeployEvent) -> Vec<Line> {
    match event {
        DeployEvent::ApplicationChosen { application, version, is_latest, nested } => {
            let name = application.rsplit('/').next().unwrap_or_default();
            let latest = if *is_latest { " (latest)" } else { "" };
            let chosen = Line::new(format!("Deploying application {name} {version}{latest}")).and(application.as_str());
            let within =
                |(id, version): &(String, String)| Line::indented(2).and(format!("nested application {id} {version}"));
            [chosen].into_iter().chain(nested.iter().map(within)).collect()
        }
        DeployEvent::StackBusy { stack, status } => {
            vec![Line::new(format!("Waiting for another operation on {stack} ({status})"))]
        }
        DeployEvent::ReplacingStack { stack, status } => {
            vec![Line::new(format!("Deleting the failed stack {stack} ({status})"))]
        }
        DeployEvent::RollingBack { stack, status } => {
            vec![Line::new(format!("Rolling back the failed change of {stack} ({status})"))]
        }
        DeployEvent::ChangeSetCreated { stack, change_set, is_new } => {
            let new = if *is_new { "the new stack " } else { "" };
            vec![Line::new(format!("Computing the changes of {new}{stack}")).and(change_set.as_str())]
        }
        DeployEvent::Planned { plan } => plan::lines(plan),
        DeployEvent::ExecutionStarted { stack, stack_id, .. } => {
            vec![Line::new(format!("Deploying {stack}")).and(stack_id.as_str())]
        }
        DeployEvent::Row(row) => vec![row::line(row)],
        DeployEvent::TrafficShift(shift) => vec![shift::line(shift)],
        DeployEvent::NothingShifts { aliases } => {
            let aliases = aliases.join(", ");
            vec![Line::new(format!("New aliases get all traffic at once, so nothing shifts this time: {aliases}"))]
        }
        DeployEvent::StillRunning(running) => vec![running::line(running)],
        DeployEvent::DetailMissing { error } => {
            vec![Line::new(format!("Less detail is shown, because a call failed: {error}"))]
        }
        DeployEvent::WatchDelayed { error, again } => {
            vec![Line::new(format!("Trying again in {:.0} s: {error}", again.as_secs_f64().ceil()))]
        }
        DeployEvent::Ended(verdict) => verdict::lines(verdict),
    }
}
