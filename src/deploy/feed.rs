//! The events of an operation: of its stack and of nested stacks, each row once.

use super::allowance::Allowance;
use super::cursor::Cursor;
use super::open::Open;
use super::pages::Pages;
use super::segment::{Segment, is_root, is_start, newest_start};
use super::stacks::{HookInvocation, StackEvent};
use super::status::{Direction, End, Progress, Status};
use super::timeline::Spans;
use crate::facts::resource_types::{ALIAS, FUNCTION, STACK};
use crate::facts::{OpenResource, RowOutcome, StackRow, Timeline, Timestamp};
use crate::shift::AliasRow;
use std::collections::{BTreeMap, HashSet};

mod reading;

pub use reading::Shown;

/// Nested stacks below the root (quota of nesting is lower).
const MOST_LEVELS: usize = 20;

/// What is known of an operation from its events.
#[derive(Debug, Clone, PartialEq)]
pub struct Feed {
    /// The root first.
    watched: Vec<Watched>,
    seen: HashSet<String>,
    segment: Segment,
    /// What an earlier process showed.
    shown: Cursor,
    open: Open,
    spans: Spans,
    /// Names of the Lambda functions that the operation makes or changes, by path.
    functions: BTreeMap<String, String>,
    /// Rows that failed or say why a stack turned, oldest first within a stack.
    notable: Vec<Notable>,
    completed: usize,
    /// What the operation began with.
    first: Option<Status>,
    status: Option<Status>,
    last: Timestamp,
    /// Rows without a token before the operation was found.
    untokened: Vec<StackEvent>,
    /// The updates of aliases so far.
    aliases: Vec<AliasRow>,
    /// Whether the operation is over: a row that says that a nested stack is being changed is an old one.
    is_closed: bool,
    /// Number of looks at nested stacks.
    turn: usize,
    allowance: Allowance,
}

/// A stack whose events are read.
#[derive(Debug, Clone, PartialEq)]
struct Watched {
    /// ARN.
    id: String,
    /// The logical ids of it and the nested stacks above.
    path: Vec<String>,
    /// Rows before belong to earlier operations. Set from a row of the parent: the service's own clock.
    since: Timestamp,
    is_open: bool,
    /// Whether its events were read after its parent's row was final.
    is_read: bool,
    /// Its newest rows, while older ones were not read.
    pages: Pages,
    /// Whether rows that arrive late may stand on a page that is not read again.
    is_deep: bool,
}

impl Watched {
    fn new(id: String, path: Vec<String>, since: Timestamp, is_open: bool) -> Self {
        Self { id, path, since, is_open, is_read: false, pages: Pages::default(), is_deep: false }
    }
}

/// A row that may explain a failure.
#[derive(Debug, Clone, PartialEq)]
pub struct Notable {
    /// The logical ids down to the resource; for a stack's own row those of the stack.
    pub path: Vec<String>,
    pub event: StackEvent,
    /// Whether it is the row of a stack itself.
    pub is_root: bool,
}

impl Feed {
    /// The events of the operation with this token, or of the newest one. `shown` is what was shown before.
    pub fn new(stack: &str, token: Option<String>, shown: Cursor) -> Self {
        let root = Watched::new(stack.to_owned(), Vec::new(), Timestamp::default(), true);
        Self {
            watched: vec![root],
            seen: HashSet::new(),
            segment: Segment::new(token),
            shown,
            open: Open::default(),
            spans: Spans::default(),
            functions: BTreeMap::new(),
            notable: Vec::new(),
            completed: 0,
            first: None,
            status: None,
            last: Timestamp::default(),
            untokened: Vec::new(),
            aliases: Vec::new(),
            is_closed: false,
            turn: 0,
            allowance: Allowance::default(),
        }
    }

    /// Whether an earlier process showed rows: then another operation may have followed meanwhile.
    fn is_resumed(&self) -> bool {
        self.shown != Cursor::default()
    }

    /// Begins with the newest operation of the stack.
    fn find_newest(&mut self, fresh: &[StackEvent]) {
        if let Some(start) = newest_start(fresh) {
            self.segment.begin_with(&fresh[start]);
            self.seen.extend(fresh[..start].iter().map(|event| event.event_id.clone()));
        }
    }

