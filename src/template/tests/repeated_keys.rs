//! Keys that are given twice: the last entry counts, the others are removed from the text, with a warning.

use super::{find, template};
use crate::facts::WarningKind;

#[test]
fn the_last_entry_stays_and_the_text_around_it_too() {
    let rows = [
        ("block", "a: 1\nb: 2\na: 3\n", "b: 2\na: 3\n"),
        ("three times", "a: 1\na: 2\nb: 0\na: 3\n", "b: 0\na: 3\n"),
        ("crlf", "a: 1\r\nb: 2\r\na: 3\r\n", "b: 2\r\na: 3\r\n"),
        ("quoted", "'a': 1\n\"\\x61\": 2\n", "\"\\x61\": 2\n"),
        ("nested", "r:\n  f:\n    p: x\n    p: y\ns: 1\n", "r:\n  f:\n    p: y\ns: 1\n"),
        ("a mapping", "r:\n  f:\n    p: x\n    q: y\n  f:\n    p: z\n", "r:\n  f:\n    p: z\n"),
        ("comment on the line", "a: 1 # first\nb: 2\na: 3 # last\n", "# first\nb: 2\na: 3 # last\n"),
        ("comment below", "r:\n  a: 1\n\n  # about b\n  b: 2\n  a: 3\n", "r:\n  # about b\n  b: 2\n  a: 3\n"),
        ("first in an item", "l:\n- a: 1\n  b: 2\n  a: 3\n", "l:\n- b: 2\n  a: 3\n"),
        ("comment in an item", "l:\n- a: 1 # c\n  a: 3\n", "l:\n- # c\n  a: 3\n"),
        ("explicit key", "? a\n: 1\n? b\n: 2\n? a\n: 3\n", "? b\n: 2\n? a\n: 3\n"),
        ("explicit key without value", "? a\n? b\n? a\n: 3\n", "? b\n? a\n: 3\n"),
        ("literal", "a: |\n  x\n   y\n\nb: 2\na: 3\n", "b: 2\na: 3\n"),
        ("kept literal", "a: |+\n  x\n\nb: 2\na: 3\n", "b: 2\na: 3\n"),
        ("empty value", "a:\nb: 2\na: 3\n", "b: 2\na: 3\n"),
        ("empty value with comment", "a: # c\nb: 2\na: 3\n", "# c\nb: 2\na: 3\n"),
        ("below a kept literal", "p: |+\n  x\na: 1\n\na: 2\n", "p: |+\n  x\na: 2\n"),
        (
            "below a literal, before a deep comment",
            "p: |\n x\na:\n  b: 1\n  # deep\na: 2\n",
            "p: |\n x\n# deep\na: 2\n",
        ),
        ("flow", "m: {a: 1, b: 2, a: 3}\n", "m: {b: 2, a: 3}\n"),
        ("flow over lines", "m: {\n  a: 1,\n  b: 2,\n  a: 3\n}\n", "m: {\n  b: 2,\n  a: 3\n}\n"),
        ("flow with comments", "m: {a: 1, # c\n  a: 3}\n", "m: { # c\n  a: 3}\n"),
        ("comma on the next line", "m: {a: 1 # c\n  , a: 3}\n", "m: { # c\n  a: 3}\n"),
        ("json", "{\n  \"a\": 1,\n  \"a\": 2\n}", "{\n  \"a\": 2\n}"),
        ("json minified", "{\"a\":1,\"b\":{\"c\":1,\"c\":2},\"a\":2}", "{\"b\":{\"c\":2},\"a\":2}"),
        ("anchor in what goes", "a: &x 1\nb: *x\na: 3\n", "b: 1\na: 3\n"),
        ("anchor of an empty value", "r:\n  a: &x\n  a: 2\nb: *x\n", "r:\n  a: 2\nb: null\n"),
        ("anchored key", "r:\n  &x a: 1\n  a: 2\nb: *x\n", "r:\n  a: 2\nb: a\n"),
        ("by an alias", "x: &k a\nm:\n  a: 1\n  *k : 2\n", "x: a\nm:\n  a : 2\n"),
        ("tagged", "a: !Sub x\na: !Ref y\n", "a: !Ref y\n"),
        ("in what is merged", "x: &x {p: 1, p: 2}\na:\n  <<: *x\n", "x: {p: 2}\na:\n  p: 2\n"),
        ("in what an alias brings", "x: &x\n  p: 1\n  p: 2\na: *x\n", "x:\n  p: 2\na: {p: 2}\n"),
        (
            "beside a merge",
            "x: &x {p: 1, q: 0}\na:\n  p: 2\n  <<: *x\n  p: 3\n",
            "x: {p: 1, q: 0}\na:\n  q: 0\n  p: 3\n",
        ),
    ];
    for (name, source, expected) in rows {
        let template = template(source);
        assert_eq!(template.text(), expected, "{name}");
        assert!(!template.warnings().is_empty(), "{name}");
    }
}

#[test]
fn a_repeated_key_is_a_warning_with_both_places() {
    let source = "Resources:\n  F:\n    Properties:\n      Layers:\n      - A: 1\n        A: 2\n  F: {}\nOutputs: {é: 1, é: 2}\n";
    let template = template(source);
    let found: Vec<_> = template
        .warnings()
        .iter()
        .map(|warning| {
            let WarningKind::KeyGivenTwice { key, line, column } = &warning.kind else { panic!("{warning:?}") };
            let place = warning.place.as_ref().expect("a place");
            let resource = warning.resource.as_deref().unwrap_or("-");
            format!("{} {key} {line}:{column} {}:{} {resource}", warning.name, place.line, place.column)
        })
        .collect();
    let expected =
        ["Resources.F F 2:3 7:3 F", "Resources.F.Properties.Layers.0.A A 5:9 6:9 F", "Outputs.é é 8:11 8:17 -"];
    assert_eq!(found, expected);
    assert_eq!(template.text(), "Resources:\n  F: {}\nOutputs: {é: 2}\n");
    let place = template.node(find(&template, "Outputs.é")).place();
    assert_eq!((place.line, place.column), (8, 20));
}

#[test]
fn two_merge_keys_are_no_repeated_key() {
    let template = template("x: &x {p: 1}\ny: &y {q: 2}\na:\n  <<: *x\n  <<: *y\n");
    assert_eq!(template.text(), "x: {p: 1}\ny: {q: 2}\na:\n  p: 1\n  q: 2\n");
    assert!(template.warnings().is_empty());
}

#[test]
fn no_more_than_fifty_repeated_keys_are_listed() {
    let source: String = (0..60).map(|key| format!("k{key}: 1\nk{key}: 2\n")).collect();
    let template = template(&source);
    assert_eq!(template.warnings().len(), 51);
    assert_eq!(template.warnings()[50].kind, WarningKind::MoreKeysGivenTwice { count: 10 });
    assert_eq!(template.text(), (0..60).map(|key| format!("k{key}: 2\n")).collect::<String>());
    let long = super::template(&format!("{0}: 1\n{0}: 2\n", "é".repeat(1000)));
    let WarningKind::KeyGivenTwice { key, .. } = &long.warnings()[0].kind else { panic!("{:?}", long.warnings()) };
    assert_eq!((key.chars().count(), key.ends_with('…')), (101, true));
}
