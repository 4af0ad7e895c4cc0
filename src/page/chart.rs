//! A chart of rows over one time axis: a label, a picture, and a word at the end.

use super::html::Html;
use super::scale::Scale;
use crate::facts::Timestamp;

/// Begins a chart with its axis. `turn` is the time from which on it shows the way back.
pub fn begin(page: &mut Html<'_>, scale: &Scale, turn: Option<Timestamp>) {
    page.raw("<div class=\"chart\" style=\"--step:").percent(scale.step_percent());
    if let Some(turn) = turn {
        page.raw(";--turn:").percent(scale.at(turn));
    }
    page.raw("\">");
    scale.write_axis(page);
}

pub fn end(page: &mut Html<'_>) {
    page.raw("</div>");
}

/// A bar of a row.
pub struct Bar {
    /// Its class in the style sheet.
    pub class: &'static str,
    pub from: Timestamp,
    pub to: Timestamp,
    /// What it stands for, shown when a pointer rests on it.
    pub title: String,
}

/// Writes the picture of a row: bars over the track of the chart. `name` is the label for screen readers.
pub fn write_bars(page: &mut Html<'_>, scale: &Scale, name: &str, bars: &[Bar]) {
    page.raw("<svg class=\"bar track\" role=\"img\" aria-label=\"").text(name).raw("\">");
    for bar in bars {
        let (x, width) = scale.bar(bar.from, bar.to);
        page.raw("<rect class=\"").raw(bar.class).raw("\" x=\"").percent(x).raw("\" width=\"").percent(width);
        page.raw("\"><title>").text(&bar.title).raw("</title></rect>");
    }
    page.raw("</svg>");
}
