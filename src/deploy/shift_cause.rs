//! Why a traffic shift failed, as the cause of the deployment: the row of the alias says little.

use crate::facts::{AlarmState, Cause, HookState, ShiftAlarm, ShiftHook, ShiftProblem, ShiftState, TrafficShift};

/// Replaces the reason of each failed alias by what CodeDeploy, hooks and alarms report.
pub fn explain(causes: &mut [Cause], shifts: &[TrafficShift]) {
    for cause in causes {
        let failed = shifts.iter().filter(|shift| !shift.is_rollback && shift.state.is_bad());
        if let Some(shift) = failed.into_iter().find(|shift| shift.path == cause.path) {
            cause.reason = Some(reason(shift, cause.reason.take()));
            cause.code = shift.error.as_ref().map(|error| error.code.clone()).or_else(|| cause.code.take());
            cause.remedy = remedy(shift).or_else(|| cause.remedy.take());
        }
    }
}

fn reason(shift: &TrafficShift, of_row: Option<String>) -> String {
    let TrafficShift { function, alias, from, to, .. } = shift;
    let verb = if shift.state == ShiftState::Stopped { "was stopped" } else { "failed" };
    let mut parts = vec![format!("the traffic shift of {function}:{alias} from version {from} to {to} {verb}")];
    parts.extend(shift.error.as_ref().map(|error| match &error.message {
        Some(message) => format!("{}: {}", error.code, message.trim_end_matches('.')),
        None => error.code.clone(),
    }));
    let firing = shift.alarms.iter().filter(|alarm| alarm.state == AlarmState::Alarm);
    parts.extend(firing.map(firing_alarm));
    parts.extend(shift.hooks.iter().filter(|hook| hook.state == HookState::Failed).map(hook_reason));
    if parts.len() == 1 {
        parts.extend(of_row);
    }
    parts.join("; ")
}

fn firing_alarm(alarm: &ShiftAlarm) -> String {
    ShiftProblem::FiringAlarm { alarm: alarm.name.clone(), reason: alarm.reason.clone() }.to_string()
}

fn hook_reason(hook: &ShiftHook) -> String {
    match &hook.message {
        Some(message) => format!("hook {} failed: {message}", hook.event),
        None => format!("hook {} failed", hook.event),
    }
}

/// The end of a failed hook's log, and where to see the rest.
fn remedy(shift: &TrafficShift) -> Option<String> {
    let tail =
        shift.hooks.iter().filter(|hook| hook.state == HookState::Failed).find_map(|hook| hook.log_tail.as_ref());
    let tail = tail.map(|tail| format!("the log of the hook ends with: {}", tail.trim()));
    let page = shift.console.as_ref().map(|page| format!("see {page}"));
    let parts: Vec<_> = tail.into_iter().chain(page).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}
