//! What a job worker says: words for the log, and metrics as CloudWatch reads them from one.

use super::failure::one_line;
use super::screen::Screen;
use crate::event::{Event, Reporter, WorkerEvent};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

const NAMESPACE: &str = "Samstep";

/// A line of the log; nothing of what happens all the time.
pub fn words(event: &WorkerEvent) -> Option<String> {
    match event {
        WorkerEvent::Polled { .. } | WorkerEvent::JobBegan { .. } => None,
        WorkerEvent::PollFailed { error, again } => {
            Some(format!("Cannot poll: {}; again in {:.1} s", one_line(&error.to_string()), again.as_secs_f64()))
        }
        WorkerEvent::AcknowledgementLost { job_id } => Some(format!("Job {job_id} was taken by another worker")),
        WorkerEvent::NotTaken { job_id, why } => Some(format!("Job {job_id} is not taken: {}", one_line(why))),
        WorkerEvent::JobEnded { job_id, ended, took } => {
            Some(format!("Job {job_id} ended after {:.1} s: {ended}", took.as_secs_f64()))
        }
        WorkerEvent::ProcessLost { job_id, how } => {
            Some(format!("The process of job {job_id} ended: {}", one_line(how)))
        }
        WorkerEvent::Draining { running } => Some(format!("Taking no more jobs; {running} still running")),
        WorkerEvent::ProtectionFailed { why } => {
            Some(format!("Cannot set the protection of this task: {}", one_line(why)))
        }
    }
}

/// Adds metrics on stdout, in CloudWatch's embedded metric format, to another report.
pub struct MetricReporter {
    stdout: Screen,
    action_type: String,
    below: Arc<dyn Reporter>,
}

impl MetricReporter {
    /// Metrics with the action type as their dimension.
    pub fn new(stdout: Screen, action_type: String, below: Arc<dyn Reporter>) -> Self {
        Self { stdout, action_type, below }
    }
}

impl Reporter for MetricReporter {
    fn report(&self, event: Event) {
        if let Event::Worker(event) = &event {
            let metrics = measured(event);
            if !metrics.is_empty() {
                let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
                self.stdout.line(&embedded(&metrics, &self.action_type, failure_type(event), now));
            }
        }
        self.below.report(event);
    }
}

/// Name, unit and value.
type Metric = (&'static str, &'static str, f64);

fn measured(event: &WorkerEvent) -> Vec<Metric> {
    match event {
        WorkerEvent::Polled { jobs, free, busy } => {
            let empty = (*jobs == 0).then_some(("EmptyPolls", "Count", 1.0));
            let slots = [("BusySlots", "Count", *busy as f64), ("FreeSlots", "Count", *free as f64)];
            slots.into_iter().chain(empty).collect()
        }
        WorkerEvent::PollFailed { .. } => vec![("FailedPolls", "Count", 1.0)],
        WorkerEvent::AcknowledgementLost { .. } => vec![("AckLost", "Count", 1.0)],
        WorkerEvent::JobBegan { .. } => vec![("JobsStarted", "Count", 1.0)],
        WorkerEvent::JobEnded { ended, took, .. } => {
            let counted = match ended.as_str() {
                "Succeeded" => "JobsSucceeded",
                "Suspended" => "JobsSuspended",
                _ => "JobsFailed",
            };
            vec![(counted, "Count", 1.0), ("JobSeconds", "Seconds", took.as_secs_f64())]
        }
        WorkerEvent::ProcessLost { .. } => vec![("ProcessesLost", "Count", 1.0)],
        WorkerEvent::NotTaken { .. } | WorkerEvent::Draining { .. } | WorkerEvent::ProtectionFailed { .. } => {
            Vec::new()
        }
    }
}

fn failure_type(event: &WorkerEvent) -> Option<&str> {
    match event {
        WorkerEvent::JobEnded { ended, .. } if !["Succeeded", "Suspended"].contains(&ended.as_str()) => Some(ended),
        _ => None,
    }
}

/// One line of the embedded metric format; `now` in milliseconds since 1970.
fn embedded(metrics: &[Metric], action_type: &str, failure_type: Option<&str>, now: u128) -> String {
    let names: Vec<Value> = metrics.iter().map(|(name, unit, _)| json!({"Name": name, "Unit": unit})).collect();
    let definition = json!({"Namespace": NAMESPACE, "Dimensions": [["ActionType"]], "Metrics": names});
    let now = u64::try_from(now).unwrap_or_default();
    let mut line = Map::new();
    line.insert("_aws".to_owned(), json!({"Timestamp": now, "CloudWatchMetrics": [definition]}));
    line.insert("ActionType".to_owned(), json!(action_type));
    line.extend(failure_type.map(|it| ("FailureType".to_owned(), json!(it))));
    line.extend(metrics.iter().map(|(name, _, value)| ((*name).to_owned(), json!(value))));
    Value::Object(line).to_string()
}

#[cfg(test)]
mod tests {
    use super::{embedded, failure_type, measured};
    use crate::event::WorkerEvent;
    use std::time::Duration;

    #[test]
    fn a_job_that_ended_is_a_line_of_metrics() {
        let ended = "PermissionError".to_owned();
        let event = WorkerEvent::JobEnded { job_id: "1".to_owned(), ended, took: Duration::from_millis(1500) };
        let line = embedded(&measured(&event), "Build/Samstep/1", failure_type(&event), 12);
        let expected = concat!(
            r#"{"_aws":{"Timestamp":12,"CloudWatchMetrics":[{"Namespace":"Samstep","Dimensions":[["ActionType"]],"#,
            r#""Metrics":[{"Name":"JobsFailed","Unit":"Count"},{"Name":"JobSeconds","Unit":"Seconds"}]}]},"#,
            r#""ActionType":"Build/Samstep/1","FailureType":"PermissionError","JobsFailed":1.0,"JobSeconds":1.5}"#
        );
        assert_eq!(line, expected);
    }
}
