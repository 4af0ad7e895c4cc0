//! The words for what happens while a stack is deployed.

use crate::facts::{
    Activity, ChangeCause, DeployEvent, DeployWarning, Ended, OpenResource, Plan, Replacement, RowOutcome, StackChange,
    StackRow, StillRunning, Timestamp, Verdict, WaitsFor,
};
use crate::text::count;
use clap::builder::styling::{AnsiColor, Style};
use std::time::Duration;

const BAD: Style = AnsiColor::Red.on_default();
const GOOD: Style = AnsiColor::Green.on_default();

/// The lines about an event. A row of a table is one line, whatever its length, so that it can be copied from a log.
pub fn lines(event: &DeployEvent) -> Vec<String> {
    match event {
        DeployEvent::StackBusy { stack, status } => {
            vec![format!("Waiting: another operation runs on {stack} ({status})")]
        }
        DeployEvent::ReplacingStack { stack, status } => vec![format!("Deleting what is left of {stack} ({status})")],
        DeployEvent::RollingBack { stack, status } => vec![format!("Rolling {stack} back ({status})")],
        DeployEvent::ChangeSetCreated { stack, change_set, is_new } => {
            let new = if *is_new { "the new stack " } else { "" };
            vec![format!("Computing the changes of {new}{stack}  ({change_set})")]
        }
        DeployEvent::Planned { plan } => plan_lines(plan),
        DeployEvent::ExecutionStarted { stack, stack_id, .. } => vec![format!("Deploying {stack}  ({stack_id})")],
        DeployEvent::Row(row) => vec![row_line(row)],
        DeployEvent::StillRunning(running) => vec![running_line(running)],
        DeployEvent::DetailMissing { error } => vec![format!("Less detail, since a call is not possible: {error}")],
        DeployEvent::WatchDelayed { error, again } => {
            vec![format!("Still going; {error}; again in {:.0} s", again.as_secs_f64().ceil())]
        }
        DeployEvent::Ended(verdict) => verdict_lines(verdict),
    }
}

fn plan_lines(plan: &Plan) -> Vec<String> {
    let rows = plan.changes.iter().map(change_line);
    let unknown = plan.unknown.iter().map(|path| format!("  ?        {path}  its changes are not known"));
    std::iter::once(format!("Changes: {}", plan.summary())).chain(rows).chain(unknown).collect()
}

fn change_line(change: &StackChange) -> String {
    let replacement = match change.replacement {
        Some(Replacement::Always) => "  replaced",
        Some(Replacement::Conditional) => "  perhaps replaced",
        Some(Replacement::Never) | None => "",
    };
    let policy = change.policy_action.as_ref().map(|policy| format!(" ({policy})")).unwrap_or_default();
    let mut causes: Vec<_> = change.causes.iter().map(cause_words).collect();
    causes.dedup();
    let causes = if causes.is_empty() { String::new() } else { format!("  by {}", causes.join(", ")) };
    let place = change.place.as_ref().map(|place| format!("  {place}")).unwrap_or_default();
    let (action, path, kind) = (change.action.name(), change.path(), &change.resource_type);
    format!("  {action:<8} {path}  {kind}{replacement}{policy}{causes}{place}")
}

fn cause_words(cause: &ChangeCause) -> String {
    match &cause.entity {
        Some(entity) => format!("{} ← {entity}", cause.property),
        None => cause.property.clone(),
    }
}

fn row_line(row: &StackRow) -> String {
    let style = match row.outcome {
        RowOutcome::Failed => BAD,
        RowOutcome::Completed => GOOD,
        RowOutcome::Started | RowOutcome::Skipped => Style::new(),
    };
    let reason = row.reason.as_ref().map(|reason| format!("  {reason}")).unwrap_or_default();
    let (time, status, path, kind) = (clock(row.time), &row.status, &row.path, &row.resource_type);
    format!("{time}  {style}{status}{style:#}  {path}  {kind}{reason}")
}

/// The time of day, UTC.
fn clock(time: Timestamp) -> String {
    time.to_string().chars().skip("2026-11-30T".len()).take("12:00:00".len()).collect()
}

