//! The head of the page: verdict and duration, and what is counted.

use super::html::Html;
use super::words::failed_verb;
use crate::facts::{ChangeKind, Ended, FailedAs, SpanState, Timeline, Timestamp, Verdict};
use crate::text::{clock, count, duration};

/// The verdict in a sentence, with the duration: `Deployed orders in 2 min 5 s`.
pub fn sentence(verdict: &Verdict) -> String {
    let (name, took) = (&verdict.stack.name, duration(verdict.took));
    match &verdict.ended {
        Ended::Deployed => format!("Deployed {name} in {took}"),
        Ended::NoChanges => format!("Nothing to change in {name}"),
        Ended::Planned => {
            let plan = verdict.plan.as_ref().map(|plan| format!(": {}", plan.summary())).unwrap_or_default();
            format!("Planned {name}{plan}")
        }
        Ended::Detached if verdict.timeline.is_some() => format!("Deploying {name} for {took}"),
        Ended::Detached => format!("Started the deployment of {name}"),
        Ended::Failed(failure) => format!("Deployment of {name} {} after {took}", failed_verb(FailedAs::of(failure))),
    }
}

/// A word and its class in the style sheet.
fn badge(ended: &Ended) -> (&'static str, &'static str) {
    match ended {
        Ended::Deployed => ("Deployed", "good"),
        Ended::NoChanges => ("No changes", "good"),
        Ended::Planned => ("Planned", "info"),
        Ended::Detached => ("In progress", "info"),
        Ended::Failed(failure) => match FailedAs::of(failure) {
            FailedAs::Refused => ("Refused", "bad"),
            FailedAs::Unfinished => ("Not over", "warn"),
            FailedAs::Failed => ("Failed", "bad"),
        },
    }
}

pub fn write(page: &mut Html<'_>, verdict: &Verdict, as_of: Timestamp) {
    let (word, class) = badge(&verdict.ended);
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
    verdict.ended != Ended::Detached && verdict.ended.failed_as() != Some(FailedAs::Unfinished)
}

/// What a number counts.
enum Counted {
    /// A noun in the singular.
    Things(&'static str),
    /// The state of resources.
    In(&'static str),
}

/// The numbers that a reader looks for.
fn write_counts(page: &mut Html<'_>, verdict: &Verdict) {
    let (timeline, plan) = (verdict.timeline.as_ref(), verdict.plan.as_ref());
    let resources = |state| timeline.map_or(0, |timeline| in_state(timeline, state));
    let changes = |kind| plan.map_or(0, |plan| plan.count(kind));
    let counts = [
        (timeline.map_or(0, |timeline| timeline.resources.len()), Counted::Things("resource"), ""),
        (resources(SpanState::Failed), Counted::In("failed"), "bad"),
        (resources(SpanState::Cancelled), Counted::In("cancelled"), "warn"),
        (resources(SpanState::Open), Counted::In("still open"), "info"),
        (changes(ChangeKind::Replace), Counted::Things("replacement"), "warn"),
        (changes(ChangeKind::Remove), Counted::Things("removal"), "warn"),
        (verdict.shifts.len(), Counted::Things("traffic shift"), ""),
    ];
    let counts: Vec<_> = counts.into_iter().filter(|(number, ..)| *number > 0).collect();
    if counts.is_empty() {
        return;
    }
    page.raw("<ul class=\"counts\">");
    for (number, counted, class) in counts {
        let words = match counted {
            Counted::Things(noun) => count(number, noun),
            Counted::In(state) => format!("{number} {state}"),
        };
        let (number, what) = words.split_once(' ').unwrap_or((&words, ""));
        page.raw("<li class=\"").raw(class).raw("\"><b>").text(number).raw("</b> ").text(what).raw("</li>");
    }
    page.raw("</ul>");
}

fn in_state(timeline: &Timeline, state: SpanState) -> usize {
    timeline.resources.iter().filter(|resource| resource.has(state)).count()
}
