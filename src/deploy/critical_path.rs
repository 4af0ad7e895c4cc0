//! The critical path: the chain of work that an operation waited for.
//!
//! CloudFormation does not say which resource waited for which, so the path is read from the times. It ends with the span
//! that ended last. Before each span stands the one that ended last when it began: what it depends on, or at least what the
//! stack was busy with. The same holds within a nested stack that is on the path, during its span. Spans without duration
//! are not on it: nothing waited for them.

use crate::facts::{ResourceTimeline, Timestamp};
use std::cmp::Reverse;

/// A span that may be on the path.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    /// Index of its resource, then of the span within the resource.
    at: (usize, usize),
    began: Timestamp,
    ended: Timestamp,
}

/// Marks the spans on the path. Open spans end at `until`.
pub fn mark(resources: &mut [ResourceTimeline], until: Timestamp) {
    for (resource, span) in chain(resources, &[], (Timestamp::default(), until), until) {
        resources[resource].spans[span].is_critical = true;
    }
}

/// The path among the resources of one stack, within a time.
fn chain(
    resources: &[ResourceTimeline],
    stack: &[String],
    (from, to): (Timestamp, Timestamp),
    until: Timestamp,
) -> Vec<(usize, usize)> {
    let mut candidates = candidates(resources, stack, until);
    candidates.retain(|candidate| candidate.began >= from && candidate.ended <= to);
    let mut path = Vec::new();
    let mut next = last_to_end(&candidates, to);
    while let Some(Candidate { at, began, ended }) = next {
        path.push(at);
        path.extend(chain(resources, &resources[at.0].path, (began, ended), until));
        next = last_to_end(&candidates, began);
    }
    path
}

fn candidates(resources: &[ResourceTimeline], stack: &[String], until: Timestamp) -> Vec<Candidate> {
    let is_of_stack = |resource: &ResourceTimeline| resource.path.split_last().is_some_and(|(_, it)| it == stack);
    let own = resources.iter().enumerate().filter(|(_, resource)| is_of_stack(resource));
    let spans = own.flat_map(|(index, resource)| {
        resource.spans.iter().enumerate().map(move |(span, it)| Candidate {
            at: (index, span),
            began: it.began,
            ended: it.ended.unwrap_or(until),
        })
    });
    spans.filter(|candidate| candidate.ended > candidate.began).collect()
}

/// Of those that ended by a time the last; of several the longest.
fn last_to_end(candidates: &[Candidate], by: Timestamp) -> Option<Candidate> {
    let ended = candidates.iter().filter(|candidate| candidate.ended <= by);
    ended.max_by_key(|it| (it.ended, Reverse(it.began), Reverse(it.at))).copied()
}

#[cfg(test)]
mod tests {
    use super::mark;
    use crate::facts::{ResourceTimeline, Span, SpanState, Timestamp};

    const UNTIL: u64 = 100;

    /// The resources of rows such as `N/A 1-4`, with the marked ones returned in order of time.
    fn path(rows: &[&str]) -> Vec<String> {
        let time = |text: &str| Timestamp::from_millis(text.parse().unwrap());
        let mut resources: Vec<ResourceTimeline> = Vec::new();
        for row in rows {
            let (name, times) = row.split_once(' ').unwrap();
            let (began, ended) = times.split_once('-').unwrap();
            let path: Vec<_> = name.split('/').map(str::to_owned).collect();
            let ended = (!ended.is_empty()).then(|| time(ended));
            let state = if ended.is_some() { SpanState::Done } else { SpanState::Open };
            let span =
                Span { status: String::new(), state, began: time(began), ended, reason: None, is_critical: false };
            match resources.iter_mut().find(|resource| resource.path == path) {
                Some(resource) => resource.spans.push(span),
                None => resources.push(ResourceTimeline {
                    path,
                    resource_type: String::new(),
                    physical_id: None,
                    spans: vec![span],
                }),
            }
        }
        mark(&mut resources, Timestamp::from_millis(UNTIL));
        let timeline = crate::facts::Timeline {
            began: Timestamp::default(),
            until: Timestamp::from_millis(UNTIL),
            phases: Vec::new(),
            resources,
        };
        let named =
            |(resource, span): (&ResourceTimeline, &Span)| format!("{} {}", resource.name(), span.began.as_millis());
        timeline.critical_path().into_iter().map(named).collect()
    }

    #[test]
    fn the_path_is_the_chain_that_ends_last() {
        let rows: [(&str, &[&str], &[&str]); 8] = [
            ("one resource", &["A 1-5"], &["A 1"]),
            ("the longest of those side by side", &["A 1-5", "B 1-9", "C 1-7"], &["B 1"]),
            ("one after the other", &["A 1-5", "B 5-9", "C 1-3"], &["A 1", "B 5"]),
            ("a gap is bridged to what ended before it", &["A 1-4", "B 1-5", "C 7-9"], &["B 1", "C 7"]),
            ("a resource may be on it twice", &["A 1-5", "A 8-9", "B 5-8"], &["A 1", "B 5", "A 8"]),
            (
                "within a nested stack too",
                &["N 1-9", "N/A 2-5", "N/B 5-8", "N/C 2-4", "M 1-6", "M/D 1-6"],
                &["N 1", "N/A 2", "N/B 5"],
            ),
            ("what is open ends now", &["A 1-5", "B 5-", "C 1-9"], &["A 1", "B 5"]),
            ("without any duration there is none", &["A 1-1", "B 1-1"], &[]),
        ];
        for (name, rows, expected) in rows {
            assert_eq!(path(rows), expected, "{name}");
        }
    }
}
