//! A traffic shift in words: one line for logs, one for a terminal, one object for programs.

use super::line::{BAD, GOOD, Line};
use super::row::{PATH_COLUMNS, STATUS_COLUMNS};
use crate::facts::{AlarmState, HookState, Routing, ShiftHook, ShiftState, Timestamp, TrafficShift};
use crate::page::{routing, shift_outcome};
use crate::text::{clock, count, duration};
use clap::builder::styling::Style;
use serde_json::{Value, json};
use std::time::Duration;

/// Columns of the bar of a terminal: one for each tenth of the traffic.
const BAR_COLUMNS: usize = 10;
/// Time between two lines of a shift in which nothing changes.
const LINE_INTERVAL: Duration = Duration::from_secs(60);

/// The line of a log.
pub fn line(shift: &TrafficShift) -> Line {
    let (text, style) = match &shift.state {
        ShiftState::Waiting => (begins(shift), Style::new()),
        ShiftState::Running if shift.weight == 0 => (begins(shift), Style::new()),
        ShiftState::Running => (weight(shift), Style::new()),
        ShiftState::Succeeded => (ended_well(shift), GOOD),
        ShiftState::Failed => (ended_badly(shift, "failed"), BAD),
        ShiftState::Stopped => (ended_badly(shift, "was stopped"), BAD),
        ShiftState::Other(name) => (format!("{}, {name}", weight(shift)), Style::new()),
    };
    let line = Line::new(clock(shift.at)).column("shift", Style::new(), STATUS_COLUMNS);
    let line = line.column(name(shift), Style::new(), PATH_COLUMNS).column(text, style, 0);
    let line = shift.hooks.iter().filter(|it| is_shown(it, shift.at)).filter_map(hook).fold(line, Line::and);
    line.and(alarms(shift)).and(of_deployment(shift))
}

/// True unless the hook succeeded at least `LINE_INTERVAL` ago.
fn is_shown(hook: &ShiftHook, at: Timestamp) -> bool {
    hook.state != HookState::Succeeded || hook.ended.is_none_or(|ended| at.since(ended) < LINE_INTERVAL)
}

/// Function and alias.
pub fn name(shift: &TrafficShift) -> String {
    format!("{}:{}", shift.function, shift.alias)
}

/// What a live row shows: a bar of the weight, and what is left.
pub fn live(shift: &TrafficShift) -> [String; 3] {
    let full = usize::from(shift.weight) * BAR_COLUMNS / 100;
    let bar = format!("[{}{}]", "=".repeat(full), " ".repeat(BAR_COLUMNS - full));
    let running = shift.hooks.iter().find(|hook| hook.state == HookState::Running);
    let waits = running.map(|hook| format!("waits for the hook {}", hook.event)).unwrap_or_default();
    [format!("{} {bar}", name(shift)), format!("{} % on version {}", shift.weight, shift.to), waits]
}

fn begins(shift: &TrafficShift) -> String {
    let back = if shift.is_rollback { "back " } else { "" };
    let kind = shift.routing.map_or_else(|| shift.configuration.clone(), routing);
    format!("{back}from version {} to {}: {kind}", shift.from, shift.to)
}

fn weight(shift: &TrafficShift) -> String {
    format!("{} % on version {}{}", shift.weight, shift.to, left(shift))
}

/// The time until all traffic is on the new version, and the steps until then.
fn left(shift: &TrafficShift) -> String {
    let is_shifting = !shift.steps.is_empty() && shift.weight < 100;
    let Some(left) = shift.expected_end.filter(|_| is_shifting).map(|end| end.since(shift.at)) else {
        return String::new();
    };
    let steps = match shift.routing {
        Some(Routing::Linear { percent, .. }) => {
            u32::from(100_u8.saturating_sub(shift.weight)).div_ceil(u32::from(percent.max(1)))
        }
        Some(Routing::AllAtOnce | Routing::Canary { .. }) | None => 0,
    };
    let steps = if steps > 1 { format!(" in {steps} steps") } else { String::new() };
    format!(", {} left{steps}", duration(left))
}

fn ended_well(shift: &TrafficShift) -> String {
    format!("100 % on version {}{}", shift.to, after(shift))
}

