//! What a step did, in Markdown, for the page of the workflow run.

use super::command::Annotations;
use crate::event::human_bytes;
use crate::host::failure::one_line;
use crate::host::finding::Finding;
use crate::host::secrets::Secrets;
use crate::host::words;
use crate::package::{Manifest, ManifestArtifact};

/// A larger summary of a step is not shown at all.
const LIMIT: usize = 1024 * 1024;
/// Room for the line that says what was left out.
const RESERVE: usize = 1024;

/// What there is to tell.
pub struct Summary<'a> {
    /// The line at the top.
    pub title: &'a str,
    /// Problems, then warnings.
    pub findings: &'a [Finding],
    /// What was packaged.
    pub manifest: Option<&'a Manifest>,
    /// Knows how paths are shown.
    pub annotations: &'a Annotations,
    /// What must not be shown.
    pub secrets: &'a Secrets,
}

/// The summary, at most so large that it fits behind what is there already.
pub fn summary(told: &Summary<'_>, there: u64) -> String {
    let room = LIMIT.saturating_sub(RESERVE).saturating_sub(usize::try_from(there).unwrap_or(LIMIT));
    let title = format!("### {}\n\n", told.text(told.title));
    if title.len() > room {
        return String::new();
    }
    let mut page = Page { text: title, room };
    page.all(told.findings.iter().map(|finding| told.finding(finding)), "findings");
    if let Some(manifest) = told.manifest.filter(|manifest| !manifest.artifacts.is_empty()) {
        let with_target = manifest.artifacts.iter().any(|artifact| artifact.target.is_some());
        page.all([heading(with_target)].into_iter(), "tables");
        page.all(manifest.artifacts.iter().map(|artifact| told.row(artifact, with_target)), "artifacts");
    }
    page.text + "\n"
}

fn heading(with_target: bool) -> String {
    let (target, rule) = if with_target { ("| Target ", "| --- ") } else { ("", "") };
    format!(
        "{target}| Resource | Property | Source | Size | Object | |\n{rule}| --- | --- | --- | ---: | --- | --- |\n"
    )
}

struct Page {
    text: String,
    room: usize,
}

impl Page {
    /// Adds parts while there is room, and says how many were left out.
    fn all(&mut self, parts: impl Iterator<Item = String>, what: &str) {
        let mut left_out = 0_usize;
        for part in parts {
            if left_out == 0 && self.text.len() + part.len() <= self.room {
                self.text += &part;
            } else {
                left_out += 1;
            }
        }
        if left_out > 0 {
            self.text += &format!("\n\\+ {left_out} more {what}, see the log\n");
        }
    }
}

impl Summary<'_> {
    fn finding(&self, finding: &Finding) -> String {
        let mut lines = vec![format!("**{}**: {}", finding.severity.word(), self.text(&finding.message))];
        if let Some(place) = &finding.place {
            lines.push(String::new());
            lines.push(format!("{}\n", code(&self.clean(&place.to_string()))));
            lines.push(block(self.clean(&place.source_line).trim()));
        }
        lines.extend(finding.hint.iter().flat_map(|hint| [String::new(), format!("> help: {}", self.text(hint))]));
        format!("{}\n\n", lines.join("\n"))
    }

    fn row(&self, artifact: &ManifestArtifact, with_target: bool) -> String {
        let cell = |text: &str| code(&self.clean(text)).replace('|', r"\|");
        let object = words::object(&artifact.location);
        let target =
            if with_target { format!("| {} ", artifact.target.as_deref().unwrap_or("")) } else { String::new() };
        format!(
            "{target}| {} | {} | {} | {} | {} | {} |\n",
            cell(&artifact.logical_id),
            cell(&artifact.property),
            cell(&self.annotations.path(&artifact.path)),
            // Number and unit stay on one line.
            human_bytes(artifact.bytes).replace(' ', "&nbsp;"),
            cell(&object),
            if artifact.reused { "unchanged" } else { "uploaded" },
        )
    }

    fn clean(&self, text: &str) -> String {
        one_line(&self.secrets.redact(text))
    }

    /// A text in which nothing is markup.
    fn text(&self, text: &str) -> String {
        let mut out = String::new();
        for letter in self.clean(text).chars() {
            if "\\`*_[]<>&|~$#@!".contains(letter) {
                out.push('\\');
            }
            out.push(letter);
        }
        out
    }
}

/// A span of code, between more backticks than are in it.
fn code(text: &str) -> String {
    let ticks = "`".repeat(longest_ticks(text) + 1);
    let pad = if text.contains('`') || text.trim().is_empty() { " " } else { "" };
    format!("{ticks}{pad}{text}{pad}{ticks}")
}

fn block(text: &str) -> String {
    let fence = "`".repeat((longest_ticks(text) + 1).max(3));
    format!("{fence}\n{text}\n{fence}")
}

fn longest_ticks(text: &str) -> usize {
    text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0)
}
