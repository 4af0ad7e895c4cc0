//! A traffic shift: the weight of the new version as a step curve, with hooks and alarms below it.

use super::chart::{self, Bar};
use super::html::Html;
use super::scale::Scale;
use super::words::{routing, shift_outcome};
use crate::facts::{AlarmState, HookState, Routing, ShiftAlarm, ShiftHook, ShiftState, Timestamp, TrafficShift};
use crate::text::{clock, duration};

/// Height of the curve, and the room above and below it for labels, in pixels.
const PLOT_HEIGHT: f64 = 96.0;
const PLOT_TOP: f64 = 18.0;
/// Steps up to which each has a label.
const LABELLED_STEPS: usize = 12;
/// A label that begins here is written to the left.
const RIGHT_EDGE_PERCENT: f64 = 91.0;

pub fn write(page: &mut Html<'_>, shift: &TrafficShift, as_of: Timestamp) {
    let view = View::of(shift, as_of);
    let (state, class) = state_words(&shift.state);
    page.raw("<section class=\"shift\"><h2>Traffic of ").text(&shift.function).raw(" <small>alias ");
    page.text(&shift.alias).raw("</small> <span class=\"badge ").raw(class).raw("\">").text(state);
    page.raw("</span></h2><p class=\"sub\">").text(&view.story()).raw("</p>");
    if let Some(error) = &shift.error {
        page.raw("<p class=\"reason\"><code>").text(&error.code).raw("</code> ");
        page.text(error.message.as_deref().unwrap_or_default()).raw("</p>");
    }
    chart::begin(page, &view.scale, None);
    view.write_curve(page);
    shift.hooks.iter().for_each(|hook| view.write_hook(page, hook));
    shift.alarms.iter().for_each(|alarm| view.write_alarm(page, alarm));
    chart::end(page);
    page.raw("</section>\n");
}

/// A shift with its time axis.
struct View<'s> {
    shift: &'s TrafficShift,
    scale: Scale,
    began: Timestamp,
    /// The end of what is known.
    until: Timestamp,
}

/// A weight and how long it held.
struct Step {
    from: Timestamp,
    to: Timestamp,
    weight: u8,
}

impl<'s> View<'s> {
    fn of(shift: &'s TrafficShift, as_of: Timestamp) -> Self {
        let hooks = shift.hooks.iter().flat_map(|hook| [hook.began, hook.ended]);
        let steps = shift.steps.iter().map(|(time, _)| Some(*time));
        let known: Vec<_> = steps.chain(hooks).chain([shift.began, shift.ended]).flatten().collect();
        let began = known.iter().min().copied().unwrap_or(as_of);
        let last = known.iter().max().copied().unwrap_or(as_of);
        let until = shift.ended.unwrap_or_else(|| as_of.max(last));
        let end = shift.expected_end.filter(|_| shift.ended.is_none()).unwrap_or(until).max(until);
        Self { shift, scale: Scale::new(began, end), began, until }
    }

    fn story(&self) -> String {
        let shift = self.shift;
        let versions = format!("version {} to {}", shift.from, shift.to);
        let way = if shift.is_rollback { "rolls back, " } else { "" };
        let configuration = &shift.configuration;
        let known = shift.routing.map(|it| format!("{} ({configuration})", routing(it)));
        let routing = known.as_ref().unwrap_or(configuration);
        let expected = shift.expected_end.filter(|_| shift.ended.is_none());
        let expected = expected.map(|time| format!(" · all traffic at {}", clock(time))).unwrap_or_default();
        let took = duration(self.until.since(self.began));
        let outcome = match shift.state {
            ShiftState::Failed | ShiftState::Stopped => format!(" · traffic {}", shift_outcome(shift)),
            ShiftState::Succeeded | ShiftState::Waiting | ShiftState::Running | ShiftState::Other(_) => String::new(),
        };
        format!("{way}{versions} · {routing} · {took}{expected}{outcome} · {}", shift.deployment_id)
    }

