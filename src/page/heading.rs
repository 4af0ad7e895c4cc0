//! The head of the page: verdict and duration, and what is counted.

use super::html::Html;
use crate::facts::{ChangeAction, Ended, Plan, Replacement, SpanState, Timeline, Timestamp, Verdict};
use crate::text::{clock, count, duration};

/// The verdict in a sentence, with the duration: `Deployed orders in 2 min 5 s`.
pub fn sentence(verdict: &Verdict) -> String {
    let (name, took) = (&verdict.stack.name, duration(verdict.took));
    match (&verdict.ended, verdict.ended.failed_words()) {
        (Ended::Deployed, _) => format!("Deployed {name} in {took}"),
        (Ended::NoChanges, _) => format!("Nothing to change in {name}"),
        (Ended::Planned, _) => {
            let plan = verdict.plan.as_ref().map(|plan| format!(": {}", plan.summary())).unwrap_or_default();
            format!("Planned {name}{plan}")
        }
        (Ended::Detached, _) if verdict.timeline.is_some() => format!("Deploying {name} for {took}"),
        (Ended::Detached, _) => format!("Started the deployment of {name}"),
        (Ended::Failed(_), how) => format!("Deployment of {name} {} after {took}", how.unwrap_or("failed")),
    }
}

/// A word and its class in the style sheet.
fn badge(verdict: &Verdict) -> (&'static str, &'static str) {
    match (&verdict.ended, verdict.ended.failed_words()) {
        (Ended::Deployed, _) => ("Deployed", "good"),
        (Ended::NoChanges, _) => ("No changes", "good"),
        (Ended::Planned, _) => ("Planned", "info"),
        (Ended::Detached, _) => ("In progress", "info"),
        (Ended::Failed(_), Some("was refused")) => ("Refused", "bad"),
        (Ended::Failed(_), Some("is not over")) => ("Not over", "warn"),
        (Ended::Failed(_), _) => ("Failed", "bad"),
    }
}

pub fn write(page: &mut Html<'_>, verdict: &Verdict, as_of: Timestamp) {
    let (word, class) = badge(verdict);
    page.raw("<header class=\"").raw(class).raw("\"><p class=\"over\"><span class=\"badge ").raw(class).raw("\">");
    page.text(word).raw("</span>");
    if let Some(status) = &verdict.status {
        page.raw("<code>").text(status).raw("</code>");
    }
    page.raw("</p><h1>").text(&sentence(verdict)).raw("</h1><p class=\"sub\">");
    page.text(&origin(verdict, as_of)).raw("</p>");
    if let Some(serving) = verdict.serving {
        page.raw("<p class=\"serving\">Now: ").text(serving).raw(".</p>");
    }
    write_counts(page, verdict);
    page.raw("</header>\n");
}

/// When and where.
fn origin(verdict: &Verdict, as_of: Timestamp) -> String {
    let day = |time: Timestamp| time.to_string().split('T').next().unwrap_or_default().to_owned();
    let times = verdict
        .timeline
        .as_ref()
        .map(|timeline| format!("{}, {} to {}", day(timeline.began), clock(timeline.began), clock(timeline.until)));
    let made = (!is_over(verdict)).then(|| format!("as known at {}", clock(as_of)));
    let mut arn = verdict.stack.id.as_deref().unwrap_or_default().split(':').skip(3);
    let region = arn.next().map(str::to_owned);
    let account = arn.next().map(|account| format!("account {account}"));
    let times = times.or_else(|| Some(format!("{}, {}", day(as_of), clock(as_of))));
    times.into_iter().chain(made).chain(region).chain(account).collect::<Vec<_>>().join(" · ")
}

/// Whether CloudFormation has nothing more to do.
fn is_over(verdict: &Verdict) -> bool {
    verdict.ended != Ended::Detached && verdict.ended.failed_words() != Some("is not over")
}

/// The numbers that a reader looks for.
fn write_counts(page: &mut Html<'_>, verdict: &Verdict) {
    let resources = verdict.timeline.as_ref().map(|it| (it.resources.len(), "resource", ""));
    let with = |state, class, what| move |it: &Timeline| (in_state(it, state), what, class);
    let timeline = verdict.timeline.as_ref();
    let failed = timeline.map(with(SpanState::Failed, "bad", "failed"));
    let cancelled = timeline.map(with(SpanState::Cancelled, "warn", "cancelled"));
    let open = timeline.map(with(SpanState::Open, "info", "still open"));
    let replaced = verdict.plan.as_ref().map(|plan| (replacements(plan), "replacement", "warn"));
    let removed = verdict.plan.as_ref().map(|plan| (removals(plan), "removal", "warn"));
    let shifts = Some((verdict.shifts.len(), "traffic shift", ""));
    let counts = [resources, failed, cancelled, open, replaced, removed, shifts];
    let counts: Vec<_> = counts.into_iter().flatten().filter(|(number, ..)| *number > 0).collect();
    if counts.is_empty() {
        return;
    }
    page.raw("<ul class=\"counts\">");
    for (number, what, class) in counts {
        let is_noun = !matches!(what, "failed" | "cancelled" | "still open");
        let words = if is_noun { count(number, what) } else { format!("{number} {what}") };
        let (number, what) = words.split_once(' ').unwrap_or((&words, ""));
        page.raw("<li class=\"").raw(class).raw("\"><b>").text(number).raw("</b> ").text(what).raw("</li>");
    }
    page.raw("</ul>");
}

fn in_state(timeline: &Timeline, state: SpanState) -> usize {
    timeline.resources.iter().filter(|resource| resource.has(state)).count()
}

fn replacements(plan: &Plan) -> usize {
    plan.changes.iter().filter(|change| change.replacement == Some(Replacement::Always)).count()
}

fn removals(plan: &Plan) -> usize {
    plan.changes.iter().filter(|change| change.action == ChangeAction::Remove).count()
}
