//! Events of a job worker: lines for the log, and metrics in CloudWatch's embedded metric format.

use super::screen::Screen;
use crate::facts::{Event, JobEvent, Reporter, WorkerEvent};
use crate::text::one_line;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const NAMESPACE: &str = "Samstep";
/// Jobs whose result is a failure.
const FAILED: &str = "JobsFailed";

/// The line of the log; `None` for events that happen all the time.
pub fn words(event: &WorkerEvent) -> Option<String> {
    match event {
        WorkerEvent::Polled { .. } | WorkerEvent::Full { .. } | WorkerEvent::JobBegan { .. } => None,
        WorkerEvent::PollFailed { error, again } => {
            Some(format!("Cannot poll: {}; again in {:.1} s", one_line(&error.to_string()), again.as_secs_f64()))
        }
        WorkerEvent::AcknowledgementLost { job_id } => Some(format!("Job {job_id} was taken by another worker")),
        WorkerEvent::NotTaken { job_id, why } => Some(format!("Job {job_id} is not taken: {}", one_line(why))),
        WorkerEvent::JobEnded { job_id, ended, took, .. } => {
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

/// What a worker polls: the dimensions of its metrics.
#[derive(Debug, Clone)]
pub struct Queue {
    /// `Category/Provider/Version`.
    pub action_type: String,
    /// The pool, if the type has pools.
    pub pool: Option<String>,
}

/// Writes metrics to stdout and passes events on.
pub struct MetricReporter {
    stdout: Screen,
    queue: Queue,
    below: Arc<dyn Reporter>,
}

impl MetricReporter {
    /// With the dimensions of a queue.
    pub fn new(stdout: Screen, queue: Queue, below: Arc<dyn Reporter>) -> Self {
        Self { stdout, queue, below }
    }
}

impl MetricReporter {
    fn write(&self, metrics: &[Metric], failure_type: Option<&str>) {
        if !metrics.is_empty() {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
            self.stdout.line(&embedded(metrics, &self.queue, failure_type, now));
        }
    }
}

impl Reporter for MetricReporter {
    fn report(&self, event: Event) {
        if let Event::Worker(event) = &event {
            self.write(&measured(event), failure_type(event));
        } else if let Event::Job(JobEvent::ResultDelayed { .. }) = &event {
            self.write(&[("ReportRetries", "Count", 1.0)], None);
        }
        self.below.report(event);
    }
}

/// Name, unit and value.
type Metric = (&'static str, &'static str, f64);

fn measured(event: &WorkerEvent) -> Vec<Metric> {
    match event {
        WorkerEvent::Polled { jobs, free, busy, oldest } => {
            let empty = (*jobs == 0).then_some(("EmptyPolls", "Count", 1.0));
            slots(*busy, *free, *oldest).into_iter().chain(empty).collect()
        }
        WorkerEvent::Full { busy, oldest } => slots(*busy, 0, *oldest).to_vec(),
        WorkerEvent::PollFailed { .. } => vec![("FailedPolls", "Count", 1.0)],
        WorkerEvent::AcknowledgementLost { .. } => vec![("AckLost", "Count", 1.0)],
        WorkerEvent::JobBegan { .. } => vec![("JobsStarted", "Count", 1.0)],
        WorkerEvent::JobEnded { ended, retries, took, .. } => {
            let counted = match ended.as_str() {
                "Succeeded" => "JobsSucceeded",
                "Suspended" => "JobsSuspended",
                _ => FAILED,
            };
            let retries = ("ReportRetries", "Count", f64::from(*retries));
            vec![(counted, "Count", 1.0), ("JobSeconds", "Seconds", took.as_secs_f64()), retries]
        }
        WorkerEvent::ProcessLost { .. } => vec![("ProcessesLost", "Count", 1.0)],
        WorkerEvent::NotTaken { .. } | WorkerEvent::Draining { .. } | WorkerEvent::ProtectionFailed { .. } => {
            Vec::new()
        }
    }
}

fn slots(busy: usize, free: usize, oldest: Duration) -> [Metric; 3] {
    [
        ("BusySlots", "Count", busy as f64),
        ("FreeSlots", "Count", free as f64),
        ("OldestJobSeconds", "Seconds", oldest.as_secs_f64()),
    ]
}

fn failure_type(event: &WorkerEvent) -> Option<&str> {
    match event {
        WorkerEvent::JobEnded { ended, .. } if !["Succeeded", "Suspended"].contains(&ended.as_str()) => Some(ended),
        _ => None,
    }
}

/// One line of the embedded metric format; `now` in milliseconds since 1970. The metrics of a pool count for its action
/// type too; failures are also counted by their type.
fn embedded(metrics: &[Metric], queue: &Queue, failure_type: Option<&str>, now: u128) -> String {
    let named = |(name, unit, _): &Metric| json!({"Name": name, "Unit": unit});
    let define = |dimensions: Vec<&[&str]>, metrics: Vec<Value>| json!({"Namespace": NAMESPACE, "Dimensions": dimensions, "Metrics": metrics});
    let of_pool: Option<&[&str]> = queue.pool.as_ref().map(|_| ["ActionType", "Pool"].as_slice());
    let all =
        define([["ActionType"].as_slice()].into_iter().chain(of_pool).collect(), metrics.iter().map(named).collect());
    let failed: Vec<Value> = metrics.iter().filter(|(name, ..)| *name == FAILED).map(named).collect();
    let by_type = failure_type.map(|_| {
        let of_pool: Option<&[&str]> = queue.pool.as_ref().map(|_| ["ActionType", "Pool", "FailureType"].as_slice());
        define([["ActionType", "FailureType"].as_slice()].into_iter().chain(of_pool).collect(), failed)
    });
    let definitions: Vec<Value> = [all].into_iter().chain(by_type).collect();
    let now = u64::try_from(now).unwrap_or_default();
    let mut line = Map::new();
    line.insert("_aws".to_owned(), json!({"Timestamp": now, "CloudWatchMetrics": definitions}));
    line.insert("ActionType".to_owned(), json!(queue.action_type));
    line.extend(queue.pool.as_ref().map(|pool| ("Pool".to_owned(), json!(pool))));
    line.extend(failure_type.map(|it| ("FailureType".to_owned(), json!(it))));
    line.extend(metrics.iter().map(|(name, _, value)| ((*name).to_owned(), json!(value))));
    Value::Object(line).to_string()
}

#[cfg(test)]
mod tests {
    use super::{Queue, embedded, failure_type, measured};
    use crate::facts::WorkerEvent;
    use std::time::Duration;

    fn queue(pool: Option<&str>) -> Queue {
        Queue { action_type: "Build/Samstep/1".to_owned(), pool: pool.map(str::to_owned) }
    }

    #[test]
    fn metrics_of_a_pool_count_for_its_action_type_too() {
        let line = embedded(&[("JobsSucceeded", "Count", 1.0)], &queue(Some("blue")), None, 12);
        let expected = concat!(
            r#"{"_aws":{"Timestamp":12,"CloudWatchMetrics":[{"Namespace":"Samstep","#,
            r#""Dimensions":[["ActionType"],["ActionType","Pool"]],"Metrics":[{"Name":"JobsSucceeded","Unit":"Count"}]}]},"#,
            r#""ActionType":"Build/Samstep/1","Pool":"blue","JobsSucceeded":1.0}"#
        );
        assert_eq!(line, expected);
    }

    #[test]
    fn a_job_that_ended_is_one_line_of_metrics() {
        let (job_id, ended) = ("1".to_owned(), "PermissionError".to_owned());
        let event = WorkerEvent::JobEnded { job_id, ended, retries: 2, took: Duration::from_millis(1500) };
        let line = embedded(&measured(&event), &queue(None), failure_type(&event), 12);
        let expected = concat!(
            r#"{"_aws":{"Timestamp":12,"CloudWatchMetrics":[{"Namespace":"Samstep","Dimensions":[["ActionType"]],"#,
            r#""Metrics":[{"Name":"JobsFailed","Unit":"Count"},{"Name":"JobSeconds","Unit":"Seconds"},"#,
            r#"{"Name":"ReportRetries","Unit":"Count"}]},{"Namespace":"Samstep","#,
            r#""Dimensions":[["ActionType","FailureType"]],"Metrics":[{"Name":"JobsFailed","Unit":"Count"}]}]},"#,
            r#""ActionType":"Build/Samstep/1","FailureType":"PermissionError","JobsFailed":1.0,"JobSeconds":1.5,"#,
            r#""ReportRetries":2.0}"#
        );
        assert_eq!(line, expected);
    }

    #[test]
    fn failures_are_counted_by_type_for_the_pool_and_for_the_action_type() {
        let line = embedded(&[("JobsFailed", "Count", 1.0)], &queue(Some("blue")), Some("JobFailed"), 12);
        let expected = r#""Dimensions":[["ActionType","FailureType"],["ActionType","Pool","FailureType"]],"Metrics":[{"Name":"JobsFailed","Unit":"Count"}]"#;
        assert!(line.contains(expected), "{line}");
    }

    #[test]
    fn slots_and_the_oldest_job_are_measured_at_each_poll_and_while_all_slots_are_taken() {
        let oldest = Duration::from_secs(90);
        let rows = [
            (
                WorkerEvent::Polled { jobs: 0, free: 1, busy: 1, oldest },
                vec![("BusySlots", 1.0), ("FreeSlots", 1.0), ("OldestJobSeconds", 90.0), ("EmptyPolls", 1.0)],
            ),
            (
                WorkerEvent::Full { busy: 2, oldest },
                vec![("BusySlots", 2.0), ("FreeSlots", 0.0), ("OldestJobSeconds", 90.0)],
            ),
        ];
        for (event, expected) in rows {
            let told: Vec<_> = measured(&event).into_iter().map(|(name, _, value)| (name, value)).collect();
            assert_eq!(told, expected, "{event:?}");
        }
    }
}
