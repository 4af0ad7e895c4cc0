//! Collects the rows of an operation as a timeline: what was done to each resource, and when.

use super::critical_path;
use super::reasons::is_cancelled;
use super::stacks::StackEvent;
use super::status::{Direction, Progress};
use crate::facts::{PhaseKind, ResourceTimeline, RowOutcome, Span, SpanState, StackPhase, Timeline, Timestamp};
use std::collections::BTreeMap;

/// The rows so far, as spans. Rows of one resource come in order of time.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Spans {
    resources: BTreeMap<Vec<String>, ResourceTimeline>,
    phases: Vec<StackPhase>,
}

impl Spans {
    /// Notes a row of a resource.
    pub fn note(&mut self, path: Vec<String>, event: &StackEvent) {
        let resource = self.resources.entry(path.clone()).or_insert_with(|| ResourceTimeline {
            path,
            resource_type: event.resource_type.clone(),
            physical_id: None,
            spans: Vec::new(),
        });
        let physical_id = event.physical_id.clone().filter(|id| !id.is_empty());
        resource.physical_id = physical_id.or_else(|| resource.physical_id.take());
        match state(event) {
            SpanState::Open => start(&mut resource.spans, event),
            state => end(&mut resource.spans, event, state),
        }
    }

    /// Notes a row of the stack itself.
    pub fn note_stack(&mut self, event: &StackEvent) {
        let open = self.phases.last_mut().filter(|phase| phase.ended.is_none());
        match (open, event.status.progress()) {
            (Some(phase), Progress::Running(_)) if phase.status == event.status.as_str() => return,
            (Some(phase), _) => phase.ended = Some(event.time.max(phase.began)),
            (None, _) => {}
        }
        if let Progress::Running(direction) = event.status.progress() {
            let status = event.status.to_string();
            self.phases.push(StackPhase { status, kind: kind(direction), began: event.time, ended: None });
        }
    }

    /// The timeline as it is known now. `None` without rows.
    pub fn timeline(&self, now: Timestamp) -> Option<Timeline> {
        let phases = self.phases.iter().map(|phase| (phase.began, phase.ended));
        let spans = self.resources.values().flat_map(|resource| &resource.spans);
        let times: Vec<_> = phases.chain(spans.map(|span| (span.began, span.ended))).collect();
        let began = times.iter().map(|(began, _)| *began).min()?;
        let until = times.iter().map(|(began, ended)| ended.unwrap_or(now).max(*began)).max()?;
        let mut resources = self.in_order();
        critical_path::mark(&mut resources, until);
        Some(Timeline { began, until, phases: self.phases.clone(), resources })
    }

    /// The resources in the order of their nested stacks and of time.
    fn in_order(&self) -> Vec<ResourceTimeline> {
        let began = |path: &[String]| self.resources.get(path).map(ResourceTimeline::began);
        let key = |path: &[String]| -> Vec<_> {
            (1..=path.len()).map(|length| (began(&path[..length]), path[length - 1].clone())).collect()
        };
        let mut resources: Vec<_> = self.resources.values().cloned().collect();
        resources.sort_by_cached_key(|resource| key(&resource.path));
        resources
    }
}

fn state(event: &StackEvent) -> SpanState {
    match event.status.outcome() {
        RowOutcome::Started => SpanState::Open,
        RowOutcome::Completed => SpanState::Done,
        RowOutcome::Failed if event.reason.as_deref().is_some_and(is_cancelled) => SpanState::Cancelled,
        RowOutcome::Failed => SpanState::Failed,
        RowOutcome::Skipped => SpanState::Kept,
    }
}

const fn kind(direction: Direction) -> PhaseKind {
    match direction {
        Direction::Forward => PhaseKind::Changing,
        Direction::Back => PhaseKind::RollingBack,
        Direction::CleanUp => PhaseKind::CleaningUp,
        Direction::Removal => PhaseKind::Deleting,
    }
}

/// A row that starts something. One that repeats the status of the open span adds nothing; one that comes late, after
/// rows that are newer, only tells when the span began.
fn start(spans: &mut Vec<Span>, event: &StackEvent) {
    if let Some(last) = spans.last_mut() {
        if last.ended.is_some_and(|ended| event.time < ended) {
            last.began = last.began.min(event.time);
            return;
        }
        if last.state == SpanState::Open {
            if last.status == event.status.as_str() {
                return;
            }
            last.state = SpanState::Done;
            last.ended = Some(event.time);
        }
    }
    spans.push(span(event, SpanState::Open));
}

/// A row that ends what is open, or stands for all that is known of it.
fn end(spans: &mut Vec<Span>, event: &StackEvent, state: SpanState) {
    let open = spans.pop_if(|span| span.state == SpanState::Open);
    let began = open.map_or(event.time, |span| span.began);
    spans.push(Span { began, ended: Some(event.time.max(began)), ..span(event, state) });
}

fn span(event: &StackEvent, state: SpanState) -> Span {
    let has_reason = matches!(state, SpanState::Failed | SpanState::Cancelled | SpanState::Kept);
    Span {
        status: event.status.to_string(),
        state,
        began: event.time,
        ended: None,
        reason: event.reason.clone().filter(|_| has_reason),
        is_critical: false,
    }
}

