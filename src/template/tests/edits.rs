//! Replacing and inserting: the new text, byte for byte.

use super::{find, location, template, text};
use crate::template::{Edits, NewValue};

fn replaced(source: &str, path: &str, value: NewValue) -> String {
    let template = template(source);
    let mut edits = Edits::default();
    edits.replace(find(&template, path), value);
    template.apply(&edits)
}

#[test]
fn a_replaced_string_keeps_its_style_and_its_neighbours() {
    let rows = [
        ("plain", "a: b # c\nd: e", "a: V # c\nd: e"),
        ("single", "a: 'b' # c\n", "a: 'V' # c\n"),
        ("double", "a: \"b\"\n", "a: \"V\"\n"),
        ("tab", "a:\tb\t# c\n", "a:\tV\t# c\n"),
        ("crlf", "a: b\r\nd: e\r\n", "a: V\r\nd: e\r\n"),
        ("byte order mark", "\u{feff}a: b\n", "a: V\n"),
        ("non-ascii before", "é: ü\na: b", "é: ü\na: V"),
        ("empty", "a:\nd: e\n", "a: V\nd: e\n"),
        ("empty with comment", "a: # c\nd: e\n", "a: V # c\nd: e\n"),
        ("empty at the end", "d: e\na:", "d: e\na: V"),
        ("null", "a: ~\n", "a: V\n"),
        ("quoted key", "\"a\": b\n", "\"a\": V\n"),
        ("explicit key", "? a\n: b\n", "? a\n: V\n"),
        ("explicit key alone", "? a\n? d\n: e\n", "? a\n: V\n? d\n: e\n"),
        ("explicit key alone at the end", "? a", "? a\n: V"),
        ("flow", "{a: b, d: e}", "{a: V, d: e}"),
        ("flow empty", "{a: , d: e}", "{a: V , d: e}"),
        ("flow without colon", "{a, d: e}", "{a: V, d: e}"),
        ("json", "{\"a\":\"b\",\"d\":1}", "{\"a\":\"V\",\"d\":1}"),
        ("json null", "{\"a\": null}", "{\"a\": \"V\"}"),
        ("tagged", "a: !Sub 'b' # c\n", "a: 'V' # c\n"),
        ("tagged empty", "a: !Ref\nd: e\n", "a: V\nd: e\n"),
        ("tag on its own line", "a: !Sub\n  b\nd: e\n", "a: V\nd: e\n"),
        ("literal", "a: | # c\n  x\n   y\n\nd: e\n", "a: V # c\n\nd: e\n"),
        ("literal kept", "a: |+\n  x\n\nd: e\n", "a: V\n\nd: e\n"),
        ("literal at the end", "a: |\n  x", "a: V"),
        ("literal empty", "a: |\nd: e\n", "a: V\nd: e\n"),
        ("folded with tag", "a: !Sub >-\n  x\n\n  y\nd: e\n", "a: V\nd: e\n"),
        ("value on the next line", "a:\n  b\nd: e\n", "a:\n  V\nd: e\n"),
        ("plain over lines", "a: b\n  c\nd: e\n", "a: V\nd: e\n"),
        ("quoted over lines, left of its parent", "a: \"b\nc\"\nd: e\n", "a: \"V\"\nd: e\n"),
        ("mapping", "a:\n  x: 1\n  y: 2 # c\nd: e\n", "a: V # c\nd: e\n"),
        ("mapping after a comment", "a: # c\n  # d\n  x: 1\nd: e\n", "a: V # c\n  # d\nd: e\n"),
        ("mapping crlf", "a:\r\n  x: 1\r\nd: e\r\n", "a: V\r\nd: e\r\n"),
        ("mapping that ends in kept line ends", "a:\n  x: |+\n    1\n\nd: e\n", "a: V\n\nd: e\n"),
        ("tagged mapping", "a: !T # c\n  x: 1\nd: e\n", "a: V # c\nd: e\n"),
        ("list at its key's indentation", "a: # c\n- x\n- y\nd: e\n", "a: V # c\nd: e\n"),
        ("list of empties", "a:\n-\n- # c\nd: e\n", "a: V # c\nd: e\n"),
        ("flow mapping", "a: {x: 1} # c\nd: e\n", "a: V # c\nd: e\n"),
        ("before a comment without a blank", "a: \"b\"#c\nd: e\n", "a: \"V\" #c\nd: e\n"),
        ("flow mapping before a comment without a blank", "a: {x: 1}#c\nd: e\n", "a: V #c\nd: e\n"),
        ("flow empty before a comment", "{\"a\":#c\n}", "{\"a\": V #c\n}"),
        ("literal with a comment without a blank", "a: |#c\n  x\nd: e\n", "a: V #c\nd: e\n"),
        ("mapping before a comment without a blank", "a:\n  x: \"1\"#c\nd: e\n", "a: V #c\nd: e\n"),
        ("dash", "{a: -, d: e}", "{a: V, d: e}"),
        ("document marks", "%YAML 1.1\n--- # s\na: b\n...\n", "%YAML 1.1\n--- # s\na: V\n...\n"),
    ];
    for (name, source, expected) in rows {
        assert_eq!(replaced(source, "a", text("V")), expected, "{name}");
    }
}