fn running_line(running: &StillRunning) -> String {
    let age = |since: Timestamp| duration(running.now.since(since));
    let what = match running.activity {
        Activity::ComputingChanges => "computing changes".to_owned(),
        Activity::WaitingForStack => "waiting for another operation".to_owned(),
        Activity::DeletingStack => "deleting the stack".to_owned(),
        Activity::Changing => "deploying".to_owned(),
        Activity::RollingBack => "rolling back".to_owned(),
        Activity::CleaningUp => "deployed, cleaning up".to_owned(),
        Activity::Monitoring { until } => {
            format!("watching rollback alarms, {} left", duration(until.since(running.now)))
        }
    };
    let open: Vec<_> = running.open.iter().take(SHOWN).map(|it| open_words(it, &age(it.since))).collect();
    let more = match running.open.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    let open = if open.is_empty() { String::new() } else { format!(": {}{more}", open.join(", ")) };
    format!("{}: {what} for {}{open}", running.stack, age(running.since))
}

/// Open resources in a line.
const SHOWN: usize = 3;

fn open_words(open: &OpenResource, age: &str) -> String {
    let waits = match &open.waits_for {
        WaitsFor::Service | WaitsFor::NestedStack => String::new(),
        WaitsFor::Hook { name } => format!(", waits for the hook {name}"),
        WaitsFor::CustomResource { function: Some(function) } => {
            format!(", waits for an answer of {function} (up to 1 h)")
        }
        WaitsFor::CustomResource { function: None } => ", waits for an answer (up to 1 h)".to_owned(),
    };
    format!("{} ({}) {} for {age}{waits}", open.path, open.resource_type, open.status)
}

/// What surrounds the result: the result itself is the last line of the run.
fn verdict_lines(verdict: &Verdict) -> Vec<String> {
    let mut lines = Vec::new();
    let status = verdict.status.as_deref().unwrap_or("unknown");
    let took = duration(verdict.took);
    match &verdict.ended {
        Ended::Failed(_) => {
            let serving = verdict.serving.map(|serving| format!("; {serving}")).unwrap_or_default();
            lines.push(format!("{} is {status} after {took}{serving}", verdict.stack.name));
            if verdict.consequences > 0 {
                lines.push(format!("{} cancelled as a consequence", count(verdict.consequences, "resource")));
            }
            let left = verdict.left_behind.iter().filter_map(|cause| cause.resource());
            lines.extend(left.map(|path| format!("Left as it is: {path}")));
            lines.extend(verdict.console.iter().cloned());
        }
        Ended::Deployed => lines.push(format!("{} is {status} after {took}", verdict.stack.name)),
        Ended::NoChanges | Ended::Planned | Ended::Detached => lines.extend(verdict.next_step.iter().cloned()),
    }
    lines
}

/// A duration as people read it.
fn duration(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        seconds => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}

/// A warning in a sentence, and what to do.
pub fn warning(warning: &DeployWarning) -> (String, Option<String>) {
    match warning {
        DeployWarning::UnknownParameter { parameter, nearest } => (
            format!("the template has no parameter {parameter}, so its value is not used"),
            nearest.as_ref().map(|nearest| format!("did you mean {nearest}?")),
        ),
        DeployWarning::ReferencesNotCompared { references } => (
            format!("CloudFormation does not compare the values behind {}", references.join(", ")),
            Some("if one of them changed, change the template too, such as the version in the reference".to_owned()),
        ),
        DeployWarning::LeftBehind { stack, resources } => {
            let each = resources.iter().map(|(path, id, reason)| {
                let id = id.as_ref().map(|id| format!(" {id}")).unwrap_or_default();
                let reason = reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
                format!("{path}{id}{reason}")
            });
            let each = each.collect::<Vec<_>>().join(", ");
            (
                format!(
                    "{stack} is deployed, but these old resources could not be deleted, and no stack has them now: {each}"
                ),
                Some("delete them by hand".to_owned()),
            )
        }
        DeployWarning::ExportInUse { export, importers, goes } => {
            let verb = if *goes { "goes" } else { "may change" };
            (
                format!("the export {export} {verb}, and other stacks import it: {}", importers.join(", ")),
                Some("CloudFormation fails such a change late; --refuse-export-change refuses it before".to_owned()),
            )
        }
        DeployWarning::StackSettingFailed { stack, setting, error } => {
            (format!("{stack} is deployed, but {setting} could not be set: {error}"), Some("deploy again".to_owned()))
        }
        DeployWarning::RoleKept { stack, role_arn } => (
            format!("{stack} is changed with the role {role_arn}, which an earlier deployment gave it"),
            Some("give another role with --role-arn".to_owned()),
        ),
        DeployWarning::NestedChangesUnknown { stack } => {
            (format!("the changes of the nested stacks of {stack} could not be computed; they are not shown"), None)
        }
    }
}
