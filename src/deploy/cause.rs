//! Why an operation failed, from its events: the first failure that does not follow from another one.

use super::feed::{Feed, Notable};
use super::reasons;
use super::stacks::{Finding, HookResult};
use super::status::{Direction, Progress};
use crate::facts::{Cause, RowOutcome, Timestamp};
use std::collections::BTreeSet;

/// What the events say about a failure.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Diagnosis {
    /// The root cause first.
    pub causes: Vec<Cause>,
    /// Number of resources that were cancelled.
    pub consequences: usize,
    /// Resources that could not be deleted or rolled back.
    pub left_behind: Vec<Cause>,
    /// For each cause that is a hook: the id of its answer.
    pub hooks: Vec<(usize, String)>,
}

/// Reads the events of a failed operation.
pub fn diagnose(feed: &Feed) -> Diagnosis {
    let turned = turned_at(feed);
    let (own, roots): (Vec<_>, Vec<_>) = feed.notable().iter().partition(|notable| !notable.is_root);
    let is_after_turn = |notable: &Notable| turned.is_some_and(|turned| notable.event.time > turned);
    let is_undoing = |notable: &&&Notable| {
        notable.event.status.is_failed_deletion() || is_after_turn(notable) && notable.event.status.is_failed_update()
    };
    let left_behind = own.iter().filter(is_undoing).map(|notable| of_row(notable)).collect();
    let failed: Vec<_> = own.iter().filter(|notable| !is_undoing(notable)).copied().collect();
    let (cancelled, failed): (Vec<_>, Vec<_>) =
        failed.into_iter().partition(|notable| notable.event.reason.as_deref().is_some_and(reasons::is_cancelled));
    let mut causes: Vec<(&Notable, Cause)> = failed
        .iter()
        .filter(|notable| !is_explained(notable, &failed, &roots))
        .map(|notable| (*notable, of_row(notable)))
        .chain(roots.iter().filter(|root| explains_nested(root, &failed)).map(|root| (*root, of_row(root))))
        .collect();
    causes.sort_by_key(|(notable, cause)| (notable.event.time, cause.path.len()));
    if causes.is_empty() {
        causes.extend(turning_row(&roots).map(|root| (root, of_row(root))));
    }
    let mut paths = BTreeSet::new();
    causes.retain(|(_, cause)| paths.insert(cause.path.clone()));
    let hooks = causes
        .iter()
        .enumerate()
        .filter_map(|(index, (notable, _))| Some((index, notable.event.hook.as_ref()?.invocation_id.clone()?)));
    Diagnosis {
        hooks: hooks.collect(),
        causes: causes.into_iter().map(|(_, cause)| cause).collect(),
        consequences: cancelled.len(),
        left_behind,
    }
}

/// Whether the stack speaks of resources that failed while no row of a resource says why: it may arrive late.
pub fn misses_row(feed: &Feed) -> bool {
    let is_without_cause = || !diagnose(feed).causes.iter().any(Cause::is_of_resource);
    has_root(feed, reasons::is_summary) && is_without_cause() || has_left_behind(feed) && left_behind(feed).is_empty()
}

/// Whether the stack, or a nested one, says that a successful operation could not delete resources.
pub fn has_left_behind(feed: &Feed) -> bool {
    has_root(feed, reasons::is_left_behind)
}

fn has_root(feed: &Feed, is_it: fn(&str) -> bool) -> bool {
    feed.notable().iter().any(|notable| notable.is_root && notable.event.reason.as_deref().is_some_and(is_it))
}

/// Resources that a successful operation could not delete.
pub fn left_behind(feed: &Feed) -> Vec<Cause> {
    let failed = |notable: &&Notable| !notable.is_root && notable.event.status.is_failed_deletion();
    let mut paths = BTreeSet::new();
    let left = feed.notable().iter().filter(failed).map(of_row);
    left.filter(|cause| paths.insert((cause.path.clone(), cause.physical_id.clone()))).collect()
}

/// When the stack began to go back.
fn turned_at(feed: &Feed) -> Option<Timestamp> {
    let roots = feed.notable().iter().filter(|notable| notable.is_root && notable.path.is_empty());
    roots.filter(|notable| is_going_back(notable)).map(|notable| notable.event.time).min()
}

fn is_going_back(notable: &Notable) -> bool {
    let progress = notable.event.status.progress();
    matches!(progress, Progress::Running(Direction::Back | Direction::Removal))
}

/// Whether another row says more about the same failure.
fn is_explained(notable: &Notable, failed: &[&Notable], roots: &[&Notable]) -> bool {
    let is_below = |other: &&&Notable| other.path.len() > notable.path.len() && other.path.starts_with(&notable.path);
    let reason = notable.event.reason.as_deref().unwrap_or_default();
    let has_hook = || failed.iter().any(|other| other.path == notable.path && other.event.hook.is_some());
    failed.iter().any(|other| is_below(&other))
        || reasons::is_of_nested_stack(reason) && roots.iter().any(|root| root.path == notable.path && explains(root))
        || notable.event.hook.is_none() && reasons::is_of_hooks(reason) && has_hook()
}