#[test]
fn values_between_their_indented_neighbours_are_replaced() {
    let rows = [
        ("literal", "a:\n  b: |\n    x\n  c: 1\n", "a:\n  b: V\n  c: 1\n"),
        ("literal kept", "a:\n  b: |+\n    x\n\n  c: 1\n", "a:\n  b: V\n\n  c: 1\n"),
        ("mapping", "a:\n  b:\n    x: 1\n\n  c: 1\n", "a:\n  b: V\n\n  c: 1\n"),
        ("empty", "a:\n  b:\n  c: 1\n", "a:\n  b: V\n  c: 1\n"),
    ];
    for (name, source, expected) in rows {
        assert_eq!(replaced(source, "a.b", text("V")), expected, "{name}");
    }
}

#[test]
fn items_of_lists_are_replaced_like_values() {
    let rows = [
        ("plain", "a:\n  - b # c\n  - d\n", "a.0", "a:\n  - V # c\n  - d\n"),
        ("empty", "a:\n  -\n  - d\n", "a.0", "a:\n  - V\n  - d\n"),
        ("empty before a comment", "a:\n- d\n- # c\n", "a.1", "a:\n- d\n- V # c\n"),
        ("inline mapping", "a:\n- b: 1\n  c: 2\n- d\n", "a.0", "a:\n- V\n- d\n"),
        ("mapping on the next line", "a:\n-\n  b: 1\n- d\n", "a.0", "a:\n-\n  V\n- d\n"),
        ("literal", "a:\n- |\n  x\n- d\n", "a.0", "a:\n- V\n- d\n"),
        ("pair", "a: [b: c, d]\n", "a.0", "a: [V, d]\n"),
        ("in a pair", "a: [b: c, d]\n", "a.0.b", "a: [b: V, d]\n"),
        ("nested", "a:\n- - x\n  - y\n- d\n", "a.0", "a:\n- V\n- d\n"),
    ];
    for (name, source, path, expected) in rows {
        assert_eq!(replaced(source, path, text("V")), expected, "{name}");
    }
}

#[test]
fn collections_are_written_as_one_line() {
    let rows = [
        ("block", "a: b\n", "a: {\"S3Bucket\": \"b\", \"S3Key\": \"k\"}\n"),
        ("flow", "{a: b}", "{a: {\"S3Bucket\": \"b\", \"S3Key\": \"k\"}}"),
        ("json", "{\"a\":\"b\"}", "{\"a\":{\"S3Bucket\": \"b\", \"S3Key\": \"k\"}}"),
        ("over a mapping", "a:\n  x: 1\nb: 2\n", "a: {\"S3Bucket\": \"b\", \"S3Key\": \"k\"}\nb: 2\n"),
    ];
    for (name, source, expected) in rows {
        assert_eq!(replaced(source, "a", location()), expected, "{name}");
    }
    let list = NewValue::Sequence(vec![text("x"), text("1")]);
    assert_eq!(replaced("a: b\n", "a", list), "a: [\"x\", \"1\"]\n");
}

