//! The course of a deployment: the weights and the lifecycle events to come, and when it ends.

use super::shift::{Fires, Hook, Routing, Shift};
use serde_json::{Value, json};

/// Milliseconds from the creation of a deployment to its first lifecycle event.
pub const QUEUED_MILLIS: i64 = 1000;
const MINUTE_MILLIS: i64 = 60_000;

/// Times are milliseconds since 1970.
#[derive(Debug, Clone)]
pub struct Course {
    pub end: i64,
    pub outcome: Outcome,
    /// Weights of the new version, each from a time on.
    weights: Vec<(i64, u32)>,
    pub events: Vec<LifecycleEvent>,
}

/// Error code and message of what does not succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Succeeded,
    Failed(&'static str, String),
    Stopped(&'static str, String),
}

#[derive(Debug, Clone)]
pub struct LifecycleEvent {
    name: &'static str,
    began: i64,
    ended: i64,
    status: &'static str,
    diagnostics: Option<Value>,
}

impl Course {
    /// The course of a shift whose deployment is created at a time.
    pub fn plan(shift: &Shift, created: i64) -> Self {
        let end = created + QUEUED_MILLIS;
        let mut course = Self { end, outcome: Outcome::Succeeded, weights: Vec::new(), events: Vec::new() };
        if let Some(hook) = &shift.before {
            course.run_hook("BeforeAllowTraffic", hook);
        }
        if course.outcome == Outcome::Succeeded {
            course.allow_traffic(shift.routing);
        }
        if let Some(hook) = shift.after.as_ref().filter(|_| course.outcome == Outcome::Succeeded) {
            course.run_hook("AfterAllowTraffic", hook);
        }
        course.stop_at_alarm(shift, created);
        course
    }

    fn run_hook(&mut self, name: &'static str, hook: &Hook) {
        let began = self.end;
        self.end += 1000 * hook.seconds;
        match &hook.failure {
            None => self.add_event(name, began, "Succeeded", None),
            Some(log) => {
                let message = "The lifecycle event hook reported a failure.";
                let diagnostics =
                    json!({"errorCode": "ScriptFailed", "scriptName": "", "message": message, "logTail": log});
                self.add_event(name, began, "Failed", Some(diagnostics));
                let message = format!("One or more of the lifecycle event hooks failed: {name}.");
                self.outcome = Outcome::Failed("HOOK_EXECUTION_FAILURE", message);
            }
        }
    }

    fn allow_traffic(&mut self, routing: Routing) {
        let began = self.end;
        self.weights = weights(routing, began);
        self.end = self.weights.last().expect("a routing has a step").0;
        self.add_event("AllowTraffic", began, "Succeeded", None);
    }

    fn add_event(&mut self, name: &'static str, began: i64, status: &'static str, diagnostics: Option<Value>) {
        self.events.push(LifecycleEvent { name, began, ended: self.end, status, diagnostics });
    }

    fn stop_at_alarm(&mut self, shift: &Shift, created: i64) {
        let firing = shift.alarms.iter().filter_map(|alarm| match alarm.fires {
            Fires::Never => None,
            Fires::Before => Some((0, &alarm.name)),
            Fires::At(second) => Some((second, &alarm.name)),
        });
        let Some((second, name)) = firing.min() else { return };
        let message = format!("One or more alarms have been activated according to Amazon CloudWatch: {name}");
        self.stop(created + 1000 * second, "ALARM_ACTIVE", message);
    }

    /// Stops it at a time, unless it is over by then.
    pub fn stop(&mut self, at: i64, code: &'static str, message: String) {
        if at >= self.end {
            return;
        }
        self.end = at;
        self.outcome = Outcome::Stopped(code, message);
        self.weights.retain(|(time, _)| *time <= at);
        for event in &mut self.events {
            match event.began <= at {
                true if event.ended > at => (event.ended, event.status) = (at, "Failed"),
                true => {}
                false => event.status = "Skipped",
            }
        }
    }

    /// The weight of the new version at a time.
    pub fn weight(&self, now: i64) -> u32 {
        self.weights.iter().rfind(|(time, _)| *time <= now).map_or(0, |(_, weight)| *weight)
    }
}

impl LifecycleEvent {
    pub fn describe(&self, now: i64) -> Value {
        let has_ended = now >= self.ended;
        let status = match self.status {
            "Skipped" => "Skipped",
            _ if now < self.began => "Pending",
            _ if !has_ended => "InProgress",
            other => other,
        };
        let has_begun = status != "Skipped" && now >= self.began;
        super::deployment::without_nulls(&json!({
            "lifecycleEventName": self.name, "status": status,
            "diagnostics": self.diagnostics.as_ref().filter(|_| has_ended),
            "startTime": has_begun.then(|| super::deployment::seconds(self.began)),
            "endTime": (has_begun && has_ended).then(|| super::deployment::seconds(self.ended)),
        }))
    }
}

fn weights(routing: Routing, began: i64) -> Vec<(i64, u32)> {
    match routing {
        Routing::AllAtOnce => vec![(began, 100)],
        Routing::Canary(percent, minutes) => {
            vec![(began, percent), (began + MINUTE_MILLIS * i64::from(minutes), 100)]
        }
        Routing::Linear(percent, minutes) => {
            let step = |number: u32| {
                let time = began + MINUTE_MILLIS * i64::from(minutes) * i64::from(number - 1);
                (time, (percent * number).min(100))
            };
            (1..=100_u32.div_ceil(percent)).map(step).collect()
        }
    }
}
