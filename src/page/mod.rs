//! A deployment as one HTML file: the verdict in pictures, from the same facts as every other output.
//!
//! ```text
//! Verdict, warnings ─▶ heading · causes · shifts · timeline · changes · appendix ─▶ HTML
//! ```
//!
//! The file refers to nothing outside but where a reader may click, runs no script, and is well-formed XML. Every text
//! goes through [`html::Html::text`], which removes secrets and escapes it; what is markup is a literal of the code.

mod appendix;
mod causes;
mod changes;
mod chart;
mod heading;
mod html;
mod problem;
#[cfg(test)]
pub mod samples;
mod scale;
mod shifts;
mod style;
#[cfg(test)]
mod tests;
mod timeline;
mod words;

pub use words::{failed_verb, routing, shift_outcome};

use crate::facts::{Problem, Redactor, Timestamp, Verdict};
use html::Html;

/// Marks a file as ours, so that a later run may replace it.
pub const MARKER: &str =
    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/><meta name=\"generator\" content=\"samstep\"/>";

/// What a page is made of.
pub struct Page<'a> {
    pub verdict: &'a Verdict,
    /// In words.
    pub warnings: &'a [Problem],
    /// When this was known.
    pub as_of: Timestamp,
    pub redactor: &'a Redactor,
}

impl Page<'_> {
    pub fn render(&self) -> String {
        let (verdict, mut page) = (self.verdict, Html::new(self.redactor));
        page.raw(MARKER).raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>");
        page.raw("<meta name=\"color-scheme\" content=\"light dark\"/><meta http-equiv=\"Content-Security-Policy\" ");
        page.raw("content=\"default-src 'none'; style-src 'unsafe-inline'\"/><title>");
        page.text(&heading::sentence(verdict)).raw("</title><style>").raw(style::CSS);
        page.raw("</style></head>\n<body><main>");
        heading::write(&mut page, verdict, self.as_of);
        causes::write(&mut page, verdict);
        verdict.shifts.iter().for_each(|shift| shifts::write(&mut page, shift, self.as_of));
        verdict.timeline.iter().for_each(|it| timeline::write(&mut page, it));
        verdict.plan.iter().for_each(|plan| changes::write(&mut page, plan));
        appendix::write(&mut page, verdict, self.warnings);
        page.raw("</main></body></html>\n");
        page.into_text()
    }
}

/// Whether a text is a page that an earlier run wrote.
pub fn is_ours(text: &str) -> bool {
    text.starts_with(MARKER)
}
