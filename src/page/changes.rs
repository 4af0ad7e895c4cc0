//! The changes of the change set: what is replaced or removed first.

use super::html::Html;
use crate::facts::{ChangeKind, Plan, StackChange};

/// Changes that are shown at once. The rest is folded.
const SHOWN: usize = 40;

pub fn write(page: &mut Html<'_>, plan: &Plan) {
    if plan.changes.is_empty() && plan.unknown.is_empty() {
        return;
    }
    let changes = plan.most_severe_first();
    let (first, rest) = changes.split_at(changes.len().min(SHOWN));
    page.raw("<section><h2>Changes</h2><p class=\"sub\">").text(&plan.summary()).raw("</p>");
    write_table(page, first);
    if !rest.is_empty() {
        page.raw("<details class=\"rest\"><summary>").number(rest.len()).raw(" more changes</summary>");
        write_table(page, rest);
        page.raw("</details>");
    }
    for path in &plan.unknown {
        page.raw("<p class=\"sub\">The changes of the nested stack <code>")
            .text(path)
            .raw("</code> are not known.</p>");
    }
    page.raw("</section>\n");
}

fn write_table(page: &mut Html<'_>, changes: &[&StackChange]) {
    if changes.is_empty() {
        return;
    }
    page.raw(
        "<table class=\"changes\"><thead><tr><th>Action</th><th>Resource</th><th>Because of</th><th>Line</th></tr>",
    );
    page.raw("</thead><tbody>");
    changes.iter().for_each(|change| write_change(page, change));
    page.raw("</tbody></table>");
}

fn write_change(page: &mut Html<'_>, change: &StackChange) {
    page.raw("<tr><td><span class=\"tag ").raw(class(change.kind())).raw("\">").text(change.verb()).raw("</span>");
    if let Some(policy) = &change.policy_action {
        page.raw(" <small>").text(policy).raw("</small>");
    }
    page.raw("</td><td><b>").text(&change.path()).raw("</b><br/><small>").text(&change.resource_type);
    page.raw("</small></td><td>");
    page.text(&change.cause_words()).raw("</td><td>");
    if let Some(place) = &change.place {
        page.raw("<code>").place(place).raw("</code>");
    }
    page.raw("</td></tr>");
}

const fn class(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Replace | ChangeKind::Remove => "bad",
        ChangeKind::MayReplace | ChangeKind::Undecided => "warn",
        ChangeKind::Add | ChangeKind::Import => "good",
        ChangeKind::Change => "info",
    }
}
