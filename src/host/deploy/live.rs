//! What goes on in a deployment at this moment: the lines that a terminal shows below its log.

use super::row::is_of_stack;
use super::running::waiting;
use super::shift;
use crate::facts::{
    Activity, DeployEvent, OpenResource, RowOutcome, StackRow, StillRunning, Timestamp, TrafficShift, WaitsFor,
};
use crate::host::width::{columns, shorten};
use crate::text::duration;
use std::collections::{BTreeMap, BTreeSet};

/// Open resources that are shown, if the terminal is high enough.
const MOST_SHOWN: usize = 8;
/// Columns of an age, to the right: `59 min 59 s`.
const AGE_COLUMNS: usize = 11;
const GAP: usize = 2;

/// A deployment as far as its events show it.
#[derive(Debug, Default)]
pub struct Live {
    /// What is done, and since when. `None` while nothing is waited for.
    doing: Option<(String, Timestamp)>,
    /// Number of changes in the plan.
    expected: usize,
    done: BTreeSet<String>,
    /// After a failure resources go back, so the number of those that are done says nothing.
    has_failed: bool,
    monitored_until: Option<Timestamp>,
    open: BTreeMap<String, OpenResource>,
    /// What is known of the traffic shifts, by the path of their alias.
    shifts: BTreeMap<String, TrafficShift>,
}

impl Live {
    /// Takes an event into account.
    pub fn note(&mut self, event: &DeployEvent, now: Timestamp) {
        match event {
            DeployEvent::StackBusy { stack, status } => self.begin(format!("{stack} is busy ({status})"), now),
            DeployEvent::ReplacingStack { stack, .. } => self.begin(format!("Deleting {stack}"), now),
            DeployEvent::RollingBack { stack, .. } => self.begin(format!("Rolling back {stack}"), now),
            DeployEvent::ChangeSetCreated { stack, .. } => {
                self.begin(format!("Computing the changes of {stack}"), now);
            }
            DeployEvent::Planned { plan } => *self = Self { expected: plan.changes.len(), ..Self::default() },
            DeployEvent::ExecutionStarted { stack, .. } => self.begin(format!("Deploying {stack}"), now),
            DeployEvent::Row(row) if is_of_stack(row) => {
                let since = self.doing.as_ref().map_or(row.time, |(_, since)| *since);
                self.begin(format!("{}  {}", row.path, row.status), since);
            }
            DeployEvent::Row(row) => self.note_resource(row),
            DeployEvent::StillRunning(running) => self.note_running(running),
            DeployEvent::TrafficShift(shift) => {
                self.shifts.insert(shift.path.join("/"), shift.as_ref().clone());
            }
            DeployEvent::NothingShifts { .. }
            | DeployEvent::ApplicationChosen { .. }
            | DeployEvent::DetailMissing { .. }
            | DeployEvent::WatchDelayed { .. } => {}
            DeployEvent::Ended(_) => *self = Self::default(),
        }
    }

    fn begin(&mut self, what: String, since: Timestamp) {
        self.doing = Some((what, since));
        self.monitored_until = None;
    }

    fn note_resource(&mut self, row: &StackRow) {
        match row.outcome {
            RowOutcome::Started => self.start(row),
            RowOutcome::Completed | RowOutcome::Skipped => {
                self.open.remove(&row.path);
                self.done.insert(row.path.clone());
            }
            RowOutcome::Failed => {
                self.open.remove(&row.path);
                self.has_failed = true;
            }
        }
    }

    fn start(&mut self, row: &StackRow) {
        let before = self.open.get(&row.path).filter(|before| before.status == row.status);
        let open = OpenResource {
            path: row.path.clone(),
            resource_type: row.resource_type.clone(),
            status: row.status.clone(),
            since: before.map_or(row.time, |before| before.since),
            waits_for: before.map_or(WaitsFor::Service, |before| before.waits_for.clone()),
        };
        self.open.insert(row.path.clone(), open);
    }

    fn note_running(&mut self, running: &StillRunning) {
        self.doing.get_or_insert_with(|| (format!("Waiting for {}", running.stack), running.since));
        self.open = running.open.iter().map(|open| (open.path.clone(), open.clone())).collect();
        self.monitored_until = match running.activity {
            Activity::Monitoring { until } => Some(until),
            Activity::ComputingChanges
            | Activity::WaitingForStack
            | Activity::DeletingStack
            | Activity::Changing
            | Activity::RollingBack
            | Activity::CleaningUp => None,
        };
    }

    /// Whether something is waited for.
    pub fn is_active(&self) -> bool {
        self.doing.is_some()
    }

    /// The lines, oldest resource first, in so many rows and columns.
    pub fn lines(&self, now: Timestamp, (rows, width): (usize, usize), clean: &dyn Fn(&str) -> String) -> Vec<String> {
        let Some((what, since)) = &self.doing else { return Vec::new() };
        let mut open: Vec<_> = self.open.values().collect();
        open.sort_by_key(|it| (it.since, &it.path));
        let room = MOST_SHOWN.min((rows / 2).max(1));
        let shown = &open[..open.len().min(room)];
        let paths: Vec<_> = shown.iter().map(|it| clean(&it.path)).collect();
        let widest = paths.iter().map(|path| columns(path)).max().unwrap_or(0).min(width / 2);
        let resource = |(open, path): (&&OpenResource, &String)| {
            let path = format!("{:widest$}", shorten(path, widest));
            let age = duration(now.since(open.since));
            if let Some(shift) = self.shifts.get(&open.path).filter(|shift| shift.ended.is_none()) {
                return fitted(&age, &shift::live(shift).map(|part| clean(&part)), width);
            }
            let waits = waiting(&without_log_group(&open.waits_for)).unwrap_or_default();
            let parts = [path, clean(&waits), clean(&open.status), clean(&open.resource_type)];
            fitted(&age, &parts, width)
        };
        let heading = fitted(&duration(now.since(*since)), &[clean(what), self.progress(now)], width);
        let more = open.len() - shown.len();
        let more = (more > 0).then(|| fitted("", &[format!("and {more} more")], width));
        std::iter::once(heading).chain(shown.iter().zip(&paths).map(resource)).chain(more).collect()
    }

    fn progress(&self, now: Timestamp) -> String {
        match self.monitored_until {
            Some(until) => format!("monitoring its rollback triggers, {} left", duration(until.since(now))),
            None if self.has_failed || self.expected == 0 => String::new(),
            None => format!("{} of {} done", self.done.len().min(self.expected), self.expected),
        }
    }
}

/// A log group is too long for most terminals.
fn without_log_group(waits_for: &WaitsFor) -> WaitsFor {
    match waits_for {
        WaitsFor::CustomResource { function, .. } => {
            WaitsFor::CustomResource { function: function.clone(), log_group: None }
        }
        WaitsFor::Service | WaitsFor::Hook { .. } | WaitsFor::NestedStack => waits_for.clone(),
    }
}

/// An age and as many parts as fit; of the first one its middle may be left out.
fn fitted(age: &str, parts: &[String], width: usize) -> String {
    let mut line = format!("{age:>AGE_COLUMNS$}");
    for (index, part) in parts.iter().enumerate().filter(|(_, part)| !part.is_empty()) {
        let room = width.saturating_sub(columns(&line) + GAP);
        if index > 0 && columns(part) > room {
            break;
        }
        line += &format!("{:GAP$}{}", "", shorten(part, room));
    }
    line.trim_end().to_owned()
}
