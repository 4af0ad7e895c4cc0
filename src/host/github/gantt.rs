//! The timeline of a deployment as a chart that GitHub draws (Mermaid, `gantt`).

use crate::facts::{ResourceTimeline, Span, SpanState, Timeline};
use crate::text::duration;
use std::cmp::Reverse;
use std::time::Duration;

/// Resources that are drawn: a chart of more is not readable, and Mermaid refuses more than 50,000 characters.
const MOST_RESOURCES: usize = 30;
/// The shortest bar that can be seen.
const SHORTEST: Duration = Duration::from_millis(500);

/// A chart as a block of Markdown, with its heading. `clean` makes a text safe to show. `None` without a resource.
pub fn gantt(timeline: &Timeline, stack: &str, clean: &dyn Fn(&str) -> String) -> Option<String> {
    let mut resources: Vec<_> = timeline.resources.iter().enumerate().collect();
    resources.sort_by_key(|(_, resource)| Reverse(resource.busy(timeline.until)));
    resources.truncate(MOST_RESOURCES);
    // What a stack holds stands together, in the order of the timeline.
    resources.sort_by_key(|(index, resource)| (resource.parents(), *index));
    resources.first()?;
    let mut text =
        format!("{}\n\n```mermaid\ngantt\ndateFormat x\naxisFormat %H:%M:%S\ntodayMarker off\n", heading(timeline));
    let mut section = None;
    for (_, resource) in resources {
        let parents = resource.parents();
        if section != Some(parents) {
            let name = if parents.is_empty() { stack.to_owned() } else { parents.join("/") };
            text += &format!("section {}\n", plain(&clean(&name)));
            section = Some(parents);
        }
        resource.spans.iter().for_each(|span| text += &task(timeline, resource, span, clean));
    }
    Some(text + "```\n")
}

fn heading(timeline: &Timeline) -> String {
    let all = timeline.resources.len();
    let cut =
        if all > MOST_RESOURCES { format!(", the {MOST_RESOURCES} longest of {all} resources") } else { String::new() };
    let has_failed = timeline.resources.iter().any(|resource| resource.has(SpanState::Failed));
    let failed = if has_failed { "; red: failed" } else { "" };
    format!("**Timeline**: {}{cut} (marked: the critical path{failed})", duration(timeline.duration()))
}

/// A bar. Its name begins with a digit, because Mermaid takes a name such as `section` for a command.
fn task(timeline: &Timeline, resource: &ResourceTimeline, span: &Span, clean: &dyn Fn(&str) -> String) -> String {
    let took = span.duration(timeline.until);
    let tag = match (span.state, span.is_critical) {
        (SpanState::Failed, _) => "crit",
        (SpanState::Open | SpanState::Done | SpanState::Cancelled | SpanState::Kept, true) => "active",
        (SpanState::Open | SpanState::Done | SpanState::Cancelled | SpanState::Kept, false) => "done",
    };
    let status = if span.state == SpanState::Done { String::new() } else { format!(" {}", span.status) };
    let name = plain(&clean(&format!("{} {}{status}", duration(took), resource.logical_id())));
    let (began, ended) = (span.began.as_millis(), (span.began + took.max(SHORTEST)).as_millis());
    format!("{name} :{tag}, {began}, {ended}\n")
}

/// Without what has a meaning in Mermaid, such as `:`, `;`, `#`, `%` and quotes.
fn plain(text: &str) -> String {
    let letter = |letter: char| if letter.is_alphanumeric() || " /._-()".contains(letter) { letter } else { '_' };
    text.chars().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::gantt;
    use crate::facts::{ResourceTimeline, Span, SpanState, Timeline, Timestamp};

    fn resource(path: &str, seconds: (u64, u64), state: SpanState) -> ResourceTimeline {
        let at = |second: u64| Timestamp::from_millis(1_000_000 + 1000 * second);
        let ended = (state != SpanState::Open).then(|| at(seconds.1));
        let status = format!("CREATE_{state:?}");
        ResourceTimeline {
            path: path.split('/').map(str::to_owned).collect(),
            resource_type: "AWS::SQS::Queue".to_owned(),
            physical_id: None,
            spans: vec![Span { status, state, began: at(seconds.0), ended, reason: None, is_critical: seconds.1 > 60 }],
        }
    }

    fn timeline(resources: Vec<ResourceTimeline>) -> Timeline {
        let (began, until) = (Timestamp::from_millis(1_000_000), Timestamp::from_millis(1_100_000));
        Timeline { began, until, phases: Vec::new(), resources }
    }

    #[test]
    fn a_chart_has_a_section_for_each_stack_and_a_bar_for_each_span() {
        let resources = vec![
            resource("Queue", (0, 0), SpanState::Done),
            resource("Site", (1, 70), SpanState::Failed),
            resource("Site/section", (2, 65), SpanState::Done),
            resource("Last", (3, 99), SpanState::Open),
        ];
        insta::assert_snapshot!(gantt(&timeline(resources), "app", &str::to_owned).unwrap(), @"
        **Timeline**: 1 min 40 s (marked: the critical path; red: failed)

        ```mermaid
        gantt
        dateFormat x
        axisFormat %H:%M:%S
        todayMarker off
        section app
        0 s Queue :done, 1000000, 1000500
        1 min 9 s Site CREATE_Failed :crit, 1001000, 1070000
        1 min 37 s Last CREATE_Open :active, 1003000, 1100000
        section Site
        1 min 3 s section :active, 1002000, 1065000
        ```
        ");
        assert_eq!(gantt(&timeline(Vec::new()), "app", &str::to_owned), None);
    }

    #[test]
    fn a_name_is_no_markup_and_the_longest_are_shown() {
        let mut resources: Vec<_> =
            (0..99).map(|index| resource(&format!("R{index}"), (0, index), SpanState::Done)).collect();
        resources.push(resource("a:b;c#d\"e'%%{f}\n`", (0, 100), SpanState::Done));
        let text = gantt(&timeline(resources), "x:y", &str::to_owned).unwrap();
        assert!(text.contains("the 30 longest of 100 resources") && text.contains("section x_y\n"), "{text}");
        assert!(text.contains(" a_b_c_d_e____f___ :active"), "{text}");
        assert_eq!((text.matches(" R").count(), text.contains(" R69 "), text.contains(" R70 ")), (29, false, true));
    }
}
