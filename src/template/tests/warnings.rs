//! Warnings about anchors that look like types, and about what YAML 1.1 reads as something else.

use super::template;
use crate::facts::WarningKind;

/// The kinds of warning about a text, with their places.
fn found(text: &str) -> Vec<(WarningKind, usize, usize)> {
    let template = template(text);
    let each = template.warnings().iter().map(|warning| {
        let place = warning.place.as_ref().expect("a place");
        (warning.kind.clone(), place.line, place.column)
    });
    each.collect()
}

#[test]
fn a_type_that_is_an_anchor_is_a_warning() {
    let anchor = |written: &str| WarningKind::TypeAsAnchor { written: written.to_owned() };
    let rows = [
        ("Type: &WS::Serverless::Function\nb: 1\n", vec![(anchor("&WS::Serverless::Function"), 1, 7)]),
        ("a: [&A::B x, *A::B]\n", vec![(anchor("&A::B"), 1, 5), (anchor("*A::B"), 1, 14)]),
        ("a: &ab x\nb: '&A::B'\nc: 1 # &A::B\nd: *ab\n", vec![]),
    ];
    for (text, expected) in rows {
        assert_eq!(found(text), expected, "{text}");
    }
}

#[test]
fn what_yaml_1_1_reads_as_something_else_is_a_warning() {
    let separator = |character| WarningKind::LineSeparator { character };
    let colon = |written: &str| WarningKind::ColonInBrackets { written: written.to_owned() };
    let tab = || WarningKind::TabBetweenValues;
    let rows = [
        ("U+0085 in a plain scalar", "a: b\u{85}c\n", vec![(separator('\u{85}'), 1, 5)]),
        ("U+2028 in a comment", "a: b # é\u{2028}x: 1\n", vec![(separator('\u{2028}'), 1, 9)]),
        ("U+2029 in a literal", "a: |\n  b\u{2029}c\n", vec![(separator('\u{2029}'), 2, 4)]),
        ("in quotes", "a: 'b\u{85}c'\nb: \"\u{2028}\u{2029}\"\n", vec![]),
        ("in quotes, then outside", "a: 'b\u{85}c'\nb: \u{2028}x\n", vec![(separator('\u{2028}'), 2, 4)]),
        ("tab after a colon", "a:\tb\n", vec![(tab(), 1, 3)]),
        ("tab after a dash", "a:\n-\tb\n", vec![(tab(), 2, 2)]),
        ("tab before a comment", "a: b\t# c\n", vec![(tab(), 1, 5)]),
        ("tab in brackets", "a: [b,\n\tc]\n", vec![(tab(), 2, 1)]),
        ("tabs in values and comments", "a: 'b\tc'\nd: e\tf # g\th\n# \t\ni: |\n  j\tk\nl: \"\t\"\n", vec![]),
        ("tab after a comment", "# \t a\nb: 1\n# \t c\nd:\te\n", vec![(tab(), 4, 3)]),
        ("colon in a list", "a: [:x]\n", vec![(colon(":x"), 1, 5)]),
        ("colon in a mapping", "a: {b: :x}\n", vec![(colon(":x"), 1, 8)]),
        ("question mark in a list", "a: [?x]\n", vec![(colon("?x"), 1, 5)]),
        ("colon in a pair", "a: [b: :x]\n", vec![(colon(":x"), 1, 8)]),
        ("quoted, or outside of brackets", "a: [':x', x:y, \"?x\"]\nb: :x\nc: ?x\n", vec![]),
        ("JSON", "{\"a\":\t\"\u{2028}\"}", vec![]),
    ];
    for (name, text, expected) in rows {
        assert_eq!(found(text), expected, "{name}");
    }
}
