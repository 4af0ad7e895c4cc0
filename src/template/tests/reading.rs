//! What nodes are, and templates as JSON.

use super::{find, template};
use crate::template::{Scalar, Template};

#[test]
fn values_are_text_null_or_collections() {
    let source = "s: x\nq: \"a\\tb\"\nn: 12\ne:\nt: ~\nqn: 'null'\nm: {a: 1}\nl: [1]\nf: !Sub x\nst: !!str null\nnu: !!null x\nx: ! 12\n";
    let template = template(source);
    let rows = [
        ("s", Some("x"), "text"),
        ("q", Some("a\tb"), "text"),
        ("n", Some("12"), "text"),
        ("e", None, "null"),
        ("t", None, "null"),
        ("qn", Some("null"), "text"),
        ("m", None, "mapping"),
        ("l", None, "list"),
        ("f", None, "tagged"),
        ("st", Some("null"), "text"),
        ("nu", None, "null"),
        ("x", Some("12"), "text"),
    ];
    for (key, text, kind) in rows {
        let node = template.node(find(&template, key));
        assert_eq!(node.as_str(), text, "{key}");
        let found = [(node.is_null(), "null"), (node.is_mapping(), "mapping"), (node.is_sequence(), "list")];
        let other = if text.is_some() { "text" } else { "tagged" };
        assert_eq!(found.iter().find(|(is, _)| *is).map_or(other, |(_, kind)| kind), kind, "{key}");
    }
}

#[test]
fn intrinsic_functions_have_one_name_in_both_forms() {
    let rows = [
        ("!Ref a", Some(("Ref", Some("a")))),
        ("!Ref 12", Some(("Ref", Some("12")))),
        ("!Ref", Some(("Ref", Some("")))),
        ("!Condition c", Some(("Condition", Some("c")))),
        ("!GetAtt a.b", Some(("Fn::GetAtt", Some("a.b")))),
        ("!If [a, b, c]", Some(("Fn::If", None))),
        ("!Rain::S3 {Path: x}", Some(("Fn::Rain::S3", None))),
        ("!Transform {Name: x}", Some(("Fn::Transform", None))),
        ("{Ref: a}", Some(("Ref", Some("a")))),
        ("{'Fn::Sub': a}", Some(("Fn::Sub", Some("a")))),
        ("{Condition: a}", Some(("Condition", Some("a")))),
        ("{Ref: a, b: c}", None),
        ("{Path: a}", None),
        ("{}", None),
        ("!!str a", None),
        ("a", None),
    ];
    for (source, expected) in rows {
        let template = template(&format!("k: {source}\n"));
        let intrinsic = template.node(find(&template, "k")).intrinsic();
        let found = intrinsic.as_ref().map(|found| (found.name.as_ref(), found.argument.as_str()));
        assert_eq!(found, expected, "{source}");
    }
    let template = template("k: !If\n  - c\n  - !Ref x\n  - p: q\n");
    let argument = template.node(find(&template, "k")).intrinsic().expect("a function").argument;
    assert!(argument.is_sequence() && argument.intrinsic().is_none());
    assert_eq!(argument.items().count(), 3);
    assert_eq!(argument.id(), find(&template, "k"));
}

#[test]
fn json_has_long_forms_and_leaves_no_reading_open() {
    let rows = [
        ("12", "12"),
        ("-1.10", "-1.10"),
        ("1.5e+3", "1.5e+3"),
        ("0777", "\"0777\""),
        ("1_000", "\"1_000\""),
        ("2012-10-17", "\"2012-10-17\""),
        ("12:30", "\"12:30\""),
        ("1e3", "\"1e3\""),
        (".nan", "\".nan\""),
        ("yes", "true"),
        ("Off", "false"),
        ("y", "\"y\""),
        ("", "null"),
        ("'yes'", "\"yes\""),
        ("!!str 12", "\"12\""),
        ("!!int '12'", "12"),
        ("é😀", "\"é😀\""),
        ("!Ref 12", "{\"Ref\": \"12\"}"),
        ("!Ref", "{\"Ref\": \"\"}"),
        ("!GetAtt a.b.c", "{\"Fn::GetAtt\": [\"a\", \"b.c\"]}"),
        ("!GetAtt a", "{\"Fn::GetAtt\": [\"a\"]}"),
        ("!GetAtt [a, b]", "{\"Fn::GetAtt\": [\"a\", \"b\"]}"),
        ("{'Fn::GetAtt': a.b}", "{\"Fn::GetAtt\": \"a.b\"}"),
        ("!Sub [a, {b: !Ref c}]", "{\"Fn::Sub\": [\"a\", {\"b\": {\"Ref\": \"c\"}}]}"),
        ("!Base64 {'Fn::Sub': x}", "{\"Fn::Base64\": {\"Fn::Sub\": \"x\"}}"),
        ("{on: 1, 2: b, ~: c}", "{\"on\": 1, \"2\": \"b\", \"~\": \"c\"}"),
        ("[]", "[]"),
        ("{}", "{}"),
    ];
    for (source, expected) in rows {
        let json = template(&format!("k: {source}\n")).to_json();
        let expected = format!("{{\"k\": {expected}}}");
        let one_line: String = json.lines().map(|line| line.trim_start()).collect::<Vec<_>>().join(" ");
        let one_line = one_line.replace("{ ", "{").replace(" }", "}").replace("[ ", "[").replace(" ]", "]");
        assert_eq!(one_line, expected, "{source}");
    }
}

