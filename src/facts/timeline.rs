//! What happened to each resource of an operation, and when.

use super::Timestamp;
use std::time::Duration;

/// The resources of an operation over time, by the clock of CloudFormation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    /// The time of the first row.
    pub began: Timestamp,
    /// The time of the last row; the present time while something is open.
    pub until: Timestamp,
    /// What the stack itself did, in order.
    pub phases: Vec<StackPhase>,
    /// Each nested stack stands before what it holds; beside each other they stand in the order in which they began.
    pub resources: Vec<ResourceTimeline>,
}

/// A status of the stack itself that lasted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackPhase {
    /// As CloudFormation spells it.
    pub status: String,
    pub kind: PhaseKind,
    pub began: Timestamp,
    pub ended: Option<Timestamp>,
}

/// What a stack does in a phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhaseKind {
    Changing,
    RollingBack,
    CleaningUp,
    Deleting,
}

/// What an operation did to one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceTimeline {
    /// The logical ids down to it: all but the last are nested stacks.
    pub path: Vec<String>,
    pub resource_type: String,
    pub physical_id: Option<String>,
    /// In order: an update may be followed by its rollback, or by the deletion of the replaced resource.
    pub spans: Vec<Span>,
}

/// The time in which one thing was done to a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The last status, as CloudFormation spells it.
    pub status: String,
    pub state: SpanState,
    pub began: Timestamp,
    pub ended: Option<Timestamp>,
    /// Why it failed or was cancelled.
    pub reason: Option<String>,
    /// Whether it is on the critical path, the chain that the operation waited for.
    pub is_critical: bool,
}

/// How far a span is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpanState {
    Open,
    Done,
    Failed,
    /// Stopped because another resource failed.
    Cancelled,
    /// The resource is kept although the stack no longer has it.
    Kept,
}

impl Timeline {
    /// From the first row to the last.
    pub fn duration(&self) -> Duration {
        self.until.since(self.began)
    }

    /// The spans of the critical path with their resources, in order of time.
    pub fn critical_path(&self) -> Vec<(&ResourceTimeline, &Span)> {
        let of = |resource| std::iter::repeat(resource).zip(ResourceTimeline::critical_spans(resource));
        let mut path: Vec<_> = self.resources.iter().flat_map(of).collect();
        path.sort_by_key(|(resource, span)| (span.began, resource.path.len()));
        path
    }
}

impl ResourceTimeline {
    fn critical_spans(&self) -> impl Iterator<Item = &Span> {
        self.spans.iter().filter(|span| span.is_critical)
    }

    /// The logical ids with `/` between.
    pub fn name(&self) -> String {
        self.path.join("/")
    }

    /// The logical ids of the nested stacks that hold it, outermost first.
    pub fn parents(&self) -> &[String] {
        self.path.split_last().map_or(&[], |(_, parents)| parents)
    }

    /// Empty if the path is.
    pub fn logical_id(&self) -> &str {
        self.path.last().map_or("", String::as_str)
    }

    /// When its first span began.
    pub fn began(&self) -> Timestamp {
        self.spans.first().map_or_else(Timestamp::default, |span| span.began)
    }

    /// The time of all spans together.
    pub fn busy(&self, until: Timestamp) -> Duration {
        self.spans.iter().map(|span| span.duration(until)).sum()
    }

    pub fn is_critical(&self) -> bool {
        self.critical_spans().next().is_some()
    }

    /// Whether one of its spans is in this state.
    pub fn has(&self, state: SpanState) -> bool {
        self.spans.iter().any(|span| span.state == state)
    }
}

impl Span {
    /// The time that it took, until `until` if it is open.
    pub fn duration(&self, until: Timestamp) -> Duration {
        self.ended.unwrap_or(until).since(self.began)
    }
}
