//! What a running deployment waits for, in a line for logs.

use super::line::Line;
use crate::facts::{Activity, OpenResource, StillRunning, Timestamp, WaitsFor};
use crate::text::{clock, duration};

/// Open resources in a line.
const MOST_SHOWN: usize = 3;

/// One line: what is done, for how long, and the oldest open resources.
pub fn line(running: &StillRunning) -> Line {
    let StillRunning { stack, since, now, open, activity } = running;
    let shown = open.iter().take(MOST_SHOWN).map(|it| open_words(it, *now));
    let more = open.len().saturating_sub(MOST_SHOWN);
    let more = (more > 0).then(|| format!("and {more} more"));
    let parts: Vec<_> = shown.chain(more).collect();
    let open = if parts.is_empty() { String::new() } else { format!(": {}", parts.join("; ")) };
    Line::new(format!("{}, {} so far{open}", doing(stack, *activity, *now), duration(now.since(*since))))
}

fn doing(stack: &str, activity: Activity, now: Timestamp) -> String {
    match activity {
        Activity::ComputingChanges => format!("Still computing the changes of {stack}"),
        Activity::WaitingForStack => format!("Still waiting for another operation on {stack}"),
        Activity::DeletingStack => format!("Still deleting {stack}"),
        Activity::Changing => format!("Still deploying {stack}"),
        Activity::RollingBack => format!("Still rolling back {stack}"),
        Activity::CleaningUp => format!("Still deleting old resources of {stack}"),
        Activity::Monitoring { until } => {
            format!("Still monitoring the rollback triggers of {stack} ({} left)", duration(until.since(now)))
        }
    }
}

fn open_words(open: &OpenResource, now: Timestamp) -> String {
    let OpenResource { path, resource_type, status, since, waits_for } = open;
    let waits = waiting(waits_for).map(|waits| format!(", {waits}")).unwrap_or_default();
    format!("{path} ({resource_type}) {status} since {} ({}){waits}", clock(*since), duration(now.since(*since)))
}

/// What a resource waits for, if that is more than its service.
pub fn waiting(waits_for: &WaitsFor) -> Option<String> {
    match waits_for {
        WaitsFor::Service | WaitsFor::NestedStack => None,
        WaitsFor::Hook { name } => Some(format!("waits for the hook {name}")),
        WaitsFor::CustomResource { function, log_group } => {
            let function = function.as_ref().map(|name| format!("the function {name}"));
            let log_group = log_group.as_ref().map(|name| format!(" (log group {name})")).unwrap_or_default();
            Some(format!("waits for {}{log_group}, up to 1 h", function.as_deref().unwrap_or("an answer")))
        }
    }
}