fn ended_badly(shift: &TrafficShift, verb: &str) -> String {
    let why = shift.error.as_ref().map(|error| match &error.message {
        Some(message) => format!(": {}: {}", error.code, message.trim_end_matches('.')),
        None => format!(": {}", error.code),
    });
    format!("{verb}{}{}; traffic {}", after(shift), why.unwrap_or_default(), shift_outcome(shift))
}

fn after(shift: &TrafficShift) -> String {
    let took = shift.began.zip(shift.ended).map(|(began, ended)| ended.since(began));
    took.map(|took| format!(" after {}", duration(took))).unwrap_or_default()
}

fn hook(hook: &ShiftHook) -> Option<String> {
    let event = &hook.event;
    let took = hook.began.zip(hook.ended).map(|(began, ended)| format!(" ({})", duration(ended.since(began))));
    let took = took.unwrap_or_default();
    match &hook.state {
        HookState::Pending | HookState::Skipped => None,
        HookState::Running => Some(format!("{event} runs")),
        HookState::Succeeded => Some(format!("{event} succeeded{took}")),
        HookState::Failed => {
            let message = hook.message.as_ref().map(|message| format!(": {message}")).unwrap_or_default();
            Some(format!("{event} failed{took}{message}"))
        }
        HookState::Other(name) => Some(format!("{event} {name}")),
    }
}

/// The alarms that fire with their reasons, else how many are watched.
fn alarms(shift: &TrafficShift) -> String {
    let firing: Vec<_> = shift.alarms.iter().filter(|alarm| alarm.state == AlarmState::Alarm).collect();
    if shift.alarms.is_empty() {
        return String::new();
    }
    if firing.is_empty() {
        return format!("{} quiet", count(shift.alarms.len(), "alarm"));
    }
    let words = firing.into_iter().map(|alarm| match &alarm.reason {
        Some(reason) => format!("alarm {} is in ALARM: {reason}", alarm.name),
        None => format!("alarm {} is in ALARM", alarm.name),
    });
    words.collect::<Vec<_>>().join("; ")
}

/// Where to see more: once at the beginning, and when it ended badly.
fn of_deployment(shift: &TrafficShift) -> String {
    let is_new = shift.began.is_none_or(|began| shift.at.since(began) < LINE_INTERVAL);
    let is_beginning = is_new && shift.weight == 0 && matches!(shift.state, ShiftState::Waiting | ShiftState::Running);
    let is_bad = matches!(shift.state, ShiftState::Failed | ShiftState::Stopped);
    let page = shift.console.as_ref().map(|page| format!(", {page}")).unwrap_or_default();
    if is_beginning || is_bad { format!("deployment {}{page}", shift.deployment_id) } else { String::new() }
}

/// What became of a shift: `Traffic of One:live shifted to version 42 (deployment d-1)`.
pub fn outcome(shift: &TrafficShift) -> String {
    format!("Traffic of {} {} (deployment {})", name(shift), shift_outcome(shift), shift.deployment_id)
}

/// The object of a JSON line.
pub fn object(shift: &TrafficShift) -> Value {
    let hook = |hook: &ShiftHook| {
        json!({
            "event": hook.event, "status": hook_state(&hook.state), "began": time(hook.began), "ended": time(hook.ended),
            "message": hook.message, "log_tail": hook.log_tail,
        })
    };
    let hooks: Vec<_> = shift.hooks.iter().map(hook).collect();
    let alarms = shift.alarms.iter();
    let alarms: Vec<_> = alarms
        .map(|alarm| json!({"name": alarm.name, "state": alarm_state(alarm.state), "reason": alarm.reason}))
        .collect();
    let error = shift.error.as_ref().map(|error| json!({"code": error.code, "message": error.message}));
    json!({
        "type": "traffic_shift", "stack": shift.stack_id, "path": shift.path.join("/"), "function": shift.function,
        "alias": shift.alias, "deployment_id": shift.deployment_id, "configuration": shift.configuration,
        "from_version": shift.from, "to_version": shift.to, "weight": shift.weight, "status": state(&shift.state),
        "is_rollback": shift.is_rollback, "began": time(shift.began), "ended": time(shift.ended),
        "eta": time(shift.expected_end), "timestamp": shift.at.to_string(), "hooks": hooks, "alarms": alarms, "error": error, "console": shift.console,
    })
}

