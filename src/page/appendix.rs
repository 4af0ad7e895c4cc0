//! The end of the page: outputs, warnings, and where to look further.

use super::html::{Html, is_web_address};
use super::problem;
use crate::facts::{Problem, StackOutput, Verdict};

pub fn write(page: &mut Html<'_>, verdict: &Verdict, warnings: &[Problem]) {
    write_outputs(page, &verdict.outputs);
    write_warnings(page, warnings);
    write_links(page, verdict);
}

fn write_outputs(page: &mut Html<'_>, outputs: &[StackOutput]) {
    if outputs.is_empty() {
        return;
    }
    page.raw("<section><h2>Outputs</h2><dl class=\"outputs\">");
    for output in outputs {
        page.raw("<dt>").text(&output.key);
        if let Some(description) = &output.description {
            page.raw("<small>").text(description).raw("</small>");
        }
        if let Some(export) = &output.export_name {
            page.raw("<small>exported as <code>").text(export).raw("</code></small>");
        }
        page.raw("</dt><dd>");
        match is_web_address(&output.value) {
            true => page.link(&output.value, &output.value),
            false => page.raw("<code>").text(&output.value).raw("</code>"),
        };
        page.raw("</dd>");
    }
    page.raw("</dl></section>\n");
}

fn write_warnings(page: &mut Html<'_>, warnings: &[Problem]) {
    if warnings.is_empty() {
        return;
    }
    page.raw("<section><h2>Warnings</h2>");
    warnings.iter().for_each(|warning| problem::write(page, "warning", warning));
    page.raw("</section>\n");
}

fn write_links(page: &mut Html<'_>, verdict: &Verdict) {
    page.raw("<footer><dl>");
    if let Some(console) = &verdict.console {
        page.raw("<dt>Console</dt><dd>").link(console, "Events of the stack").raw("</dd>");
    }
    for shift in &verdict.shifts {
        if let Some(console) = &shift.console {
            page.raw("<dt>CodeDeploy</dt><dd>").link(console, &shift.deployment_id).raw("</dd>");
        }
    }
    let arns = [("Stack", &verdict.stack.id), ("Change set", &verdict.change_set)];
    for (name, arn) in arns {
        if let Some(arn) = arn {
            page.raw("<dt>").text(name).raw("</dt><dd><code>").text(arn).raw("</code></dd>");
        }
    }
    page.raw("</dl><p>Made by samstep ").raw(env!("CARGO_PKG_VERSION")).raw("</p></footer>");
}
