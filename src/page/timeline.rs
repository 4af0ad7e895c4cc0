//! The timeline: a bar for each resource, nested stacks as groups, and the critical path.

use super::chart::{self, Bar};
use super::html::Html;
use super::scale::Scale;
use crate::facts::{PhaseKind, ResourceTimeline, Span, SpanState, StackPhase, Timeline};
use crate::text::{clock, count, duration};
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};

/// Resources up to which all groups are open.
const ALL_OPEN: usize = 60;
/// Resources of one stack that are shown at once. Of more, those that matter and the longest.
const SHOWN_OF_STACK: usize = 40;
/// The longest of a larger stack.
const LONGEST_OF_STACK: usize = 15;
/// Links of the critical path that are named below the chart.
const NAMED_LINKS: usize = 12;

pub fn write(page: &mut Html<'_>, timeline: &Timeline) {
    let view = View::of(timeline);
    page.raw("<section><h2>Timeline</h2>");
    let turn = timeline.phases.iter().find(|phase| is_turn(phase)).map(|phase| phase.began);
    chart::begin(page, &view.scale, turn);
    view.write_phases(page);
    view.write_stack(page, &[]);
    chart::end(page);
    view.write_legend(page);
    view.write_path(page);
    page.raw("</section>\n");
}

fn is_turn(phase: &StackPhase) -> bool {
    match phase.kind {
        PhaseKind::RollingBack => true,
        PhaseKind::Changing | PhaseKind::CleaningUp | PhaseKind::Deleting => false,
    }
}

/// A timeline with what is looked up for each row.
struct View<'t> {
    timeline: &'t Timeline,
    scale: Scale,
    /// What each stack holds.
    children: BTreeMap<&'t [String], Vec<&'t ResourceTimeline>>,
    is_large: bool,
}

impl<'t> View<'t> {
    fn of(timeline: &'t Timeline) -> Self {
        let mut children: BTreeMap<&[String], Vec<_>> = BTreeMap::new();
        for resource in &timeline.resources {
            children.entry(resource.parents()).or_default().push(resource);
        }
        let scale = Scale::new(timeline.began, timeline.until);
        Self { timeline, scale, children, is_large: timeline.resources.len() > ALL_OPEN }
    }

    /// What the stack itself did.
    fn write_phases(&self, page: &mut Html<'_>) {
        let bar = |phase: &StackPhase| Bar {
            class: phase_class(phase.kind),
            from: phase.began,
            to: phase.ended.unwrap_or(self.timeline.until),
            title: format!("{} from {}", phase.status, clock(phase.began)),
        };
        let bars: Vec<_> = self.timeline.phases.iter().map(bar).collect();
        page.raw("<div class=\"row stack\"><span class=\"n\"><b>Stack</b> <small>");
        let words: Vec<_> = self.timeline.phases.iter().map(|phase| phase_words(phase.kind)).collect();
        page.text(&words.join(", ")).raw("</small></span>");
        chart::write_bars(page, &self.scale, "the stack itself", &bars);
        page.raw("<span class=\"d\">").text(&duration(self.timeline.duration())).raw("</span></div>");
    }

    /// The resources of a stack: of many, the longest and those that matter, and the rest folded.
    fn write_stack(&self, page: &mut Html<'_>, stack: &[String]) {
        let Some(own) = self.children.get(stack) else { return };
        let shown = self.shown(own);
        let is_shown = |resource: &&&ResourceTimeline| shown.contains(&resource.path[..]);
        let rest: Vec<_> = own.iter().filter(|resource| !is_shown(resource)).collect();
        let is_group = |resource: &&&ResourceTimeline| self.children.contains_key(&resource.path[..]);
        // What is folded stands with its like, before all that nested stacks hold.
        let (first, last): (Vec<_>, Vec<_>) =
            own.iter().filter(is_shown).partition(|resource| rest.is_empty() || !is_group(resource));
        first.into_iter().for_each(|resource| self.write_resource(page, resource));
        self.write_rest(page, &rest);
        last.into_iter().for_each(|resource| self.write_resource(page, resource));
    }

    fn write_rest(&self, page: &mut Html<'_>, rest: &[&&ResourceTimeline]) {
        let Some(most) = rest.iter().map(|resource| resource.busy(self.timeline.until)).max() else { return };
        page.raw("<details class=\"rest\"><summary class=\"fold\">").text(&count(rest.len(), "more resource"));
        page.raw(", each done in ").text(&duration(most)).raw(" or less</summary>");
        rest.iter().for_each(|resource| self.write_resource(page, resource));
        page.raw("</details>");
    }