#[test]
fn an_inserted_entry_looks_like_its_neighbours() {
    let rows = [
        ("block", "m:\n    a: 1\n", "m", "m:\n    a: 1\n    K: V\n"),
        ("no final line end", "m:\n  a: 1", "m", "m:\n  a: 1\n  K: V"),
        ("crlf", "m:\r\n  a: 1\r\nn: 2\r\n", "m", "m:\r\n  a: 1\r\n  K: V\r\nn: 2\r\n"),
        (
            "before blank lines and comments",
            "m:\n  a: 1 # x\n\n# about n\nn: 2\n",
            "m",
            "m:\n  a: 1 # x\n  K: V\n\n# about n\nn: 2\n",
        ),
        ("after an empty value", "m:\n  a: # x\nn: 2\n", "m", "m:\n  a: # x\n  K: V\nn: 2\n"),
        ("after a nested mapping", "m:\n  a:\n    b: 1\nn: 2\n", "m", "m:\n  a:\n    b: 1\n  K: V\nn: 2\n"),
        ("after a literal", "m:\n  a: |\n    x\n\nn: 2\n", "m", "m:\n  a: |\n    x\n  K: V\n\nn: 2\n"),
        (
            "before a literal that keeps line ends",
            "m:\n  a: |+\n    x\n\nn: 2\n",
            "m",
            "m:\n  K: V\n  a: |+\n    x\n\nn: 2\n",
        ),
        ("before a literal at the end", "m:\n  a: |\n    x", "m", "m:\n  K: V\n  a: |\n    x"),
        ("inside a list", "m:\n- a: 1\n- b\n", "m.0", "m:\n- a: 1\n  K: V\n- b\n"),
        ("explicit key", "m:\n  ? a\n  : 1\n", "m", "m:\n  ? a\n  : 1\n  K: V\n"),
        ("quoted neighbours", "m:\n  'a': 1\n", "m", "m:\n  'a': 1\n  'K': V\n"),
        ("at the top", "a: 1\n", "", "a: 1\nK: V\n"),
        ("before the document's end", "a: 1\n...\n", "", "a: 1\nK: V\n...\n"),
        ("flow", "m: {a: 1}\n", "m", "m: {a: 1, K: V}\n"),
        ("flow with trailing comma", "m: {a: 1,}\n", "m", "m: {a: 1, K: V,}\n"),
        ("flow over lines", "m: {\n  a: 1 # c\n}\n", "m", "m: {\n  a: 1,\n  K: V # c\n}\n"),
        ("flow with an empty value", "m: {a: }\n", "m", "m: {a: , K: V }\n"),
        ("flow without value", "m: {a}\n", "m", "m: {a, K: V}\n"),
        ("braces", "m: {}\n", "m", "m: {\"K\": \"V\"}\n"),
        ("null", "m: null # c\n", "m", "m: {\"K\": \"V\"} # c\n"),
        ("nothing", "m: # c\nn: 1\n", "m", "m: {\"K\": \"V\"} # c\nn: 1\n"),
        ("pair", "m: [a: 1]\n", "m.0", "m: [{a: 1, K: V}]\n"),
        ("before a comment without a blank", "m: {a: \"x\"# c\n}\n", "m", "m: {a: \"x\", K: V # c\n}\n"),
        ("pair before a comment without a blank", "m: [a: \"x\"# c\n]\n", "m.0", "m: [{a: \"x\", K: V}# c\n]\n"),
        ("braces with a comment", "m: {# c\n}\n", "m", "m: {\"K\": \"V\"# c\n}\n"),
        ("json", "{\n\t\"m\": {\n\t\t\"a\": 1\n\t}\n}", "m", "{\n\t\"m\": {\n\t\t\"a\": 1,\n\t\t\"K\": \"V\"\n\t}\n}"),
        ("json in one line", "{\"m\": {\"a\": 1}}", "m", "{\"m\": {\"a\": 1, \"K\": \"V\"}}"),
        ("json minified", "{\"m\":{\"a\":1}}", "m", "{\"m\":{\"a\":1,\"K\":\"V\"}}"),
        ("json null", "{\"m\":null}", "m", "{\"m\":{\"K\": \"V\"}}"),
        ("json braces", "{\"m\":{ }}", "m", "{\"m\":{\"K\": \"V\" }}"),
    ];
    for (name, source, path, expected) in rows {
        let template = template(source);
        let mut edits = Edits::default();
        edits.insert(find(&template, path), "K", text("V"));
        assert_eq!(template.apply(&edits), expected, "{name}");
    }
}

#[test]
fn edits_at_one_place_stay_in_their_mappings() {
    let template = template("r:\n  f:\n    p:\n      a:\n");
    let mut edits = Edits::default();
    edits.insert(find(&template, "r.f"), "M", location());
    edits.insert(find(&template, "r.f.p"), "K", text("V"));
    edits.insert(find(&template, "r.f.p"), "L", text("1"));
    edits.replace(find(&template, "r.f.p.a"), text("x"));
    let expected =
        "r:\n  f:\n    p:\n      a: x\n      K: V\n      L: \"1\"\n    M: {\"S3Bucket\": \"b\", \"S3Key\": \"k\"}\n";
    assert_eq!(template.apply(&edits), expected);
}

#[test]
fn edits_inside_a_replaced_value_go_with_it() {
    let template = template("a:\n  b:\n    c: 1\nd: 2\n");
    let mut edits = Edits::default();
    edits.replace(find(&template, "a.b.c"), text("x"));
    edits.insert(find(&template, "a.b"), "K", text("V"));
    edits.replace(find(&template, "a"), text("first"));
    edits.replace(find(&template, "a"), text("second"));
    assert_eq!(template.apply(&edits), "a: second\nd: 2\n");
}