    /// The weights from the beginning to the end of what is known.
    fn steps(&self) -> Vec<Step> {
        let first = self.shift.steps.first().map_or(self.until, |(time, _)| *time);
        let before = (first > self.began).then_some((self.began, 0));
        let known: Vec<_> = before.into_iter().chain(self.shift.steps.iter().copied()).collect();
        let ends = known.iter().skip(1).map(|(time, _)| *time).chain([self.until]);
        known
            .iter()
            .zip(ends)
            .map(|((from, weight), to)| Step { from: *from, to: to.max(*from), weight: *weight })
            .collect()
    }

    fn write_curve(&self, page: &mut Html<'_>) {
        page.raw("<div class=\"row curve\"><span class=\"n\"><b>Weight of version ").text(&self.shift.to);
        page.raw("</b> <small>").number(usize::from(self.shift.weight)).raw(" % now</small></span>");
        page.raw("<svg class=\"bar track plot\" role=\"img\" aria-label=\"").text(&self.description()).raw("\">");
        for weight in [0, 50, 100] {
            page.raw("<line class=\"grid\" x1=\"0%\" x2=\"100%\" y1=\"").pixels(level(weight)).raw("\" y2=\"");
            page.pixels(level(weight)).raw("\"/>");
        }
        let steps = self.steps();
        self.write_areas(page, &steps);
        self.write_line(page, &steps);
        self.write_labels(page, &steps);
        self.write_stop(page);
        page.raw("</svg><span class=\"d y\"><i>100 %</i><i>50 %</i><i>0 %</i></span></div>");
    }

    fn write_areas(&self, page: &mut Html<'_>, steps: &[Step]) {
        for step in steps.iter().filter(|step| step.weight > 0) {
            let (x, width) = self.scale.bar(step.from, step.to);
            page.raw("<rect class=\"area\" x=\"").percent(x).raw("\" width=\"").percent(width).raw("\" style=\"y:");
            page.pixels(level(step.weight)).raw("px;height:").pixels(level(0) - level(step.weight));
            page.raw("px\"><title>").number(usize::from(step.weight)).raw(" % from ").text(&clock(step.from));
            page.raw("</title></rect>");
        }
    }

    /// Along each weight, and up or down to the next one.
    fn write_line(&self, page: &mut Html<'_>, steps: &[Step]) {
        for (index, step) in steps.iter().enumerate() {
            self.write_segment(page, "weight", (step.from, step.weight), (step.to, step.weight));
            if let Some(next) = steps.get(index + 1) {
                self.write_segment(page, "weight", (step.to, step.weight), (step.to, next.weight));
            }
        }
        let expected = self.shift.expected_end.filter(|end| self.shift.ended.is_none() && *end > self.until);
        if let (Some(end), Some(last)) = (expected, steps.last()) {
            self.write_expected(page, last.weight, end);
        }
    }

    /// How the weight goes on if nothing fails: a linear shift climbs, any other one steps at the end.
    fn write_expected(&self, page: &mut Html<'_>, weight: u8, end: Timestamp) {
        let lines = match self.shift.routing {
            Some(Routing::Linear { .. }) => vec![((self.until, weight), (end, 100))],
            Some(Routing::Canary { .. } | Routing::AllAtOnce) | None => {
                vec![((self.until, weight), (end, weight)), ((end, weight), (end, 100))]
            }
        };
        for ((from, low), (to, high)) in lines {
            self.write_segment(page, "expected", (from, low), (to, high));
        }
    }

    fn write_segment(&self, page: &mut Html<'_>, class: &'static str, from: (Timestamp, u8), to: (Timestamp, u8)) {
        page.raw("<line class=\"").raw(class).raw("\" x1=\"").percent(self.scale.at(from.0)).raw("\" x2=\"");
        page.percent(self.scale.at(to.0)).raw("\" y1=\"").pixels(level(from.1)).raw("\" y2=\"");
        page.pixels(level(to.1)).raw("\"/>");
    }

    fn write_labels(&self, page: &mut Html<'_>, steps: &[Step]) {
        // The axis names the last weight.
        let labelled = steps.iter().filter(|step| 0 < step.weight && step.weight < 100);
        let every = steps.len().div_ceil(LABELLED_STEPS).max(1);
        for step in labelled.step_by(every) {
            let x = self.scale.at(step.from);
            let (dx, class) = if x > RIGHT_EDGE_PERCENT { ("-4", "end") } else { ("4", "start") };
            page.raw("<text class=\"").raw(class).raw("\" dx=\"").raw(dx).raw("\" x=\"").percent(x).raw("\" y=\"");
            page.pixels(level(step.weight) - 5.0).raw("\">").number(usize::from(step.weight)).raw(" %</text>");
        }
    }

