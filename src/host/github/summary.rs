//! The summary of a step, in Markdown, for the page of the workflow run.

use super::command::Annotations;
use super::gantt::gantt;
use crate::facts::{Cell, Redactor, Row, Show, Table, Verdict};
use crate::host::finding::Finding;
use crate::text::{human_bytes, one_line};

/// GitHub does not show a larger summary of a step.
const LIMIT: usize = 1024 * 1024;
/// Bytes of the rows of one table.
const TABLE_LIMIT: usize = 9_000;
/// Bytes for the line that counts what is left out.
const RESERVE: usize = 1024;

/// What a summary is made from.
pub struct Summary<'a> {
    /// The heading.
    pub title: &'a str,
    /// What the run worked on.
    pub subject: &'a [Cell],
    /// What there is to know beside the findings.
    pub notes: &'a [String],
    /// A page with more.
    pub link: Option<&'a str>,
    /// Problems, then warnings.
    pub findings: &'a [Finding],
    pub tables: &'a [Table],
    /// What was deployed, with its timeline if that is known.
    pub verdict: Option<&'a Verdict>,
    /// Shows paths relative to the workspace.
    pub annotations: &'a Annotations,
    pub redactor: &'a Redactor,
}

impl Summary<'_> {
    /// The Markdown text. It fits behind `there` bytes that are in the file already.
    pub fn text(&self, there: u64) -> String {
        let room = LIMIT.saturating_sub(RESERVE).saturating_sub(usize::try_from(there).unwrap_or(LIMIT));
        let title = format!("### {}\n\n", self.escaped(self.title));
        if title.len() > room {
            return String::new();
        }
        let mut page = Page { text: title, room };
        let subject: Vec<String> = self.subject.iter().map(|cell| self.cell(cell)).collect();
        page.all([subject.join(" · ") + "\n\n"].into_iter().filter(|_| !subject.is_empty()), "lines");
        let link = self.link.map(|link| self.shown_link(link));
        page.all(self.notes.iter().map(|note| format!("- {}\n", self.escaped(note))).chain(link), "notes");
        page.all(["\n".to_owned()].into_iter().filter(|_| !self.notes.is_empty() || self.link.is_some()), "lines");
        page.all(self.findings.iter().map(|finding| self.finding(finding)), "findings");
        for table in self.tables.iter().filter(|table| !table.rows.is_empty()) {
            let (open, close) = match table.show {
                Show::Folded => (format!("\n<details><summary>{}</summary>\n\n", table.title), "\n</details>\n"),
                Show::Summary | Show::Result if table.title.is_empty() => (String::new(), ""),
                Show::Summary | Show::Result => {
                    let gap = if page.text.ends_with("\n\n") { "" } else { "\n" };
                    (format!("{gap}**{}**\n\n", self.escaped(&table.title)), "")
                }
            };
            page.all([open + &heading(table)].into_iter(), "tables");
            page.table(table.rows.iter().map(|row| self.row(row)));
            page.text += close;
        }
        page.all(self.chart().into_iter(), "charts");
        page.text + "\n"
    }
}

fn heading(table: &Table) -> String {
    let titles = table.columns.iter().map(|column| format!("| {}", column.title).trim_end().to_owned() + " ");
    let rules = table.columns.iter().map(|column| if column.is_numeric { "| ---: " } else { "| --- " });
    format!("{}|\n{}|\n", titles.collect::<String>(), rules.collect::<String>())
}

struct Page {
    text: String,
    room: usize,
}

impl Page {
    /// Adds rows up to a limit of their own, so that the page stays readable.
    fn table(&mut self, rows: impl Iterator<Item = String>) {
        let room = self.room;
        self.room = room.min(self.text.len() + TABLE_LIMIT);
        self.all(rows, "rows");
        self.room = room;
    }

    /// Adds parts while there is room, and counts those that are left out.
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
    fn chart(&self) -> Option<String> {
        let verdict = self.verdict?;
        let chart = gantt(verdict.timeline.as_ref()?, &verdict.stack.name, &|text| self.clean(text))?;
        Some(format!("\n{chart}"))
    }

    fn finding(&self, finding: &Finding) -> String {
        let mut lines = vec![format!("**{}**: {}", finding.severity.word(), self.escaped(&finding.message))];
        if let Some(place) = &finding.place {
            lines.push(String::new());
            lines.push(format!("{}\n", code(&self.clean(&place.to_string()))));
            lines.push(block(self.clean(&place.source_line).trim()));
        }
        lines.extend(finding.hint.iter().flat_map(|hint| [String::new(), format!("> help: {}", self.escaped(hint))]));
        format!("{}\n\n", lines.join("\n"))
    }

    fn row(&self, row: &Row) -> String {
        row.cells.iter().map(|cell| format!("| {} ", self.cell(cell))).collect::<String>() + "|\n"
    }

    fn cell(&self, cell: &Cell) -> String {
        let literal = |text: &str| code(&self.clean(text)).replace('|', r"\|");
        match cell {
            Cell::Text(text) => self.escaped(text),
            Cell::Code(text) => literal(text),
            Cell::Path(path) => literal(&self.annotations.path(path)),
            // Number and unit stay on one line.
            Cell::Bytes(bytes) => human_bytes(*bytes).replace(' ', "&nbsp;"),
        }
    }

    /// Shown as code if a bracket or a space would end the link early.
    fn shown_link(&self, link: &str) -> String {
        let link = self.clean(link);
        let is_safe = link.starts_with("https://") && !link.contains(['(', ')', '<', '>', ' ', '*', '\\']);
        if is_safe { format!("- [Console]({link})\n") } else { format!("- {}\n", code(&link)) }
    }

    fn clean(&self, text: &str) -> String {
        one_line(&self.redactor.redact(text))
    }

    /// A text in which nothing is markup.
    fn escaped(&self, text: &str) -> String {
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
