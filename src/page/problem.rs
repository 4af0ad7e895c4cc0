//! A problem or a warning: what is wrong, what to do, and where.

use super::html::Html;
use crate::facts::{Place, Problem};

/// Writes it as an article of a class of the style sheet.
pub fn write(page: &mut Html<'_>, class: &'static str, problem: &Problem) {
    page.raw("<article class=\"").raw(class).raw("\"><p class=\"reason\">").text(&problem.message).raw("</p>");
    write_hint(page, problem.hint.as_deref());
    write_place(page, problem.place.as_ref());
    page.raw("</article>");
}

pub fn write_hint(page: &mut Html<'_>, hint: Option<&str>) {
    if let Some(hint) = hint {
        page.raw("<p class=\"hint\">").sentence(hint).raw("</p>");
    }
}

pub fn write_place(page: &mut Html<'_>, place: Option<&Place>) {
    if let Some(place) = place {
        page.raw("<p class=\"place\"><code>").place(place).raw("</code></p>");
    }
}