    fn shown(&self, own: &[&'t ResourceTimeline]) -> HashSet<&'t [String]> {
        let matters = |resource: &&&ResourceTimeline| {
            let is_notable = resource.is_critical() || resource.has(SpanState::Failed) || resource.has(SpanState::Open);
            own.len() <= SHOWN_OF_STACK || is_notable || self.children.contains_key(&resource.path[..])
        };
        let mut longest: Vec<_> = own.iter().collect();
        longest.sort_by_key(|resource| Reverse(resource.busy(self.timeline.until)));
        let longest = longest.into_iter().take(LONGEST_OF_STACK);
        own.iter().filter(matters).chain(longest).map(|resource| &resource.path[..]).collect()
    }

    fn write_resource(&self, page: &mut Html<'_>, resource: &ResourceTimeline) {
        if !self.children.contains_key(&resource.path[..]) {
            page.raw(if resource.is_critical() { "<div class=\"row crit\">" } else { "<div class=\"row\">" });
            self.write_row(page, resource, false);
            page.raw("</div>");
            return;
        }
        let is_open = !self.is_large || resource.is_critical() || resource.has(SpanState::Failed);
        page.raw(if is_open { "<details class=\"group\" open=\"open\">" } else { "<details class=\"group\">" });
        page.raw(if resource.is_critical() { "<summary class=\"row crit\">" } else { "<summary class=\"row\">" });
        self.write_row(page, resource, true);
        page.raw("</summary><div class=\"in\">");
        self.write_stack(page, &resource.path);
        page.raw("</div></details>");
    }

    fn write_row(&self, page: &mut Html<'_>, resource: &ResourceTimeline, is_group: bool) {
        page.raw("<span class=\"n\" title=\"").text(&format!("{} ({})", resource.name(), resource.resource_type));
        page.raw("\"><b>").text(resource.logical_id()).raw("</b> <small>").text(short_type(&resource.resource_type));
        page.raw("</small></span>");
        let bars: Vec<_> = resource.spans.iter().map(|span| self.bar(resource, span, is_group)).collect();
        chart::write_bars(page, &self.scale, &resource.name(), &bars);
        page.raw("<span class=\"d\">").text(&self.end_word(resource)).raw("</span>");
    }

    fn bar(&self, resource: &ResourceTimeline, span: &Span, is_group: bool) -> Bar {
        let took = duration(span.duration(self.timeline.until));
        let reason = span.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        let (name, from) = (resource.logical_id(), clock(span.began));
        Bar {
            class: span_class(span, is_group),
            from: span.began,
            to: span.ended.unwrap_or(self.timeline.until),
            title: format!("{name}: {} after {took}, from {from}{reason}", span.status),
        }
    }

    /// The time that it took, and how it ended if that is not well.
    fn end_word(&self, resource: &ResourceTimeline) -> String {
        let took = duration(resource.busy(self.timeline.until));
        let states = [(SpanState::Failed, "✕ "), (SpanState::Cancelled, "– "), (SpanState::Open, "… ")];
        let mark = states.iter().find(|(state, _)| resource.has(*state)).map_or("", |(_, mark)| *mark);
        format!("{mark}{took}")
    }

    fn write_legend(&self, page: &mut Html<'_>) {
        let has = |state| self.timeline.resources.iter().any(|resource| resource.has(state));
        let is_other = |span: &Span| span.state == SpanState::Done && !span.is_critical;
        let has_other = self.timeline.resources.iter().any(|resource| resource.spans.iter().any(is_other));
        let has_turn = self.timeline.phases.iter().any(is_turn);
        let has_path = self.timeline.resources.iter().any(ResourceTimeline::is_critical);
        let entries = [
            (has_path, "critical", "◆ critical path: what the deployment waited for"),
            (has_other, "done", "other work"),
            (has(SpanState::Failed), "failed", "✕ failed"),
            (has(SpanState::Cancelled), "cancelled", "– cancelled as a consequence"),
            (has(SpanState::Open), "open", "… still open"),
            (has_turn, "back", "rolling back"),
        ];
        page.raw("<ul class=\"legend\">");
        for (_, class, words) in entries.into_iter().filter(|(is_there, ..)| *is_there) {
            page.raw("<li><svg class=\"key\"><rect class=\"").raw(class).raw("\" width=\"100%\"/></svg> ");
            page.text(words).raw("</li>");
        }
        page.raw("</ul>");
    }

    /// The critical path in words, with nested stacks left out in favour of what they hold.
    fn write_path(&self, page: &mut Html<'_>) {
        let path = self.timeline.critical_path();
        let is_leaf = |(resource, _): &(&ResourceTimeline, &Span)| !self.children.contains_key(&resource.path[..]);
        let links: Vec<_> = path.into_iter().filter(is_leaf).collect();
        if links.is_empty() {
            return;
        }
        page.raw("<p class=\"path\"><b>Critical path</b> ");
        for (index, (resource, span)) in links.iter().take(NAMED_LINKS).enumerate() {
            page.raw(if index == 0 { "<span>" } else { " <span>→ " }).text(&resource.name()).raw(" <small>");
            page.text(&duration(span.duration(self.timeline.until))).raw("</small></span>");
        }
        if let Some(more) = links.len().checked_sub(NAMED_LINKS).filter(|more| *more > 0) {
            page.raw(" <span>and ").number(more).raw(" more</span>");
        }
        page.raw("</p>");
    }
}

/// The type without its vendor: `SQS::Queue`.
fn short_type(resource_type: &str) -> &str {
    resource_type.strip_prefix("AWS::").unwrap_or(resource_type)
}

const fn phase_class(kind: PhaseKind) -> &'static str {
    match kind {
        PhaseKind::Changing => "phase",
        PhaseKind::RollingBack => "phase back",
        PhaseKind::CleaningUp => "phase clean",
        PhaseKind::Deleting => "phase clean",
    }
}

const fn phase_words(kind: PhaseKind) -> &'static str {
    match kind {
        PhaseKind::Changing => "changes",
        PhaseKind::RollingBack => "rolls back",
        PhaseKind::CleaningUp => "cleans up",
        PhaseKind::Deleting => "is deleted",
    }
}

const fn span_class(span: &Span, is_group: bool) -> &'static str {
    match (span.state, span.is_critical, is_group) {
        (SpanState::Failed, _, false) => "failed",
        (SpanState::Failed, _, true) => "failed thin",
        (SpanState::Cancelled, ..) => "cancelled",
        (SpanState::Open, true, false) => "open critical",
        (SpanState::Open, false, false) => "open",
        (SpanState::Open, _, true) => "open thin",
        (SpanState::Done | SpanState::Kept, true, false) => "critical",
        (SpanState::Done | SpanState::Kept, true, true) => "critical thin",
        (SpanState::Done | SpanState::Kept, false, false) => "done",
        (SpanState::Done | SpanState::Kept, false, true) => "done thin",
    }
}
