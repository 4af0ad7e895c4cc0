//! Why it failed: each cause with its reason, what to do, and the lines of the template.

use super::html::Html;
use super::problem;
use crate::facts::{Cause, Ended, Excerpt, Verdict};
use crate::text::count;

pub fn write(page: &mut Html<'_>, verdict: &Verdict) {
    let Ended::Failed(failure) = &verdict.ended else { return write_next_step(page, verdict) };
    page.raw("<section><h2>").text(if verdict.causes.len() > 1 { "Causes" } else { "Cause" }).raw("</h2>");
    match verdict.causes.is_empty() {
        true => failure.problems.iter().for_each(|it| problem::write(page, "cause", it)),
        false => verdict.causes.iter().for_each(|cause| write_cause(page, cause)),
    }
    write_others(page, verdict);
    page.raw("</section>\n");
    write_next_step(page, verdict);
}

fn write_cause(page: &mut Html<'_>, cause: &Cause) {
    page.raw("<article class=\"cause\"><h3>").text(&cause.resource().unwrap_or_else(|| "The stack".to_owned()));
    page.raw(" <code>").text(&cause.status).raw("</code></h3><p class=\"sub\">");
    page.text(cause.resource_type.as_deref().unwrap_or_default());
    if let Some(id) = &cause.physical_id {
        page.raw(" <code>").text(id).raw("</code>");
    }
    page.raw("</p><p class=\"reason\">").text(cause.reason.as_deref().unwrap_or("CloudFormation gives no reason"));
    page.raw("</p>");
    problem::write_hint(page, cause.remedy.as_deref());
    problem::write_place(page, cause.place.as_ref());
    match (&cause.excerpt, &cause.place) {
        (Some(excerpt), _) => write_excerpt(page, excerpt),
        (None, Some(place)) if !place.source_line.is_empty() => {
            let lines = vec![place.source_line.clone()];
            write_excerpt(page, &Excerpt { first_line: place.line, lines, marked_line: place.line });
        }
        (None, _) => {}
    }
    page.raw("</article>");
}

/// Writes nothing if a secret spans several lines: what is left of them has no line numbers.
fn write_excerpt(page: &mut Html<'_>, excerpt: &Excerpt) {
    if page.is_secret_across(&excerpt.lines) {
        return;
    }
    page.raw("<pre class=\"excerpt\">");
    for (index, line) in excerpt.lines.iter().enumerate() {
        let number = excerpt.first_line + index;
        let is_marked = number == excerpt.marked_line;
        page.raw(if is_marked { "<span class=\"l mark\"><i>" } else { "<span class=\"l\"><i>" });
        page.number(number).raw("</i>").code(line).raw("\n</span>");
    }
    page.raw("</pre>");
}

/// What follows from the causes, and what is left.
fn write_others(page: &mut Html<'_>, verdict: &Verdict) {
    if verdict.consequences > 0 {
        let what = count(verdict.consequences, "other resource");
        page.raw("<p class=\"sub\">").text(&what).raw(" cancelled as a consequence.</p>");
    }
    for left in &verdict.left_behind {
        page.raw("<p class=\"left\">Left behind: <b>").text(&left.resource().unwrap_or_default()).raw("</b> <code>");
        page.text(left.physical_id.as_deref().unwrap_or_default()).raw("</code> ");
        page.text(left.reason.as_deref().unwrap_or_default()).raw("</p>");
    }
}

fn write_next_step(page: &mut Html<'_>, verdict: &Verdict) {
    if let Some(step) = &verdict.next_step {
        page.raw("<p class=\"next\"><b>Next</b> ").sentence(step).raw("</p>\n");
    }
}