    /// Takes rows in the order of time; returns those to show.
    fn take(&mut self, index: usize, fresh: Vec<StackEvent>) -> Vec<(StackEvent, StackRow)> {
        let mut rows = Vec::new();
        for event in fresh {
            if !self.seen.insert(event.event_id.clone()) || !self.belongs(index, &event) {
                continue;
            }
            let row = self.row(index, &event);
            self.note(index, &event, &row.path);
            let is_shown = self.shown.includes(&event) || index > 0 && is_root(&event);
            if !is_shown {
                rows.push((event, row));
            }
        }
        rows
    }

    fn belongs(&mut self, index: usize, event: &StackEvent) -> bool {
        if index > 0 {
            return event.time >= self.watched[index].since;
        }
        let belongs = self.segment.accept(event);
        if !belongs && !self.segment.has_begun() && event.token.is_none() {
            self.untokened.push(event.clone());
        }
        belongs
    }

    /// Takes the rows without a token as those of the operation: some services give none. From its last start on.
    pub fn adopt_untokened(&mut self) -> Vec<(StackEvent, StackRow)> {
        let events = std::mem::take(&mut self.untokened);
        let Some(start) = events.iter().rposition(is_start) else { return Vec::new() };
        self.segment.begin_with(&events[start]);
        events[start..].iter().for_each(|event| {
            self.seen.remove(&event.event_id);
        });
        self.take(0, events.into_iter().skip(start).collect())
    }

    fn row(&self, index: usize, event: &StackEvent) -> StackRow {
        StackRow {
            stack_id: event.stack_id.clone(),
            event_id: event.event_id.clone(),
            path: if is_root(event) && index == 0 {
                event.stack_name.clone()
            } else {
                self.path(index, event).join("/")
            },
            logical_id: event.logical_id.clone(),
            physical_id: event.physical_id.clone().filter(|id| !id.is_empty()),
            resource_type: event.resource_type.clone(),
            status: event.status.to_string(),
            detailed_status: event.detailed_status.clone(),
            reason: event.reason.clone().or_else(|| event.hook.as_ref().map(hook_reason)),
            outcome: event.status.outcome(),
            time: event.time,
        }
    }

    fn path(&self, index: usize, event: &StackEvent) -> Vec<String> {
        let mut path = self.watched[index].path.clone();
        if !is_root(event) {
            path.push(event.logical_id.clone());
        }
        path
    }

    fn note(&mut self, index: usize, event: &StackEvent, shown_path: &str) {
        let outcome = event.status.outcome();
        self.last = self.last.max(event.time);
        if !is_root(event) {
            let since = self.open.since(shown_path).unwrap_or(event.time).min(event.time);
            self.open.note(shown_path, event);
            self.spans.note(self.path(index, event), event);
            self.note_function(shown_path, event);
            self.note_alias(index, event);
            self.watch_nested(index, event, since);
        } else if index == 0 {
            self.first.get_or_insert_with(|| event.status.clone());
            self.status = Some(event.status.clone());
            self.spans.note_stack(event);
        }
        if outcome == RowOutcome::Completed && !is_root(event) {
            self.completed += 1;
            self.forget_failed_deletion(event);
        }
        let is_failed_hook = event.hook.as_ref().is_some_and(|hook| hook.fails && hook.status.is_failed_hook());
        if is_failed_hook || outcome == RowOutcome::Failed || is_turn(event) {
            let path = self.path(index, event);
            self.notable.push(Notable { path, event: event.clone(), is_root: is_root(event) });
        }
    }

    fn note_alias(&mut self, index: usize, event: &StackEvent) {
        if event.resource_type != ALIAS {
            return;
        }
        let path = self.path(index, event);
        let open = self.aliases.iter_mut().find(|row| row.is_open && row.path == path);
        match (event.status.outcome(), open) {
            (RowOutcome::Started, None) if event.status.is_updating() => {
                let stack_id = self.watched[index].id.clone();
                self.aliases.push(AliasRow { stack_id, path, since: event.time, is_open: true });
            }
            (RowOutcome::Started, _) | (_, None) => {}
            (RowOutcome::Completed | RowOutcome::Failed | RowOutcome::Skipped, Some(row)) => row.is_open = false,
        }
    }