/// Whether the own row of a nested stack is the reason why it failed: if none of its resources failed.
fn explains_nested(root: &Notable, failed: &[&Notable]) -> bool {
    let is_below = |other: &&&Notable| other.path.len() > root.path.len() && other.path.starts_with(&root.path);
    let is_failed = failed.iter().any(|other| other.path == root.path);
    !root.path.is_empty() && explains(root) && is_failed && !failed.iter().any(|other| is_below(&other))
}

fn explains(root: &Notable) -> bool {
    !is_success(root) && root.event.reason.as_deref().is_some_and(|reason| !reasons::is_summary(reason))
}

/// The row of the stack itself that says why it went back, such as "Export X cannot be deleted as it is in use by Y".
fn turning_row<'a>(roots: &[&'a Notable]) -> Option<&'a Notable> {
    let own: Vec<_> = roots.iter().filter(|root| root.path.is_empty()).copied().collect();
    let with_reason = own.iter().find(|root| root.event.reason.is_some() && !is_success(root));
    with_reason.or_else(|| own.iter().find(|root| !is_success(root))).copied()
}

fn is_success(root: &Notable) -> bool {
    root.event.status.outcome() == RowOutcome::Completed && !root.event.status.is_rolled_back()
}

fn of_row(notable: &Notable) -> Cause {
    let event = &notable.event;
    let hook = event.hook.as_ref().filter(|hook| hook.status.is_failed_hook());
    let reason = hook.and_then(|hook| hook.reason.clone()).or_else(|| event.reason.clone());
    Cause {
        path: notable.path.clone(),
        resource_type: (!notable.is_root).then(|| event.resource_type.clone()).filter(|name| !name.is_empty()),
        physical_id: event.physical_id.clone().filter(|id| !id.is_empty()),
        status: hook.map_or_else(|| event.status.to_string(), |hook| format!("hook {}", hook.name)),
        code: reason.as_deref().and_then(reasons::error_code),
        remedy: reason.as_deref().and_then(reasons::log_stream).map(|stream| format!("see the log stream {stream}")),
        reason,
        property: None,
        place: None,
        excerpt: None,
        time: Some(event.time),
    }
}

/// The cause that a finding is.
pub fn of_finding(finding: &Finding) -> Cause {
    Cause {
        path: finding.logical_id.clone().into_iter().collect(),
        resource_type: finding.resource_type.clone(),
        physical_id: finding.physical_id.clone(),
        status: finding.check.clone().unwrap_or_else(|| "FAILED".to_owned()),
        reason: finding.reason.clone(),
        code: finding.reason.as_deref().and_then(reasons::error_code),
        property: finding.path.clone(),
        remedy: None,
        place: None,
        excerpt: None,
        time: finding.time,
    }
}

/// The cause that the reason of a change set is.
pub fn of_reason(reason: &str) -> Cause {
    Cause {
        path: Vec::new(),
        resource_type: None,
        physical_id: None,
        status: "change set FAILED".to_owned(),
        reason: (!reason.is_empty()).then(|| reason.to_owned()),
        code: reasons::error_code(reason),
        property: None,
        remedy: None,
        place: None,
        excerpt: None,
        time: None,
    }
}

/// The cause that a hook's answer is.
pub fn of_hook(hook: &HookResult) -> Cause {
    Cause {
        path: hook.logical_id.clone().into_iter().collect(),
        resource_type: None,
        physical_id: None,
        status: format!("hook {}", hook.name),
        reason: reason_of_hook(hook),
        code: None,
        property: None,
        remedy: remedy_of_hook(hook),
        place: None,
        excerpt: None,
        time: None,
    }
}

/// What the annotations of a hook say, or else its own reason: hooks of one's own have no annotations.
pub fn reason_of_hook(hook: &HookResult) -> Option<String> {
    let failed = hook.annotations.iter().filter(|annotation| annotation.failed);
    let texts: Vec<_> = failed
        .map(|annotation| {
            let severity = annotation.severity.as_ref().map(|it| format!(" [{it}]")).unwrap_or_default();
            let message = annotation.message.as_ref().map(|it| format!(": {it}")).unwrap_or_default();
            format!("{}{severity}{message}", annotation.name)
        })
        .collect();
    if texts.is_empty() { hook.reason.clone() } else { Some(texts.join("; ")) }
}

/// What a hook advises.
pub fn remedy_of_hook(hook: &HookResult) -> Option<String> {
    let failed = hook.annotations.iter().filter(|annotation| annotation.failed);
    let texts: Vec<_> =
        failed.flat_map(|annotation| annotation.remedy.iter().chain(&annotation.link)).cloned().collect();
    (!texts.is_empty()).then(|| texts.join(" "))
}
