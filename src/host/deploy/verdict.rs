//! What surrounds the failure of a deployment: status, duration, what serves now, what is left, and where to look.

use super::line::Line;
use super::shift;
use crate::facts::{Cause, Ended, OpenResource, Verdict};
use crate::page::failed_verb;
use crate::text::{capital, clock, count, duration};

/// Open resources that are listed.
const MOST_OPEN: usize = 10;

/// How it ended badly, with status and duration: `Deployment of app failed: UPDATE_ROLLBACK_COMPLETE after 12 s`.
pub fn headline(verdict: &Verdict) -> String {
    let how = verdict.ended.failed_as().map_or("ended", failed_verb);
    let status = verdict.status.as_ref().map(|status| format!(": {status}")).unwrap_or_default();
    format!("Deployment of {} {how}{status} after {}", verdict.stack.name, duration(verdict.took))
}

/// The lines about the end. The result itself, or the failure with its causes and the next step, are the end of the run.
pub fn lines(verdict: &Verdict) -> Vec<Line> {
    let next_step = || verdict.next_step.iter().map(|step| capital(step));
    let console = verdict.console.iter().map(|page| format!("Console: {page}"));
    match &verdict.ended {
        Ended::Failed(_) => {
            let serving = verdict.serving.map(|serving| format!("; {serving}")).unwrap_or_default();
            let first = format!("{}{serving}", headline(verdict));
            std::iter::once(first).chain(notes(verdict)).chain(console).map(Line::new).collect()
        }
        Ended::Planned | Ended::Detached => next_step().chain(console).map(Line::new).collect(),
        Ended::Deployed | Ended::NoChanges => Vec::new(),
    }
}

/// What serves now, and what else there is to know beside status, cause and next step.
pub fn page_notes(verdict: &Verdict) -> Vec<String> {
    verdict.serving.map(capital).into_iter().chain(notes(verdict)).collect()
}

fn notes(verdict: &Verdict) -> Vec<String> {
    let physical = verdict.causes.first().and_then(|cause| Some((cause.resource()?, cause.physical_id.as_ref()?)));
    let physical = physical.map(|(path, id)| format!("Physical id of {path}: {id}"));
    let cancelled = (verdict.consequences > 0)
        .then(|| format!("Cancelled as a consequence: {}", count(verdict.consequences, "other resource")));
    let left = verdict.left_behind.iter().map(left_behind);
    // One alone is in the message of the failure.
    let open = if verdict.open.len() > 1 { verdict.open.as_slice() } else { &[] };
    let open = open.iter().take(MOST_OPEN).map(still_open);
    let more = verdict.open.len().saturating_sub(MOST_OPEN);
    let more = (more > 0).then(|| format!("Still open: {more} more"));
    let shifts = verdict.last_shifts().map(shift::outcome);
    physical.into_iter().chain(shifts).chain(cancelled).chain(left).chain(open).chain(more).collect()
}

fn left_behind(cause: &Cause) -> String {
    let path = cause.resource().unwrap_or_default();
    let kind = cause.resource_type.as_ref().map(|kind| format!(" ({kind})")).unwrap_or_default();
    let id = cause.physical_id.as_ref().map(|id| format!(" {id}")).unwrap_or_default();
    let reason = cause.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    format!("Left behind: {path}{kind}{id}{reason}")
}

fn still_open(open: &OpenResource) -> String {
    format!("Still open: {} ({}) {} since {}", open.path, open.resource_type, open.status, clock(open.since))
}
