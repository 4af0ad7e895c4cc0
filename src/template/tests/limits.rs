//! Time stays linear and memory bounded, whatever the text.

use super::{location, template};
use crate::template::{Edits, Template};
use std::time::{Duration, Instant};

/// Far more than a second's work for this build, far less than a quadratic algorithm needs.
const BOUND: Duration = Duration::from_secs(8);

fn many(count: usize, separator: &str, each: impl Fn(usize) -> String) -> String {
    (0..count).map(each).collect::<Vec<_>>().join(separator)
}

#[test]
fn a_megabyte_of_any_shape_is_read_in_linear_time() {
    let comment = format!("# {}\n", "x".repeat(500_000));
    let rows = [
        ("anchors on one line", format!("a: [{}]\n", many(40_000, ", ", |at| format!("&a{at} x")))),
        ("merges on one line", format!("x: &x {{p: 1}}\na: [{}]\n", many(20_000, ", ", |_| "{<<: *x}".to_owned()))),
        (
            "merges in one mapping",
            format!("x: &x {{}}\na:\n{}\n  q: 1\n", many(40_000, "\n", |_| "  <<: *x".to_owned())),
        ),
        ("one key many times", format!("{{{}}}", many(60_000, ",", |_| "\"a\":1".to_owned()))),
        ("many keys twice", many(60_000, "\n", |at| format!("k{}: 1", at / 2))),
        ("empty items", format!("a:\n{}\n", many(100_000, "\n", |_| "-".to_owned()))),
        ("empty items before comments", format!("a:\n-\n{}\n", many(100_000, "\n", |_| "# - -".to_owned()))),
        ("empty values after a long line", format!("{comment}{}", many(50_000, "\n", |at| format!("k{at}:")))),
        ("tabs in a comment", format!("a: 1 # {}\n", "\t".repeat(500_000))),
        ("comments with tabs", format!("a: 1\n{}\n", many(100_000, "\n", |_| "#\tx".to_owned()))),
        ("separators in quotes", format!("a: \"{}\"\n", "\u{2028}".repeat(100_000))),
    ];
    for (name, text) in rows {
        let start = Instant::now();
        let parsed = Template::parse("t.yaml", text.into_bytes());
        let outcome = parsed.map_or_else(|failure| failure.cause(), |_| "read".to_owned());
        let is_expected = outcome == "read" || outcome.contains("aliases expand the template to more than");
        assert!(is_expected && start.elapsed() < BOUND, "{name}: {:?} {outcome}", start.elapsed());
    }
}

#[test]
fn places_and_edits_on_one_long_line_take_linear_time() {
    let function =
        |at| format!("\"F{at}\":{{\"Type\":\"AWS::Serverless::Function\",\"Properties\":{{\"Handler\":\"é.b\"}}}}");
    let template = template(&format!("{{\"Resources\":{{{}}}}}", many(7_000, ",", function)));
    let start = Instant::now();
    let mut edits = Edits::default();
    let resources = template.root().get("Resources").expect("a section");
    for (_, resource) in resources.entries() {
        let properties = resource.get("Properties").expect("properties");
        let place = properties.place();
        assert_eq!((place.line, place.source_line.len()), (1, 0));
        edits.insert(properties.id(), "CodeUri", location());
    }
    let text = template.apply(&edits);
    assert_eq!(text.matches("\"CodeUri\":{\"S3Bucket\"").count(), 7_000);
    assert!(start.elapsed() < BOUND, "{:?}", start.elapsed());
}