    fn note_function(&mut self, path: &str, event: &StackEvent) {
        if let Some(name) =
            event.physical_id.as_ref().filter(|name| event.resource_type == FUNCTION && !name.is_empty())
        {
            self.functions.insert(path.to_owned(), name.clone());
        }
    }

    /// Where a function of the same stack as a resource writes its log by default.
    pub fn log_group(&self, resource: &[String], function: &str) -> Option<String> {
        let parents = resource.split_last().map_or(&[][..], |(_, parents)| parents);
        let path: Vec<_> = parents.iter().map(String::as_str).chain([function]).collect();
        self.functions.get(&path.join("/")).map(|name| format!("/aws/lambda/{name}"))
    }

    /// A deletion is tried again; only the last attempt counts.
    fn forget_failed_deletion(&mut self, event: &StackEvent) {
        self.notable.retain(|notable| {
            let failed = &notable.event;
            !failed.status.is_failed_deletion()
                || (&failed.stack_id, &failed.logical_id) != (&event.stack_id, &event.logical_id)
                || failed.physical_id != event.physical_id
        });
    }

    fn watch_nested(&mut self, index: usize, event: &StackEvent, since: Timestamp) {
        let child = event.physical_id.as_deref().filter(|id| event.resource_type == STACK && id.starts_with("arn:"));
        let Some(child) = child else { return };
        let path = self.path(index, event);
        if path.len() > MOST_LEVELS {
            return;
        }
        let is_open = event.status.outcome() == RowOutcome::Started && !self.is_closed;
        match self.watched.iter_mut().find(|watched| watched.id == child) {
            Some(watched) => {
                watched.is_read &= watched.is_open == is_open;
                watched.is_open = is_open;
            }
            None => {
                self.watched.push(Watched::new(child.to_owned(), path, since, is_open));
            }
        }
    }

    /// The calls that may be made for nested stacks.
    pub fn allowance(&mut self) -> &mut Allowance {
        &mut self.allowance
    }

    pub fn segment(&self) -> &Segment {
        &self.segment
    }

    pub fn notable(&self) -> &[Notable] {
        &self.notable
    }

    /// Resources that are not done, oldest first.
    pub fn open(&self) -> Vec<OpenResource> {
        self.open.list()
    }

    /// What happened to each resource so far. `None` without rows.
    pub fn timeline(&self, now: Timestamp) -> Option<Timeline> {
        self.spans.timeline(now)
    }

    /// The updates of aliases, oldest first within a stack.
    pub fn aliases(&self) -> &[AliasRow] {
        &self.aliases
    }

    /// Number of rows that completed a resource.
    pub fn completed(&self) -> usize {
        self.completed
    }

    /// The first status that the operation gave the stack.
    pub fn first_status(&self) -> Option<&Status> {
        self.first.as_ref()
    }

    /// The last status of the stack that a row gave.
    pub fn status(&self) -> Option<&Status> {
        self.status.as_ref()
    }

    /// The time of the newest row.
    pub fn last(&self) -> Timestamp {
        self.last
    }
}

/// What a hook's row is about.
fn hook_reason(hook: &HookInvocation) -> String {
    let reason = hook.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    format!("hook {} {}{reason}", hook.name, hook.status)
}

fn is_final(status: &Status) -> bool {
    matches!(status.progress(), Progress::Ended(_))
}

/// Whether a row of a stack says that the stack goes back, with or without a rollback of its own, or left something
/// behind.
fn is_turn(event: &StackEvent) -> bool {
    is_root(event)
        && match event.status.progress() {
            Progress::Running(Direction::Back | Direction::Removal) => true,
            Progress::Running(Direction::Forward | Direction::CleanUp) => false,
            Progress::Ended(End::Succeeded) => event.reason.is_some(),
            Progress::Ended(_) => true,
        }
}