fn time(time: Option<Timestamp>) -> Option<String> {
    time.map(|time| time.to_string())
}

fn state(state: &ShiftState) -> &str {
    match state {
        ShiftState::Waiting => "waiting",
        ShiftState::Running => "running",
        ShiftState::Succeeded => "succeeded",
        ShiftState::Failed => "failed",
        ShiftState::Stopped => "stopped",
        ShiftState::Other(name) => name,
    }
}

fn hook_state(state: &HookState) -> &str {
    match state {
        HookState::Pending => "pending",
        HookState::Running => "running",
        HookState::Succeeded => "succeeded",
        HookState::Failed => "failed",
        HookState::Skipped => "skipped",
        HookState::Other(name) => name,
    }
}

const fn alarm_state(state: AlarmState) -> &'static str {
    match state {
        AlarmState::Ok => "ok",
        AlarmState::Alarm => "alarm",
        AlarmState::InsufficientData => "insufficient_data",
        AlarmState::Unknown => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::{line, outcome};
    use crate::facts::{ShiftError, ShiftState, TrafficShift};
    use crate::page::samples;
    use std::time::Duration;

    /// A shift of 10 % from version 41 to 42.
    fn shift(state: ShiftState, (is_rollback, is_taken_back): (bool, bool)) -> TrafficShift {
        let known = samples::canary().shifts.remove(0);
        let (function, alias, deployment_id) = ("One".to_owned(), "live".to_owned(), "d-1".to_owned());
        let (from, to, weight) = ("41".to_owned(), "42".to_owned(), 10);
        TrafficShift { function, alias, deployment_id, from, to, weight, state, is_rollback, is_taken_back, ..known }
    }

    #[test]
    fn the_old_version_serves_only_if_the_traffic_is_taken_back() {
        let (plain, rollback, taken_back) = ((false, false), (true, false), (false, true));
        let rows = [
            (ShiftState::Succeeded, plain, "shifted to version 42"),
            (ShiftState::Succeeded, rollback, "went back to version 42"),
            (ShiftState::Failed, taken_back, "goes back to version 41"),
            (ShiftState::Stopped, taken_back, "goes back to version 41"),
            (ShiftState::Failed, plain, "stopped with 10 % on version 42"),
            (ShiftState::Stopped, plain, "stopped with 10 % on version 42"),
            (ShiftState::Failed, rollback, "could not go back to version 42"),
            (ShiftState::Stopped, (true, true), "could not go back to version 42"),
            (ShiftState::Running, plain, "has 10 % on version 42"),
        ];
        for (state, kind, expected) in rows {
            let shift = shift(state, kind);
            assert_eq!(outcome(&shift), format!("Traffic of One:live {expected} (deployment d-1)"), "{shift:?}");
        }
    }

    #[test]
    fn no_time_is_left_once_all_traffic_is_shifted() {
        let running = shift(ShiftState::Running, (false, false));
        let running = TrafficShift { expected_end: Some(running.at + Duration::from_secs(60)), ended: None, ..running };
        let text = |weight| line(&TrafficShift { weight, ..running.clone() }).whole(&str::to_owned);
        assert!(text(10).contains("10 % on version 42, 1 min 0 s left"), "{}", text(10));
        assert!(text(100).contains("100 % on version 42  "), "{}", text(100));
    }

    #[test]
    fn the_line_of_a_shift_that_failed_says_where_the_traffic_is() {
        let error = Some(ShiftError { code: "TIMEOUT".to_owned(), message: None });
        for (kind, expected) in [((false, true), "goes back to version 41"), ((false, false), "stopped with 10 % on")] {
            let failed = TrafficShift { error: error.clone(), ..shift(ShiftState::Failed, kind) };
            let text = line(&failed).whole(&str::to_owned);
            assert!(text.contains(&format!(": TIMEOUT; traffic {expected}")) && !text.contains("serves"), "{text}");
        }
    }
}