    /// Where the shift was stopped.
    fn write_stop(&self, page: &mut Html<'_>) {
        if self.shift.error.is_some() {
            self.write_segment(page, "stop", (self.until, 0), (self.until, 100));
        }
    }

    fn write_hook(&self, page: &mut Html<'_>, hook: &ShiftHook) {
        let (word, class) = hook_words(&hook.state);
        page.raw("<div class=\"row\"><span class=\"n\" title=\"hook\"><b>").text(&hook.event);
        page.raw("</b> <small>hook</small></span>");
        let bar = hook.began.map(|from| {
            let to = hook.ended.unwrap_or(self.until).max(from);
            Bar { class, from, to, title: format!("{}: {word}, from {}", hook.event, clock(from)) }
        });
        chart::write_bars(page, &self.scale, &hook.event, bar.as_slice());
        page.raw("<span class=\"d\">").text(word).raw("</span></div>");
        write_detail(page, hook.message.as_deref());
        if let Some(log) = &hook.log_tail {
            page.raw("<pre class=\"detail\">").lines(log).raw("</pre>");
        }
    }

    fn write_alarm(&self, page: &mut Html<'_>, alarm: &ShiftAlarm) {
        let (word, class) = alarm_words(alarm.state);
        page.raw("<div class=\"row\"><span class=\"n\" title=\"").text(&alarm.name).raw("\"><b>").text(&alarm.name);
        page.raw("</b> <small>alarm</small></span>");
        let bar = Bar { class, from: self.began, to: self.until, title: format!("{}: {word}", alarm.name) };
        chart::write_bars(page, &self.scale, &alarm.name, &[bar]);
        page.raw("<span class=\"d\">").text(word).raw("</span></div>");
        let has_fired = alarm.state == AlarmState::Alarm;
        write_detail(page, alarm.reason.as_deref().filter(|_| has_fired));
    }

    fn description(&self) -> String {
        let steps: Vec<_> =
            self.steps().iter().map(|step| format!("{} % from {}", step.weight, clock(step.from))).collect();
        format!("Traffic of {}: {}", self.shift.function, steps.join(", "))
    }
}

fn write_detail(page: &mut Html<'_>, text: Option<&str>) {
    if let Some(text) = text {
        page.raw("<p class=\"detail\">").text(text).raw("</p>");
    }
}

/// Where a weight is in the plot, in pixels from its top.
fn level(weight: u8) -> f64 {
    PLOT_TOP + PLOT_HEIGHT * (1.0 - f64::from(weight.min(100)) / 100.0)
}

fn state_words(state: &ShiftState) -> (&str, &'static str) {
    match state {
        ShiftState::Waiting => ("Waiting", "info"),
        ShiftState::Running => ("Shifting", "info"),
        ShiftState::Succeeded => ("Shifted", "good"),
        ShiftState::Failed => ("Failed", "bad"),
        ShiftState::Stopped => ("Stopped", "bad"),
        ShiftState::Other(name) => (name, "info"),
    }
}

fn hook_words(state: &HookState) -> (&str, &'static str) {
    match state {
        HookState::Pending => ("pending", "cancelled"),
        HookState::Running => ("… running", "open"),
        HookState::Succeeded => ("✓ passed", "passed"),
        HookState::Failed => ("✕ failed", "failed"),
        HookState::Skipped => ("skipped", "cancelled"),
        HookState::Other(name) => (name, "cancelled"),
    }
}

const fn alarm_words(state: AlarmState) -> (&'static str, &'static str) {
    match state {
        AlarmState::Ok => ("✓ OK", "passed thin"),
        AlarmState::Alarm => ("✕ ALARM", "failed thin"),
        AlarmState::InsufficientData => ("no data", "cancelled thin"),
        AlarmState::Unknown => ("unknown", "cancelled thin"),
    }
}
