//! The page as a reader of HTML, SVG and XML sees it.

use super::{Page, is_ours, samples};
use crate::facts::{Problem, Redactor, Secret, Verdict};
use roxmltree::{Document, Node, ParsingOptions};

fn page(verdict: &Verdict) -> String {
    page_with(verdict, &Redactor::default(), &samples::warnings())
}

fn page_with(verdict: &Verdict, redactor: &Redactor, warnings: &[Problem]) -> String {
    Page { verdict, warnings, as_of: samples::at(150), redactor }.render()
}

/// Reads a page as XML, which fails if it is not well-formed.
fn read(text: &str) -> Document<'_> {
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).unwrap_or_else(|error| panic!("{error}:\n{text}"))
}

fn all() -> [(&'static str, Verdict); 6] {
    [
        ("success", samples::success()),
        ("failure", samples::failure()),
        ("canary", samples::canary()),
        ("stopped", samples::stopped()),
        ("running", samples::running()),
        ("large", samples::large()),
    ]
}

fn elements<'a, 'i>(page: &'a Document<'i>, name: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    page.descendants().filter(move |node| node.has_tag_name(name))
}

fn elements_of<'a, 'i>(node: Node<'a, 'i>, name: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.descendants().filter(move |node| node.has_tag_name(name))
}

fn text(node: Node<'_, '_>) -> String {
    node.descendants().filter_map(|node| node.text().filter(|_| node.is_text())).collect()
}

#[test]
fn every_resource_has_a_bar_and_every_span_a_title() {
    for (name, verdict) in all() {
        let (text, timeline) = (page(&verdict), verdict.timeline.unwrap());
        let page = read(&text);
        let charts: Vec<_> = elements(&page, "svg").collect();
        for resource in &timeline.resources {
            let label = resource.name();
            let found: Vec<_> = charts.iter().filter(|svg| svg.attribute("aria-label") == Some(&label)).collect();
            let titles = |svg: &Node<'_, '_>| svg.descendants().filter(|it| it.has_tag_name("title")).count();
            assert_eq!(found.len(), 1, "{name}: {label}");
            assert_eq!(titles(found[0]), resource.spans.len(), "{name}: {label}");
        }
    }
}

#[test]
fn nothing_is_loaded_from_elsewhere_and_no_script_runs() {
    for (name, verdict) in all() {
        let text = page(&verdict);
        let page = read(&text);
        for node in page.descendants().filter(Node::is_element) {
            let tag = node.tag_name().name();
            assert!(
                !["script", "link", "img", "iframe", "object", "image", "use", "base"].contains(&tag),
                "{name}: {tag}"
            );
            for attribute in node.attributes() {
                let (key, value) = (attribute.name(), attribute.value());
                let is_link = (tag, key) == ("a", "href");
                assert!(is_link || !value.contains("://") && !value.contains("url("), "{name}: {tag} {key}={value}");
                assert!(!key.starts_with("on") && key != "src", "{name}: {tag} {key}");
                assert!(!is_link || value.starts_with("https://"), "{name}: {value}");
            }
        }
        let styles: String = elements(&page, "style").map(self::text).collect();
        assert!(!styles.contains("url(") && !styles.contains("@import"), "{name}");
    }
}

#[test]
fn the_heading_has_verdict_and_duration() {
    let headings = all().map(|(_, verdict)| {
        let text = page(&verdict);
        let page = read(&text);
        let first = elements(&page, "h1").next().unwrap();
        self::text(first)
    });
    assert_eq!(
        headings,
        [
            "Deployed orders in 3 min 12 s",
            "Deployment of orders failed after 2 min 11 s",
            "Deployed orders in 10 min 40 s",
            "Deployment of orders failed after 4 min 54 s",
            "Deploying orders for 2 min 40 s",
            "Deployed orders in 7 min 11 s",
        ]
    );
}

#[test]
fn the_parts_stand_in_the_order_in_which_they_are_read() {
    let sections = |verdict: &Verdict| -> Vec<String> {
        let text = page(verdict);
        let page = read(&text);
        elements(&page, "h2").map(self::text).collect()
    };
    assert_eq!(sections(&samples::failure()), ["Cause", "Timeline", "Changes", "Warnings"]);
    assert_eq!(
        sections(&samples::canary()),
        [
            "Traffic of orders-Checkout alias live Shifted",
            "Traffic of orders-Refund alias live Shifted",
            "Timeline",
            "Outputs",
            "Warnings"
        ]
    );
}

#[test]
fn replacements_and_removals_come_first() {
    let text = page(&samples::success());
    let page = read(&text);
    let rows: Vec<_> = elements(&page, "span")
        .filter(|it| it.attribute("class").is_some_and(|class| class.starts_with("tag")))
        .map(self::text)
        .collect();
    assert_eq!(rows, ["Replace", "Remove", "May replace", "Modify", "Modify", "Modify", "Add"]);
}

#[test]
fn the_cause_stands_with_the_lines_of_the_template() {
    let text = page(&samples::failure());
    let page = read(&text);
    let excerpt = elements(&page, "pre").next().unwrap();
    let marked = excerpt.children().find(|line| line.attribute("class") == Some("l mark")).unwrap();
    assert_eq!(self::text(marked), "57  Subscription:\n");
    assert_eq!(excerpt.children().filter(Node::is_element).count(), 6);
}

#[test]
fn a_weight_is_drawn_for_each_step_of_a_shift() {
    let areas = |plot: &Node<'_, '_>| -> Vec<String> {
        let areas = plot.children().filter(|it| it.attribute("class") == Some("area"));
        areas.map(|area| self::text(area).split(" from").next().unwrap_or_default().to_owned()).collect()
    };
    let has_stop = |plot: &Node<'_, '_>| plot.children().any(|it| it.attribute("class") == Some("stop"));
    let drawn = |verdict: &Verdict| -> Vec<(String, bool)> {
        let text = page(verdict);
        let page = read(&text);
        let plots = elements(&page, "svg").filter(|svg| svg.attribute("class") == Some("bar track plot"));
        plots.map(|plot| (areas(&plot).join(" "), has_stop(&plot))).collect()
    };
    let linear = "10 % 20 % 30 % 40 % 50 % 60 % 70 % 80 % 90 % 100 %";
    let (linear, canary) = ((linear.to_owned(), false), ("10 % 100 %".to_owned(), false));
    assert_eq!(drawn(&samples::canary()), [linear, canary]);
    assert_eq!(drawn(&samples::stopped()), [("10 %".to_owned(), true)]);
}

#[test]
fn a_shift_that_failed_says_where_the_traffic_is() {
    let story = |is_taken_back: bool| -> String {
        let mut verdict = samples::stopped();
        verdict.shifts[0].is_taken_back = is_taken_back;
        verdict.shifts[0].weight = 10;
        let text = page(&verdict);
        let page = read(&text);
        let shift = elements(&page, "section").find(|it| it.attribute("class") == Some("shift")).unwrap();
        self::text(elements_of(shift, "p").next().unwrap())
    };
    let (from, to) = (&samples::stopped().shifts[0].from, &samples::stopped().shifts[0].to);
    assert!(story(true).contains(&format!("traffic goes back to version {from}")), "{}", story(true));
    assert!(story(false).contains(&format!("traffic stopped with 10 % on version {to}")), "{}", story(false));
}

#[test]
fn hooks_and_alarms_stand_below_the_weight() {
    // The label and the end of each row, and the details between rows.
    let rows = |shift: Node<'_, '_>| -> Vec<String> {
        let chart = elements_of(shift, "div").find(|it| it.attribute("class") == Some("chart")).unwrap();
        let row = |node: Node<'_, '_>| {
            let spans = node.children().filter(|it| it.has_tag_name("span")).map(self::text);
            spans.collect::<Vec<_>>().join(" | ")
        };
        let shown = chart.children().filter(|it| it.is_element() && it.attribute("class") != Some("row axis"));
        shown.map(|it| if it.has_tag_name("div") { row(it) } else { self::text(it) }).collect()
    };
    let shifts = |verdict: &Verdict| -> Vec<Vec<String>> {
        let text = page(verdict);
        let page = read(&text);
        elements(&page, "section").filter(|it| it.attribute("class") == Some("shift")).map(rows).collect()
    };
    let (scale, passed) = ("100 %50 %0 %", "hook | ✓ passed");
    let shifted = format!("Weight of version 42 100 % now | {scale}");
    let (before, after) = (format!("BeforeAllowTraffic {passed}"), format!("AfterAllowTraffic {passed}"));
    let quiet = "orders-errors alarm | ✓ OK".to_owned();
    let linear = vec![shifted.clone(), before.clone(), after, quiet.clone()];
    let canary = vec![shifted, before.clone(), quiet];
    assert_eq!(shifts(&samples::canary()), [linear, canary]);
    let stopped = samples::stopped();
    let expected = [
        format!("Weight of version 42 0 % now | {scale}"),
        before,
        "orders-refund-errors alarm | ✕ ALARM".to_owned(),
        stopped.shifts[0].alarms[0].reason.clone().unwrap(),
        "orders-latency alarm | ✓ OK".to_owned(),
    ];
    assert_eq!(shifts(&stopped), [expected]);
}

#[test]
fn five_hundred_resources_take_less_than_a_megabyte_and_few_rows_at_once() {
    let text = page(&samples::large());
    assert!(text.len() < 700_000, "{} bytes", text.len());
    let page = read(&text);
    let is_folded = |node: &Node<'_, '_>| {
        node.ancestors().skip(1).any(|it| it.has_tag_name("details") && it.attribute("open").is_none())
    };
    let rows =
        page.descendants().filter(|it| it.attribute("class").is_some_and(|it| it.split(' ').any(|it| it == "row")));
    let (folded, shown): (Vec<_>, Vec<_>) = rows.partition(is_folded);
    assert!(shown.len() < 160 && folded.len() > 340, "{} shown, {} folded", shown.len(), folded.len());
}

#[test]
fn a_secret_is_nowhere_in_the_page() {
    const SECRET: &str = "hunter2-<S3cr3t>&";
    let redactor = Redactor::default();
    redactor.hide([Secret::new(SECRET)]);
    let mut verdict = samples::failure();
    let with_secret = |text: &mut String| text.push_str(SECRET);
    let cause = &mut verdict.causes[0];
    cause.reason.as_mut().map(with_secret);
    cause.physical_id = Some(SECRET.to_owned());
    cause.remedy = Some(SECRET.to_owned());
    cause.excerpt.as_mut().unwrap().lines.push(format!("  Password: {SECRET}"));
    verdict.outputs = samples::success().outputs;
    verdict.outputs[0].value = format!("https://example.com/{SECRET}");
    verdict.next_step = Some(SECRET.to_owned());
    verdict.console = Some(format!("https://example.com/?{SECRET}"));
    verdict.shifts = samples::canary().shifts;
    verdict.shifts[0].hooks[0].log_tail = Some(format!("line\n{SECRET}"));
    verdict.timeline.as_mut().unwrap().resources[4].spans[0].reason = Some(SECRET.to_owned());
    verdict.plan.as_mut().unwrap().changes[0].causes[0].entity = Some(SECRET.to_owned());
    let warnings = vec![Problem { message: SECRET.to_owned(), hint: Some(SECRET.to_owned()), place: None }];
    let text = page_with(&verdict, &redactor, &warnings);
    read(&text);
    for part in [SECRET, "hunter2", "S3cr3t", "hunter2-&lt;"] {
        let found = text.split_once(part).map(|(before, _)| &before[before.len().saturating_sub(80)..]);
        assert_eq!(found, None, "{part}");
    }
    assert!(text.contains("****"));
}

#[test]
fn a_secret_of_several_lines_is_nowhere_in_the_page() {
    const SECRET: &str = "-----BEGIN\nabcd\nEND";
    let redactor = Redactor::default();
    redactor.hide([Secret::new(SECRET)]);
    let mut verdict = samples::failure();
    verdict.shifts = samples::canary().shifts;
    verdict.shifts[0].hooks[0].log_tail = Some(format!("before\n{SECRET}\nafter"));
    verdict.shifts[1].hooks[0].log_tail = Some(format!("before\r\n  {}\r\nafter", SECRET.replace('\n', "\r\n  ")));
    let lines = SECRET.lines().map(|line| format!("    {line}"));
    verdict.causes[0].excerpt.as_mut().unwrap().lines.extend(lines);
    let text = page_with(&verdict, &redactor, &[]);
    let logs: Vec<_> = elements(&read(&text), "pre").map(self::text).collect();
    assert_eq!(logs, ["before\n****\nafter\n", "****\n"], "the lines of the template are left out");
    assert!(!text.contains("abcd"), "{text}");
}

#[test]
fn hostile_texts_are_shown_and_change_nothing() {
    let hostile = "</title><script>alert(1)</script>\u{202e}\u{0}\u{1b}[31m\u{fffe}\"'&]]>";
    let mut verdict = samples::canary();
    verdict.stack.name = hostile.to_owned();
    verdict.status = Some(hostile.to_owned());
    verdict.console = Some(format!("javascript:{hostile}"));
    verdict.shifts[0].function = hostile.to_owned();
    verdict.outputs[0].key = hostile.to_owned();
    verdict.timeline.as_mut().unwrap().resources[0].path = vec![hostile.to_owned()];
    let text = page(&verdict);
    let page = read(&text);
    assert_eq!(elements(&page, "script").count(), 0);
    assert!(!text.contains(['\u{202e}', '\u{0}', '\u{1b}', '\u{fffe}']));
    assert!(text.contains("\\u{202e}") && is_ours(&text));
    assert!(elements(&page, "a").all(|link| link.attribute("href").unwrap().starts_with("https://")));
}

#[test]
fn what_is_not_known_leaves_no_empty_part() {
    let verdict = Verdict {
        timeline: None,
        plan: None,
        outputs: Vec::new(),
        console: None,
        change_set: None,
        ..samples::success()
    };
    let text = page_with(&verdict, &Redactor::default(), &[]);
    let page = read(&text);
    assert_eq!(elements(&page, "h2").count(), 0);
    assert_eq!(elements(&page, "section").count(), 0);
}

/// For `.ci/pictures`, which names the folder.
#[test]
#[ignore = "it writes pages to look at"]
fn pages_to_look_at_are_written() {
    let folder = std::path::PathBuf::from(std::env::var_os("SAMSTEP_PAGES").expect("the folder for the pages"));
    for (name, verdict) in all() {
        std::fs::write(folder.join(format!("{name}.html")), page(&verdict)).unwrap();
    }
}