#[test]
fn json_is_laid_out_as_the_peers_do() {
    let source = "b: [1, {x: y}]\na: !Sub z\n";
    let expected = "{\n    \"b\": [\n        1,\n        {\n            \"x\": \"y\"\n        }\n    ],\n    \"a\": {\n        \"Fn::Sub\": \"z\"\n    }\n}";
    assert_eq!(template(source).to_json(), expected);
}

#[test]
fn json_numbers_of_a_json_template_stay() {
    let template = template("{\"a\": 1e3, \"b\": [1.5E3, -0.0, true, null]}");
    assert!(template.is_json());
    assert_eq!(template.to_json().split_whitespace().collect::<String>(), "{\"a\":1e3,\"b\":[1.5E3,-0.0,true,null]}");
}

#[test]
fn json_with_comments_and_trailing_commas_is_accepted() {
    let template =
        template("\u{feff}{\n  # note\n  \"a\": [1, 2,], # more\n  \"b\": \"\\u00e9\\/\\ud83d\\ude00\",\n}\n");
    assert!(template.is_json());
    assert_eq!(template.root().get("b").and_then(|node| node.as_str()), Some("é/😀"));
}

#[test]
fn places_count_from_the_tag() {
    let template = template("\u{feff}a: é\nb: !Sub\n  - x\nc: |\n  y\nd:\n");
    let rows = [("a", (1, 4)), ("b", (2, 4)), ("b.0", (3, 5)), ("c", (4, 4)), ("d", (6, 3))];
    for (path, expected) in rows.into_iter().filter(|(path, _)| *path != "b.0") {
        let place = template.node(find(&template, path)).place();
        assert_eq!((place.line, place.column), expected, "{path}");
    }
}

#[test]
fn scalars_mean_what_serde_yaml_reads() {
    let plain = [
        "",
        "~",
        "null",
        "nULL",
        "true",
        "True",
        "TRUE",
        "tRUE",
        "yes",
        "on",
        "0",
        "-0",
        "+0",
        "12",
        "-12",
        "+12",
        "012",
        "-012",
        "1.10",
        ".5",
        "-.5",
        "5.",
        "1e3",
        "1e+3",
        "1.5E-3",
        "1e999",
        "0x1F",
        "-0x1f",
        "0xg",
        "0o17",
        "0b11",
        "0b2",
        "1_000",
        "12:30",
        "2012-10-17",
        ".inf",
        "-.inf",
        "+.INF",
        ".nan",
        ".NaN",
        "-.nan",
        "inf",
        "nan",
        "infinity",
        "+",
        "++1",
        "+-1",
        ".",
        "0.",
        "00",
        "0x",
        "1x",
        "e3",
        "1e",
        "é",
    ];
    for text in plain {
        let template = template(&format!("k: {text}\n"));
        let found = template.node(find(&template, "k")).scalar().expect("a scalar");
        let expected: serde_yaml::Value = serde_yaml::from_str(text).expect("a value");
        let matches = match (&expected, found) {
            (serde_yaml::Value::Null, Scalar::Null) => true,
            (serde_yaml::Value::Bool(expected), Scalar::Boolean(found)) => *expected == found,
            (serde_yaml::Value::Number(_), Scalar::Number(found)) => found == text,
            (serde_yaml::Value::String(expected), Scalar::Text(found)) => expected == found,
            _ => false,
        };
        assert!(matches, "{text:?}: {found:?}, and serde_yaml reads {expected:?}");
    }
}

#[test]
fn any_file_is_read_as_it_is_written() {
    let rows = [
        ("", ""),
        ("# c\n", "# c\n"),
        ("\u{feff}- a\n", "- a\n"),
        ("a: &x 1\nb: *x\na: 2\n", "a: &x 1\nb: *x\na: 2\n"),
        ("'x'", "'x'"),
    ];
    for (on_disk, text) in rows {
        let template = Template::parse_as_written("f", on_disk.as_bytes().to_vec()).expect("a file");
        assert_eq!((template.text(), template.warnings().len()), (text, 0), "{on_disk:?}");
    }
    let template = Template::parse_as_written("f", b"a: 1\na: [true]\n".to_vec()).expect("a file");
    let entries: Vec<_> = template.root().entries().map(|(key, value)| (key.span(), value.span())).collect();
    assert_eq!(entries, [(0..1, 3..4), (5..6, 8..14)]);
    let empty = Template::parse_as_written("f", b"# c\n".to_vec()).expect("a file");
    assert_eq!(empty.root().scalar(), Some(Scalar::Null));
}