#[cfg(test)]
mod tests {
    use super::Spans;
    use crate::deploy::stacks::StackEvent;
    use crate::deploy::status::Status;
    use crate::facts::{SpanState, Timeline, Timestamp};

    const SECOND: u64 = 1000;

    /// The timeline of rows such as `3 Child/Queue CREATE_COMPLETE reason`; `/` is the stack.
    fn timeline(rows: &[&str]) -> Timeline {
        let mut spans = Spans::default();
        for row in rows {
            let words: Vec<_> = row.splitn(4, ' ').collect();
            let event = StackEvent {
                time: Timestamp::from_millis(words[0].parse::<u64>().unwrap() * SECOND),
                status: Status::new(words[2]),
                reason: words.get(3).map(|reason| (*reason).to_owned()),
                ..StackEvent::default()
            };
            match words[1] {
                "/" => spans.note_stack(&event),
                path => spans.note(path.split('/').map(str::to_owned).collect(), &event),
            }
        }
        spans.timeline(Timestamp::from_millis(60 * SECOND)).unwrap()
    }

    fn shown(timeline: &Timeline) -> Vec<String> {
        let span = |span: &crate::facts::Span| {
            let ended = span.ended.map_or("…".to_owned(), |it| (it.as_millis() / SECOND).to_string());
            format!("{}–{ended} {:?}", span.began.as_millis() / SECOND, span.state)
        };
        let spans = |spans: &[crate::facts::Span]| spans.iter().map(span).collect::<Vec<_>>().join(", ");
        timeline.resources.iter().map(|it| format!("{}: {}", it.name(), spans(&it.spans))).collect()
    }

    #[test]
    fn a_row_begins_or_ends_what_is_done_to_a_resource() {
        let rows: [(&str, &[&str], &[&str]); 7] = [
            (
                "a status that is repeated",
                &[
                    "1 A CREATE_IN_PROGRESS",
                    "2 A CREATE_IN_PROGRESS Resource creation Initiated",
                    "4 A CREATE_COMPLETE",
                ],
                &["A: 1–4 Done"],
            ),
            ("an end alone", &["4 A CREATE_COMPLETE"], &["A: 4–4 Done"]),
            ("a beginning alone", &["4 A CREATE_IN_PROGRESS"], &["A: 4–… Open"]),
            (
                "an update, and the deletion of what it replaced",
                &["1 A UPDATE_IN_PROGRESS", "3 A UPDATE_COMPLETE", "5 A DELETE_IN_PROGRESS", "6 A DELETE_COMPLETE"],
                &["A: 1–3 Done, 5–6 Done"],
            ),
            (
                "one fails, another is cancelled, both are rolled back",
                &[
                    "1 A CREATE_IN_PROGRESS",
                    "1 B CREATE_IN_PROGRESS",
                    "3 A CREATE_FAILED no such key",
                    "4 B CREATE_FAILED Resource creation cancelled",
                    "5 A DELETE_IN_PROGRESS",
                    "6 A DELETE_COMPLETE",
                ],
                &["A: 1–3 Failed, 5–6 Done", "B: 1–4 Cancelled"],
            ),
            ("a row that comes after newer ones", &["4 A CREATE_COMPLETE", "1 A CREATE_IN_PROGRESS"], &["A: 1–4 Done"]),
            (
                "what a nested stack holds follows it, and time decides beside each other",
                &[
                    "2 Z CREATE_COMPLETE",
                    "3 N CREATE_IN_PROGRESS",
                    "4 N/B CREATE_COMPLETE",
                    "4 N/A CREATE_COMPLETE",
                    "5 M DELETE_SKIPPED",
                ],
                &["Z: 2–2 Done", "N: 3–… Open", "N/A: 4–4 Done", "N/B: 4–4 Done", "M: 5–5 Kept"],
            ),
        ];
        for (name, rows, expected) in rows {
            assert_eq!(shown(&timeline(rows)), expected, "{name}");
        }
    }

    #[test]
    fn the_stack_has_a_phase_for_each_status_that_lasts() {
        let ended = timeline(&[
            "0 / UPDATE_IN_PROGRESS User Initiated",
            "2 / UPDATE_ROLLBACK_IN_PROGRESS",
            "4 / UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
            "5 / UPDATE_ROLLBACK_COMPLETE",
        ]);
        let phases: Vec<_> = ended.phases.iter().map(|it| format!("{:?} {}", it.kind, it.began.as_millis())).collect();
        assert_eq!(phases, ["Changing 0", "RollingBack 2000", "CleaningUp 4000"]);
        assert_eq!((ended.duration().as_secs(), ended.phases[2].ended.map(|it| it.as_millis())), (5, Some(5000)));
    }

    #[test]
    fn a_timeline_lasts_until_now_while_something_is_open() {
        let rows = ["0 / CREATE_IN_PROGRESS", "1 A CREATE_IN_PROGRESS"];
        let open = timeline(&rows);
        assert_eq!((open.duration().as_secs(), open.resources[0].has(SpanState::Open)), (60, true));
        assert_eq!(Spans::default().timeline(open.until), None);
    }
}
